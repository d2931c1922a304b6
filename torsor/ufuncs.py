"""The element-wise functions: one Ufunc per row of the table."""
import numpy as np

from torsor._kernels import engine, operators
from torsor._optable import OPS

#: name -> Ufunc, under every public name.
UFUNCS = {}
#: numpy.ufunc -> Ufunc, for numpy.f(tensor).
OF_NUMPY = {}

for _op in OPS:
    _numpy = getattr(np, _op.name, None)
    if _numpy is None:
        _numpy = engine.make_numpy_ufunc(_op)
    _ufunc = engine.Ufunc(_op, _numpy)
    OF_NUMPY[_numpy] = _ufunc
    for _name in (_op.name, *_op.aliases):
        UFUNCS[_name] = _ufunc

operators.connect(UFUNCS)
