"""Reductions: sum, prod, mean, min, max, any, all, argmin, argmax over all, one or several axes.

The functions are compiled (torsor/_kernels/reducers.pyx) and have NumPy's signatures.  Results are NumPy scalars or
Tensors; the bits of a sum depend on the shape alone, not on threads or processor.
"""
import numpy as np

from torsor._kernels import face
from torsor._kernels.reducers import Reduction

#: name -> function, under every public name.
FUNCTIONS = {name: Reduction(getattr(np, name), "torsor") for name in
             ("sum", "prod", "mean", "min", "amin", "max", "amax", "any", "all", "argmin", "argmax")}
face.present(FUNCTIONS)
