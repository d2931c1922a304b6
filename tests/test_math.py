"""The arithmetic behind the vector kernels: integers pair by pair, remainders bit by bit, NumPy's accuracy tables.

That each function is NumPy's in types, layouts, threads and warnings is test_ufuncs.py's business.
"""
import contextlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import torsor
from differential import distance, same
from operands import dtype_of, specials
from process import run
from torsor._kernels import LEVELS, cpu
from torsor._kernels.engine import native_loops
from torsor._optable import COMPLEXES, INTS, OPS, SIGNED

DIVISIONS = ("floor_divide", "remainder", "fmod", "divmod", "gcd", "lcm")
MODULOS = DIVISIONS[:4]
USABLE = LEVELS[: LEVELS.index(cpu.LEVEL) + 1]
TABLES = Path(np.__file__).parent / "_core" / "tests" / "data"


def call(name):
    return lambda xp, *args: getattr(xp, name)(*args)


def integers(code, n, rng):
    """Integers of all sizes, and exact multiples and their neighbours."""
    info = np.iinfo(dtype_of(code))
    any_size = rng.integers(info.min, info.max, (2, n), dtype=info.dtype, endpoint=True) >> rng.integers(
        0, info.bits, (2, n), dtype=info.dtype)
    divisor = any_size[1]
    near = any_size[0] * divisor + rng.integers(0, 3, n, dtype=info.dtype) - info.dtype.type(1)
    grids = [grid.ravel() for grid in np.meshgrid(specials(code), specials(code))]
    return (np.concatenate([any_size[0], near, grids[0]]), np.concatenate([divisor, divisor, grids[1]]))


# ---------------------------------------------------------------------------------------- integers

@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("code", "bB")
def test_every_pair_of_bytes(name, code):
    info = np.iinfo(code)
    every = np.arange(info.min, info.max + 1).astype(code)
    x, y = (np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(every, every))
    same(call(name), x, y)
    for k in (0, 1, 2, 7, 255):                                        # one divisor, one dividend
        same(call(name), every, every[k])
        same(call(name), every[k], every)


@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("code", INTS[2:])
def test_integers_of_all_sizes(name, code):
    with np.errstate(all="ignore"):
        x, y = integers(code, 20_000, np.random.default_rng(0))
    same(call(name), x, y)
    for k in range(-1, -40, -3):
        same(call(name), x[-300:], y[k - 300 : k])
        same(call(name), x[-300:], y[k])
        same(call(name), x[k], y[-300:])


@pytest.mark.parametrize("code", INTS)
@pytest.mark.parametrize("n", [1, 7, 8, 63, 64, 65, 1000])
def test_powers_of_integers(code, n):
    rng = np.random.default_rng(n)
    x = rng.integers(np.iinfo(dtype_of(code)).min, np.iinfo(dtype_of(code)).max, n, dtype=dtype_of(code), endpoint=True)
    y = rng.integers(0, 127, n).astype(x.dtype)
    for operands in ((x, y), (x[::-1], y), (x, y[::2].repeat(2)[:n])):
        same(call("power"), *operands)
    for exponent in (0, 1, 2, 3, 13, 100, 126):
        same(lambda xp, x, e: xp.power(x, e), x, exponent)
        same(lambda xp, x, e: xp.asarray(x) ** e, x, exponent)
        same(call("power"), x, y.dtype.type(exponent))


@pytest.mark.parametrize("code", SIGNED)
def test_negative_exponents_are_refused(code):
    x, y = np.arange(1, 1001).astype(code), np.arange(1000).astype(code) & np.array(63, code)
    for k in (0, 500, 999):
        for negative in (-1, np.iinfo(code).min):
            exponents = y.copy()
            exponents[k] = negative
            out = np.full(1000, 7, code)
            same(call("power"), x, exponents)
            same(lambda xp, x, e, o: xp.power(x, e, out=o), x, exponents, out)
            with pytest.raises(ValueError, match="negative integer powers"):
                torsor.power(x, exponents)
            same(call("power"), x[::2], exponents[::-2])
    same(call("power"), x, -3)
    same(lambda xp, x: xp.asarray(x) ** -2, x)
    same(call("power"), x[:0], np.array(-1, code))
    same(call("power"), np.array(2, code), np.array(-1, code))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_integers(data):
    dtype = data.draw(st.sampled_from([dtype_of(c) for c in INTS]))
    x, y = (data.draw(hnp.arrays(dtype, data.draw(st.sampled_from([(), (1,), (5,), (70,)])))) for _ in range(2))
    for name in DIVISIONS:
        if x.ndim == 0 or y.ndim == 0 or x.shape == y.shape or 1 in (x.size, y.size):
            same(call(name), x, y)


# ---------------------------------------------------------------------------------------- remainders

def reals(code, n, rng):
    """Pairs with quotients of all sizes, exact multiples and their neighbours."""
    dtype = np.dtype(code)
    sizes = np.ldexp(rng.uniform(-1, 1, (2, n)), rng.integers(-60, 60, (2, n))).astype(dtype)
    y = sizes[1]
    multiples = (y * rng.integers(-1000, 1000, n)).astype(dtype)
    whole = rng.integers(-50, 50, (2, n)).astype(dtype)
    below, above = (np.nextafter(multiples, dtype.type(limit)) for limit in (-np.inf, np.inf))
    xs = [sizes[0], multiples, below, above, whole[0]]
    return np.concatenate(xs), np.concatenate([y, y, y, y, whole[1]])


@pytest.mark.parametrize("name", [*MODULOS, "nextafter"])
@pytest.mark.parametrize("code", "fd")
def test_remainders_are_exact(name, code):
    x, y = reals(code, 4000, np.random.default_rng(1))
    with np.errstate(all="ignore"):
        same(call(name), x, y)
        for divisor in (0.1, -3, 1e-30, np.inf, 0, np.nan):
            same(call(name), x, y.dtype.type(divisor))
        for k in range(0, 130, 13):                    # what is odd at any place of a block is NumPy's
            odd = x[:130].copy()
            odd[k] = (np.nan, np.inf, 1e30, 5e-324, 0)[k // 13 % 5]
            same(call(name), odd, y[:130])
            same(call(name), y[:130], odd)


@pytest.mark.parametrize("code", "fd")
def test_spacing_of_all_sizes(code):
    x, _ = reals(code, 4000, np.random.default_rng(2))
    with np.errstate(all="ignore"):
        same(call("spacing"), x)
        same(call("spacing"), np.ldexp(x, -1000 if code == "d" else -120))


# ---------------------------------------------------------------------------------------- two numbers

@pytest.mark.parametrize("name", ["hypot", "arctan2", "logaddexp", "logaddexp2"])
@pytest.mark.parametrize("code", "fd")
def test_functions_of_two_numbers(name, code):
    op = next(op for op in OPS if op.name == name)
    rng = np.random.default_rng(3)
    reach = 120 if code == "f" else 1000
    x, y = np.ldexp(rng.uniform(-1, 1, (2, 20_000)), rng.integers(-reach, reach, (2, 20_000))).astype(code)
    if name.startswith("logaddexp"):
        x, y = rng.uniform(0, 700, (2, 20_000)).astype(code)
    with np.errstate(all="ignore"):
        exact = getattr(np, name)(x.astype(np.longdouble), y.astype(np.longdouble))
        assert distance(np.asarray(getattr(torsor, name)(x, y)), exact).max() <= 2 * op.ulp


@pytest.mark.parametrize("op", [op for op in OPS if set(op.native) & set(COMPLEXES)], ids=lambda op: op.name)
@pytest.mark.parametrize("code", COMPLEXES)
def test_complex_functions(op, code):
    rng = np.random.default_rng(4)
    angle, part = rng.uniform(-4, 4, 5000), np.ldexp(rng.uniform(-1, 1, (2, 5000)), rng.integers(-60, 9, (2, 5000)))
    for z in (np.exp(1j * angle), np.exp(1j * angle) * (1 + 1e-9 * angle), part[0] + 1j * part[1], angle + 0j,
              1j * angle, angle - 1e-9j * angle[::-1]):
        same(call(op.name), z.astype(code), ulp=op.ulp_complex)


# ---------------------------------------------------------------------------------------- NumPy's tables

CODE = """
    import sys
    sys.path.insert(0, {tests!r})
    import numpy as np
    from test_math import over_the_bound
    from torsor._kernels import ISA, engine
    engine.set_borrowing(False)
    print(ISA, *over_the_bound())
"""


def over_the_bound():
    """Functions whose results leave the error that NumPy's accuracy tables allow."""
    for path in sorted(TABLES.glob("umath-validation-set-*.csv")):
        name = path.stem.rpartition("-")[2]
        lines = [line.split(",") for line in path.read_text().splitlines()[1:] if line[:1] not in ("", "#", "$")]
        for dtype, bits in ((np.float32, np.uint32), (np.float64, np.uint64)):
            rows = [row for row in lines if row[0] == f"np.{dtype.__name__}"]
            if not rows:
                continue
            x, want = (np.array([int(row[k], 16) for row in rows], bits).view(dtype) for k in (1, 2))
            allowed = np.array([int(row[3]) for row in rows])
            with np.errstate(all="ignore"):
                got = np.asarray(getattr(torsor, name)(x))
                away = distance(got, want.astype(np.longdouble))
            if not (away <= allowed).all():
                yield f"{name}-{dtype.__name__}"


@pytest.mark.parametrize("level", USABLE)
def test_accuracy_tables_of_numpy(level):
    assert len(list(TABLES.glob("umath-validation-set-*.csv"))) > 15
    found = run(CODE.format(tests=str(Path(__file__).parent)), TORSOR_ISA=level).split()
    assert found == [level]


# ---------------------------------------------------------------------------------------- sinc, i0

@pytest.mark.parametrize("code", "fd")
def test_sinc(code):
    x = np.concatenate([np.linspace(-9, 9, 1001), [0, -0.0, 1e-300, 3, 1e10, np.nan]]).astype(code)
    with np.errstate(all="ignore"):
        angle = x * x.dtype.type(np.pi)
        angle[angle == 0] = np.finfo(code).eps
        wide = angle.astype(np.longdouble)
        for shaped in (x, x.reshape(19, -1), x[::-2]):
            got = torsor.sinc(shaped)
            assert got.dtype == x.dtype and got.shape == shaped.shape and type(got) is torsor.Tensor
        assert distance(np.asarray(torsor.sinc(x)), np.sin(wide) / wide).max() <= 2


@pytest.mark.parametrize("code", "fd")
def test_i0(code):
    mp = pytest.importorskip("mpmath").mp
    x = np.concatenate([np.linspace(-20, 20, 101), [0, -0.0, 8, np.nextafter(8, 9), 1e-300, 80]]).astype(code)
    got = torsor.i0(x)
    assert got.dtype == x.dtype and type(got) is torsor.Tensor
    with mp.workdps(40):
        exact = np.array([np.longdouble(mp.nstr(mp.besseli(0, mp.mpf(v.item())), 30)) for v in x])
    assert distance(np.asarray(got), exact).max() <= 4
    np.testing.assert_array_equal(torsor.i0(x[::-2]), got[::-2])


@pytest.mark.parametrize("name", ["sinc", "i0"])
@pytest.mark.parametrize("x", [
    0.5, 3, [1, 2, 3], [[0.0, 1.0]], np.float32(2), np.array(0.5), np.arange(5), np.array([1, 0], "?"),
    np.arange(3.0).astype("e"), np.ma.array([1.0, 2.0], mask=[0, 1]), np.array([1 + 2j, 0]), np.zeros((0, 3)),
    np.array([np.inf, 1.0]), np.array([800.0, 1.0]), np.array([np.nan, -np.inf]), np.array([1e308, 1e-308]),
    np.array([None]), "a", None, np.array(["x"]),
], ids=repr)
def test_what_numpy_does_with_anything_else(name, x):
    def value(xp, x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(xp, name)(x)

    def messages(xp, x):                                # NumPy warns from a file of its own
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with contextlib.suppress(TypeError):
                getattr(xp, name)(x)
        return [str(w.message) for w in caught]

    same(value, x, ulp=6, match=False)
    same(messages, x)


def test_the_vectors_are_there():
    native = native_loops()
    assert ("floor_divide", "ii->i") in native and ("power", "qq->q") in native and ("remainder", "dd->d") in native
    assert ("exp", "D->D") in native and not any(name.endswith("_check") for name, _ in native)
