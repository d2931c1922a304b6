"""Factors, triangular equations and the exponential of matrices, with SciPy's signatures.

LAPACK does the work, on stacks and threads (torsor/_kernels/triangles.pyx).
"""
import warnings
from math import prod

import numpy as np
from numpy.linalg import LinAlgError

from torsor._kernels.equations import solve
from torsor._kernels.triangles import factor, solve_factored, solve_triangle
from torsor.linalg.norms import norm
from torsor.products import FUNCTIONS as _PRODUCTS
from torsor.tensor import Tensor

_matmul = _PRODUCTS["matmul"]
_DTYPES = {"e": "f", "f": "f", "d": "d", "F": "F", "D": "D", "G": "D"}
_LONGEST = 46340            # elements of a matrix are counted in 32 bits
_TRANSPOSED = {0: "N", 1: "T", 2: "C", "N": "N", "T": "T", "C": "C"}


class LinAlgWarning(RuntimeWarning):
    """A result of linear algebra is of doubtful use."""


def _numbers(a, check_finite, least=1):
    """An array as LAPACK takes it: of single or double precision, native and aligned."""
    a = np.asarray(a)
    if a.ndim < least:
        raise ValueError("The input array must be at least two-dimensional.")
    if max(a.shape[-2:], default=0) > _LONGEST:
        raise ValueError(f"matrices have at most {_LONGEST} rows and columns here, not {a.shape[-2:]}")
    if a.dtype.char not in "fdFD" or not a.dtype.isnative or not a.flags.aligned:
        a = np.array(a, _DTYPES.get(a.dtype.char, "d"))
    if check_finite and not np.isfinite(a).all():
        raise ValueError("array must not contain infs or NaNs")
    return a


def lu_factor(a, overwrite_a=False, check_finite=True):
    """Factors of a matrix with its rows exchanged, as :func:`lu_solve` takes them.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    overwrite_a : bool, optional
        Ignored: `a` is never changed.
    check_finite : bool, optional
        Whether to look for NaN and infinity.

    Returns
    -------
    lu : Tensor
        Of shape ``(..., m, n)``: the upper triangle is the one factor, what is below it, with ones on the diagonal,
        the other.
    piv : Tensor
        Of shape ``(..., min(m, n))``: row ``i`` was exchanged with row ``piv[i]``.

    Raises
    ------
    ValueError
        If `a` is no matrix, or not finite.

    Warns
    -----
    LinAlgWarning
        If a matrix is singular.
    """
    a = _numbers(a, check_finite, 2)
    if not a.size:
        return np.empty_like(a).view(Tensor), np.empty((*a.shape[:-2], min(a.shape[-2:])), np.intc).view(Tensor)
    factors, pivots = factor(a)
    zero = np.asarray(np.diagonal(factors, axis1=-2, axis2=-1) == 0)
    if zero.any():
        column = int(zero.reshape(-1, zero.shape[-1]).any(0).argmax())
        warnings.warn(f"Diagonal number {column + 1} is exactly zero. Singular matrix.", LinAlgWarning, stacklevel=2)
    return factors, pivots


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    """Factors of a matrix: ``a = P @ L @ U``.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    permute_l : bool, optional
        Whether ``P @ L`` is wanted as one.
    overwrite_a : bool, optional
        Ignored: `a` is never changed.
    check_finite : bool, optional
        Whether to look for NaN and infinity.
    p_indices : bool, optional
        Whether `P` is given as the rows of `L` that it takes: ``a = L[p] @ U``.

    Returns
    -------
    P : Tensor
        Of shape ``(..., m, m)``, or ``(..., m)``; not there with `permute_l`.
    L : Tensor
        Lower triangular with ones on the diagonal, of shape ``(..., m, min(m, n))``.
    U : Tensor
        Upper triangular, of shape ``(..., min(m, n), n)``.

    Raises
    ------
    ValueError
        If `a` is no matrix, or not finite.
    """
    a = _numbers(a, check_finite, 2)
    m, n = a.shape[-2:]
    k = min(m, n)
    factors, pivots = factor(a) if a.size else (np.empty_like(a), np.empty((*a.shape[:-2], k), np.intc))
    lower = (np.tril(factors[..., :k], -1) + np.eye(m, k, dtype=a.dtype)).view(Tensor)
    upper = np.triu(factors[..., :k, :]).view(Tensor)
    order = np.argsort(_permutation(pivots, m), -1).astype(np.intc)
    if permute_l:
        return np.take_along_axis(lower, order[..., np.newaxis], -2).view(Tensor), upper
    if p_indices:
        return order.view(Tensor), lower, upper
    return (order[..., np.newaxis] == np.arange(m)).astype(np.zeros(1, a.dtype).real.dtype).view(Tensor), lower, upper


def _permutation(pivots, m):
    """The order of rows that exchanges, one after the other, bring about."""
    pivots = np.asarray(pivots)
    flat = pivots.reshape(prod(pivots.shape[:-1]), pivots.shape[-1])
    order = np.tile(np.arange(m), (len(flat), 1))
    items = np.arange(len(flat))
    for k in range(flat.shape[1]):
        order[items, k], order[items, flat[:, k]] = order[items, flat[:, k]], order[items, k].copy()
    return order.reshape(*pivots.shape[:-1], m)


def _fitting(name, a, b):
    """The right-hand sides in the type of both, or an error."""
    common = np.result_type(a, b)
    if b.ndim == 0 or b.shape[-1 if b.ndim == 1 else -2] != a.shape[-1]:
        raise ValueError(f"{name}: shapes of a {a.shape} and b {b.shape} are incompatible")
    if b.ndim > 2 and b.shape[:-2] != a.shape[:-2]:
        loops = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a = np.ascontiguousarray(np.broadcast_to(a, loops + a.shape[-2:]))
        b = np.ascontiguousarray(np.broadcast_to(b, loops + b.shape[-2:]))
    return a.astype(common, copy=False), b.astype(common, copy=False)


def _nothing(a, b):
    return np.empty(a.shape[:-1] + (b.shape[-1:] if b.ndim > 1 else ()), np.result_type(a, b)).view(Tensor)


def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    """Solution of ``a @ x = b`` from the factors of `a`.

    Parameters
    ----------
    lu_and_piv : tuple
        What :func:`lu_factor` gives for a square matrix, or a stack of them.
    b : array_like
        Of shape ``(n,)`` or ``(..., n, k)``.
    trans : {0, 1, 2}, optional
        Whether the equation has `a`, its transpose or its adjoint.
    overwrite_b : bool, optional
        Ignored: `b` is never changed.
    check_finite : bool, optional
        Whether to look for NaN and infinity.

    Returns
    -------
    Tensor
        Of shape ``(..., n)`` where `b` is one vector, else ``(..., n, k)``.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or a pivot is no row.
    """
    factors, pivots = lu_and_piv
    factors, b = _numbers(factors, check_finite, 2), _numbers(b, check_finite)
    pivots = np.asarray(pivots)
    n = factors.shape[-1]
    if factors.shape[-2] != n:
        raise ValueError(f"lu_solve: square matrices are wanted, not of shape {factors.shape}")
    if trans not in (0, 1, 2):
        raise ValueError(f"lu_solve: trans is 0, 1 or 2, not {trans!r}")
    if pivots.shape != factors.shape[:-1] or pivots.dtype.kind not in "iu" or not ((pivots >= 0) & (pivots < n)).all():
        raise ValueError(f"lu_solve: {n} row numbers for each matrix are wanted as pivots")
    loops = factors.shape[:-2]
    factors, b = _fitting("lu_solve", factors, b)
    if factors.shape[:-2] != loops:
        pivots = np.broadcast_to(pivots, factors.shape[:-1])
    if not factors.size or not b.size:
        return _nothing(factors, b)
    return solve_factored(factors, pivots, b, _TRANSPOSED[trans])


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    """Solution of ``a @ x = b`` where `a` is triangular.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``; the other triangle is not read.
    b : array_like
        Of shape ``(n,)`` or ``(..., n, k)``.
    trans : {0, 1, 2, "N", "T", "C"}, optional
        Whether the equation has `a`, its transpose or its adjoint.
    lower : bool, optional
        Whether the lower triangle is meant.
    unit_diagonal : bool, optional
        Whether the diagonal is taken to be all ones, without a look at it.
    overwrite_b : bool, optional
        Ignored: `b` is never changed.
    check_finite : bool, optional
        Whether to look for NaN and infinity.

    Returns
    -------
    Tensor
        Of shape ``(..., n)`` where `b` is one vector, else ``(..., n, k)``.

    Raises
    ------
    LinAlgError
        If the diagonal has a zero.
    ValueError
        If shapes do not fit or a number is not finite.
    """
    a, b = _numbers(a, check_finite), _numbers(b, check_finite)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError("expected square matrix")
    if trans not in _TRANSPOSED:
        raise ValueError(f"solve_triangular: trans is 0, 1, 2, 'N', 'T' or 'C', not {trans!r}")
    a, b = _fitting("solve_triangular", a, b)
    if not a.size or not b.size:
        return _nothing(a, b)
    found, singular = solve_triangle(a, b, _TRANSPOSED[trans], bool(lower), bool(unit_diagonal))
    if singular:
        zero = np.asarray(np.diagonal(a, axis1=-2, axis2=-1) == 0).reshape(-1, a.shape[-1])
        raise LinAlgError(f"singular matrix: resolution failed at diagonal {int(zero.any(0).argmax())}")
    return found


#: Pade's approximant of degree m has no more than rounding errors up to this 1-norm: Higham, "The scaling and squaring
#: method for the matrix exponential revisited", SIAM J. Matrix Anal. Appl. 26 (2005), table 2.3.
_LIMITS = {3: 1.495585217958292e-2, 5: 2.539398330063230e-1, 7: 9.504178996162932e-1, 9: 2.097847961257068,
           13: 5.371920351148152}


def _approximant(degree):
    """Coefficients of Pade's approximant, of x**0 on: (2m - k)! m! / ((2m)! (m - k)! k!), the last made one."""
    c = [1.0]
    for k in range(1, degree + 1):
        c.append(c[-1] * (degree - k + 1) / ((2 * degree - k + 1) * k))
    return c


_COEFFICIENTS = {degree: _approximant(degree) for degree in _LIMITS}


def expm(A):
    """Exponential of a matrix, or of each of a stack.

    Parameters
    ----------
    A : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    Tensor
        Of the same shape.

    Raises
    ------
    LinAlgError
        If a matrix is not square.
    """
    a = np.asarray(A)
    if a.size == 1 and a.ndim < 2:
        return np.exp(a.reshape(1, 1)).view(Tensor)
    if a.ndim < 2:
        raise LinAlgError("The input array must be at least two-dimensional")
    if a.shape[-1] != a.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    single = a.dtype.char in "efF"
    a = np.asarray(a, "D" if a.dtype.kind == "c" else "d")
    result_type = np.dtype(("F" if single else "D") if a.dtype.kind == "c" else ("f" if single else "d"))
    if not a.size:
        return np.empty(a.shape, result_type).view(Tensor)
    stack = a.reshape(-1, *a.shape[-2:])
    found = np.empty_like(stack)
    size = np.asarray(norm(stack, 1, (-2, -1)))
    degrees = np.select([size <= limit for limit in _LIMITS.values()], list(_LIMITS), 13)
    for degree in np.unique(degrees):
        chosen = np.flatnonzero(degrees == degree)
        found[chosen] = _exponential(stack[chosen], int(degree), size[chosen])
    return found.reshape(a.shape).astype(result_type, copy=False).view(Tensor)


def _exponential(a, degree, size):
    """By scaling down, an approximant, and squaring; matrices that are not finite give NaN."""
    finite = np.isfinite(size)
    squarings = np.zeros(len(a), int)
    large = finite & (size > _LIMITS[13])
    squarings[large] = np.ceil(np.log2(size[large] / _LIMITS[13])).astype(int)
    a = np.where(finite[:, np.newaxis, np.newaxis], a, 0) * np.ldexp(1.0, -squarings)[:, np.newaxis, np.newaxis]
    c = _COEFFICIENTS[degree]
    one = np.eye(a.shape[-1])
    square = np.asarray(_matmul(a, a))
    powers = [np.broadcast_to(one, a.shape), square]
    for _ in range(2, degree // 2 + 1 if degree < 13 else 4):
        powers.append(np.asarray(_matmul(powers[-1], square)))
    if degree < 13:
        odd = sum(c[2 * k + 1] * power for k, power in enumerate(powers))
        even = sum(c[2 * k] * power for k, power in enumerate(powers))
    else:                           # of the powers only the sixth is needed twice
        sixth = powers[3]
        odd = _matmul(sixth, c[13] * sixth + c[11] * powers[2] + c[9] * square) + sum(
            c[2 * k + 1] * powers[k] for k in range(4))
        even = _matmul(sixth, c[12] * sixth + c[10] * powers[2] + c[8] * square) + sum(
            c[2 * k] * powers[k] for k in range(4))
    odd = np.asarray(_matmul(a, odd))
    found = np.asarray(solve(even - odd, even + odd))
    for k in range(int(squarings.max(initial=0))):
        rest = np.flatnonzero(squarings > k)
        found[rest] = _matmul(found[rest], found[rest])
    found[~finite] = np.nan
    return found


#: name -> function.
FUNCTIONS = {f.__name__: f for f in (expm, lu, lu_factor, lu_solve, solve_triangular)}
