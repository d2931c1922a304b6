"""Arrays whose elements are those of another one, elsewhere and more often: tile, roll, pad, repeat, meshgrid.

Along each axis the result consists of runs of the source.  What is out of the ordinary goes to NumPy's own
function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from torsor._kernels cimport threads
from torsor._kernels.arrays cimport read_axis, read_int, read_shape, torsor_shared
from torsor._kernels.creation cimport element, fill
from torsor._kernels.engine cimport type_code
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, is_tensor, new_tensor, plain

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_Repeat(cnp.ndarray, object, int) except NULL

cdef extern from *:
    bint mul_overflow "__builtin_mul_overflow"(Py_ssize_t, Py_ssize_t, Py_ssize_t *) nogil

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 1 << 17             # bytes that are worth a thread
    RUNS = 16                   # along one axis
    AXES = 8
    FORWARD, BACKWARD, SAME, CYCLE, OUTSIDE

cdef struct Run:                # elements start to stop of the result
    int kind
    cnp.npy_intp start, stop, source

cdef struct Axis:
    int n
    cnp.npy_intp length, given  # of the result and of the source
    Run runs[RUNS]

cdef struct Plan:
    int nd
    Axis axes[AXES]             # the last one is copied run by run
    cnp.npy_intp *sources[AXES]         # of each index of the axes before, -1: none
    char *into
    const char *source
    char item[16]
    cnp.npy_intp size, rows, parts
    int item_size


cdef cnp.npy_intp remainder(cnp.npy_intp i, cnp.npy_intp n) noexcept nogil:
    i %= n
    return i + n if i < 0 else i


cdef bint add_run(Axis *axis, int kind, cnp.npy_intp length, cnp.npy_intp source) noexcept nogil:
    """Put a run at the end of an axis; 0 where there are too many."""
    cdef Run *run
    if length <= 0:
        return True
    if axis.n == RUNS:
        return False
    run = &axis.runs[axis.n]
    axis.n += 1
    run.kind, run.start, run.stop, run.source = kind, axis.length, axis.length + length, source
    axis.length += length
    return True


cdef void copy_items(char *into, const char *source, cnp.npy_intp n, cnp.npy_intp step,
                     cnp.npy_intp size) noexcept nogil:
    """Items one after the other from items at a step in bytes."""
    cdef cnp.npy_intp i
    if size == 8:
        for i in range(n):
            memcpy(into + 8 * i, source + i * step, 8)
    elif size == 4:
        for i in range(n):
            memcpy(into + 4 * i, source + i * step, 4)
    else:
        for i in range(n):
            memcpy(into + size * i, source + i * step, size)


cdef void copy_cycle(char *into, const char *source, cnp.npy_intp n, cnp.npy_intp at, cnp.npy_intp given,
                     cnp.npy_intp size) noexcept nogil:
    """n items, going round and round a source of some."""
    cdef cnp.npy_intp done = min(n, given - at), m
    memcpy(into, source + at * size, done * size)
    m = min(at, n - done)
    memcpy(into + done * size, source, m * size)
    done += m
    while done < n:                     # what is there already, which is some whole rounds
        m = min(done // given * given, n - done)
        memcpy(into + done * size, into, m * size)
        done += m


cdef void copy_row(const Plan *p, char *into, const char *source, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    """Elements start to stop of a row; without a source all are the item."""
    cdef const Axis *axis = &p.axes[p.nd - 1]
    cdef const Run *run
    cdef cnp.npy_intp low, n, at, size = p.size
    cdef char *to
    cdef int k
    for k in range(axis.n):
        run = &axis.runs[k]
        low = max(start, run.start)
        n = min(stop, run.stop) - low
        if n <= 0:
            continue
        to = into + low * size
        at = low - run.start
        if source == NULL or run.kind == OUTSIDE:
            fill(to, p.item, p.item_size, n * (size // p.item_size))
        elif run.kind == FORWARD:
            memcpy(to, source + (run.source + at) * size, n * size)
        elif run.kind == BACKWARD:
            copy_items(to, source + (run.source - at) * size, n, -size, size)
        elif run.kind == SAME:
            if size <= 16:
                fill(to, source + run.source * size, <int>size, n)
            else:
                copy_items(to, source + run.source * size, n, 0, size)
        else:
            copy_cycle(to, source, n, (run.source + at) % axis.given, axis.given, size)


cdef int plan_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Plan *p = <Plan *>work
    cdef cnp.npy_intp r, rest, at, index, n = p.axes[p.nd - 1].length
    cdef int d
    if p.rows == 1 and p.nd == 1:
        copy_row(p, p.into, p.source, n * part // p.parts, n * (part + 1) // p.parts)
        return 0
    for r in range(p.rows * part // p.parts, p.rows * (part + 1) // p.parts):
        rest, at = r, 0
        index = p.axes[p.nd - 1].given
        for d in range(p.nd - 2, -1, -1):
            if at >= 0:
                if p.sources[d][rest % p.axes[d].length] < 0:
                    at = -1
                else:
                    at += index * p.sources[d][rest % p.axes[d].length]
            index *= p.axes[d].given
            rest = rest // p.axes[d].length
        if at < 0:
            copy_row(p, p.into + r * n * p.size, NULL, 0, n)
        else:
            copy_row(p, p.into + r * n * p.size, p.source + at * p.size, 0, n)
    return 0


cdef void list_sources(const Axis *axis, cnp.npy_intp *sources) noexcept nogil:
    """The index in the source for each one of the result."""
    cdef const Run *run
    cdef cnp.npy_intp i, at
    cdef int k
    for k in range(axis.n):
        run = &axis.runs[k]
        for i in range(run.start, run.stop):
            at = i - run.start
            sources[i] = (run.source + at if run.kind == FORWARD else run.source - at if run.kind == BACKWARD else
                          run.source if run.kind == SAME else (run.source + at) % axis.given if run.kind == CYCLE
                          else -1)


cdef object carry_out(Plan *p, cnp.ndarray a):
    """The result, or NotImplemented where it is too large."""
    cdef cnp.npy_intp shape[2 * AXES]
    cdef Py_ssize_t total = a.descr.itemsize, tables = 0
    cdef int d, width
    cdef cnp.npy_intp *tables_at
    for d in range(p.nd):
        shape[d] = p.axes[d].length
        if mul_overflow(total, shape[d], &total):
            return NotImplemented
    if total <= 0:
        return NotImplemented
    result = new_tensor(p.nd, shape, NULL, a.descr)
    p.into, p.source = <char *>cnp.PyArray_DATA(<cnp.ndarray>result), <char *>cnp.PyArray_DATA(a)
    p.size = p.item_size = <int>a.descr.itemsize
    while p.nd > 1 and p.axes[p.nd - 1].n == 1 and p.axes[p.nd - 1].runs[0].kind == FORWARD and (
            p.axes[p.nd - 1].length == p.axes[p.nd - 1].given):         # whole rows are the elements
        p.nd -= 1
        p.size *= p.axes[p.nd].given
    p.rows = 1
    for d in range(p.nd - 1):
        p.rows *= p.axes[d].length
        tables += p.axes[d].length
    tables_at = <cnp.npy_intp *>malloc((tables + 1) * sizeof(cnp.npy_intp))
    if tables_at == NULL:
        raise MemoryError
    tables = 0
    for d in range(p.nd - 1):
        p.sources[d] = tables_at + tables
        list_sources(&p.axes[d], p.sources[d])
        tables += p.axes[d].length
    width = threads.width_for(<double>total, PIECE)
    if p.nd > 1:
        width = <int>min(<cnp.npy_intp>width, p.rows)
    p.parts = width if p.nd > 1 and p.rows < 4 * width else 4 * width if width > 1 else 1
    threads.run(plan_part, p, p.parts, width, total >= PIECE)
    free(tables_at)
    return result


cdef bint start_plan(Plan *p, object a):
    """Whether an array is one that we arrange; its axes, still without runs."""
    cdef cnp.ndarray x
    cdef int d
    if not is_array(<PyObject *>a):
        return False
    x = <cnp.ndarray>a
    if not 0 < x.ndim <= AXES or type_code(x.descr) < 0 or not cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS or (
            cnp.PyArray_SIZE(x) == 0):
        return False
    p.nd = x.ndim
    for d in range(p.nd):
        p.axes[d].n, p.axes[d].length, p.axes[d].given = 0, 0, x.shape[d]
    return True


# ---------------------------------------------------------------------------------------- tile, roll

def tile(A, reps):
    """An array repeated as a whole; see :func:`numpy.tile`."""
    cdef Plan p
    cdef Py_ssize_t times
    cdef int k, d, n
    if start_plan(&p, A):
        given = reps if type(reps) is tuple or type(reps) is list else (reps,)
        n = len(given)
        if n <= AXES:
            while p.nd < n:                 # axes of length 1 in front
                for d in range(p.nd, 0, -1):
                    p.axes[d] = p.axes[d - 1]
                p.axes[0].n, p.axes[0].length, p.axes[0].given = 0, 0, 1
                p.nd += 1
            for k in range(p.nd):
                times = 1
                if k >= p.nd - n and not read_int(given[k - (p.nd - n)], &times):
                    break
                if not 0 < times < (<Py_ssize_t>1 << 60) // p.axes[k].given:
                    break
                add_run(&p.axes[k], FORWARD if times == 1 else CYCLE, p.axes[k].given * times, 0)
            else:
                result = carry_out(&p, A)
                if result is not NotImplemented:
                    return result
    return call_plain(np.tile, (A, reps), None)


def resize(a, new_shape):
    """An array of another shape, the elements as often as it takes; see :func:`numpy.resize`."""
    cdef cnp.npy_intp shape[32]
    cdef cnp.npy_intp n = 1
    cdef int nd, d
    if is_array(<PyObject *>a) and type_code((<cnp.ndarray>a).descr) >= 0 and cnp.PyArray_SIZE(<cnp.ndarray>a) and (
            cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_C_CONTIGUOUS):
        nd = read_shape(new_shape, shape)
        for d in range(nd):
            n *= shape[d]
        if nd >= 0 and n:
            result = new_tensor(nd, shape, NULL, (<cnp.ndarray>a).descr)
            copy_cycle(<char *>cnp.PyArray_DATA(<cnp.ndarray>result), <char *>cnp.PyArray_DATA(<cnp.ndarray>a), n, 0,
                       cnp.PyArray_SIZE(<cnp.ndarray>a), (<cnp.ndarray>a).descr.itemsize)
            return result
    return call_plain(np.resize, (a, new_shape), None)


cdef bint turn_axis(Axis *axis, Py_ssize_t shift) noexcept:
    """Runs of one axis that is rolled, once more where it has been already."""
    cdef cnp.npy_intp n = axis.given
    shift = remainder(shift, n)
    if axis.n:                              # it starts where its first run does
        shift = remainder(shift - axis.runs[0].source, n)
    axis.n, axis.length = 0, 0
    if shift:
        add_run(axis, FORWARD, shift, n - shift)
    add_run(axis, FORWARD, n - shift, 0)
    return True


def roll(a, shift, axis=None):
    """An array whose elements have moved along axes, those beyond the end to the start; see :func:`numpy.roll`."""
    cdef Plan p
    cdef Py_ssize_t by
    cdef int d, k
    cdef bint fits = False
    cdef cnp.npy_intp size
    if start_plan(&p, a):
        if axis is None:
            if read_int(shift, &by):
                size = cnp.PyArray_SIZE(<cnp.ndarray>a)
                p.nd = 1
                p.axes[0].given = size
                turn_axis(&p.axes[0], by)
                rolled = carry_out(&p, a)
                return rolled if (<cnp.ndarray>a).ndim == 1 else rolled.reshape(a.shape)
        elif read_int(shift, &by):
            if read_axis(axis, p.nd, &d):
                turn_axis(&p.axes[d], by)
                fits = True
        elif type(shift) is tuple and type(axis) is tuple and len(<tuple>shift) == len(<tuple>axis):
            fits = True
            for k in range(len(<tuple>shift)):
                if not read_int((<tuple>shift)[k], &by) or not read_axis((<tuple>axis)[k], p.nd, &d):
                    fits = False
                    break
                turn_axis(&p.axes[d], by)
        if fits:
            for d in range(p.nd):
                if p.axes[d].n == 0:
                    add_run(&p.axes[d], FORWARD, p.axes[d].given, 0)
            return carry_out(&p, a)
    return call_plain(np.roll, (a, shift, axis), None)


# ---------------------------------------------------------------------------------------- pad

cdef bint read_pair(object pair, Py_ssize_t *before, Py_ssize_t *after):
    return ((type(pair) is tuple or type(pair) is list) and len(pair) == 2 and read_int(pair[0], before)
            and read_int(pair[1], after))


cdef bint read_widths(object widths, int nd, Py_ssize_t *before, Py_ssize_t *after):
    """How much is put before and after each axis; 0 where NumPy has to read it."""
    cdef int d
    if read_int(widths, &before[0]):
        after[0] = before[0]
    elif not read_pair(widths, &before[0], &after[0]):
        if type(widths) is not tuple and type(widths) is not list or len(widths) != nd:
            return False
        for d in range(nd):
            if not read_pair(widths[d], &before[d], &after[d]):
                return False
        return True
    for d in range(1, nd):
        before[d], after[d] = before[0], after[0]
    return True


cdef bint reflect(Axis *axis, cnp.npy_intp before, cnp.npy_intp after, bint edge) noexcept:
    """Forth and back, the elements at the ends twice or once."""
    cdef cnp.npy_intp n = axis.given, i = -before, stop = n + after, t, m
    if n == 1:
        return add_run(axis, SAME, before + 1 + after, 0)
    while i < stop:
        t = remainder(i, 2 * n if edge else 2 * n - 2)
        if t < (n if edge else n - 1):
            m = min((n if edge else n - 1) - t, stop - i)
            if not add_run(axis, FORWARD, m, t):
                return False
        else:
            m = min((2 * n if edge else 2 * n - 2) - t, stop - i)
            if not add_run(axis, BACKWARD, m, (2 * n - 1 if edge else 2 * n - 2) - t):
                return False
        i += m
    return True


cdef bint pad_axis(Axis *axis, Py_ssize_t before, Py_ssize_t after, str mode):
    """The runs of a padded axis; 0 where they are too many, or the mode is not ours."""
    cdef cnp.npy_intp n = axis.given
    if before < 0 or after < 0 or before > <Py_ssize_t>1 << 40 or after > <Py_ssize_t>1 << 40:
        return False
    if before == 0 and after == 0 and mode in ("constant", "edge", "wrap", "reflect", "symmetric"):
        return add_run(axis, FORWARD, n, 0)
    if mode == "constant":
        add_run(axis, OUTSIDE, before, 0)
        add_run(axis, FORWARD, n, 0)
        return add_run(axis, OUTSIDE, after, 0)
    if mode == "edge":
        add_run(axis, SAME, before, 0)
        add_run(axis, FORWARD, n, 0)
        return add_run(axis, SAME, after, n - 1)
    if mode == "wrap":
        return add_run(axis, CYCLE, before + n + after, remainder(-before, n))
    if mode == "reflect" or mode == "symmetric":
        return reflect(axis, before, after, mode == "symmetric")
    return False


def pad(array, pad_width, mode="constant", **kwargs):
    """An array with more around it; see :func:`numpy.pad`."""
    cdef Plan p
    cdef Py_ssize_t before[AXES]
    cdef Py_ssize_t after[AXES]
    cdef int d
    if type(mode) is str and start_plan(&p, array) and read_widths(pad_width, p.nd, before, after):
        value = kwargs.get("constant_values", 0)
        if (len(kwargs) == (mode == "constant" and "constant_values" in kwargs)
                and element(value if (<cnp.ndarray>array).descr.type_num != cnp.NPY_BOOL else bool(value) if (
                    type(value) is int) else value, (<cnp.ndarray>array).descr, p.item)):
            for d in range(p.nd):
                if not pad_axis(&p.axes[d], before[d], after[d], mode):
                    break
            else:
                result = carry_out(&p, array)
                if result is not NotImplemented:
                    return result
    return call_plain(np.pad, (array, pad_width, mode), kwargs)


# ---------------------------------------------------------------------------------------- repeat, meshgrid

cdef struct Spread:             # each of some items so many times, all of them again and again
    char *into
    const char *source
    cnp.npy_intp size, n, total, times, parts


cdef inline void repeat_items(char *into, const char *source, cnp.npy_intp n, cnp.npy_intp times,
                              cnp.npy_intp size) noexcept nogil:
    """Each of some items twice, three times or so."""
    cdef cnp.npy_intp i, k
    if times == 2:
        for i in range(n):
            memcpy(into + 2 * i * size, source + i * size, size)
            memcpy(into + (2 * i + 1) * size, source + i * size, size)
    elif times == 3:
        for i in range(n):
            memcpy(into + 3 * i * size, source + i * size, size)
            memcpy(into + (3 * i + 1) * size, source + i * size, size)
            memcpy(into + (3 * i + 2) * size, source + i * size, size)
    else:
        for i in range(n):
            for k in range(times):
                memcpy(into + (times * i + k) * size, source + i * size, size)


cdef int spread_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Spread *s = <Spread *>work
    cdef cnp.npy_intp q = s.total * part // s.parts, stop = s.total * (part + 1) // s.parts, at, m, k
    cdef char *into
    cdef const char *source
    while q < stop:
        at = q % s.n
        m = min(stop - q, s.n - at)
        into, source = s.into + q * s.times * s.size, s.source + at * s.size
        if s.size == 8 and s.times < 8:
            repeat_items(into, source, m, s.times, 8)
        elif s.size == 4 and s.times < 8:
            repeat_items(into, source, m, s.times, 4)
        elif s.size <= 16:
            for k in range(m):
                fill(into + k * s.times * s.size, source + k * s.size, <int>s.size, s.times)
        else:
            repeat_items(into, source, m, s.times, s.size)
        q += m
    return 0


cdef void spread(Spread *s) noexcept:
    cdef double total = <double>s.total * s.times * s.size
    cdef int width = <int>min(<cnp.npy_intp>threads.width_for(total, PIECE), s.total)
    s.parts = width if s.total < 4 * width else 4 * width if width > 1 else 1
    threads.run(spread_part, s, s.parts, width, total >= PIECE)


def repeat(a, repeats, axis=None):
    """Each element of an array so many times; see :func:`numpy.repeat`."""
    cdef Spread s
    cdef cnp.ndarray x
    cdef cnp.npy_intp shape[64]
    cdef Py_ssize_t times
    cdef int d, along = 0
    if read_int(repeats, &times) and times > 1 << 30 and np.size(a) > (<Py_ssize_t>1 << 62) // times:
        # NumPy would crash.
        raise ValueError(f"repeat: {times} times {np.size(a)} elements are more than an array can hold")
    if is_array(<PyObject *>a) and (axis is None or read_axis(axis, cnp.PyArray_NDIM(<cnp.ndarray>a), &along)):
        x = <cnp.ndarray>a
        if (read_int(repeats, &times) and times > 0 and type_code(x.descr) >= 0
                and cnp.PyArray_SIZE(x) and times < (<Py_ssize_t>1 << 60) // cnp.PyArray_NBYTES(x)
                and cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS):
            s.size, s.n, s.times = x.descr.itemsize, 1, times
            if axis is None:
                s.n = cnp.PyArray_SIZE(x)
                shape[0] = s.n * times
            else:
                for d in range(x.ndim):
                    shape[d] = x.shape[d] * (times if d == along else 1)
                    if d <= along:
                        s.n *= x.shape[d]
                    else:
                        s.size *= x.shape[d]
            s.total = s.n
            result = new_tensor(1 if axis is None else x.ndim, shape, NULL, x.descr)
            s.into, s.source = <char *>cnp.PyArray_DATA(<cnp.ndarray>result), <char *>cnp.PyArray_DATA(x)
            spread(&s)
            return result
        elif is_array(<PyObject *>repeats):
            return as_tensor(PyArray_Repeat(plain(a) if is_tensor(<PyObject *>a) else a,
                                            plain(repeats) if is_tensor(<PyObject *>repeats) else repeats,
                                            cnp.NPY_RAVEL_AXIS if axis is None else along), False)
    return call_plain(np.repeat, (a, repeats, axis), None)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Matrices of coordinates from vectors of them; see :func:`numpy.meshgrid`."""
    cdef Spread s
    cdef cnp.npy_intp shape[AXES]
    cdef cnp.ndarray x
    cdef cnp.npy_intp inner, size
    cdef Py_ssize_t total = 16
    cdef int d, e, axis, n = len(xi)
    cdef bint fits = 0 < n <= AXES and copy is True and sparse is False and (
        type(indexing) is str and (indexing == "xy" or indexing == "ij")), exchange
    exchange = n > 1 and indexing == "xy"
    if fits:
        for d in range(n):
            if not is_array(<PyObject *>xi[d]):
                fits = False
                break
            x = <cnp.ndarray>xi[d]
            axis = 1 - d if exchange and d < 2 else d
            if x.ndim != 1 or type_code(x.descr) < 0 or not cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS or (
                    x.shape[0] == 0 or mul_overflow(total, x.shape[0], &total)):
                fits = False
                break
            shape[axis] = x.shape[0]
    if not fits:
        return call_plain(np.meshgrid, xi, {"copy": copy, "sparse": sparse, "indexing": indexing})
    grids = []
    for d in range(n):
        x = <cnp.ndarray>xi[d]
        axis = 1 - d if exchange and d < 2 else d
        size, inner = 1, 1
        for e in range(n):
            size *= shape[e]
            if e > axis:
                inner *= shape[e]
        grid = new_tensor(n, shape, NULL, x.descr)
        s.into, s.source = <char *>cnp.PyArray_DATA(<cnp.ndarray>grid), <char *>cnp.PyArray_DATA(x)
        if inner == 1:                      # whole rows
            s.size, s.n, s.times, s.total = x.descr.itemsize * shape[axis], 1, 1, size // shape[axis]
        else:
            s.size, s.n, s.times, s.total = x.descr.itemsize, shape[axis], inner, size // inner
        spread(&s)
        grids.append(grid)
    return tuple(grids)
