"""Elements written where indices and masks say, against NumPy's: what is written, errors, memory, threads."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same, same_code
from operands import FULL, draws, lay_out, specials, wholes
from torsor._kernels import assignment
from torsor._optable import OPS

DTYPES = "?bBhHiIqQefdgFDO"
INDEX = np.array([[1, 0, -1], [-2, 1, 1]])


def assigns(code, *arrays, **names):
    """same_code for an assignment, after which the array is looked at."""
    target, _, value = code.partition(" = ")
    array, _, key = target.partition("[")
    same_code(f"({array}.__setitem__(np.s_[{key}, {value}), {array}.copy())", *arrays, **names)


KEYS = (
    "x[y] = 7.0", "x[y] = 7", "x[y] = True", "x[y] = np.float64(2)", "x[y] = np.float32(2)", "x[y] = 2j",
    "x[y] = 'a'", "x[y] = None",
    "x[y] = 10**400", "x[y] = []", "x[y] = [1.0, 2.0, 3.0, 4.0]", "x[y] = y", "x[y] = x[y]", "x[y] = x[y] * 2",
    "x[y] = x[y][:1]",
    "x[y] = x[0]", "x[y] = x", "x[y + 1] = 1.0", "x[y - 1] = 1.0", "x[y] = xp.array(3.0)", "x[y[0]] = x[y[0]] + 1",
    "x[y[:0]] = 1.0",
    "x[y[:0]] = x[:0]", "x[y.T] = 5.0", "x[y[::-1]] = x[y[::-1]] * 3", "x[y.astype('i4')] = 1.0", "x[y, y] = 1.0",
    "x[y, 0] = 1.0",
    "x[xp.array(1)] = 4.0", "x[[1, 0]] = 4.0", "x[y.astype(float)] = 1.0", "x[None, y] = 1.0",
    "x[y] = np.arange(72.0).reshape(2, 3, 3, 4)",
    "x[y] = np.arange(72).reshape(2, 3, 3, 4)", "x[y] = np.arange(72.0).reshape(3, 2, 3, 4)", "x[1] = 3",
    "x[:, 1] = 2.5", "x[...] = 1",
)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", KEYS)
def test_indices(code, layout):
    assigns(code, lay_out(wholes("d"), layout), INDEX)


MASKS = (
    "x[y] = 7.0", "x[y] = x[y]", "x[y] = x[y] + 1", "x[y] = x[y][:1]", "x[y] = x[0, 0]", "x[y] = []", "x[y] = 'a'",
    "x[y] = 1e400",
    "x[y[:, 0]] = 5", "x[y[:, 0]] = x[y[:, 0]] * 2", "x[y[:, :1]] = 1.0", "x[y.T] = 1.0", "x[~y] = 2.0",
    "x[y & False] = 2.0",
    "x[y & False] = x[:0]", "x[y & False] = x[y & False]", "x[y | True] = 3.5", "x[x > 50] = 0",
    "x[x > 50] = x[x > 50] * 2",
    "x[x > 50] = x[x > 50][:-1]", "x[x > 50] = np.arange(40.0)", "x[x > 50] = x.ravel()[:1]",
    "x[x > 50] = x[x > 50].reshape(1, -1)",
    "x[xp.array(True)] = 1.0", "x[True] = 1.0", "x[y, 0] = 1.0", "x[[True, False]] = 1.0", "x[x > 50] = np.int32(3)",
    "x[x > 50] = (x > 50)[x > 50]",
)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", MASKS)
def test_masks(code, layout):
    assigns(code, lay_out(wholes("d"), layout), wholes("?", (2, 3)))


FUNCTIONS = (
    "place(x, x > 50, x[x > 50] * 2)", "place(x, x > 50, np.arange(40.0))", "place(x, x > 50, [1, 2, 3])",
    "place(x, x > 50, y)",
    "place(x, x > 50, x.ravel()[:1] * 1)", "place(x, x > 50, x)", "place(x, x > 50, [])",
    "place(x, x > 500, xp.array([]))",
    "place(x, x > 50, xp.array([]))", "place(x, (x > 50).ravel(), np.arange(40.0))", "place(x, y, np.arange(6.0))",
    "place(x, x, y)",
    "place(x, x > 50, 3.0)", "place(x, True, 3.0)", "place([1, 2], [True, False], 3)",
    "place(arr=x, mask=x > 50, vals=np.arange(30.0))",
    "putmask(x, x > 50, x * 2)", "putmask(x, x > 50, 3)", "putmask(x, x > 50, 3.5)",
    "putmask(x, x > 50, [1, 2, 3])", "putmask(x, x > 50, x)",
    "putmask(x, x > 50, np.arange(24.0))", "putmask(x, x > 50, np.arange(24))",
    "putmask(x, (x > 50).ravel(), np.arange(24.0))",
    "putmask(x, x > 50, xp.array([2.0]))", "putmask(x, y, 3.0)", "putmask(x, x, 3.0)", "putmask(x, x > 50, [])",
    "putmask(x, x > 50, 'a')",
    "putmask(x, mask=x > 50, values=1.0)", "putmask([1], True, 3)", "putmask(x, x > 50, np.float64(4))",
    "put(x, y, 3.0)", "put(x, y, y)", "put(x, y, y * 1.5)", "put(x, y + 90, y * 1.5)", "put(x, y, x)",
    "put(x, y, xp.array([1.0, 2.0]))",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative", "zero", "unaligned", "swapped", "readonly",
                                    "empty", "0-d"])
@pytest.mark.parametrize("code", FUNCTIONS)
def test_functions(code, layout):
    same_code(f"(xp.{code}, x.copy())", lay_out(wholes("d"), layout), INDEX)


@pytest.mark.parametrize("dtype", [*DTYPES, "M8[s]", "S3", "i4,f8"])
def test_every_dtype(dtype):
    plain = dtype not in ("S3", "i4,f8")
    x = np.arange(15).reshape(5, 3).astype(dtype) if plain else np.zeros((5, 3), dtype)
    mask, index = np.array([True, False, True, True, False]), np.array([[3, -1], [0, 0]])
    for code in ("x[y] = x[y][::-1].copy()", "x[z] = x[z][::-1].copy()", "x[z] = x[:3][::-1].copy()", "x[z] = 1",
                 "x[y] = 1", "x[z] = 2.5",
                 "x[y] = -1", "x[y] = 300", "x[z] = 1e300", "x[z] = True", "x[z] = 1j"):
        assigns(code, x, index, mask)
        assigns(code, x[:, 0].copy(), index, mask)
    both = x.astype("?") if dtype in DTYPES else np.zeros(x.shape, bool)
    for code in ("place(x, y, x.copy())", "putmask(x, y, x[::-1].copy())", "putmask(x, y, x.ravel()[:1].copy())",
                 "put(x, z, x[0].copy())"):
        same_code(f"(xp.{code}, x.copy())", x, both, np.array([1, 0, -3]))


def test_the_last_one_of_several_is_written():
    a = torsor.zeros(10)
    a[torsor.array([3, 3, 3])] = torsor.array([1.0, 2.0, 3.0])
    assert a[3] == 3
    rng = np.random.default_rng(0)
    same_code("(x.__setitem__(y, z), x.copy())", np.zeros(500), rng.integers(-500, 500, 100_000), rng.random(100_000))


def test_nothing_is_written_where_it_fails():
    for value in (1.0, np.arange(3.0)):
        a = torsor.zeros(8)
        for index in ([0, 1, 99], [0, -99, 1]):
            with pytest.raises(IndexError):
                a[torsor.array(index)] = value
        assert not a.any()
    for value in (torsor.ones(3), torsor.ones((2, 2))):
        with pytest.raises((ValueError, TypeError)):
            a[torsor.array([True, False] * 4)] = value
    assert not a.any()


def test_a_mask_of_another_shape_writes_no_further():
    store = np.zeros(40)
    x = store[:6].reshape(2, 3).view(torsor.Tensor)
    torsor.place(x, torsor.ones(6, bool), torsor.ones(30))
    torsor.putmask(x, torsor.ones((6, 1), bool), torsor.ones(6))
    assert store[:6].all() and not store[6:].any()


# ---------------------------------------------------------------------------------------- operations at indices

def at(name):
    def operate(xp, a, *args, **kwargs):
        getattr(xp, name).at(a, *args, **kwargs)
        return a
    return operate


@pytest.mark.parametrize(("name", "code"), [*assignment._operations, ("add", "D"), ("fmax", "d"), ("hypot", "d")])
def test_operations_at_indices(name, code):
    op = next(op for op in OPS if op.name == name)
    rng = np.random.default_rng(1)
    index = rng.integers(-30, 30, (4, 15))
    for tail in ((), (3,)):
        x = draws(op, code, (30, *tail), rng)
        y = draws(op, code, (4, 15, *tail), rng)
        if code in "fd":                    # a NaN, zeros of both signs and infinities meet what there is
            x.flat[:8], y.flat[:8], y.flat[10:18] = specials(code)[:8], specials(code)[8:16], specials(code)[:8]
        for value in (y, y[0, 0], y[:1, :1], y.real.astype("f"), y.astype("D"), x[0], 1,
                      2.5, 1j, True, 300, -1, 10**30):
            same(at(name), x, index, value)


INDEXED = (
    "y", "y[0]", "y[:0]", "y.T", "y[::-1]", "y.astype('i4')", "y.astype('u8')", "y.astype(float)", "[1, 0, 1]", "1",
    "slice(0, 1)", "(y, y)", "y > 0", "y + 1", "y - 9", "None", "...",
)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("key", INDEXED)
def test_operations_in_any_layout(key, layout):
    for value in ("2.0", "x[y] + 1", "x[y][..., ::2]", "x", "x[0]"):
        same_code(f"(xp.add.at(x, {key}, {value}), x.copy())", lay_out(wholes("d"), layout), INDEX)


def test_operations_on_memory_that_is_shared():
    store = np.arange(40.0)
    same(at("add"), store, np.array([3, 3, 5]), store[3:6])
    same(at("add"), store[:20], np.array([3, 3, 5]), store[20:23])
    whole = np.arange(10)
    same(at("add"), whole, whole[::-1].copy()[:3], 1)
    same(at("add"), whole, whole, whole)
    same(at("multiply"), whole, whole[5:], 2)


def test_operations_write_nothing_where_an_index_is_outside():
    for name, size in (("add", 8), ("maximum", 8), ("multiply", 100_000)):
        a = torsor.ones(size)
        index = torsor.zeros(size, int)
        index[-1] = size
        with pytest.raises(IndexError):
            getattr(torsor, name).at(a, index, 3.0)
        index[-1] = -size - 1
        with pytest.raises(IndexError):
            getattr(torsor, name).at(a, index, torsor.full(size, 3.0))
        assert (a == 1).all()


def test_operations_raise_as_the_error_state_says():
    for state in ("raise", "warn", "ignore"):
        for name, value in (("multiply", 1e300), ("divide", 0.0), ("subtract", np.inf), ("maximum", np.nan)):
            for x in (np.array([1e300, np.inf, 0.0]), np.full((3, 2), 1e300)):
                with np.errstate(all=state):
                    same(at(name), x, np.array([0, 1, 2]), value)
                    same(at(name), x, np.array([0, 1, 2]), np.full(x.shape, value))


def test_operations_on_many():
    rng = np.random.default_rng(0)
    x, index = rng.random(50_000), rng.integers(-50_000, 50_000, 300_000)
    for name in ("add", "maximum", "multiply"):
        same(at(name), x, index, rng.random(300_000))
        same(at(name), (x * 100).astype(int), index, 3)
    same(at("add"), rng.random((500, 300)), index[:2000] % 500, rng.random((2000, 300)))


def test_an_element_cannot_be_deleted():
    with pytest.raises(ValueError):
        del torsor.zeros(3)[torsor.array([1])]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.sampled_from("?bhifdD"), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_masks_of_any_length(n, dtype, share, seed):
    mask = (np.random.default_rng(seed).random(n) < share).astype(np.uint8)
    mask[mask > 0] = np.random.default_rng(seed).choice([1, 2, 128, 255], mask.sum())
    x, mask = wholes(dtype, (n,), seed), mask.view(bool)
    many = wholes(dtype, (n,), seed + 1)
    assigns("x[y] = z[:np.count_nonzero(y)].copy()", x, mask, many)
    assigns("x[y] = z[n // 2]", x, mask, many, n=n) if n else None
    same_code("(xp.place(x, y, z), x.copy())", x, mask, many)
    same_code("(xp.putmask(x, y, z), x.copy())", x, mask, many)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    rng = np.random.default_rng(0)
    x, index = rng.random((500, 400)), rng.integers(-500, 500, (3, 700))
    with torsor.threads(threads):
        assigns("x[y] = 2.0", x, index)
        for code in ("x[y] = np.arange(3 * 700 * 400.0).reshape(3, 700, 400)", "x[x > 0.3] = 1.0",
                     "x[x > 0.3] = x[x > 0.3] + 1", "x[(x > 0.5)[:, 0]] = x[(x > 0.5)[:, 0]] * 2"):
            assigns(code, x, index)
        flat = rng.random(300_000)
        assigns("x[y] = z", flat, rng.integers(-300_000, 300_000, 200_000), rng.random(200_000))
        for code in ("place(x, x > 0.2, z)", "putmask(x, x > 0.2, z)", "put(x, y, z)"):
            same_code(f"(xp.{code}, x.copy())", flat, rng.permutation(300_000), rng.random(300_000))
        assigns("x[y] = 3", flat.astype("i2"), flat > 0.5)
        assigns("x[y] = 3", flat.astype("D"), flat > 0.5)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "zero", "unaligned", "swapped", "readonly", "empty", "0-d"])
def test_diagonals(layout):
    x = lay_out(wholes("d", (3, 4, 5)), layout)
    for code in ("x", "x[0]", "x[0].T", "x[:, 0]", "x[..., 0, 0]"):
        for value in ("3.0", "3", "True", "1j", "'a'", "[1.0, 2.0]", "np.float32(2)", "10**400"):
            same_code(f"(xp.fill_diagonal({code}, {value}), x.copy())" if layout != "0-d" else "xp.fill_diagonal(x, 1)",
                      x)
    same_code("(xp.fill_diagonal(x, 3.0, wrap=True), x.copy())", np.zeros((7, 3)))
    same_code("(xp.fill_diagonal(x, 3.0), x.copy())", np.zeros((7, 3)))
    same_code("(xp.fill_diagonal(x, 3.0), x.copy())", np.zeros((3, 7), "f"))
    same_code("(xp.fill_diagonal(a=x, val=True), x.copy())", np.zeros((3, 3), bool))
