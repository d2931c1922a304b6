"""Lines of elements sorted along an axis."""
cimport numpy as cnp

cdef enum:
    QUICK, HEAP, STABLE         # NumPy's kinds

# Sort source along an axis into out, which may be source itself, or its places into out; 0: NumPy has to.
cdef int sort_lines(cnp.ndarray source, cnp.ndarray out, int axis, int kind, bint places) except -1
