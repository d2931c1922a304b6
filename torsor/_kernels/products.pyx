"""Matrix products: matmul, dot and their relatives.

Knows dtypes, shapes and results; how a product runs is stack.pyx's.
What is out of the ordinary (other dtypes, subclasses, keywords, empty operands, errors) is answered with
NotImplemented, and NumPy's own function does it on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from cpython.ref cimport Py_INCREF
from libc.limits cimport INT_MAX
from torsor._kernels.blas cimport routines
from torsor._kernels.engine cimport Nest, Ufunc, call_numpy, check_status, code_dtype, item_size, order_axes, type_code
from torsor._kernels.stack cimport MAX_LOOPS, Core, Stack, arrange, execute, find_product, intp, is_matrix, is_vector
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np
from torsor._kernels import tensor as _tensor
from torsor._kernels.engine import DTYPES

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "vectorcall.h":
    void enable_vectorcall(PyObject *type, Py_ssize_t offset)

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t)

cdef extern from "numpy/arrayobject.h":
    object PyArray_CastToType(cnp.ndarray, cnp.dtype, int)
    object PyArray_NewCopy(cnp.ndarray, int)
    object PyArray_Ravel(cnp.ndarray, int)
    object PyArray_Scalar(void *, cnp.dtype, object)
    int PyArray_CopyInto(cnp.ndarray, cnp.ndarray) except -1

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    N_CODES = 13
    FLOAT32 = 9                 # the engine's code of the first of BLAS's four types
    MAX_DIMS = 64
    LEAST = 8000                # multiplications in half precision that are worth another type

cdef int _common[N_CODES][N_CODES]      # the code to compute in, -1 where that is NumPy's

for _i, _x in enumerate(DTYPES):
    for _j, _y in enumerate(DTYPES):
        _common[_i][_j] = type_code(np.promote_types(_x, _y))


cdef inline int common_code(cnp.ndarray a, cnp.ndarray b) noexcept:
    cdef int x = type_code(a.descr), y = type_code(b.descr)
    if x < 0 or y < 0 or not cnp.PyArray_ISALIGNED(a) or not cnp.PyArray_ISALIGNED(b):
        return -1
    return _common[x][y]


cdef inline bint is_ready(cnp.ndarray x, int nd, int size) noexcept:
    """Whether BLAS reads the last nd dimensions where they are."""
    cdef intp *shape = cnp.PyArray_DIMS(x) + cnp.PyArray_NDIM(x) - nd
    cdef intp *strides = cnp.PyArray_STRIDES(x) + cnp.PyArray_NDIM(x) - nd
    if nd == 1:
        return is_vector(strides[0], shape[0], size)
    return is_matrix(strides[0], strides[1], shape[0], shape[1], size)


cdef inline cnp.ndarray ready(cnp.ndarray x, int nd, int code):
    """The operand itself, or what BLAS can read of it: in the common dtype, in order."""
    cdef cnp.dtype dtype
    if type_code(x.descr) != code:
        dtype = code_dtype(code)
        Py_INCREF(dtype)                # which the function takes over
        return PyArray_CastToType(x, dtype, 0)
    if is_ready(x, nd, item_size(code)):
        return x
    return PyArray_NewCopy(x, cnp.NPY_CORDER)


cdef inline bint is_half(cnp.ndarray a, cnp.ndarray b, object out, cnp.npy_intp columns) noexcept:
    """Whether both are of half precision, and their product, with so many columns, takes far longer than to convert."""
    cdef double work = <double>cnp.PyArray_SIZE(a) * columns
    return (out is None and a.descr.type_num == b.descr.type_num == cnp.NPY_FLOAT16
            and cnp.PyArray_ISNOTSWAPPED(a) and cnp.PyArray_ISNOTSWAPPED(b)
            and work >= LEAST and work >= 8.0 * (cnp.PyArray_SIZE(a) + cnp.PyArray_SIZE(b)))


cdef cnp.ndarray single(cnp.ndarray x):
    """In single precision, where products of such numbers and their sums are quick."""
    cdef cnp.dtype dtype = code_dtype(FLOAT32)
    Py_INCREF(dtype)
    return PyArray_CastToType(x, dtype, 0)


cdef object half(object found):
    """A product in single precision rounded to half; NotImplemented where NumPy may have to warn."""
    if found is NotImplemented:
        return found
    with np.errstate(all="ignore"):
        found = found.astype(np.float16)
    if not np.isfinite(found).all() or np.geterr()["under"] != "ignore":
        return NotImplemented
    return found


cdef int set_core(Core *p, int code, cnp.ndarray a, int na, cnp.ndarray b, int nb, bint last) except -1:
    """Sizes and strides of a product of a's last na and b's last nb dimensions, the result in C order.

    The sum is over the last dimension of a, and of b over its first of nb, or its last.
    """
    cdef intp *shape = cnp.PyArray_DIMS(a) + cnp.PyArray_NDIM(a) - na
    cdef intp *strides = cnp.PyArray_STRIDES(a) + cnp.PyArray_NDIM(a) - na
    p.type, p.size = max(code - FLOAT32, 0), item_size(code)
    p.whole, p.blas = NULL, NULL
    if code < FLOAT32:
        p.whole = find_product(p.size, code == 0)
    else:
        p.blas = &routines()[p.type]
    p.conjugate = p.symmetric = False
    p.k, p.ac = shape[na - 1], strides[na - 1]
    p.m, p.ar = 1, 0
    if na == 2:
        p.m, p.ar = shape[0], strides[0]
    shape = cnp.PyArray_DIMS(b) + cnp.PyArray_NDIM(b) - nb
    strides = cnp.PyArray_STRIDES(b) + cnp.PyArray_NDIM(b) - nb
    if nb == 1:
        p.br, p.n, p.bc = strides[0], 1, 0
    elif last:
        p.br, p.n, p.bc = strides[1], shape[0], strides[0]
    else:
        p.br, p.n, p.bc = strides[0], shape[1], strides[1]
    p.cr, p.cc = p.n * p.size, p.size
    return 0


cdef object finish(Stack *s, object name, object result, object out):
    """Run, and give what the caller gets: its own array, a scalar or the new Tensor."""
    cdef int status
    s.data[2] = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    arrange(s)
    status = execute(s)
    if status and name is not None:
        check_status(name, status)
    if out is not None and out is not result:
        PyArray_CopyInto(<cnp.ndarray>out, <cnp.ndarray>result)
        return out
    return result


cdef object scalar(Stack *s, object name, cnp.dtype dtype):
    """Run a single product of two vectors."""
    cdef double value[2]
    cdef int status
    s.nd, s.count = 0, 1
    s.data[2] = <char *>value
    status = execute(s)
    if status and name is not None:
        check_status(name, status)
    return PyArray_Scalar(value, dtype, None)


cdef inline bint has_shape(cnp.ndarray x, int nd, const intp *shape) noexcept:
    if cnp.PyArray_NDIM(x) != nd:
        return False
    for d in range(nd):
        if cnp.PyArray_DIMS(x)[d] != shape[d]:
            return False
    return True


# ---------------------------------------------------------------------------------------- the functions

cdef object stacked(object name, int na, int nb, bint conjugate, object a_, object b_, object out):
    """A product of the last na and nb dimensions, broadcast over the others."""
    cdef Stack s
    cdef Nest nest                  # of the dimensions to broadcast
    cdef cnp.ndarray a, b, c
    cdef cnp.dtype dtype
    cdef int code, d, e, j, nd, n_loops, axis
    cdef int perm[MAX_DIMS]
    cdef intp shape[MAX_DIMS]
    cdef intp strides[MAX_DIMS]
    cdef intp step, length
    cdef bint sorted_ = True
    cdef cnp.ndarray operand
    if not is_array(<PyObject *>a_) or not is_array(<PyObject *>b_):
        return NotImplemented
    a, b = <cnp.ndarray>a_, <cnp.ndarray>b_
    code = common_code(a, b)
    if cnp.PyArray_NDIM(a) < na or cnp.PyArray_NDIM(b) < nb:
        return NotImplemented
    if code < 0:
        if not is_half(a, b, out, 1 if nb == 1 else cnp.PyArray_DIMS(b)[cnp.PyArray_NDIM(b) - 1]):
            return NotImplemented
        return half(stacked(None, na, nb, False, single(a), single(b), None))
    if cnp.PyArray_DIMS(a)[cnp.PyArray_NDIM(a) - 1] != cnp.PyArray_DIMS(b)[cnp.PyArray_NDIM(b) - nb]:
        return NotImplemented
    if cnp.PyArray_SIZE(a) == 0 or cnp.PyArray_SIZE(b) == 0:
        return NotImplemented
    n_loops = max(cnp.PyArray_NDIM(a) - na, cnp.PyArray_NDIM(b) - nb)
    if n_loops > MAX_LOOPS:
        return NotImplemented
    for d in range(n_loops):
        shape[d] = 1
        for j in range(2):
            operand, nd = (a, cnp.PyArray_NDIM(a) - na) if j == 0 else (b, cnp.PyArray_NDIM(b) - nb)
            e = d - (n_loops - nd)
            nest.strides[j][d] = 0
            if e >= 0 and cnp.PyArray_DIMS(operand)[e] != 1:
                length = cnp.PyArray_DIMS(operand)[e]
                nest.strides[j][d] = cnp.PyArray_STRIDES(operand)[e]    # before any copy: for the order
                if shape[d] != 1 and shape[d] != length:
                    return NotImplemented
                shape[d] = length
    a, b = ready(a, na, code), ready(b, nb, code)
    if conjugate:
        conjugate = code > FLOAT32 + 1
        if conjugate and nb == 2:       # BLAS conjugates in products of two vectors only
            a, conjugate = np.conjugate(a), False
    set_core(&s.core, code, a, na, b, nb, False)
    s.core.conjugate = conjugate
    if s.core.m > INT_MAX or s.core.n > INT_MAX or s.core.k > INT_MAX:
        return NotImplemented
    s.data[0], s.data[1] = <char *>cnp.PyArray_DATA(a), <char *>cnp.PyArray_DATA(b)
    s.nd = n_loops
    for d in range(n_loops):
        s.shape[d] = shape[d]
        for j in range(2):
            operand, nd = (a, cnp.PyArray_NDIM(a) - na) if j == 0 else (b, cnp.PyArray_NDIM(b) - nb)
            e = d - (n_loops - nd)
            s.strides[j][d] = 0 if e < 0 or cnp.PyArray_DIMS(operand)[e] == 1 else cnp.PyArray_STRIDES(operand)[e]
    nd = n_loops
    if na == 2:
        shape[nd] = s.core.m
        nd += 1
    if nb == 2:
        shape[nd] = s.core.n
        nd += 1
    dtype = code_dtype(code)
    if out is not None:
        c = <cnp.ndarray>out
        if not is_array(<PyObject *>out) or type_code(c.descr) != code or not has_shape(c, nd, shape) or not (
                cnp.PyArray_ISBEHAVED(c)):
            return NotImplemented
        if nd == 0 or out is a_ or out is b_ or np.may_share_memory(out, a_) or np.may_share_memory(out, b_):
            c = None
        else:
            for d in range(n_loops):
                s.strides[2][d] = cnp.PyArray_STRIDES(c)[d]
            if na == 2:
                s.core.cr = cnp.PyArray_STRIDES(c)[n_loops]
            if nb == 2:
                s.core.cc = cnp.PyArray_STRIDES(c)[nd - 1]
            if not is_matrix(s.core.cr, s.core.cc, s.core.m, s.core.n, s.core.size):
                c = None
                s.core.cr, s.core.cc = s.core.n * s.core.size, s.core.size
        if c is not None:
            return finish(&s, name, c, out)
    elif nd == 0:
        return scalar(&s, name, dtype)
    if n_loops > 1:
        nest.nd, nest.nargs = n_loops, 2
        order_axes(&nest, perm)
        for d in range(n_loops):
            sorted_ = sorted_ and perm[d] == d
    else:
        perm[0] = 0
    step = s.core.size
    for d in range(nd - 1, -1, -1):
        axis = perm[d] if d < n_loops else d
        strides[axis] = step
        step *= shape[axis]
    c = new_tensor(nd, shape, NULL if sorted_ else strides, dtype)
    for d in range(n_loops):
        s.strides[2][d] = strides[d]
    return finish(&s, name, c, out)


cdef object matmul(object a, object b, object out):
    """a @ b as numpy.matmul has it."""
    if not is_array(<PyObject *>a) or not is_array(<PyObject *>b):
        return NotImplemented
    return stacked("matmul", 1 if cnp.PyArray_NDIM(<cnp.ndarray>a) < 2 else 2,
                   1 if cnp.PyArray_NDIM(<cnp.ndarray>b) < 2 else 2, False, a, b, out)


cdef cnp.ndarray as_rows(cnp.ndarray x):
    """All but the last dimension as one."""
    if cnp.PyArray_NDIM(x) <= 2:
        return x
    return x.reshape(-1, cnp.PyArray_DIMS(x)[cnp.PyArray_NDIM(x) - 1])


cdef object contracted(object name, cnp.ndarray a, cnp.ndarray b, bint last, object out):
    """The sum over a's last dimension and over b's last, or else its last but one where it has two."""
    cdef Stack s
    cdef cnp.ndarray c
    cdef int code = common_code(a, b), nd = 0, na = cnp.PyArray_NDIM(a), nb = cnp.PyArray_NDIM(b), d
    cdef int summed = nb - 1 if last or nb == 1 else nb - 2
    cdef intp shape[MAX_DIMS]
    cdef intp step
    if code < 0 and na and nb and is_half(a, b, out, 1 if nb == 1 else cnp.PyArray_DIMS(b)[0 if last else nb - 1]):
        return half(contracted(None, single(a), single(b), last, None))
    if code < 0 or na == 0 or nb == 0 or na + nb > 60 or cnp.PyArray_SIZE(a) == 0 or cnp.PyArray_SIZE(b) == 0:
        return NotImplemented
    if cnp.PyArray_DIMS(a)[na - 1] != cnp.PyArray_DIMS(b)[summed]:
        return NotImplemented
    for d in range(na - 1):
        shape[nd] = cnp.PyArray_DIMS(a)[d]
        nd += 1
    for d in range(nb):
        if d != summed:
            shape[nd] = cnp.PyArray_DIMS(b)[d]
            nd += 1
    if out is not None and (not is_array(<PyObject *>out) or type_code((<cnp.ndarray>out).descr) != code
                            or not has_shape(<cnp.ndarray>out, nd, shape)
                            or not cnp.PyArray_ISCARRAY(<cnp.ndarray>out)):
        return NotImplemented
    a = as_rows(a)
    if last:
        b = as_rows(b)
    a, b = ready(a, min(na, 2), code), ready(b, min(nb, 2), code)
    set_core(&s.core, code, a, min(na, 2), b, min(nb, 2), last)
    s.data[0], s.data[1] = <char *>cnp.PyArray_DATA(a), <char *>cnp.PyArray_DATA(b)
    s.nd = 0
    if s.core.m > INT_MAX or s.core.n > INT_MAX or s.core.k > INT_MAX:
        return NotImplemented
    if nd == 0 and out is None:
        return scalar(&s, name, code_dtype(code))
    if nb > 2 and not last:             # one product for each matrix of b, side by side in the result
        s.nd = nb - 2
        step = s.core.n * s.core.size
        for d in range(s.nd - 1, -1, -1):
            s.shape[d] = cnp.PyArray_DIMS(b)[d]
            s.strides[0][d], s.strides[1][d], s.strides[2][d] = 0, cnp.PyArray_STRIDES(b)[d], step
            step *= s.shape[d]
        s.core.cr = step
        if step // s.core.size > INT_MAX or s.nd > MAX_LOOPS:
            return NotImplemented
    if out is None or np.may_share_memory(out, a) or np.may_share_memory(out, b):
        c = new_tensor(nd, shape, NULL, code_dtype(code))
    else:
        c = <cnp.ndarray>out
    return finish(&s, name, c, out)


def dot(a, b, out=None):
    """Dot product of two arrays; see :func:`numpy.dot`.

    Parameters
    ----------
    a, b : array_like
        Of one dimension: their inner product; of two: their matrix product; a scalar: the product of their
        elements.  Of more: the sum over the last dimension of `a` and the last but one of `b`.
    out : ndarray, optional
        Where the result goes; in C order, of the result's shape and dtype.

    Returns
    -------
    Tensor or scalar
        ``a.shape[:-1] + b.shape[:-2] + b.shape[-1:]`` in general.

    Raises
    ------
    ValueError
        If the lengths to sum over differ, or `out` is not what is asked for.
    """
    result = NotImplemented
    if is_array(<PyObject *>a) and is_array(<PyObject *>b):
        result = contracted("dot", <cnp.ndarray>a, <cnp.ndarray>b, False, out)
    if result is NotImplemented:
        return call_plain(np.dot, (a, b), {"out": out})
    return result


def inner(a, b, /):
    """Sum over the last dimensions of two arrays; see :func:`numpy.inner`.

    Parameters
    ----------
    a, b : array_like
        Their last dimensions have the same length.

    Returns
    -------
    Tensor or scalar
        Of shape ``a.shape[:-1] + b.shape[:-1]``.

    Raises
    ------
    ValueError
        If the last dimensions differ and neither operand is a scalar.
    """
    result = NotImplemented
    if is_array(<PyObject *>a) and is_array(<PyObject *>b):
        result = contracted("dot", <cnp.ndarray>a, <cnp.ndarray>b, True, None)
    if result is NotImplemented:
        return call_plain(np.inner, (a, b), None)
    return result


cdef object flat_dot(cnp.ndarray a, cnp.ndarray b):
    """The sum over all elements of conj(a) * b."""
    cdef Stack s
    cdef int code = common_code(a, b)
    cdef intp size = cnp.PyArray_SIZE(a)
    if code < 0 or size != cnp.PyArray_SIZE(b) or size == 0 or size > INT_MAX:
        return NotImplemented
    if cnp.PyArray_NDIM(a) != 1:
        a = PyArray_Ravel(a, cnp.NPY_CORDER)
    if cnp.PyArray_NDIM(b) != 1:
        b = PyArray_Ravel(b, cnp.NPY_CORDER)
    a, b = ready(a, 1, code), ready(b, 1, code)
    set_core(&s.core, code, a, 1, b, 1, False)
    s.core.conjugate = True
    s.data[0], s.data[1] = <char *>cnp.PyArray_DATA(a), <char *>cnp.PyArray_DATA(b)
    return scalar(&s, None, code_dtype(code))


def vdot(a, b, /):
    """Sum over all elements of ``conj(a) * b``; see :func:`numpy.vdot`.

    Parameters
    ----------
    a, b : array_like
        Of the same size; they are taken in C order.

    Returns
    -------
    scalar

    Raises
    ------
    ValueError
        If the sizes differ.
    """
    result = NotImplemented
    if is_array(<PyObject *>a) and is_array(<PyObject *>b):
        result = flat_dot(<cnp.ndarray>a, <cnp.ndarray>b)
    if result is NotImplemented:
        return call_plain(np.vdot, (a, b), None)
    return result


cdef object vectorcall(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Product f = <Product>self
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf)
    cdef object out = None, result
    cdef tuple names = () if kwnames == NULL else <tuple>kwnames
    if n == 2 and not names:
        result = f.apply(<object>args[0], <object>args[1], None)
        if result is not NotImplemented:
            return result
    elif (n == 3 and not names) or (n == 2 and len(names) == 1 and names[0] == "out"):
        out = <object>args[2]
        if type(out) is tuple and len(out) == 1 and n == 2:
            out = (<tuple>out)[0]
        result = f.apply(<object>args[0], <object>args[1], out)
        if result is not NotImplemented:
            return result
    return call_numpy(f, args, n, kwnames)


cdef class Product(Ufunc):
    """A product of the last dimensions of its operands that broadcasts the others, with NumPy's ufunc methods.

    Parameters
    ----------
    row : None
        It has no row of the operation table.
    numpy : numpy.ufunc
        ``numpy.matmul``, ``vecdot``, ``matvec`` or ``vecmat``.
    """
    cdef int na, nb                     # dimensions that the product takes of each operand
    cdef bint any, conjugate

    def __cinit__(self, row, numpy):
        self.any = self.__name__ == "matmul"
        self.na = 2 if self.__name__ == "matvec" else 1
        self.nb = 2 if self.__name__ == "vecmat" else 1
        self.conjugate = self.__name__ in ("vecdot", "vecmat")
        self.vectorcall = <void *>vectorcall

    @property
    def __doc__(self):
        return self.numpy.__doc__

    cdef object apply(self, object a, object b, object out):
        if self.any:
            return matmul(a, b, out)
        return stacked(self.__name__, self.na, self.nb, self.conjugate, a, b, out)


cdef Py_ssize_t _offset(Product f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


enable_vectorcall(<PyObject *>Product, _offset(Product(None, np.matmul)))
