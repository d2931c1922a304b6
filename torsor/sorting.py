"""Sorting: sort, argsort, lexsort, top_k; partition and argpartition, which NumPy's own code does by a shorter way.

The work is done in torsor/_kernels/sorting.pyx, sorters.pyx and extremes.pyx.
"""
from torsor._kernels import face
from torsor._kernels.extremes import top_k
from torsor._kernels.sorters import argpartition, argsort, argsort_method, lexsort, partition, sort, sort_method
from torsor.tensor import Tensor

sort_method.__name__, argsort_method.__name__ = "sort", "argsort"
Tensor.sort, Tensor.argsort = sort_method, argsort_method
#: name -> function.
FUNCTIONS = {"argpartition": argpartition, "argsort": argsort, "lexsort": lexsort, "partition": partition, "sort": sort,
             "top_k": top_k}
face.present(FUNCTIONS)
