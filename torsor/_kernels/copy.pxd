"""Arrays copied."""
cimport numpy as cnp

cdef object copied(cnp.ndarray a, bint fortran)
cdef bint keeps_order(cnp.ndarray a, bint fortran)
