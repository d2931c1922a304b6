"""Elements chosen by indices and masks."""

cdef object indexed(object a, object key)
