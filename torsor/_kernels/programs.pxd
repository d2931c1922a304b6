"""Programs: several element-wise operations on a block of elements at a time."""
cimport numpy as cnp
from cpython.object cimport PyObject
from torsor._kernels._loop cimport inner_t
from torsor._kernels.engine cimport MAX_ARGS, MAX_DIMS, Operand, axes_t
from torsor._kernels.reduce cimport Kernel

cdef enum:
    MOST_STREAMS = 32           # arrays that a program reads and writes; others are computed one by one
    LONGEST_ROW = 1 << 14       # elements of a row that is folded within a block

cdef enum:                      # kinds of slots
    LEAF, CONSTANT, REGISTER, RESULT

cdef struct Slot:               # what a step reads or writes
    int kind, index, code, size
    bint row                    # has one element for each row of a block
    char value[16]              # of a constant

cdef struct Step:
    inner_t inner               # NULL: the rows of a block are folded
    void *data
    inner_t check               # raises invalid for operands that are NumPy's
    int nargs
    int slots[MAX_ARGS]
    bint row                    # works on one element for each row
    bint checked                # errors are reported
    int ignored                 # but for these
    bint refuses                # an error means that NumPy has to do it
    Kernel *kernel
    int how

cdef struct Place:              # where a slot is for one block
    char *p
    cnp.npy_intp row, col       # strides

cdef struct Work:               # a program on its operands
    const Step *steps
    const Slot *slots
    int n_steps, n_slots, n_leaves, streams
    int nd
    axes_t shape
    axes_t strides[MOST_STREAMS + 1]    # of leaves, of results, of one more that a reduction has
    char *data[MOST_STREAMS]
    bint packed[MOST_STREAMS]           # copied into a block of its own first
    bint turned                         # some leaf runs along the axis of the rows
    cnp.npy_intp *offsets               # of each slot that has memory in the scratch, or -1
    cnp.npy_intp rows, cols, capacity   # of a block
    cnp.npy_intp row_blocks, col_blocks, units
    cnp.npy_intp start, stop, parts
    char *scratch
    cnp.npy_intp scratch_size
    int *status                         # of each step, and of the fold that ends it
    bint refused
    double work                         # of a unit, in additions

cdef class Loop:
    cdef inner_t inner, check
    cdef void *data
    cdef readonly tuple codes   # of operands, results last
    cdef readonly double cost
    cdef readonly bint checked, refuses

cdef class Fold:
    cdef Kernel *kernel
    cdef int how
    cdef readonly int takes, code       # of elements, and of results

cdef class Pass:
    cdef Step *steps
    cdef Slot *slots
    cdef int n_steps, n_slots, n_leaves, n_results, per_element
    cdef readonly int width     # registers
    cdef int axes[MOST_STREAMS]         # of each leaf, and which of them have length one
    cdef cnp.npy_uint64 ones[MOST_STREAMS]
    cdef readonly tuple names
    cdef readonly double cost
    cdef readonly bint rowwise
    cdef bint repeatable        # no step can refuse its operands
    cdef void add_step(self, Step *step, object what, tuple used) except *

cdef object run_pass(Pass self, PyObject **values, tuple outs, int reduced)
cdef cnp.npy_intp lay_out(Pass self, Work *w) noexcept nogil
cdef bint take_leaves(Pass self, PyObject **values, Operand *ops) except -1
cdef void start(Pass self, Work *w, Operand *ops, int nd) noexcept nogil
cdef void choose_block(Pass self, Work *w, int row_axis, int col_axis, cnp.npy_intp least) noexcept nogil
cdef void settle(const Work *w, Place *places) noexcept nogil
cdef void run_block(Work *w, Place *places, char **data, int row_axis, int col_axis, cnp.npy_intp rows,
                    cnp.npy_intp cols) noexcept nogil
cdef int report(Pass self, Work *w) except -1
