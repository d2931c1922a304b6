"""Functions that make arrays, against NumPy's: values, dtypes, layouts, errors, warnings, threads."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same_code
from operands import FULL, lay_out, wholes

DTYPES = "?bBhHiIqQefdgFDO"


SHAPES = ("3", "()", "(2, 3)", "[4, 1]", "0", "(0, 2)", "-1", "(2, -1)", "2.0", "(2, 2.5)", "np.int64(3)",
"np.array([2, 3])", "None", "True",
          "(1,) * 40", "(1,) * 70", "10**30", "(2**40, 2**40)", "'a'", "range(3)")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("function", ["ones({})", "zeros({})", "empty({}).shape", "full({}, 2.5)", "ones({}, int)",
"full({}, 3, 'f')"])
def test_shapes(function, shape):
    same_code(f"xp.{function.format(shape)}")


@pytest.mark.parametrize("dtype", [*DTYPES, ">f8", "S3", "M8[s]", "i4,f8", "nonsense"])
def test_dtypes(dtype):
    nan = "" if dtype in ("O", "i4,f8") else "full(2, np.nan, t)"         # which is not equal to itself
    for code in (nan or "ones(3, t)", "ones(3, t)", "full(3, 2, t)", "full(3, True, t)", "full(2, 1.5, t)",
                 "full(2, -1, t)", "full(2, 300, t)", "full(2, 10**30, t)",
                 "full(2, 2**53 + 1, t)", "full(2, 1e300, t)", "full(2, 1j, t)", "full(2, xp.array(1), t)",
                 "full((2, 2), [1, 2], t)",
                 "eye(3, dtype=t)", "identity(3, t)", "tri(3, 4, dtype=t)", "full(2, np.float32(1.1), t)",
                 "ones((2, 2), t, 'F')", "eye(2, 3, 1, t, 'F')"):
        same_code(f"xp.{code}", t=dtype)
    if dtype != "nonsense":
        x = np.zeros((2, 3), dtype) if dtype in ("S3", "i4,f8") else wholes("q", (2, 3)).astype(dtype)
        for code in ("ones_like(x)", "zeros_like(x)", "full_like(x, 1)", "full_like(x, 2.5)", "full_like(x, -3)",
                     "tril(x)", "triu(x, 1)", "diag(x[0])",
                     "diag(x)", "zeros_like(x, float)", "ones_like(x, 'i4')", "full_like(x, 1, '?')"):
            same_code(f"xp.{code}", x)


@pytest.mark.parametrize("value", [1.0, 1, True, 2j, np.float32(2), np.int8(3),
"a", None, 2**63, 2**64, -2**63, [1, 2], np.nan, b"x"])
def test_the_dtype_follows_the_value(value):
    same_code("xp.full(2, v)", v=value)
    same_code("xp.full_like(x, v)", wholes("d"), v=value)
    same_code("xp.full_like(x, v)", wholes("B"), v=value)


@pytest.mark.parametrize("layout", (*FULL, "empty", "one", "row", "0-d"))
@pytest.mark.parametrize("code", [
    "ones_like(x)", "zeros_like(x)", "full_like(x, 7)", "ones_like(x, order='C')", "zeros_like(x, order='F')",
    "ones_like(x, shape=(2, 2))",
    "full_like(x, 7, int)", "zeros_like(x, '?')", "ones_like(x, subok=False)", "tril(x)", "triu(x)", "tril(x, 1)",
    "triu(x, -1)", "tril(x, 100)",
    "triu(x, 100)", "tril(x, -100)", "triu(x, k=-100)", "tril(x, 1.0)", "diag(x)", "diag(x, 1)", "diag(x[0])",
    "diag(x[0, 0])", "diag(x[0, 0], 2)",
    "diag(x[0, 0], -3)", "diag(x[0, 0], k=1.0)", "diag(x[0, 0], 10**30)", "diag(x[0], 1)",
    "ones_like(x, device='cpu')", "zeros_like(x, device='gpu')"])
def test_after_another_array(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout))


@pytest.mark.parametrize("code", [
    "eye(3)", "eye(3, 5)", "eye(5, 3)", "eye(3, k=1)", "eye(3, 5, -1)", "eye(4, 4, 9)", "eye(4, 4, -9)", "eye(0)",
    "eye(3, 0)", "eye(-1)", "eye(2.0)",
    "eye(3, M=4, k=2)", "eye(np.int64(3))", "eye(3, k=np.int64(1))", "eye(3, 4.0)", "eye(3, k=10**30)",
    "eye(3, device='cpu')", "eye(3, like=3)",
    "identity(4)", "identity(0)", "identity(-1)", "identity(2.0)", "identity(3, int)", "tri(3)", "tri(3, 5)",
    "tri(5, 3)", "tri(4, 4, 1)", "tri(4, 4, -2)",
    "tri(3, k=100)", "tri(3, k=-100)", "tri(0)", "tri(3, 0)", "tri(-2)", "tri(2.0)", "tri(3, None, 1, int)",
    "tri(3, dtype=bool)", "tri(3, dtype='f')",
    "tri(3, k=0.5)", "eye(3, order='K')", "ones(3, order='Z')", "ones(3, like=3)", "full(3, 1, device='gpu')",
    "tril([[1, 2], [3, 4]])", "diag([1, 2])",
    "diag(5)", "tril([1, 2])", "triu(7)", "zeros_like([1, 2])", "ones_like(2)", "full_like([1.5], 2)"])
def test_matrices(code):
    same_code(f"xp.{code}")


RANGES = (
    "arange(7)", "arange(0)", "arange(-3)", "arange(2, 9)", "arange(9, 2)", "arange(2, 9, 3)", "arange(9, 2, -2)",
    "arange(1, 2, 0)", "arange(5.0)",
    "arange(1, 2.5, 0.3)", "arange(5, dtype='f')", "arange(True)", "arange(np.int32(4))", "arange(2**62)",
    "arange(2**63, 2**63 + 3)", "arange(-2**63, -2**63 + 3)",
    "arange(1, 10**30)", "arange(stop=5)", "arange(2, stop=7)", "arange()", "arange(1, 2, 3, 4, 5)",
    "arange(2, None)", "arange(3, 10**18, 10**17)",
    "arange(0, 5, 10**30)", "arange(2**62, 2**62 + 5)", "arange('a')", "arange(3, step=2)", "arange(4, like=3)",
    "arange(np.datetime64('2020'), np.datetime64('2023'))",
    "linspace(0, 1)", "linspace(0, 1, 16)", "linspace(2.5, -3.5, 7)", "linspace(0, 1, 1)", "linspace(0, 1, 0)",
    "linspace(0, 1, -1)", "linspace(0, 1, 2.0)",
    "linspace(0, 10, 11, endpoint=False)", "linspace(0, 10, 11, False)", "linspace(0, 10, 11, 1)",
    "linspace(0, 10, 5, retstep=True)",
    "linspace(0, 10, 5, dtype=int)", "linspace(0, 10, 5, dtype=float)", "linspace(0, 10, 5, dtype='f')",
    "linspace(1, 1, 5)", "linspace(0, np.inf, 5)",
    "linspace(np.nan, 1, 5)", "linspace(0, 5e-324, 5)", "linspace(-1e308, 1e308, 5)", "linspace(0, 1e-320, 7)",
    "linspace(1, 1 + 1e-16, 5)",
    "linspace(np.float32(0), np.float32(1), 5)", "linspace(0, 1j, 5)", "linspace([0, 1], [1, 3], 4)",
    "linspace([0, 1], [1, 3], 4, axis=1)",
    "linspace(xp.array([0., 1.]), 3, 4)", "linspace(2**60, 2**61, 4)", "linspace(0, 10**30, 4)",
    "linspace(0, 1, 4, axis=1)", "linspace(0, 1, 4, axis=-1)",
    "linspace(0, 1, 4, device='cpu')", "linspace(True, 3, 4)", "linspace('a', 3)", "linspace(0, 1, np.int64(4))",
    "linspace(-0.0, 0.0, 3)", "linspace(3, 2, 2)",
    "linspace(0, 1, 10**30)", "linspace(1e-200, 3e-200, 4)",
)


@pytest.mark.parametrize("code", RANGES)
def test_ranges(code):
    same_code(f"xp.{code}")


reals = st.one_of(st.integers(-2**53, 2**53), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=300, deadline=None)
@given(reals, reals, st.integers(0, 70), st.booleans())
def test_linspace_of_any_limits(start, stop, num, endpoint):
    same_code("xp.linspace(start, stop, num, endpoint)", start=start, stop=stop, num=num, endpoint=endpoint)


@settings(max_examples=200, deadline=None)
@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-9, 9))
def test_ranges_of_any_ints(start, stop, step):
    same_code("xp.arange(start, stop, step)", start=start, stop=stop, step=step)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    x = wholes("d", (3, 500, 300))
    with torsor.threads(threads):
        for code in ("ones((700, 300))", "full(300001, 7, 'B')", "full(200001, 2.5)", "full(100001, 1j)",
                     "full((7, 70001), 3, 'h')", "full(333333, 3, 'i')",
                     "arange(300001)", "arange(5, 10**6, 3)", "linspace(-3, 7.5, 300001)",
                     "linspace(0, 1, 300001, False)", "tri(600, 700, 5)", "tri(3, 200001, -1)",
                     "eye(500, 600, 3)", "tril(x, -3)", "triu(x, 7)", "ones_like(x)", "full_like(x, -2.5)",
                     "zeros_like(x)"):
            same_code(f"xp.{code}", x)


def test_results_are_tensors_of_the_pool_and_numpys_functions_find_them():
    for code in ("ones(3)", "full(3, 1.0)", "eye(3)", "linspace(0, 1, 3)", "arange(3)", "tri(3)"):
        assert type(eval(f"torsor.{code}", {"torsor": torsor})) is torsor.Tensor
    x = torsor.ones((2, 2))
    for function in (np.ones_like, np.zeros_like, np.tril, np.diag):
        assert type(function(x)) is torsor.Tensor


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", [np.asmatrix, lambda x: np.ma.array(x, mask=x > 50)])
def test_other_classes_stay_what_they_are(kind):
    x = kind(wholes("d", (3, 3)))
    for name in ("ones_like", "zeros_like", "tril", "triu", "diag"):
        ours, theirs = getattr(torsor, name)(x), getattr(np, name)(x)
        assert type(ours) is type(theirs) or (type(theirs) is np.ndarray and type(ours) is torsor.Tensor)
        assert np.array_equal(np.asarray(ours), np.asarray(theirs))
