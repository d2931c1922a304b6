"""Linear algebra: ``numpy.linalg`` on torsor's kernels and threads.

Equations and decompositions are compiled (torsor/_kernels/equations.pyx, decompositions.pyx); what is composed of
them is in the modules of this package.  ``lu``, ``lu_factor``, ``lu_solve``, ``solve_triangular`` and ``expm`` are as
SciPy's.  Names that are not here are NumPy's.
"""
import numpy as np

from torsor import _face
from torsor._kernels import decompositions, equations, face
from torsor.linalg import factors, norms, powers, products
from torsor.linalg.factors import LinAlgWarning

_EQUATIONS = ("cholesky", "det", "inv", "lstsq", "slogdet", "solve")
_DECOMPOSITIONS = ("eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals")
#: name -> function.
FUNCTIONS = {
    **{name: getattr(equations, name) for name in _EQUATIONS},
    **{name: getattr(decompositions, name) for name in _DECOMPOSITIONS},
    **{name: getattr(norms, name) for name in ("cond", "matrix_norm", "matrix_rank", "norm", "pinv", "vector_norm")},
    **{name: getattr(powers, name) for name in ("matrix_power", "multi_dot", "tensorinv", "tensorsolve")},
    **products.FUNCTIONS,
    **factors.FUNCTIONS,
}
face.present(FUNCTIONS, np.linalg, __name__)
globals().update(FUNCTIONS)

__getattr__, __dir__, _numpys = _face.expose(np.linalg, __name__)
__all__ = [*sorted({*_numpys, *FUNCTIONS, "LinAlgWarning"})]
