"""NumPy's functions for Tensors: callables that hand over."""

cdef class Function:
    cdef void *vectorcall
    cdef readonly object __wrapped__
    cdef object compiled            # the code to call on ordinary arguments, or None
    cdef bint returns_argument
    cdef int depth                  # see call_plain
    cdef readonly str __name__
    cdef str module
