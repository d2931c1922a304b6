"""Element-wise operations over whole operands."""
cimport numpy as cnp
from cpython.object cimport PyObject
from libc.string cimport memset
from torsor._kernels._loop cimport inner_t

cdef enum:
    N_CODES = 13            # bool, 8 integers, 2 floats, 2 complexes: _optable.ALL
    INT64 = 7
    FLOAT32 = 9
    FLOAT64 = 10
    MAX_ARGS = 6
    MAX_DIMS = 64
    MAX_ITEM = 16           # bytes of the largest element
    SERIAL = 24000          # additions that are worth a second thread
    HOLD_GIL = 6000         # additions not worth releasing the GIL for
    SLICE = 1 << 26         # additions between two looks at pending signals

cdef struct Operand:
    PyObject *array         # NULL for a scalar
    char *data
    int code, nd
    const cnp.npy_intp *shape
    const cnp.npy_intp *strides
    int flags
    PyObject *object
    double complex value    # storage of a scalar

cdef extern from "loop.h":
    ctypedef struct Numpys:     # NumPy's loop, which ours may call
        inner_t inner
        void *data

cdef struct Plan:           # how an operation runs for given operand types
    inner_t inner
    void *data
    inner_t check           # raises invalid for operands that are NumPy's to refuse; NULL: there are none
    inner_t cast[MAX_ARGS]  # of each input; NULL where it has the loop's type already
    inner_t pack            # copies elements that lie apart, for a loop that wants them side by side; else NULL
    int code[MAX_ARGS]      # the loop's types
    Numpys numpys           # its loop for the same types, if it has one: the data of ours
    bint native             # the loop is ours: the same bits for every layout
    bint checked            # look at the floating-point status afterwards
    double cost             # of one element, in additions

cdef inline Plan plan_of(inner_t inner, double cost) noexcept nogil:
    """A plan for a loop of our own that is no row's."""
    cdef Plan plan
    memset(&plan, 0, sizeof(Plan))
    plan.inner, plan.native, plan.cost = inner, True, cost
    return plan

ctypedef cnp.npy_intp axes_t[MAX_DIMS]      # a number for each axis

cdef struct Nest:           # the operands of a loop nest, outermost dimension first
    int nd, nargs
    axes_t shape
    axes_t strides[MAX_ARGS]
    char *data[MAX_ARGS]

cdef class Ufunc:
    cdef void *vectorcall
    cdef readonly object numpy
    cdef readonly object row
    cdef readonly str __name__
    cdef readonly int nin, nout
    cdef bint positional_out
    cdef Plan **plans
    cdef bint takes_positional_out

cdef object apply(Ufunc f, PyObject **args, PyObject **outs)
cdef object call(Ufunc f, tuple args, dict kwargs)
cdef object call_numpy(Ufunc f, PyObject **args, Py_ssize_t n, PyObject *kwnames)
cdef int type_code(cnp.dtype dtype) noexcept
cdef cnp.dtype code_dtype(int code)
cdef int item_size(int code) noexcept nogil
cdef inner_t find_loop(str name, str types)
cdef int check_status(object name, int status) except -1
cdef int run(Plan *plan, Nest *nest, int nin, cnp.npy_intp size) except -1
cdef int take_array(PyObject *o, Operand *d) noexcept
cdef int take(PyObject *o, Operand *d) noexcept
cdef bint store_weak(Operand *d, int code) except -1
cdef bint conflicts(Operand *a, Operand *out) noexcept nogil
cdef void order_axes(Nest *nest, int *perm) noexcept nogil
cdef void arrange(Nest *nest, const int *perm) noexcept nogil
cdef void order_strides(int nd, int nargs, const axes_t *strides, int *perm) noexcept nogil
cdef int arrange_strides(int nd, int nargs, cnp.npy_intp *shape, axes_t *strides, const int *perm) noexcept nogil
cdef Plan *plan_for(Ufunc f, const int *codes) except? NULL
cdef bint broadcast(Operand *ops, int nin, int *nd, cnp.npy_intp *shape) noexcept
cdef void lengthen(Nest *nest) noexcept nogil
