from torsor.units.unit cimport Unit

cdef class DimArray:
    cdef public object _data
    cdef public Unit _unit
    cdef public object _error

cdef DimArray _wrap(object data, Unit unit)
