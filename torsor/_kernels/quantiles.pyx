"""median, percentile, quantile and those that leave NaNs out: arguments, rows, threads.

Selection and interpolation of one row is select.h's.  Weights, out=, other dtypes, errors and warnings are left to
NumPy's functions.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels cimport storage, threads
from torsor._kernels.engine cimport FLOAT32, FLOAT64, MAX_DIMS, MAX_ITEM, SERIAL, Nest, code_dtype, item_size
from torsor._kernels.reduce cimport find_quantiles
from torsor._kernels.reducers cimport (ARRAY, AXIS, KEEPDIMS, N_FIELDS, Request, in_one_piece, lay_out, outcome,
                                       read_request, reduced_size, scalar, straighten)
from torsor._kernels.tensor cimport is_array, new_tensor

import inspect

import numpy as np

from torsor._kernels import tensor as _tensor
from torsor._kernels.face import Function

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "quantile.h" nogil:
    enum: MOST_QUANTILES, SELECT_SLACK
    ctypedef enum Method:
        MEDIAN, INVERTED_CDF, AVERAGED_INVERTED_CDF, CLOSEST_OBSERVATION, INTERPOLATED_INVERTED_CDF, HAZEN, WEIBULL
        LINEAR, MEDIAN_UNBIASED, NORMAL_UNBIASED, LOWER, HIGHER, MIDPOINT, NEAREST
    ctypedef struct Quantiles:
        Method method
        int m, weak, skip
        double q[MOST_QUANTILES]
        cnp.npy_intp n
    ctypedef int (*quantile_t)(Quantiles *, const char *x, cnp.npy_intp n, char *scratch, char *out,
                               cnp.npy_intp step) noexcept
    bint quantile_is_discrete(Method method)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

_METHODS = {"linear": LINEAR, "lower": LOWER, "higher": HIGHER, "midpoint": MIDPOINT, "nearest": NEAREST,
            "inverted_cdf": INVERTED_CDF, "averaged_inverted_cdf": AVERAGED_INVERTED_CDF,
            "closest_observation": CLOSEST_OBSERVATION, "interpolated_inverted_cdf": INTERPOLATED_INVERTED_CDF,
            "hazen": HAZEN, "weibull": WEIBULL, "median_unbiased": MEDIAN_UNBIASED,
            "normal_unbiased": NORMAL_UNBIASED}
cdef object _absent = inspect.signature(np.nanmedian).parameters["keepdims"].default

cdef enum:
    GATHERED = 8                # columns that are gathered to rows together
    SMALL = 512                 # elements that fit scratch memory on the stack


cdef struct Rows:               # lines of an array, whose quantiles are wanted
    quantile_t quantiles
    Quantiles *plans            # of each thread
    char *x
    char *out
    cnp.npy_intp step           # from one quantile of a line to the next
    int size, kept, reduced     # of an element; numbers of axes, and then their sizes and strides
    cnp.npy_intp kept_shape[MAX_DIMS]
    cnp.npy_intp kept_x[MAX_DIMS]
    cnp.npy_intp kept_out[MAX_DIMS]
    cnp.npy_intp reduced_shape[MAX_DIMS]
    cnp.npy_intp reduced_x[MAX_DIMS]
    cnp.npy_intp n, lines, together, groups     # elements of a line; lines, and lines of a group
    char *scratch
    Py_ssize_t scratch_size


cdef void locate_line(const Rows *r, cnp.npy_intp line, char **x, char **out) noexcept nogil:
    cdef int d
    x[0], out[0] = r.x, r.out
    for d in range(r.kept - 1, -1, -1):
        x[0] += line % r.kept_shape[d] * r.kept_x[d]
        out[0] += line % r.kept_shape[d] * r.kept_out[d]
        line //= r.kept_shape[d]


cdef void gather(const Rows *r, const char *x, cnp.npy_intp lines, char *into) noexcept nogil:
    """Copy lines that lie side by side, one after the other."""
    cdef cnp.npy_intp i, j, k, outer = 1, rest, n = r.reduced_shape[r.reduced - 1], s = r.reduced_x[r.reduced - 1]
    cdef const char *p
    cdef int d, size = r.size
    for d in range(r.reduced - 1):
        outer *= r.reduced_shape[d]
    for k in range(outer):
        p, rest = x, k
        for d in range(r.reduced - 2, -1, -1):
            p += rest % r.reduced_shape[d] * r.reduced_x[d]
            rest //= r.reduced_shape[d]
        for i in range(n):
            for j in range(lines):
                if size == 8:
                    (<cnp.npy_int64 *>into)[j * r.n + k * n + i] = (<const cnp.npy_int64 *>p)[j]
                elif size == 4:
                    (<cnp.npy_int32 *>into)[j * r.n + k * n + i] = (<const cnp.npy_int32 *>p)[j]
                elif size == 2:
                    (<cnp.npy_int16 *>into)[j * r.n + k * n + i] = (<const cnp.npy_int16 *>p)[j]
                else:
                    into[j * r.n + k * n + i] = p[j]
            p += s


cdef int do_group(void *work, Py_ssize_t group, int worker) noexcept nogil:
    cdef Rows *r = <Rows *>work
    cdef cnp.npy_intp first = group * r.together, line
    cdef cnp.npy_intp lines = min(r.together, r.lines - first)
    cdef char *space = r.scratch + worker * r.scratch_size
    cdef char *gathered = space + (3 * r.n + SELECT_SLACK) * r.size
    cdef char *x
    cdef char *out
    cdef int status = 0
    cdef bint direct = r.reduced == 1 and r.reduced_x[0] == r.size
    if not direct:
        locate_line(r, first, &x, &out)
        gather(r, x, lines, gathered)
    for line in range(lines):
        locate_line(r, first + line, &x, &out)
        if not direct:
            x = gathered + line * r.n * r.size
        status |= r.quantiles(r.plans + worker, x, r.n, space, out, r.step)
    return status


cdef void read_lines(Rows *r, const Nest *nest) noexcept nogil:
    """Sort a nest's axes into kept and reduced ones, and decide how many lines are gathered together."""
    cdef int d
    r.x, r.out = nest.data[0], nest.data[1]
    r.kept = r.reduced = 0
    r.lines = r.n = 1
    for d in range(nest.nd):
        if nest.strides[1][d]:
            r.kept_shape[r.kept], r.kept_x[r.kept] = nest.shape[d], nest.strides[0][d]
            r.kept_out[r.kept] = nest.strides[1][d]
            r.lines *= nest.shape[d]
            r.kept += 1
        else:
            r.reduced_shape[r.reduced], r.reduced_x[r.reduced] = nest.shape[d], nest.strides[0][d]
            r.n *= nest.shape[d]
            r.reduced += 1
    if r.reduced == 0:
        r.reduced, r.reduced_shape[0], r.reduced_x[0] = 1, 1, r.size
    r.together = 1
    if r.kept and r.kept_x[r.kept - 1] == r.size and r.reduced_x[r.reduced - 1] != r.size:
        while r.together < GATHERED and r.kept_shape[r.kept - 1] % (2 * r.together) == 0:
            r.together *= 2
    r.groups = r.lines // r.together


cdef int run_lines(Rows *r, const Quantiles *plan) except -1:
    """The quantiles of all lines, on as many threads as they are worth; returns their statuses."""
    cdef double work = <double>r.lines * r.n * 8
    cdef int k, status, width = <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), r.groups)
    r.scratch_size = ((3 + r.together) * r.n + SELECT_SLACK + 64) * r.size
    r.scratch_size += sizeof(Quantiles)
    r.scratch_size = (r.scratch_size + 63) // 64 * 64
    r.scratch = <char *>storage.allocate(r.scratch_size * width)
    r.plans = <Quantiles *>storage.allocate(sizeof(Quantiles) * width)
    if r.scratch == NULL or r.plans == NULL:
        if r.scratch != NULL:
            storage.release(r.scratch, r.scratch_size * width)
        if r.plans != NULL:
            storage.release(r.plans, sizeof(Quantiles) * width)
        raise MemoryError
    for k in range(width):
        r.plans[k] = plan[0]
    status = threads.run(do_group, r, r.groups, width, work >= SERIAL)
    storage.release(r.scratch, r.scratch_size * width)
    storage.release(r.plans, sizeof(Quantiles) * width)
    return status


cdef bint read_quantiles(object q, bint percent, Quantiles *plan, int *nd) except -1:
    """The quantiles asked for, between 0 and 1; 0 where NumPy has to look at them."""
    cdef cnp.ndarray a
    cdef int k
    nd[0] = 0
    plan.m, plan.weak = 1, True
    if type(q) is float:
        plan.q[0] = <double>q
    elif type(q) is int and percent:
        if not 0 <= q <= 100:
            return False
        plan.q[0] = <double>q
    else:
        if type(q) is list or type(q) is tuple:
            for item in q:
                if type(item) is not float and type(item) is not int:
                    return False
            q = np.array(q)
        elif type(q) is not np.float64 and not is_array(<PyObject *>q):
            return False
        a = np.asarray(q, np.float64) if percent and q.dtype.char in "bhilqBHIL" else np.asarray(q)
        if a.descr.type_num != cnp.NPY_FLOAT64 or not cnp.PyArray_ISNOTSWAPPED(a) or a.ndim > 1 or (
                a.size == 0 or a.size > MOST_QUANTILES):
            return False
        nd[0], plan.m, plan.weak = a.ndim, <int>a.size, False
        for k in range(plan.m):
            plan.q[k] = a.item(k)
    for k in range(plan.m):
        if percent:
            plan.q[k] /= 100
        if not 0 <= plan.q[k] <= 1:
            return False
    return True


cdef object compute(object a, Quantiles *plan, int nd, object axis, object keepdims):
    """The quantiles of an array; NotImplemented where NumPy has to do it."""
    cdef PyObject *fields[N_FIELDS]
    cdef Request r
    cdef Nest nest
    cdef Rows rows
    cdef char value[MAX_ITEM]
    cdef char space[(3 * SMALL + SELECT_SLACK) * 8]
    cdef cnp.npy_intp shape[MAX_DIMS]
    cdef cnp.npy_intp step
    cdef int k, d, status, result, dims = 0
    for k in range(N_FIELDS):
        fields[k] = NULL
    fields[ARRAY], fields[AXIS], fields[KEEPDIMS] = <PyObject *>a, <PyObject *>axis, <PyObject *>keepdims
    if not read_request(fields, True, &r) or not 0 < r.x.nd < MAX_DIMS:         # one axis more, of the quantiles
        return NotImplemented
    rows.quantiles = <quantile_t>find_quantiles(r.x.code) if r.x.code <= FLOAT64 else NULL
    if rows.quantiles == NULL:
        return NotImplemented
    rows.size = item_size(r.x.code)
    result = FLOAT64
    if quantile_is_discrete(plan.method) or r.x.code == FLOAT32 and (plan.weak or plan.method == MEDIAN):
        result = r.x.code
    plan.n, plan.skip = 0, plan.skip and r.x.code >= FLOAT32
    step = item_size(result)
    if nd == 0 and not r.keepdims and in_one_piece(&r) and reduced_size(&r) <= SMALL:
        status = rows.quantiles(plan, r.x.data, reduced_size(&r), space, value, step)
        return scalar(value, result) if status == 0 else NotImplemented
    out = lay_out(&r, result, &nest)
    rows.step = step
    if nd:                                      # of the quantiles asked for first, in C order
        shape[0] = plan.m
        for d in range(r.x.nd - 1, -1, -1):
            nest.strides[1][d] = 0
            if not r.reduced[d]:
                nest.strides[1][d] = step
                step *= r.x.shape[d]
        for d in range(r.x.nd):
            if not r.reduced[d] or r.keepdims:
                dims += 1
                shape[dims] = 1 if r.reduced[d] else r.x.shape[d]
        rows.step = step
        out = new_tensor(1 + dims, shape, NULL, code_dtype(result))
        nest.data[1] = <char *>cnp.PyArray_DATA(<cnp.ndarray>out)
    straighten(&nest, False)
    read_lines(&rows, &nest)
    status = run_lines(&rows, plan)
    if status:
        return NotImplemented
    return out if nd else outcome(out, &r)


cdef object _numpys = {name: Function(getattr(np, name), "torsor") for name in (
    "median", "nanmedian", "percentile", "nanpercentile", "quantile", "nanquantile")}


cdef object middle(object a, object axis, object out, object keepdims, bint skip):
    cdef Quantiles plan
    if out is not None or not is_array(<PyObject *>a):
        return NotImplemented
    plan.method, plan.m, plan.weak, plan.skip = MEDIAN, 1, True, skip
    plan.q[0] = 0.5
    return compute(a, &plan, 0, axis, keepdims)


cdef object quantiles(object a, object q, object axis, object out, object method, object keepdims, object weights,
                      bint percent, bint skip):
    cdef Quantiles plan
    cdef int nd
    if out is not None or weights is not None or type(method) is not str or not is_array(<PyObject *>a):
        return NotImplemented
    number = _METHODS.get(method)
    if number is None or not read_quantiles(q, percent, &plan, &nd):
        return NotImplemented
    plan.method, plan.skip = <Method><int>number, skip
    return compute(a, &plan, nd, axis, keepdims)


cdef dict given(object keepdims):
    return {} if keepdims is _absent else {"keepdims": keepdims}


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The middle value along axes; see :func:`numpy.median`.

    Parameters
    ----------
    a : array_like
        Numbers.
    axis : int, sequence of int or None, optional
        Along which the median is taken; None takes all elements.
    out : ndarray, optional
        Where the result goes.
    overwrite_input : bool, optional
        Whether ``a`` may be used as scratch memory.
    keepdims : bool, optional
        Whether the axes stay, with size one.

    Returns
    -------
    Tensor or scalar
    """
    result = middle(a, axis, out, keepdims, False)
    if result is not NotImplemented:
        return result
    return _numpys["median"](a, axis, out=out, overwrite_input=overwrite_input, keepdims=keepdims)


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=_absent):
    """The middle value along axes, NaNs left out; see :func:`numpy.nanmedian`.

    Parameters
    ----------
    a, axis, out, overwrite_input, keepdims
        As of :func:`median`.

    Returns
    -------
    Tensor or scalar
    """
    result = middle(a, axis, out, keepdims, True)
    if result is not NotImplemented:
        return result
    return _numpys["nanmedian"](a, axis, out=out, overwrite_input=overwrite_input, **given(keepdims))


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The values that parts of the elements are below; see :func:`numpy.quantile`.

    Parameters
    ----------
    a : array_like of real numbers
        The elements.
    q : array_like of float
        The parts, from 0 to 1.
    axis : int, tuple of int or None, optional
        Along which quantiles are taken; None takes all elements.
    out : ndarray, optional
        Where the result goes.
    overwrite_input : bool, optional
        Whether ``a`` may be used as scratch memory.
    method : str, optional
        What is taken between two elements, "linear" by default.
    keepdims : bool, optional
        Whether the axes stay, with size one.
    weights : array_like, optional
        How much each element counts, with method "inverted_cdf" only.

    Returns
    -------
    Tensor or scalar
        Of the shape of ``q``, followed by that of the other axes.
    """
    result = quantiles(a, q, axis, out, method, keepdims, weights, False, False)
    if result is not NotImplemented:
        return result
    return _numpys["quantile"](a, q, axis, out=out, overwrite_input=overwrite_input, method=method,
                               keepdims=keepdims, weights=weights)


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The same for parts in percent; see :func:`numpy.percentile`.

    Parameters
    ----------
    a, axis, out, overwrite_input, method, keepdims, weights
        As of :func:`quantile`.
    q : array_like of float
        The parts, from 0 to 100.

    Returns
    -------
    Tensor or scalar
        Of the shape of ``q``, followed by that of the other axes.
    """
    result = quantiles(a, q, axis, out, method, keepdims, weights, True, False)
    if result is not NotImplemented:
        return result
    return _numpys["percentile"](a, q, axis, out=out, overwrite_input=overwrite_input, method=method,
                                 keepdims=keepdims, weights=weights)


def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=_absent, *,
                weights=None):
    """Quantiles with NaNs left out; see :func:`numpy.nanquantile`.

    Parameters
    ----------
    a, q, axis, out, overwrite_input, method, keepdims, weights
        As of :func:`quantile`.

    Returns
    -------
    Tensor or scalar
        Of the shape of ``q``, followed by that of the other axes.
    """
    result = quantiles(a, q, axis, out, method, keepdims, weights, False, True)
    if result is not NotImplemented:
        return result
    return _numpys["nanquantile"](a, q, axis, out=out, overwrite_input=overwrite_input, method=method,
                                  weights=weights, **given(keepdims))


def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=_absent, *,
                  weights=None):
    """Percentiles with NaNs left out; see :func:`numpy.nanpercentile`.

    Parameters
    ----------
    a, q, axis, out, overwrite_input, method, keepdims, weights
        As of :func:`percentile`.

    Returns
    -------
    Tensor or scalar
        Of the shape of ``q``, followed by that of the other axes.
    """
    result = quantiles(a, q, axis, out, method, keepdims, weights, True, True)
    if result is not NotImplemented:
        return result
    return _numpys["nanpercentile"](a, q, axis, out=out, overwrite_input=overwrite_input, method=method,
                                    weights=weights, **given(keepdims))


FUNCTIONS = {"median": median, "nanmedian": nanmedian, "quantile": quantile, "nanquantile": nanquantile,
             "percentile": percentile, "nanpercentile": nanpercentile}
