"""Elements moved from any order into C order."""
cimport numpy as cnp

cdef void transfer(char *into, const char *source, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides,
                   cnp.npy_intp size) noexcept
