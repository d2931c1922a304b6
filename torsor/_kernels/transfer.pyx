"""Elements moved from any order into C order, on several threads.

Where the source runs along another axis than the result, both are walked in squares that fit the caches.
"""
cimport numpy as cnp
from torsor._kernels cimport threads

cdef extern from "transfer.h" nogil:
    void transfer_square(char *, cnp.npy_intp, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp,
                         cnp.npy_intp)
    void transfer_row(char *, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp)

cdef enum:
    PANEL = 64                  # rows of a unit
    PIECE = 1 << 16             # bytes that are worth a thread
    AXES = 64

cdef struct Transfer:           # an array of so many bytes an element, without axes of length 1
    char *into
    const char *source
    int nd, fast                # the axis other than the last along which the source runs; -1: it is the last
    cnp.npy_intp size, panels, units, parts
    cnp.npy_intp shape[AXES]
    cnp.npy_intp strides[AXES]
    cnp.npy_intp steps[AXES]    # of the result


cdef inline cnp.npy_intp magnitude(cnp.npy_intp x) noexcept nogil:
    return -x if x < 0 else x


cdef int transfer_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some units: rows of the result, or panels of them."""
    cdef Transfer *t = <Transfer *>work
    cdef cnp.npy_intp u, rest, index, rows, n = t.shape[t.nd - 1], along = t.strides[t.nd - 1], at
    cdef char *into
    cdef const char *source
    cdef int d
    if t.nd == 1:
        at, rest = n * part // t.parts, n * (part + 1) // t.parts
        transfer_row(t.into + at * t.size, t.source + at * along, along, rest - at, t.size)
        return 0
    for u in range(t.units * part // t.parts, t.units * (part + 1) // t.parts):
        rest, into, source = u, t.into, t.source
        rows = 1
        for d in range(t.nd - 2, -1, -1):
            if d == t.fast:
                index = rest % t.panels * PANEL
                rows = min(<cnp.npy_intp>PANEL, t.shape[d] - index)
                rest = rest // t.panels
            else:
                index = rest % t.shape[d]
                rest = rest // t.shape[d]
            into += index * t.steps[d]
            source += index * t.strides[d]
        if t.fast < 0:
            transfer_row(into, source, along, n, t.size)
            continue
        at = 0
        while at < n:
            transfer_square(into + at * t.size, t.steps[t.fast], source + at * along, t.strides[t.fast], along, rows,
                            min(<cnp.npy_intp>PANEL, n - at), t.size)
            at += PANEL
    return 0


cdef void transfer(char *into, const char *source, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides,
                   cnp.npy_intp size) noexcept:
    """Copy an array with elements of so many bytes into new memory, in C order."""
    cdef Transfer t
    cdef cnp.npy_intp step = size, total = size
    cdef int d, width
    t.nd, t.fast, t.into, t.source, t.size = 0, -1, into, source, size
    for d in range(nd):
        total *= shape[d]
        if shape[d] == 1:
            continue
        if t.nd and t.strides[t.nd - 1] == strides[d] * shape[d]:       # two axes that are one
            t.shape[t.nd - 1] *= shape[d]
            t.strides[t.nd - 1] = strides[d]
        else:
            t.shape[t.nd], t.strides[t.nd] = shape[d], strides[d]
            t.nd += 1
    if total == 0:
        return
    if t.nd == 0:
        t.nd, t.shape[0], t.strides[0] = 1, 1, size
    for d in range(t.nd - 1, -1, -1):
        t.steps[d] = step
        step *= t.shape[d]
    t.units = 1 if t.nd > 1 else total // PIECE + 1
    for d in range(t.nd - 1):
        t.units *= t.shape[d]
        if t.strides[d] and magnitude(t.strides[d]) < magnitude(t.strides[t.nd - 1]) and t.shape[d] >= 4 and (
                t.fast < 0 or magnitude(t.strides[d]) < magnitude(t.strides[t.fast])):
            t.fast = d
    if t.fast >= 0:
        t.panels = (t.shape[t.fast] + PANEL - 1) // PANEL
        t.units = t.units // t.shape[t.fast] * t.panels
    width = <int>min(<cnp.npy_intp>threads.width_for(<double>total, PIECE), t.units)
    t.parts = 1 if width <= 1 else min(t.units, <cnp.npy_intp>(4 * width))
    threads.run(transfer_part, &t, t.parts, width, total >= PIECE)
