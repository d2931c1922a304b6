"""Standard uncertainties: against numerical differentiation and Monte Carlo, moved with elements, never just lost."""
import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
import torsor.units as u
from operands import draws
from torsor._optable import OPS
from torsor.units import DimArray, DimensionError, UnitsError, functions

DIFFERENTIABLE = [op for op in OPS if op.grad and any(set(ins) in ({"d"}, {"d", "q"}) for ins, _ in op.signatures)]
NOT_DIFFERENTIABLE = [op for op in OPS if not op.grad and op.units not in ("compare", "truth")
                      and any(set(ins) == {"d"} for ins, _ in op.signatures)]
OF_NUMBERS = ("dimensionless", "angle", "to_angle", "to_degrees", "to_radians")


def measured(values, sigma, unit=u.m, **options):
    return DimArray(values, unit, uncertainty=sigma, **options)


def certain(values, sigma, unit=None):
    """Assert what the uncertainty of an array is."""
    assert values.has_uncertainty
    np.testing.assert_allclose(values.uncertainty.data, sigma, rtol=1e-9, atol=1e-15)
    assert values.uncertainty.shape == values.shape and values.uncertainty.unit == (unit or values.unit).difference


X = measured([1.0, 2.0, 4.0], [0.1, 0.2, 0.1])
Y = measured([3.0, 5.0, 7.0], [0.3, 0.1, 0.2])
C = measured([1.0, 2.0, 4.0], [0.1, 0.2, 0.1], correlated=True)


# ---------------------------------------------------------------------------------------- element by element

def slopes(function, values, k):
    """The derivative by one argument, by central differences of five points."""
    h = 1e-4 * np.maximum(np.abs(values[k]), 0.1)

    def at(shift):
        return function(*[x + shift * h if i == k else x for i, x in enumerate(values)])

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


def units_of(op):
    if op.units in OF_NUMBERS:
        return (u.deg if op.units == "to_radians" else u.dimensionless,) * op.nin
    special = {"second": (u.m, u.dimensionless), "power": (u.m, u.dimensionless), "product_sum": (u.m, u.s, u.m * u.s),
               "product": (u.m, u.s), "quotient": (u.m, u.s), "first": (u.m, u.s)}
    return special.get(op.units, (u.m,) * op.nin)


def some_operands(op, seed=3):
    rng = np.random.default_rng(seed)
    values = [draws(op, "d", (4,), rng) for _ in range(op.nin)]
    if op.name == "clip":
        values = [np.array([0.5, 1.5, 2.5, 1.7]), np.ones(4), np.full(4, 2.0)]
    if op.name == "ldexp":
        values[1] = np.array([1, 2, 3, 0])
    if op.units == "power":
        values[1] = np.float64(2.0)
    return values


@pytest.mark.parametrize("op, k", [pytest.param(op, k, id=f"{op.name}-{'xyz'[k]}") for op in DIFFERENTIABLE
                                   for k in range(op.nin) if (op.name, k) != ("ldexp", 1)])
def test_derivatives(op, k):
    """An error of one operand is multiplied by the slope, in its unit."""
    function = getattr(np, op.name, None) or getattr(torsor, op.name)
    values, units = some_operands(op), units_of(op)
    if op.units == "power" and k == 1:
        values[1], units = np.array([2.0, 0.5, 1.5, 3.0]), (u.dimensionless, u.dimensionless)
    operands = [x if op.name == "ldexp" and i else DimArray(x, unit) for i, (x, unit) in enumerate(zip(values, units))]
    sigma = 0.01 * (1.0 + np.arange(np.size(values[k]))).reshape(np.shape(values[k]))
    operands[k] = DimArray(values[k], units[k], uncertainty=sigma)
    with np.errstate(all="ignore"):
        result, slope = function(*operands), slopes(function, values, k)
    np.testing.assert_allclose(result.data, function(*values), rtol=1e-15)      # own loops are within 4 ULP
    assert result.has_uncertainty and result.uncertainty.unit == result.unit
    np.testing.assert_allclose(result.uncertainty.data, np.abs(slope) * sigma, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("op", [op for op in DIFFERENTIABLE if op.nin > 1 and op.units != "power"
                                and op.name != "ldexp"], ids=lambda op: op.name)
def test_errors_of_several_operands_add_up_in_quadrature(op):
    function = getattr(np, op.name, None) or getattr(torsor, op.name)
    values, units, sigmas = some_operands(op), units_of(op), [0.01, 0.02, 0.03]
    operands = [DimArray(x, unit, uncertainty=sigma) for x, unit, sigma in zip(values, units, sigmas)]
    alone = [function(*[x if i == k else DimArray(x.data, x.unit) for i, x in enumerate(operands)]).uncertainty.data
             for k in range(op.nin)]
    certain(function(*operands), np.sqrt(sum(np.square(sigma) for sigma in alone)))


@pytest.mark.parametrize("op", [op for op in DIFFERENTIABLE if op.units in OF_NUMBERS and op.nin == 1],
                         ids=lambda op: op.name)
def test_conversions_on_the_way_in(op):
    """Of percentages, the slope is that of the numbers they are."""
    function = getattr(np, op.name, None) or getattr(torsor, op.name)
    x = some_operands(op)[0]
    unit = u.turn if op.units == "to_radians" else u.percent
    number = u.deg if op.units == "to_radians" else u.dimensionless
    result = function(DimArray(x, number, uncertainty=0.01).to(unit))
    expected = function(DimArray(x, number, uncertainty=0.01))
    np.testing.assert_allclose(result.uncertainty.data, expected.uncertainty.data, rtol=1e-9, atol=1e-15)


def test_conversions_between_operands():
    a, b = measured(1.0, 0.1, u.km), measured(2.0, 5.0, u.m)
    certain(a + b, np.hypot(0.1, 0.005), u.km)
    certain(b + a, np.hypot(100.0, 5.0), u.m)
    certain(np.maximum(a, b), 0.1, u.km)
    certain(np.hypot(a, b), np.hypot(0.1 * 1.0, 0.005 * 0.002) / np.hypot(1.0, 0.002), u.km)
    certain(a.to(u.m), 100.0, u.m)
    certain(measured(20.0, 0.5, u.degC).to(u.degF), 0.9, u.degF)
    certain(measured(20.0, 0.5, u.degC) - measured(10.0, 0.5, u.degC), np.hypot(0.5, 0.5), u.degC)
    certain(measured(10.0, 1.0, u.dBm).to(u.W), 0.01 * np.log(10) / 10, u.W)
    certain(measured(0.01, 0.001, u.W).to(u.dBm), 10 / np.log(10) * 0.1, u.dBm)
    certain(2.0 ** measured(300.0, 1.0, u.percent), 8 * np.log(2) * 0.01)
    certain(measured([300.0], 1.0, u.percent) ** np.array([2.0]), 2 * 3.0 * 0.01)
    certain(measured([300.0], 1.0, u.percent) ** 2, 600.0)


def test_the_usual_formulas():
    """Sums: absolute errors in quadrature; products: relative ones; powers: n times the relative one."""
    x, y, dx, dy = X.data, Y.data, X.uncertainty.data, Y.uncertainty.data
    certain(X + Y, np.hypot(dx, dy))
    certain(X - Y, np.hypot(dx, dy))
    certain(X * Y, x * y * np.hypot(dx / x, dy / y))
    certain(X / Y, x / y * np.hypot(dx / x, dy / y))
    certain(X**3, 3 * x**2 * dx)
    certain(X**-0.5, 0.5 * x**-1.5 * dx)
    certain(2 * X, 2 * dx)
    certain(-X, dx)
    certain(X + DimArray(1.0, u.km), dx)
    certain(1 / X, dx / x**2)
    certain(X * u.s, dx)
    certain(u.s / X, dx / x**2)
    certain(np.sqrt(X), dx / (2 * np.sqrt(x)))
    certain(abs(-X), dx)
    np.testing.assert_allclose(X.relative_uncertainty, dx / x)
    assert measured([0.0], 0.1).relative_uncertainty.tolist() == [np.inf]


def test_comparisons_and_truth_need_no_uncertainties():
    for result in (X < Y, X == X, np.isnan(X), np.logical_and(X, Y), X.argmax(), np.argsort(X), np.any(X), X > 0):
        assert not isinstance(result, DimArray)


@pytest.mark.parametrize("op", NOT_DIFFERENTIABLE, ids=lambda op: op.name)
def test_functions_without_a_derivative(op):
    function = getattr(np, op.name, None) or getattr(torsor, op.name)
    unit = u.dimensionless if op.units in ("mantissa", "dimensionless") else u.m
    with pytest.raises(UnitsError, match=f"(?=.*{op.name})(?=.*uncertaint)"):
        function(*[DimArray(x, unit, uncertainty=0.1) for x in some_operands(op)])


def test_zero_and_tiny_values():
    certain(measured([0.0, 0.0], [0.1, 0.1]) * measured([2.0, 0.0], [0.1, 0.1], u.s), [0.2, 0.0])
    certain(measured(0.0, 0.1) ** 2, 0.0)
    certain(np.maximum(measured(0.0, 0.1), 0), 0.1)
    certain(measured([1.0, 2.0], [0.0, 0.1]) * 3, [0.0, 0.3])
    with np.errstate(all="raise"):
        np.sqrt(measured([0.0], [0.1]))         # infinite: no warning from inside


def test_uncertainties_of_complex_values_are_real():
    x = measured([1 + 1j, 2.0], [0.1, 0.1])
    for result, sigma in ((x * 2j, [0.2, 0.2]), (x * x.data, [0.1 * np.sqrt(2), 0.2]), (x + x, [0.1 * np.sqrt(2)] * 2),
                          (x**2, [0.2 * np.sqrt(2), 0.4])):
        assert result.uncertainty.data.dtype.kind == "f"
        certain(result, sigma)


def test_parts_of_complex_values():
    x = measured([3 + 4j], [0.1])
    for result in (x.real, x.imag, np.real(x), np.imag(x)):
        try:
            certain(result, [0.1])
        except UnitsError as error:
            assert "uncertaint" in str(error)


def test_where_keeps_what_it_does_not_write():
    certain_x, x = DimArray([1.0, 1.0], u.m), measured([1.0, 1.0], [0.1, 0.1])
    for operand, sigma in ((certain_x, [0.0, 0.5]), (x, [0.1, 0.5])):
        out = measured([7.0, 8.0], [0.5, 0.5])
        try:
            np.add(operand, certain_x, out=out, where=[True, False])
        except UnitsError:
            assert repr(out) == repr(measured([7.0, 8.0], [0.5, 0.5]))
        else:
            certain(out, sigma)
    plain = DimArray([7.0, 8.0], u.m)
    try:
        np.add(x, certain_x, out=plain, where=[True, False])
    except UnitsError:
        assert repr(plain) == repr(DimArray([7.0, 8.0], u.m))
    else:
        certain(plain, [0.1, 0.0])


def test_types():
    x = DimArray(np.array([1.0, 2.0], "f4"), u.m, uncertainty=np.array([0.1, 0.2], "f4"))
    assert (x + x).uncertainty.dtype == np.float32 and (x * 2).uncertainty.dtype == np.float32
    y = DimArray([1, 2], u.m, uncertainty=[1, 1])
    assert y.uncertainty.dtype == np.float64
    certain(y * y, np.sqrt(2) * np.array([1, 2]))
    certain(y / 2, [0.5, 0.5])


def test_broadcasting():
    row, column = measured([[1.0, 2.0]], [[0.1, 0.2]]), measured([[3.0], [4.0]], [[0.3], [0.4]])
    certain(row + column, np.hypot([[0.1, 0.2]], [[0.3], [0.4]]))
    certain(row * column, np.hypot(np.array([[0.1, 0.2]]) * [[3.0], [4.0]], np.array([[0.3], [0.4]]) * [[1.0, 2.0]]))
    certain(measured([1.0, 2.0], 0.1), [0.1, 0.1])
    certain(measured([[1.0, 2.0]] * 2, [0.1, 0.2]), [[0.1, 0.2]] * 2)


def test_in_place():
    x = measured([1.0, 2.0], [0.1, 0.2])
    x += measured([1.0, 1.0], [0.1, 0.1])
    certain(x, np.hypot([0.1, 0.2], 0.1))
    y = measured([2.0], [0.1])
    y *= measured([3.0], [0.2], u.s)
    certain(y, 0.5, u.m * u.s)
    z = measured([4.0], [0.4])
    z **= 2
    certain(z, 3.2)
    plain = DimArray([1.0], u.m)
    plain += measured([1.0], [0.1])
    certain(plain, 0.1)
    out = DimArray([0.0, 0.0, 0.0], u.s)
    np.multiply(X, Y, out=out)
    certain(out, (X * Y).uncertainty.data)
    np.add(DimArray([1.0] * 3, u.m), DimArray([1.0] * 3, u.m), out=out)
    assert not out.has_uncertainty


@settings(max_examples=50, deadline=None)
@given(st.floats(0.5, 2.0), st.floats(0.5, 2.0), st.floats(0.001, 0.1), st.floats(0.001, 0.1),
       st.sampled_from([(u.m, u.km), (u.m, u.inch), (u.cm, u.mile)]),
       st.sampled_from([operator.add, operator.sub, operator.mul, operator.truediv, np.hypot, np.maximum, np.arctan2]))
def test_uncertainties_do_not_depend_on_units(x, y, dx, dy, units, function):
    a, b = measured(x, dx, units[0]), measured(y, dy, units[0])
    result, other = function(a, b), function(a.to(units[1]), b.to(units[1]))
    assert other.to(result.unit).uncertainty.data == pytest.approx(result.uncertainty.data, rel=1e-9, abs=0)


def test_monte_carlo():
    rng = np.random.default_rng(5)
    x, y = rng.normal(2.0, 0.02, 400_000), rng.normal(3.0, 0.03, 400_000)
    a, b = measured(2.0, 0.02), measured(3.0, 0.03)
    tracked = measured(2.0, 0.02, correlated=True), measured(3.0, 0.03, correlated=True)
    for function in (lambda x, y: x * y / (x + y), lambda x, y: (x * x + y * y) ** 0.5):
        assert function(x, y).std() == pytest.approx(function(*tracked).uncertainty.data, rel=0.01, abs=0)
    for function in (lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x - y):
        assert function(x, y).std() == pytest.approx(function(a, b).uncertainty.data, rel=0.01, abs=0)


# ---------------------------------------------------------------------------------------- correlation

def test_results_that_share_an_input():
    certain(C - C, [0.0] * 3)
    certain(C / C, [0.0] * 3)
    np.testing.assert_allclose((C * C).relative_uncertainty, 2 * C.relative_uncertainty)
    np.testing.assert_allclose((C * C).uncertainty.data, (C**2).uncertainty.data)
    certain(C + C, (2 * C).uncertainty.data)
    certain(C + C.to(u.km), 2 * C.uncertainty.data)
    tracked = measured([3.0, 5.0, 7.0], [0.3, 0.1, 0.2], correlated=True)
    certain((C + tracked) - tracked - C, [0.0] * 3)
    certain(C * tracked / tracked, C.uncertainty.data)
    certain(np.sin(C / u.m) ** 2 + np.cos(C / u.m) ** 2, [0.0] * 3)


def test_without_correlation_operands_are_independent():
    certain(X - X, np.sqrt(2) * X.uncertainty.data)
    np.testing.assert_allclose((X * X).relative_uncertainty, np.sqrt(2) * X.relative_uncertainty)


def test_sums_of_what_is_shared():
    x = measured(2.0, 0.1, correlated=True)
    factors = np.array([1.0, 2.0, 3.0])
    certain((x * factors).sum(), 0.6)
    certain((x * factors).mean(), 0.2)
    certain(np.sum(x * np.ones((2, 3)), axis=0), [0.2] * 3)
    certain((x * factors - x).sum(), 0.3)
    certain(C.sum(), np.sqrt(0.06))
    certain((C * factors).sum(), np.sqrt(0.01 + 0.16 + 0.09))
    certain((C + x).sum(), np.sqrt(0.06 + 0.09))
    certain((C * x).sum(), np.sqrt(np.sum((2 * C.uncertainty.data) ** 2) + 0.7**2))
    certain(C.sum() - C.sum(), np.sqrt(2 * 0.06) if not (C.sum() - C.sum()).uncertainty.data < 1e-12 else 0.0)
    row = measured([[1.0, 2.0]], [[0.1, 0.2]], correlated=True)
    certain((row + np.zeros((3, 1)) * u.m).sum(axis=0), [0.3, 0.6])
    certain((row * np.ones((3, 1))).sum(), np.hypot(0.3, 0.6))


def test_what_is_shared_stays_shared_in_another_shape():
    """All elements come from one measurement, however they are put."""
    x = measured(2.0, 0.1, correlated=True)
    y = x * np.array([1.0, 2.0, 3.0])
    for moved in (y[::-1], y.reshape(3, 1), np.flip(y), np.roll(y, 1), y[[0, 1, 2]], np.concatenate([y[:1], y[1:]]),
                  y.T, y.copy(), y.astype("f8"), np.expand_dims(y, 0)):
        certain(moved.sum(), 0.6)
    for call in (lambda: np.cumsum(y)[-1], lambda: y @ np.ones(3), lambda: np.dot(y, np.ones(3))):
        try:
            certain(call(), 0.6)
        except UnitsError as error:
            assert "does not propagate" in str(error)


def test_x_minus_x_is_certain_after_anything():
    for make in (lambda x: x[::-1], lambda x: np.flip(x), lambda x: x.reshape(3, 1), lambda x: np.concatenate([x, x]),
                 lambda x: x.max(), lambda x: x.cumsum(), lambda x: x.mean(), lambda x: x.std(),
                 lambda x: x.copy(), copy.deepcopy, lambda x: x.to(u.km), lambda x: x[0], lambda x: x.prod(),
                 lambda x: x.ravel(), lambda x: np.where([True, False, True], x, x)):
        y = make(C)
        certain(y - y, np.zeros(y.shape))


def test_a_correlated_operand_makes_a_correlated_result():
    y = X * 2 + C
    certain(y - y, [0.0] * 3)
    certain(y - C, (2 * X).uncertainty.data)


# ---------------------------------------------------------------------------------------- elements moved

MOVES = [
    lambda x: x.reshape(3, 2), lambda x: x.T, lambda x: x.ravel(), lambda x: x.flatten("F"), lambda x: x.real,
    lambda x: x.swapaxes(0, 1), lambda x: x.copy(), lambda x: x.diagonal(), lambda x: +x, lambda x: next(iter(x)),
    lambda x: x[0], lambda x: x[1, 2], lambda x: x[:, ::-1], lambda x: x[np.array(x.shape) > 2], lambda x: x[[1, 0]],
    lambda x: x[None], lambda x: np.flip(x, 0), lambda x: np.roll(x, 1), lambda x: np.repeat(x, 2, 0),
    lambda x: np.tile(x, 2), lambda x: np.take(x, [0, 2], 1), lambda x: np.concatenate([x, x]),
    lambda x: np.stack([x, x]), lambda x: np.split(x, 2)[1], lambda x: np.diagonal(x), lambda x: np.delete(x, 0, 1),
    lambda x: np.where([True, False, True], x, x[::-1]), lambda x: np.append(x, x), lambda x: np.insert(x, 0, x[0, 0]),
    lambda x: np.broadcast_to(x, (2, 2, 3)), lambda x: np.squeeze(x[:1]), lambda x: np.moveaxis(x, 0, 1), np.rot90,
    lambda x: np.array_split(x.ravel(), 4)[0], lambda x: np.hstack([x, x]), lambda x: np.block([[x], [x]]),
    lambda x: np.compress([True, False], x, axis=0), lambda x: np.extract([[True, False, True]] * 2, x),
    lambda x: np.choose([0, 1, 0], [x[0], x[1]]), lambda x: np.resize(x, (3, 3)), lambda x: np.expand_dims(x, 0),
    lambda x: np.atleast_3d(x), lambda x: np.broadcast_arrays(x, np.ones((2, 2, 3)))[0], lambda x: np.unstack(x)[0],
    lambda x: np.take_along_axis(x, np.array([[0], [1]]), 1),
]


@pytest.mark.parametrize("move", MOVES)
def test_uncertainties_move_with_their_elements(move):
    values, sigmas = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    try:
        result = move(measured(values, sigmas))
    except UnitsError as error:
        assert "uncertaint" in str(error)
        return
    np.testing.assert_array_equal(result.data, move(values))
    expected = {tuple(np.atleast_1d(x)): tuple(np.atleast_1d(s)) for x, s in zip(values.ravel(), sigmas.ravel())}
    for x, s in zip(np.ravel(result.data), np.ravel(result.uncertainty.data)):
        assert expected[(x,)] == (s,)
    assert result.uncertainty.shape == result.shape


def test_functions_that_change_values_do_not_change_uncertainties_as_if_they_were_values():
    x = measured([0.0, 1.26, -2.34, 0.0], [0.04, 0.04, 0.04, 0.04])
    for call in (lambda: np.round(x, 1), lambda: x.round(1), lambda: np.around(x, 1), lambda: np.fix(x)):
        try:
            result = call()
        except UnitsError:
            continue
        certain(result, [0.04] * 4)
    certain(np.astype(measured([1.0, 2.0], [0.1, 0.2]), int), [0.1, 0.2])
    certain(measured([1.0, 2.0], [0.1, 0.2]).astype(int), [0.1, 0.2])
    try:
        certain(np.trim_zeros(x), [0.04, 0.04])
    except UnitsError as error:
        assert "uncertaint" in str(error)
    assert np.astype(measured([1.0], [0.1]), complex).uncertainty.dtype.kind == "f"


def test_zeros_that_are_put_in_are_certain():
    x = measured([[1.0, 2.0], [3.0, 4.0]], 0.1)
    certain(np.tril(x), [[0.1, 0.0], [0.1, 0.1]])
    certain(np.diag(x[0]), np.diag([0.1, 0.1]))
    certain(np.where([True, False], x[0], 0), [0.1, 0.0])
    certain(np.concatenate([x[0], DimArray([1.0], u.km)]), [0.1, 0.1, 0.0])
    certain(np.concatenate([DimArray([1.0], u.km), x[0]]), [0.0, 1e-4, 1e-4])


# ---------------------------------------------------------------------------------------- reductions

TABLE = np.array([[1.0, 4.0, 2.0], [3.0, 5.0, 2.5]])
SIGMA = np.array([[0.1, 0.2, 0.3], [0.15, 0.25, 0.05]])
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "std": np.std, "var": np.var, "prod": np.prod, "max": np.max, "min": np.min,
    "sample std": lambda x, **k: np.std(x, ddof=1, **k), "sample var": lambda x, **k: np.var(x, ddof=1, **k),
    "corrected": lambda x, **k: np.std(x, correction=1, **k), "method": lambda x, **k: x.mean(**k),
    "add": lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}],
                         ids=str)
def test_reductions(name, options):
    """Against the slope by every element."""
    function = REDUCTIONS[name]
    try:
        result = function(measured(TABLE, SIGMA), **options)
    except UnitsError as error:
        assert "uncertaint" in str(error) and options == {"axis": (0, 1)}
        return
    squares = 0.0
    for k in np.ndindex(TABLE.shape):
        step = np.zeros(TABLE.shape)
        step[k] = 1e-5
        slope = (function(TABLE + step, **options) - function(TABLE - step, **options)) / 2e-5
        squares = squares + (slope * SIGMA[k]) ** 2
    np.testing.assert_allclose(result.data, function(TABLE, **options))
    np.testing.assert_allclose(result.uncertainty.data, np.sqrt(squares), rtol=1e-6, atol=1e-9)
    assert result.uncertainty.shape == result.shape


def test_reductions_with_where_and_out():
    x = measured(TABLE, SIGMA)
    mask = np.array([True, False, True])
    certain(np.sum(x, where=mask), np.sqrt(np.sum(SIGMA[:, mask] ** 2)))
    certain(np.mean(x, axis=1, where=mask), np.sqrt(np.sum(SIGMA[:, mask] ** 2, axis=1)) / 2)
    out = DimArray(np.zeros(3), u.s)
    certain(np.sum(x, axis=0, out=out), np.sqrt(np.sum(SIGMA**2, axis=0)))
    certain(out, np.sqrt(np.sum(SIGMA**2, axis=0)))
    for call in (lambda: np.std(x, where=mask), lambda: np.prod(x / u.m, where=mask),
                 lambda: np.max(x, where=mask, initial=0)):
        with pytest.raises(UnitsError, match="uncertaint"):
            call()


def test_initial_values_have_uncertainties_too():
    x, start = measured([1.0, 2.0], [0.1, 0.1]), measured(1.0, 0.5)
    for call in (lambda: np.sum(x, initial=start), lambda: np.add.reduce(x, initial=start),
                 lambda: x.sum(initial=start),
                 lambda: np.sum(DimArray([1.0, 2.0], u.m), initial=start)):
        try:
            result = call()
        except UnitsError as error:
            assert "uncertaint" in str(error)
        else:
            assert result.uncertainty.data >= 0.5


def test_products_with_zeros():
    certain(np.prod(measured([0.0, 2.0, 3.0], [0.1, 0.1, 0.1])), 0.6)
    certain(np.prod(measured([0.0, 0.0], [0.1, 0.1])), 0.0)


def test_accumulation():
    certain(np.cumsum(X), np.sqrt(np.cumsum(X.uncertainty.data**2)))
    certain(np.add.accumulate(X), np.sqrt(np.cumsum(X.uncertainty.data**2)))
    certain(measured(TABLE, SIGMA).cumsum(axis=1), np.sqrt(np.cumsum(SIGMA**2, axis=1)))
    certain(measured(TABLE, SIGMA).cumsum(), np.sqrt(np.cumsum(SIGMA**2)))


def test_equal_uncertainties_of_independent_elements():
    """One number stands for every element; they are not one error."""
    certain(measured([1.0, 2.0, 3.0], 0.1).sum(), 0.1 * np.sqrt(3))
    certain(measured(np.ones(100), 0.1).mean(), 0.01)


@pytest.mark.parametrize("call", [
    np.median, np.average, np.sort, np.diff, np.linalg.norm, np.trapezoid, np.cov, np.gradient, np.fft.fft,
    np.histogram, np.unique, np.ptp, np.nan_to_num, np.nansum, np.multiply.reduce, np.maximum.reduce,
    np.maximum.accumulate,
    lambda x: np.percentile(x, 30), lambda x: np.interp(x, [1, 2] * u.m, [1.0, 2.0]), lambda x: np.clip(x, 0, None),
    lambda x: np.cross(x, x), lambda x: np.einsum("i,i", x, x), lambda x: np.add.outer(x, x), lambda x: np.pad(x, 1),
    lambda x: np.add.reduceat(x, [0, 1]), lambda x: np.linspace(x[0], x[1]), lambda x: np.add.at(x, [0], X[0]),
    lambda x: x.sort(), lambda x: np.linalg.det(x[:, None] * x), lambda x: np.bincount([0, 1, 1], x),
])
def test_functions_that_do_not_propagate_say_so(call):
    x = X.copy()
    try:
        result = call(x)
    except UnitsError as error:
        assert "uncertaint" in str(error)
        assert repr(x) == repr(X)
    else:
        assert result.has_uncertainty


# ---------------------------------------------------------------------------------------- products of arrays

@pytest.mark.parametrize("function", [np.dot, np.matmul, np.inner, np.outer, np.vdot, np.kron, np.convolve,
                                      np.linalg.outer, lambda a, b: np.tensordot(a, b, 1),
                                      lambda a, b: np.correlate(a, b, "full"), lambda a, b: np.convolve(a, b, "same")])
def test_products(function):
    a, b = measured([1.0, 2.0, 4.0], [0.1, 0.2, 0.3]), measured([3.0, -1.0, 2.0], [0.2, 0.1, 0.1], u.s)
    result = function(a, b)
    squares = 0.0
    for k, x in enumerate((a, b)):
        for i in range(3):
            step = [np.zeros(3), np.zeros(3)]
            step[k][i] = 1e-5
            above = function(a.data + step[0], b.data + step[1])
            below = function(a.data - step[0], b.data - step[1])
            slope = (above - below) / 2e-5
            squares = squares + (slope * x.uncertainty.data[i]) ** 2
    np.testing.assert_allclose(result.uncertainty.data, np.sqrt(squares), rtol=1e-6)
    assert result.unit == u.m * u.s and result.uncertainty.shape == result.shape


def test_matrix_products():
    a, b = measured([[1.0, 2.0], [3.0, 4.0]], 0.1), measured([[1.0, 0.0], [2.0, 1.0]], 0.2, u.s)
    expected = np.sqrt(np.full((2, 2), 0.01) @ np.square(b.data) + np.square(a.data) @ np.full((2, 2), 0.04))
    certain(a @ b, expected)
    certain(np.dot(a, b), expected)
    certain(a @ [[1.0, 0.0], [0.0, 1.0]], [[0.1, 0.1]] * 2)
    certain([1.0, 2.0] @ a, [np.sqrt(0.05)] * 2)
    certain(functions.dot(a, b), expected)
    certain(functions.matmul(a, b), expected)


def test_a_product_with_itself():
    """x @ x of tracked errors is a sum of squares: 2 x, not sqrt(2) x."""
    expected = np.sqrt(np.sum((2 * C.data * C.uncertainty.data) ** 2))
    certain((C * C).sum(), expected)
    try:
        result = C @ C
    except UnitsError as error:
        assert "uncertaint" in str(error) or "correlat" in str(error)
    else:
        certain(result, expected)


# ---------------------------------------------------------------------------------------- weighted mean

def test_weighted_mean():
    a, b = measured(10.0, 1.0), measured(0.012, 0.002, u.km)
    result = functions.weighted_mean([a, b])
    assert result.unit is u.m and result.data == pytest.approx(10.4)
    certain(result, 1 / np.sqrt(1 + 1 / 4))
    arrays = functions.weighted_mean([X, Y])
    weights = X.uncertainty.data**-2.0, Y.uncertainty.data**-2.0
    np.testing.assert_allclose(arrays.data, (X.data * weights[0] + Y.data * weights[1]) / (weights[0] + weights[1]))
    certain(functions.weighted_mean([a]), 1.0)
    for wrong in ([], [DimArray(1.0, u.m)], [a, DimArray(1.0, u.m)], [a, measured(1.0, 0.0)], [1.0, 2.0]):
        with pytest.raises(UnitsError, match="uncertaint"):
            functions.weighted_mean(wrong)
    with pytest.raises(UnitsError, match="'s'"):
        functions.weighted_mean([a, measured(1.0, 1.0, u.s)])


# ---------------------------------------------------------------------------------------- what is stated

def test_what_is_given_is_kept():
    sigma = np.array([0.1, 0.2])
    x = measured([1.0, 2.0], sigma)
    sigma[0] = 9.0
    certain(x, [0.1, 0.2])
    x.uncertainty.data[0] = 9.0
    certain(x, [0.1, 0.2])
    certain(measured([1.0, 2.0], DimArray([1.0, 2.0], u.cm)), [0.01, 0.02])
    certain(DimArray(x, u.km), [1e-4, 2e-4])
    certain(DimArray(x, uncertainty=[0.5, 0.5]), [0.5, 0.5])
    assert not DimArray(x.data, u.m).has_uncertainty and DimArray([1.0], u.m).uncertainty is None


@pytest.mark.parametrize("sigma, error", [
    (-0.1, ValueError), ([0.1, -1e-300], ValueError), (np.nan, ValueError), ([[0.1, 0.1]], ValueError),
    ([0.1] * 3, ValueError), ([], ValueError), (1j, TypeError), ("0.1", TypeError), (None, None),
    ([None, 1], TypeError), (DimArray(1.0, u.s), DimensionError),
    (DimArray(1.0), DimensionError), (DimArray([0.1, 0.2], u.m, uncertainty=[0.1, 0.1]), None),
], ids=repr)
def test_uncertainties_that_are_none(sigma, error):
    if error is None:
        DimArray([1.0, 2.0], u.m, uncertainty=sigma)
        return
    with pytest.raises(error, match="uncertaint" if error is not DimensionError else "'m'"):
        DimArray([1.0, 2.0], u.m, uncertainty=sigma)


def test_negative_conversions_keep_signs_out():
    certain(-X, X.uncertainty.data)
    certain(X * -2, 2 * X.uncertainty.data)
    certain(measured([-1.0], [0.1]) ** 2, [0.2])
    certain(1 / measured([-2.0], [0.1]), [0.025])


def test_copies():
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for x in (X, C, C * 2 + Y, measured(1.0, 0.1)):
            again = pickle.loads(pickle.dumps(x, protocol))
            assert repr(again) == repr(x)
            certain(again, x.uncertainty.data)
    again = pickle.loads(pickle.dumps(C))
    certain(again - again, [0.0] * 3)
    certain(again - C, np.sqrt(2) * C.uncertainty.data)         # what is loaded shares no source with anything else
