"""Functions that are compiled for the types of their arguments: the short way from a call to its program.

What a function becomes is decided in torsor/fusion/functions.py, and kept here by a key made of the arguments' types.
"""
cimport numpy as cnp
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels.engine cimport type_code
from torsor._kernels.programs cimport run_pass
from torsor._kernels.stages cimport Way
from torsor._kernels.tensor cimport is_array

from types import FunctionType

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "vectorcall.h":
    void enable_vectorcall(PyObject *type, Py_ssize_t offset)

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t)
    PyObject *PyDict_GetItemWithError(object, object) except? NULL

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    ARRAY = 1
    SCALAR = 2
    NUMBER = 3
    STATIC = 4
    LONGEST = 512               # bytes of a key
    LARGEST = 12                # of an argument
    MANY = 512                  # keys

#: Arguments of these types are what they are for ever, and part of the key by their value.
_STATIC = frozenset((int, bool, str, bytes, type(None), type(Ellipsis), type, FunctionType, type(len)))


cdef bint is_static(object x):
    cdef object item
    if type(x) is tuple:
        for item in <tuple>x:
            if not is_static(item):
                return False
        return True
    return type(x) in _STATIC or isinstance(x, cnp.dtype)


cdef object key_of(PyObject **args, Py_ssize_t n, bint weak_ints):
    """A key for the types of arguments and for which axes have length one; None where some are no part of a key.

    Ints are part of it by their value, or with ``weak_ints`` by their type.
    """
    cdef char own[LONGEST]
    cdef Py_ssize_t k
    cdef int at = 0, nd, d, code
    cdef cnp.npy_uint64 ones
    cdef object x
    cdef list values = None
    for k in range(n):
        x = <object>args[k]
        if at > LONGEST - LARGEST:
            return None
        if is_array(args[k]):
            nd, code = cnp.PyArray_NDIM(<cnp.ndarray>x), type_code((<cnp.ndarray>x).descr)
            if code < 0:
                return None
            ones = 0
            for d in range(nd):
                ones |= <cnp.npy_uint64>(cnp.PyArray_DIM(<cnp.ndarray>x, d) == 1) << d
            own[at], own[at + 1], own[at + 2] = ARRAY, <char>code, <char>nd
            memcpy(own + at + 3, &ones, sizeof(ones))
            at += 3 + sizeof(ones)
        elif type(x) is float or type(x) is complex or weak_ints and type(x) is int:
            own[at], own[at + 1] = NUMBER, 2 if type(x) is int else type(x) is float
            at += 2
        elif isinstance(x, cnp.generic):
            code = type_code(<cnp.dtype>x.dtype)
            if code < 0:
                return None
            own[at], own[at + 1] = SCALAR, <char>code
            at += 2
        elif is_static(x):
            if values is None:
                values = []
            values.append((type(x), x))
            own[at] = STATIC
            at += 1
        else:
            return None
    key = PyBytes_FromStringAndSize(own, at)
    return key if values is None else (key, *values)


def signature(tuple args, dict kwargs, bint weak_ints=False):
    """The key of a call; None where it has none."""
    cdef PyObject *given[LONGEST]
    cdef tuple all = (*args, *kwargs.values()) if kwargs else args
    cdef Py_ssize_t k
    if len(all) > LONGEST:
        return None
    for k in range(len(all)):
        given[k] = <PyObject *>all[k]
    key = key_of(given, len(all), weak_ints)
    return (key, *kwargs) if kwargs and key is not None else key


cdef class Short:
    """What a call of some types is: ways to compute its one result, and what has to hold for them."""
    cdef tuple ways, captured, guards
    cdef object finish, unit

    cdef object run(self, PyObject **args, Py_ssize_t n):
        """What the call returns; NotImplemented where the long way has to be gone."""
        result = self.computed(args, n)
        return result if self.finish is None or result is NotImplemented else self.finish(result, self.unit)

    cdef object computed(self, PyObject **args, Py_ssize_t n):
        """The one result."""
        cdef Way way = <Way>self.ways[0]
        cdef list values
        for namespace, name, thing in self.guards:
            if namespace(name) is not thing:
                return NotImplemented
        if way.alone is not None and n == way.alone.n_leaves:
            results = run_pass(way.alone, args, (), 0)
            if results is not NotImplemented:
                result = (<tuple>results)[0]
                return result[()] if cnp.PyArray_NDIM(<cnp.ndarray>result) == 0 else result
        for way in self.ways:
            values = [<object>args[k] for k in range(n)]
            values.extend(self.captured)
            results = way.go(values, ())
            if results is not NotImplemented:
                return (<list>results)[0]
        return NotImplemented


cdef class Caller:
    """A callable that has programs for its calls.

    A subclass has a method ``call(args, kwargs)``, which takes every call that has no program yet.
    """
    cdef void *vectorcall
    cdef dict short             # key -> Short
    cdef public bint weak_ints  # ints are operands, like floats, and no choices of the function's

    def __cinit__(self, *args, **kwargs):
        self.vectorcall = <void *>vectorcall
        self.short = {}

    def __call__(self, *args, **kwargs):
        """The function of these arguments."""
        return self.call(args, kwargs)

    def shorten(self, key, ways, captured, guards, finish=None, unit=None):
        """Let calls of a key take the short way: arguments and then ``captured`` are the inputs of the ways.

        Parameters
        ----------
        key : bytes
            Of the types of the arguments.
        ways : sequence of Ways
            Which are tried in turn; each has one output, the result.
        captured : sequence of ndarray
            Further inputs.
        guards : sequence of (callable, name, object)
            What has to be what it was: ``callable(name)`` is the object.
        finish, unit : callable and object, optional
            ``finish(result, unit)`` is what the call returns.
        """
        cdef Short short = Short()
        short.ways, short.captured, short.guards = tuple(ways), tuple(captured), tuple(guards)
        short.finish, short.unit = finish, unit
        if len(self.short) >= MANY:
            self.short.clear()
        self.short[key] = short


cdef object vectorcall(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Caller f = <Caller>self
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf), k
    cdef PyObject *found
    cdef tuple names
    if kwnames == NULL and f.short:
        key = key_of(args, n, f.weak_ints)
        if key is not None:
            found = PyDict_GetItemWithError(f.short, key)
            if found != NULL:
                result = (<Short><object>found).run(args, n)
                if result is not NotImplemented:
                    return result
    names = () if kwnames == NULL else <tuple>kwnames
    return f.call(tuple([<object>args[k] for k in range(n)]),
                  {names[k]: <object>args[n + k] for k in range(len(names))})


cdef Py_ssize_t _offset(Caller f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


def make_fast(type cls):
    """Let instances of a subclass be called without a tuple of their arguments."""
    enable_vectorcall(<PyObject *>cls, _offset(cls.__new__(cls)))
