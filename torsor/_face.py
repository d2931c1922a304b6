"""NumPy's public names, presented by torsor: functions return Tensors, everything else is NumPy's own.

A name is wrapped when it is first asked for.  Modules of NumPy's that torsor has no code for (``torsor.ma``,
``torsor.strings``, ``torsor.lib.stride_tricks``, ...) are made on import by ``Modules``.
"""
import importlib
import importlib.machinery
import importlib.util
import sys
import types
from typing import Any

import numpy as np

from torsor._kernels.engine import Ufunc
from torsor._kernels.face import Function
from torsor.ufuncs import OF_NUMPY

#: Public modules of NumPy's main namespace; their public sub-modules follow.
MODULES = ("char", "ctypeslib", "dtypes", "emath", "exceptions", "f2py", "fft", "lib", "linalg", "ma", "matlib",
           "polynomial", "random", "rec", "strings", "testing", "typing", "version")

_DISPATCHED = type(np.sum)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, _DISPATCHED)
#: Functions that only look at the object they are given.
_AS_IS = {"isscalar", "iterable", "issubdtype"}
_shown: dict = {}                         # NumPy's function -> ours, the same wherever it is found


class Indexer:
    """An object of NumPy's that makes arrays by being indexed (``r_``, ``mgrid``)."""

    def __init__(self, indexer):
        self._index = Function(indexer.__getitem__, "torsor")
        self._indexer = indexer

    def __getitem__(self, key):
        return self._index(key)

    def __len__(self):
        return len(self._indexer)

    def __getattr__(self, name):
        return getattr(self._indexer, name)


_INDEXERS: tuple[Any, ...] = (type(np.r_).__base__, type(np.mgrid).__base__)


def present(thing, module: str):
    """What torsor shows for an object of NumPy's found in the torsor module of that name."""
    if isinstance(thing, np.ufunc):
        known = OF_NUMPY.get(thing)
        if known is None:
            known = OF_NUMPY[thing] = Ufunc(None, thing)
        return known
    if isinstance(thing, _FUNCTIONS):
        if thing.__name__ in _AS_IS:
            return thing
        if thing not in _shown:
            _shown[thing] = Function(thing, module)
        return _shown[thing]
    if isinstance(thing, _INDEXERS):
        return Indexer(thing)
    if isinstance(thing, types.ModuleType) and thing.__name__.partition(".")[2].split(".")[0] in MODULES:
        return importlib.import_module("torsor" + thing.__name__.removeprefix("numpy"))
    return thing


def expose(module, name: str):
    """``__getattr__``, ``__dir__`` and ``__all__`` of a torsor module that shows a module of NumPy's.

    Parameters
    ----------
    module : module
        NumPy's.
    name : str
        Name of the torsor module; what is looked up is kept in its namespace.
    """
    def __getattr__(attribute):
        if attribute.startswith("__") and attribute not in vars(module):
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        thing = getattr(module, attribute)        # NumPy's own words for a name it lacks or has dropped
        if attribute.startswith("__"):
            return thing
        shown = present(thing, name)
        setattr(sys.modules[name], attribute, shown)
        return shown

    def __dir__():
        return sorted({*dir(module), *vars(sys.modules[name])})

    return __getattr__, __dir__, list(getattr(module, "__all__", ()))


class Modules:
    """Makes ``torsor.<module>`` for each public module of NumPy's that has no file in torsor.

    A finder and loader as in ``importlib.abc``, whose import alone would take as long as a third of torsor's.
    """

    def find_spec(self, fullname, path=None, target=None):
        package, _, rest = fullname.partition(".")
        if package != "torsor" or rest.partition(".")[0] not in MODULES or "._" in fullname:
            return None
        try:
            found = importlib.util.find_spec("numpy." + rest)
        except ModuleNotFoundError:
            return None
        if found is None and not (rest == "emath" or hasattr(np, rest)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)       # type: ignore[arg-type]

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        rest = name.removeprefix("torsor.")
        try:
            numpys = importlib.import_module("numpy." + rest)
        except ModuleNotFoundError:
            numpys = getattr(np, rest)
        module.__doc__ = f"{rest} of NumPy, on Tensors."
        module.__getattr__, module.__dir__, module.__all__ = expose(numpys, name)


sys.meta_path.append(Modules())
