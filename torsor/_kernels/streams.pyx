"""One stream of random bits, drawn by several threads: each from a bit generator that stands where its part begins.

What the numbers mean, and how a bit generator gets to its place, is torsor/random's.
"""
cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from torsor._kernels cimport threads

cdef extern from "numpy/random/bitgen.h" nogil:
    ctypedef struct bitgen_t:
        void *state
        uint64_t (*next_uint64)(void *) noexcept nogil
        double (*next_double)(void *) noexcept nogil

cnp.import_array()

cdef struct Fill:
    bitgen_t **sources          # of the parts
    char *out
    Py_ssize_t size, parts
    bint integers
    double low, range
    uint64_t least


cdef int fill_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Fill *f = <Fill *>work
    cdef bitgen_t *source = f.sources[part]
    cdef Py_ssize_t k, stop = part_start(f.size, part + 1, f.parts)
    for k in range(part_start(f.size, part, f.parts), stop):
        if f.integers:
            (<uint64_t *>f.out)[k] = f.least + source.next_uint64(source.state)
        else:
            (<double *>f.out)[k] = f.low + f.range * source.next_double(source.state)
    return 0


cdef Py_ssize_t part_start(Py_ssize_t size, Py_ssize_t part, Py_ssize_t parts) noexcept nogil:
    return size if part == parts else size // parts * part


def starts(Py_ssize_t size, Py_ssize_t parts):
    """How many numbers come before each part."""
    return [part_start(size, part, parts) for part in range(parts)]


def workers():
    """Threads that a long fill may use."""
    return threads.width()


cdef void fill(Fill *f, list sources, int width) except *:
    cdef Py_ssize_t k
    f.parts = len(sources)
    f.sources = <bitgen_t **>malloc(f.parts * sizeof(bitgen_t *))
    if f.sources == NULL:
        raise MemoryError
    try:
        for k in range(f.parts):
            f.sources[k] = <bitgen_t *>PyCapsule_GetPointer(sources[k].capsule, b"BitGenerator")
        with nogil:
            threads.share(fill_part, f, f.parts, width)
    finally:
        free(f.sources)


def fill_doubles(double[::1] out, list sources, int width, double low, double range_):
    """low + range * u for numbers u in [0, 1)."""
    cdef Fill f
    f.out, f.size, f.integers, f.low, f.range = <char *>&out[0], out.shape[0], False, low, range_
    fill(&f, sources, width)


def fill_integers(uint64_t[::1] out, list sources, int width, uint64_t least):
    """least + 64 bits, as integers modulo 2 ** 64."""
    cdef Fill f
    f.out, f.size, f.integers, f.least = <char *>&out[0], out.shape[0], True, least
    fill(&f, sources, width)
