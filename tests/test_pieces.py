"""Arrays cut and joined again, against NumPy's: split, insert, delete, block, resize; parts by ints and slices."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same, same_code
from operands import FULL, lay_out, wholes

LAYOUTS = (*FULL, "empty", "one", "row", "0-d")
DTYPES = "?bBhHiIqQfdFDeO"

CODES = (
    "split(x, 2)", "split(x, 3)", "split(x, 3, 1)", "split(x, 1, axis=-1)", "split(x, 0)", "split(x, -2)",
    "split(x, 2.0)",
    "split(x, [1])", "split(x, [1, 2], 1)", "split(x, (0, 0, 9), 1)", "split(x, [2, 1], 2)", "split(x, [-1], 2)",
    "split(x, [], 1)",
    "split(x, [1.0])", "split(x, xp.array([1]))", "split(x, 2, 5)", "split(x, 2, None)",
    "split(ary=x, indices_or_sections=2)",
    "array_split(x, 2, 1)", "array_split(x, 3, 2)", "array_split(x, 7, 1)", "array_split(x, 0)",
    "array_split(x, [1, 3], 2)",
    "hsplit(x, 3)", "hsplit(x, [1])", "hsplit(x, 2)", "vsplit(x, 2)", "vsplit(x, 7)", "dsplit(x, 2)",
    "dsplit(x, [1, 2])", "split([1, 2, 3, 4], 2)",
    "delete(x, 0)", "delete(x, 1, 0)", "delete(x, -1, 1)", "delete(x, 2, -1)", "delete(x, 99)", "delete(x, 3, 1)",
    "delete(x, -4, 1)",
    "delete(x, [0, 1], 1)", "delete(x, slice(1, 3), 2)", "delete(x, 1.0, 1)", "delete(x, True, 1)",
    "delete(x, [], 1)", "delete(x, 0, 5)",
    "delete(x, np.int64(1), 1)", "delete(x, [True, False, True], 1)", "delete([1, 2, 3], 1)",
    "delete(arr=x, obj=0, axis=1)",
    "insert(x, 0, 5.0)", "insert(x, 3, 7)", "insert(x, -1, 7.5)", "insert(x, 24, 7.5)", "insert(x, 25, 7.5)",
    "insert(x, -25, 1.0)",
    "insert(x, 1, 2.5, 2)", "insert(x, 4, 2.5, -1)", "insert(x, 1, 2.5, 0)", "insert(x, 1, 2.5, 1)",
    "insert(x, 0, xp.array([1.0, 2.0]))",
    "insert(x, 0, xp.array([1, 2]))", "insert(x, 1, xp.array([1.0, 2.0]), 2)", "insert(x, 1, xp.array(3.0))",
    "insert(x, 1, x)", "insert(x, [0, 1], 5.0)",
    "insert(x, slice(0, 2), 5.0)", "insert(x, 0, [1.0, 2.0])", "insert(x, 0, 'a')", "insert(x, 0, True)",
    "insert(x, 0, 1j)", "insert(x, 0, 1, 7)",
    "insert(x, 0, np.float64(3))", "insert(x, 0, np.float32(3))", "insert([1, 2], 1, 5)",
    "insert(arr=x, obj=1, values=2.0, axis=2)",
    "insert(x.ravel(), 2, x.ravel()[:3])", "insert(x.ravel(), 2, x.ravel()[::2])",
    "insert(x.ravel(), 2, x.ravel()[:0])",
    "block([x, x])", "block([[x, x], [x, x]])", "block([[[x, x]], [[x, x]]])", "block([[x]])", "block(x)",
    "block([])", "block([[]])",
    "block([x, [x]])", "block([[x], x])", "block([x, 1.0])", "block([[x, x], [x]])",
    "block([[x.ravel(), x.ravel()], [x.ravel(), x.ravel()]])",
    "block([x.ravel(), x.ravel()])", "block([[[x.ravel()]]])", "block([[x.ravel(), x]])", "block((x, x))",
    "block([(x, x)])", "block([x, x[:, :1]])",
    "block([x.T, x.T])", "block([[x.T, x.T], [x.T, x.T]])", "block([x, x.astype('f')])",
    "block([[x[0], x[0]], [x[1], x[1]]])", "block([[1, 2], [3, 4]])",
    "resize(x, 7)", "resize(x, 50)", "resize(x, (2, 3))", "resize(x, (5, 11))", "resize(x, ())", "resize(x, 0)",
    "resize(x, (3, -1))", "resize(x, [4, 4])",
    "resize(x, 2.5)", "resize([1, 2], 5)", "resize(x, new_shape=(2, 2))", "resize(x, np.int64(5))",
    "concatenate((x.T, x.T))", "concatenate((x.T, x.T), -1)", "concatenate((x.T, x))", "concatenate((x.T, x.T), 1)",
    "concatenate((x[0].T, x[1].T), 1)",
    "concatenate((x.T, x.T, x.T[:1]))", "concatenate((x.T, x.T[:, :1]), 1)", "append(x.T, x.T, 0)",
    "hstack((x.T, x.T))", "vstack((x.T, x.T))",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", CODES)
def test_functions(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype(dtype):
    x = wholes(dtype, (4, 6))
    for code in ("split(x, 2)", "delete(x, 1, 1)", "delete(x, 5)", "insert(x, 2, x[0, 0])", "insert(x, 2, 1)",
                 "insert(x, 2, 300)", "insert(x, 2, -1)",
                 "insert(x, 2, 1.5)", "insert(x[0], 2, x[1])", "block([[x, x], [x, x]])", "resize(x, (7, 7))",
                 "concatenate((x.T, x.T), 1)"):
        same_code(f"xp.{code}", x)


KEYS = (
    "x[1]", "x[-1]", "x[5]", "x[-9]", "x[10**30]", "x[True]", "x[np.int64(1)]", "x[1, 2]", "x[1, 2, 3]",
    "x[1, 2, 3, 4]", "x[:, 1]", "x[:, -1, ::2]",
    "x[::-1, ::-1, ::-1]", "x[1:, :2]", "x[1:0, 1]", "x[5:, 0]", "x[..., 1]", "x[None]", "x[None, 1]", "x[1, None]",
    "x[1, ...]", "x[1:2, 1:2, 1:2, 1:2]",
    "x[()]", "x[:]", "x[...]", "x[..., None]", "x[None, ..., 0]", "x[0, ...]", "x[0, ..., 0]", "x[0, 0, 0, ...]",
    "x[..., 0, 0, 0]", "x[..., 0, 0, 0, 0]", "x[..., ...]", "x[..., None, 1:, None]", "x[...].base is not None",
    "x[:, 9]", "x[0, :, 9]", "x[:, 1.0]", "x[1.0]", "x[slice(None, None, 0), 1]", "x[1, 0:10**30]",
    "x[:, [0, 1]]", "x[1, np.array([0])]",
    "x['a']", "x[0][0]", "x[0][0][0]", "x[1].base is not None", "x[0, 1:].flags.writeable",
    "x[np.int8(0):np.int8(1), 1]", "x[:10**30:2, 0]",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", KEYS)
def test_parts(code, layout):
    same_code(code, lay_out(wholes("d"), layout))


def test_parts_keep_the_memory_alive_and_share_it():
    x = torsor.zeros((4, 5))
    row, column, pieces = x[1], x[:, 2], torsor.split(x, 2)
    x[...] = 3
    assert row.base is x and column.base is x and row[0] == column[3] == pieces[1][1, 4] == 3
    del x
    assert column.sum() == 12


def test_a_bound_that_changes_the_array():
    class Bound:
        def __index__(self):
            x.resize((1, 1), refcheck=False)
            return 1

    for key in ((slice(Bound(), None), slice(1, 20)), slice(Bound(), None), slice(None, None, Bound())):
        x = torsor.arange(600).reshape(20, 30).copy()
        part = x[key]
        assert part.size == 0 or part.sum() is not None


def test_a_bound_that_leaves_no_axis():
    class Bound:
        def __index__(self):
            x.resize((), refcheck=False)
            return 0

    x = torsor.ones(1)
    with pytest.raises(IndexError):
        x[Bound():]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.data())
def test_parts_of_any_shape(shape, data):
    x = wholes("i", tuple(shape))
    if data.draw(st.booleans()):
        x = x.T
    bound = st.none() | st.integers(-7, 7)
    step = st.none() | st.integers(-3, 3).filter(bool)
    key = tuple(data.draw(st.none() | st.integers(-6, 6) | st.builds(slice, bound, bound, step))
                for _ in range(data.draw(st.integers(1, x.ndim))))
    same(lambda xp, a: a[key], x)


@pytest.mark.parametrize("threads", [1, 3])
def test_large_ones_on_threads(threads):
    x = np.random.default_rng(0).random((700, 900))
    with torsor.threads(threads):
        for code in ("delete(x, 300)", "delete(x, 300, 0)", "delete(x, 300, 1)", "insert(x, 1000, 3.0)",
                     "insert(x, 100, 3.0, 1)", "resize(x, (1000, 1000))",
                     "block([[x, x], [x, x]])", "concatenate((x.T, x.T))", "concatenate((x.T, x.T), 1)"):
            same_code(f"xp.{code}", x)
