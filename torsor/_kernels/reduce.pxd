"""Reductions over some axes of one array: partial results, their tree, threads."""
cimport numpy as cnp
from torsor._kernels._loop cimport inner_t
from torsor._kernels._reduction cimport reduce_t, search_t
from torsor._kernels.engine cimport MAX_DIMS, N_CODES, Nest

cdef enum:                  # kinds of reductions
    SUM, PROD, MIN, MAX, FMIN, FMAX, ANY, ALL
    NANSUM, NANPROD             # NaNs count as nothing
    NONZERO, VALID              # how many are not zero, or no NaNs
    ABSOLUTES, SQUARES, NANSQUARES      # their sums
    LARGEST, SMALLEST           # magnitudes
    NANMIN, NANMAX              # infinite where there are only NaNs
    N_KINDS

cdef enum:                   # what happens to an accumulated value before it is stored
    KEEP, DIVIDE_FLOAT, DIVIDE_DOUBLE, DIVIDE_INT64, DIVIDE_UINT64

cdef struct Kernel:
    reduce_t rows, columns, again   # again: columns of its own results
    search_t find_rows, find_columns
    inner_t combine                 # of two results, in NumPy's contract
    int in_size, out_size
    int out_code
    double cost                     # of one element, in additions
    bint checked                    # look at the floating-point status afterwards
    int settled                     # the result that one element can decide (0 or 1), or -1

ctypedef void (*call_t)(Job *job, void *state, const char *x, cnp.npy_intp m, cnp.npy_intp n,
                        char *out) noexcept nogil
ctypedef void (*task_t)(Job *job, cnp.npy_intp task, char *scratch) noexcept nogil

cdef struct Job:                # one reduction, cut into tasks
    Kernel *kernel
    task_t task
    reduce_t lines
    char *x
    char *out
    cnp.npy_intp m, sm, so      # the innermost kept axis: size, strides of elements and of results
    cnp.npy_intp n, sn          # the innermost reduced axis
    int kept, reduced           # numbers of outer axes, and then their sizes and strides
    cnp.npy_intp kept_shape[MAX_DIMS]
    cnp.npy_intp kept_x[MAX_DIMS]
    cnp.npy_intp kept_out[MAX_DIMS]
    cnp.npy_intp reduced_shape[MAX_DIMS]
    cnp.npy_intp reduced_x[MAX_DIMS]
    cnp.npy_intp lots, depth    # products of the outer sizes
    cnp.npy_intp tile, tiles    # results of a task along m, and how often
    cnp.npy_intp piece, pieces  # elements of one kernel call along n, and how often
    cnp.npy_intp spans          # parts of the depth * pieces that make partial results
    cnp.npy_intp group          # rows that become one, where columns are narrow, or 0
    double work                 # of one task, in additions
    int how
    double count
    char *initial
    char *partial               # results of every span, [span][lot][m]
    cnp.npy_intp *index         # search: likewise, of places
    char *scratch               # of each thread
    Py_ssize_t scratch_size, level_size, wide_size
    bint search                 # for the place of the extreme, not its value
    cnp.npy_intp settled        # a task that has decided the one result: later ones need not run
    void *more                  # what the task has to know beside

cdef Kernel *find_kernel(int kind, int code, int out_code) noexcept nogil
cdef void *find_quantiles(int code) noexcept nogil
cdef int default_code(int kind, int code) noexcept nogil
cdef void finish(int how, double count, char *p, cnp.npy_intp n) noexcept nogil
cdef int reduce_nest(Kernel *kernel, Nest *nest, int how, double count, char *initial) except -1
cdef int search_nest(Kernel *kernel, Nest *nest) except -1
cdef void locate(Kernel *kernel, const char *x, cnp.npy_intp n, cnp.npy_intp sn, char *best,
                 cnp.npy_intp *index) noexcept nogil

# For tasks of another kind (moments.pyx).
cdef void combine(Kernel *kernel, char *into, char *other, cnp.npy_intp n, cnp.npy_intp step) noexcept nogil
cdef void cut(Job *job) noexcept nogil
cdef void read_nest(Job *job, Nest *nest) noexcept nogil
cdef cnp.npy_intp begin(Job *job, cnp.npy_intp task, char **x, char **out) noexcept nogil
cdef cnp.npy_intp width_of(Job *job, cnp.npy_intp task) noexcept nogil
cdef void lines(Job *job, void *wide, const char *x, cnp.npy_intp m, cnp.npy_intp n, char *out) noexcept nogil
cdef void accumulate(Job *job, Kernel *kernel, call_t call, void *state, cnp.npy_intp span, const char *x,
                     cnp.npy_intp m, char *base) noexcept nogil
cdef void meet(Job *job, Kernel *kernel) noexcept nogil
cdef void deliver(Job *job) noexcept nogil
cdef void store(Job *job, char *results, cnp.npy_intp n, char *out) noexcept nogil
cdef int execute(Job *job) except -1
