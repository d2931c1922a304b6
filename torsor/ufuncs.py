"""The element-wise functions: one Ufunc per row of the table."""
import numpy as np

from torsor._kernels import engine, face, operators
from torsor._optable import OPS

#: name -> Ufunc, under every public name.
UFUNCS = {}
#: numpy.ufunc -> Ufunc.
OF_NUMPY = {}

for _op in OPS:
    _numpy = getattr(np, _op.name, None) or engine.make_numpy_ufunc(_op)
    OF_NUMPY[_numpy] = _ufunc = engine.Ufunc(_op, _numpy)
    UFUNCS.update(dict.fromkeys((_op.name, *_op.aliases), _ufunc))

operators.connect(UFUNCS)
face.connect(OF_NUMPY)
