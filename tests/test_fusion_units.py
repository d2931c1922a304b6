"""Fused functions of arrays with units: the same results, units and errors as the functions themselves."""
import numpy as np
import pytest

import torsor
import torsor.units as u
from operands import draws, dtype_of
from torsor._optable import OPS
from torsor.fusion import fuse
from torsor.ufuncs import UFUNCS
from torsor.units import DimArray, DimensionError

RNG = np.random.default_rng
OF_NUMBERS = ("dimensionless", "angle", "to_angle", "to_degrees", "to_radians", "mantissa")


def outcome(function, args, kwargs):
    with np.errstate(all="ignore"):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            return error


def same(found, expected):
    """Assert that two results are alike to the last bit, and in the same unit."""
    if isinstance(expected, Exception):
        assert type(found) is type(expected) and str(found) == str(expected)
    elif isinstance(expected, (tuple, list)):
        assert type(found) is type(expected) and len(found) == len(expected)
        for x, y in zip(found, expected):
            same(x, y)
    elif isinstance(expected, DimArray):
        assert type(found) is DimArray
        assert found.unit == expected.unit and str(found.unit) == str(expected.unit)
        assert type(found._values) is type(expected._values)
        same(found._values, expected._values)
    else:
        assert type(found) is type(expected) and np.shape(found) == np.shape(expected)
        if isinstance(expected, (np.ndarray, np.generic)):
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
        else:
            assert found == expected


def close(found, expected):
    """The same, but for the rounding of sums."""
    assert type(found) is type(expected)
    if isinstance(expected, DimArray):
        assert found.unit == expected.unit and str(found.unit) == str(expected.unit)
        found, expected = found.magnitude(), expected.magnitude()
    assert np.asarray(found).dtype == np.asarray(expected).dtype and np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def check(function, *args, compare=same, fused=True, **kwargs):
    """Compare a function and the fused one, twice, as the second call finds everything ready."""
    compiled = fuse(function)
    expected = outcome(function, args, kwargs)
    for _ in range(2):
        compare(outcome(compiled, args, kwargs), expected)
    programs = [entry for bare in compiled._bare.values() for entry in bare._entries.values()
                if hasattr(entry, "program")]
    assert bool(programs) == fused
    return compiled


def inputs(op, code="d", n=6):
    values = [draws(op, code, (n,), RNG(k)) for k in range(op.nin)]
    return [x.astype(np.int64) if op.name == "ldexp" and k else x for k, x in enumerate(values)]


# ---------------------------------------------------------------------------------------- operations

UNITS = [(u.m, u.m, u.m), (u.m, u.cm, u.km), (u.m, u.s, u.m * u.s), (u.dimensionless,) * 3, (u.percent, None, None),
         (u.m, None, None), (None, u.s, None), (u.deg, u.rad, u.deg), (u.degC, u.degC, u.degC), (u.degC, u.K, u.K),
         (u.dBm, u.dBm, u.dBm), (u.K, u.degC, u.K)]
ELEMENTWISE = [op for op in OPS if any(set(ins) <= set("dq") and "d" in ins for ins, _ in op.signatures)]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_rows(op):
    """Every operation, with units that fit and units that do not."""
    function = UFUNCS[op.name]
    for units in dict.fromkeys(units[:op.nin] for units in UNITS):
        if any(unit is not None for unit in units):
            args = [x if unit is None else DimArray(x, unit) for x, unit in zip(inputs(op), units)]
            compiled, expected = fuse(lambda *args: function(*args)), outcome(function, args, {})
            for _ in range(2):
                same(outcome(compiled, args, {}), expected)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.units not in ("power", "compare", "truth")],
                         ids=lambda op: op.name)
def test_rows_have_programs(op):
    """With units that fit nothing is done one by one."""
    units = {"first": (u.m, None), "second": (u.m, u.dimensionless), "product_sum": (u.m, u.s, u.m * u.s)}.get(
        op.units, (u.percent if op.units in OF_NUMBERS else u.cm,) * op.nin)
    args = [x if unit is None else DimArray(x, unit) for x, unit in zip(inputs(op), units)]
    check(UFUNCS[op.name], *args)


@pytest.mark.parametrize("code", "bhiqfdFD")
def test_types(code):
    x = DimArray(np.array([3, 7, 12]).astype(dtype_of(code)), u.m)
    y = DimArray(np.array([1, 9, 5]).astype(dtype_of(code)), u.cm)
    check(lambda x, y: (x + y, x - y, x * y, x / y, y - x, x == y), x, y)
    check(lambda x, y: x * 2 + y / 4, x, y)


X, Y, T = DimArray([1.0, 2.5, -4.0], u.m), DimArray([30.0, -5.0, 250.0], u.cm), DimArray([2.0, 4.0, 8.0], u.s)


@pytest.mark.parametrize("function", [
    lambda x, y, t: x / t + y / t, lambda x, y, t: 0.5 * x * x / t**2, lambda x, y, t: np.sqrt(x * x + y * y),
    lambda x, y, t: torsor.hypot(x, y), lambda x, y, t: x**3 / y**2 * t**-1, lambda x, y, t: (x / y) ** 0.5 * x,
    lambda x, y, t: abs(x) - y, lambda x, y, t: -x + y, lambda x, y, t: x > y, lambda x, y, t: (x > 0, y == 0, t != 0),
    lambda x, y, t: np.where(x > y, x, y), lambda x, y, t: np.where(x > 0, x, 0.0),
    lambda x, y, t: np.clip(x, y, x + y),
    lambda x, y, t: np.exp(x / y), lambda x, y, t: np.sin(x / y) * t, lambda x, y, t: np.arctan2(x, y),
    lambda x, y, t: np.maximum(x, y) + np.minimum(x, y), lambda x, y, t: (x + 0, x - 0.0, np.maximum(x, 0)),
    lambda x, y, t: x + 1, lambda x, y, t: x + t, lambda x, y, t: np.exp(x), lambda x, y, t: x == t,
    lambda x, y, t: x.to(u.km) + y, lambda x, y, t: (x * u.s, x / u.kg, u.N * y),
    lambda x, y, t: x * DimArray(2.0, u.kg),
    lambda x, y, t: (x, y, 3, None), lambda x, y, t: [x + y, (t, 2.0)], lambda x, y, t: x % y, lambda x, y, t: x // y,
    lambda x, y, t: x.magnitude() * 2, lambda x, y, t: (x.dtype, (x * t).astype("f4")),
])
def test_expressions(function):
    compiled, expected = fuse(function), outcome(function, (X, Y, T), {})
    for _ in range(2):
        same(outcome(compiled, (X, Y, T), {}), expected)


M = DimArray(RNG(1).uniform(1, 5, (4, 6)), u.m)


@pytest.mark.parametrize("function", [
    lambda x: x.sum(), lambda x: x.sum(axis=0), lambda x: x.mean(axis=1, keepdims=True), lambda x: (x * x).sum(axis=1),
    lambda x: x.min(), lambda x: x.max(axis=0), lambda x: np.ptp(x, axis=0), lambda x: x.std(), lambda x: x.var(axis=0),
    lambda x: (x * 2).std(axis=1), lambda x: (x * x).var(), lambda x: x - x.mean(axis=0), lambda x: x / x.sum(),
    lambda x: x.prod(axis=0), lambda x: (x * 1.0).prod(axis=1), lambda x: (x > x.mean()).any(axis=0),
    lambda x: np.linalg.norm(x), lambda x: np.linalg.norm(x * 2, axis=1), lambda x: np.sum(x, axis=(0, 1)),
    lambda x: np.count_nonzero(x - x, axis=0), lambda x: x.argmax(axis=1), lambda x: np.average(x, axis=0),
    lambda x: (x - x.max(axis=1, keepdims=True)).sum(axis=1),
])
def test_reductions(function):
    check(function, M, compare=close)
    check(function, DimArray(M.magnitude().astype("f4"), u.m), compare=lambda a, b: close_single(a, b))


def close_single(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, DimArray):
        assert found.unit == expected.unit and found.dtype == expected.dtype
        found, expected = found.magnitude(), expected.magnitude()
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_units_that_depend_on_shapes():
    """A product has the unit to the number of its factors."""
    product = fuse(lambda x: (x * 1.0).prod())
    for n in (2, 3, 2, 5, 3):
        x = DimArray(np.full(n, 2.0), u.m)
        same(product(x), (x * 1.0).prod())


@pytest.mark.parametrize("function", [
    lambda x: x[1:] - x[:-1], lambda x: x.T * 2, lambda x: x.reshape(3, 8) + x.reshape(3, 8),
    lambda x: x[:, None] * x[None],
    lambda x: np.transpose(x) * 2, lambda x: np.moveaxis(x, 0, 1) + 0, lambda x: x[0] + x, lambda x: x[2, 3] * x,
    lambda x: np.expand_dims(x, 0) * 2, lambda x: np.broadcast_to(x, (2, 4, 6)) * 1.0, lambda x: x.swapaxes(0, 1) / 2,
])
def test_views(function):
    check(function, M)


def test_points_on_scales():
    inside, outside = DimArray([20.0, 22.5], u.degC), DimArray([5.0, -3.0], u.degC)
    check(lambda x, y: x - y, inside, outside)
    check(lambda x, y: x - y, inside, outside.to(u.degF))
    check(lambda x: x + DimArray(2.0, u.delta_degC), inside)
    check(lambda x: x.to(u.K) * 2, inside)
    check(lambda x: (x.mean(), x.max(), x.std()), inside, compare=lambda a, b: [close(x, y) for x, y in zip(a, b)])
    check(lambda x: x > DimArray(294.0, u.K), inside)
    check(lambda x, y: x + y, inside, outside, fused=False)
    check(lambda x: x * 2, inside, fused=False)
    check(lambda x: x.sum(), inside, fused=False)
    check(lambda x: x.to(u.W) * 2, DimArray([10.0, 20.0], u.dBm))
    check(lambda x: x.to(u.dBm), DimArray([1e-3, 20.0], u.W))


# ---------------------------------------------------------------------------------------- arguments

def test_each_combination_of_units_has_its_own():
    compiled = fuse(lambda x, y: x + y)
    same(compiled(X, Y), X + Y)
    same(compiled(Y, X), Y + X)
    same(compiled(DimArray([1.0], u.s), DimArray([1.0], u.ms)), DimArray([1.001], u.s))
    same(compiled(np.ones(2), np.ones(2)), torsor.full(2, 2.0))
    with pytest.raises(DimensionError, match=r"add: 'm' .* and 's' .* have different dimensions"):
        compiled(X, T)
    same(compiled(X, X), X + X)
    assert len(compiled._bare) == 5


def test_plain_arguments_among_others():
    check(lambda x, k: x * k, X, np.array([1.0, 2.0, 3.0]))
    check(lambda x, k: k * x / 2, X, np.float32(2.5))
    check(lambda x, k: x * k, X, 2.5)
    check(lambda x, k: x * k, X, 3)
    check(lambda x, k: x**k, X, 3)
    check(lambda x, k: x**k, X, 2.0, fused=False)           # which unit, the value says
    check(lambda x, k: x + k, X, 2.0, fused=False)
    check(lambda x, *, scale: x * scale, X, scale=2.0)
    check(lambda x, *, other: x + other, X, other=Y)
    check(lambda x, flag: x if flag == "yes" else x * x, X, "yes")


@pytest.mark.parametrize("number", [0.0, np.inf, -np.inf, np.nan, np.float64(0.0), np.float32(np.inf), np.int64(0)])
def test_numbers_that_go_with_all_units(number):
    compiled = fuse(lambda x, k: (np.maximum(x, k), x > k))
    for k in (number, 1.0 + np.abs(number) if np.isfinite(number) else 1.0, number):
        expected = outcome(compiled.__wrapped__, (X, k), {})
        same(outcome(compiled, (X, k), {}), expected)


def test_scalars_and_empty_arrays():
    check(lambda x: x * x + x * x, DimArray(3.0, u.m))
    check(lambda x: x[0] * x[1], X)
    check(lambda x: (x * x, (x + x).sum()), DimArray(np.zeros((0, 3)), u.m))
    check(lambda x, y: x * y, DimArray(3.0, u.m), X)


def test_uncertainties_are_carried_by_the_function_itself():
    x = DimArray([1.0, 2.0], u.m, uncertainty=[0.1, 0.2])
    compiled = fuse(lambda x: x * 2)
    assert compiled(x).uncertainty.magnitude().tolist() == [0.2, 0.4]
    assert not compiled(DimArray([1.0, 2.0], u.m)).has_uncertainty
    measured = x
    assert fuse(lambda y: y * measured)(X[:2]).has_uncertainty


def test_arguments_changed_in_place():
    def function(x, y):
        x += y
        return x

    x = DimArray([1.0, 2.0, 3.0], u.m)
    fuse(function)(x, Y)
    same(x, DimArray([1.0, 2.0, 3.0], u.m) + Y)

    def set_item(x):
        x[0] = DimArray(7.0, u.m)
        return x * 2

    same(fuse(set_item)(x), DimArray([14.0, *(2 * x.magnitude()[1:])], u.m))


def test_values_decide():
    """A function that looks at values is called as it is."""
    check(lambda x: x * 2 if x[0] > DimArray(0.0, u.m) else x, X, fused=False)
    check(lambda x: np.cumsum(x), X, fused=False)


GRAVITY = DimArray(9.81, u.m / u.s**2)
OFFSETS = DimArray([1.0, 2.0, 3.0], u.m)


def test_quantities_outside_of_the_arguments():
    global GRAVITY, OFFSETS
    fall = fuse(lambda t: 0.5 * GRAVITY * t * t + OFFSETS)
    for _ in range(2):
        same(fall(T), 0.5 * GRAVITY * T * T + OFFSETS)
    GRAVITY, old = DimArray(1.62, u.m / u.s**2), GRAVITY
    same(fall(T), 0.5 * GRAVITY * T * T + OFFSETS)
    OFFSETS = DimArray([1.0, 2.0, 3.0], u.km)
    same(fall(T), 0.5 * GRAVITY * T * T + OFFSETS)
    OFFSETS += DimArray(1.0, u.m)
    same(fall(T), 0.5 * GRAVITY * T * T + OFFSETS)
    GRAVITY, OFFSETS = old, DimArray([1.0, 2.0, 3.0], u.m)


def test_units_made_of_plain_arrays():
    """Units may come in within the function."""
    plain = np.array([1.0, 2.0, 3.0])
    for function in (lambda x: x * u.m, lambda x: DimArray(x, u.m) ** 2, lambda x: x * GRAVITY, lambda x: GRAVITY * x,
                     lambda x: DimArray(x, u.m) + DimArray(x, u.cm)):
        compiled = fuse(function)
        for _ in range(2):
            same(compiled(plain), function(plain))


def test_fused_in_fused():
    inner = fuse(lambda x, y: x * y)
    check(lambda x, t: inner(x, x) / t, X, T)


def test_out():
    area = fuse(lambda x, y: x * y)
    with pytest.raises((TypeError, DimensionError)):
        area(X, Y, out=np.zeros(3))                         # cannot hold a unit


def test_large_arrays():
    x, y = DimArray(RNG(1).uniform(1, 2, 300_001), u.m), DimArray(RNG(2).uniform(1, 2, 300_001), u.cm)
    check(lambda x, y: np.sqrt(x * x + y * y) / (x + y), x, y)
    check(lambda x, y: (x * y).sum(), x, y, compare=close)


def test_quantities_without_axes_are_numbers():
    held = [DimArray(3.0, u.m)]
    compiled = check(lambda x: x + held[0], X)
    held[0] += DimArray(1.0, u.m)
    same(compiled(X), X + held[0])
