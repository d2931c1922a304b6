"""Elements selected by truth: where with two choices, and the places of what is not zero.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._loop cimport inner_t
from torsor._kernels._searches cimport SearchKernels
from torsor._kernels.engine cimport (FLOAT64, HOLD_GIL, INT64, MAX_DIMS, N_CODES, Nest, Operand, Plan, arrange,
                                     broadcast, code_dtype, find_loop, item_size, lengthen, order_axes, plan_of, run,
                                     store_weak, take, take_array)
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor, plain

import numpy as np

from torsor._kernels import engine
from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared
    bint torsor_adoptable "torsor_shared->adoptable"
    object torsor_part(object a, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, char *data)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef const SearchKernels *kernels = NULL


def add_kernels(capsule):
    """Take the kernels from the module of one instruction set."""
    global kernels
    kernels = <const SearchKernels *>PyCapsule_GetPointer(capsule, b"torsor.searches")


# ---------------------------------------------------------------------------------------- where

cdef enum:
    WEAK = 3                    # kinds of Python numbers, whose codes follow those of dtypes
    UNKNOWN = -2                # not asked for yet
    NOT_OURS = -1

cdef signed char _common[N_CODES + WEAK][N_CODES + WEAK]     # code of the result of two choices
cdef int STRONG[3]              # what Python numbers are among themselves
STRONG[:] = [INT64, FLOAT64, N_CODES - 1]
for _j in range(N_CODES + WEAK):
    for _k in range(N_CODES + WEAK):
        _common[_j][_k] = UNKNOWN


cdef int common_code(int a, int b) except -3:
    """The code of NumPy's result type of two choices."""
    cdef int code = NOT_OURS
    if _common[a][b] == UNKNOWN:
        if a >= N_CODES and b >= N_CODES:
            code = max(STRONG[a - N_CODES], STRONG[b - N_CODES])
        else:
            kinds = [engine.DTYPES[k] if k < N_CODES else (0, 0.0, 0j)[k - N_CODES] for k in (a, b)]
            dtype = np.result_type(*kinds)
            for k in range(N_CODES):
                if engine.DTYPES[k] == dtype:
                    code = k
        _common[a][b] = code
    return _common[a][b]


cdef int log_size(int size) noexcept nogil:
    return 0 if size == 1 else 1 if size == 2 else 2 if size == 4 else 3 if size == 8 else 4


cdef inner_t where_loop(int code) noexcept nogil:
    """The loop for choices of a code."""
    return kernels.where[log_size(item_size(code))]


cdef object choose(PyObject **args):
    """where(condition, x, y); NotImplemented where NumPy has to do it."""
    cdef Operand ops[3]
    cdef Operand *first = NULL
    cdef Nest nest
    cdef Plan plan
    cdef int k, d, e, nd, code
    cdef int perm[MAX_DIMS]
    cdef cnp.npy_intp strides[MAX_DIMS]
    cdef cnp.npy_intp size = 1, step
    cdef bint flat = True, same = True
    for k in range(3):
        if not take(args[k], &ops[k]):
            return NotImplemented
        if ops[k].array != NULL:
            if first == NULL:
                first = &ops[k]
            elif ops[k].nd != first.nd or memcmp(ops[k].shape, first.shape, first.nd * sizeof(cnp.npy_intp)):
                same = False
            if not ops[k].flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
                flat = False
    if first == NULL or ops[0].code != 0:
        return NotImplemented
    code = common_code(ops[1].code, ops[2].code)
    if code < 0:
        return NotImplemented
    plan = plan_of(where_loop(code), 0.5 + item_size(code) / 8.0)
    plan.code[3] = code
    for k in range(1, 3):
        plan.code[k] = code
        if ops[k].code >= N_CODES:
            if not store_weak(&ops[k], code):
                return NotImplemented
        elif ops[k].code != code:
            plan.cast[k] = find_loop("cast", f"{engine.CODES[ops[k].code]}->{engine.CODES[code]}")
            plan.cost += 1
            if plan.cast[k] == NULL:
                return NotImplemented
    nest.nargs = 4
    if same:
        nd = first.nd
        memcpy(nest.shape, first.shape, nd * sizeof(cnp.npy_intp))
    elif broadcast(ops, 3, &nd, nest.shape):
        flat = False
    else:
        return NotImplemented
    nest.nd = nd
    for d in range(nd):
        size *= nest.shape[d]
    for k in range(3):
        nest.data[k] = ops[k].data
    if flat:
        result = new_tensor(nd, nest.shape, NULL, code_dtype(code))
        nest.nd, nest.shape[0], nest.strides[3][0] = 1, size, item_size(code)
        for k in range(3):
            nest.strides[k][0] = 0 if ops[k].array == NULL else item_size(ops[k].code)
    else:
        for d in range(nd):
            nest.strides[3][d] = 0
            for k in range(3):
                e = d - nd + ops[k].nd
                nest.strides[k][d] = 0 if ops[k].array == NULL or e < 0 or ops[k].shape[e] == 1 else ops[k].strides[e]
        order_axes(&nest, perm)
        step = item_size(code)
        for d in range(nd - 1, -1, -1):
            strides[perm[d]] = step
            step *= nest.shape[perm[d]] if nest.shape[perm[d]] else 1
        result = new_tensor(nd, nest.shape, strides, code_dtype(code))
        memcpy(nest.strides[3], strides, nd * sizeof(cnp.npy_intp))
    nest.data[3] = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    if size:
        if not flat:
            arrange(&nest, perm)
            lengthen(&nest)
        run(&plan, &nest, 3, size)
    return result


_absent = object()


def where(condition, x=_absent, y=_absent, /):
    """Elements of x or y, as a condition says; see :func:`numpy.where`.

    Parameters
    ----------
    condition : array_like
        Where it is true comes x, elsewhere y.
    x, y : array_like, optional
        The choices; they and the condition are broadcast together.

    Returns
    -------
    Tensor
        Without x and y, what :func:`nonzero` gives.

    Raises
    ------
    ValueError
        If only one of x and y is given.
    """
    cdef PyObject *args[3]
    if y is not _absent and x is not _absent:
        truth = condition
        if is_array(<PyObject *>condition) and cnp.PyArray_TYPE(condition) != cnp.NPY_BOOL:
            truth = condition != 0 if cnp.PyArray_ISNUMBER(condition) else None
        args[0], args[1], args[2] = <PyObject *>truth, <PyObject *>x, <PyObject *>y
        result = choose(args)
        if result is not NotImplemented:
            return result
        return call_plain(np.where, (condition, x, y), {})
    if x is _absent and y is _absent and is_array(<PyObject *>condition):
        result = places(<cnp.ndarray>condition, False)
        if result is not NotImplemented:
            return result
    return call_plain(np.where, tuple([a for a in (condition, x, y) if a is not _absent]), {})


# ---------------------------------------------------------------------------------------- nonzero

cdef enum:
    PART = 1 << 15              # elements that are looked at as one part of the work
    BLOCK = 1024                # elements whose places are found at a time
    COORDINATES = 4             # times the work of one axis that each element costs with several

cdef struct Scan:               # the elements of an array in C order, in parts
    char *x
    cnp.npy_intp stride, n      # between elements, and how many
    int code, nd
    const cnp.npy_intp *shape
    cnp.npy_intp *counts        # of each part; then where its places begin, and one more
    cnp.npy_intp *out
    cnp.npy_intp of_place, of_axis      # strides of the places found, in elements


cdef inline const unsigned char *look(const Scan *s, cnp.npy_intp start, cnp.npy_intp n,
                                      unsigned char *flags) noexcept nogil:
    kernels.truth[s.code](s.x + start * s.stride, s.stride, n, flags)
    return flags


cdef int count_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Scan *s = <Scan *>work
    cdef unsigned char flags[BLOCK]
    cdef cnp.npy_intp at = part * PART, stop = min(s.n, at + PART), m, total = 0
    while at < stop:
        m = min(<cnp.npy_intp>BLOCK, stop - at)
        total += kernels.count(look(s, at, m, flags), m)
        at += m
    s.counts[part] = total
    return 0


cdef int find_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Write the places of one part; 1 where there are not as many as were counted."""
    cdef Scan *s = <Scan *>work
    cdef unsigned char flags[BLOCK]
    cdef cnp.npy_intp found[BLOCK + 8]
    cdef cnp.npy_intp index[MAX_DIMS]
    cdef cnp.npy_intp at = part * PART, stop = min(s.n, at + PART), m, j, k, rest
    cdef cnp.npy_intp room = s.counts[part + 1] - s.counts[part], row = 0, width = 0
    cdef cnp.npy_intp *out = s.out + s.counts[part] * s.of_place
    cdef int d, last = s.nd - 1
    if last > 0:                # where the row of the first element begins, and its coordinates
        width = s.shape[last]
        rest = at // width
        row = rest * width
        for d in range(last - 1, -1, -1):
            index[d] = rest % s.shape[d]
            rest //= s.shape[d]
    while at < stop:
        m = min(<cnp.npy_intp>BLOCK, stop - at)
        k = kernels.places(look(s, at, m, flags), m, at, found)
        at += m
        if k > room:            # somebody has changed elements meanwhile
            return 1
        room -= k
        if last == 0 and s.of_place == 1:
            memcpy(out, found, k * sizeof(cnp.npy_intp))
            out += k
            continue
        for j in range(k):
            while found[j] - row >= width and last > 0:
                row += width
                d = last - 1
                index[d] += 1
                while d > 0 and index[d] == s.shape[d]:
                    index[d] = 0
                    d -= 1
                    index[d] += 1
            for d in range(last):
                out[d * s.of_axis] = index[d]
            out[last * s.of_axis] = found[j] - row
            out += s.of_place
    return room != 0


cdef object places(cnp.ndarray a, bint as_rows):
    """The places of what is not zero; NotImplemented where NumPy has to find them.

    A tuple of the coordinates along each axis; as_rows: an array with a row for each.
    """
    cdef Operand x
    cdef Scan s
    cdef cnp.npy_intp shape[2]
    cdef cnp.npy_intp strides[2]
    cdef cnp.npy_intp few[4]
    cdef cnp.npy_intp parts, p, total = 0
    cdef int d, width, status = 0
    cdef object holder = a
    if a.ndim == 0 or not torsor_adoptable or not take_array(<PyObject *>a, &x):
        return NotImplemented
    if a.ndim > 1 and not x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        holder = cnp.PyArray_NewCopy(plain(a), cnp.NPY_CORDER)       # a reference that lasts as long as x
        take_array(<PyObject *>holder, &x)
    s.x, s.code, s.nd, s.shape, s.n = x.data, x.code, x.nd, x.shape, cnp.PyArray_SIZE(a)
    s.stride = x.strides[0] if x.nd == 1 else item_size(x.code)
    parts = (s.n + PART - 1) // PART
    s.counts = few
    if parts >= 4:
        s.counts = <cnp.npy_intp *>malloc((parts + 1) * sizeof(cnp.npy_intp))
    if s.counts == NULL:
        raise MemoryError
    try:
        width = threads.width_for(4.0 * s.n, PART)      # of additions
        threads.run(count_part, &s, parts, width, s.n > HOLD_GIL)
        for p in range(parts):
            shape[0] = s.counts[p]
            s.counts[p] = total
            total += shape[0]
        s.counts[parts] = total
        shape[0], shape[1] = total, s.nd
        if as_rows:             # laid out as NumPy's: the coordinates along each axis in one piece
            s.of_place, s.of_axis = 1, total
            strides[0], strides[1] = sizeof(cnp.npy_intp), max(total, <cnp.npy_intp>1) * sizeof(cnp.npy_intp)
            found = new_tensor(2, shape, strides, code_dtype(INT64))
        else:
            s.of_place, s.of_axis = s.nd, 1
            strides[0] = s.nd * sizeof(cnp.npy_intp)
            found = new_tensor(1 if s.nd == 1 else 2, shape, NULL, code_dtype(INT64))
        s.out = <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>found)
        status = threads.run(find_part, &s, parts, width, s.n > HOLD_GIL)
    finally:
        if parts >= 4:
            free(s.counts)
    if status:
        raise RuntimeError("number of non-zero array elements changed during function execution.")
    if as_rows:
        return found
    if s.nd == 1:
        return (found,)
    return tuple([torsor_part(found, 1, shape, strides, <char *>(s.out + (d if total else 0))) for d in range(s.nd)])


def nonzero(a):
    """The places of the elements that are not zero, axis by axis; see :func:`numpy.nonzero`.

    Parameters
    ----------
    a : array_like
        Of one axis or more.

    Returns
    -------
    tuple of Tensors
        The coordinates along each axis, in C order.
    """
    if is_array(<PyObject *>a):
        result = places(<cnp.ndarray>a, False)
        if result is not NotImplemented:
            return result
    return call_plain(np.nonzero, (a,), {})


def nonzero_method(self):
    """The places of the elements that are not zero; see :meth:`numpy.ndarray.nonzero`."""
    if is_array(<PyObject *>self):
        result = places(<cnp.ndarray>self, False)
        if result is not NotImplemented:
            return result
    return call_plain(np.ndarray.nonzero, (self,), {})


def argwhere(a):
    """The places of the elements that are not zero, a row for each; see :func:`numpy.argwhere`.

    Parameters
    ----------
    a : array_like

    Returns
    -------
    Tensor
        Of shape (number of places, number of axes).
    """
    if is_array(<PyObject *>a):
        result = places(<cnp.ndarray>a, True)
        if result is not NotImplemented:
            return result
    return call_plain(np.argwhere, (a,), {})


def flatnonzero(a):
    """The places of the elements that are not zero in the flattened array; see :func:`numpy.flatnonzero`.

    Parameters
    ----------
    a : array_like

    Returns
    -------
    Tensor
    """
    if is_array(<PyObject *>a):
        result = places(<cnp.ndarray>(a if cnp.PyArray_NDIM(a) == 1 else cnp.PyArray_Ravel(a, cnp.NPY_CORDER)), False)
        if result is not NotImplemented:
            return result[0]
    return call_plain(np.flatnonzero, (a,), {})
