"""Products of vectors and matrices, against NumPy's: values, dtypes, shapes, errors, warnings, threads.

Elements are small integers wherever results are compared exactly: their products and sums have no rounding
errors, in whatever order BLAS adds them up.
"""
import os
import subprocess
import sys
import textwrap
import warnings
from itertools import product

import numpy as np
import pytest

import torsor

DTYPES = "fdFD"
UFUNCS = ("matmul", "vecdot", "matvec", "vecmat")
FUNCTIONS = ("dot", "inner", "outer", "vdot")
HAVE = [name for name in (*UFUNCS, *FUNCTIONS) if hasattr(np, name)]
#: m, n, k of (m, k) @ (k, n): corners of the kernels, long sums, and some that are cut for threads.
SHAPES = [(1, 1, 1), (1, 4, 3), (4, 1, 3), (2, 3, 1), (1, 1, 7), (5, 6, 7), (33, 35, 37), (130, 70, 90),
          (1, 300, 200), (300, 1, 200), (3, 2, 33000), (200, 257, 129)]


def integers(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, shape)
    return (x + 1j * rng.integers(-4, 5, shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def every_other(x):
    """The same elements, with others between them."""
    y = np.full([2 * n for n in x.shape], 99, x.dtype)
    view = y[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


def backwards(x):
    return np.ascontiguousarray(x[tuple(slice(None, None, -1) for _ in x.shape)])[
        tuple(slice(None, None, -1) for _ in x.shape)]


def part_of_larger(x):
    y = np.full([n + 3 for n in x.shape], 99, x.dtype)
    view = y[tuple(slice(2, -1) for _ in x.shape)]
    view[...] = x
    return view


def unaligned(x):
    y = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    y[...] = x
    return y


def swapped(x):
    return x.astype(x.dtype.newbyteorder())


LAYOUTS = [np.ascontiguousarray, np.asfortranarray, every_other, backwards, part_of_larger, unaligned, swapped]
#: Every layout with itself, and on each side of two others.
PAIRS = [(x, LAYOUTS[(k + step) % len(LAYOUTS)]) for k, x in enumerate(LAYOUTS) for step in (0, 1, 3)]


def tensors(x):
    if isinstance(x, dict):
        return {key: tensors(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(map(tensors, x))
    return x.view(torsor.Tensor) if type(x) is np.ndarray else x


def outcome(function, args, kwargs):
    """What a call returns or raises, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            return error, []
    return result, sorted(str(w.message) for w in caught)


def check(name, *args, **kwargs):
    """torsor's function gives what NumPy's gives."""
    expected, warned = outcome(getattr(np, name), args, kwargs)
    got, also_warned = outcome(getattr(torsor, name), tensors(args), tensors(kwargs))
    if isinstance(expected, Exception):
        assert type(got) is type(expected), got
        assert str(got) == str(expected)
        return None
    assert not isinstance(got, Exception), got
    assert also_warned == warned
    assert type(got) is (torsor.Tensor if type(expected) is np.ndarray else type(expected))
    if isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype
        assert got.strides == expected.strides or not expected.size
        assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)
    return got


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_matrices_of_every_layout(dtype, shape):
    m, n, k = shape
    a, b = integers((m, k), dtype), integers((k, n), dtype, 1)
    expected = a @ b
    for first, second in PAIRS:
        x, y = first(a), second(b)
        np.testing.assert_array_equal(torsor.matmul(x, y), expected)
        np.testing.assert_array_equal(tensors(x) @ tensors(y), expected)
        np.testing.assert_array_equal(torsor.dot(x, y), expected)
        np.testing.assert_array_equal(torsor.inner(x, y.T), expected)
    check("matmul", a, b)
    check("dot", a, b)
    check("inner", a, b.T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 7, 100, 33000])
def test_vectors_of_every_layout(dtype, n):
    a, b = integers(n, dtype), integers(n, dtype, 1)
    for first, second in PAIRS:
        for name in ("matmul", "dot", "inner", "vdot", "vecdot"):
            check(name, first(a), second(b))
    check("dot", np.broadcast_to(a[0], n), b)
    check("matmul", a, np.broadcast_to(b[:1], (n,)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (4, 7), (300, 200), (3, 33000), (33000, 3)], ids=str)
def test_matrix_and_vector(dtype, size):
    a, x, y = integers(size, dtype), integers(size[1], dtype, 1), integers(size[0], dtype, 2)
    for first, second in PAIRS:
        for name in ("matmul", "dot", "inner", *(["matvec"] if "matvec" in HAVE else ())):
            check(name, first(a), second(x))
        for name in ("matmul", "dot", *(["vecmat"] if "vecmat" in HAVE else ())):
            check(name, second(y), first(a))


STACKS = [((3, 2, 4), (3, 4, 5)), ((3, 2, 4), (4, 5)), ((2, 4), (3, 4, 5)), ((3, 1, 2, 4), (5, 4, 2)),
          ((3, 2, 4), (4,)), ((4,), (3, 4, 2)), ((1, 2, 4), (7, 4, 1)), ((100, 1, 6), (6, 8)), ((6, 8), (100, 8, 1)),
          ((4, 60, 50), (4, 50, 20)), ((2, 1, 3, 4), (1, 5, 4, 3)), ((200, 3, 3), (200, 3, 3))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", STACKS, ids=str)
def test_stacks(dtype, shapes):
    a, b = integers(shapes[0], dtype), integers(shapes[1], dtype, 1)
    for first, second in PAIRS:
        check("matmul", first(a), second(b))
    check("dot", np.asfortranarray(a), b)
    check("inner", a, np.swapaxes(b, -1, -2) if b.ndim > 1 else b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axes", [(1, 0, 2, 3), (0, 1, 3, 2), (1, 0, 3, 2), (2, 0, 1, 3), (3, 2, 1, 0)], ids=str)
def test_stacks_with_axes_in_another_order(dtype, axes):
    a, b = integers((3, 4, 5, 6), dtype).transpose(axes), integers((3, 4, 5, 6), dtype, 1).transpose(axes)
    check("matmul", a, np.swapaxes(b, -1, -2))
    check("matmul", a, np.swapaxes(a, -1, -2))
    check("matmul", a, np.swapaxes(b, -1, -2)[0])
    for name in ("vecdot", "matvec", "vecmat"):
        if name in HAVE:
            check(name, a, b)
            check(name, a, b[0, 0, 0])
            check(name, a[0, 0, 0], b)
            check(name, a, b[..., 0, :])


@pytest.mark.parametrize("name", HAVE)
def test_every_pair_of_dtypes(name):
    letters = "?bBhHiIlLqQefdgFDGO"
    for x, y in product(letters, repeat=2):
        check(name, integers((3, 3), x), integers((3, 3), y, 1))
    for other in ("S3", "U3", "M8[s]", "m8[s]"):
        check(name, np.zeros((3, 3), other), np.ones((3, 3)))


@pytest.mark.parametrize("name", HAVE)
def test_shapes_that_do_and_do_not_fit(name):
    shapes = [(), (1,), (3,), (4,), (0,), (3, 3), (3, 4), (4, 3), (0, 3), (3, 0), (0, 0), (2, 3, 4), (2, 4, 3),
              (5, 4, 3), (1, 4, 0), (0, 3, 4)]
    for x, y in product(shapes, repeat=2):
        check(name, integers(x, "d"), integers(y, "d", 1))
    check(name, 2.0, integers(3, "d"))
    check(name, [[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0])
    for args, kwargs in (((np.eye(2),), {}), ((np.eye(2), np.eye(2)), {"spam": 1})):
        with pytest.raises(TypeError):
            getattr(np, name)(*args, **kwargs)
        with pytest.raises(TypeError):
            getattr(torsor, name)(*args, **kwargs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_out(dtype):
    a, b, x = integers((5, 6), dtype), integers((6, 7), dtype, 1), integers(6, dtype, 2)
    outs = [np.full((5, 7), np.nan, dtype), np.full((5, 7), np.nan, dtype, order="F"),
            np.full((10, 14), np.nan, dtype)[::2, ::2], np.full((8, 9), np.nan, dtype)[1:6, 1:8],
            np.full((5, 7), np.nan, dtype)[::-1, ::-1]]
    for out in outs:
        for spelling in (tensors(out), out, (tensors(out),)):
            out[...] = np.nan
            result = torsor.matmul(a, b, out=spelling)
            assert result is (spelling[0] if type(spelling) is tuple else spelling)
            np.testing.assert_array_equal(out, a @ b)
    out = np.full((5, 7), np.nan, dtype)
    assert torsor.matmul(a, b, out) is out
    assert torsor.dot(a, b, out) is out
    np.testing.assert_array_equal(out, a @ b)
    out = np.full(5, np.nan, dtype)
    np.testing.assert_array_equal(torsor.matmul(a, x, out=out), a @ x)
    number = np.full((), np.nan, dtype)
    assert torsor.matmul(x, x, out=number) is number
    assert number == x @ x
    check("matmul", a, b, out=np.zeros((5, 7), "D"))
    for wrong in (np.zeros((5, 8), dtype), np.zeros((7, 5), dtype), np.zeros((5, 7), "i4"), np.zeros(5, dtype),
                  [1], np.zeros((5, 7), dtype, order="F")):
        check("dot", a, b, out=wrong)
    for wrong in (np.zeros((5, 8), dtype), np.zeros((5, 7), "i4"), np.zeros(5, dtype), [1]):
        check("matmul", a, b, out=wrong)
    check("matmul", a, b, out=np.zeros((2, 5, 7), dtype))
    out = np.zeros((5, 7), dtype)
    out.flags.writeable = False
    check("matmul", a, b, out=out)
    check("dot", a, b, out=out)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [3, 64, 200])
def test_out_over_an_operand(dtype, n):
    a, b = integers((n, n), dtype), integers((n, n), dtype, 1)
    expected = a @ b
    for name in ("matmul", "dot"):
        function = getattr(torsor, name)
        x = tensors(a.copy())
        assert function(x, b, out=x) is x
        np.testing.assert_array_equal(x, expected)
        x = tensors(b.copy())
        np.testing.assert_array_equal(function(a, x, out=x), expected)
        both = tensors(np.concatenate([a, b]))
        np.testing.assert_array_equal(function(both[:n], both[n:], out=both[n // 2:n // 2 + n]), expected)
    x = tensors(a.copy())
    np.testing.assert_array_equal(torsor.matmul(x, b, out=x.T), expected)
    for name in ("matmul", "dot"):
        x = tensors(a.copy())
        np.testing.assert_array_equal(getattr(torsor, name)(x, x, out=x), a @ a)


@pytest.mark.parametrize("dtype", DTYPES)
def test_in_place(dtype):
    a, b = integers((2, 3, 3), dtype), integers((3, 3), dtype, 1)
    for x, y in ((a, b), (a, a), (b, b), (np.asfortranarray(a), b), (a[:, ::2, :], b)):
        t = same = tensors(x.copy("K"))
        t @= y
        assert t is same
        np.testing.assert_array_equal(t, x @ y)
    t = same = tensors(b.copy())
    t @= t.T
    assert t is same
    np.testing.assert_array_equal(t, b @ b.T)
    for x, y in ((b, a), (b, b[0]), (b[0], b), (b, b[:, :2]), (b, 2.0), (b, [[1.0]])):
        wanted, expected, got = x.copy(), None, None
        try:
            wanted @= y
        except Exception as error:
            expected = error
        t = tensors(x.copy())
        try:
            t @= tensors(y)
        except Exception as error:
            got = error
        assert type(got) is type(expected)
        assert str(got) == str(expected)
        np.testing.assert_array_equal(t, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n, k", [(2, 1), (4, 4), (5, 300), (200, 3), (193, 70), (400, 300)])
def test_product_with_own_transpose_is_symmetric(dtype, n, k):
    rng = np.random.default_rng(0)
    a = rng.standard_normal((n, k)).astype(dtype)
    for x in (a, np.asfortranarray(a), part_of_larger(a)):
        for threads in (1, 2, 3):
            with torsor.threads(threads):
                result = tensors(x) @ tensors(x).T
                assert (result == result.T).all()
                result = torsor.dot(tensors(x).T, x)
                assert (result == result.T).all()
    for x in (integers((n, k), dtype), np.asfortranarray(integers((n, k), dtype))):
        check("matmul", x, x.T)
        check("matmul", x.T, x)
        check("matmul", x, x.T, out=np.full((n, n), np.nan, dtype, order="F"))
        check("inner", x, x)
        check("matmul", np.stack([x, x]), np.stack([x, x]).swapaxes(1, 2))
    both = integers((3, n, k), dtype)
    check("matmul", both, both.swapaxes(1, 2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_is_within_the_bound_of_any_summation(dtype):
    rng = np.random.default_rng(0)
    for m, n, k in [(4, 4, 4), (31, 33, 65), (200, 200, 300), (2, 2, 100000), (1, 1, 1000000)]:
        a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
        exact = a.astype("G" if np.dtype(dtype).kind == "c" else "g") @ b
        # Higham, Accuracy and Stability of Numerical Algorithms, 3.5; a complex product has 2 roundings more.
        bound = (k + 2) * np.finfo(dtype).eps * (np.abs(a).astype("d") @ np.abs(b).astype("d"))
        assert (np.abs(torsor.matmul(a, b) - exact) <= bound).all()


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("shape", [(2, 3, 4), (40, 50, 60), (1, 60, 70), (60, 1, 70), (1, 1, 9)], ids=str)
def test_nan_and_infinity(dtype, shape):
    m, n, k = shape
    a, b = integers((m, k), dtype), integers((k, n), dtype, 1)
    for value in (np.nan, np.inf, -np.inf):
        for where in (0, -1):
            x, y = a.copy(), b.copy()
            x[where, where] = value
            check("matmul", x, b)
            check("dot", x, b)
            y[where, where] = value
            check("matmul", a, y)
            check("inner", a, y.T)
    check("matmul", np.full_like(a, np.finfo(dtype).max), np.abs(b) + 1)
    check("matmul", np.zeros_like(a), np.full_like(b, np.inf))


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("shape", [(300, 310, 320), (2, 2, 40000), (1, 1, 100000), (2000, 1, 2000)], ids=str)
def test_warnings_of_every_thread_arrive(dtype, shape):
    m, n, k = shape
    for row in (0, -1):
        a, b = np.ones((m, k), dtype), np.zeros((k, n), dtype)
        a[row] = np.inf
        for threads in (1, 2, 8):
            with torsor.threads(threads), pytest.warns(RuntimeWarning, match="invalid value encountered in matmul"):
                result = torsor.matmul(a, b)
            assert np.isnan(result[row]).all()
            assert np.isnan(result).sum() == n


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 9), (5, 64, 40), (7, 100, 300), (33, 35, 37), (3, 1, 20)])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_truth_values(share, shape):
    m, n, k = shape
    rng = np.random.default_rng(m)
    a, b = ((rng.random(size) < share) for size in ((m, k), (k, n)))
    odd = (a * 2).astype(np.uint8).view(bool)           # true, but not one
    for x, y in ((a, b), (a, np.asfortranarray(b)), (np.asfortranarray(a), b), (a[::-1, ::-1], b[::-1]), (odd, b),
                 (a[0], b), (a, b[:, 0]), (np.broadcast_to(a, (3, m, k)), b)):
        for name in ("matmul", "dot"):
            check(name, x, y)
    check("inner", a, np.ascontiguousarray(b.T))
    check("vdot", a, a)


@pytest.mark.parametrize("shape", [(2, 3, 4), (30, 20, 40), (3, 200, 50)])
def test_half_precision(shape):
    m, n, k = shape
    a, b = integers((m, k), "e"), integers((k, n), "e", 1)
    for name in ("matmul", "dot"):
        for x, y in ((a, b), (a[::-1], np.asfortranarray(b)), (a[0], b), (a, b[:, 0])):
            check(name, x, y)
        for value in (np.inf, np.nan, 60000):
            check(name, np.full_like(a, value), b)
            check(name, a, np.full_like(b, value))
    check("inner", a, np.ascontiguousarray(b.T))


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 4, 3), (3, 5, 7), (5, 13, 130), (4, 70, 300), (33, 35, 37)])
@pytest.mark.parametrize("dtype", "bBhHiIqQ")
def test_integers_wrap_around(dtype, shape):
    m, n, k = shape
    rng, limits = np.random.default_rng(m), np.iinfo(dtype)
    a, b = (rng.integers(limits.min, limits.max, size, dtype, endpoint=True) for size in ((m, k), (k, n)))
    for x, y in ((a, b), (np.asfortranarray(a), b), (a, np.asfortranarray(b)), (a[::-1, ::-1], b)):
        np.testing.assert_array_equal(np.asarray(torsor.matmul(x, y)), x @ y)


@pytest.mark.parametrize("dtype", DTYPES)
def test_memory_of_a_new_result_is_not_read(dtype):
    for m, n, k in SHAPES:
        a, b = integers((m, k), dtype), integers((k, n), dtype, 1)
        for _ in range(3):
            filler = torsor.empty((m, n), dtype)
            filler[...] = np.nan
            del filler                  # its memory is the next result's
            np.testing.assert_array_equal(torsor.matmul(a, b), a @ b)
    with np.errstate(all="raise"):
        out = np.full((5, 5), np.nan, dtype)
        torsor.matmul(np.ones((5, 5), dtype), np.ones((5, 5), dtype), out=out)


@pytest.mark.parametrize("name", [name for name in HAVE if name != "vdot"])
def test_errors_that_are_asked_to_raise(name):
    big = np.full((3, 3), 1e300)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        getattr(torsor, name)(big, big)


THREADED = [((700, 600), (600, 500)), ((1, 3000), (3000, 900)), ((900, 3000), (3000,)), ((200000,), (200000,)),
            ((3, 100000), (100000, 4)), ((3, 300, 200), (3, 200, 100)), ((50, 40, 30), (50, 30, 20)),
            ((2000, 30, 2), (2, 3)), ((1100, 20), (20, 40))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", THREADED, ids=str)
def test_any_number_of_threads(dtype, shapes):
    a, b = integers(shapes[0], dtype), integers(shapes[1], dtype, 1)
    expected = a @ b
    for threads in (1, 2, 3, 8):
        with torsor.threads(threads):
            np.testing.assert_array_equal(tensors(a) @ b, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", [((1000001,), (1000001,)), ((3, 100003), (100003, 5)), ((50000,), (50000, 7))],
                         ids=str)
def test_long_sums_have_the_same_bits_on_any_number_of_threads(dtype, shapes):
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    with torsor.threads(1):
        expected = torsor.dot(a, b)
    for threads in (2, 3, 8):
        with torsor.threads(threads):
            assert (torsor.dot(a, b) == expected).all()


@pytest.mark.parametrize("name", [name for name in UFUNCS if name in HAVE])
def test_ufuncs_look_like_numpys(name):
    ours, numpys = getattr(torsor, name), getattr(np, name)
    assert isinstance(ours, np.ufunc)
    for attribute in ("signature", "nin", "nout", "nargs", "ntypes", "types", "identity", "__name__"):
        assert getattr(ours, attribute) == getattr(numpys, attribute)
    assert repr(ours) == repr(numpys)
    a = integers((3, 3), "d")
    for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
        try:
            getattr(numpys, method)(a, a)
        except Exception as error:
            with pytest.raises(type(error)) as caught:
                getattr(ours, method)(tensors(a), a)
            assert str(caught.value) == str(error)
    result = ours(tensors(a), a, dtype="f")
    assert type(result) is torsor.Tensor
    assert result.dtype == "f"
    check(name, a, a, casting="no", dtype="f")
    if name == "matmul":
        check(name, a, integers((3, 3, 3), "d"), axes=[(0, 1), (1, 0), (0, 1)])
        check(name, a, a, order="F")


@pytest.mark.parametrize("name", HAVE)
def test_numpys_function_on_tensors_gives_a_tensor(name):
    a = integers((3, 3), "d")
    function = getattr(np, name)
    expected, got = function(a, a), function(tensors(a), tensors(a))
    np.testing.assert_array_equal(got, expected)
    assert type(got) is (torsor.Tensor if type(expected) is np.ndarray else type(expected))


def test_other_operands_decide_for_themselves():
    class Other:
        __array_ufunc__ = None

        def __matmul__(self, other):
            return "left"

        def __rmatmul__(self, other):
            return "right"

    t = tensors(integers((3, 3), "d"))
    assert t @ Other() == "right"
    assert Other() @ t == "left"
    with pytest.raises(TypeError):
        t @ "spam"
    assert type(t @ t.view(np.matrix)) is np.matrix
    assert type([[1.0, 2.0, 3.0]] @ t) is torsor.Tensor
    masked = np.ma.masked_array(np.ones((3, 3)), np.eye(3))
    assert type(t @ masked) is np.ma.MaskedArray

    class Mine(torsor.Tensor):
        pass

    assert type(t.view(Mine) @ t) is Mine
    assert type(t @ t.view(Mine)) is Mine


def python(code, **environment):
    """Standard output of a new interpreter."""
    done = subprocess.run([sys.executable, "-P", "-c", textwrap.dedent(code)], env={**os.environ, **environment},
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


LOOK = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
def look():
    return [libc.getenv(name) for name in (b"OPENBLAS_CORETYPE", b"OPENBLAS_NUM_THREADS", b"PATH")], dict(os.environ)
before = look()
from torsor._kernels import blas
assert look() == before
found = blas.config()
assert look() == before
"""


def test_environment_is_restored_after_loading():
    python(LOOK)
    python(LOOK, OPENBLAS_NUM_THREADS="7")
    python(LOOK, OPENBLAS_CORETYPE="")


def test_kernels_that_the_user_asks_for():
    out = python(LOOK + "print(found['core'], found['because of'], sep='/')", OPENBLAS_CORETYPE="Nehalem")
    core, reason = out.strip().split("/")
    if core != "Nehalem":
        pytest.skip(f"this OpenBLAS has no such kernels, it took {core}")
    assert reason == "OPENBLAS_CORETYPE=Nehalem"


def test_kernels_with_avx512_where_the_processor_has_it():
    from torsor._kernels import blas, cpu

    if cpu.LEVEL != "v4":
        pytest.skip("this processor has no AVX-512")
    assert python(LOOK + "print(found['core'])", OPENBLAS_CORETYPE="").strip() in (
        "SkylakeX", "Cooperlake", "SapphireRapids")
    assert blas.config()["path"]


def test_library_runs_on_the_calling_thread_only():
    assert python("""
        import ctypes
        from torsor._kernels import blas
        print(ctypes.CDLL(blas.config()["path"]).scipy_openblas_get_num_threads())
    """).strip() == "1"


def test_library_is_loaded_at_the_first_product():
    assert python("""
        import torsor
        def loaded():
            with open("/proc/self/maps") as maps:
                return sum("/torsor/" in line and "openblas" in line for line in maps) > 0
        a = torsor.ones((3, 3))
        a + a
        print(loaded())
        a @ a
        print(loaded())
    """).split() == ["False", "True"]


@pytest.mark.parametrize("damage", ["missing", "corrupt"])
def test_library_that_is_missing_or_corrupt(damage, tmp_path):
    if damage == "corrupt":
        folder = tmp_path / "_openblas"
        folder.mkdir()
        (folder / "libscipy_openblas.so").write_bytes(b"spam")
    out = python(f"""
        from importlib import resources
        from pathlib import Path
        import torsor
        real, resources.files = resources.files, lambda package: Path({str(tmp_path)!r})
        for attempt in range(2):
            try:
                torsor.ones((3, 3)) @ torsor.ones((3, 3))
            except ImportError as error:
                print(error)
        resources.files = real
        print((torsor.ones((3, 3)) @ torsor.ones((3, 3)))[0, 0])
    """).splitlines()
    assert len(out) == 3
    assert "reinstall" in out[0] and out[0] == out[1]
    assert ("_openblas" in out[0]) or ("libscipy_openblas" in out[0])
    assert out[2] == "3.0"


def test_products_in_a_forked_child():
    assert python("""
        import os, sys, warnings
        import numpy, torsor
        warnings.simplefilter("ignore", DeprecationWarning)     # Python's, about forking with threads
        torsor.set_num_threads(4)
        a = torsor.ones((600, 600))
        a @ a
        torsor.dot(a.ravel(), a.ravel())
        child = os.fork()
        if child == 0:
            good = (a @ a)[0, 0] == 600 and torsor.dot(a.ravel(), a.ravel()) == 360000 and (a @ a[0])[0] == 600
            os._exit(0 if good else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """).strip() == "0"


def test_products_on_several_python_threads():
    from concurrent.futures import ThreadPoolExecutor

    a = integers((300, 300), "d")
    expected = a @ a
    with ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda _: tensors(a) @ a, range(64)):
            np.testing.assert_array_equal(result, expected)
