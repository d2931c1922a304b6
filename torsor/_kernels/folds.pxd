"""Reductions of what a program computes."""
from cpython.object cimport PyObject
from torsor._kernels.programs cimport Fold, Pass

cdef object run_folded(Pass program, int root, Fold what, PyObject **values, int nd, tuple axes, bint keepdims)
