"""Sorting: sort, argsort, lexsort, top_k.

The work is done in torsor/_kernels/sorting.pyx, sorters.pyx and extremes.pyx.  partition and argpartition stay NumPy's.
"""
from torsor._kernels import face
from torsor._kernels.extremes import top_k
from torsor._kernels.sorters import argsort, argsort_method, lexsort, sort, sort_method
from torsor.tensor import Tensor

sort_method.__name__, argsort_method.__name__ = "sort", "argsort"
Tensor.sort, Tensor.argsort = sort_method, argsort_method
#: name -> function.
FUNCTIONS = {"argsort": argsort, "lexsort": lexsort, "sort": sort, "top_k": top_k}
face.present(FUNCTIONS)
