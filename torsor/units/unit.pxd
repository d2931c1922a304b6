cdef class Unit:
    cdef readonly object _symbol, _dimension, _ratio, _offset, _parts, _serial
    cdef readonly double _decades
    cdef readonly bint _is_linear, _adds
    cdef Py_hash_t _hash
    cdef readonly dict _products, _quotients, _powers, _conversions
    cdef tuple _last_product, _last_quotient, _last_factor
    cdef Unit _root

cpdef Unit product(Unit a, Unit b)
cpdef Unit quotient(Unit a, Unit b)
cpdef Unit root(Unit a)
cpdef double linear_factor(Unit a, Unit b)
