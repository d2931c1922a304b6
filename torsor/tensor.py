"""The methods of Tensor: each hands over to the function that owns the subject.

The type and its operators are compiled (torsor/_kernels/operators.pyx.in); methods that are not named here
are numpy.ndarray's, which keep the type.
"""
from reprlib import recursive_repr

import numpy as np

from torsor._kernels import conversions, copy, face, gather, products, reducers
from torsor._kernels.operators import Tensor
from torsor._kernels.scan import METHODS_OF_TENSOR as RUNNING
from torsor._kernels.summaries import METHODS_OF_TENSOR as SUMMARIES

#: Methods of ndarray's that call ufuncs inside: on ndarrays those are not dispatched back to here.
HANDED_OVER = (
    "__complex__", "__divmod__", "__float__", "__format__", "__int__", "choose", "conj", "conjugate",
    "round", "trace",
)


class Symbol:
    """Stands for an array or a number that is not computed yet (torsor/fusion): arithmetic with it is recorded."""

    __slots__ = ()


def rebuild(cls, function, args):
    """Make a Tensor of the array that NumPy's own unpickling makes."""
    return function(*args).view(cls)


def __reduce_ex__(self, protocol):
    """Pickle; from protocol 5 on the elements may travel out of band, without a copy."""
    if type(self) is Tensor and protocol >= 5:
        parts = np.ndarray.__reduce_ex__(self.view(np.ndarray), protocol)
        if len(parts) == 2:
            return rebuild, (Tensor, *parts)
    return np.ndarray.__reduce__(self)


def __array_namespace__(self, *, api_version=None):
    """The namespace whose functions take this array; see the array API standard."""
    np.ndarray.__array_namespace__(self, api_version=api_version)      # refuses unknown versions
    import torsor

    return torsor


for _name in HANDED_OVER:
    if _name in vars(np.ndarray):
        setattr(Tensor, _name, face.hand_over(getattr(np.ndarray, _name), "Tensor"))
for _name in ("__repr__", "__str__"):       # an array of objects may hold itself
    setattr(Tensor, _name, recursive_repr("...")(face.hand_over(getattr(np.ndarray, _name), "Tensor")))
Tensor.dot = products.dot
Tensor.copy, Tensor.ravel, Tensor.reshape = copy.copy_method, copy.ravel, copy.reshape
Tensor.astype = conversions.astype_method
Tensor.take, Tensor.compress = gather.take_method, gather.compress_method
for _methods in (reducers.METHODS_OF_TENSOR, SUMMARIES, RUNNING):
    for _name, _method in _methods.items():                     # sum, mean, max, var, cumsum, ...
        setattr(Tensor, _name, _method)
Tensor.__array_ufunc__ = face.array_ufunc
Tensor.__array_function__ = face.array_function
Tensor.__reduce_ex__ = __reduce_ex__
Tensor.__array_namespace__ = __array_namespace__
Tensor.__doc__ = "An array whose arithmetic runs on every core.  It is a numpy.ndarray."
