"""Sums over common axes of several arrays: einsum and tensordot.

A sum over two operands is one matrix product of them, reordered; of more operands, one after the other.  How is
planned here, once for subscripts and shapes; which calls are is torsor/_kernels/contractions.pyx's.  Repeated
subscripts of one operand, ellipses and keywords are left to NumPy.
"""
from collections.abc import Callable
from functools import lru_cache, partial
from math import prod
from operator import index
from typing import NamedTuple

import numpy as np
from numpy._core.multiarray import c_einsum

from torsor._kernels import face
from torsor._kernels.contractions import connect, einsum
from torsor._kernels.products import dot
from torsor.products import FUNCTIONS as _PRODUCTS
from torsor.reductions import FUNCTIONS as _REDUCTIONS
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_ARRAYS = frozenset((Tensor, np.ndarray))
_PLANNED = (True, False, "greedy", "optimal")           # values of ``optimize`` with a plan of torsor's
_multiply, _matmul, _vecdot, _sum = (
    UFUNCS["multiply"], _PRODUCTS["matmul"], _PRODUCTS["vecdot"], _REDUCTIONS["sum"])
_numpys_loop, _numpys_tensordot = face.Function(c_einsum, "torsor"), face.Function(np.tensordot, "torsor")
#: Of a stack, products of a matrix and a vector shorter than this are quicker in NumPy's loop.
SHORT = 8
#: So are sums over more than two operands with fewer terms than this, unless NumPy is to look for a path.
FEW = 2000


class Step(NamedTuple):
    """One operand before the product: axes to sum, their new order, the shape; None where nothing changes."""

    summed: tuple[int, ...]
    order: tuple[int, ...] | None
    shape: tuple[int, ...] | None

    def take(self, x, dtype=None):
        """The operand, changed so; its sums are of another type where one is given."""
        if self.summed:
            if dtype is None and x.dtype.kind in "iu":
                dtype = x.dtype
            x = _sum(x, self.summed) if dtype is None else _sum(x, self.summed, dtype=dtype)
        if self.order is not None:
            x = x.transpose(self.order)
        return x if self.shape is None else x.reshape(self.shape)


AS_IS = Step((), None, None)


class Pair(NamedTuple):
    """How two operands are contracted; with what is done to each of them, and to the product."""

    swapped: bool
    first: Step
    second: Step
    product: Callable           # of the two
    last: Step
    direct: bool = False        # nothing but the product


def _inner(a, b):
    """Sums over the last axes; vecdot conjugates its first operand."""
    return _vecdot(a if a.dtype.kind != "c" else a.conj(), b)


def _changed(value, usual):
    """A new order or shape, or None if it is the old one."""
    return None if tuple(value) == tuple(usual) else tuple(value)


@lru_cache(maxsize=512)
def plan_pair(first: str, second: str, result: str, first_shape: tuple, second_shape: tuple) -> Pair | None:
    """The plan for two operands with these subscripts, none of which is repeated; None leaves it to NumPy."""
    sizes = dict(zip(second, second_shape)) | dict(zip(first, first_shape))
    if second_shape != tuple(sizes[s] for s in second) or 0 in sizes.values():
        return None                     # NumPy broadcasts, or says what is wrong
    own = next((s for s in result if (s in first) != (s in second)), "")
    if own and own not in first:        # the product then comes out in the order of the result, or nearly
        found = plan_pair(second, first, result, second_shape, first_shape)
        return found and found._replace(swapped=True, direct=False)
    summed = [tuple(k for k, s in enumerate(term) if s not in other and s not in result)
              for term, other in ((first, second), (second, first))]
    a, b = ([s for k, s in enumerate(term) if k not in axes] for term, axes in zip((first, second), summed))
    batch, inner = [s for s in result if s in a and s in b], [s for s in a if s in b and s not in result]
    rows, columns = [s for s in result if s in a and s not in b], [s for s in result if s in b and s not in a]

    def step(axes, names, ordered, shape):
        return Step(axes, _changed([names.index(s) for s in ordered], range(len(names))),
                    _changed(shape, [sizes[s] for s in ordered]))

    if not inner:                       # nothing to sum: element by element, broadcast
        steps = [step(axes, term, [s for s in result if s in term], [sizes[s] if s in term else 1 for s in result])
                 for axes, term in zip(summed, (a, b))]
        return Pair(False, steps[0], steps[1], _multiply, AS_IS, steps == [AS_IS, AS_IS])
    lead = [sizes[s] for s in batch]
    m, k, n = (prod(sizes[s] for s in names) for names in (rows, inner, columns))
    product = _matmul
    if not batch:
        shapes = [m, k] if rows else [k], [k, n] if columns else [k]
        shape = [size for size, names in ((m, rows), (n, columns)) if names]
    elif max(m, n, k // (1 if rows or columns else 2)) < SHORT and (not rows or not columns):
        return None
    elif not rows and not columns:
        shapes, shape, product = ([*lead, k], [*lead, k]), lead, _inner
    else:
        shapes, shape = ([*lead, m, k], [*lead, k, n]), [*lead, m, n]
    names = batch + rows + columns
    usual = [sizes[s] for s in names]
    steps = [step(summed[0], a, batch + rows + inner, shapes[0]),
             step(summed[1], b, batch + inner + columns, shapes[1])]
    last = Step((), _changed([names.index(s) for s in result], range(len(names))), _changed(usual, shape))
    return Pair(False, steps[0], steps[1], product, last, [*steps, last] == [AS_IS] * 3)


def contract(pair: Pair, at_once: bool, a, b):
    """The sum of products over two operands; what NumPy takes at once is of the type of both from the start."""
    if pair.swapped:
        a, b = b, a
    dtype = np.result_type(a, b) if at_once and a.dtype != b.dtype else None
    found = pair.product(pair.first.take(a, dtype), pair.second.take(b, dtype))
    if pair.last.shape is not None:
        found = found.reshape(pair.last.shape)
    return found if pair.last.order is None else found.transpose(pair.last.order)


def read_subscripts(subscripts: str, count: int) -> tuple[tuple[str, ...], str] | None:
    """The terms of the operands and of the result; None for what is left to NumPy."""
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = tuple(terms.split(","))
    letters = "".join(inputs)
    if not arrow:
        result = "".join(sorted(s for s in set(letters) if letters.count(s) == 1))
    usual = (len(inputs) == count and all(len(set(term)) == len(term) for term in (*inputs, result))
             and set(result) <= set(letters) and (letters + result).isalpha() and (letters + result).isascii())
    return (inputs, result) if usual else None


def plan_one(term: str, result: str) -> Step | None:
    """The plan for one operand; None where there is nothing to do."""
    if term == result:
        return None
    left = [s for s in term if s in result]
    return Step(tuple(k for k, s in enumerate(term) if s not in result),
                _changed([left.index(s) for s in result], range(len(left))), None)


def plan_path(inputs: tuple[str, ...], result: str, shapes: tuple, how: str, few: int) -> tuple | None:
    """Pairs in the order in which more than two operands are contracted: ``(i, j, term, other, term of both)``.

    None where there are fewer terms than `few`.
    """
    sizes: dict[str, int] = {}
    for term, shape in zip(inputs, shapes):
        for s, n in zip(term, shape):
            if sizes.setdefault(s, n) != n or n == 0:
                return None
    if prod(sizes.values()) < few:
        return None
    subscripts = ",".join(inputs) + "->" + result
    path = np.einsum_path(subscripts, *(np.broadcast_to(0.0, shape) for shape in shapes), optimize=how)[0][1:]
    terms, steps = list(inputs), []
    for group in path:
        chosen = sorted(group)
        if len(chosen) == 1:
            return None
        while len(chosen) > 1:
            j, i = chosen.pop(), chosen[-1] if len(chosen) > 1 else chosen[0]
            other, term = terms.pop(j), terms.pop(i)
            kept = set("".join(terms)) | set(result)
            joined = result if not terms else "".join(s for s in dict.fromkeys(term + other) if s in kept)
            steps.append((i, j, term, other, joined))
            if len(chosen) > 1:
                terms.insert(i, joined)
            else:
                terms.append(joined)
                chosen = []
    return tuple(steps)


def _is_planned(optimize, result: str) -> bool:
    """Whether the way is torsor's choice.  Where NumPy optimizes, its sums are scalars on some ways only."""
    return optimize is False or (optimize in _PLANNED and bool(result))


def plan_sum(subscripts: str, optimize: bool | str | None, *shapes: tuple) -> Callable | None:
    """What gives the result when it is called with the operands; None leaves it to NumPy."""
    read = read_subscripts(subscripts, len(shapes))
    if read is None or [len(term) for term in read[0]] != [len(shape) for shape in shapes]:
        return None
    inputs, result = read
    if not _is_planned(optimize, result):
        return None
    if len(shapes) == 1:
        step = plan_one(inputs[0], result) if 0 not in shapes[0] else None
        return step and step.take
    if len(shapes) == 2:
        pair = plan_pair(*inputs, result, *shapes)
        return pair and (pair.product if pair.direct else partial(contract, pair, optimize is False))
    how = optimize if isinstance(optimize, str) else "greedy"
    steps = plan_path(inputs, result, shapes, how, FEW if optimize is False else 0)
    return partial(_contract_all, steps, optimize is False) if steps else None


def _contract_all(steps, at_once, *operands):
    """One pair after the other; what NumPy takes all at once is of one type from the start."""
    arrays, last = list(operands), np.result_type(*operands)
    if at_once:
        arrays = [x if x.dtype == last else x.astype(last) for x in arrays]
    for i, j, term, other, joined in steps:
        b, a = arrays.pop(j), arrays.pop(i)
        pair = plan_pair(term, other, joined, a.shape, b.shape)
        arrays.append(_numpys_loop(f"{term},{other}->{joined}", a, b) if pair is None else contract(pair, False, a, b))
    return arrays[0] if arrays[0].dtype == last else arrays[0].astype(last)


def tensordot(a, b, axes=2):
    """Sum of products over axes of two arrays; see :func:`numpy.tensordot`.

    Parameters
    ----------
    a, b : array_like
        The operands.
    axes : int or pair of sequences of int, optional
        How many axes at the end of `a` and the start of `b`, or which of each.

    Returns
    -------
    Tensor
        Of the shape of what is left of `a`, then of `b`.

    Raises
    ------
    ValueError
        If the axes do not fit each other.
    """
    if type(a) in _ARRAYS and type(b) in _ARRAYS:
        plan = _plan_tensordot(a.shape, b.shape, axes)
        if plan is not None:
            first, second, shape = plan
            found = dot(first.take(a), second.take(b))
            return found.reshape(shape)
    return _numpys_tensordot(a, b, axes)


def _plan_tensordot(m, n, axes):
    if type(axes) is int:
        return _plan_axes(m, n, axes) if axes >= 0 else None
    try:
        first, second = axes
        key = tuple(tuple([index(d) for d in given]) if type(given) in (list, tuple) else (index(given),)
                    for given in (first, second))
    except (TypeError, ValueError):
        return None
    return _plan_axes(m, n, key)


@lru_cache(maxsize=512)
def _plan_axes(m: tuple[int, ...], n: tuple[int, ...], axes) -> tuple[Step, Step, tuple[int, ...]] | None:
    """What is done to both operands, and the shape of the result; None for what NumPy refuses."""
    if isinstance(axes, int):
        axes = tuple(range(len(m) - axes, len(m))), tuple(range(axes))
    first, second = axes
    if len(first) != len(second) or any(not -len(shape) <= d < len(shape) for d, shape in (
            *((d, m) for d in first), *((d, n) for d in second))):
        return None
    first, second = [d % len(m) for d in first], [d % len(n) for d in second]
    if len(set(first)) < len(first) or len(set(second)) < len(second) or any(
            m[i] != n[j] for i, j in zip(first, second)):
        return None
    rows, columns = [d for d in range(len(m)) if d not in first], [d for d in range(len(n)) if d not in second]
    inner = prod(m[d] for d in first)
    shape = tuple([m[d] for d in rows] + [n[d] for d in columns])
    left, right = (prod(m[d] for d in rows), inner), (inner, prod(n[d] for d in columns))
    return (Step((), _changed(rows + first, range(len(m))), _changed(left, [m[d] for d in rows + first])),
            Step((), _changed(second + columns, range(len(n))), _changed(right, [n[d] for d in second + columns])),
            shape)


connect(plan_sum, _numpys_loop)
#: name -> function.
FUNCTIONS = {"einsum": einsum, "tensordot": tensordot}
face.present(FUNCTIONS)
