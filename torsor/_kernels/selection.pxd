"""Elements selected by truth."""
from torsor._kernels._loop cimport inner_t

cdef inner_t where_loop(int code) noexcept nogil       # of two choices of a code
cdef int common_code(int a, int b) except -3           # that of two choices becomes one of them
