cdef class Unit:
    cdef readonly object _symbol, _dimension, _ratio, _offset, _parts, _serial
    cdef readonly double _decades
    cdef readonly bint _is_linear, _adds
    cdef Py_hash_t _hash
    cdef readonly dict _products, _quotients, _powers, _conversions

cpdef Unit product(Unit a, Unit b)
cpdef Unit quotient(Unit a, Unit b)
