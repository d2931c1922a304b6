"""Elements written where indices and masks say."""

cdef bint assigned(object a, object key, object value)
