"""Pooled, aligned memory for arrays."""
cdef object handler                       # the NEP 49 capsule
cdef void *allocate(size_t size) noexcept nogil
cdef void *allocate_zeroed(size_t size) noexcept nogil
cdef void release(void *p, size_t size) noexcept nogil
