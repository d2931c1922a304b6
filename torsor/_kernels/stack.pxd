"""Stacks of matrix products, run on threads."""
cimport numpy as cnp
from libc.limits cimport INT_MAX
from torsor._kernels.blas cimport BlasRoutines

ctypedef cnp.npy_intp intp

cdef enum:
    MAX_LOOPS = 32

ctypedef void (*integer_product)(const char *a, intp ar, intp ac, const char *b, intp br, intp bc,
                                 char *c, intp cr, intp cc, intp m, intp n, intp k) noexcept nogil

cdef struct Core:               # c = a @ b over the last two dimensions; strides in bytes
    integer_product whole       # for integers and truth values; NULL: BLAS does it
    const BlasRoutines *blas
    int type, size
    bint conjugate              # a, in products of two vectors
    bint symmetric              # b is a transposed
    intp m, n, k                # (m, k) by (k, n)
    intp ar, ac                 # of rows and columns of a
    intp br, bc
    intp cr, cc

cdef struct Stack:
    Core core
    int nd
    intp count                          # product of shape
    intp shape[MAX_LOOPS]
    intp strides[3][MAX_LOOPS]          # of a, b and c
    char *data[3]


cdef inline bint is_matrix(intp r, intp c, intp rows, intp cols, int size) noexcept nogil:
    """Whether BLAS takes a matrix of these strides, transposed or not."""
    if (cols == 1 or c == size) and (rows == 1 or (r >= cols * size and r % size == 0)):
        return rows == 1 or r // size <= INT_MAX
    if (rows == 1 or r == size) and (cols == 1 or (c >= rows * size and c % size == 0)):
        return cols == 1 or c // size <= INT_MAX
    return False


cdef inline bint is_vector(intp stride, intp n, int size) noexcept nogil:
    return n == 1 or (stride % size == 0 and stride != 0 and -INT_MAX <= stride // size <= INT_MAX)


cdef integer_product find_product(int size, bint truth) noexcept nogil      # of integers of so many bytes, or bool
cdef void arrange(Stack *s) noexcept nogil     # before execute: strides and data are complete
cdef int execute(Stack *s) except -1           # returns the floating-point status
