"""Elements chosen by indices and masks, against NumPy's: values, layouts, errors, what is left in memory, threads."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same_code
from operands import FULL, lay_out, wholes

DTYPES = "?bBhHiIqQefdgFDO"


INDEX = np.array([[1, 0, -1], [-2, 1, 1]])
TAKES = (
    "take(x, y)", "take(x, y, 0)", "take(x, y, axis=1)", "take(x, y, -1)", "take(x, y, 3)",
    "take(x, y, 0, mode='wrap')", "take(x, y + 70, mode='wrap')",
    "take(x, y - 90, 1, mode='wrap')", "take(x, y * 50, mode='clip')", "take(x, y * 50, 2, None, 'clip')",
    "take(x, y * 50)", "take(x, y - 3, 0)",
    "take(x, y + 2, 1)", "take(x, y, mode='nonsense')", "take(x, y, mode=2)", "take(x, 1)", "take(x, -30)",
    "take(x, [1, 0], 0)", "take(x, [1, 99], 1)",
    "take(x, [])", "take(x, [1.5])", "take(x, [[1], [0]], 1)", "take(x, [1, 10**30])", "take(x, [1, 'a'])",
    "take(x, (0, 1))", "take(x, y.astype('i4'))",
    "take(x, y.astype('u8'))", "take(x, y.astype(float))", "take(x, y > 0)", "take(x, y[:0])",
    "take(x, y[::-1, ::2])", "take(x, y.T, 1)", "take(x, xp.array(1))",
    "take(x, y, out=xp.array(np.zeros((2, 3))))", "take(x, y, 0, xp.array(np.zeros(3)))", "take(x, np.int64(1), 0)",
    "take(x, None)", "take(a=x, indices=y)",
    "take([1, 2, 3], y[:1, :1])", "take(x, y, axis=1.0)", "x.take(y)", "x.take(y, 1)", "x.take(y + 70)",
    "x.take(indices=y, axis=-1, mode='clip')",
    "x.take([0, 1], 0)", "x[y]", "x[y - 1]", "x[y + 9]", "x[y[0]]", "x[y[:0]]", "x[y.T]", "x[y, 0]", "x[y[::-1]]",
    "x[y.astype('i2')]",
    "x[y, y]", "x[[1, 0]]", "x[xp.array(1)]", "x[y.astype(float)]", "x[None, y]",
)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", TAKES)
def test_indices(code, layout):
    same_code(code if code.startswith("x") else f"xp.{code}", lay_out(wholes("d"), layout), INDEX)


MASKS = (
    "x[y]", "x[y[0]]", "x[y[:, :1]]", "x[y.T]", "x[~y]", "x[y & False]", "x[y | True]", "x[x > 50]",
    "x[(x > 50)[0]]", "x[(x > 50)[:, 0]]", "x[(x > 50)[:, :, 0]]",
    "x[xp.array(True)]", "x[True]", "x[y, 0]", "x[[True, False]]", "xp.compress(y[0], x)",
    "xp.compress(y[0], x, 1)", "xp.compress(y[:, 0], x, 0)",
    "xp.compress(y[:, 0], x, axis=0)", "xp.compress([True, False], x, 0)", "xp.compress(y[0], x, 0)",
    "xp.compress(y, x)", "xp.compress((x > 50).ravel(), x)",
    "xp.compress(y[0] * 1, x, 1)", "xp.compress(y[:, 0], x, -3)", "xp.compress(y[:, 0], x, 7)",
    "xp.compress(y[:1, 0], x, 0)", "x.compress(y[:, 0], 0)",
    "x.compress(y[0], axis=1)", "x.compress(y[0])", "xp.compress((x > 50).ravel(), x, out=xp.array(np.zeros(30)))",
    "xp.extract(x > 50, x)", "xp.extract(y, x)",
    "xp.extract(x, x)", "xp.extract(x > 50, x * 2)", "xp.extract(True, x)", "xp.extract((x > 50).ravel(), x)",
    "xp.extract(y[0], x)", "xp.extract([1, 0, 1], x)",
)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", MASKS)
def test_masks(code, layout):
    same_code(code, lay_out(wholes("d"), layout), wholes("?", (2, 3)))


ALONG = (
    "take_along_axis(x, y, 1)", "take_along_axis(x, y)", "take_along_axis(x, y, axis=-1)",
    "take_along_axis(x, y, 0)", "take_along_axis(x, y, None)", "take_along_axis(x, y, 5)",
    "take_along_axis(x, y + 4, 1)", "take_along_axis(x, y - 9, 1)", "take_along_axis(x, y[:1], 1)",
    "take_along_axis(x, y[0], 1)", "take_along_axis(x, y.astype('i4'), 1)",
    "take_along_axis(x, y.astype(float), 1)", "take_along_axis(x, y[:, :1], 1)", "take_along_axis(x, y[:, :0], 1)",
    "take_along_axis(x, y[::-1], 1)",
    "take_along_axis(x.ravel(), y.ravel(), None)", "take_along_axis(x, [[0], [1], [1]], 1)",
    "put_along_axis(x, y, 7.0, 1)", "put_along_axis(x, y, 7, 0)", "put_along_axis(x, y + 4, 7.0, 1)",
    "put_along_axis(x, y - 9, 7.0, 1)", "put_along_axis(x, y, y * 1.5, 1)",
    "put_along_axis(x, y, y, 1)", "put_along_axis(x, y, x * 2, axis=1)", "put_along_axis(x, y, 'a', 1)",
    "put_along_axis(x, y, 2j, 1)", "put_along_axis(x, y, x, 1)",
    "put_along_axis(x, y[:, :1], 5.0, 1)", "put_along_axis(x, y, [1.0, 2.0, 3.0, 4.0], 1)",
    "put_along_axis(x, y, 7.0, None)", "put_along_axis(x, y, 7.0, -1)",
    "put(x, y, 3.0)", "put(x, y, y)", "put(x, y + 40, 3)", "put(x, y + 40, 3, mode='wrap')",
    "put(x, y * 40, 3, mode='clip')", "put(x, [1, 2], [5, 6])", "put(x, y, [])",
    "put(x, y, 'a')", "put(x, y, 2j)", "put([1, 2], 0, 1)", "put(x, y.astype(float), 1)", "put(x, 3, 2.5)",
    "put(x, y[:0], 1.0)", "put(x, y, 10**400)", "put(x, xp.array([0]), xp.array([]))",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative", "zero", "unaligned", "swapped", "readonly"])
@pytest.mark.parametrize("code", ALONG)
def test_indices_in_each_line(code, layout):
    places = np.array([[0, -1, 2, 1], [1, 1, 0, -3], [2, 0, 0, 1]])
    same_code(f"xp.{code}", lay_out(wholes("d", (2, 3, 4)), layout)[0], places)


@pytest.mark.parametrize("dtype", [*DTYPES, "M8[s]", "S3", "i4,f8"])
def test_every_dtype(dtype):
    plain = dtype not in ("S3", "i4,f8")
    x = np.arange(15).reshape(5, 3).astype(dtype) if plain else np.zeros((5, 3), dtype)
    mask, index = np.array([True, False, True, True, False]), np.array([[3, -1], [0, 0]])
    for code in ("xp.take(x, y)", "xp.take(x, y, 0)", "x[y]", "x[z]", "xp.compress(z, x, 0)", "x[:, 0][z]",
                 "xp.take(x, y + 9, 0)", "x[0].copy()[np.array([True, False, True])]",
                 "xp.take_along_axis(x, y[:, :1].repeat(3, 1)[[0, 1, 0, 1, 0]], 0)",
                 "xp.put_along_axis(x, y[[0, 1, 0, 1, 0]] * 0, x[:, :2].copy(), 1)",
                 "xp.put_along_axis(x, y[[0, 1, 0, 1, 0]] * 0, 1, 1)"):
        same_code(code, x, index, mask)


def test_nothing_is_written_where_one_index_is_bad():
    for layout in ("C", "F"):
        a = torsor.array(lay_out(wholes("d"), layout))
        before = a.copy()
        for index in (np.array([0, 1, 99]), np.array([0, -99, 1])):
            with pytest.raises(IndexError):
                a[index] = 1.0
        with pytest.raises(IndexError):
            torsor.put_along_axis(a, np.array([[[0, 1, 0, 5]]]).repeat(2, 0).repeat(3, 1), 1.0, 2)
        assert np.array_equal(a, before)


def test_masks_that_are_not_all_zeros_and_ones():
    mask = np.array([0, 2, 255, 1, 0, 128] * 30, np.uint8).view(bool)
    for dtype in "bhfdD":
        same_code("x[y]", wholes(dtype, (180,)), mask)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.sampled_from("bhfdD"), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_masks_of_any_length(n, dtype, share, seed):
    mask = np.random.default_rng(seed).random(n) < share
    same_code("x[y]", wholes(dtype, (n,), seed), mask)
    same_code("xp.extract(y, x)", wholes(dtype, (n,), seed), mask)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    rng = np.random.default_rng(0)
    x, index = rng.random((500, 400)), rng.integers(-500, 500, (3, 700))
    line = rng.integers(-400, 400, (500, 300))
    with torsor.threads(threads):
        for code in ("xp.take(x, y)", "xp.take(x, y, 0)", "xp.take(x, y // 2, 1)", "x[y]", "x[x > 0.3]",
                     "x[(x > 0.5)[:, 0]]", "xp.extract(x > 0.9, x)", "x[z]",
                     "xp.take_along_axis(x, z, 1)", "xp.put_along_axis(x, z, 3.0, 1)",
                     "xp.put_along_axis(x, z, z * 1.0, 1)", "xp.take(x, y * 600, mode='wrap')",
                     "xp.take(x, y + 200000)", "xp.compress((x > 0.5).ravel(), x)", "x.astype('i2')[x > 0.5]",
                     "x.astype('f')[x > 0.01]", "xp.take(x.astype('F'), y * 99, mode='clip')"):
            same_code(code, x, index, line)


def test_what_is_given_may_share_memory():
    for code in ("xp.put_along_axis(x, x[::-1].copy(), x, 0)", "xp.put_along_axis(x, x, 0, 0)", "xp.take(x, x)",
                 "x[x]", "xp.put(x, x, x)", "xp.take_along_axis(x, x, 0)"):
        same_code(code, np.array([1, 2, 0, 3]))


@pytest.mark.parametrize("kind", [
    lambda x: np.ma.array(x, mask=x > 50), lambda x: x.view(type("Sub", (np.ndarray,), {})),
    lambda x: x.view(type("Own", (torsor.Tensor,), {}))])
def test_other_classes_stay_what_they_are(kind):
    x = kind(wholes("d", (4, 4)))
    for code in ("take(x, [0, 1])", "take(x, np.array([0, 1]), 0)", "compress([True, False, True, False], x, 0)",
                 "take_along_axis(x, np.zeros((4, 1), int), 1)"):
        ours, theirs = (eval(f"xp.{code}", {"xp": xp, "x": x, "np": np}) for xp in (torsor, np))
        assert type(ours) is type(theirs) and np.array_equal(np.asarray(ours), np.asarray(theirs)), code
    for found in (x[np.array([0, 1])], x[np.asarray(x) > 3], x.take(np.array([0]))):
        assert type(found) is type(x)


CHOICES = (
    "choose(y, (x, x + 1, x * 2))", "choose(y, [x, x + 1, x * 2])", "choose(y + 1, (x, x + 1, x * 2))",
    "choose(y - 1, (x, x + 1))",
    "choose(y > 1, (x, x * 2))", "choose(y, (x, x.astype('f'), x))", "choose(y, (x, 3.0, x))",
    "choose(y, (x, x[:1], x))",
    "choose(y, xp.stack((x, x, x)))", "choose(y, (x, x + 1, x), mode='wrap')",
    "choose(y - 9, (x, x + 1, x), mode='clip')",
    "choose(y, (x, x, x), out=xp.array(np.zeros((2, 3, 4))))", "choose(y, (x,))", "choose(y, ())", "choose(y, x)",
    "choose(1, (x, x + 1))",
    "choose(y.astype('i4'), (x, x, x * 3))", "choose(y.astype(float), (x, x, x * 3))",
    "choose(y[0], (x, x + 1, x))", "choose(a=y, choices=(x, x, x))",
    "choose(y, (x, x, x), mode='odd')", "choose(y.T, (x, x + 1, x))", "choose(y, (x.T, x.T, x.T))",
    "choose(y[0, 0, 0], (x, x + 1, x))",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "zero", "unaligned", "swapped", "readonly", "empty", "one",
                                    "row", "0-d"])
@pytest.mark.parametrize("code", CHOICES)
def test_choices(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout), wholes("q") % 3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_choices_of_every_dtype(dtype):
    for n in (1, 40, 200_000 if dtype in "dB" else 41):
        index = np.random.default_rng(n).integers(0, 3, n)
        same_code("xp.choose(y, (x, x[::-1].copy(), x))", wholes(dtype, (n,)), index)
        same_code("xp.choose(y > 0, (x, x[::-1].copy()))", wholes(dtype, (n,)), index)
