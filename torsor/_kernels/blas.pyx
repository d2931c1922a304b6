"""OpenBLAS, torsor's own copy of it: loads the library at first use and hands out its routines.

The library runs on the calling thread only; who calls it splits the work over torsor's threads.
"""
import threading

from torsor._kernels import cpu

cdef extern from "blas.h":
    void *blas_open(const char *path, const char *core)

cdef extern from *:
    """
    static int processor_is_intel(void) {
    #if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
        __builtin_cpu_init();
        return __builtin_cpu_is("intel");
    #else
        return 0;
    #endif
    }
    """
    bint processor_is_intel()
    char *getenv(const char *)
    void *dlsym(void *, const char *)
    char *dlerror()

PREFIX = "scipy_"               # of every symbol of the library

cdef void *_library = NULL
cdef BlasRoutines _routines[BLAS_TYPES]
cdef bint _complete = False
cdef object _lock = threading.Lock(), _path = None, _reason = None


def library():
    """The library's file, a :class:`pathlib.Path`."""
    from importlib import resources

    from torsor._kernels import HINT

    folder = resources.files("torsor").joinpath("_openblas")
    found = [] if not folder.is_dir() else [
        entry for entry in folder.iterdir() if entry.name.startswith("libscipy_openblas")]
    if not found:
        raise ImportError(HINT.format("the OpenBLAS library is not in the package's folder _openblas"))
    return found[0]


cdef tuple choose_core():
    """The OPENBLAS_CORETYPE to load with, None to leave the choice to OpenBLAS, and the reason."""
    cdef char *wish = getenv(b"OPENBLAS_CORETYPE")
    if wish != NULL and wish[0]:
        return None, f"OPENBLAS_CORETYPE={(<bytes>wish).decode(errors='replace')}"
    # OpenBLAS tells processors by family and model.  It knows Intel's, whose newest have kernels of their
    # own there; of others it takes kernels without AVX-512 for families newer than itself (its issue 6029).
    if cpu.LEVEL == "v4" and not processor_is_intel():
        return b"SKYLAKEX", "the processor has AVX-512"
    return None, "OpenBLAS's own detection"


cdef int load() except -1:
    global _library, _path, _reason
    cdef bytes name
    cdef const char *core = NULL
    cdef char *words
    if _library != NULL:
        return 0
    path = library()
    with _lock:
        if _library != NULL:
            return 0
        wanted, reason = choose_core()
        if wanted is not None:
            core = wanted
        name = bytes(path)
        _path, _reason = str(path), reason
        _library = blas_open(name, core)
        if _library == NULL:
            from torsor._kernels import HINT

            words = dlerror()
            raise ImportError(HINT.format("out of memory" if words == NULL else words.decode(errors="replace")))
    return 0


cdef void *symbol(str name) except NULL:
    """The address of a routine by its name without the library's prefix."""
    cdef void *address
    load()
    address = dlsym(_library, (PREFIX + name).encode())
    if address == NULL:
        raise ImportError(f"{_path} has no routine {PREFIX}{name}: it is not the library that torsor was built with")
    return address


cdef BlasRoutines *routines() except NULL:
    """The routines of each type, looked up once."""
    global _complete
    cdef int k
    if not _complete:
        for k, letter in enumerate("sdcz"):
            _routines[k].gemm = symbol(f"cblas_{letter}gemm")
            _routines[k].gemv = symbol(f"cblas_{letter}gemv")
            _routines[k].syrk = symbol(f"cblas_{letter}syrk")
            _routines[k].dot = symbol(f"cblas_{letter}dot" if k < 2 else f"cblas_{letter}dotu_sub")
            _routines[k].dotc = symbol(f"cblas_{letter}dot" if k < 2 else f"cblas_{letter}dotc_sub")
        _complete = True
    return _routines


def config():
    """What the library is, and why it runs the kernels it runs; loads it.

    Returns
    -------
    dict
        ``library``: OpenBLAS's own description; ``core``: the processor whose kernels it runs;
        ``because of``: who chose them; ``path``: the file.
    """
    load()
    return {
        "library": (<char *(*)()>symbol("openblas_get_config"))().decode(),
        "core": (<char *(*)()>symbol("openblas_get_corename"))().decode(),
        "because of": _reason,
        "path": _path,
    }
