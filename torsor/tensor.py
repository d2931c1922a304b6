"""The methods of Tensor: each hands over to the function that owns the subject.

The type and its operators are compiled (torsor/_kernels/operators.pyx.in); methods that are not named here
are numpy.ndarray's, which keep the type.
"""
from pickle import PickleBuffer

import numpy as np

from torsor._kernels import face
from torsor._kernels.operators import Tensor

#: Methods of ndarray's that call ufuncs inside: on ndarrays those are not dispatched back to here.
HANDED_OVER = (
    "__complex__", "__divmod__", "__float__", "__format__", "__int__", "__repr__", "__str__", "all", "any", "argmax",
    "argmin", "choose", "clip", "conj", "conjugate", "cumprod", "cumsum", "dot", "max", "mean", "min", "prod", "round",
    "std", "sum", "trace", "var",
)


def from_buffer(cls, buffer, dtype, shape, order):
    """Rebuild a Tensor from the buffer that pickling made of it."""
    return np.frombuffer(buffer, dtype).reshape(shape, order=order).view(cls)


def __reduce_ex__(self, protocol):
    """Pickle; from protocol 5 on the elements may travel out of band, without a copy."""
    flags = self.flags
    plain = protocol >= 5 and type(self) is Tensor and self.itemsize and not self.dtype.hasobject
    if not plain or not (flags.c_contiguous or flags.f_contiguous):
        return np.ndarray.__reduce__(self)
    order = "C" if flags.c_contiguous else "F"
    buffer = PickleBuffer(self.view(np.ndarray) if self.dtype.kind not in "mM" else self.view("i8", np.ndarray))
    return from_buffer, (Tensor, buffer, self.dtype, self.shape, order)


def __array_namespace__(self, *, api_version=None):
    """The namespace whose functions take this array; see the array API standard."""
    np.ndarray.__array_namespace__(self, api_version=api_version)      # refuses unknown versions
    import torsor

    return torsor


for _name in HANDED_OVER:
    if _name in vars(np.ndarray):
        setattr(Tensor, _name, face.hand_over(getattr(np.ndarray, _name), "Tensor"))
Tensor.__array_ufunc__ = face.array_ufunc
Tensor.__array_function__ = face.array_function
Tensor.__reduce_ex__ = __reduce_ex__
Tensor.__array_namespace__ = __array_namespace__
Tensor.__doc__ = "An array whose arithmetic runs on every core.  It is a numpy.ndarray."
