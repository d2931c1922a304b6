"""The element-wise functions: one Ufunc per row of the table."""
import numpy as np
from numpy._core import umath as _umath

from torsor._kernels import engine, face, operators
from torsor._optable import OPS

#: name -> Ufunc, under every public name.
UFUNCS = {}
#: numpy.ufunc -> Ufunc.
OF_NUMPY = {}



def numpys(name):
    """NumPy's ufunc of that name, or None; ``numpy.clip`` is a function around one."""
    found = getattr(np, name, None)
    return found if isinstance(found, np.ufunc) else getattr(_umath, name, None)


for _op in OPS:
    _numpy = numpys(_op.name) or engine.make_numpy_ufunc(_op)
    OF_NUMPY[_numpy] = _ufunc = engine.Ufunc(_op, _numpy)
    UFUNCS.update(dict.fromkeys((_op.name, *_op.aliases), _ufunc))

operators.connect(UFUNCS)
face.connect(OF_NUMPY)
