"""torsor shows every public name of NumPy's, and its functions return Tensors."""
import importlib
import inspect
import pickle
import subprocess
import sys

import numpy
import pytest

import torsor
from torsor import _face

PUBLIC = ["", *(f".{m}" for m in _face.MODULES if m not in ("f2py", "matlib")), ".lib.stride_tricks", ".lib.scimath",
          ".lib.npyio", ".lib.mixins", ".lib.format", ".lib.introspect", ".lib.array_utils", ".lib.recfunctions",
          ".polynomial.chebyshev", ".polynomial.polynomial", ".ma.mrecords", ".testing.overrides"]


@pytest.mark.filterwarnings("ignore:The chararray class is deprecated:DeprecationWarning")      # from NumPy 2.5 on
@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name(module):
    numpys = numpy.emath if module == ".emath" else importlib.import_module("numpy" + module)
    ours = importlib.import_module("torsor" + module)
    names = getattr(numpys, "__all__", None) or [n for n in dir(numpys) if not n.startswith("_")]
    assert [n for n in names if not hasattr(ours, n)] == []
    assert set(names) <= set(dir(ours))


def test_star_import():
    names = {}
    exec("from torsor import *", names)
    assert set(numpy.__all__) <= set(names) and names["array"] is torsor.array and "Tensor" in names


def test_unknown_and_removed_names_raise_numpys_words():
    absent = "no_such_name"
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        getattr(torsor, absent)
    removed = "float_"
    with pytest.raises(AttributeError) as theirs:
        getattr(numpy, removed)
    with pytest.raises(AttributeError) as ours:
        getattr(torsor, removed)
    assert str(ours.value) == str(theirs.value)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("torsor.no_such_module")


@pytest.mark.parametrize("make", [
    lambda np: np.array([1, 2]), lambda np: np.zeros(3), lambda np: np.arange(3), lambda np: np.eye(2),
    lambda np: np.linalg.inv(np.eye(2)), lambda np: np.fft.fft([1, 2]),
    lambda np: (np.random.seed(1), np.random.rand(3))[1],
    lambda np: np.random.default_rng(1).normal(size=3), lambda np: np.random.RandomState(1).rand(2),
    lambda np: np.r_[1:4], lambda np: np.mgrid[0:2], lambda np: np.ma.getmaskarray(np.ma.array([1])),
    lambda np: np.strings.str_len(["a"]), lambda np: np.char.upper(["a"]),
    lambda np: np.isnat(np.array(["NaT"], "M8[s]")),
    lambda np: np.add.outer([1], [2]), lambda np: np.lib.stride_tricks.as_strided(np.arange(3), (2,), (8,)),
    lambda np: np.polynomial.polynomial.polyadd([1], [2]), lambda np: np.ones(2) @ np.ones((2, 2)),
    lambda np: np.arange(4).reshape(2, 2)[0], lambda np: np.arange(4).T, lambda np: np.arange(4).astype(float),
    lambda np: np.arange(4.).cumsum(), lambda np: np.arange(4)[[1, 2]], lambda np: np.arange(4.).copy(),
])
def test_results_are_tensors_with_numpys_values(make):
    ours, theirs = make(torsor), make(numpy)
    assert type(ours) is torsor.Tensor and type(theirs) is numpy.ndarray
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    numpy.testing.assert_array_equal(ours, theirs)


def test_tuples_keep_their_class():
    result = torsor.linalg.eigh(torsor.eye(2))
    assert type(result).__name__ == "EighResult" and type(result.eigenvalues) is torsor.Tensor
    q, r = numpy.linalg.qr(torsor.eye(2))
    assert type(q) is type(r) is torsor.Tensor


def test_an_array_that_goes_in_comes_out_the_same():
    a, out = torsor.arange(6.0), torsor.zeros(6)
    assert torsor.asarray(a) is a and torsor.atleast_1d(a) is a
    assert torsor.median(torsor.ones((2, 6)), axis=0, out=out) is out
    assert torsor.reshape(a, (2, 3)).base is a
    assert torsor.array(a) is not a and torsor.array(a).flags.owndata


def test_numpys_functions_reach_torsor():
    a = torsor.arange(6.0)
    for result in (numpy.sqrt(a), numpy.add(a, 1), numpy.concatenate([a, a]), numpy.sort(a), numpy.add.accumulate(a),
                   numpy.block([[[a]], [[a]]]), numpy.where(a > 1, a, 0), numpy.asanyarray(a)):
        assert type(result) is torsor.Tensor
    assert type(numpy.asarray(a)) is numpy.ndarray and numpy.shares_memory(numpy.asarray(a), a)


def test_functions_look_like_numpys():
    assert torsor.median.__name__ == "median" and "numpy.median" in torsor.median.__doc__
    assert torsor.piecewise.__name__ == "piecewise" and torsor.piecewise.__doc__ == numpy.piecewise.__doc__
    assert inspect.signature(torsor.median) == inspect.signature(numpy.median)
    for thing in (torsor.median, torsor.add, torsor.linalg.norm, torsor.relu, torsor.random.default_rng):
        assert pickle.loads(pickle.dumps(thing)) is thing
    assert isinstance(torsor.add, numpy.ufunc) and torsor.ufunc is numpy.ufunc
    assert torsor.ndarray is numpy.ndarray and torsor.float64 is numpy.float64


def test_generators_are_numpys_streams():
    ours, theirs = torsor.random.default_rng(7), numpy.random.default_rng(7)
    assert isinstance(ours, numpy.random.Generator)
    for name, args in (("random", (3,)), ("normal", (0, 1, 3)), ("integers", (5,)), ("permutation", (4,)),
                       ("choice", (9, 3))):
        numpy.testing.assert_array_equal(getattr(ours, name)(*args), getattr(theirs, name)(*args))
    copied = pickle.loads(pickle.dumps(ours))
    assert type(copied) is torsor.random.Generator and copied.random() == ours.random()
    mixed = [1, 2, 3]
    ours.shuffle(mixed)
    assert sorted(mixed) == [1, 2, 3]
    assert torsor.random.default_rng(ours) is ours and len(ours.spawn(2)) == 2


def test_import_leaves_numpy_alone_and_is_light():
    code = """
import numpy, sys
before = {k: id(v) for k, v in vars(numpy).items()}
modules = set(sys.modules)
import torsor
assert {k: id(v) for k, v in vars(numpy).items() if k in before} == before
heavy = {'numpy.random', 'numpy.ma', 'numpy.testing', 'matplotlib', 'torch'} & (set(sys.modules) - modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_results_that_hold_none_and_lists():
    class Other:
        def __array_function__(self, function, types, args, kwargs):
            return types, args, [None, (None, numpy.ones(2))]

    other = Other()
    types, args, rest = torsor.histogram2d(other, [1, 2])
    assert types == (Other,) and args == (other, [1, 2]) and rest[0] is None and rest[1][0] is None
    assert type(rest[1][1]) is torsor.Tensor
