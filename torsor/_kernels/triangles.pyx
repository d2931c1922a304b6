"""Factors of matrices and triangular equations: what torsor.linalg.factors has, and NumPy has not.

Operands are checked and made ordinary there: arrays of floating-point or complex numbers, aligned, with elements.
"""
cimport numpy as cnp
from torsor._kernels.lapack cimport LU_FACTORS, LU_SOLUTION, TRIANGULAR, Job
from torsor._kernels.tensor cimport new_tensor

import numpy as np

cnp.import_array()

cdef cnp.dtype INT = np.dtype(np.intc)


def factor(a):
    """Both factors of each matrix in one, and the exchanges of rows, from 0 on."""
    cdef Job job = Job.__new__(Job)
    cdef cnp.npy_intp shape[64]
    cdef int d
    if not job.take(LU_FACTORS, a):
        raise TypeError(f"lu_factor: matrices of numbers are wanted, not {a!r}")
    factors = job.result(2, job.s.m, job.s.n, False)
    for d in range(job.n_loops):
        shape[d] = job.shape[d]
    shape[job.n_loops] = min(job.s.m, job.s.n)
    pivots = new_tensor(job.n_loops + 1, shape, NULL, INT)
    job.s.out[1] = <char *>cnp.PyArray_DATA(<cnp.ndarray>pivots)
    job.s.out_item[1] = shape[job.n_loops] * sizeof(int)
    job.run()
    return factors, pivots


cdef object substitute(Job job, object b, str transposed):
    cdef bint vector = b.ndim == 1
    job.s.transposed = ord(transposed)
    if not job.take_right(b, vector):
        return None
    x = job.result(1 if vector else 2, job.s.n, job.s.k, False)
    return x, job.run()


def solve_factored(factors, pivots, b, str transposed):
    """Solutions, from what ``factor`` gives; `pivots` are in range.  None if `b` does not fit."""
    cdef Job job = Job.__new__(Job)
    cdef cnp.ndarray shifted = np.ascontiguousarray(pivots, np.intc) + np.intc(1)
    if not job.take(LU_SOLUTION, factors):
        raise TypeError(f"lu_solve: matrices of numbers are wanted, not {factors!r}")
    job.s.pivots = <const int *>cnp.PyArray_DATA(shifted)
    found = substitute(job, b, transposed)
    return None if found is None else found[0]


def solve_triangle(a, b, str transposed, bint lower, bint unit_diagonal):
    """Solutions, and whether a diagonal has a zero; None if `b` does not fit."""
    cdef Job job = Job.__new__(Job)
    if not job.take(TRIANGULAR, a):
        raise TypeError(f"solve_triangular: matrices of numbers are wanted, not {a!r}")
    job.s.upper = b"L" if lower else b"U"
    job.s.unit = b"U" if unit_diagonal else b"N"
    return substitute(job, b, transposed)
