"""How many threads work may use."""
cdef int width() noexcept nogil            # for the calling thread, now
cdef void parallel_starts() noexcept nogil  # a parallel region is about to run
