"""Elements of one type made those of another: ``astype``, and ``copy``, which keeps the type.

The loops are rendered with the engine's.  A number that an integer cannot hold is NumPy's to convert, which also
warns of it; what is out of the ordinary (other dtypes, casting=, subclasses, errors) is NumPy's as well.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels._loop cimport inner_t
from torsor._kernels.arrays cimport torsor_shared
from torsor._kernels.copy cimport copied, keeps_order
from torsor._kernels.engine cimport (FLOAT32, INT64, MAX_DIMS, N_CODES, Nest, Operand, Plan, arrange, check_status,
                                     find_loop, item_size, lengthen, order_axes, plan_of, run, take_array, type_code)
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, is_tensor, new_tensor, plain
from torsor._kernels.transfer cimport transfer

import numpy as np

from torsor._kernels import engine
from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_NewCopy(cnp.ndarray, cnp.NPY_ORDER) except NULL
    void Py_DECREF(PyObject *)

cdef extern from *:
    """
    #define CONVERT_DESCR(o, found) PyArray_DescrConverter(o, (PyArray_Descr **)(found))
    """
    int CONVERT_DESCR(object, PyObject **) except 0

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef inner_t _loops[N_CODES][N_CODES]           # NULL: NumPy's
cdef bint _known = False
cdef dict _named = {name: dtype for dtype in engine.DTYPES for name in (dtype.name, dtype.char, dtype.str[1:])} | {
    name: np.dtype(name) for name in ("q", "Q", "longlong", "ulonglong", "int", "float", "complex")}
_ndarray_astype = np.ndarray.astype


cdef void find_loops() except *:
    """Once the modules of loops are there."""
    global _known
    cdef int a, b
    for a in range(N_CODES):
        for b in range(N_CODES):
            types = f"{engine.CODES[a]}->{engine.CODES[b]}"
            _loops[a][b] = find_loop("cast", types)
            if _loops[a][b] == NULL:
                _loops[a][b] = find_loop("convert", types)
    _known = True


cdef inline int code_of(cnp.dtype dtype) noexcept:
    """The code of a dtype's elements; NumPy has two names for integers of 8 bytes."""
    cdef int code = type_code(dtype)
    if code < 0 and dtype.itemsize == 8 and dtype.byteorder != c">":
        return INT64 if dtype.type_num == cnp.NPY_LONGLONG else INT64 + 1 if dtype.type_num == cnp.NPY_ULONGLONG else -1
    return code


cdef object converted(cnp.ndarray a, cnp.dtype dtype):
    """The elements as those of another type, in the same order of axes; NotImplemented where NumPy converts them."""
    cdef Operand x
    cdef Nest nest
    cdef Plan plan
    cdef int perm[MAX_DIMS]
    cdef cnp.npy_intp strides[MAX_DIMS]
    cdef cnp.npy_intp size = cnp.PyArray_SIZE(a), step
    cdef int code = code_of(dtype), d, e, status
    cdef bint flat
    if code < 0 or not take_array(<PyObject *>a, &x):
        return NotImplemented
    if x.code == code and x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        result = new_tensor(x.nd, x.shape, NULL, dtype)
        transfer(<char *>cnp.PyArray_DATA(<cnp.ndarray>result), x.data, x.nd, x.shape, x.strides, item_size(code))
        return result
    if not _known:
        find_loops()
    if _loops[x.code][code] == NULL:
        return NotImplemented
    plan = plan_of(_loops[x.code][code], 0.25 + (item_size(x.code) + item_size(code)) / 16.0)
    plan.code[0], plan.code[1], plan.checked = x.code, code, x.code >= FLOAT32
    nest.nd, nest.nargs = x.nd, 2
    nest.data[0] = x.data
    flat = x.flags & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS) != 0
    if x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        result = new_tensor(x.nd, x.shape, NULL, dtype)
    else:
        for d in range(x.nd):
            nest.shape[d] = x.shape[d]
            nest.strides[0][d] = 0 if x.shape[d] == 1 else x.strides[d]
            if x.strides[d] == 0 and x.shape[d] > 1:
                return NotImplemented           # which NumPy takes for the innermost axis here
            nest.strides[1][d] = 0
        if not flat:
            order_axes(&nest, perm)
        step = item_size(code)
        for d in range(x.nd - 1, -1, -1):
            e = x.nd - 1 - d if flat else perm[d]
            strides[e] = step
            step *= x.shape[e] if x.shape[e] else 1
        result = new_tensor(x.nd, x.shape, strides, dtype)
        memcpy(nest.strides[1], strides, x.nd * sizeof(cnp.npy_intp))
    nest.data[1] = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    if size == 0:
        return result
    if flat:
        nest.nd, nest.shape[0] = 1, size
        nest.strides[0][0], nest.strides[1][0] = item_size(x.code), item_size(code)
    else:
        arrange(&nest, perm)
        lengthen(&nest)
    status = run(&plan, &nest, 1, size)
    if status:
        if code < FLOAT32:
            return NotImplemented
        check_status("cast", status)
    return result


cdef object cast(object a, object dtype, bint always):
    """The array as one of a dtype, the array itself where it is and no copy is wanted; NotImplemented: NumPy's."""
    cdef PyObject *found = NULL
    cdef object given
    if dtype is None:
        return NotImplemented
    if isinstance(dtype, cnp.dtype):
        given = dtype
    elif type(dtype) is str:
        given = _named.get(dtype)               # NumPy warns of other names, and only once
        if given is None:
            return NotImplemented
    else:
        try:
            CONVERT_DESCR(dtype, &found)
        except Exception:
            return NotImplemented               # NumPy says why
        given = <object>found
        Py_DECREF(found)
    if (<cnp.ndarray>a).descr is given:
        if not always:
            return a
        if type_code(given) < 0:
            return NotImplemented
        if keeps_order(a, False):
            return copied(a, False)
        if keeps_order(a, True):
            return copied(a, True)
        return as_tensor(PyArray_NewCopy(plain(a), cnp.NPY_KEEPORDER), False)
    return converted(a, given)


def astype_method(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """A copy of the array with another dtype; see :meth:`numpy.ndarray.astype`."""
    if is_tensor(<PyObject *>self) and type(order) is str and order == "K" and (
            type(casting) is str and casting == "unsafe") and type(copy) is bool and subok is True:
        result = cast(self, dtype, copy)
        if result is not NotImplemented:
            return result
    return _ndarray_astype(self, dtype, order, casting, subok, copy)


def astype(x, dtype, /, *, copy=True, device=None):
    """A copy of an array with another dtype; see :func:`numpy.astype`."""
    if is_array(<PyObject *>x) and copy is True and device is None:
        result = cast(x, dtype, True)
        if result is not NotImplemented:
            return result
    return call_plain(np.astype, (x, dtype), {"copy": copy, "device": device})
