"""astype and copy, against NumPy's: values, layouts, warnings of numbers that do not fit, errors, threads."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same, same_code
from operands import FULL, dtype_of, lay_out, specials, wholes
from torsor import _optable

TYPES = (*_optable.ALL, "e", "g", "O", "M8[s]", "U5")


@pytest.mark.parametrize("source", TYPES)
def test_every_pair(source):
    values = wholes(source, (3, 40)) if source not in ("M8[s]", "U5") else np.arange(120).reshape(3, 40).astype(source)
    for target in TYPES:
        for x in (values, values[0], values[:, ::2], values.T, values[:0], values[:1, :1].reshape(())):
            same(lambda xp, a, *given: a.astype(*given), x, target)


@pytest.mark.parametrize("source", "fd")
def test_numbers_that_do_not_fit(source):
    for target in _optable.ALL:
        limit = np.iinfo(dtype_of(target)).max if target in _optable.INTS else 1.0
        for number in (*specials(source), limit, limit + 1, -limit - 1, -limit - 2, -0.5, -0.99, -1.0):
            for n in (1, 7, 40):
                x = np.ones(n, dtype_of(source))
                with np.errstate(over="ignore"):
                    x[n // 2] = number
                same(lambda xp, a, *given: a.astype(*given), x, dtype_of(target))
                same(lambda xp, a, *given: a.astype(*given), x[::-2], dtype_of(target))


@pytest.mark.parametrize("source", "qQ")
def test_long_integers_as_doubles_are_rounded_once(source):
    bits = np.random.default_rng(0).integers(0, 2**64, 20000, np.uint64)
    shifted = bits >> (bits % 64)                       # of every length
    for values in (bits, shifted, -shifted, 2**np.arange(64, dtype=np.uint64), 2**np.arange(64, dtype=np.uint64) - 1,
                   -(2**np.arange(64, dtype=np.uint64)), (shifted | 1 << 63) & ~np.uint64(1023) | 512):
        x = values.view(np.uint64).astype(source, copy=False) if source == "Q" else values.view(np.int64)
        same(lambda xp, a: a.astype("d"), x)
        same(lambda xp, a: a[::3].astype("d"), x)
        same(lambda xp, a: a * 1.0, x)


@pytest.mark.parametrize("state", ["ignore", "warn", "raise", "print"])
def test_error_states(state, capsys):
    with np.errstate(all=state):
        for x, target in ((np.array([1e300, 1e-300, 1]), "f"), (np.array([np.nan, 2]), "q"),
                          (np.array([1e-300, 2]), "f"), (np.array([1e300 + 1j]), "F")):
            same(lambda xp, a, *given: a.astype(*given), x, target)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", ["d", "h", "D", "?"])
def test_layouts(code, layout):
    x = lay_out(wholes(code), layout)
    for target in ("f", "q", "b", "?", code):
        for order in "KCFA":
            same(lambda xp, a, *given: a.astype(*given), x, target, order)
        same(lambda xp, a, *given: xp.astype(a, *given), x, dtype_of(target))
    for order in "KCFA":
        same(lambda xp, a, *given: a.copy(*given), x, order)
        same(lambda xp, a, *given: xp.copy(a, *given), x, order)
    same(lambda xp, a: xp.copy(a), x)
    same(lambda xp, a: xp.copy(a.T), x)
    same(lambda xp, a: a.T.copy(), x)


CALLS = (
    "x.astype('f', casting='safe')", "x.astype('f', casting='same_kind')", "x.astype('q', casting='same_kind')",
    "x.astype('d', copy=False) is x", "x.astype('d') is x", "x.astype('f', copy=False)",
    "x.astype(x.dtype, copy=False) is x",
    "x.astype(float)", "x.astype(int)", "x.astype(bool)", "x.astype(complex)", "x.astype(object)", "x.astype(str)",
    "x.astype('nonsense')",
    "x.astype(3)", "x.astype('f', 'Q')", "x.astype('f', casting='odd')", "x.astype(dtype='i')",
    "x.astype('>f8')", "x.astype('i4,f8')", "x.astype(np.float32, order='F')", "x.astype('f', copy=None)",
    "x.astype('f', copy=1)",
    "xp.astype(x, 'f')", "xp.astype(x, np.float32, copy=False)", "xp.astype(x, np.float64, copy=False) is x",
    "xp.astype([1.0], 'f')",
    "xp.astype(x, 'f', device='cpu')", "xp.astype(x, 'f', device='gpu')", "xp.copy(x)", "xp.copy([1, 2])",
    "xp.copy(3.0)", "xp.copy(x, 'Q')", "xp.copy(x, subok=True)", "xp.copy(a=x, order='F')", "xp.copy(x, None)",
    "x.copy('Q')",
)


@pytest.mark.parametrize("code", CALLS)
def test_calls(code):
    same_code(code, wholes("d", (3, 4)))


def test_arguments_that_are_missing():
    for body in (lambda xp, x: x.astype(), lambda xp, x: xp.astype(x), lambda xp, x: xp.astype(x, dtype="f"),
                 lambda xp, x: xp.copy(), lambda xp, x: x.astype("f", "K", "unsafe", True, True, 1)):
        same(body, np.ones(3), match=False)


def test_a_copy_shares_nothing():
    x = torsor.ones((3, 4))
    for y in (x.astype(float), torsor.copy(x), torsor.copy(x.T), x.T.copy(), torsor.astype(x, torsor.float64)):
        assert not np.shares_memory(x, y)


def test_subclasses_keep_their_class():
    class Own(torsor.Tensor):
        pass

    x = torsor.ones(3).view(Own)
    assert type(x.astype("f")) is Own and type(x.astype("f", subok=False)) is not Own and type(x.copy()) is Own
    assert type(torsor.copy(x, subok=True)) is Own


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_optable.ALL), st.sampled_from(_optable.ALL), st.integers(0, 300), st.integers(0, 2**32 - 1))
def test_any_bits(source, target, n, seed):
    dtype = dtype_of(source)
    x = np.random.default_rng(seed).integers(0, 256, n * dtype.itemsize, np.uint8)
    same(lambda xp, a: a.astype(dtype_of(target)), (x & 1).view(bool) if source == "?" else x.view(dtype))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    x = np.random.default_rng(0).uniform(-1000, 1000, (700, 500))
    with torsor.threads(threads):
        for target in "fqib?FD":
            same(lambda xp, a, *given: a.astype(*given), x, target)
            same(lambda xp, a, *given: a.T.astype(*given), x, target)
            same(lambda xp, a, *given: a[::2, ::3].astype(*given), x, target, "C")
        x[600, 400] = np.nan
        same(lambda xp, a: a.astype("q"), x)


def test_names_of_types_that_numpy_warns_of():
    for name in ("a", "f8", "float32", "q", "i4", "bool", "?", "nonsense", "complex64"):
        same_code(f"x.astype({name!r})", np.arange(3.0))
