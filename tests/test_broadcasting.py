"""Shapes at random: broadcasting, indexing results as operands and as outputs, layouts of results."""
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import torsor
from differential import same, same_code

DTYPES = st.sampled_from([np.dtype(c) for c in ("?", "i1", "u1", "i4", "i8", "u8", "f4", "f8")])
NAMES = st.sampled_from(["add", "multiply", "less_equal", "maximum", "floor_divide", "divide", "logical_xor", "divmod"])
quick = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def arrays(draw, shape):
    """An array of a shape, its axes in any order in memory, with gaps and steps in either direction."""
    dtype = draw(DTYPES)
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.sampled_from([1, 1, 1, 2, -1, -2])) for _ in shape]
    store = np.zeros([shape[k] * abs(steps[k]) + draw(st.integers(0, 1)) for k in order], dtype)
    flat = store.reshape(-1)
    flat[...] = (np.arange(flat.size) * 7 % 11 - (3 if dtype.kind in "if" else 0)).astype(dtype)
    view = store.transpose(np.argsort(order)) if shape else store
    found = view[tuple(slice(None, n * s, s) if s > 0 else slice(n * -s - 1 if n else 0, None, s)
                       for n, s in zip(shape, steps))][tuple(slice(n) for n in shape)]
    assert found.shape == tuple(shape)
    return found


@st.composite
def operands(draw, n=2, max_dims=5):
    """Arrays whose shapes broadcast, mostly."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=n, max_dims=max_dims, max_side=6, min_side=0))
    found = [draw(arrays(shape)) for shape in shapes.input_shapes]
    if draw(st.integers(0, 9)) == 0:
        found[0] = draw(arrays(draw(hnp.array_shapes(max_dims=3, max_side=4))))
    return found


@quick
@given(operands(), NAMES)
def test_pairs(pair, name):
    with np.errstate(all="ignore"):
        same(lambda xp, x, y: getattr(xp, name)(x, y), *pair)


@quick
@given(operands(n=3), NAMES)
def test_outputs(three, name):
    """Into a third array, whatever its shape and type."""
    x, y, out = three
    with np.errstate(all="ignore"):
        same(lambda xp, x, y, out: getattr(xp, name)(x, y, out=out), x, y, out)
        same(lambda xp, x, y, out: getattr(xp, name)(x, y, out=(out, None)), x, y, out)


@quick
@given(operands(n=1, max_dims=6), st.data())
def test_indexing_results_as_operands_and_outputs(one, data):
    x, = one
    index = data.draw(hnp.basic_indices(x.shape, allow_newaxis=True, allow_ellipsis=True))
    other = data.draw(hnp.basic_indices(x.shape, allow_newaxis=True, allow_ellipsis=True))
    if not isinstance(x[index], np.ndarray) or not isinstance(x[other], np.ndarray):
        return

    def operand(xp, x):
        return xp.add(x[index], x[other])

    def within(xp, x):
        x[index] += x[other]
        return x

    def output(xp, x):
        xp.multiply(x[index], 2, out=x[other], casting="unsafe")
        return x

    with np.errstate(all="ignore"):
        for body in (operand, within, output):
            same(body, x)


@quick
@given(operands(n=1, max_dims=3), st.data())
def test_fancy_indexing(one, data):
    x, = one
    if not x.size or not x.ndim:
        return
    rows = data.draw(hnp.arrays(np.intp, data.draw(hnp.array_shapes(max_dims=2, max_side=4)),
                                elements=st.integers(-x.shape[0], x.shape[0] - 1)))

    def run(xp, x, rows):
        y = x[rows]
        y = xp.subtract(y.astype(float), x[rows[..., ::-1]])
        x[x > 1] = 0
        x[rows] = x[rows] * 1
        return y, x[rows] == y, x

    same(run, x, rows)


@quick
@given(operands(n=1, max_dims=6), st.sampled_from(["negative", "sqrt", "logical_not", "sign", "modf"]))
def test_layout_of_one_operand(one, name):
    x, = one
    if x.dtype.kind == "b":
        x = x.astype("i1", order="K")
    with np.errstate(all="ignore"):
        same(lambda xp, x: getattr(xp, name)(x), x)


@pytest.mark.parametrize("shapes", [
    ((2, 3), (3, 2)), ((0,), (2,)), ((3,), (4,)), ((2, 1), (3, 2, 2)), ((1, 0), (5, 1)), ((0, 1), (1, 0)), ((), (0,)),
    ((1,) * 30, (2,) * 3), ((5, 1, 0), (1, 1)), ((2,), (0,)), ((70000, 1), (1, 3)), ((1, 70000), (3, 1)),
    ((100, 1, 100), (100, 1)), ((3, 40000), (40000,)), ((40000, 3), (3,)), ((2, 2, 20000), (2, 1, 1)),
])
def test_shapes(shapes):
    x, y = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 7 for shape in shapes)
    for a, b in ((x, y), (y, x), (x.T, y.T), (x.astype("f4"), y), (x, y * 0.5)):
        same(lambda xp, a, b: xp.add(a, b), a, b)
        same(lambda xp, a, b: xp.less(a, b), a, b)


CROSSED = (
    "x.T + y", "y - x.T", "x.T * 2", "x.T < y", "x.T / x", "xp.maximum(x.T, y, out=z)", "xp.where(x.T > 5, y, x.T)",
    "xp.where(x.T > y, x, y)",
    "xp.add(x, y, out=z.T)", "x.T * y[0]", "x.T * y[:, :1]", "xp.multiply(x, y.T, out=x)", "(x.T + y).astype('f')",
    "x[::-1].T + y[:, ::-1]",
    "x[::2, ::2].T + y[::2, ::2]", "xp.add(x.T, y, dtype='D')", "x.T + y.astype('D')", "xp.divmod(x.T, y)",
    "xp.clip(x.T, y, z)",
)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("code", CROSSED)
def test_operands_that_run_along_other_axes(code, threads):
    rng = np.random.default_rng(0)
    with torsor.threads(threads):
        for dtype, n in (("d", 64), ("d", 320), ("f", 384), ("i2", 256), ("D", 130)):
            if dtype == "D" and any(name in code for name in ("divmod", "clip", "maximum")):
                continue
            x, y, z = (rng.integers(1, 100, (n, n)).astype(dtype) for _ in range(3))
            with np.errstate(all="ignore"):
                same_code(code, x, y, z)


def test_operands_of_three_axes_that_run_along_others():
    x, y = np.random.default_rng(0).random((2, 40, 40, 40))
    for axes in ((0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)):
        same(lambda xp, x, y, axes: x.transpose(axes) + y, x, y, axes)
        same(lambda xp, x, y, axes: x[:, :17, ::-1].transpose(axes) * y[0, 0, 0], x, y, axes)
        same(lambda xp, x, y, axes: y - x.transpose(axes).astype("f"), x, y, axes)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        torsor.full((80, 80), 1e308).T[:, ::-1] + torsor.full((80, 80), 1.7e308).T.copy()
