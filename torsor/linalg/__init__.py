"""Linear algebra: ``numpy.linalg`` on torsor's kernels and threads.

Decompositions are compiled (torsor/_kernels/decompositions.pyx); what is composed of them is in the modules of this
package.  Names that are not here are NumPy's.
"""
import numpy as np

from torsor import _face
from torsor._kernels import decompositions, face
from torsor.linalg import norms, powers, products

_DECOMPOSITIONS = ("cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "qr", "slogdet", "solve",
                   "svd", "svdvals")
#: name -> function.
FUNCTIONS = {
    **{name: getattr(decompositions, name) for name in _DECOMPOSITIONS},
    **{name: getattr(norms, name) for name in ("cond", "matrix_norm", "matrix_rank", "norm", "pinv", "vector_norm")},
    **{name: getattr(powers, name) for name in ("matrix_power", "multi_dot", "tensorinv", "tensorsolve")},
    **products.FUNCTIONS,
}
face.present(FUNCTIONS, np.linalg, __name__)
globals().update(FUNCTIONS)

__getattr__, __dir__, __all__ = _face.expose(np.linalg, __name__)
