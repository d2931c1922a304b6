"""NumPy's functions for Tensors: callables that hand over."""

cdef class Function:
    cdef void *vectorcall
    cdef readonly object __wrapped__
    cdef object compiled            # the code to call on ordinary arguments, or None
    cdef bint returns_argument      # the array it is given, where it can
    cdef bint dispatches            # asks its arguments whether they override it
    cdef int creates                # EMPTY, ZEROS, ...: has a short way
    cdef int depth                  # see call_plain
    cdef readonly str __name__
    cdef str module
