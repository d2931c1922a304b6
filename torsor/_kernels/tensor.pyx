"""Tensors seen from C: creation from the pool, and the way to NumPy and back.

NumPy's functions see plain ndarrays over the same memory (``plain``), so that inside them nothing is
dispatched; their results come back as Tensors (``adopt``), and the very array that went in comes back
as the very Tensor it was made of.  The class itself is torsor/tensor.py.
"""
cimport numpy as cnp
from cpython.object cimport PyObject, PyTypeObject
from cpython.pycapsule cimport PyCapsule_New
from libc.string cimport memcmp
from cpython.ref cimport Py_DECREF, Py_INCREF
from torsor._kernels cimport storage

from numpy._core._exceptions import _ArrayMemoryError

cdef extern from "tensor.h":
    object torsor_wrap_memory(PyTypeObject *type, cnp.dtype descr, int nd, const cnp.npy_intp *shape,
                              const cnp.npy_intp *strides, void *data, object handler)
    object torsor_view(object a, PyTypeObject *type)
    object torsor_adopt(PyObject *r)
    void torsor_set_type(object type)
    int torsor_adoptable "torsor_shared->adoptable"
    void *torsor_shared

cdef extern from "Python.h":
    PyObject *PyObject_Vectorcall(object, PyObject **, size_t, PyObject *) except NULL

cdef extern from *:
    object PyDataMem_SetHandler(object handler)
    PyTypeObject *ndarray_type "(&PyArray_Type)"
    bint mul_overflow "__builtin_mul_overflow"(Py_ssize_t, Py_ssize_t, Py_ssize_t *) nogil

cnp.import_array()


def set_type(type cls):
    """Tell the kernels which class their results have; called once, by torsor/tensor.py."""
    torsor_set_type(cls)


def is_adoptable():
    """Whether NumPy's results become Tensors in place, without a view."""
    return bool(torsor_adoptable)


SHARED = PyCapsule_New(torsor_shared, b"torsor.shared", NULL)


cdef object new_tensor(int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, cnp.dtype dtype,
                       bint zeroed=False):
    """A Tensor over new memory, initialised only where it shall be zero; strides NULL is C order."""
    cdef Py_ssize_t size = dtype.itemsize
    cdef int k
    cdef void *data
    for k in range(nd):
        if mul_overflow(size, shape[k], &size):
            raise ValueError("array is too big; `arr.size * arr.dtype.itemsize` is larger than the "
                             "maximum possible size.")
    data = storage.allocate_zeroed(size) if zeroed else storage.allocate(size)
    if data == NULL:
        raise _ArrayMemoryError(tuple([shape[k] for k in range(nd)]), dtype)
    try:
        return torsor_wrap_memory(tensor_type, dtype, nd, shape, strides, data, storage.handler)
    except BaseException:
        storage.release(data, size)
        raise


cdef object plain(object tensor):
    """An ndarray over the Tensor's memory."""
    return torsor_view(tensor, ndarray_type)


cdef object adopt(PyObject *stolen):
    """The Tensor that a new ndarray becomes."""
    return torsor_adopt(stolen)


cdef bint shows_all(cnp.ndarray view, cnp.ndarray base):
    """Whether a view is its base array once more."""
    cdef size_t n = view.ndim * sizeof(cnp.npy_intp)
    return (view.data == base.data and view.ndim == base.ndim and view.descr is base.descr
            and memcmp(view.shape, base.shape, n) == 0 and memcmp(view.strides, base.strides, n) == 0
            and cnp.PyArray_FLAGS(view) & ~cnp.NPY_ARRAY_OWNDATA == cnp.PyArray_FLAGS(base) & ~cnp.NPY_ARRAY_OWNDATA)


cdef object as_tensor(PyObject *stolen, bint may_be_argument):
    """A result of NumPy's with Tensors for its ndarrays.

    A function that returns the very array it found makes an ndarray of a Tensor first: there the Tensor
    itself is the result.
    """
    cdef object result
    cdef PyObject *base
    if is_ndarray(stolen):
        base = <PyObject *>cnp.PyArray_BASE(<cnp.ndarray>stolen)
        if may_be_argument and base != NULL and is_tensor(base) and shows_all(<cnp.ndarray>stolen, <cnp.ndarray>base):
            result = <object>base
            Py_DECREF(<object>stolen)
            return result
        return torsor_adopt(stolen)
    result = <object>stolen
    Py_DECREF(result)
    if isinstance(result, (tuple, list)):
        return (<_Views>_Views.__new__(_Views)).give(result)
    return result


cdef enum:
    POOLED = 1 << 16        # bytes of an operand from which on NumPy's results come from the pool


cdef class _Views:
    """The ndarrays that stand for Tensors during one call of a NumPy function."""
    cdef list views, tensors
    cdef bint large         # whether one of them is worth a result from the pool

    cdef object take(self, object x, int depth):
        cdef object item
        if depth < 0:
            return x
        if is_tensor(<PyObject *>x):
            view = plain(x)
            self.large |= cnp.PyArray_NBYTES(x) >= POOLED
            if self.views is None:
                self.views, self.tensors = [view], [x]
            else:
                self.views.append(view)
                self.tensors.append(x)
            return view
        if depth and (type(x) is list or type(x) is tuple):
            for item in x:
                if is_tensor(<PyObject *>item) or type(item) is list or type(item) is tuple:
                    break
            else:
                return x
            found = 0 if self.views is None else len(self.views)
            taken = [self.take(item, depth - 1) for item in x]
            if self.views is not None and len(self.views) > found:
                return taken if type(x) is list else tuple(taken)
        return x

    cdef object keep(self, object x):
        """Where the result is this array, or one of this tuple, it is what the caller gets."""
        cdef object item
        if is_ndarray(<PyObject *>x):
            if self.views is None:
                self.views, self.tensors = [], []
            self.views.append(x)
            self.tensors.append(x)
        elif type(x) is tuple:
            for item in x:
                self.keep(item)

    cdef object give(self, object result):
        cdef Py_ssize_t k
        if is_ndarray(<PyObject *>result):
            if self.views is not None:
                for k in range(len(self.views)):
                    if self.views[k] is result:
                        return self.tensors[k]
            return None      # the caller holds the only reference and adopts it
        if isinstance(result, (tuple, list)):
            for item in result:
                if is_ndarray(<PyObject *>item) or type(item) is tuple or type(item) is list:
                    break
            else:
                return result
            given = [self.tensor(item) for item in result]
            if type(result) is list:
                return given
            if type(result) is tuple:
                return tuple(given)
            if hasattr(result, "_fields"):
                return type(result)(*given)
        return result

    cdef object tensor(self, object result):
        """The same for one item of a container, which others may hold as well."""
        given = self.give(result)
        return torsor_view(result, tensor_type) if given is None and result is not None else given


cdef object call_plain(object function, tuple args, dict kwargs, int depth=2, bint ufunc=False):
    """Call a function of NumPy's on ndarrays and return Tensors, or the ndarray given as out.

    depth: of lists that are looked into; ufunc: what is returned of the arguments can only be out.
    """
    cdef _Views views = _Views.__new__(_Views)
    cdef tuple plain_args = tuple([views.take(x, depth) for x in args])
    cdef PyObject *owned
    if ufunc:
        views.keep(args)
    if kwargs:
        views.keep(kwargs.get("out"))
        kwargs = {key: views.take(x, depth) for key, x in kwargs.items()}
    if views.large:
        before = PyDataMem_SetHandler(storage.handler)
        try:
            result = function(*plain_args, **kwargs) if kwargs else function(*plain_args)
        finally:
            PyDataMem_SetHandler(before)
    else:
        result = function(*plain_args, **kwargs) if kwargs else function(*plain_args)
    plain_args = None
    given = views.give(result)
    if given is not None or result is None:
        return given
    owned = <PyObject *>result
    Py_INCREF(result)
    result = None
    return adopt(owned)


cdef inline bint holds_no_array(PyObject *x):
    return <object>x is None or type(<object>x) in (int, float, bool, str, complex, type)


cdef object call_on_inputs(object function, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    """The same, by a shorter way, for a function of NumPy's whose result is none of its arguments.

    args: n arguments, followed by those that kwnames names; an array among these is left to call_plain.
    """
    cdef PyObject *given[MAX_INPUTS]
    cdef list views = []
    cdef tuple names = () if kwnames == NULL else <tuple>kwnames
    cdef Py_ssize_t k, total = n + len(names)
    cdef bint large = False, usual = total <= MAX_INPUTS
    cdef PyObject *owned
    if usual:
        for k in range(total):
            given[k] = args[k]
            if k < n and is_tensor(args[k]):
                view = plain(<object>args[k])
                views.append(view)
                given[k] = <PyObject *>view
                large |= cnp.PyArray_NBYTES(<cnp.ndarray>args[k]) >= POOLED
            elif not (k < n and is_ndarray(args[k]) or holds_no_array(args[k])):
                usual = False
                break
    if not usual:
        return call_plain(function, tuple([<object>args[k] for k in range(n)]),
                          {names[k]: <object>args[n + k] for k in range(len(names))}, 2, True)
    before = PyDataMem_SetHandler(storage.handler) if large else None
    try:
        owned = PyObject_Vectorcall(function, given, n, kwnames)
    finally:
        if large:
            PyDataMem_SetHandler(before)
    return as_tensor(owned, False)
