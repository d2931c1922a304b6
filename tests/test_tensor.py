"""Tensor as an object: views, copies, pickles, subclasses, and other libraries."""
import copy
import gc
import pickle
import weakref

import numpy
import pytest

import torsor as np
from torsor import Tensor
from torsor._kernels import tensor as compiled

ARRAYS = {
    "c": lambda: np.arange(24.0).reshape(2, 3, 4),
    "f": lambda: np.asfortranarray(np.arange(6).reshape(2, 3)),
    "strided": lambda: np.arange(12)[::-2],
    "0-d": lambda: np.array(3.5),
    "empty": lambda: np.zeros((0, 3), "f4"),
    "complex": lambda: np.arange(3) * 1j,
    "objects": lambda: np.array([1, "two", None], object),
    "strings": lambda: np.array(["a", "bcd"]),
    "dates": lambda: np.array(["2020-01-01", "NaT"], "M8[D]"),
    "records": lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    "swapped": lambda: np.arange(3, dtype=">i4"),
}


def same(a, b):
    assert type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
    numpy.testing.assert_array_equal(numpy.asarray(a), numpy.asarray(b))


def test_a_tensor_is_an_ndarray_with_nothing_added():
    a = np.arange(3)
    assert isinstance(a, numpy.ndarray) and a.__sizeof__() == numpy.arange(3).__sizeof__()
    assert not hasattr(a, "__dict__") and not gc.is_tracked(a) and compiled.is_adoptable()
    with pytest.raises(AttributeError):
        a.colour = "red"


def test_memory_comes_from_the_pool_and_is_owned():
    a = np.ones(1000) + 1
    assert a.flags.owndata and a.base is None and a.ctypes.data % 64 == 0
    assert numpy._core.multiarray.get_handler_name(a) == "torsor"


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(name, protocol):
    a = ARRAYS[name]()
    b = pickle.loads(pickle.dumps(a, protocol))
    as_numpy = pickle.loads(pickle.dumps(numpy.array(a, subok=False), protocol))
    assert type(b) is Tensor
    same(numpy.asarray(b), as_numpy)
    assert b.flags.f_contiguous == a.flags.f_contiguous or not (a.flags.c_contiguous or a.flags.f_contiguous)


def test_pickle_out_of_band_copies_nothing():
    a, buffers = np.arange(100_000.0), []
    text = pickle.dumps(a, 5, buffer_callback=buffers.append)
    assert len(text) < 500 and len(buffers) == 1
    b = pickle.loads(text, buffers=buffers)
    same(a, b)
    assert np.shares_memory(a, b)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda a: a.copy(), np.array])
def test_copies_are_independent_tensors(name, duplicate):
    a = ARRAYS[name]()
    b = duplicate(a)
    same(a, b)
    assert not np.shares_memory(a, b) and b.flags.writeable


def test_views_stay_tensors_and_know_their_base():
    a = np.arange(12.0).reshape(3, 4).copy()
    for view in (a[1:], a.T, a.reshape(4, 3), a.ravel(), a[..., None], a.view(), a.swapaxes(0, 1), a.real,
                 a.diagonal(), np.reshape(a, (2, 6)), np.expand_dims(a, 0), np.broadcast_to(a, (2, 3, 4)),
                 np.moveaxis(a, 0, 1), np.squeeze(a[:1])):
        assert type(view) is Tensor and np.shares_memory(view, a)
    assert a[1:].base is a and np.expand_dims(a, 0).base is a
    assert type(a[0, 0]) is numpy.float64 and type(a.view(numpy.ndarray)) is numpy.ndarray


def test_asarray_shares_memory_both_ways():
    a = np.arange(3.0)
    plain = numpy.asarray(a)
    assert type(plain) is numpy.ndarray
    plain[0] = 7
    assert a[0] == 7
    b = np.asarray(plain)
    b[1] = 9
    assert plain[1] == 9 and type(b) is Tensor


def test_an_array_held_elsewhere_keeps_its_class():
    held = numpy.arange(4)
    shown = np.asarray(held)
    assert type(held) is numpy.ndarray and type(shown) is Tensor
    outputs = []
    np.apply_along_axis(lambda row: outputs.append(row) or row.sum(), 1, np.ones((2, 3)))
    assert all(type(row) in (numpy.ndarray, Tensor) for row in outputs)


def test_printing_is_numpys():
    for name in ARRAYS:
        a = ARRAYS[name]()
        assert repr(a) == repr(numpy.asarray(a)) and str(a) == str(numpy.asarray(a))
    assert f"{np.array(2.5):.2f}" == "2.50"


def test_weak_references_and_deletion():
    a = np.arange(10) + 1
    reference = weakref.ref(a)
    b = a[2:]
    del a
    assert reference() is b.base
    del b
    assert reference() is None


def test_resize_in_place():
    a = np.arange(3.0)
    a.resize(5, refcheck=False)
    same(a, np.array([0.0, 1, 2, 0, 0]))
    with pytest.raises(ValueError, match=r"single-segment arrays|does not own"):
        a[1:].resize(9)


class Marked(Tensor):
    """A subclass with state, as NumPy's documentation teaches to write one."""

    def __new__(cls, data, mark=None):
        self = np.asarray(data).view(cls)
        self.mark = mark
        return self

    def __array_finalize__(self, other):
        self.mark = getattr(other, "mark", None)


def test_subclasses_keep_their_class_and_state():
    a = Marked([1.0, 2, 3], "m")
    for result in (a + 1, 1 + a, a * a, -a, a < 2, np.sqrt(a), numpy.sqrt(a), a[1:], a.reshape(3, 1), a.copy(),
                   np.arange(3.0) + a, numpy.add.accumulate(a), a.sum(axis=0, keepdims=True)):
        assert type(result) is Marked and result.mark == "m"
    b = a
    b += 1
    assert b is a and list(a) == [2, 3, 4]
    assert type(a.sum()) is Marked and a.sum().shape == ()      # as for a subclass of ndarray


def test_array_namespace():
    assert np.arange(3).__array_namespace__() is np
    with pytest.raises(ValueError):
        np.arange(3).__array_namespace__(api_version="1066.10")


def test_dlpack_both_ways():
    a = np.arange(6.0)
    b = np.from_dlpack(numpy.arange(3))
    assert type(b) is Tensor and list(b) == [0, 1, 2]
    c = numpy.from_dlpack(a)
    c[0] = 5
    assert a[0] == 5
    assert a.__dlpack_device__() == (1, 0)


def test_torch():
    torch = pytest.importorskip("torch")
    a = np.arange(4.0) + 0
    t = torch.from_numpy(a)
    t[0] = 8
    assert a[0] == 8 and t.data_ptr() == a.ctypes.data
    b = np.from_dlpack(torch.ones(3))
    assert type(b) is Tensor and b.sum() == 3
    assert type(np.asarray(torch.ones(2))) is Tensor


def test_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": np.arange(3.0), "y": np.arange(3)})
    assert frame["x"].sum() == 3 and frame["y"].dtype == "int64"
    assert type(np.asarray(frame["x"])) is Tensor
    assert list(np.sqrt(frame["x"])) == list(numpy.sqrt(frame["x"]))


def test_matplotlib():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    line, = pyplot.plot(np.arange(3), np.arange(3.0) ** 2)
    assert list(line.get_ydata()) == [0, 1, 4]
    pyplot.close("all")


@pytest.mark.parametrize("index", [slice(None), slice(1, None), slice(5, 9), slice(None, None, -1), slice(-1, -9, -2),
                                   slice(0, 0), slice(-10**30, 10**30), slice(True, None), 0, (slice(1), 2), None, ...])
@pytest.mark.parametrize("name", ["c", "f", "strided", "objects", "strings", "records", "swapped"])
def test_slices_are_numpys(name, index):
    a = ARRAYS[name]()
    n = numpy.asarray(a)
    try:
        expected = n[index]
    except IndexError as error:
        with pytest.raises(IndexError) as raised:
            a[index]
        assert str(raised.value) == str(error)
        return
    got = a[index]
    assert type(got) is (Tensor if isinstance(expected, numpy.ndarray) else type(expected))
    numpy.testing.assert_array_equal(got, expected)
    if isinstance(expected, numpy.ndarray):
        assert got.strides == expected.strides and got.flags == expected.flags
        assert np.shares_memory(got, a) == numpy.shares_memory(expected, n)


def test_slices_that_are_refused():
    for index in (slice("x", None), slice(None, None, 0), slice(1.0, 2)):
        with pytest.raises((TypeError, ValueError)):
            np.arange(3)[index]
    with pytest.raises(IndexError, match="too many indices"):
        np.array(1.0)[1:]


def test_a_slice_keeps_its_memory_alive():
    a = np.arange(100_000) + 1
    part = a[10:][5:20]
    assert part.base is a
    del a
    gc.collect()
    assert list(part) == list(range(16, 31))


@pytest.mark.parametrize("shape", [(6, 4), (24,), (-1,), (2, -1), (1, 24), (2, 3, 2, 2), (5, 5), (-1, -1), (7, -1),
                                   (-2, 12), (2**62, 2**62), (0, -1), (2.0, 12), ((4, 6),), ([4, 6],), (True, 24), ()])
@pytest.mark.parametrize("name", ["c", "transposed", "empty"])
def test_reshape_is_numpys(name, shape):
    a = {"c": np.arange(24.0), "transposed": np.arange(24.0).reshape(4, 6).T, "empty": np.zeros((0, 3))}[name]
    n = numpy.asarray(a)
    try:
        expected = n.reshape(*shape)
    except (ValueError, TypeError) as error:
        with pytest.raises(type(error)) as raised:
            a.reshape(*shape)
        assert str(raised.value) == str(error)
        return
    got = a.reshape(*shape)
    assert type(got) is Tensor and got.strides == expected.strides and got.flags == expected.flags
    numpy.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_copy_keeps_numpys_layout(order):
    for name in ARRAYS:
        a = ARRAYS[name]()
        assert a.copy(order).strides == numpy.asarray(a).copy(order).strides
    with pytest.raises(ValueError, match="order must be one of"):
        np.arange(3).copy("X")


@pytest.mark.parametrize("make", [np.zeros, np.empty])
def test_arrays_of_a_length(make):
    for shape in (0, 3, 10**6, (2, 3), numpy.int64(4)):
        assert make(shape).shape == numpy.zeros(shape).shape and make(shape).dtype == "f8"
    assert not np.zeros(10**6).any()
    for shape in (-1, 10**30, "3", 2.0, None):
        with pytest.raises((ValueError, TypeError, OverflowError)) as ours:
            make(shape)
        with pytest.raises(type(ours.value)):
            getattr(numpy, make.__name__)(shape)
    with pytest.raises(MemoryError):
        make(1 << 39)
