"""The one C contract between inner loops and the engine.  It is NumPy's own for ufunc loops."""
cimport numpy as cnp

ctypedef void (*inner_t)(char **args, const cnp.npy_intp *dimensions, const cnp.npy_intp *steps,
                         void *data) noexcept nogil

cdef extern from "loop.h" nogil:
    ctypedef struct Loop:
        const char *name          # of the row
        const char *types         # "dd->d"
        inner_t inner

    ctypedef struct LoopTable:
        Py_ssize_t size
        const Loop *rows
