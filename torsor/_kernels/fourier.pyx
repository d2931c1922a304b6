"""Fourier transforms along one axis: NumPy's own loops, over torsor's memory and threads.

Knows lines, strides and threads; the arithmetic is the pocketfft of NumPy's wheel, so that results are NumPy's to the
bit.  Lines that are not contiguous are brought together in blocks first.  Anything out of the ordinary is answered
with NotImplemented, and NumPy's own function does it.
"""
cimport numpy as cnp
from cpython.exc cimport PyErr_Clear, PyErr_Occurred
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport log2, sqrt, sqrtf
from torsor._kernels cimport threads
from torsor._kernels._loop cimport inner_t
from torsor._kernels.engine cimport check_status
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np
from numpy.fft import _pocketfft_umath

from torsor._kernels import tensor as _tensor

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "fourier.h" nogil:
    void fourier_move(char *to, int to_type, Py_ssize_t to_step, Py_ssize_t to_line, const char *from_, int type,
                      Py_ssize_t step, Py_ssize_t line, Py_ssize_t n, Py_ssize_t lines)

cdef extern from "ufunc.h":
    void *ufunc_loop(object, int)
    void *ufunc_data(object, int)

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MAX_DIMS = 64
    BLOCK = 16                  # lines that are brought together: several cache lines of each row
    FAR = 512                   # elements of a line that lie apart: more than the first cache has room for
    SCRATCH = 1 << 18           # bytes of a block: less than a core's second cache
    SERIAL = 60000              # steps of a transform that are worth a thread
    HOLD_GIL = 5000
    FAILED = 1 << 16            # beside the floating-point status
    FORWARD = 0                 # kinds of transforms, in the order of NAMES
    INVERSE = 1
    REAL_EVEN = 2
    REAL_ODD = 3
    REAL_INVERSE = 4
    KINDS = 5

cdef tuple NAMES = ("fft", "ifft", "rfft_n_even", "rfft_n_odd", "irfft")
cdef tuple DTYPES = tuple([np.dtype(char) for char in "fdFD"])      # as fourier.h numbers them
cdef cnp.dtype BYTES = np.dtype("B")
cdef int[4] SIZES = [4, 8, 8, 16]

cdef struct Loop:               # of a transform for one type of input
    inner_t inner
    void *data
    int reads, writes           # types

cdef Loop _loops[KINDS][4][2]           # the last: with a factor


def _find_loops():
    """Ask NumPy which loop it runs: that of double precision for most inputs of single precision."""
    cdef int kind, code, scaled
    cdef Loop *loop
    for kind, name in enumerate(NAMES):
        ufunc = getattr(_pocketfft_umath, name)
        for code, dtype in enumerate(DTYPES):
            for scaled, factor in enumerate((int, DTYPES[code % 2])):
                loop = &_loops[kind][code][scaled]
                loop.inner = NULL
                if dtype.kind == "c" and kind in (REAL_EVEN, REAL_ODD):
                    continue
                read, real, written = ufunc.resolve_dtypes((dtype, factor, None))
                types = f"{read.char}{real.char}->{written.char}"
                if types in ufunc.types and {read, written} <= set(DTYPES):
                    loop.inner = <inner_t>ufunc_loop(ufunc, ufunc.types.index(types))
                    loop.data = ufunc_data(ufunc, ufunc.types.index(types))
                    loop.reads, loop.writes = DTYPES.index(read), DTYPES.index(written)


_find_loops()


cdef struct Pass:               # transforms of lines, the outer dimensions sorted by stride
    Loop loop
    char *x
    char *y
    int type_x, type_y
    double factor               # or a float
    int nd
    cnp.npy_intp shape[MAX_DIMS]
    cnp.npy_intp sx[MAX_DIMS]
    cnp.npy_intp sy[MAX_DIMS]
    cnp.npy_intp n, m           # lengths of a line before and after
    cnp.npy_intp step_x, step_y
    int size_in, size_out       # bytes of an element as the loop reads and writes it
    cnp.npy_intp block          # lines brought together, or 0
    bint apart                  # results go to the scratch memory first
    cnp.npy_intp lines, parts
    char *scratch
    cnp.npy_intp scratch_size


cdef inline void invoke(const Pass *p, char *x, char *y, cnp.npy_intp lines, cnp.npy_intp sx, cnp.npy_intp sy,
                        cnp.npy_intp step_x, cnp.npy_intp step_y) noexcept nogil:
    cdef char *args[3]
    cdef cnp.npy_intp dimensions[3]
    cdef cnp.npy_intp steps[5]
    args[0], args[1], args[2] = x, <char *>&p.factor, y
    dimensions[0], dimensions[1], dimensions[2] = lines, p.n, p.m
    steps[0], steps[1], steps[2], steps[3], steps[4] = sx, 0, sy, step_x, step_y
    p.loop.inner(args, dimensions, steps, p.loop.data)


cdef void run_run(const Pass *p, char *x, char *y, cnp.npy_intp lines, char *scratch) noexcept nogil:
    """Lines along the innermost of the outer dimensions."""
    cdef int last = p.nd - 1
    cdef cnp.npy_intp sx = p.sx[last] if p.nd else 0, sy = p.sy[last] if p.nd else 0, k = 0, some
    cdef char *results = scratch + p.block * p.n * p.size_in
    if not p.block:
        invoke(p, x, y, lines, sx, sy, p.step_x, p.step_y)
        return
    while k < lines:
        some = min(p.block, lines - k)
        fourier_move(scratch, p.loop.reads, p.size_in, p.n * p.size_in, x + k * sx, p.type_x, p.step_x, sx, p.n, some)
        if p.apart:
            invoke(p, scratch, results, some, p.n * p.size_in, p.m * p.size_out, p.size_in, p.size_out)
            fourier_move(y + k * sy, p.type_y, p.step_y, sy, results, p.loop.writes, p.size_out, p.m * p.size_out,
                         p.m, some)
        else:
            invoke(p, scratch, y + k * sy, some, p.n * p.size_in, sy, p.size_in, p.step_y)
        k += some


cdef void run_lines(const Pass *p, cnp.npy_intp start, cnp.npy_intp stop, char *scratch) noexcept nogil:
    cdef cnp.npy_intp rest, i, some
    cdef char *x
    cdef char *y
    cdef int d
    while start < stop:
        x, y, rest, some = p.x, p.y, start, stop - start
        for d in range(p.nd - 1, -1, -1):
            i = rest % p.shape[d]
            rest = rest // p.shape[d]
            x += i * p.sx[d]
            y += i * p.sy[d]
            if d == p.nd - 1:
                some = min(some, p.shape[d] - i)
        run_run(p, x, y, some, scratch)
        start += some


cdef int run_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some of the lines; FAILED where memory for a plan lacked, which the loop says by an exception."""
    cdef const Pass *p = <Pass *>work
    cdef int status
    with gil:                   # the thread keeps its state, and the exception in it, until the end
        with nogil:
            fp_clear()
            run_lines(p, p.lines * part // p.parts, p.lines * (part + 1) // p.parts,
                      p.scratch + worker * p.scratch_size)
            status = fp_status()
        if PyErr_Occurred() != NULL:
            PyErr_Clear()
            status |= FAILED
    return status


cdef int execute(Pass *p) except -1:
    """Run a pass on as many threads as it is worth; returns the floating-point status."""
    cdef double work = <double>p.lines * p.n * (log2(<double>max(p.n, p.m)) + 1)
    cdef int width = <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), p.lines), status
    p.scratch_size = (p.block * (p.n * p.size_in + p.m * p.size_out) + 63) // 64 * 64
    cdef cnp.npy_intp total = p.scratch_size * width
    cdef cnp.ndarray scratch
    if total:
        scratch = new_tensor(1, &total, NULL, BYTES)
        p.scratch = <char *>cnp.PyArray_DATA(scratch)
    p.parts = min(p.lines, <cnp.npy_intp>(4 * width)) if width > 1 else 1
    status = threads.run(run_part, p, p.parts, width, work > HOLD_GIL)
    if status & FAILED:
        raise MemoryError("no memory for the plan of a Fourier transform")
    return status


cdef void plan_lines(Pass *p, cnp.ndarray x, cnp.ndarray y, int axis) noexcept:
    """The dimensions besides the axis, outermost first, and whether lines are worth bringing together."""
    cdef int d, e
    cdef cnp.npy_intp width = 0
    p.nd, p.lines = 0, 1
    for d in range(x.ndim):
        if d == axis:
            continue
        p.lines *= x.shape[d]
        if x.shape[d] == 1:
            continue
        e = p.nd
        while e > 0 and abs(p.sx[e - 1]) < abs(x.strides[d]):
            p.shape[e], p.sx[e], p.sy[e] = p.shape[e - 1], p.sx[e - 1], p.sy[e - 1]
            e -= 1
        p.shape[e], p.sx[e], p.sy[e] = x.shape[d], x.strides[d], y.strides[d]
        p.nd += 1
    p.step_x, p.step_y = x.strides[axis], y.strides[axis]
    p.block = 0
    p.apart = p.type_y != p.loop.writes or p.step_y != p.size_out
    if p.type_x != p.loop.reads or p.type_y != p.loop.writes or (
            p.nd and p.n > FAR and abs(p.sx[p.nd - 1]) < abs(p.step_x)):
        width = p.n * p.size_in + p.m * p.size_out
        p.block = max(<cnp.npy_intp>1, min(<cnp.npy_intp>BLOCK, SCRATCH // width))


cdef int read_norm(object norm, bint forward) except -2:
    """0: no factor; 1: 1 / n; 2: 1 / sqrt(n); -1: none of these."""
    if norm is None or norm == "backward":
        return 0 if forward else 1
    if norm == "forward":
        return 1 if forward else 0
    return 2 if norm == "ortho" else -1


cdef void set_factor(Pass *p, int norm, cnp.npy_intp n, bint double) noexcept:
    """In the precision of the input, as NumPy's is, and the type that the loop reads."""
    p.factor = 1.0
    if norm:
        if double:
            p.factor = 1.0 / <double>n if norm == 1 else 1.0 / sqrt(<double>n)
        else:
            p.factor = <float>1.0 / (<float>n if norm == 1 else sqrtf(<float>n))
    if not p.loop.reads & 1:
        (<float *>&p.factor)[0] = <float>p.factor


cdef object transform(bint real, bint forward, object array, object length, object along, object norm):
    """One transform of an array; NotImplemented where that is NumPy's."""
    cdef cnp.ndarray x, y
    cdef cnp.npy_intp shape[MAX_DIMS]
    cdef cnp.npy_intp n
    cdef int axis, d, kind, scale, num
    cdef bint double
    cdef Pass p
    if not is_array(<PyObject *>array) or type(along) is not int or not (length is None or type(length) is int):
        return NotImplemented
    if not (norm is None or type(norm) is str):
        return NotImplemented
    x = <cnp.ndarray>array
    scale = read_norm(norm, forward)
    if scale < 0 or not -x.ndim <= along < x.ndim or cnp.PyArray_SIZE(x) == 0:
        return NotImplemented
    axis = along + x.ndim if along < 0 else along
    num = x.descr.type_num
    if cnp.NPY_BOOL <= num <= cnp.NPY_ULONGLONG:
        x = cnp.PyArray_Cast(x, cnp.NPY_DOUBLE)
        num = cnp.NPY_DOUBLE
    p.type_x = (0 if num == cnp.NPY_FLOAT else 1 if num == cnp.NPY_DOUBLE else 2 if num == cnp.NPY_CFLOAT
                else 3 if num == cnp.NPY_CDOUBLE else -1)
    if p.type_x < 0 or not cnp.PyArray_ISALIGNED(x) or not cnp.PyArray_ISNOTSWAPPED(x):
        return NotImplemented
    double = p.type_x & 1
    n = 2 * (x.shape[axis] - 1) if real and not forward else x.shape[axis]
    if length is not None:
        if not 0 < length <= <cnp.npy_intp>1 << 40:
            return NotImplemented
        n = length
    if n < 1:
        return NotImplemented
    p.n, p.m = min(x.shape[axis], n), n
    p.type_y = 2 + double
    if not real:
        kind = FORWARD if forward else INVERSE
    elif forward:
        kind = REAL_ODD if n & 1 else REAL_EVEN
        p.m = n // 2 + 1
    else:
        kind = REAL_INVERSE
        p.n, p.type_y = min(x.shape[axis], n // 2 + 1), double
    p.loop = _loops[kind][p.type_x][scale != 0]
    if p.loop.inner == NULL or <double>(cnp.PyArray_SIZE(x) // x.shape[axis]) * p.m > 1e15:
        return NotImplemented
    p.size_in, p.size_out = SIZES[p.loop.reads], SIZES[p.loop.writes]
    set_factor(&p, scale, n, double)
    for d in range(x.ndim):
        shape[d] = x.shape[d]
    shape[axis] = p.m
    if cnp.PyArray_IS_C_CONTIGUOUS(x):
        y = new_tensor(x.ndim, shape, NULL, <cnp.dtype>DTYPES[p.type_y])
    else:
        y = call_plain(np.empty_like, (x,), {"shape": tuple([shape[d] for d in range(x.ndim)]),
                                             "dtype": DTYPES[p.type_y]})
    p.x, p.y = <char *>cnp.PyArray_DATA(x), <char *>cnp.PyArray_DATA(y)
    plan_lines(&p, x, y, axis)
    check_status(NAMES[kind], execute(&p))
    return y
