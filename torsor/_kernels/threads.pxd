"""How many threads work may use, and the one place where they share it."""
# One part of some work; ``worker`` is below the width and no two threads have the same one at a time.
ctypedef int (*part_t)(void *work, Py_ssize_t part, int worker) noexcept nogil

cdef int width() noexcept nogil            # for the calling thread, now
cdef int width_for(double work, double part) noexcept nogil
cdef int share(part_t part, void *work, Py_ssize_t parts, int width) noexcept nogil


cdef inline int do_all(part_t part, void *work, Py_ssize_t parts, int width) noexcept nogil:
    """The same where one thread may be enough, which then does the parts in order."""
    cdef Py_ssize_t k
    cdef int status = 0
    if width > 1 and parts > 1:
        return share(part, work, parts, width)
    for k in range(parts):
        status |= part(work, k, 0)
    return status


cdef inline int run(part_t part, void *work, Py_ssize_t parts, int width, bint is_long) noexcept:
    """The same for callers that hold the GIL, which is released while long work is done."""
    cdef int status
    if not is_long:
        return do_all(part, work, parts, 1)
    with nogil:
        status = do_all(part, work, parts, width)
    return status
