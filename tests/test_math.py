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


@pytest.mark.parametrize("code", INTS)
def test_counts_of_bits(code):
    info = np.iinfo(dtype_of(code))
    x = np.random.default_rng(1).integers(info.min, info.max, 5000, dtype=info.dtype, endpoint=True)
    x = np.concatenate([x, x >> np.arange(5000, dtype=info.dtype) % info.dtype.type(info.bits), specials(code)])
    if info.bits <= 16:
        x = np.arange(info.min, info.max + 1).astype(info.dtype)
    for n in (0, 1, 7, 63, 64, 65, x.size):
        same(call("bitwise_count"), x[:n])
        same(call("bitwise_count"), x[:n][::-2])
        same(lambda xp, x, o: xp.bitwise_count(x, out=o[::2]), x[:n], np.zeros(2 * n, "B"))


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


@pytest.mark.parametrize("op", [op for op in OPS if op.nin == 1 and set(op.native) & set(COMPLEXES)],
                         ids=lambda op: op.name)
@pytest.mark.parametrize("code", COMPLEXES)
def test_complex_functions(op, code):
    rng = np.random.default_rng(4)
    angle, part = rng.uniform(-4, 4, 5000), np.ldexp(rng.uniform(-1, 1, (2, 5000)), rng.integers(-60, 9, (2, 5000)))
    branch = np.sign(angle) * (1 + np.ldexp(angle, -rng.integers(0, 52, 5000))) + 1j * part[0]      # and poles
    for z in (branch, 1j * branch, np.pi / 2 * branch, 1e5 * part[0] - 1e-5j * part[1],
              np.exp(1j * angle), np.exp(1j * angle) * (1 + 1e-9 * angle), part[0] + 1j * part[1], angle + 0j,
              1j * angle, angle - 1e-9j * angle[::-1]):
        same(call(op.name), z.astype(code), ulp=op.ulp_complex)


def complexes(code, n, reach, rng):
    parts = np.ldexp(rng.uniform(-1, 1, (2, n)), rng.integers(-reach, reach, (2, n)))
    return (parts[0] + 1j * parts[1]).astype(code)


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
@pytest.mark.parametrize("code", "fd")
def test_arguments_far_away_change_no_other_result(name, code):
    f, x = getattr(torsor, name), np.random.default_rng(3).uniform(-1000, 1000, 3000).astype(code)
    far, apart = x.copy(), np.arange(3000) % 700 == 5
    far[apart] = [2e6, -1e30, np.inf, np.nan, np.nextafter(2**20, np.inf, dtype=code)]
    with np.errstate(invalid="ignore"):
        got = np.asarray(f(far))
        alone = [f(np.full(9, one, code))[0] for one in far[apart]]
    np.testing.assert_array_equal(got[~apart], np.asarray(f(x))[~apart])
    np.testing.assert_array_equal(got[apart], alone)


@pytest.mark.parametrize("name", ["sin", "exp", "erf", "hypot", "arctan2"])
@pytest.mark.parametrize("n", [8, 9, 64, 511, 512, 513, 1500])
def test_elements_that_lie_apart_give_the_same_bits(name, n):
    op, rng = next(op for op in OPS if op.name == name), np.random.default_rng(n)
    for code in "fd" if name in ("erf", "hypot") else "d":
        wide = rng.uniform(0.1, 3, (2, 3 * n)).astype(code)[: op.nin]
        want = np.asarray(getattr(torsor, name)(*(np.concatenate([x[::3], np.ones(64, code)]) for x in wide)))[:n]
        for step in (3, -3):
            args, out = [x[::3][:: step // 3] for x in wide], np.full(2 * n + 1, 7, code)
            np.testing.assert_array_equal(getattr(torsor, name)(*args), want[:: step // 3])
            getattr(torsor, name)(*args, out=out[: 2 * n : 2])
            np.testing.assert_array_equal(out[: 2 * n : 2], want[:: step // 3])
            assert (out[1::2] == 7).all() and out[-1] == 7
            inside = [x.copy() for x in wide]
            getattr(torsor, name)(*(x[::step] for x in inside), out=inside[0][::step])
            expected = [x.copy() for x in wide]
            expected[0][::step] = np.asarray(getattr(torsor, name)(*(x[::step].copy() for x in wide)))
            np.testing.assert_array_equal(inside, expected)


@pytest.mark.parametrize("code", COMPLEXES)
@pytest.mark.parametrize("reach", [1, 60, 500])
def test_quotients_of_complex_numbers_are_numpys(code, reach):
    rng = np.random.default_rng(5)
    with np.errstate(all="ignore"):
        x, y = (complexes(code, 3000, reach, rng) for _ in range(2))
        y[::7], y[3::7] = y[::7].real, 1j * y[3::7].imag
        same(call("divide"), x, y)
        for n in (1, 2, 63, 64, 65, 130):
            same(call("divide"), x[:n], y[-n:])
            same(call("divide"), x[: 2 * n : 2], y[::-3][:n])
            same(call("divide"), x[:n], y[5])
            same(call("divide"), x[5], y[:n])
            same(lambda xp, a, b: xp.divide(a, b, out=b), x[:n], y[:n])
    for k in range(0, 130, 13):                         # what is odd at any place of a block
        odd = y[:130].copy()
        odd[k] = (0, -0.0, complex(np.nan, 1), complex(np.inf, np.inf), complex(0, np.inf))[k // 13 % 5]
        same(call("divide"), x[:130], odd)
        same(call("divide"), odd, x[:130])


def test_powers_of_complex_numbers():
    rng = np.random.default_rng(6)
    x, y = rng.uniform(0.2, 3, 2000) * np.exp(1j * rng.uniform(-3, 3, 2000)), rng.uniform(-3, 3, (2, 2000))
    x, y = x.astype("F"), (y[0] + 1j * y[1]).astype("F")
    for exponents in (y, y.real + 0j, y.real.astype("f"), y[7], 0.5, -0.25, 1j, 2.5 - 1j, np.complex64(-100)):
        same(call("power"), x, exponents, ulp=4)
        same(lambda xp, x, y: xp.asarray(x) ** y, x, exponents, ulp=4)
    for whole in (-3, -1, 0, 1, 2, 3, 7, 99, np.complex64(2)):
        same(call("power"), x[:70], whole)
    with np.errstate(all="ignore"):
        for k in range(0, 130, 13):                     # zeros, infinities, NaN and overflow are NumPy's
            bases, exponents = x[:130].copy(), y[:130].copy()
            bases[k] = (0, np.inf, complex(0, np.nan), 1e-38, 3e38)[k // 13 % 5]
            exponents[(k + 9) % 130] = (0, np.inf, complex(np.nan, 0), 1e30, -300 + 200j)[k // 13 % 5]
            same(call("power"), bases, exponents, ulp=4)


# ---------------------------------------------------------------------------------------- the gamma function

GAMMAS = {"lgamma": lambda mp, x: mp.re(mp.loggamma(x)), "digamma": lambda mp, x: mp.digamma(x),
          "trigamma": lambda mp, x: mp.psi(1, x)}


@pytest.mark.parametrize("name", GAMMAS)
@pytest.mark.parametrize("code", "fd")
def test_the_gamma_function(name, code):
    mp = pytest.importorskip("mpmath").mp
    rng = np.random.default_rng(7)
    zero = 1.4616321449683622                           # of digamma
    joints = np.array([0.25, 0.42, 0.5, 0.58, 0.75, 1, 1.25, 1.42, 1.5, 2, 2.25, 2.5, 3, 3.5, 4.5, 5.25, 5.5, 6, 8, 40])
    x = np.concatenate([
        *(np.nextafter(joints.astype(code), joints.astype(code).dtype.type(towards)) for towards in (0, 99)), joints,
        *(c * (1 + np.ldexp(rng.uniform(-1, 1, 60), rng.integers(-50, -1, 60))) for c in (1, 2, zero)), [zero],
        np.ldexp(rng.uniform(0.5, 1, 100), rng.integers(-100, 100, 100)), rng.uniform(0, 12, 200)]).astype(code)
    left = -rng.uniform(0, 30, 200).astype(code)
    left = np.concatenate([left, np.rint(left) + np.ldexp(rng.uniform(-1, 1, 200), -10).astype(code)])
    with mp.workdps(60):
        exact = [GAMMAS[name](mp, mp.mpf(v.item())) for v in np.concatenate([x, left])]
        exact = np.array([np.longdouble(mp.nstr(v, 30)) for v in exact])
    got = np.asarray(getattr(torsor, name)(np.concatenate([x, left])))
    away = distance(got, exact)
    assert got.dtype == code and away[: x.size].max() <= 4
    if name == "trigamma":
        assert away.max() <= 4
    else:                                               # two terms cancel near the zeros there
        terms = np.abs(exact[x.size :]) + np.longdouble(np.abs(left) * np.log1p(np.abs(left)) + 1)
        assert (np.abs(got[x.size :] - exact[x.size :]) <= 4 * np.finfo(code).eps * terms).all()


@pytest.mark.parametrize("code", "fd")
def test_where_the_gamma_function_is_not_finite(code):
    inf, nan = np.inf, np.nan
    x = np.array([0.0, -0.0, -1, -2, -1e18, inf, -inf, nan], code)
    want = {"lgamma": [inf, inf, inf, inf, inf, inf, inf, nan],
            "digamma": [-inf, inf, nan, nan, nan, inf, nan, nan],
            "trigamma": [inf, inf, inf, inf, inf, 0, inf, nan]}
    for name, values in want.items():
        with np.errstate(all="raise"):
            got, back = getattr(torsor, name)(x), getattr(torsor, name)(np.repeat(x, 9)[::-9])
        np.testing.assert_array_equal(got, np.array(values, code))
        np.testing.assert_array_equal(back, got.repeat(9)[::-9])
    assert torsor.lgamma(np.array([np.finfo(code).max])) == inf


def test_reciprocal_roots():
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(torsor.rsqrt(np.array([4, 0.25, 0.0, -0.0, -1, np.inf, np.nan])),
                                      [0.5, 2, np.inf, -np.inf, np.nan, 0, np.nan])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        torsor.rsqrt(np.zeros(1))
    with pytest.warns(RuntimeWarning, match="invalid value"):
        torsor.rsqrt(-np.ones(1, "f"))


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


@pytest.mark.parametrize("code", [*COMPLEXES, "d", "f", "q", "G"])
def test_angles(code):
    z = (specials("F") if code in COMPLEXES + "G" else np.arange(-3, 9)).astype(code)
    with np.errstate(all="ignore"):
        for x in (z, z[::-3], z[:12].reshape(3, 4).T, z[0], z[:0], z[3:4].reshape(()), z.tolist(),
                  np.ma.array(z[:3], mask=[0, 1, 0])):
            for deg in (False, True, 1):
                same(lambda xp, x, deg: xp.angle(x, deg), x, deg, ulp=2)
                same(lambda xp, x, deg: xp.angle(x, deg=deg), x, deg, ulp=2)
    for wrong in ("x", None, np.array(["x"])):
        same(lambda xp, x: xp.angle(x), wrong)


def test_the_vectors_are_there():
    native = native_loops()
    assert ("floor_divide", "ii->i") in native and ("power", "qq->q") in native and ("remainder", "dd->d") in native
    assert ("exp", "D->D") in native and ("arcsin", "F->F") in native and ("bitwise_count", "q->B") in native
    assert not any(name.endswith("_check") for name, _ in native)
