"""Run one body under torsor and under NumPy, and compare all that can be seen of the two runs.

Owns comparison for the whole suite: result, memory left behind, exception, warnings.  Arguments are copied
for each run with their layout and with the memory that they share; what a test runs is its own business.
"""
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import torsor
from torsor.ufuncs import UFUNCS

Tensor = torsor.Tensor
#: The types by which exact values are approached: the next wider one.
WIDER = {"f": np.dtype("d"), "d": np.dtype("g"), "F": np.dtype("D"), "D": np.dtype("G")}


class Face:
    """A namespace: attributes are the functions of one library, ``array`` makes its arrays."""

    def __init__(self, kind: type):
        self.kind = kind

    def __getattr__(self, name):
        if name in UFUNCS:
            return UFUNCS[name] if self.kind is Tensor else UFUNCS[name].numpy
        return getattr(torsor if self.kind is Tensor else np, name)

    def array(self, *args, **kwargs):
        return np.array(*args, **kwargs).view(self.kind)


TORSOR, NUMPY = Face(Tensor), Face(np.ndarray)


class Twins:
    """Copies of arguments: same layout, same alignment, sharing memory where the originals do."""

    def __init__(self, kind: type, wide: bool = False):
        self.kind, self.wide = kind, wide
        self.owners, self.copies = {}, {}

    def of(self, x):
        if isinstance(x, (tuple, list)):
            return type(x)(map(self.of, x))
        if isinstance(x, dict):
            return {key: self.of(item) for key, item in x.items()}
        if type(x) is not np.ndarray:
            return WIDER[x.dtype.char].type(x) if self.wide and getattr(x, "dtype", np.dtype("O")).char in WIDER else x
        if id(x) not in self.copies:
            self.copies[id(x)] = self.copy(x)
        return self.copies[id(x)]

    def copy(self, x):
        if self.wide and x.dtype.char in WIDER:
            return x.astype(WIDER[x.dtype.char])
        owner = x
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if x.dtype.hasobject or not owner.flags.forc:
            return x.copy(order="K").view(self.kind)
        if id(owner) not in self.owners:
            self.owners[id(owner)] = owner.copy(order="K")
        copy = self.owners[id(owner)]
        offset = x.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        flat = np.ndarray(copy.nbytes, np.uint8, buffer=copy.ravel(order="K"))
        twin = np.ndarray(x.shape, x.dtype, buffer=flat, offset=offset, strides=x.strides) if x.size else x.copy()
        if not x.flags.writeable:
            twin.flags.writeable = False
        return twin.view(self.kind)


@dataclass
class Outcome:
    """What one run of a body did."""

    value: Any = None
    error: BaseException | None = None
    warnings: list = field(default_factory=list)
    given: list = field(default_factory=list)       # the arguments, as they are afterwards
    memory: list = field(default_factory=list)      # all bytes behind them


def observe(face: Face, body, args, wide: bool = False) -> Outcome:
    """Run a body once, on copies of the arguments."""
    twins, outcome = Twins(face.kind, wide), Outcome()
    given = twins.of(args)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome.value = body(face, *given)
        except Exception as error:
            outcome.error = error
    outcome.warnings = [(w.category, str(w.message), w.filename) for w in caught]
    outcome.given = list(twins.copies.values())
    outcome.memory = [owner.tobytes() for owner in twins.owners.values()]
    return outcome


def words(error: BaseException) -> str:
    """An exception's text, the names of the two array types made one."""
    return re.sub(r"(torsor\.|numpy\.)?\b(Tensor|ndarray)\b", "array", str(error))


def same(body, *args, ulp: float = 0, match: bool = True, roundings=None):
    """Assert that ``body(xp, *args)`` does under torsor what it does under NumPy; returns NumPy's value.

    Parameters
    ----------
    body : callable
        Takes a namespace (``xp.add``, ``xp.array``) and the arguments.
    *args
        Any objects; ndarrays arrive as Tensors or ndarrays.
    ulp : float
        Distance from the exact value that floating results may have, from the row; the exact value is
        what NumPy computes in the next wider type.
    match : bool
        Whether the texts of exceptions are compared, and not only their classes.
    roundings : callable, optional
        Gives a list of other values of NumPy's for the same elements.  For where NumPy's own last bit
        depends on how the elements lie in memory; each element must be one that NumPy gives.
    """
    ours, numpys = observe(TORSOR, body, args), observe(NUMPY, body, args)
    if (ours.error is None) != (numpys.error is None):
        raise AssertionError(f"torsor: {ours.error!r} {ours.value!r}, NumPy: {numpys.error!r} {numpys.value!r}") from (
            ours.error or numpys.error)
    if numpys.error is not None:
        assert type(ours.error) is type(numpys.error), f"{ours.error!r} for {numpys.error!r}"
        assert not match or words(ours.error) == words(numpys.error), f"{ours.error} for {numpys.error}"
    assert ours.warnings == numpys.warnings, f"warned {ours.warnings} for {numpys.warnings}"
    for mine, its in zip(ours.given, numpys.given):
        assert (mine is ours.value) == (its is numpys.value), "a given array is returned by one only"
    wide = None
    if ulp and numpys.error is None:
        with np.errstate(all="ignore"):
            wide = observe(NUMPY, body, args, wide=True).value
    try:
        compare(ours.value, numpys.value, ulp, wide)
    except AssertionError:
        if roundings is None:
            raise
        with np.errstate(all="ignore"):
            _take_equal(numpys.value, ours.value, roundings())
        compare(ours.value, numpys.value)
    if not ulp and roundings is None:
        assert ours.memory == numpys.memory or all(map(_equal_bits, ours.given, numpys.given)), "memory differs"
    return numpys.value


def same_code(code, *arrays, **names):
    """:func:`same` for the text of an expression, in which ``x``, ``y`` and ``z`` are the arrays."""
    body = compile(code, "<case>", "eval")
    return same(lambda xp, *given: eval(body, {"xp": xp, "np": np, **dict(zip("xyz", given)), **names}), *arrays)


def _take_equal(its, mine, choices):
    """Put into an array of NumPy's, of each element, the choice that is equal, where there is one."""
    if isinstance(its, tuple):
        for k, x in enumerate(its):
            _take_equal(x, mine[k], [choice[k] for choice in choices])
        return
    for other in choices:
        np.copyto(its, other.reshape(its.shape), where=np.asarray(mine == other.reshape(its.shape)))


def _equal_bits(mine, its):
    try:
        compare(mine, its)
    except AssertionError:
        return False
    return True


def compare(mine, its, ulp: float = 0, exact=None):
    """Assert that one value of torsor's is one of NumPy's, Tensors standing for ndarrays."""
    if isinstance(its, (tuple, list)):
        assert type(mine) is type(its) and len(mine) == len(its)
        for k, (a, b) in enumerate(zip(mine, its)):
            compare(a, b, ulp, None if exact is None else exact[k])
        return
    assert type(mine) is (Tensor if type(its) is np.ndarray else type(its)), f"{type(mine)} for {type(its)}"
    if not isinstance(its, (np.ndarray, np.generic)):
        assert mine is its or mine == its or (mine != mine and its != its), f"{mine!r} != {its!r}"
        return
    assert mine.dtype == its.dtype and mine.dtype.isnative == its.dtype.isnative, f"{mine.dtype} for {its.dtype}"
    assert mine.shape == its.shape, f"{mine.shape} for {its.shape}"
    if isinstance(its, np.ndarray):
        if its.size:                            # where an axis has one element NumPy's stride is arbitrary
            assert [s for s, n in zip(mine.strides, mine.shape) if n > 1] == [
                s for s, n in zip(its.strides, its.shape) if n > 1], f"strides {mine.strides} for {its.strides}"
        for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
            assert mine.flags[flag] == its.flags[flag], f"{flag} is {mine.flags[flag]}, shape {its.shape}"
    mine, its = np.asarray(mine).view(np.ndarray), np.asarray(its).view(np.ndarray)
    if its.dtype.kind == "c":
        exact = [None, None] if exact is None else [exact.real, exact.imag]
        _compare_reals(mine.real, its.real, ulp, exact[0])
        _compare_reals(mine.imag, its.imag, ulp, exact[1])
    elif its.dtype.kind == "f":
        _compare_reals(mine, its, ulp, exact)
    elif its.dtype.kind == "b":
        np.testing.assert_array_equal(mine.view(np.uint8), its.view(np.uint8))
    else:
        np.testing.assert_array_equal(mine, its)


def _compare_reals(mine, its, ulp, exact):
    agree = (mine == its) & (np.signbit(mine) == np.signbit(its)) | np.isnan(mine) & np.isnan(its)
    if ulp and exact is not None:
        agree |= np.asarray(distance(mine, exact) <= ulp)
    if not agree.all():
        where = tuple(np.argwhere(~agree)[0])
        raise AssertionError(f"{(~agree).sum()} of {agree.size} values differ, first at {where}: "
                             f"{mine[where]!r} for {its[where]!r}")


def distance(value, exact):
    """Units in the last place, of the type of ``value``, from it to a value known in a wider type."""
    with np.errstate(all="ignore"):
        rounded = np.asarray(exact).astype(value.dtype)
        unit = np.spacing(np.abs(rounded)).astype(np.longdouble)
        away = np.abs(np.asarray(value, np.longdouble) - np.asarray(exact, np.longdouble)) / unit
        return np.where(np.isfinite(rounded) & np.isfinite(value), away,
                        np.where(np.isnan(exact) & np.isnan(value) | (rounded == value), 0, np.inf))
