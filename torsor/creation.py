"""Functions that make arrays; the work is done in torsor/_kernels/creation.pyx.

``empty``, ``zeros`` and ``arange`` are NumPy's own, with a short way in torsor/_kernels/face.pyx.
"""
from torsor._kernels import creation, face

#: name -> function.
FUNCTIONS = {name: getattr(creation, name) for name in (
    "diag", "eye", "full", "full_like", "identity", "linspace", "ones", "ones_like", "tri", "tril", "triu",
    "zeros_like")}
face.present(FUNCTIONS)
