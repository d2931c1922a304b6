"""einsum: which calls are planned, and the plans that are kept.

The plans are torsor/contractions.py's.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.engine cimport type_code
from torsor._kernels.tensor cimport call_plain, is_array

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MANY = 1024                 # plans that are kept

cdef object _planner = None, _loop = None
cdef dict _plans = {}


def connect(planner, loop):
    """Say who makes plans, and what does without one.

    Parameters
    ----------
    planner : callable
        Takes the subscripts, ``optimize`` (None for what is no bool or str) and the shapes; returns what is called with
        the arrays, or None.
    loop : callable
        NumPy's einsum without ``optimize``.
    """
    global _planner, _loop
    _planner, _loop = planner, loop


cdef object find_plan(object subscripts, object optimize, tuple operands):
    """The plan for these operands, or None."""
    cdef Py_ssize_t k
    cdef cnp.ndarray x
    cdef list key = [subscripts, optimize if type(optimize) in (bool, str) else None]
    for k in range(1, len(operands)):
        x = <cnp.ndarray>operands[k]
        if type_code(x.descr) <= 0:
            return None
        key.append((<object>x).shape)
    wanted = tuple(key)
    plan = _plans.get(wanted, _plans)
    if plan is _plans:
        if len(_plans) >= MANY:
            _plans.clear()
        plan = _plans[wanted] = _planner(*wanted)
    return plan


def einsum(*operands, out=None, optimize=False, **kwargs):
    """Sum of products over the axes that subscripts name; see :func:`numpy.einsum`.

    Parameters
    ----------
    *operands
        The subscripts, such as ``"ij,jk->ik"``, and the arrays.
    out : ndarray, optional
        Where the result goes.
    optimize : bool, "greedy", "optimal" or list, optional
        How the order of several operands is chosen; torsor chooses greedily where NumPy takes all at once.
    **kwargs
        ``dtype``, ``order`` and ``casting``.

    Returns
    -------
    Tensor or scalar

    Raises
    ------
    ValueError
        If the subscripts do not fit the operands.
    """
    cdef Py_ssize_t k, n = len(operands) - 1
    if out is None and not kwargs and n > 0 and type(operands[0]) is str:
        for k in range(1, n + 1):
            if not is_array(<PyObject *>operands[k]):
                break
        else:
            plan = find_plan(operands[0], optimize, operands)
            if plan is not None:
                if n == 2:
                    return plan(operands[1], operands[2])
                return plan(*operands[1:])
            if optimize is False:
                return _loop(*operands)
    return call_plain(np.einsum, operands, {"out": out, "optimize": optimize, **kwargs})
