"""Views of an array's memory: axes moved, added, dropped, turned round, broadcast.

No element moves.  What is out of the ordinary (other classes, odd arguments, errors) goes to NumPy's own
function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcmp, memcpy
from torsor._kernels.arrays cimport is_viewable, read_axis, read_int, read_shape, torsor_part, torsor_shared
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, is_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_Ravel(cnp.ndarray, int) except NULL
    ctypedef struct PyArray_Dims:
        cnp.npy_intp *ptr
        int len
    PyObject *PyArray_Newshape(cnp.ndarray, PyArray_Dims *, int) except NULL
    PyObject *PyArray_Diagonal(cnp.ndarray, int, int, int) except NULL

cdef extern from *:
    """
    /* A flag of NumPy's that its headers do not show. */
    #define TORSOR_WARN_ON_WRITE ((int)(1U << 31))
    """
    int WARN_ON_WRITE "TORSOR_WARN_ON_WRITE"
    bint mul_overflow "__builtin_mul_overflow"(Py_ssize_t, Py_ssize_t, Py_ssize_t *) nogil

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MOST = 40                   # axes of a view: of an array, and a few more

cdef struct View:
    int nd
    cnp.npy_intp shape[MOST]
    cnp.npy_intp strides[MOST]
    char *data


cdef inline void look(View *v, object a):
    v.nd = cnp.PyArray_NDIM(<cnp.ndarray>a)
    memcpy(v.shape, cnp.PyArray_DIMS(<cnp.ndarray>a), v.nd * sizeof(cnp.npy_intp))
    memcpy(v.strides, cnp.PyArray_STRIDES(<cnp.ndarray>a), v.nd * sizeof(cnp.npy_intp))
    v.data = <char *>cnp.PyArray_DATA(<cnp.ndarray>a)


cdef inline object show(View *v, object a):
    return torsor_part(a, v.nd, v.shape, v.strides, v.data)


cdef inline void insert(View *v, int at, cnp.npy_intp n, cnp.npy_intp stride) noexcept:
    cdef int k
    for k in range(v.nd, at, -1):
        v.shape[k], v.strides[k] = v.shape[k - 1], v.strides[k - 1]
    v.shape[at], v.strides[at] = n, stride
    v.nd += 1


cdef inline void drop(View *v, int at) noexcept:
    cdef int k
    v.nd -= 1
    for k in range(at, v.nd):
        v.shape[k], v.strides[k] = v.shape[k + 1], v.strides[k + 1]


cdef inline void move(View *v, int source, int to) noexcept:
    cdef cnp.npy_intp n = v.shape[source], stride = v.strides[source]
    drop(v, source)
    insert(v, to, n, stride)


cdef inline void swap(View *v, int a, int b) noexcept:
    v.shape[a], v.shape[b] = v.shape[b], v.shape[a]
    v.strides[a], v.strides[b] = v.strides[b], v.strides[a]


cdef inline void turn(View *v, int axis) noexcept:
    if v.shape[axis]:
        v.data += (v.shape[axis] - 1) * v.strides[axis]
    v.strides[axis] = -v.strides[axis]


# ---------------------------------------------------------------------------------------- axes

def moveaxis(a, source, destination):
    """Move axes to other places; see :func:`numpy.moveaxis`."""
    cdef View v
    cdef int old, new
    if is_viewable(a):
        look(&v, a)
        if read_axis(source, v.nd, &old) and read_axis(destination, v.nd, &new):
            move(&v, old, new)
            return show(&v, a)
    return call_plain(np.moveaxis, (a, source, destination), None)


def rollaxis(a, axis, start=0):
    """Roll one axis backwards; see :func:`numpy.rollaxis`."""
    cdef View v
    cdef int old
    cdef Py_ssize_t new
    if is_viewable(a):
        look(&v, a)
        if read_axis(axis, v.nd, &old) and read_int(start, &new) and -v.nd <= new <= v.nd:
            if new < 0:
                new += v.nd
            move(&v, old, <int>new - 1 if old < new else <int>new)
            return show(&v, a)
    return call_plain(np.rollaxis, (a, axis, start), None)


def swapaxes(a, axis1, axis2):
    """Exchange two axes; see :func:`numpy.swapaxes`."""
    cdef View v
    cdef int one, other
    if is_viewable(a):
        look(&v, a)
        if read_axis(axis1, v.nd, &one) and read_axis(axis2, v.nd, &other):
            swap(&v, one, other)
            return show(&v, a)
    return call_plain(np.swapaxes, (a, axis1, axis2), None)


def transpose(a, axes=None):
    """The axes in reverse, or in another order; see :func:`numpy.transpose`."""
    cdef View v, w
    cdef int k, axis
    cdef unsigned long long seen = 0
    if is_viewable(a):
        look(&v, a)
        w.nd, w.data = v.nd, v.data
        if axes is None:
            for k in range(v.nd):
                w.shape[k], w.strides[k] = v.shape[v.nd - 1 - k], v.strides[v.nd - 1 - k]
            return show(&w, a)
        if type(axes) is tuple and len(axes) == v.nd:
            for k in range(v.nd):
                if not read_axis((<tuple>axes)[k], v.nd, &axis) or seen >> axis & 1:
                    break
                seen |= <unsigned long long>1 << axis
                w.shape[k], w.strides[k] = v.shape[axis], v.strides[axis]
            else:
                return show(&w, a)
    return call_plain(np.transpose, (a, axes), None)


def expand_dims(a, axis):
    """Insert axes of length 1; see :func:`numpy.expand_dims`."""
    cdef View v
    cdef int at, k, n, nd
    cdef unsigned long long new = 0
    if is_viewable(a):
        look(&v, a)
        if read_axis(axis, v.nd + 1, &at):
            insert(&v, at, 1, 0)
            return show(&v, a)
        if type(axis) is tuple and len(<tuple>axis) <= 4:
            n = len(<tuple>axis)
            nd = v.nd + n
            for k in range(n):
                if not read_axis((<tuple>axis)[k], nd, &at) or new >> at & 1:
                    break
                new |= <unsigned long long>1 << at
            else:
                for at in range(nd):
                    if new >> at & 1:
                        insert(&v, at, 1, 0)
                return show(&v, a)
    return call_plain(np.expand_dims, (a, axis), None)


def squeeze(a, axis=None):
    """Drop axes of length 1; see :func:`numpy.squeeze`."""
    cdef View v
    cdef int k, nd
    if is_viewable(a):
        look(&v, a)
        nd = v.nd
        if axis is None:
            for k in range(nd - 1, -1, -1):
                if v.shape[k] == 1:
                    drop(&v, k)
            return a if v.nd == nd and is_tensor(<PyObject *>a) else show(&v, a)
        if read_axis(axis, nd, &k) and v.shape[k] == 1:
            drop(&v, k)
            return show(&v, a)
    return call_plain(np.squeeze, (a,), None if axis is None else {"axis": axis})


cdef object atleast(object a, int least):
    """The array, with axes of length 1 put in front or behind as atleast_3d does; NotImplemented for others."""
    cdef View v
    if not is_viewable(a):
        return NotImplemented
    look(&v, a)
    if v.nd >= least and is_tensor(<PyObject *>a):
        return a
    if v.nd == 0:
        while v.nd < least:
            insert(&v, 0, 1, 0)
    elif v.nd == 1 and least > 1:
        insert(&v, 0, 1, 0)
    if v.nd == 2 and least > 2:
        insert(&v, 2, 1, 0)
    return show(&v, a)


cdef object all_atleast(object function, tuple arrays, int least):
    cdef list found = []
    for a in arrays:
        view = atleast(a, least)
        if view is NotImplemented:
            return call_plain(function, arrays, None)
        found.append(view)
    return found[0] if len(found) == 1 else tuple(found)


def atleast_1d(*arys):
    """Arrays with one axis or more; see :func:`numpy.atleast_1d`."""
    return all_atleast(np.atleast_1d, arys, 1)


def atleast_2d(*arys):
    """Arrays with two axes or more; see :func:`numpy.atleast_2d`."""
    return all_atleast(np.atleast_2d, arys, 2)


def atleast_3d(*arys):
    """Arrays with three axes or more; see :func:`numpy.atleast_3d`."""
    return all_atleast(np.atleast_3d, arys, 3)


# ---------------------------------------------------------------------------------------- direction

def flip(m, axis=None):
    """Reverse the elements along axes; see :func:`numpy.flip`."""
    cdef View v
    cdef int k
    if is_viewable(m):
        look(&v, m)
        if axis is None:
            for k in range(v.nd):
                turn(&v, k)
            if v.nd:
                return show(&v, m)
        elif read_axis(axis, v.nd, &k):
            turn(&v, k)
            return show(&v, m)
    return call_plain(np.flip, (m, axis), None)


def fliplr(m):
    """Reverse the elements along the second axis; see :func:`numpy.fliplr`."""
    cdef View v
    if is_viewable(m) and cnp.PyArray_NDIM(<cnp.ndarray>m) > 1:
        look(&v, m)
        turn(&v, 1)
        return show(&v, m)
    return call_plain(np.fliplr, (m,), None)


def flipud(m):
    """Reverse the elements along the first axis; see :func:`numpy.flipud`."""
    cdef View v
    if is_viewable(m) and cnp.PyArray_NDIM(<cnp.ndarray>m) > 0:
        look(&v, m)
        turn(&v, 0)
        return show(&v, m)
    return call_plain(np.flipud, (m,), None)


def rot90(m, k=1, axes=(0, 1)):
    """Turn an array by quarters in the plane of two axes; see :func:`numpy.rot90`."""
    cdef View v
    cdef int a, b, quarters
    cdef Py_ssize_t times
    if is_viewable(m) and read_int(k, &times) and type(axes) is tuple and len(<tuple>axes) == 2:
        look(&v, m)
        if read_axis((<tuple>axes)[0], v.nd, &a) and read_axis((<tuple>axes)[1], v.nd, &b) and a != b:
            quarters = <int>(times & 3)
            if quarters == 1 or quarters == 2:
                turn(&v, b)
            if quarters == 3 or quarters == 2:
                turn(&v, a)
            if quarters & 1:
                swap(&v, a, b)
            return show(&v, m)
    return call_plain(np.rot90, (m, k, axes), None)


# ---------------------------------------------------------------------------------------- shapes

def ravel(a, order="C"):
    """The elements in one row; see :func:`numpy.ravel`."""
    if is_viewable(a) and type(order) is str and order == "C":
        return as_tensor(PyArray_Ravel(<cnp.ndarray>a, cnp.NPY_CORDER), False)
    return call_plain(np.ravel, (a, order), None)


def reshape(a, /, shape, order="C", *, copy=None):
    """The same elements in another shape; see :func:`numpy.reshape`."""
    cdef cnp.npy_intp dims[32]
    cdef PyArray_Dims wanted
    cdef Py_ssize_t n
    cdef int k
    if is_viewable(a) and type(order) is str and order == "C" and copy is None:
        given = shape if type(shape) is tuple else (shape,)
        wanted.ptr, wanted.len = dims, 0
        if len(<tuple>given) <= 32:
            for k in range(<int>len(<tuple>given)):
                if not read_int((<tuple>given)[k], &n):
                    break
                dims[k] = n
            else:
                wanted.len = <int>len(<tuple>given)
                return as_tensor(PyArray_Newshape(<cnp.ndarray>a, &wanted, cnp.NPY_CORDER), False)
    return call_plain(np.reshape, (a, shape, order), {"copy": copy})


def diagonal(a, offset=0, axis1=0, axis2=1):
    """A diagonal, which is not to be written to; see :func:`numpy.diagonal`."""
    cdef int one, other, nd
    cdef Py_ssize_t k
    if is_viewable(a):
        nd = cnp.PyArray_NDIM(<cnp.ndarray>a)
        if (nd > 1 and read_axis(axis1, nd, &one) and read_axis(axis2, nd, &other) and one != other
                and read_int(offset, &k) and -1 << 30 < k < 1 << 30):
            return as_tensor(PyArray_Diagonal(<cnp.ndarray>a, <int>k, one, other), False)
    return call_plain(np.diagonal, (a, offset, axis1, axis2), None)


cdef bint stretch(View *v, const cnp.npy_intp *shape, int nd) noexcept:
    """Broadcast to a shape; 0 where that cannot be."""
    cdef int d
    if nd < v.nd:
        return False
    while v.nd < nd:
        insert(v, 0, 1, 0)
    for d in range(nd):
        if v.shape[d] != shape[d]:
            if v.shape[d] != 1:
                return False
            v.shape[d], v.strides[d] = shape[d], 0
    return True


def broadcast_to(array, shape, subok=False):
    """A read-only view in another shape; see :func:`numpy.broadcast_to`."""
    cdef View v
    cdef cnp.npy_intp dims[MOST]
    cdef int nd
    if is_viewable(array):
        nd = read_shape(shape, dims)
        look(&v, array)
        if nd >= 0 and stretch(&v, dims, nd):
            result = show(&v, array)
            cnp.PyArray_CLEARFLAGS(<cnp.ndarray>result, cnp.NPY_ARRAY_WRITEABLE)
            return result
    return call_plain(np.broadcast_to, (array, shape, subok), None)


def broadcast_arrays(*args, subok=False):
    """Views of arrays in their common shape; see :func:`numpy.broadcast_arrays`."""
    cdef View v
    cdef cnp.npy_intp shape[MOST]
    cdef int d, e, nd = 0
    cdef cnp.npy_intp n
    cdef Py_ssize_t total = 1 << 10         # the largest element is smaller
    cdef cnp.ndarray x
    cdef list found = []
    for d in range(MOST):
        shape[d] = 1
    for a in args:                          # shapes from their ends
        if not is_viewable(a):
            return call_plain(np.broadcast_arrays, args, {"subok": subok})
        x = <cnp.ndarray>a
        nd = max(nd, x.ndim)
        for d in range(x.ndim):
            e = MOST - x.ndim + d
            n = x.shape[d]
            if shape[e] == 1:
                shape[e] = n
            elif n != 1 and n != shape[e]:
                return call_plain(np.broadcast_arrays, args, {"subok": subok})
    for d in range(MOST - nd, MOST):
        if mul_overflow(total, shape[d] if shape[d] else 1, &total):
            return call_plain(np.broadcast_arrays, args, {"subok": subok})
    for a in args:
        x = <cnp.ndarray>a
        if x.ndim == nd and memcmp(x.shape, shape + MOST - nd, nd * sizeof(cnp.npy_intp)) == 0:
            if is_tensor(<PyObject *>a):
                found.append(a)
                continue
            look(&v, a)
            found.append(show(&v, a))
            continue
        look(&v, a)
        stretch(&v, shape + MOST - nd, nd)
        result = show(&v, a)
        if cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_WRITEABLE:
            cnp.PyArray_ENABLEFLAGS(<cnp.ndarray>result, WARN_ON_WRITE)
        found.append(result)
    return tuple(found)


# ---------------------------------------------------------------------------------------- pieces

cdef object pieces(object ary, object sections, object axis, bint even):
    """Views of the parts of an array along an axis, so many or between indices; NotImplemented where NumPy cuts it."""
    cdef View v
    cdef char *data
    cdef cnp.npy_intp n, stride
    cdef Py_ssize_t count, k, start, stop
    cdef int along
    cdef list found = []
    if not is_viewable(ary) or cnp.PyArray_NDIM(<cnp.ndarray>ary) == 0:
        return NotImplemented
    look(&v, ary)
    if not read_axis(axis, v.nd, &along):
        return NotImplemented
    n, stride, data = v.shape[along], v.strides[along], v.data
    if read_int(sections, &count):
        if not 0 < count <= n or even and n % count:
            return NotImplemented
        for k in range(count):
            start, stop = n // count * k + min(k, n % count), n // count * (k + 1) + min(k + 1, n % count)
            v.shape[along], v.data = stop - start, data + start * stride
            found.append(show(&v, ary))
        return found
    if type(sections) is not list and type(sections) is not tuple:
        return NotImplemented
    start = 0
    for k in range(len(sections) + 1):
        stop = n
        if k < len(sections) and not read_int(sections[k], &stop) or stop < 0:
            return NotImplemented
        v.shape[along] = max(min(<cnp.npy_intp>stop, n) - start, <cnp.npy_intp>0)
        v.data = data + start * stride if v.shape[along] else data
        found.append(show(&v, ary))
        start = min(<cnp.npy_intp>stop, n)
    return found


def split(ary, indices_or_sections, axis=0):
    """Views of the parts of an array, equal ones or between indices; see :func:`numpy.split`."""
    result = pieces(ary, indices_or_sections, axis, True)
    return call_plain(np.split, (ary, indices_or_sections, axis), None) if result is NotImplemented else result


def array_split(ary, indices_or_sections, axis=0):
    """Views of the parts of an array, of nearly equal length or between indices; see :func:`numpy.array_split`."""
    result = pieces(ary, indices_or_sections, axis, False)
    return call_plain(np.array_split, (ary, indices_or_sections, axis), None) if result is NotImplemented else result


cdef object split_of(object function, object ary, object sections, int least, int axis):
    """One of those below, of arrays with so many axes or more."""
    result = NotImplemented
    if is_array(<PyObject *>ary) and cnp.PyArray_NDIM(<cnp.ndarray>ary) >= least:
        result = pieces(ary, sections, min(axis, cnp.PyArray_NDIM(<cnp.ndarray>ary) - 1), True)
    return call_plain(function, (ary, sections), None) if result is NotImplemented else result


def hsplit(ary, indices_or_sections):
    """Views of the parts of an array along its second axis; see :func:`numpy.hsplit`."""
    return split_of(np.hsplit, ary, indices_or_sections, 1, 1)


def vsplit(ary, indices_or_sections):
    """Views of the parts of an array along its first axis; see :func:`numpy.vsplit`."""
    return split_of(np.vsplit, ary, indices_or_sections, 2, 0)


def dsplit(ary, indices_or_sections):
    """Views of the parts of an array along its third axis; see :func:`numpy.dsplit`."""
    return split_of(np.dsplit, ary, indices_or_sections, 3, 2)


# ---------------------------------------------------------------------------------------- what an array is

def ndim(a):
    """The number of axes; see :func:`numpy.ndim`."""
    if is_array(<PyObject *>a):
        return cnp.PyArray_NDIM(<cnp.ndarray>a)
    return call_plain(np.ndim, (a,), None)


def shape(a):
    """The lengths of the axes; see :func:`numpy.shape`."""
    if is_array(<PyObject *>a):
        return a.shape
    return call_plain(np.shape, (a,), None)


def size(a, axis=None):
    """The number of elements, of all or along axes; see :func:`numpy.size`."""
    cdef int k
    if is_array(<PyObject *>a):
        if axis is None:
            return cnp.PyArray_SIZE(<cnp.ndarray>a)
        if read_axis(axis, cnp.PyArray_NDIM(<cnp.ndarray>a), &k):
            return cnp.PyArray_DIM(<cnp.ndarray>a, k)
    return call_plain(np.size, (a, axis), None)
