"""Arrays copied."""
cimport numpy as cnp

cdef object copied(cnp.ndarray a, bint fortran)
