"""Gradients of fused functions: against finite differences for every row, every kind of node and compositions."""
import doctest
from pathlib import Path

import numpy as np
import pytest

import torsor
import torsor.units as u
from operands import draws
from torsor._optable import OPS
from torsor.fusion import fuse
from torsor.fusion.gradients import grad, value_and_grad, vjp
from torsor.ufuncs import UFUNCS
from torsor.units import DimArray

RNG = np.random.default_rng
ROWS = [pytest.param(op, k, id=f"{op.name}-{'xyz'[k]}") for op in OPS if op.nout == 1 for k in range(len(op.grad))
        if any(ins[k] == "d" for ins, _ in op.signatures)]
ZERO = ("floor", "ceil", "trunc", "rint", "sign", "spacing", "floor_divide")


def slope(function, args, k, direction):
    """The derivative along a direction of one argument, by central differences of five points."""
    h = 1e-3 / max(1.0, float(np.max(np.abs(direction), initial=0.0)))

    def at(t):
        return function(*[x + t * h * direction if i == k else x for i, x in enumerate(args)])

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


def check(function, *args, argnums=None, rtol=1e-6):
    """Compare the gradients by all arguments with slopes in a random direction, and the value with the plain one's."""
    rng = RNG(3)
    numbers = tuple(range(len(args))) if argnums is None else argnums
    value, gradients = value_and_grad(function, numbers)(*args)
    np.testing.assert_allclose(value, function(*args), rtol=1e-13)
    for k, gradient in zip(numbers, gradients):
        x = args[k]
        assert np.shape(gradient) == np.shape(x) and gradient.dtype == np.asarray(x).dtype
        direction = rng.standard_normal(np.shape(x))
        expected = slope(function, args, k, direction)
        np.testing.assert_allclose(np.sum(np.asarray(gradient) * direction), expected, rtol=rtol, atol=rtol)
    single = [np.asarray(x, np.float32) if np.asarray(x).dtype == np.float64 and np.ndim(x) else x for x in args]
    _, gradients32 = value_and_grad(function, numbers)(*single)
    for gradient, other, k in zip(gradients, gradients32, numbers):
        if np.ndim(args[k]):
            assert other.dtype == np.float32
        np.testing.assert_allclose(other, gradient, rtol=2e-3, atol=2e-3 * (1 + np.max(np.abs(gradient), initial=0)))
    return gradients


# ---------------------------------------------------------------------------------------- operations

@pytest.mark.parametrize("op, k", ROWS)
def test_rows(op, k):
    """Every row of the table with derivatives, by every argument, element by element."""
    if op.name == "ldexp" and k == 1:
        pytest.skip("whole numbers have no gradient")
    rng = RNG(5)
    args = [draws(op, "d", (40,), rng) for _ in range(op.nin)]
    if op.name == "clip":
        args = [rng.uniform(0, 3, 40), rng.uniform(0.5, 1, 40), rng.uniform(2, 2.5, 40)]
    if op.name == "ldexp":
        args[1] = rng.integers(-3, 4, 40)
    function = UFUNCS[op.name]
    weights = rng.uniform(0.5, 1.5, 40)
    gradient = grad(lambda *args: (function(*args) * weights).sum(), k)(*args)
    h = 1e-4
    shifts = [function(*[x + t * h if i == k else x for i, x in enumerate(args)]) for t in (1, -1, 2, -2)]
    expected = weights * (8 * (shifts[0] - shifts[1]) - (shifts[2] - shifts[3])) / (12 * h)
    if op.name in ZERO or (op.name == "nextafter" and k == 1):
        expected = np.zeros(40)
    if op.name == "nextafter" and k == 0:
        expected = weights
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-8 * (1 + np.max(np.abs(expected))))
    single = [x.astype(np.float32) if x.dtype == np.float64 else x for x in args]
    low = grad(lambda *args: (function(*args) * weights.astype(np.float32)).sum(), k)(*single)
    assert low.dtype == np.float32
    if op.name not in ("remainder", "fmod", "floor_divide", "trigamma"):
        np.testing.assert_allclose(low, gradient, rtol=1e-3, atol=1e-4 * (1 + np.max(np.abs(gradient))))


@pytest.mark.parametrize("op", [op for op in OPS if not op.grad and op.nout == 1 and op.signatures[-1][1] not in "?B"
                                and any("d" in ins for ins, _ in op.signatures)], ids=lambda op: op.name)
def test_rows_without_derivatives_say_so(op):
    with pytest.raises(TypeError, match=f"{op.name} has no derivative"):
        grad(lambda x: UFUNCS[op.name](*[x] * op.nin).sum())(np.linspace(0.5, 0.9, 3))


def test_two_results():
    check(lambda x: (torsor.modf(x)[0] * x).sum(), np.array([0.3, 1.4, -2.3]))
    check(lambda x, y: (torsor.divmod(x, y)[1] * x).sum(), np.array([0.3, 5.4, -2.3]), np.array([0.7, 1.1, 0.9]))
    with pytest.raises(TypeError, match="frexp"):
        grad(lambda x: torsor.frexp(x)[0].sum())(np.ones(3))


def test_ties_are_shared():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0])
    for name, expected in (("maximum", [0.5, 0, 1]), ("minimum", [0.5, 1, 0]), ("fmax", [0.5, 0, 1]),
                           ("fmin", [0.5, 1, 0])):
        first, second = grad(lambda x, y, name=name: UFUNCS[name](x, y).sum(), (0, 1))(x, y)
        assert first.tolist() == expected and (first + second).tolist() == [1.0, 1.0, 1.0]


def test_a_mask_is_no_factor():
    """Where a choice is not taken, infinities of the other one do not matter."""
    x = np.array([-1.0, 0.0, 4.0])
    with np.errstate(all="ignore"):
        assert grad(lambda x: torsor.where(x > 0, x, 0.0).sum())(x).tolist() == [0, 0, 1]
        assert grad(lambda x: (torsor.maximum(x, 0.5) * np.inf).sum())(x).tolist() == [0, 0, np.inf]
        assert grad(lambda x: torsor.relu(x).sum())(np.array([np.inf, -np.inf])).tolist() == [1, 0]


# ---------------------------------------------------------------------------------------- shapes

SHAPES = [((3, 4), (4,)), ((3, 4), (3, 1)), ((3, 1), (1, 4)), ((3, 4), ()), ((), (3, 4)), ((2, 3, 4), (3, 1)),
          ((1,), (5,)), ((1, 4), (3, 4)), ((2, 1, 4), (3, 1)), ((5,), (5,)), ((1, 1), (1, 1)), ((4, 1, 1), (2, 3))]


@pytest.mark.parametrize("a, b", SHAPES)
def test_broadcasting(a, b):
    rng = RNG(1)
    x, y = rng.uniform(0.5, 2, a), rng.uniform(0.5, 2, b)
    check(lambda x, y: (x * torsor.sin(y) + x / y).sum(), x, y)
    check(lambda x, y: (x + y).sum(), x, y)
    check(lambda x, y: torsor.exp(x).sum() * y.sum() if a and b else (torsor.exp(x) * y).sum(), x, y)
    check(lambda x, y: ((x - y) ** 2).mean(), x, y)
    check(lambda x, y: torsor.where(x > y, x, y * y).sum(), x, y)


@pytest.mark.parametrize("a, b", SHAPES)
def test_broadcasting_of_pullbacks(a, b):
    rng = RNG(2)
    x, y = rng.uniform(0.5, 2, a), rng.uniform(0.5, 2, b)
    out, pullback = vjp(lambda x, y: x / y, x, y)
    g = rng.standard_normal(np.shape(out))
    dx, dy = pullback(g)

    def back(full, shape):
        for _ in range(full.ndim - len(shape)):
            full = full.sum(0)
        for d, n in enumerate(shape):
            if n == 1:
                full = full.sum(d, keepdims=True)
        return full

    np.testing.assert_allclose(dx, back(np.asarray(g / y), a), rtol=1e-12)
    np.testing.assert_allclose(dy, back(np.asarray(-g * x / y**2), b), rtol=1e-12)


@pytest.mark.parametrize("shape, axis", [
    ((5,), None), ((5,), 0), ((3, 4), None), ((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((2, 3, 4), (0, 2)),
    ((2, 3, 4), 1), ((1, 4), 0), ((3, 1), 1), ((2, 3, 4), (1, 2)), ((1, 1), None)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("leaf", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std", "ptp", "norm", "logsumexp"])
def test_reductions(name, leaf, keepdims, shape, axis):
    if (name == "norm" and isinstance(axis, tuple)) or (name == "ptp" and keepdims):
        pytest.skip("not a norm of vectors")
    function = {"norm": torsor.linalg.norm, "logsumexp": torsor.logsumexp}.get(name) or getattr(torsor, name)
    options = {"axis": axis} | ({"keepdims": True} if keepdims else {})
    x = RNG(4).uniform(0.5, 2.0, shape)
    weights = RNG(6).uniform(0.5, 1.5, np.shape(function(x, **options)))
    if name in ("std", "norm", "var") and np.prod([shape[d] for d in np.atleast_1d(axis)] if axis is not None
                                                  else shape) == 1:
        pytest.skip("no spread")
    check(lambda x: (function(x if leaf else x * x, **options) * weights).sum()
          if np.ndim(weights) else function(x if leaf else x * x, **options) * 1.5, x)


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf, -np.inf, 0])
def test_norms(order):
    if order == 0:
        assert grad(lambda x: torsor.linalg.norm(x, 0))(np.array([1.0, 2.0])).tolist() == [0, 0]
    else:
        check(lambda x: torsor.linalg.norm(x, order), np.array([1.0, -2.0, 3.5]))


def test_ddof():
    x = RNG(1).standard_normal((4, 5))
    check(lambda x: x.var(axis=1, ddof=1).sum(), x)
    check(lambda x: (x * x).std(axis=0, ddof=2).sum(), x)


def test_products_with_zeros():
    assert grad(lambda x: x.prod())(np.array([2.0, 0.0, 3.0])).tolist() == [0, 6, 0]
    assert grad(lambda x: x.prod())(np.array([0.0, 0.0, 3.0])).tolist() == [0, 0, 0]
    assert grad(lambda x: (x * 1.0).prod())(np.array([2.0, 5.0, 3.0])).tolist() == [15, 6, 10]


def test_ties_of_extremes_are_shared():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    assert grad(lambda x: x.max(axis=1).sum())(x).tolist() == [[0, 0.5, 0.5], [1 / 3] * 3]
    assert grad(lambda x: x.max())(x).tolist() == [[0, 0.5, 0.5], [0, 0, 0]]
    assert grad(lambda x: x.min(axis=0).sum())(x).tolist() == [[1, 0, 0], [0, 1, 1]]


def test_nan():
    x = np.array([1.0, np.nan, 3.0])
    assert grad(lambda x: x.max())(x).tolist() == [0, 1, 0]
    assert np.isnan(grad(lambda x: (x * x).sum())(x)).tolist() == [False, True, False]


VIEWS = {
    "slice": lambda x: x[1:], "step": lambda x: x[::-2], "row": lambda x: x[1], "element": lambda x: x[1, 2],
    "both": lambda x: x[..., 1:3] * 2, "new": lambda x: x[:, None] * x[None], "T": lambda x: x.T,
    "transpose": lambda x: x.transpose(1, 0), "reshape": lambda x: x.reshape(2, 6), "flat": lambda x: x.reshape(-1),
    "swapaxes": lambda x: x.swapaxes(0, 1), "moveaxis": lambda x: torsor.moveaxis(x, 0, 1),
    "expand": lambda x: torsor.expand_dims(x, 0), "squeeze": lambda x: torsor.squeeze(x[:1], 0),
    "broadcast": lambda x: torsor.broadcast_to(x, (2, 3, 4)), "differences": lambda x: x[1:] - x[:-1],
    "of computed": lambda x: (x * x)[:, 1:] - torsor.exp(x)[:, :-1], "of sums": lambda x: (x * x).sum(axis=0)[1:],
}


@pytest.mark.parametrize("name", VIEWS)
def test_views(name):
    view = VIEWS[name]
    x = RNG(8).uniform(0.5, 2.0, (3, 4))
    weights = RNG(9).uniform(0.5, 1.5, np.shape(view(x)))
    check(lambda x: (torsor.sin(view(x)) * weights).sum() if np.ndim(weights) else torsor.sin(view(x)), x)
    _, pullback = vjp(view, x)
    (gradient,) = pullback(weights)
    assert gradient.shape == x.shape
    gradient += 1                                       # a result of its own
    if name == "slice":
        assert (gradient[0] == 1).all() and (gradient[1:] == 1 + weights).all()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1, 0)])
def test_empty(shape):
    x = np.zeros(shape)
    for function in (lambda x: (x * x).sum(), lambda x: x.sum(), lambda x: torsor.exp(x + 1).sum(),
                     lambda x: (x * x).sum(axis=0, keepdims=True).sum(),
                     lambda x: (x + np.ones(shape[-1:])).sum(), lambda x: x.prod()):
        gradient = grad(function)(x)
        assert gradient.shape == shape and gradient.dtype == np.float64
    assert grad(lambda x, y: (x * y).sum(), 1)(np.zeros((0, 3)), np.ones(3)).tolist() == [0, 0, 0]


# ---------------------------------------------------------------------------------------- compositions

def cross_entropy(x, onehot):
    return -((x - torsor.logsumexp(x, axis=-1, keepdims=True)) * onehot).sum()


def layer_norm(x, weight, bias):
    center = x - x.mean(axis=-1, keepdims=True)
    scaled = center / torsor.sqrt((center * center).mean(axis=-1, keepdims=True) + 1e-5)
    return torsor.tanh(scaled * weight + bias).sum()


def black_scholes(S, K, T, r, v):
    d = (torsor.log(S / K) + (r + v * v / 2) * T) / (v * torsor.sqrt(T))
    e = d - v * torsor.sqrt(T)
    return (0.5 * S * torsor.erfc(-d / 2**0.5) - 0.5 * K * torsor.exp(-r * T) * torsor.erfc(-e / 2**0.5)).sum()


def lennard_jones(x):
    apart = x[:, None] - x[None]
    squares = (apart * apart).sum(axis=-1)
    sixth = torsor.where(squares > 0, 1.0 / torsor.where(squares > 0, squares, 1.0) ** 3, 0.0)
    return 2.0 * (sixth * sixth - sixth).sum()


def test_softmax_cross_entropy():
    x = RNG(1).standard_normal((6, 5))
    onehot = np.eye(5)[RNG(2).integers(0, 5, 6)]
    gradient, _ = check(cross_entropy, x, onehot)
    np.testing.assert_allclose(gradient, np.exp(x) / np.exp(x).sum(-1, keepdims=True) - onehot, atol=1e-14)


def test_layer_norm():
    rng = RNG(3)
    check(layer_norm, rng.standard_normal((7, 9)), rng.standard_normal(9), rng.standard_normal(9))
    check(layer_norm, rng.standard_normal((2, 3, 8)), rng.standard_normal(8), rng.standard_normal(8))


def test_black_scholes():
    rng = RNG(4)
    S, K, T = rng.uniform(80, 120, 50), rng.uniform(80, 120, 50), rng.uniform(0.2, 1.5, 50)
    check(black_scholes, S, K, T, 0.03, rng.uniform(0.1, 0.4, 50), rtol=1e-5)


def test_lennard_jones():
    x = np.stack(np.meshgrid(*[np.arange(3.0) * 1.1] * 3), -1).reshape(-1, 3) + 0.05 * RNG(5).standard_normal((27, 3))
    check(lennard_jones, x)


def test_numbers():
    check(lambda x, a, b: (a * x + b * a / 2).sum(), np.array([1.0, 2.0]), 3.0, 0.5)
    value, slopes = value_and_grad(lambda a, b: a**2 * b + a / b, (0, 1))(3.0, 2.0)
    assert (value, *slopes) == (19.5, 12.5, 8.25)
    check(lambda x, a: (x ** a).sum(), np.array([1.0, 2.0]), np.float64(2.5))
    assert grad(lambda x: (x ** 3).sum())(np.array([2.0])).tolist() == [12.0]


def test_second_derivatives():
    third = grad(grad(grad(lambda x: x**4)))
    assert third(2.0) == 48.0
    x = np.array([0.3, 1.2])
    np.testing.assert_allclose(grad(lambda x: grad(lambda y: torsor.sin(y).sum())(x).sum())(x), -np.sin(x))


def test_large_arrays_in_threads():
    rng = RNG(7)
    x, y = rng.standard_normal((700, 500)), rng.standard_normal(500)
    value, (dx, dy) = value_and_grad(lambda x, y: torsor.tanh(x * y).sum(), (0, 1))(x, y)
    t = np.tanh(x * y)
    np.testing.assert_allclose(value, t.sum(), rtol=1e-10)
    np.testing.assert_allclose(dx, (1 - t * t) * y, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dy, ((1 - t * t) * x).sum(0), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("change", [np.asfortranarray, lambda x: x[::2, ::-1], lambda x: x.T,
                                    lambda x: x.astype(x.dtype.newbyteorder()), lambda x: x.astype("f2")])
def test_layouts(change):
    """Other layouts, and types that no program takes."""
    x = change(RNG(3).uniform(1, 2, (6, 8)))
    if x.dtype not in (np.float32, np.float64) or not x.dtype.isnative:
        with pytest.raises(TypeError, match="no loops for"):
            grad(lambda x: (x * x).sum())(x)
        return
    gradient = grad(lambda x: (x * x + torsor.sqrt(x)).sum())(x)
    np.testing.assert_allclose(gradient, 2 * x + 0.5 / np.sqrt(x), rtol=1e-12)


# ---------------------------------------------------------------------------------------- the functions

def test_vjp_of_several_results():
    def function(x, y, n):
        return {"a": x * y, "b": (x.sum(), [n])}

    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    results, pullback = fuse(function).vjp(x, y, 4)
    assert results["a"].tolist() == [3, 10] and results["b"] == (3.0, [4])
    first, second, third = pullback({"a": np.array([1.0, 2.0]), "b": (10.0, [None])})
    assert first.tolist() == [13, 20] and second.tolist() == [1, 4] and third is None
    assert pullback({"a": None, "b": (1.0, None)})[0].tolist() == [1, 1]
    assert [x.tolist() for x in pullback(None)[:2]] == [[0, 0], [0, 0]]
    with pytest.raises(ValueError, match="shape"):
        pullback({"a": np.ones(3), "b": (0.0, None)})
    with pytest.raises(TypeError, match="arranged"):
        pullback((1, 2, 3))


def test_arguments_without_gradients():
    x, k = np.array([1.0, 2.0]), np.array([3, 4])
    _, pullback = vjp(lambda x, k, flag: x * k if flag else x, x, k, True)
    first, second, third = pullback(np.ones(2))
    assert first.tolist() == [3, 4] and second is None and third is None
    with pytest.raises(TypeError, match="argument 1 is int64"):
        grad(lambda x, k: (x * k).sum(), 1)(x, k)
    assert grad(lambda x, y: x.sum(), 1)(x, x * 2).tolist() == [0, 0]
    assert vjp(lambda x, *, scale: x * scale, x, scale=3.0)[1](x)[0].tolist() == [3, 6]


def test_refusals():
    x = np.ones(3)
    with pytest.raises(TypeError, match="one real number"):
        grad(lambda x: x * x)(x)
    with pytest.raises(TypeError, match="by argument 1, but there are 1"):
        grad(lambda x: x.sum(), 1)(x)
    with pytest.raises(TypeError, match="argnums"):
        grad(lambda x: x.sum(), "x")
    with pytest.raises(TypeError, match="function"):
        grad(3)
    with pytest.raises(TypeError, match="complex"):
        grad(lambda x: torsor.absolute(x * 1j).sum())(x)
    with pytest.raises(TypeError, match="has no gradient for these arguments"):
        grad(lambda x: torsor.cumsum(x).sum())(x)
    with pytest.raises(TypeError, match="cumsum"):
        vjp(lambda x: torsor.cumsum(x), x)
    with pytest.raises(TypeError, match="decides nothing"):
        grad(lambda x: x.sum() if x[0] > 0 else 0.0)(x)


def test_gradients_are_new_arrays():
    x, y = np.ones(3), np.full(3, 2.0)
    first, second = grad(lambda x, y: (x * y).sum(), (0, 1))(x, y)
    first += 1
    second += 1
    assert x.tolist() == [1, 1, 1] and y.tolist() == [2, 2, 2]
    first, second = grad(lambda x, y: (x + y).sum(), (0, 1))(x, y)
    first += 1
    assert second.tolist() == [1, 1, 1]


factor = 2.0


def test_what_is_outside_may_change():
    global factor
    slope = grad(lambda x: (x * factor).sum())
    assert slope(np.ones(2)).tolist() == [2, 2]
    factor = 5.0
    assert slope(np.ones(2)).tolist() == [5, 5]
    factor = 2.0


def test_forward_and_backward_share_their_work():
    slope = value_and_grad(lambda x: (torsor.exp(x) * torsor.tanh(x)).sum())
    slope(np.ones(5))
    (entry,) = slope._entries.values()
    names = [step.name for stage in entry.program.ways[0].stages for step in getattr(stage, "instructions", ())]
    assert names.count("exp") == names.count("tanh") == 1


def test_units():
    k, x = DimArray(3.0, u.N / u.m), DimArray([1.0, 200.0], u.cm)
    value, (dk, dx) = value_and_grad(lambda k, x: (0.5 * k * x * x).sum(), (0, 1))(k, x)
    assert value.to("J").magnitude() == pytest.approx(0.5 * 3 * (0.01**2 + 4))
    np.testing.assert_allclose(dx.to(u.N).magnitude(), 3.0 * np.array([0.01, 2.0]))
    assert dk.to(u.m**2).magnitude() == pytest.approx(0.5 * (0.01**2 + 4))
    with pytest.raises(TypeError, match="vjp"):
        vjp(lambda x: x, x)
    with pytest.raises(u.DimensionError):
        grad(lambda x: np.exp(x).sum())(x)


def test_docs():
    page = Path(__file__).resolve().parent.parent / "docs" / "fusion-units-gradients.md"
    test = doctest.DocTestParser().get_doctest(page.read_text(encoding="utf-8"), {}, page.name, str(page), 0)
    runner, report = doctest.DocTestRunner(verbose=False), []
    runner.run(test, out=report.append)
    assert runner.failures == 0 and runner.tries > 12, "".join(report)
