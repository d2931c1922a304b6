"""NumPy's functions for Tensors: callables that hand over, and the two override protocols.

What these hand over to is NumPy's own code on ndarrays over the same memory (tensor.pyx: call_plain), or the
function of torsor's that replaces it.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels cimport storage
from torsor._kernels.arrays cimport read_shape, torsor_shared
from torsor._kernels.creation cimport integers_between
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, is_tensor, new_tensor, plain

import inspect
from importlib import import_module
from types import FunctionType

import numpy as np

from torsor._kernels import tensor as _tensor
from torsor._kernels.operators import Tensor

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t)
    PyObject *PyObject_Vectorcall(object, PyObject **, size_t, PyObject *) except NULL
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1
    object PyMethod_New(object, object)

cdef extern from *:
    object PyDataMem_SetHandler(object handler)

cdef extern from "vectorcall.h":
    void enable_vectorcall(PyObject *type, Py_ssize_t offset)
    void enable_method_call(PyObject *type, Py_ssize_t offset)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")


#: Compiled functions of NumPy's that return the very array they are given, or find, where they can.
_RETURNS_ARGUMENT = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "from_dlpack"}


cdef inline bint is_ordinary(PyObject *x, int depth):
    """Whether an argument is certainly none that overrides NumPy's functions."""
    cdef object item
    if is_array(x) or <object>x is None or type(<object>x) in (int, float, bool, str, complex, slice):
        return True
    if depth and (type(<object>x) is list or type(<object>x) is tuple) and len(<object>x) <= 16:
        for item in <object>x:
            if not is_ordinary(<PyObject *>item, depth - 1):
                return False
        return True
    return False


cdef enum:
    EMPTY = 1
    ZEROS = 2
    RANGE = 3
    AS_IS = 4                   # returns the Tensor that it is given

cdef dict MAKERS = {
    np.empty: EMPTY, np.zeros: ZEROS, np.arange: RANGE, np.asarray: AS_IS, np.asanyarray: AS_IS}
cdef cnp.dtype FLOAT64 = np.dtype(np.float64)


cdef object make(int creates, PyObject **args, Py_ssize_t n):
    """``zeros(shape)``, ``empty(shape)``, ``arange`` of ints, ``asarray(tensor)``; NotImplemented for anything else."""
    cdef cnp.npy_intp shape[32]
    cdef int nd
    if creates == RANGE:
        return integers_between(args, n)
    if creates == AS_IS:
        return <object>args[0] if n == 1 and is_tensor(args[0]) else NotImplemented
    nd = read_shape(<object>args[0], shape) if n == 1 else -1
    return NotImplemented if nd < 0 else new_tensor(nd, shape, NULL, FLOAT64, creates == ZEROS)


cdef object vectorcall(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Function f = <Function>self
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf), k, named = 0 if kwnames == NULL else len(<tuple>kwnames)
    cdef bint ordinary = f.compiled is not None
    cdef tuple names
    if f.creates and n and named == 0:
        new = make(f.creates, args, n)
        if new is not NotImplemented:
            return new
    if ordinary and f.dispatches:
        for k in range(n + named):
            if not is_ordinary(args[k], 2):
                ordinary = False
                break
    if ordinary:                 # compiled code takes a Tensor as the ndarray it is
        return as_tensor(PyObject_Vectorcall(f.compiled, args, nargsf, kwnames), f.returns_argument)
    names = () if kwnames == NULL else <tuple>kwnames
    return call_plain(f.__wrapped__, tuple([<object>args[k] for k in range(n)]),
                      {names[k]: <object>args[n + k] for k in range(named)}, f.depth)


cdef class Function:
    """A function of NumPy's that takes and returns Tensors.

    Parameters
    ----------
    function : callable
        NumPy's function.
    module : str
        Where it is found in torsor.
    """

    def __cinit__(self, function, str module):
        self.vectorcall = <void *>vectorcall
        self.__wrapped__, self.module = function, module
        self.__name__ = function.__name__
        code = getattr(function, "_implementation", function)
        self.dispatches = code is not function
        self.creates = MAKERS.get(function, 0)
        # A list that is shuffled must be the caller's own; a masked array keeps what it is made of.
        self.depth = 0 if self.__name__ == "shuffle" else -1 if module.startswith("torsor.ma") else 2
        if type(code) is type(len):
            self.compiled = code
            self.returns_argument = self.__name__ in _RETURNS_ARGUMENT

    def __call__(self, *args, **kwargs):
        """Call self as a function."""
        return call_plain(self.__wrapped__, args, kwargs, self.depth)

    @property
    def __module__(self):
        return self.module

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    @property
    def __qualname__(self):
        return self.__name__

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    def __eq__(self, other):
        return self is other or self.__wrapped__ is other    # found where NumPy's function is looked up

    def __hash__(self):
        return hash(self.__wrapped__)

    def __repr__(self):
        return f"<function {self.module}.{self.__name__}>"

    def __reduce__(self):
        return self.__name__


cdef Py_ssize_t _offset(Function f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


enable_vectorcall(<PyObject *>Function, _offset(Function(len, "")))


cdef enum:
    MANY = 100_000              # numbers drawn: worth memory from the pool, and threads


cdef int classify(PyObject *x) except -1:
    """Of an argument: 0: none of those that say how much is drawn of what; 1: one of them; 2: it says many."""
    cdef long long n
    cdef int overflow = 0
    cdef double product = 1
    cdef object item
    if type(<object>x) is int:
        n = PyLong_AsLongLongAndOverflow(<object>x, &overflow)
        return 2 if n >= MANY and not overflow else 1
    if type(<object>x) is tuple:
        for item in <tuple>x:
            if type(item) is not int:
                return is_ordinary(x, 2)
            n = PyLong_AsLongLongAndOverflow(item, &overflow)
            if overflow or n < 0:
                return 1
            product *= <double>n
        return 2 if product >= MANY else 1
    if is_array(x):
        return 0
    return isinstance(<object>x, type) or isinstance(<object>x, cnp.dtype) or is_ordinary(x, 2)


cdef object call_method(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Method f = <Method>self
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf), k, named = 0 if kwnames == NULL else len(<tuple>kwnames)
    cdef tuple names
    cdef bint many = False, ordinary = n > 0
    cdef int kind
    cdef PyObject *owned
    for k in range(1, n + named):
        kind = classify(args[k])
        many |= kind == 2
        ordinary &= kind != 0
    if ordinary and not many:
        return as_tensor(PyObject_Vectorcall(f.__wrapped__, args, nargsf, kwnames), False)
    names = () if kwnames == NULL else <tuple>kwnames
    if many and ordinary and f.for_many is not None:
        drawn = f.for_many(*[<object>args[k] for k in range(n)],
                           **{names[k]: <object>args[n + k] for k in range(named)})
        if drawn is not None:
            return drawn
    before = PyDataMem_SetHandler(storage.handler) if many else None
    try:
        if ordinary:
            owned = PyObject_Vectorcall(f.__wrapped__, args, nargsf, kwnames)
            return as_tensor(owned, False)
        return call_plain(f.__wrapped__, tuple([<object>args[k] for k in range(n)]),
                          {names[k]: <object>args[n + k] for k in range(named)}, f.depth)
    finally:
        if many:
            PyDataMem_SetHandler(before)


cdef class Method:
    """A method of a random generator of NumPy's that returns Tensors.

    Parameters
    ----------
    function : callable
        The method, of the class.
    owner : str
        Name of the class of torsor's.
    for_many : callable, optional
        Takes the same arguments where many numbers are asked for, and gives them or None.
    """
    cdef void *vectorcall
    cdef readonly object __wrapped__
    cdef readonly str __name__
    cdef str owner
    cdef object for_many
    cdef int depth

    def __cinit__(self, function, str owner, for_many=None):
        self.vectorcall = <void *>call_method
        self.__wrapped__, self.owner, self.for_many = function, owner, for_many
        self.__name__ = function.__name__
        self.depth = 0 if self.__name__ == "shuffle" else 2         # a list that is shuffled must be the caller's own

    def __get__(self, instance, owner):
        return self if instance is None else PyMethod_New(self, instance)

    def __call__(self, *args, **kwargs):
        """Call self as a function."""
        return call_plain(self.__wrapped__, args, kwargs, self.depth)

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    @property
    def __qualname__(self):
        return f"{self.owner}.{self.__name__}"

    @property
    def __signature__(self):
        return inspect.signature(self.__wrapped__)

    def __repr__(self):
        return f"<method {self.__qualname__}>"


cdef Py_ssize_t _method_offset(Method f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


enable_method_call(<PyObject *>Method, _method_offset(Method(len, "")))


def hand_over(function, str owner):
    """A method of a NumPy class as a method of a class of ours, run on ndarrays."""
    def run(self, *args, **kwargs):
        return call_plain(function, (self, *args), kwargs)

    run.__name__, run.__qualname__ = function.__name__, f"{owner}.{function.__name__}"
    run.__doc__ = function.__doc__
    return run


_known = {}                     # numpy.ufunc or function -> torsor's
_FUNCTIONS = (FunctionType, type(hand_over))
#: Modules of NumPy's -> torsor's that replace some of their functions, once they are imported.
_later = {"numpy.linalg": "torsor.linalg", "numpy.fft": "torsor.fft"}


def connect(replacements):
    """Say which functions of NumPy's have one of torsor's own in their place."""
    _known.update(replacements)


def present(functions, module=np, str home="torsor"):
    """Show functions of torsor's own under their names, in the place of those of a module of NumPy's.

    Parameters
    ----------
    functions : dict
        Name -> function.
    module : module, optional
        NumPy's; names that it lacks are torsor's alone.
    home : str, optional
        Where they are found in torsor.
    """
    for name, function in functions.items():
        if type(function) in _FUNCTIONS:
            function.__module__ = home
            function.__signature__ = inspect.signature(function)     # NumPy's have it as an attribute
        if hasattr(module, name):
            _known[getattr(module, name)] = function


def replacement(function):
    """torsor's own function in the place of one of NumPy's, or that one."""
    return _known.get(function, function)


cdef object _array_ufunc = np.ndarray.__array_ufunc__


cdef bint is_foreign(object x):
    """Whether an operand wants to decide for itself, as another class with __array_ufunc__ does."""
    cls = type(x)
    if is_tensor(<PyObject *>x) or cls is np.ndarray:
        return False
    override = getattr(cls, "__array_ufunc__", _array_ufunc)
    return override is not _array_ufunc and not issubclass(cls, Tensor)


cdef object as_ndarray(object x):
    """A Tensor, of a subclass as well, as an ndarray; anything else as it is."""
    if is_tensor(<PyObject *>x):
        return plain(x)
    return x.view(np.ndarray) if isinstance(x, Tensor) else x


def array_ufunc(self, ufunc, str method, *inputs, **kwargs):
    """Run a NumPy ufunc that was called on Tensors (NEP 13)."""
    cdef bint exact = True
    out = kwargs.get("out", ())
    for x in (*inputs, *out):
        if is_foreign(x):
            return NotImplemented
        if isinstance(x, Tensor) and not is_tensor(<PyObject *>x):
            exact = False
    if exact:
        known = _known.get(ufunc)
        if known is not None:           # a call goes the short way, which the method __call__ does not
            return known(*inputs, **kwargs) if method == "__call__" else getattr(known, method)(*inputs, **kwargs)
        return call_plain(getattr(ufunc, method), inputs, kwargs)
    return wrapped(ufunc, method, inputs, out, kwargs)


cdef object wrapped(object ufunc, str method, tuple inputs, tuple out, dict kwargs):
    """The same for subclasses of Tensor: the result goes through __array_wrap__, as NumPy's does."""
    cdef Py_ssize_t k
    arrays = tuple([as_ndarray(x) for x in inputs])
    if out:
        kwargs["out"] = tuple([as_ndarray(x) for x in out])
    if "where" in kwargs:
        kwargs["where"] = as_ndarray(kwargs["where"])
    result = getattr(ufunc, method)(*arrays, **kwargs)
    if method == "at":
        return result
    owner = max([x for x in inputs if isinstance(x, np.ndarray) and not is_array(<PyObject *>x)] or
                [x for x in (*inputs, *out) if isinstance(x, Tensor)], key=lambda x: x.__array_priority__)
    results = result if type(result) is tuple else (result,)
    given = []
    for k, x in enumerate(results):
        if k < len(out) and out[k] is not None:
            given.append(out[k])
        elif isinstance(owner, Tensor) and isinstance(x, (np.ndarray, np.generic)):
            given.append(owner.__array_wrap__(np.asarray(x), (ufunc, inputs, k), not isinstance(x, np.ndarray)))
        else:                       # of another class, whose __array_wrap__ NumPy has called already
            given.append(x)
    return tuple(given) if type(result) is tuple else given[0]


def array_function(self, func, types, args, kwargs):
    """Run a NumPy function that was called on Tensors (NEP 18)."""
    cdef bint exact = True
    for cls in types:
        if cls is Tensor or cls is np.ndarray:
            continue
        exact = False
        if not issubclass(cls, np.ndarray):
            return NotImplemented
    if not exact:
        return np.ndarray.__array_function__(self, func, types, args, kwargs)
    if _later and getattr(func, "__module__", None) in _later:      # imported when they are needed
        import_module(_later[func.__module__])
        _later.pop(func.__module__, None)
    known = _known.get(func)
    if known is not None:
        return known(*args, **kwargs)
    return call_plain(getattr(func, "_implementation", func), args, kwargs)
