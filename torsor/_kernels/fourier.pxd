"""Fourier transforms along one axis."""

cdef object transform(bint real, bint forward, object array, object length, object along, object norm)
