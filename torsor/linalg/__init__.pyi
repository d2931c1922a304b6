"""Types of torsor.linalg: NumPy's own, and what torsor adds."""
from typing import Any, Literal

from numpy.linalg import *
from numpy.typing import ArrayLike, NDArray

class LinAlgWarning(RuntimeWarning): ...

def expm(A: ArrayLike) -> NDArray[Any]: ...
def lu(
    a: ArrayLike,
    permute_l: bool = ...,
    overwrite_a: bool = ...,
    check_finite: bool = ...,
    p_indices: bool = ...,
) -> tuple[NDArray[Any], ...]: ...
def lu_factor(
    a: ArrayLike, overwrite_a: bool = ..., check_finite: bool = ...
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def lu_solve(
    lu_and_piv: tuple[ArrayLike, ArrayLike],
    b: ArrayLike,
    trans: Literal[0, 1, 2] = ...,
    overwrite_b: bool = ...,
    check_finite: bool = ...,
) -> NDArray[Any]: ...
def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    trans: Literal[0, 1, 2, "N", "T", "C"] = ...,
    lower: bool = ...,
    unit_diagonal: bool = ...,
    overwrite_b: bool = ...,
    check_finite: bool = ...,
) -> NDArray[Any]: ...
