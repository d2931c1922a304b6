"""Fourier transforms against NumPy's: the same bits for every layout and any number of threads."""
import warnings

import numpy as np
import pytest

import torsor
from differential import same
from operands import FULL, lay_out
from torsor import fft

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2")
DTYPES = "?bHiqQefdgFDG"
NORMS = (None, "backward", "ortho", "forward")


def draw(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape) * 9
    return (x + 1j * rng.normal(size=shape) if dtype in "FDG" else abs(x) if dtype in "?HQ" else x).astype(dtype)


def call(name, *args, **kwargs):
    return lambda xp, a: getattr(xp.fft, name)(a, *args, **kwargs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ONE + SEVERAL)
@pytest.mark.parametrize("norm", NORMS)
def test_types_and_norms(name, dtype, norm):
    for shape in ((4, 6), (3, 5, 7)):
        same(call(name, norm=norm), draw(shape, dtype))


@pytest.mark.parametrize("layout", FULL)
@pytest.mark.parametrize("name", ONE)
def test_layouts(name, layout):
    for dtype in "fdD":
        a = lay_out(draw((4, 5, 6), dtype), layout)
        for axis in (0, 1, 2, -1):
            same(call(name, axis=axis), a)


@pytest.mark.parametrize("layout", FULL)
@pytest.mark.parametrize("name", SEVERAL)
def test_layouts_of_several_axes(name, layout):
    same(call(name), lay_out(draw((4, 5, 6), "d"), layout))


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 13, 64, 97, 0, -1, True, 3.0, "3", np.int64(5), None])
def test_lengths(name, n):
    for dtype in "fD":
        for axis in (0, 1):
            same(call(name, n, axis), draw((8, 9), dtype))


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("n", [2**40, 2**62, 2**70])
def test_a_length_that_no_memory_holds(name, n):
    errors = []
    for module in (fft, np.fft):
        with pytest.raises(Exception) as caught:
            getattr(module, name)(torsor.ones(8), n)
        errors.append(caught.type)
    assert issubclass(errors[0], errors[1])


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("options", [
    {"s": (3, 5)}, {"s": (3, 5), "axes": (0, 1)}, {"s": (9, -1), "axes": (-1, 0)}, {"s": (4,), "axes": (1,)},
    {"axes": (0,)}, {"axes": (1, 1)}, {"axes": ()}, {"axes": (0, 5)}, {"s": (3,), "axes": (0, 1)}, {"axes": [2, 0, 1]},
    {"s": (3, None), "axes": (0, 1)}, {"s": (0, 3), "axes": (0, 1)}, {"axes": None}, {"s": [5, 4], "axes": [1, 2]},
    {"axes": (0, 1.0)}, {"axes": 1}, {"norm": "orthogonal"}, {"norm": 1}, {"axes": np.array([0, 1])},
])
def test_axes_and_shapes(name, options):
    for dtype in "dD":
        same(call(name, **options), draw((4, 5, 6), dtype))


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("a", [
    np.float64(3.0), np.array(2.0), np.zeros(0), np.zeros((0, 4)), np.zeros((4, 0)), np.ones(1), np.ones((1, 1)),
    [1.0, 2.0, 3.0], (1, 2, 3, 4), 5, "text", None, np.array(["a", "b"]), np.array([None, 1]), [[1, 2], [3, 4]],
    np.ma.masked_equal([1.0, 2.0, 3.0], 2.0), np.arange("2020-01-01", "2020-01-05", dtype="M8[D]"),
], ids=repr)
def test_odd_inputs(name, a):
    same(call(name), a)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("options", [
    {"axis": 2}, {"axis": -3}, {"axis": 1.0}, {"axis": None}, {"norm": "none"}, {"norm": 3}, {"n": "x"}, {"m": 3}])
def test_wrong_arguments(name, options):
    same(call(name, **options), draw((4, 6), "d"))


@pytest.mark.parametrize("name", ONE + SEVERAL)
def test_out(name):
    a = draw((4, 6), "D" if name in ("irfft", "hfft", "irfftn", "irfft2") else "d")
    out = np.zeros_like(getattr(np.fft, name)(a))
    same(lambda xp, a, out: getattr(xp.fft, name)(a, out=out), a, out)
    same(lambda xp, a, out: getattr(xp.fft, name)(a, out=out), a, out[:2])


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e308, 1e-310])
def test_extremes_warn_as_numpys_do(name, value):
    a = np.full((3, 8), 1.0)
    a[1, 3] = a[1, 4] = a[1, 5] = value
    texts = []
    for module, x in ((fft, torsor.asarray(a)), (np.fft, a)):
        with np.errstate(all="warn", under="ignore"), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = getattr(module, name)(x)
        texts.append(([str(w.message) for w in caught], value.tobytes()))
    assert texts[0] == texts[1]     # where NumPy's point into NumPy, torsor's point at the caller
    with np.errstate(all="raise", under="ignore"):
        same(call(name), a)


@pytest.mark.parametrize("name", ONE + SEVERAL)
@pytest.mark.parametrize("shape", [(300, 257), (2, 40, 3000), (5000, 16)])
def test_any_number_of_threads_gives_the_same_bits(name, shape):
    for dtype in "fd" if name in ("rfft", "ihfft", "rfftn", "rfft2") else "fD":
        a = draw(shape, dtype)
        expected = getattr(np.fft, name)(a)
        for axis in (-1,) if name in SEVERAL else (0, -1):
            if name not in SEVERAL:
                expected = getattr(np.fft, name)(a, axis=axis)
            for n in (1, 2, 3, 8):
                with torsor.threads(n):
                    result = getattr(fft, name)(a, **({} if name in SEVERAL else {"axis": axis}))
                assert type(result) is torsor.Tensor
                assert result.tobytes() == expected.tobytes(), (dtype, axis, n)


def test_numpys_functions_reach_the_kernels():
    x = torsor.asarray(draw((30, 4), "d"))
    assert type(np.fft.fft(x)) is torsor.Tensor
    np.testing.assert_array_equal(np.fft.fft(x), np.fft.fft(np.asarray(x)))


def test_the_rest_is_numpys():
    assert fft.__all__ == np.fft.__all__
    same(lambda xp: xp.fft.fftfreq(8, 0.1))
    same(lambda xp, a: xp.fft.fftshift(a), draw((4, 6), "d"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(fft.rfftfreq(7), np.ndarray)


def test_input_is_left_alone():
    a = torsor.asarray(draw((200, 300), "d"))
    before = a.copy()
    fft.rfftn(a)
    fft.fft(a, axis=0)
    np.testing.assert_array_equal(a, before)
