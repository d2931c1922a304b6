"""var, std, count_nonzero and the functions that leave NaNs out, as callables: which kernel computes what.

Arguments and results are reducers.pyx's business.  Where NumPy warns or raises, its own function does.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport isfinite
from torsor._kernels.engine cimport FLOAT32, FLOAT64, Nest
from torsor._kernels.moments cimport LINE, Moments, moments_line, moments_nest, prepare
from torsor._kernels.reduce cimport (ABSOLUTES, FMAX, FMIN, LARGEST, MAX, MIN, NANMAX, NANMIN, NANPROD, NANSUM,
                                     NONZERO, SMALLEST, SQUARES)
from torsor._kernels.reducers cimport (ANY_CODE, ARRAY, AXIS, CORRECTION, DDOF, KEEPDIMS, N_FIELDS, PyMethodDef,
                                       Recipe, Request, asked_code, in_one_piece, is_default, lay_out, make_method,
                                       method, outcome, publish, read_request, reduce, reduced_size, scalar, search,
                                       straighten)
from torsor._kernels.tensor cimport is_array, new_tensor

import numpy as np

from torsor._kernels import fperrors
from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "Python.h":
    bint PyLong_CheckExact(PyObject *)
    bint PyFloat_CheckExact(PyObject *)
    long long PyLong_AsLongLongAndOverflow(PyObject *, int *) except? -1
    double PyFloat_AS_DOUBLE(PyObject *)
    PyObject *Py_None
    PyObject *Py_True

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:                      # what compute_moments is asked for
    SQUARED = 1                 # a variance, not the mean
    ROOT = 2                    # of the variance
    WITHOUT_NAN = 4

cdef enum:
    FP_UNDER = 4


cdef bint read_number(PyObject *o, double *value) except -1:
    """A plain int or float; 0 for anything else."""
    cdef int overflow = 0
    if PyFloat_CheckExact(o):
        value[0] = PyFloat_AS_DOUBLE(o)
        return value[0] == value[0]
    if PyLong_CheckExact(o):
        value[0] = <double>PyLong_AsLongLongAndOverflow(o, &overflow)
        return not overflow
    return False


cdef bint read_freedom(PyObject **fields, double *ddof) except -1:
    ddof[0] = 0
    if not is_default(fields[CORRECTION]):
        return fields[DDOF] == NULL and read_number(fields[CORRECTION], ddof)
    return fields[DDOF] == NULL or read_number(fields[DDOF], ddof)


cdef bint is_quiet(int status) except -1:
    """Whether NumPy would have nothing to say of some floating-point errors."""
    return status == 0 or status == FP_UNDER and fperrors.ignored() & FP_UNDER


cdef object compute_moments(const Recipe *recipe, PyObject **fields):
    """A mean without NaNs, a variance or a standard deviation."""
    cdef Request r
    cdef Nest nest
    cdef Moments w
    cdef int result, status, asked = asked_code(fields)
    cdef double value
    cdef cnp.npy_intp n
    if not read_request(fields, True, &r) or not read_freedom(fields, &w.ddof):
        return NotImplemented
    result = asked
    if asked == ANY_CODE:
        result = r.x.code if r.x.code >= FLOAT32 else FLOAT64
    n = reduced_size(&r)
    if recipe.kind & SQUARED and recipe.kind & WITHOUT_NAN:
        if r.x.code >= FLOAT32 and result != r.x.code:
            return NotImplemented               # NumPy's deviations are of the type of the elements there
    if r.x.code < FLOAT32 and (result != FLOAT64 or n >= 1 << 31):
        return NotImplemented
    prepare(&w, r.x.code, result, recipe.kind & WITHOUT_NAN and r.x.code >= FLOAT32, recipe.kind & SQUARED)
    w.count, w.root = <double>n, recipe.kind & ROOT
    if w.sums == NULL or w.squares != NULL and w.ddof >= w.count:
        return NotImplemented
    if n <= LINE and in_one_piece(&r) and r.out.array == NULL and not r.keepdims:
        status = moments_line(&w, r.x.data, n, <char *>&value)
        return scalar(<char *>&value, result) if not w.odd and is_quiet(status) else NotImplemented
    out = lay_out(&r, result, &nest)
    if out is None:
        return NotImplemented
    straighten(&nest, False)
    status = moments_nest(&w, &nest)
    return outcome(out, &r) if not w.odd and is_quiet(status) else NotImplemented


def mean_and_spread(a, axis=None, keepdims=False, double ddof=0, bint root=True):
    """The mean of real floating-point numbers and their variance, or its root, which is made of the mean.

    Parameters
    ----------
    a : ndarray
        float32 or float64.
    axis : int, tuple of int or None, optional
    keepdims : bool, optional
    ddof : float, optional
        What the number of elements is reduced by, where the variance is divided by it.
    root : bool, optional
        Whether the standard deviation is wanted.

    Returns
    -------
    tuple of two Tensors or scalars, or NotImplemented
        The last for other arrays, and where NumPy has a warning.
    """
    cdef PyObject *fields[N_FIELDS]
    cdef Request r
    cdef Nest nest
    cdef Moments w
    cdef int k, status
    for k in range(N_FIELDS):
        fields[k] = NULL
    fields[ARRAY], fields[AXIS], fields[KEEPDIMS] = <PyObject *>a, <PyObject *>axis, <PyObject *>keepdims
    if not read_request(fields, True, &r) or r.x.code != FLOAT32 and r.x.code != FLOAT64:
        return NotImplemented
    prepare(&w, r.x.code, r.x.code, False, True)
    w.count, w.ddof, w.root = <double>reduced_size(&r), ddof, root
    if w.sums == NULL or w.ddof >= w.count:
        return NotImplemented
    out = lay_out(&r, r.x.code, &nest)
    means = new_tensor(cnp.PyArray_NDIM(<cnp.ndarray>out), cnp.PyArray_DIMS(<cnp.ndarray>out),
                       cnp.PyArray_STRIDES(<cnp.ndarray>out), (<cnp.ndarray>out).descr)
    w.means = <char *>cnp.PyArray_DATA(<cnp.ndarray>means)
    straighten(&nest, False)
    status = moments_nest(&w, &nest)
    return (outcome(means, &r), outcome(out, &r)) if not w.odd and is_quiet(status) else NotImplemented


cdef object compute_sum(const Recipe *recipe, PyObject **fields):
    """nansum, nanprod."""
    return reduce(recipe.kind, False, True, fields)


cdef bint all_finite(object result) except -1:
    """Whether no element of the result of a reduction is infinite or NaN."""
    cdef cnp.ndarray a
    cdef const char *p
    cdef cnp.npy_intp k, n
    if not is_array(<PyObject *>result):
        return isfinite(<double>result)
    a = <cnp.ndarray>result
    n = cnp.PyArray_SIZE(a)
    p = <const char *>cnp.PyArray_DATA(a)
    if cnp.PyArray_FLAGS(a) & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS):
        if a.descr.type_num == cnp.NPY_FLOAT64:
            for k in range(n):
                if not isfinite((<const double *>p)[k]):
                    return False
            return True
        if a.descr.type_num == cnp.NPY_FLOAT32:
            for k in range(n):
                if not isfinite((<const float *>p)[k]):
                    return False
            return True
    return bool(np.isfinite(result).all())


cdef object compute_extreme(const Recipe *recipe, PyObject **fields):
    """nanmin, nanmax; the kernels give an infinity where there are only NaNs."""
    cdef int kind = recipe.kind
    cdef bint real = is_array(fields[ARRAY]) and (<cnp.ndarray><object>fields[ARRAY]).descr.kind == c"f"
    if real:
        kind = NANMIN if kind == MIN else NANMAX
    result = reduce(kind, False, True, fields)
    if real and result is not NotImplemented and not all_finite(result):
        return NotImplemented                   # NumPy may have to warn
    return result


cdef bint ends_rows(PyObject **fields, object place) except -1:
    """Whether places are those of rows that lie one after the other."""
    cdef cnp.ndarray a = <cnp.ndarray>fields[ARRAY]
    return (fields[AXIS] != NULL and PyLong_CheckExact(fields[AXIS]) and <object>fields[AXIS] in (-1, a.ndim - 1)
            and cnp.PyArray_FLAGS(a) & cnp.PyArray_FLAGS(<cnp.ndarray>place) & cnp.NPY_ARRAY_C_CONTIGUOUS)


cdef bint finite_in_rows(cnp.ndarray a, cnp.ndarray place) noexcept:
    """Whether the elements of contiguous rows at these places are no infinities or NaNs."""
    cdef const char *p = <const char *>cnp.PyArray_DATA(a)
    cdef const cnp.npy_intp *at = <const cnp.npy_intp *>cnp.PyArray_DATA(place)
    cdef cnp.npy_intp n = a.shape[a.ndim - 1], k
    for k in range(cnp.PyArray_SIZE(place)):
        if not isfinite((<const double *>p)[k * n + at[k]] if a.descr.type_num == cnp.NPY_FLOAT64 else
                        (<const float *>p)[k * n + at[k]]):
            return False
    return True


cdef object compute_place(const Recipe *recipe, PyObject **fields):
    """nanargmin, nanargmax."""
    cdef object a, place
    cdef double value
    if not is_array(fields[ARRAY]):
        return NotImplemented
    a = <object>fields[ARRAY]
    if (<cnp.ndarray>a).descr.kind != c"f":
        return search(MIN if recipe.kind == FMIN else MAX, fields)
    place = search(recipe.kind, fields)
    if place is NotImplemented:
        return place
    # Infinities are what NumPy takes NaNs for here, and lines of nothing else are errors.
    if not is_array(<PyObject *>place):
        if (<cnp.ndarray>a).ndim == 1 or fields[AXIS] == NULL or fields[AXIS] == Py_None:
            value = a.item(place)
            return place if isfinite(value) else NotImplemented
        return NotImplemented
    if ends_rows(fields, place):
        return place if finite_in_rows(<cnp.ndarray>a, <cnp.ndarray>place) else NotImplemented
    if fields[AXIS] == NULL or fields[AXIS] == Py_None or not fields[KEEPDIMS] == Py_True:
        if fields[AXIS] == NULL or fields[AXIS] == Py_None:
            return NotImplemented
        found = np.take_along_axis(np.asarray(a), np.expand_dims(np.asarray(place), <object>fields[AXIS]),
                                   <object>fields[AXIS])
    else:
        found = np.take_along_axis(np.asarray(a), np.asarray(place), <object>fields[AXIS])
    return place if np.isfinite(found).all() else NotImplemented


cdef object compute_count(const Recipe *recipe, PyObject **fields):
    """count_nonzero; before NumPy 2.4 an int where all axes are meant without being named."""
    result = reduce(NONZERO, False, True, fields)
    if _counts_int and result is not NotImplemented and fields[KEEPDIMS] != Py_True and (
            fields[AXIS] == NULL or fields[AXIS] == Py_None):
        return int(result)
    return result


_MAGNITUDES = {"sum": ABSOLUTES, "squares": SQUARES, "largest": LARGEST, "smallest": SMALLEST}


def magnitudes(a, str kind, axis=None, keepdims=False):
    """What norms of vectors are made of: of real floating-point numbers, in one pass and on every core.

    Parameters
    ----------
    a : ndarray
        float32 or float64.
    kind : {"sum", "squares", "largest", "smallest"}
        The sum of magnitudes or of squares, the largest or the smallest magnitude.
    axis : int, tuple of int or None, optional
        Along which to go; None takes all elements.
    keepdims : bool, optional
        Whether the axes stay, with size one.

    Returns
    -------
    Tensor, scalar or NotImplemented
        The last for other arrays, empty ones, and axes that there are not.
    """
    cdef PyObject *fields[N_FIELDS]
    cdef int k, number = _MAGNITUDES[kind]
    for k in range(N_FIELDS):
        fields[k] = NULL
    fields[ARRAY], fields[AXIS], fields[KEEPDIMS] = <PyObject *>a, <PyObject *>axis, <PyObject *>keepdims
    return reduce(number, False, True, fields)


cdef object var_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[0], self, args, n, kwnames)


cdef object std_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[1], self, args, n, kwnames)


cdef bint _counts_int = type(np.count_nonzero(np.ones(1))) is int
cdef Recipe _recipes[12]
cdef PyMethodDef _methods[2]
_SPREAD = "a axis dtype out ddof keepdims where mean correction"


def _prepare():
    cdef int k = 0
    cdef Recipe *recipe
    for name, kind, arguments, positional in (
            ("var", SQUARED, _SPREAD, 6), ("std", SQUARED | ROOT, _SPREAD, 6),
            ("nanvar", SQUARED | WITHOUT_NAN, _SPREAD, 6), ("nanstd", SQUARED | ROOT | WITHOUT_NAN, _SPREAD, 6),
            ("nanmean", WITHOUT_NAN, "a axis dtype out keepdims where", 5),
            ("nansum", NANSUM, "a axis dtype out keepdims initial where", 7),
            ("nanprod", NANPROD, "a axis dtype out keepdims initial where", 7),
            ("nanmin", MIN, "a axis out keepdims initial where", 6),
            ("nanmax", MAX, "a axis out keepdims initial where", 6),
            ("nanargmin", FMIN, "a axis out keepdims", 3), ("nanargmax", FMAX, "a axis out keepdims", 3),
            ("count_nonzero", NONZERO, "a axis keepdims", 2)):
        recipe = &_recipes[k]
        recipe.kind, recipe.mean = kind, False
        if k < 5:
            recipe.compute = compute_moments
        elif k < 7:
            recipe.compute = compute_sum
        elif k < 9:
            recipe.compute = compute_extreme
        elif k < 11:
            recipe.compute = compute_place
        else:
            recipe.compute = compute_count
        publish(name, recipe, arguments, positional)
        if k < 2:
            recipe.method.size -= 1             # correction= is the function's alone
        k += 1
    return {"var": make_method("var", &_methods[0], <void *>var_method),
            "std": make_method("std", &_methods[1], <void *>std_method)}


#: The methods of Tensor by name, ready to be its attributes.
METHODS_OF_TENSOR = _prepare()
