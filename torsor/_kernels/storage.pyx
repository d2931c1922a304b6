"""Pooled, aligned memory for arrays, as a NEP 49 handler.

Owns the blocks (pool.h); who attaches them to arrays is tensor.pyx.
"""
import os
from cpython.pycapsule cimport PyCapsule_New

cdef extern from "pool.h" nogil:
    ctypedef struct PoolStats:
        size_t in_use, cached, hits, misses, limit
    void *pool_malloc(void *ctx, size_t size)
    void *pool_calloc(void *ctx, size_t count, size_t size)
    void pool_free(void *ctx, void *p, size_t size)
    void pool_start(size_t limit)
    void pool_set_limit(size_t limit)
    size_t pool_trim(int everything)
    PoolStats pool_stats()

cdef extern from *:
    """
    #include <Python.h>
    #include <numpy/ndarraytypes.h>
    static PyDataMem_Handler torsor_handler = {
        "torsor", 1, {NULL, pool_malloc, pool_calloc, pool_realloc, pool_free}};
    """
    void *handler_address "&torsor_handler"


cdef void *allocate(size_t size) noexcept nogil:
    return pool_malloc(NULL, size)


cdef void *allocate_zeroed(size_t size) noexcept nogil:
    return pool_calloc(NULL, size, 1)


cdef void release(void *p, size_t size) noexcept nogil:
    pool_free(NULL, p, size)


def _default_limit():
    """TORSOR_CACHE_BYTES, else an eighth of the machine's memory."""
    text = os.environ.get("TORSOR_CACHE_BYTES")
    if text is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8
    if not text.isdecimal():
        raise ImportError(f"TORSOR_CACHE_BYTES={text!r} is not a number of bytes (0 turns the pool off)")
    return int(text)


def stats():
    """Bytes and requests that the pool has seen.

    Returns
    -------
    dict
        ``in_use`` and ``cached``: bytes handed out and bytes kept for reuse; ``hits`` and ``misses``:
        requests served from the pool and by the system; ``limit``: the bound on shared cached bytes.
    """
    return pool_stats()


def trim():
    """Give the blocks that are not in use back to the system.

    Returns
    -------
    int
        Bytes given back.  What other threads keep of blocks up to 64 KiB stays with them.
    """
    return pool_trim(1)


def set_limit(limit):
    """Bound the bytes that the pool keeps for reuse.

    Parameters
    ----------
    limit : int
        Bytes; 0 keeps nothing.
    """
    if limit < 0:
        raise ValueError(f"set_limit: a number of bytes cannot be negative, got {limit}")
    pool_set_limit(limit)


pool_start(_default_limit())
handler = PyCapsule_New(handler_address, "mem_handler", NULL)
