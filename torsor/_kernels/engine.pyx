"""Element-wise operations over whole operands: types, broadcasting, the loop nest, threads.

Knows dtypes, strides and threads; does not know what any operation computes.  Whatever is out of the
ordinary (other dtypes, where=, casting=, errors) is answered with NotImplemented, and NumPy's
own function does it on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._loop cimport LoopTable, inner_t
from torsor._kernels.tensor cimport call_on_inputs, call_plain, is_array, new_tensor

import numpy as np
from torsor._kernels import fperrors
from torsor._kernels import tensor as _tensor
from torsor import _optable

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "vectorcall.h":
    void enable_vectorcall(PyObject *type, Py_ssize_t offset)

cdef extern from "ufunc.h":
    int ufunc_types(object)
    void *ufunc_loop(object, int)
    void *ufunc_data(object, int)

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "transfer.h" nogil:
    void transfer_square(char *, cnp.npy_intp, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp,
                         cnp.npy_intp)

cdef extern from "Python.h":
    bint PyFloat_CheckExact(PyObject *)
    bint PyLong_CheckExact(PyObject *)
    bint PyComplex_CheckExact(PyObject *)
    bint PyBool_Check(PyObject *)
    double PyFloat_AS_DOUBLE(PyObject *)
    double PyComplex_RealAsDouble(PyObject *)
    double PyComplex_ImagAsDouble(PyObject *)
    long long PyLong_AsLongLongAndOverflow(PyObject *, int *) except? -1
    int PyErr_CheckSignals() except -1
    object PyObject_Vectorcall(object, PyObject **, size_t, PyObject *)
    PyObject *Py_True
    PyObject *Py_TYPE "(PyObject *)Py_TYPE"(PyObject *)
    PyObject *Py_NotImplemented
    int PyContextVar_Get(object, PyObject *, PyObject **) except -1
    void Py_XDECREF(PyObject *)

cdef extern from *:
    """
    #define ARRAY_DATA(o) ((char *)PyArray_DATA((PyArrayObject *)(o)))
    #define ARRAY_DESCR(o) ((PyObject *)PyArray_DESCR((PyArrayObject *)(o)))
    #define ARRAY_NDIM(o) PyArray_NDIM((PyArrayObject *)(o))
    #define ARRAY_DIMS(o) PyArray_DIMS((PyArrayObject *)(o))
    #define ARRAY_STRIDES(o) PyArray_STRIDES((PyArrayObject *)(o))
    #define ARRAY_FLAGS(o) PyArray_FLAGS((PyArrayObject *)(o))
    #define SCALAR_VALUE(o, p) PyArray_ScalarAsCtype((PyObject *)(o), p)
    #include <math.h>
    """
    char *ARRAY_DATA(PyObject *)
    PyObject *ARRAY_DESCR(PyObject *)
    int ARRAY_NDIM(PyObject *)
    cnp.npy_intp *ARRAY_DIMS(PyObject *)
    cnp.npy_intp *ARRAY_STRIDES(PyObject *)
    int ARRAY_FLAGS(PyObject *)
    void SCALAR_VALUE(PyObject *, void *)
    Py_ssize_t PyVectorcall_NARGS(size_t)
    bint isinf(double) nogil
    void prefetch "__builtin_prefetch"(const void *) nogil
    bint mul_overflow "__builtin_mul_overflow"(Py_ssize_t, Py_ssize_t, Py_ssize_t *) nogil

cnp.import_array()
cnp.import_umath()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

# ---------------------------------------------------------------------------------------- types

cdef enum:
    WEAK_INT = 13
    WEAK_FLOAT = 14
    WEAK_COMPLEX = 15
    RADIX = 16                  # of a key made of operand codes
    COMPLEX64 = 11
    NUMBERED = 64               # more than NumPy has type numbers

cdef signed char CODE_OF[NUMBERED]         # type number -> code, -1 where the engine has none
cdef int ITEM_SIZE[N_CODES]
cdef PyObject *SCALAR_TYPE[N_CODES]        # numpy.float64, ...
cdef PyObject *DESCR[N_CODES]              # owned by DTYPES
CODES = _optable.ALL                      # code -> letter
DTYPES = [np.dtype(np.int64 if c == "q" else np.uint64 if c == "Q" else c) for c in CODES]
_WEAK = (int, float, complex)

for _k in range(NUMBERED):
    CODE_OF[_k] = -1
for _k, _dtype in enumerate(DTYPES):
    CODE_OF[<int>_dtype.num] = _k
    ITEM_SIZE[_k] = _dtype.itemsize
    SCALAR_TYPE[_k] = <PyObject *>_dtype.type
    DESCR[_k] = <PyObject *>_dtype


cdef inline int descr_code(PyObject *descr) noexcept:
    cdef int num = (<cnp.dtype>descr).type_num
    if num < 0 or num >= NUMBERED or (<cnp.dtype>descr).byteorder == c'>':
        return -1                   # numbers of types defined elsewhere are large, or all -1
    return CODE_OF[num]


cdef int type_code(cnp.dtype dtype) noexcept:
    """The engine's code of a dtype, -1 where it has none."""
    return descr_code(<PyObject *>dtype)


cdef cnp.dtype code_dtype(int code):
    return <cnp.dtype>DESCR[code]


cdef int item_size(int code) noexcept nogil:
    return ITEM_SIZE[code]


# ---------------------------------------------------------------------------------------- loops

_loops = {}                     # (name, "dd->d") -> address


def add_loops(capsule):
    """Register the loops of one rendered module."""
    cdef LoopTable *t = <LoopTable *>PyCapsule_GetPointer(capsule, b"torsor.loops")
    cdef Py_ssize_t k
    for k in range(t.size):
        _loops[t.rows[k].name.decode(), t.rows[k].types.decode()] = <size_t><void *>t.rows[k].inner


cdef bint borrowing = False


def set_borrowing(bint on):
    """Whether NumPy's loops are taken for the types that the table names as ``borrowed``."""
    global borrowing
    borrowing = on


def native_loops():
    """``{(row, types)}`` that run a loop of torsor's own here."""
    borrowed = {op.name: op.borrowed for op in _optable.OPS} if borrowing else {}
    return {(name, types) for name, types in _loops
            if types[0] not in borrowed.get(name, "") and not name.endswith("_check")}


cdef inner_t find_loop(str name, str types):
    address = _loops.get((name, types))
    return NULL if address is None else <inner_t><size_t>address


# ---------------------------------------------------------------------------------------- operands

cdef cnp.npy_intp NO_AXES = 0


cdef int take_array(PyObject *o, Operand *d) noexcept:
    d.code = descr_code(ARRAY_DESCR(o))
    d.flags = ARRAY_FLAGS(o)
    d.array = o
    d.data = ARRAY_DATA(o)
    d.nd = ARRAY_NDIM(o)
    d.shape = ARRAY_DIMS(o) if d.nd else &NO_AXES           # NULL is nothing for memcmp, of no bytes either
    d.strides = ARRAY_STRIDES(o) if d.nd else &NO_AXES
    return d.code >= 0 and d.flags & cnp.NPY_ARRAY_ALIGNED != 0


cdef int take(PyObject *o, Operand *d) noexcept:
    """Read one argument; 0 where it is nothing that the engine knows."""
    cdef int k
    cdef PyObject *t
    if is_array(o):
        return take_array(o, d)
    d.array = NULL
    d.object = o
    d.nd = 0
    d.data = <char *>&d.value
    if PyFloat_CheckExact(o):
        d.code = WEAK_FLOAT
        return 1
    if PyLong_CheckExact(o):
        d.code = WEAK_INT
        return 1
    if PyBool_Check(o):
        d.code = 0
        (<unsigned char *>d.data)[0] = o == Py_True
        return 1
    if PyComplex_CheckExact(o):
        d.code = WEAK_COMPLEX
        return 1
    t = Py_TYPE(o)
    for k in range(N_CODES):
        if t == SCALAR_TYPE[k]:
            d.code = k
            SCALAR_VALUE(o, d.data)
            return 1
    return 0


cdef bint store_integer(long long v, int code, char *p) noexcept:
    """Write a Python integer as an element; 0 where it does not fit (NumPy has words for that)."""
    if code == 1:
        (<signed char *>p)[0] = <signed char>v
        return -128 <= v <= 127
    if code == 2:
        (<unsigned char *>p)[0] = <unsigned char>v
        return 0 <= v <= 255
    if code == 3:
        (<short *>p)[0] = <short>v
        return -32768 <= v <= 32767
    if code == 4:
        (<unsigned short *>p)[0] = <unsigned short>v
        return 0 <= v <= 65535
    if code == 5:
        (<int *>p)[0] = <int>v
        return -2147483648LL <= v <= 2147483647LL
    if code == 6:
        (<unsigned int *>p)[0] = <unsigned int>v
        return 0 <= v <= 4294967295LL
    if code == 7:
        (<long long *>p)[0] = v
        return True
    if code == 8:
        (<unsigned long long *>p)[0] = <unsigned long long>v
        return v >= 0
    return False


cdef bint store_real(double re, double im, int code, char *p) noexcept:
    """Write a Python number as an element; 0 where that would overflow or lose its imaginary part."""
    if code == FLOAT64:
        (<double *>p)[0] = re
        return im == 0
    if code == FLOAT32:
        (<float *>p)[0] = <float>re
        return im == 0 and isinf(<float>re) == isinf(re)
    if code == COMPLEX64:
        (<float *>p)[0] = <float>re
        (<float *>p)[1] = <float>im
        return isinf(<float>re) == isinf(re) and isinf(<float>im) == isinf(im)
    if code == COMPLEX64 + 1:
        (<double *>p)[0] = re
        (<double *>p)[1] = im
        return True
    return False


cdef bint store_weak(Operand *d, int code) except -1:
    """Write a weak scalar as an element of the loop's type."""
    cdef int overflow = 0
    cdef long long v
    if d.code == WEAK_FLOAT:
        return store_real(PyFloat_AS_DOUBLE(d.object), 0, code, d.data)
    if d.code == WEAK_INT:
        v = PyLong_AsLongLongAndOverflow(d.object, &overflow)
        if overflow:
            return False
        if code >= FLOAT32:
            return store_real(<double>v, 0, code, d.data)
        return store_integer(v, code, d.data)
    return store_real(PyComplex_RealAsDouble(d.object), PyComplex_ImagAsDouble(d.object), code, d.data)


# ---------------------------------------------------------------------------------------- plans

cdef double FILLING = 1 / 64.0             # the cost of an element that is only written
cdef Plan NOT_OURS                          # its address says: leave this combination to NumPy


cdef Plan *make_plan(Ufunc f, int *codes) except NULL:
    """Ask NumPy which types the operation runs in for these operands, and find that loop."""
    cdef Plan *plan
    cdef int k, n = f.nin + f.nout, code
    cdef bint borrowed
    cdef inner_t inner = NULL
    cdef Numpys numpys
    cdef inner_t cast[MAX_ARGS]
    cdef list wanted = [DTYPES[codes[k]] if codes[k] < N_CODES else _WEAK[codes[k] - N_CODES]
                        for k in range(f.nin)]
    try:
        dtypes = f.numpy.resolve_dtypes((*wanted, *(None,) * f.nout))
    except Exception:
        return &NOT_OURS
    letters = []
    for dtype in dtypes:
        code = type_code(dtype)
        if code < 0:
            return &NOT_OURS
        letters.append(CODES[code])
    types = "".join(letters[:f.nin]) + "->" + "".join(letters[f.nin:])
    if types not in f.row.types.split():
        return &NOT_OURS
    if not (borrowing and letters[0] in f.row.borrowed):
        inner = find_loop(f.row.name, types)
    borrowed = inner == NULL
    chars = "".join([dtype.char for dtype in dtypes[:f.nin]]) + "->" + "".join(
        [dtype.char for dtype in dtypes[f.nin:]])
    numpys.inner, numpys.data = NULL, NULL
    if chars in f.numpy.types:
        k = f.numpy.types.index(chars)
        numpys.inner, numpys.data = <inner_t>ufunc_loop(f.numpy, k), ufunc_data(f.numpy, k)
    if borrowed:
        inner = numpys.inner
        if inner == NULL:
            return &NOT_OURS
    for k in range(f.nin):
        cast[k] = NULL
        if codes[k] < N_CODES and CODES[codes[k]] != letters[k]:
            cast[k] = find_loop("cast", f"{CODES[codes[k]]}->{letters[k]}")
            if cast[k] == NULL:
                return &NOT_OURS
    plan = <Plan *>calloc(1, sizeof(Plan))
    if plan == NULL:
        raise MemoryError
    plan.inner, plan.numpys = inner, numpys
    plan.check = find_loop(f.row.name + "_check", types)
    plan.data = numpys.data if borrowed else <void *>&plan.numpys
    plan.native = inner == find_loop(f.row.name, types)
    for k in range(f.nin):
        plan.cast[k] = cast[k]
    for k in range(n):
        plan.code[k] = CODES.index(letters[k])
    # Costs are those of our loops over 8-byte elements; NumPy's tuned ones take about a quarter.
    plan.cost = f.row.cost * max([ITEM_SIZE[plan.code[k]] for k in range(n)]) / 8.0
    if borrowing and letters[0] in f.row.borrowed:
        plan.cost /= 4
    if len(set(letters)) == 1 and letters[0] in _optable.FLOATS and f.row.cost >= DEAR and (
            not borrowed or letters[0] == "d"):
        plan.pack = find_loop("positive", f"{letters[0]}->{letters[0]}")
    if letters[0] in f.row.constant:
        plan.cost = FILLING
    plan.checked = borrowed or not (f.row.silent or letters[0] in _optable.INTS + "?" and not f.row.header)
    return plan


cdef Plan *plan_for(Ufunc f, const int *codes) except? NULL:
    """How an operation runs for operands of these codes; NULL where it is NumPy's."""
    cdef Operand ops[MAX_ARGS]
    cdef Plan *plan
    cdef int k
    if f.plans == NULL:
        return NULL
    for k in range(f.nin):
        ops[k].code = codes[k]
    plan = find_plan(f, ops)
    return NULL if plan == &NOT_OURS else plan


cdef inline Plan *find_plan(Ufunc f, Operand *ops) except NULL:
    cdef int k, key = 0
    cdef int codes[MAX_ARGS]
    for k in range(f.nin):
        key = key * RADIX + ops[k].code
    if f.plans[key] == NULL:
        for k in range(f.nin):
            codes[k] = ops[k].code
        f.plans[key] = make_plan(f, codes)
    return f.plans[key]


# ---------------------------------------------------------------------------------------- errors

_error_state = np._core.umath._extobj_contextvar
cdef object _seen_state = None      # the last error state met, and what it ignores
cdef int _seen_ignored = 0


cdef int check_status(object name, int status) except -1:
    """Report what the error state does not ignore."""
    global _seen_state, _seen_ignored
    cdef PyObject *state = NULL
    cdef int ignored
    PyContextVar_Get(_error_state, NULL, &state)
    if state == NULL or <object>state is None:
        ignored = fperrors.IGNORED_BY_DEFAULT
    else:
        if <object>state is not _seen_state:
            _seen_state, _seen_ignored = <object>state, fperrors.ignored()
        ignored = _seen_ignored
    Py_XDECREF(state)
    if status & ~ignored:
        fperrors.report(name, status)
    return 0


# ---------------------------------------------------------------------------------------- loop nest

cdef enum:
    BLOCK = 512                 # elements converted at a time
    FEW = 8                     # not worth packing
    DEAR = 7                    # what costs as much runs in vectors, which want their elements side by side
    TILED = 1 << 16             # elements of a nest that are worth tiles
    TILE_STRIDE = 512           # bytes; elements that lie so far apart come to few places of the caches
    TILE_LEAST = 16             # along either axis
    TILE_LINE = 64              # bytes of a turned input that are read at one place: a line of the cache
    TILE_COLUMNS = 512
    TURNING = 1                 # additions that the turning of an element takes


cdef void invoke(Plan *plan, int nin, int nargs, char **data, cnp.npy_intp *steps,
                 cnp.npy_intp n) noexcept nogil:
    """Run the inner loop over one dimension, block by block where inputs are converted or elements packed."""
    cdef char buffer[MAX_ARGS][BLOCK * MAX_ITEM]
    cdef char *p[MAX_ARGS]
    cdef char *q[2]
    cdef inner_t to_buffer[MAX_ARGS]
    cdef cnp.npy_intp s[MAX_ARGS]
    cdef cnp.npy_intp t[2]
    cdef cnp.npy_intp done = 0, m
    cdef int k
    cdef bint convert = False
    for k in range(nargs):
        to_buffer[k] = plan.cast[k] if k < nin else NULL
        if plan.pack != NULL and to_buffer[k] == NULL and n >= FEW and steps[k] not in (0, ITEM_SIZE[plan.code[k]]):
            to_buffer[k] = plan.pack
        if to_buffer[k] != NULL:
            convert = True
    if not convert:
        plan.inner(data, &n, steps, plan.data)
        return
    while done < n:
        m = min(<cnp.npy_intp>BLOCK, n - done)
        for k in range(nargs):
            p[k] = data[k] + done * steps[k]
            s[k] = steps[k]
            if to_buffer[k] != NULL:
                q[0], q[1] = p[k], buffer[k]
                t[0], t[1] = steps[k], ITEM_SIZE[plan.code[k]]
                if k < nin:
                    to_buffer[k](q, &m, t, NULL)
                p[k], s[k] = buffer[k], t[1]
        plan.inner(p, &m, s, plan.data)
        for k in range(nin, nargs):
            if to_buffer[k] != NULL:
                q[0], q[1] = buffer[k], data[k] + done * steps[k]
                t[0], t[1] = ITEM_SIZE[plan.code[k]], steps[k]
                plan.pack(q, &m, t, NULL)
        done += m


cdef int walk(Plan *plan, Nest *nest, int nin, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    """Run elements start to stop of a nest, in its order; returns the floating-point status."""
    cdef cnp.npy_intp index[MAX_DIMS]
    cdef cnp.npy_intp steps[MAX_ARGS]
    cdef char *p[MAX_ARGS]
    cdef int last = nest.nd - 1, nargs = nest.nargs, d, k
    cdef cnp.npy_intp rest = start, m
    if plan.checked:
        fp_clear()
    for k in range(nargs):
        p[k] = nest.data[k]
        steps[k] = nest.strides[k][last]
    for d in range(last, -1, -1):
        index[d] = rest % nest.shape[d]
        rest = rest // nest.shape[d]
        for k in range(nargs):
            p[k] += index[d] * nest.strides[k][d]
    while start < stop:
        m = min(nest.shape[last] - index[last], stop - start)
        invoke(plan, nin, nargs, p, steps, m)
        start += m
        for k in range(nargs):
            p[k] += m * steps[k]
        index[last] += m
        d = last
        while d > 0 and index[d] == nest.shape[d]:
            index[d] = 0
            index[d - 1] += 1
            for k in range(nargs):
                p[k] += nest.strides[k][d - 1] - nest.shape[d] * nest.strides[k][d]
            d -= 1
    return fp_status() if plan.checked else 0


cdef struct Walk:               # elements start to stop of a nest, in parts
    Plan *plan
    Nest *nest
    int nin
    cnp.npy_intp start, stop, parts


cdef cnp.npy_intp part_start(const Walk *w, cnp.npy_intp part) noexcept nogil:
    """Where a part starts: a multiple of 64 elements on, so that no two parts share a cache line."""
    cdef cnp.npy_intp n = w.stop - w.start
    return w.stop if part == w.parts else w.start + n // w.parts * part // 64 * 64


cdef int walk_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Walk *w = <Walk *>work
    return walk(w.plan, w.nest, w.nin, part_start(w, part), part_start(w, part + 1))


# Inputs that run along another axis than the innermost one are read in tiles, each of which is turned into a buffer,
# where their elements would push each other out of the caches; elsewhere a tile is no faster than steps (measured).

cdef struct Tiles:
    Plan *plan
    Nest *nest
    int nin, fast               # the axis that such inputs run along
    bint turned[MAX_ARGS]
    cnp.npy_intp panels, rows, units, start, stop, parts


cdef bint find_tiles(Tiles *t, Plan *plan, Nest *nest, int nin) noexcept nogil:
    """Whether some inputs are to be read in tiles, and which."""
    cdef int k, d, fast, last = nest.nd - 1, found = 0
    cdef cnp.npy_intp along
    t.plan, t.nest, t.nin, t.fast, t.rows = plan, nest, nin, -1, TILE_LINE
    if nest.shape[last] < TILE_LEAST:
        return False
    for k in range(nest.nargs):
        t.turned[k] = False
        along = magnitude(nest.strides[k][last])
        if plan.cast[k] != NULL and k < nin or along % TILE_STRIDE or along == 0 or ITEM_SIZE[plan.code[k]] > 8:
            continue
        fast = -1
        for d in range(last):
            if 0 < magnitude(nest.strides[k][d]) < along and nest.shape[d] >= TILE_LEAST and (
                    fast < 0 or magnitude(nest.strides[k][d]) < magnitude(nest.strides[k][fast])):
                fast = d
        if fast < 0:
            continue
        if k >= nin or found == 2 or found and fast != t.fast:
            return False
        t.turned[k], t.fast = True, fast
        t.rows = min(t.rows, <cnp.npy_intp>(TILE_LINE // ITEM_SIZE[plan.code[k]]))
        found += 1
    if found == 0:
        return False
    t.panels = (nest.shape[t.fast] + t.rows - 1) // t.rows
    t.units = t.panels
    for d in range(last):
        if d != t.fast:
            t.units *= nest.shape[d]
    return True


cdef void walk_tile(const Tiles *t, char **p, cnp.npy_intp rows, cnp.npy_intp n) noexcept nogil:
    """Rows of n elements, along the last axis, of the axis that the turned inputs run along."""
    cdef char buffer[2][TILE_LINE * (TILE_COLUMNS + TILE_LINE)]
    cdef char *q[MAX_ARGS]
    cdef cnp.npy_intp steps[MAX_ARGS]
    cdef cnp.npy_intp across[MAX_ARGS]
    cdef const Nest *nest = t.nest
    cdef cnp.npy_intp size, row, r, _r
    cdef int k, last = nest.nd - 1, used = 0
    for k in range(nest.nargs):
        q[k], steps[k], across[k] = p[k], nest.strides[k][last], nest.strides[k][t.fast]
        if t.turned[k]:
            size = ITEM_SIZE[t.plan.code[k]]
            for r in range(n):                  # all lines at once: the moves below wait for a few at a time
                prefetch(p[k] + r * steps[k])
            row = n * size + TILE_LINE          # so that rows do not come to the same places of the cache
            transfer_square(buffer[used], row, p[k], across[k], steps[k], rows, n, size)
            q[k], steps[k], across[k] = buffer[used], size, row
            used += 1
    for _r in range(rows):
        invoke(t.plan, t.nin, nest.nargs, q, steps, n)
        for k in range(nest.nargs):
            q[k] += across[k]


cdef int tiles_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some units, each a panel of rows."""
    cdef Tiles *t = <Tiles *>work
    cdef const Nest *nest = t.nest
    cdef char *p[MAX_ARGS]
    cdef cnp.npy_intp unit, rest, index, rows = 1, at, n, count = t.stop - t.start
    cdef int d, k, last = nest.nd - 1
    if t.plan.checked:
        fp_clear()
    for unit in range(t.start + count * part // t.parts, t.start + count * (part + 1) // t.parts):
        rest = unit
        for k in range(nest.nargs):
            p[k] = nest.data[k]
        for d in range(last - 1, -1, -1):
            if d == t.fast:
                index = rest % t.panels * t.rows
                rest = rest // t.panels
                rows = min(t.rows, nest.shape[d] - index)
            else:
                index = rest % nest.shape[d]
                rest = rest // nest.shape[d]
            for k in range(nest.nargs):
                p[k] += index * nest.strides[k][d]
        at = 0
        while at < nest.shape[last]:
            n = min(<cnp.npy_intp>TILE_COLUMNS, nest.shape[last] - at)
            walk_tile(t, p, rows, n)
            for k in range(nest.nargs):
                p[k] += n * nest.strides[k][last]
            at += n
    return fp_status() if t.plan.checked else 0


cdef int run_tiles(Tiles *t, cnp.npy_intp size) except -1:
    """Run a whole nest in tiles."""
    cdef double work = size * (t.plan.cost + TURNING)
    cdef cnp.npy_intp done = 0, step
    cdef int width = <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), t.units), status = 0
    step = max(<cnp.npy_intp>(4 * width), <cnp.npy_intp>(t.units * (SLICE * <double>width / work)))
    while done < t.units:
        t.start, t.stop = done, min(t.units, done + step)
        t.parts = 1 if width <= 1 else min(t.stop - t.start, <cnp.npy_intp>(4 * width))
        status |= threads.run(tiles_part, t, t.parts, width, True)
        done = t.stop
        if done < t.units:
            PyErr_CheckSignals()
    return status


cdef int run(Plan *plan, Nest *nest, int nin, cnp.npy_intp size) except -1:
    """Run a whole nest, on as many threads as it is worth; returns the floating-point status."""
    cdef double work = size * plan.cost
    cdef cnp.npy_intp start = 0, stop, step
    cdef int width, status = 0
    cdef Walk w
    cdef Tiles tiles
    if nest.nd > 1 and size >= TILED and find_tiles(&tiles, plan, nest, nin):
        return run_tiles(&tiles, size)
    if work <= HOLD_GIL:
        return walk(plan, nest, nin, 0, size)
    width = threads.width_for(work, SERIAL)
    step = max(<cnp.npy_intp>65536, <cnp.npy_intp>(SLICE * <double>width / plan.cost))
    while start < size:
        stop = min(size, start + step)
        with nogil:
            if width > 1:
                # Several parts each where that is cheap: a thread that is held up does less.
                w = Walk(plan, nest, nin, start, stop, width if work < 16 * SERIAL * width else 4 * width)
                status |= threads.share(walk_part, &w, w.parts, width)
            else:
                status |= walk(plan, nest, nin, start, stop)
        start = stop
        if start < size:
            PyErr_CheckSignals()
    return status


cdef bint broadcast(Operand *ops, int nin, int *nd, cnp.npy_intp *shape) noexcept:
    """The common shape of the inputs; 0 where there is none or it is too large."""
    cdef int k, d, e
    cdef cnp.npy_intp n
    cdef Py_ssize_t total = MAX_ITEM
    nd[0] = 0
    for k in range(nin):
        nd[0] = max(nd[0], ops[k].nd)
    for d in range(nd[0]):
        shape[d] = 1
    for k in range(nin):
        for d in range(ops[k].nd):
            e = nd[0] - ops[k].nd + d
            n = ops[k].shape[d]
            if shape[e] == 1:
                shape[e] = n
            elif n != 1 and n != shape[e]:
                return False
    for d in range(nd[0]):
        if mul_overflow(total, shape[d] if shape[d] else 1, &total):
            return False
    return True


cdef inline cnp.npy_intp magnitude(cnp.npy_intp x) noexcept nogil:
    return -x if x < 0 else x


cdef void order_axes(Nest *nest, int *perm) noexcept nogil:
    """The axes of a nest from outermost to innermost; see order_strides."""
    order_strides(nest.nd, nest.nargs, nest.strides, perm)


cdef void order_strides(int nd, int nargs, const axes_t *strides, int *perm) noexcept nogil:
    """The axes from outermost to innermost by the operands' strides; those of new outputs are 0.

    Two axes are exchanged only where every operand that tells them apart agrees; C order wins ties.
    This is the order in which NumPy lays out a result with order="K".
    """
    cdef int i, j, k, target, axis
    cdef bint ambiguous, swap
    cdef cnp.npy_intp a, b
    for i in range(nd):
        perm[i] = nd - 1 - i           # innermost first while sorting
    for i in range(1, nd):
        target = i
        for j in range(i - 1, -1, -1):
            ambiguous, swap = True, False
            for k in range(nargs):
                a = magnitude(strides[k][perm[i]])
                b = magnitude(strides[k][perm[j]])
                if a != 0 and b != 0:
                    if b <= a:
                        swap = False
                    elif ambiguous:
                        swap = True
                    ambiguous = False
            if not ambiguous:
                if swap:
                    target = j
                else:
                    break
        axis = perm[i]
        for j in range(i, target, -1):
            perm[j] = perm[j - 1]
        perm[target] = axis
    for i in range(nd // 2):
        axis = perm[i]
        perm[i] = perm[nd - 1 - i]
        perm[nd - 1 - i] = axis


cdef void arrange(Nest *nest, const int *perm) noexcept nogil:
    """Put a nest's dimensions in order and merge those that every operand walks as one."""
    nest.nd = arrange_strides(nest.nd, nest.nargs, nest.shape, nest.strides, perm)


cdef int arrange_strides(int nd, int nargs, cnp.npy_intp *shape, axes_t *strides, const int *perm) noexcept nogil:
    """The same for a shape and strides of any number of operands; returns how many dimensions are left."""
    cdef axes_t old
    cdef bint joined[MAX_DIMS]      # with the dimension before, in the new order
    cdef int d, k, top = -1, last = -1
    for d in range(nd):
        joined[d] = False
        if shape[perm[d]] == 1:
            continue
        if last >= 0:
            joined[d] = True
            for k in range(nargs):
                if strides[k][perm[last]] != strides[k][perm[d]] * shape[perm[d]]:
                    joined[d] = False
                    break
        last = d
    for k in range(nargs):
        memcpy(old, strides[k], nd * sizeof(cnp.npy_intp))
        top = -1
        for d in range(nd):
            if shape[perm[d]] != 1:
                top += not joined[d]
                strides[k][top] = old[perm[d]]
    memcpy(old, shape, nd * sizeof(cnp.npy_intp))
    top = -1
    for d in range(nd):
        if old[perm[d]] == 1:
            continue
        if joined[d]:
            shape[top] *= old[perm[d]]
        else:
            top += 1
            shape[top] = old[perm[d]]
    if top < 0:
        top = 0
        shape[0] = 1
        for k in range(nargs):
            strides[k][0] = 0
    return top + 1


cdef void lengthen(Nest *nest) noexcept nogil:
    """Exchange a short innermost dimension, which makes many calls of little work, for a long one."""
    cdef int k, d = nest.nd - 1, top = nest.nd - 1
    if top > 0 and nest.shape[top] < 16:
        for k in range(top):
            if nest.shape[k] > 4 * nest.shape[d]:
                d = k
        if d != top:
            exchange(nest, d, top)


cdef void exchange(Nest *nest, int a, int b) noexcept nogil:
    cdef int k
    nest.shape[a], nest.shape[b] = nest.shape[b], nest.shape[a]
    for k in range(nest.nargs):
        nest.strides[k][a], nest.strides[k][b] = nest.strides[k][b], nest.strides[k][a]


cdef void extent(Operand *d, size_t *low, size_t *high) noexcept nogil:
    """The bytes that an array's elements lie in."""
    cdef int k
    cdef Py_ssize_t reach
    low[0] = high[0] = <size_t>d.data
    for k in range(d.nd):
        if d.shape[k] == 0:
            high[0] = low[0]
            return
        reach = (d.shape[k] - 1) * d.strides[k]
        if reach < 0:
            low[0] += reach
        else:
            high[0] += reach
    high[0] += ITEM_SIZE[d.code]


cdef bint same_elements(Operand *a, Operand *b) noexcept nogil:
    """Whether two arrays are the same elements in the same order."""
    return (a.data == b.data and a.nd == b.nd and ITEM_SIZE[a.code] == ITEM_SIZE[b.code]
            and memcmp(a.shape, b.shape, a.nd * sizeof(cnp.npy_intp)) == 0
            and memcmp(a.strides, b.strides, a.nd * sizeof(cnp.npy_intp)) == 0)


cdef bint conflicts(Operand *a, Operand *out) noexcept nogil:
    """Whether writing out while reading a could change what is read."""
    cdef size_t a0, a1, b0, b1
    if a.array == NULL:
        return False
    extent(a, &a0, &a1)
    extent(out, &b0, &b1)
    return a0 < b1 and b0 < a1 and not same_elements(a, out)


cdef bint repeats(Operand *d) noexcept nogil:
    """Whether an array may hold one element at several places (strides that do not nest)."""
    cdef int order[MAX_DIMS]
    cdef int i, j
    cdef cnp.npy_intp span = ITEM_SIZE[d.code]
    if d.flags & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS):
        return False
    for i in range(d.nd):                   # by rising stride
        j = i
        while j > 0 and magnitude(d.strides[order[j - 1]]) > magnitude(d.strides[i]):
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
    for i in range(d.nd):
        j = order[i]
        if d.shape[j] > 1:
            if magnitude(d.strides[j]) < span:
                return True
            span += (d.shape[j] - 1) * magnitude(d.strides[j])
    return False


cdef bint acceptable(Operand *ops, int nin, int nout, int k, Plan *plan, int nd,
                     const cnp.npy_intp *shape) noexcept:
    """Whether an output array can be written directly."""
    cdef int j
    cdef Operand *out = &ops[k]
    if out.code != plan.code[k] or not out.flags & cnp.NPY_ARRAY_WRITEABLE or out.nd != nd:
        return False
    if memcmp(out.shape, shape, nd * sizeof(cnp.npy_intp)) != 0:
        return False
    for j in range(nin, k):
        if ops[j].array != NULL and (conflicts(&ops[j], out) or same_elements(&ops[j], out)):
            return False
    return not repeats(out)


# ---------------------------------------------------------------------------------------- calls

cdef object apply(Ufunc f, PyObject **args, PyObject **outs):
    """The operation on its inputs, into new Tensors or into ``outs`` (NULL or None entries are new).

    Returns NotImplemented, before anything is written, where the operands are not the engine's.
    """
    cdef Operand ops[MAX_ARGS]
    cdef Nest nest
    cdef Plan *plan
    cdef Operand *first = NULL
    cdef int k, d, e, nin = f.nin, nargs = f.nin + f.nout, nd, status = 0
    cdef cnp.npy_intp steps[MAX_ARGS]
    cdef int perm[MAX_DIMS]
    cdef cnp.npy_intp strides[MAX_DIMS]
    cdef cnp.npy_intp size = 1, step
    cdef bint flat_c = True, flat_f = True, same = True
    cdef object result = None, second = None

    for k in range(nin):
        if not take(args[k], &ops[k]):
            return NotImplemented
        if ops[k].array != NULL:
            if first == NULL:
                first = &ops[k]
            elif ops[k].nd != first.nd or memcmp(ops[k].shape, first.shape, first.nd * sizeof(cnp.npy_intp)):
                same = False
            if not ops[k].flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
                flat_c = False
            if not ops[k].flags & cnp.NPY_ARRAY_F_CONTIGUOUS:
                flat_f = False
    if first == NULL or f.plans == NULL:
        return NotImplemented
    plan = find_plan(f, ops)
    if plan == &NOT_OURS:
        return NotImplemented
    for k in range(nin):
        if ops[k].code >= N_CODES and not store_weak(&ops[k], plan.code[k]):
            return NotImplemented

    nest.nargs = nargs
    if same:
        nd = first.nd
        memcpy(nest.shape, first.shape, nd * sizeof(cnp.npy_intp))
    elif broadcast(ops, nin, &nd, nest.shape):
        flat_c = flat_f = False
    else:
        return NotImplemented
    nest.nd = nd
    for d in range(nd):
        size *= nest.shape[d]
    for k in range(nin, nargs):
        ops[k].array = NULL
        if outs != NULL and outs[k - nin] != NULL and <object>outs[k - nin] is not None:
            if not is_array(outs[k - nin]) or not take_array(outs[k - nin], &ops[k]):
                return NotImplemented
            if not acceptable(ops, nin, f.nout, k, plan, nd, nest.shape):
                return NotImplemented
            for d in range(nin):
                if conflicts(&ops[d], &ops[k]):
                    return apply_to_copy(f, args, outs, d) if plan.native else NotImplemented
            if not ops[k].flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
                flat_c = False
            if not ops[k].flags & cnp.NPY_ARRAY_F_CONTIGUOUS:
                flat_f = False

    if not (flat_c or flat_f):
        for k in range(nargs):
            e = nd if ops[k].array == NULL else nd - ops[k].nd
            for d in range(nd):
                nest.strides[k][d] = 0 if d < e or ops[k].shape[d - e] == 1 else ops[k].strides[d - e]
        order_axes(&nest, perm)
    for k in range(nin, nargs):
        if ops[k].array != NULL:
            continue
        if flat_c:
            result = new_tensor(nd, nest.shape, NULL, <cnp.dtype>DESCR[plan.code[k]])
        else:
            step = ITEM_SIZE[plan.code[k]]
            for d in range(nd - 1, -1, -1):
                e = nd - 1 - d if flat_f else perm[d]
                strides[e] = step
                step *= nest.shape[e] if nest.shape[e] else 1
            result = new_tensor(nd, nest.shape, strides, <cnp.dtype>DESCR[plan.code[k]])
            memcpy(nest.strides[k], strides, nd * sizeof(cnp.npy_intp))
        take_array(<PyObject *>result, &ops[k])
        if k < nargs - 1:
            second, result = result, None

    for k in range(nargs):
        nest.data[k] = ops[k].data
    if flat_c or flat_f:
        nest.nd = 1
        nest.shape[0] = size
        for k in range(nargs):
            nest.strides[k][0] = steps[k] = 0 if ops[k].array == NULL else ITEM_SIZE[ops[k].code]
        if plan.check != NULL and refused(plan, &nest, nin, size):
            return NotImplemented
        if size * plan.cost <= HOLD_GIL:
            fp_clear()
            invoke(plan, nin, nargs, nest.data, steps, size)
            status = fp_status() if plan.checked else 0
        else:
            status = run(plan, &nest, nin, size)
    elif size:
        arrange(&nest, perm)
        lengthen(&nest)
        if plan.check != NULL and refused(plan, &nest, nin, size):
            return NotImplemented
        status = run(plan, &nest, nin, size)
    if status:
        check_status(f.__name__, status)
    if f.nout == 1:
        return finish(result, outs, 0, nd)
    return finish(second, outs, 0, nd), finish(result, outs, 1, nd)


cdef bint refused(Plan *plan, Nest *nest, int nin, cnp.npy_intp size) except -1:
    """Whether the plan's check finds operands that NumPy refuses."""
    cdef Plan check = plan[0]
    check.inner, check.checked, check.cost = plan.check, True, 0.25        # it reads one operand
    return size > 0 and run(&check, nest, nin, size) != 0


cdef object apply_to_copy(Ufunc f, PyObject **args, PyObject **outs, int k):
    """The same where input k lies partly under an output: the input is copied first."""
    cdef PyObject *others[MAX_ARGS]
    cdef int j
    copied = cnp.PyArray_NewCopy(<cnp.ndarray>args[k], cnp.NPY_KEEPORDER)
    for j in range(f.nin):
        others[j] = args[j]
    others[k] = <PyObject *>copied
    return apply(f, others, outs)


cdef inline object finish(object new, PyObject **outs, int k, int nd):
    """What the caller gets: the array it gave, or the new one, as a scalar where it has no axes."""
    if new is None:
        return <object>outs[k]
    return new[()] if nd == 0 else new


cdef object call(Ufunc f, tuple args, dict kwargs):
    """Any call of the operation, by NumPy's function where the engine does not take it."""
    return call_plain(f.numpy, args, kwargs, 2, True)


cdef object vectorcall(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Ufunc f = <Ufunc>self
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf), k
    cdef PyObject *outs[MAX_ARGS]
    cdef object result, out
    if n == f.nin or n > f.nin and f.takes_positional_out:
        outs[0] = outs[1] = NULL
        for k in range(f.nin, min(n, f.nin + f.nout)):
            outs[k - f.nin] = args[k]
        if kwnames == NULL or (<tuple>kwnames) == ():
            if n == f.nin or f.positional_out and n <= f.nin + f.nout:
                result = apply(f, args, outs)
                if result is not NotImplemented:
                    return result
        elif n == f.nin and len(<tuple>kwnames) == 1 and (<tuple>kwnames)[0] == "out":
            out = <object>args[n]
            if type(out) is tuple:
                if len(out) == f.nout:
                    for k in range(f.nout):
                        outs[k] = <PyObject *>(<tuple>out)[k]
                    result = apply(f, args, outs)
                    if result is not NotImplemented:
                        return result
            elif f.nout == 1:
                outs[0] = <PyObject *>out
                result = apply(f, args, outs)
                if result is not NotImplemented:
                    return result
    return call_numpy(f, args, n, kwnames)


cdef object call_numpy(Ufunc f, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    """NumPy's own function, on arguments as they come in a vectorcall."""
    cdef tuple names = () if kwnames == NULL else <tuple>kwnames
    cdef Py_ssize_t k
    if n == f.nin:
        return call_on_inputs(f.numpy, args, n, kwnames)
    return call(f, tuple([<object>args[k] for k in range(n)]),
                {names[k]: <object>args[n + k] for k in range(len(names))})


cdef class Ufunc:
    """A function that works element by element, broadcasts its inputs and has NumPy's ufunc methods.

    Parameters
    ----------
    row : torsor._optable.Op or None
        Its row of the operation table; without one NumPy does everything.
    numpy : numpy.ufunc
        NumPy's function of that name, which does whatever the engine does not take.
    """

    def __cinit__(self, row, numpy):
        self.plans = NULL
        self.vectorcall = <void *>vectorcall
        self.row, self.numpy, self.__name__ = row, numpy, numpy.__name__
        self.nin, self.nout = numpy.nin, numpy.nout
        self.positional_out = numpy not in (np.maximum, np.minimum)     # for which NumPy warns
        # NumPy 2.4 warns of a third positional argument of these two.
        self.takes_positional_out = self.__name__ not in ("maximum", "minimum")
        if row is not None:
            self.plans = <Plan **>calloc(RADIX ** self.nin, sizeof(Plan *))
            if self.plans == NULL:
                raise MemoryError

    def __dealloc__(self):
        cdef int k
        if self.plans != NULL:
            for k in range(RADIX ** self.nin):
                if self.plans[k] != &NOT_OURS:
                    free(self.plans[k])
            free(self.plans)

    def __call__(self, *args, **kwargs):
        """Call self as a function."""
        return call(self, args, kwargs)

    @property
    def __class__(self):
        return np.ufunc                  # isinstance(torsor.add, numpy.ufunc) holds

    @property
    def __doc__(self):
        return self.numpy.__doc__

    __module__ = "torsor"

    @property
    def __qualname__(self):
        return self.__name__

    def __eq__(self, other):
        return self is other or self.numpy is other     # found where NumPy's function is looked up

    def __hash__(self):
        return hash(self.numpy)

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"

    def __reduce__(self):
        return self.__name__

    def __getattr__(self, name):
        return getattr(self.numpy, name)

    def __dir__(self):
        return dir(self.numpy)

    def accumulate(self, *args, **kwargs):
        """Accumulate the operation along an axis; see :meth:`numpy.ufunc.accumulate`."""
        return call_plain(self.numpy.accumulate, args, kwargs, 2, True)

    def reduceat(self, *args, **kwargs):
        """Reduce over slices of one axis; see :meth:`numpy.ufunc.reduceat`."""
        return call_plain(self.numpy.reduceat, args, kwargs, 2, True)

    def outer(self, *args, **kwargs):
        """Apply the operation to all pairs of elements; see :meth:`numpy.ufunc.outer`."""
        return call_plain(self.numpy.outer, args, kwargs, 2, True)

    def at(self, *args, **kwargs):
        """Unbuffered in-place operation at indices; see :meth:`numpy.ufunc.at`."""
        cdef PyObject *given[3]
        cdef Py_ssize_t k, n = len(args)
        if not kwargs and 2 <= n <= 3 and is_array(<PyObject *>args[0]):
            for k in range(n):
                if k and not is_array(<PyObject *>args[k]) and type(args[k]) not in (int, float):
                    break
                given[k] = <PyObject *>args[k]
            else:
                return call_on_inputs(self.numpy.at, given, n, NULL)
        return call_plain(self.numpy.at, args, kwargs, 2, True)


cdef void run_silently(char **args, const cnp.npy_intp *dimensions, const cnp.npy_intp *steps,
                       void *inner) noexcept nogil:
    """A loop whose row never raises a floating-point error, for NumPy, which looks after every loop."""
    (<inner_t>inner)(args, dimensions, steps, NULL)
    fp_clear()


def make_numpy_ufunc(row):
    """A numpy.ufunc over this build's loops, for a row that NumPy lacks."""
    cdef list signatures = [(ins, out) for ins, out in row.signatures if (row.name, f"{ins}->{out}") in _loops]
    cdef int n = len(signatures), nargs = row.nin + row.nout, k
    cdef inner_t inner
    cdef cnp.PyUFuncGenericFunction *functions = <cnp.PyUFuncGenericFunction *>malloc(
        n * (sizeof(void *) * 2 + nargs))         # lives as long as the process, as NumPy requires
    if functions == NULL:
        raise MemoryError
    cdef void **data = <void **>(functions + n)
    cdef char *types = <char *>(data + n)
    for k, (ins, out) in enumerate(signatures):
        inner = find_loop(row.name, f"{ins}->{out}")
        functions[k] = <cnp.PyUFuncGenericFunction>(&run_silently if row.silent else inner)
        data[k] = <void *>inner if row.silent else NULL
        for j, c in enumerate(ins + out):
            types[k * nargs + j] = <int>DTYPES[CODES.index(c)].num
    name, doc = row.name.encode(), row.doc.encode()
    _kept.append((name, doc))
    return cnp.PyUFunc_FromFuncAndData(functions, data, types, n, row.nin, row.nout, -1, name, doc, 0)


_kept = []                      # bytes that NumPy holds pointers into


cdef Py_ssize_t _offset(Ufunc f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


enable_vectorcall(<PyObject *>Ufunc, _offset(Ufunc(_optable.OPS[0], np.add)))
