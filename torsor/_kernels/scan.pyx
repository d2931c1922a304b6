"""cumsum, cumprod and those that leave NaNs out: running sums, in the order that NumPy adds in.

Floating results have NumPy's bits: threads share lines, never parts of one.  Arrays in other than C order and other
dtypes are left to NumPy's functions.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._loop cimport inner_t
from torsor._kernels.engine cimport (FLOAT32, MAX_DIMS, SERIAL, Operand, check_status, code_dtype, conflicts,
                                     item_size, take_array)
from torsor._kernels.reduce cimport PROD, SUM, default_code, find_kernel
from torsor._kernels.reducers cimport (ANY_CODE, ARRAY, AXIS, OUT, PyMethodDef, Recipe, asked_code, make_method,
                                       method, publish)
from torsor._kernels.tensor cimport is_array, new_tensor

from torsor._kernels import tensor as _tensor

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "scan.h" nogil:
    ctypedef void (*scan_t)(const char *x, cnp.npy_intp m, cnp.npy_intp sm, cnp.npy_intp n, cnp.npy_intp sn,
                            char *out, cnp.npy_intp om, cnp.npy_intp on) noexcept
    scan_t find_scan(int kind, int code)

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "Python.h":
    bint PyLong_CheckExact(PyObject *)
    long long PyLong_AsLongLongAndOverflow(PyObject *, int *) except? -1
    PyObject *Py_None

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PRODUCTS = 1                # kinds, as scan.h numbers them
    WITHOUT_NAN = 2
    WIDE = 64                   # columns from which on whole rows are added
    TILE = 1024                 # columns of a part

cdef struct Scan:               # an array of shape (outer, n, inner) in C order, along its middle axis
    scan_t lines
    inner_t rows                # adds or multiplies rows of inner elements; NULL: line by line
    const char *x
    char *out
    cnp.npy_intp outer, n, inner, sn
    cnp.npy_intp tile, tiles    # lines of a part; parts of each outer one
    int size, out_size


cdef void scan_rows(const Scan *s, const char *x, char *out, cnp.npy_intp m) noexcept nogil:
    """Row by row, for wide ones: vectors of columns."""
    cdef char *args[3]
    cdef cnp.npy_intp steps[3]
    cdef cnp.npy_intp i, row = s.inner * s.size
    steps[0] = steps[1] = steps[2] = s.size
    memcpy(out, x, m * s.size)
    for i in range(1, s.n):
        args[0], args[1], args[2] = out + (i - 1) * row, <char *>x + i * row, out + i * row
        s.rows(args, &m, steps, NULL)


cdef int scan_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some lines; returns the floating-point status."""
    cdef const Scan *s = <Scan *>work
    cdef cnp.npy_intp first, m
    cdef const char *x
    cdef char *out
    fp_clear()
    if s.inner == 1:
        first = part * s.tile
        m = min(s.tile, s.outer - first)
        s.lines(s.x + first * s.n * s.size, m, s.n * s.size, s.n, s.sn, s.out + first * s.n * s.out_size,
                s.n * s.out_size, s.out_size)
        return fp_status()
    first = part % s.tiles * s.tile
    m = min(s.tile, s.inner - first)
    x = s.x + (part // s.tiles * s.n * s.inner + first) * s.size
    out = s.out + (part // s.tiles * s.n * s.inner + first) * s.out_size
    if s.rows != NULL and x != out:
        scan_rows(s, x, out, m)
    else:
        s.lines(x, m, s.size, s.n, s.inner * s.size, out, s.out_size, s.inner * s.out_size)
    return fp_status()


cdef int scan(Scan *s) except -1:
    """All lines, on as many threads as they are worth; returns the floating-point status."""
    cdef double work = <double>s.outer * s.n * s.inner * 2
    cdef cnp.npy_intp parts
    cdef int width
    if s.inner == 1:
        s.tile = max(<cnp.npy_intp>8, min(s.outer, <cnp.npy_intp>(SERIAL // s.n) // 8 * 8))
        parts = (s.outer + s.tile - 1) // s.tile
    else:
        s.tile = min(s.inner, <cnp.npy_intp>TILE)
        while s.tile > WIDE and s.tile * s.n > 8 * SERIAL:
            s.tile = (s.tile // 2 + 7) // 8 * 8
        s.tiles = (s.inner + s.tile - 1) // s.tile
        parts = s.outer * s.tiles
    width = <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), parts)
    return threads.run(scan_part, s, parts, width, work >= SERIAL)


cdef object compute(const Recipe *recipe, PyObject **fields):
    """A running sum or product; NotImplemented, before anything is written, where NumPy has to do it."""
    cdef Operand a, given
    cdef Scan s
    cdef int d, axis, code, nd, overflow = 0, status, asked = asked_code(fields)
    cdef int kind = PROD if recipe.kind & PRODUCTS else SUM
    cdef long long number
    cdef cnp.npy_intp size = 1
    cdef cnp.npy_intp shape[MAX_DIMS]
    cdef object out
    if not is_array(fields[ARRAY]) or not take_array(fields[ARRAY], &a) or a.nd == 0:
        return NotImplemented
    code = default_code(kind, a.code)
    s.lines = find_scan(recipe.kind, a.code) if code >= 0 else NULL
    if s.lines == NULL:
        return NotImplemented
    if asked != ANY_CODE and asked != code:
        return NotImplemented
    for d in range(a.nd):
        size *= a.shape[d]
    if size == 0 or not (a.flags & cnp.NPY_ARRAY_C_CONTIGUOUS or a.nd == 1):
        return NotImplemented
    nd, axis = a.nd, 0
    memcpy(shape, a.shape, nd * sizeof(cnp.npy_intp))
    if fields[AXIS] == NULL or fields[AXIS] == Py_None:
        nd, shape[0] = 1, size
    else:
        if not PyLong_CheckExact(fields[AXIS]):
            return NotImplemented
        number = PyLong_AsLongLongAndOverflow(fields[AXIS], &overflow)
        if overflow or number < -nd or number >= nd:
            return NotImplemented
        axis = <int>number + (nd if number < 0 else 0)
    s.outer = s.inner = 1
    for d in range(axis):
        s.outer *= shape[d]
    for d in range(axis + 1, nd):
        s.inner *= shape[d]
    s.n, s.x = shape[axis], a.data
    s.size, s.out_size = item_size(a.code), item_size(code)
    s.sn = a.strides[0] if a.nd == 1 else s.size
    s.rows = NULL
    if a.code == code and s.inner >= WIDE and recipe.kind < WITHOUT_NAN:
        s.rows = find_kernel(kind, code, code).combine
    if fields[OUT] != NULL and fields[OUT] != Py_None:
        if not is_array(fields[OUT]) or not take_array(fields[OUT], &given) or given.code != code or given.nd != nd or (
                memcmp(given.shape, shape, nd * sizeof(cnp.npy_intp)) != 0 or conflicts(&a, &given)
                or not given.flags & cnp.NPY_ARRAY_WRITEABLE or not given.flags & cnp.NPY_ARRAY_C_CONTIGUOUS):
            return NotImplemented
        out = <object>fields[OUT]
    else:
        out = new_tensor(nd, shape, NULL, code_dtype(code))
    s.out = <char *>cnp.PyArray_DATA(<cnp.ndarray>out)
    status = scan(&s)
    if status and code >= FLOAT32:
        check_status("accumulate", status)
    return out


cdef object cumsum_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[0], self, args, n, kwnames)


cdef object cumprod_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[1], self, args, n, kwnames)


cdef Recipe _recipes[4]
cdef PyMethodDef _methods[2]


def _prepare():
    cdef int k
    for k, name in enumerate(("cumsum", "cumprod", "nancumsum", "nancumprod")):
        _recipes[k].kind, _recipes[k].mean, _recipes[k].compute = k, False, compute
        publish(name, &_recipes[k], "a axis dtype out", 4)
    return {"cumsum": make_method("cumsum", &_methods[0], <void *>cumsum_method),
            "cumprod": make_method("cumprod", &_methods[1], <void *>cumprod_method)}


#: The methods of Tensor by name, ready to be its attributes.
METHODS_OF_TENSOR = _prepare()
