"""Values compared and replaced in one pass: isclose, allclose, array_equal, array_equiv, nan_to_num, round.

What is out of the ordinary (other dtypes and layouts, odd arguments, errors) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport isfinite
from libc.stdint cimport uint8_t
from libc.string cimport memcmp
from torsor._kernels cimport threads
from torsor._kernels._lines cimport LineKernels
from torsor._kernels.arrays cimport read_int, torsor_shared
from torsor._kernels.copy cimport copied
from torsor._kernels.engine cimport FLOAT32, FLOAT64, INT64, type_code
from torsor._kernels.tensor cimport call_plain, is_array, is_tensor, new_tensor, tensor_type

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    object torsor_view(object a, void *type)

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()
    int FP_INVALID

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    LINE = 8192                 # elements compared at a time
    PIECE = 1 << 14             # elements that are worth a thread

cdef LineKernels *kernels
cdef cnp.dtype _bool = np.dtype(np.bool_)


def add_kernels(capsule):
    """Take the kernels of one instruction set."""
    global kernels
    kernels = <LineKernels *>PyCapsule_GetPointer(capsule, b"torsor.lines")


cdef inline object tensor(object a):
    return a if is_tensor(<PyObject *>a) else torsor_view(a, <void *>tensor_type)


cdef inline bint alike(object a, object b):
    """Whether both are arrays in C order of one shape and one dtype of the engine's."""
    if not is_array(<PyObject *>a) or not is_array(<PyObject *>b):
        return False
    return ((<cnp.ndarray>a).descr is (<cnp.ndarray>b).descr and type_code((<cnp.ndarray>a).descr) >= 0
            and same_shape(a, b)
            and cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_CARRAY_RO == cnp.NPY_ARRAY_CARRAY_RO
            and cnp.PyArray_FLAGS(<cnp.ndarray>b) & cnp.NPY_ARRAY_CARRAY_RO == cnp.NPY_ARRAY_CARRAY_RO)


cdef inline bint same_shape(object a, object b):
    return (<cnp.ndarray>a).ndim == (<cnp.ndarray>b).ndim and memcmp(
        (<cnp.ndarray>a).shape, (<cnp.ndarray>b).shape, (<cnp.ndarray>a).ndim * sizeof(cnp.npy_intp)) == 0


# ---------------------------------------------------------------------------------------- closeness

cdef struct Close:
    const char *x
    const char *y
    uint8_t *out                # NULL: only whether all are close
    double scalar, rtol, atol
    int which, size, step, equal_nan
    cnp.npy_intp n, parts
    bint all_close


cdef int close_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Close *c = <Close *>work
    cdef cnp.npy_intp i = c.n * part // c.parts, stop = c.n * (part + 1) // c.parts, m
    cdef uint8_t line[LINE]
    cdef uint8_t *out
    fp_clear()
    while i < stop:
        m = min(<cnp.npy_intp>LINE, stop - i)
        out = &line[0]
        if c.out != NULL:
            out = c.out + i
        kernels.close[c.which](c.x + i * c.size, c.y + i * c.size * c.step, c.step, out, m, c.rtol, c.atol, c.equal_nan)
        if c.out == NULL and kernels.count(out, m) != m:
            c.all_close = False
            break
        i += m
    return fp_status() & ~FP_INVALID


cdef bint start_close(object a, object b, object rtol, object atol, object equal_nan, Close *c):
    """Whether the arguments are such as torsor's kernel takes."""
    cdef int code
    cdef double limit
    if type(rtol) is not float or type(atol) is not float or type(equal_nan) is not bool or not is_array(<PyObject *>a):
        return False
    code = type_code((<cnp.ndarray>a).descr)
    c.rtol, c.atol, c.equal_nan = rtol, atol, equal_nan
    limit = 1e38 if code == FLOAT32 else 1e300
    if code != FLOAT32 and code != FLOAT64 or not (-limit < c.rtol < limit and -limit < c.atol < limit):
        return False
    if type(b) is float:
        if code != FLOAT64 or cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_CARRAY_RO != cnp.NPY_ARRAY_CARRAY_RO:
            return False
        c.scalar, c.step = b, 0
        c.y = <char *>&c.scalar
    elif alike(a, b):
        c.step, c.y = 1, <char *>cnp.PyArray_DATA(<cnp.ndarray>b)
    else:
        return False
    c.n, c.which, c.size = cnp.PyArray_SIZE(<cnp.ndarray>a), code - FLOAT32, 4 if code == FLOAT32 else 8
    if (<cnp.ndarray>a).ndim == 0 or c.n == 0:
        return False
    c.x, c.all_close, c.out = <char *>cnp.PyArray_DATA(<cnp.ndarray>a), True, NULL
    return True


cdef bint run_close(Close *c):
    """Compare; 0 where NumPy may warn."""
    cdef int status, width = threads.width_for(<double>c.n, PIECE)
    c.parts = 4 * width if width > 1 else 1
    status = threads.run(close_part, c, c.parts, width, c.n >= PIECE)
    return status == 0


cdef bint is_known(object a):
    return is_array(<PyObject *>a) or type(a) is float or type(a) is int


cdef object as_floats(object a):
    """Integers of 8 bytes as the floats that isclose makes of them; anything else as it is."""
    if is_array(<PyObject *>a) and type_code((<cnp.ndarray>a).descr) == INT64:
        return np.ndarray.astype(a, np.float64)
    return float(a) if type(a) is int and -1 << 53 <= a <= 1 << 53 else a


cdef dict tolerances(object rtol, object atol, object equal_nan):
    """Those that are given: to others than arrays a tolerance that was not asked for may mean something else."""
    cdef dict given = {}
    if type(rtol) is not float or rtol != 1e-5:
        given["rtol"] = rtol
    if type(atol) is not float or atol != 1e-8:
        given["atol"] = atol
    if equal_nan is not False:
        given["equal_nan"] = equal_nan
    return given


def isclose(a, b, rtol=1.e-5, atol=1.e-8, equal_nan=False):
    """Whether elements are equal within tolerances; see :func:`numpy.isclose`."""
    cdef Close c
    if is_known(a) and is_known(b):
        x, y = as_floats(a), as_floats(b)
        if start_close(x, y, rtol, atol, equal_nan, &c):
            result = new_tensor((<cnp.ndarray>a).ndim, (<cnp.ndarray>a).shape, NULL, _bool)
            c.out = <uint8_t *>cnp.PyArray_DATA(<cnp.ndarray>result)
            if run_close(&c):
                return result
    return call_plain(np.isclose, (a, b), tolerances(rtol, atol, equal_nan))


def allclose(a, b, rtol=1.e-5, atol=1.e-8, equal_nan=False):
    """Whether all elements are equal within tolerances; see :func:`numpy.allclose`."""
    cdef Close c
    if is_known(a) and is_known(b):
        x, y = as_floats(a), as_floats(b)
        if start_close(x, y, rtol, atol, equal_nan, &c) and run_close(&c):
            return c.all_close != 0
    return call_plain(np.allclose, (a, b), tolerances(rtol, atol, equal_nan))


# ---------------------------------------------------------------------------------------- equality

cdef struct Same:
    const char *x
    const char *y
    cnp.npy_intp n, parts
    int code, size
    bint differ


cdef inline bint differ_f(const float *x, const float *y, cnp.npy_intp n) noexcept nogil:
    cdef cnp.npy_intp i
    cdef int found = 0
    for i in range(n):
        found |= x[i] != y[i]
    return found


cdef inline bint differ_d(const double *x, const double *y, cnp.npy_intp n) noexcept nogil:
    cdef cnp.npy_intp i
    cdef int found = 0
    for i in range(n):
        found |= x[i] != y[i]
    return found


cdef int same_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Same *s = <Same *>work
    cdef cnp.npy_intp i = s.n * part // s.parts, stop = s.n * (part + 1) // s.parts, m
    while i < stop and not s.differ:
        m = min(<cnp.npy_intp>LINE, stop - i)
        if s.code == FLOAT64:
            if differ_d(<double *>s.x + i, <double *>s.y + i, m):
                s.differ = True
        elif s.code == FLOAT32:
            if differ_f(<float *>s.x + i, <float *>s.y + i, m):
                s.differ = True
        elif memcmp(s.x + i * s.size, s.y + i * s.size, m * s.size):
            s.differ = True
        i += m
    return 0


cdef object all_equal(object a, object b):
    """Whether two arrays hold the same; NotImplemented where NumPy has to say."""
    cdef Same s
    cdef int width
    if alike(a, b):
        s.code, s.n, s.size = type_code((<cnp.ndarray>a).descr), cnp.PyArray_SIZE(<cnp.ndarray>a), 0
        if 0 < s.code <= FLOAT64:
            s.size, s.differ = <int>(<cnp.ndarray>a).descr.itemsize, False
            s.x, s.y = <char *>cnp.PyArray_DATA(<cnp.ndarray>a), <char *>cnp.PyArray_DATA(<cnp.ndarray>b)
            width = threads.width_for(<double>s.n * s.size, 8 * PIECE)
            s.parts = 4 * width if width > 1 else 1
            threads.run(same_part, &s, s.parts, width, <double>s.n * s.size >= 8 * PIECE)
            return s.differ == 0
    elif not is_array(<PyObject *>a) or not is_array(<PyObject *>b) or not same_shape(a, b):
        return NotImplemented
    if (<cnp.ndarray>a).ndim and type_code((<cnp.ndarray>a).descr) >= 0 and type_code((<cnp.ndarray>b).descr) >= 0:
        return bool((tensor(a) == tensor(b)).all())
    return NotImplemented


def array_equal(a1, a2, equal_nan=False):
    """Whether two arrays have one shape and equal elements; see :func:`numpy.array_equal`."""
    if equal_nan is False and is_array(<PyObject *>a1) and is_array(<PyObject *>a2):
        if not same_shape(a1, a2):
            return False
        result = all_equal(a1, a2)
        if result is not NotImplemented:
            return result
    return call_plain(np.array_equal, (a1, a2, equal_nan), None)


def array_equiv(a1, a2):
    """Whether two arrays broadcast to equal ones; see :func:`numpy.array_equiv`."""
    result = all_equal(a1, a2)
    return call_plain(np.array_equiv, (a1, a2), None) if result is NotImplemented else result


# ---------------------------------------------------------------------------------------- nan_to_num, round

cdef struct Replace:
    const char *x
    char *out
    double nan, inf, minus_inf
    int which, size
    cnp.npy_intp n, parts


cdef int replace_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Replace *r = <Replace *>work
    cdef cnp.npy_intp start = r.n * part // r.parts, stop = r.n * (part + 1) // r.parts
    kernels.replace[r.which](r.x + start * r.size, r.out + start * r.size, stop - start, r.nan, r.inf, r.minus_inf)
    return 0


cdef inline bint is_whole(cnp.ndarray a):
    """Whether it is an array of integers in C order, which have no NaN and nothing to round."""
    return 0 < type_code(a.descr) < FLOAT32 and a.ndim > 0 and (
        cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_CARRAY_RO == cnp.NPY_ARRAY_CARRAY_RO)


cdef bint read_replacement(object given, double usual, int code, double *value):
    if given is None:
        value[0] = usual
        return True
    if type(given) is not float and type(given) is not int:
        return False
    if type(given) is int and not -1 << 53 <= given <= 1 << 53:
        return False
    value[0] = given
    return code == FLOAT64 or not isfinite(value[0]) or -1e38 < value[0] < 1e38


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Numbers in the place of NaN and infinities; see :func:`numpy.nan_to_num`."""
    cdef Replace r
    cdef cnp.ndarray a
    cdef int code, width
    cdef double most
    if is_array(<PyObject *>x) and copy is True:
        a = <cnp.ndarray>x
        code = type_code(a.descr)
        if ((code == FLOAT32 or code == FLOAT64) and a.ndim
                and cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_CARRAY_RO == cnp.NPY_ARRAY_CARRAY_RO):
            most = 3.40282346638528859811704183484516925e+38 if code == FLOAT32 else (
                1.79769313486231570814527423731704357e+308)
            if (nan is not None and read_replacement(nan, 0, code, &r.nan)
                    and read_replacement(posinf, most, code, &r.inf)
                    and read_replacement(neginf, -most, code, &r.minus_inf)):
                result = new_tensor(a.ndim, a.shape, NULL, a.descr)
                r.x, r.out = <char *>cnp.PyArray_DATA(a), <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
                r.which, r.size, r.n = code - FLOAT32, 4 if code == FLOAT32 else 8, cnp.PyArray_SIZE(a)
                width = threads.width_for(<double>r.n, PIECE)
                r.parts = 4 * width if width > 1 else 1
                threads.run(replace_part, &r, r.parts, width, r.n >= PIECE)
                return result
        if is_whole(a):
            return copied(a, False)
    return call_plain(np.nan_to_num, (x, copy, nan, posinf, neginf), None)


cdef object _rint, _multiply, _divide


def connect(ufuncs):
    """Take the Ufunc objects by name; called once, by the chapter."""
    global _rint, _multiply, _divide
    _rint, _multiply, _divide = ufuncs["rint"], ufuncs["multiply"], ufuncs["divide"]


cdef object rounded(object a, object decimals):
    """Numbers rounded to so many decimals; NotImplemented where NumPy has to."""
    cdef Py_ssize_t n
    cdef int code
    if not is_array(<PyObject *>a) or not read_int(decimals, &n) or not -8 <= n <= 8:
        return NotImplemented
    if n >= 0 and is_whole(<cnp.ndarray>a):
        return copied(<cnp.ndarray>a, False)
    code = type_code((<cnp.ndarray>a).descr)
    if code != FLOAT32 and code != FLOAT64 or (<cnp.ndarray>a).ndim == 0:
        return NotImplemented
    if n == 0:
        return _rint(a)
    if not cnp.PyArray_FLAGS(<cnp.ndarray>a) & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS):
        return NotImplemented           # which has an order of its own for the result
    first, then = (_multiply, _divide) if n > 0 else (_divide, _multiply)
    power = 10.0 ** (n if n > 0 else -n)
    result = first(a, power)
    _rint(result, result)
    then(result, power, result)
    return result


def round(a, decimals=0, out=None):
    """Values to so many decimals; see :func:`numpy.round`."""
    if out is None:
        result = rounded(a, decimals)
        if result is not NotImplemented:
            return result
    return call_plain(np.round, (a, decimals, out), None)


def around(a, decimals=0, out=None):
    """Values to so many decimals; see :func:`numpy.around`."""
    if out is None:
        result = rounded(a, decimals)
        if result is not NotImplemented:
            return result
    return call_plain(np.around, (a, decimals, out), None)
