cimport cython
from torsor.units.unit cimport Unit, linear_factor, product, quotient, root


@cython.freelist(16)
@cython.no_gc
cdef class DimArray:
    cdef public object _values
    cdef public Unit _unit
    cdef public object _error
    cdef object __weakref__


cdef DimArray _wrap(object data, Unit unit)
