"""NumPy on every core: ``import torsor as np``.

Every public name of NumPy's is here, with NumPy's behaviour; functions return Tensors, which are
numpy.ndarrays.  What torsor replaces is imported below; everything else is looked up in NumPy when it is
first used (torsor/_face.py).
"""
import importlib as _importlib

import numpy as _np

from torsor import (
    _face,
    analysis,
    contractions,
    creation,
    elementwise,
    histograms,
    indexing,
    memory,
    products,
    reductions,
    searching,
    sets,
    shaping,
    sorting,
    special,
    statistics,
)
from torsor._version import __version__
from torsor.configuration import show_config
from torsor.parallelism import get_num_threads, set_num_threads, threads
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS as _ufuncs

_functions = {**_ufuncs}
for _chapter in (analysis, contractions, creation, elementwise, histograms, indexing, products, reductions, searching,
                 sets, shaping, sorting, special, statistics):
    _functions |= _chapter.FUNCTIONS
_own = {"Tensor", "get_num_threads", "set_num_threads", "show_config", "threads", *_functions}
globals().update(_functions)

_find, _dir, _numpys = _face.expose(_np, "torsor")
#: name -> the module that has it (a module itself: None), imported when it is asked for.
_LATER = {"DimArray": "units", "evaluate": "fusion", "fuse": "fusion", "fusion": None, "lazy": "fusion", "units": None}
__all__ = [*sorted(_own.union(_numpys))]


def __getattr__(name):
    if name in _LATER:
        module = _importlib.import_module(f"torsor.{_LATER[name] or name}")
        return getattr(module, name) if _LATER[name] else module
    return _find(name)


def __dir__():
    return sorted({*_dir(), "memory", *_LATER})
