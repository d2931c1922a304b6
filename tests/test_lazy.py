"""Lazy arrays: when they are computed, and as what."""
import doctest
import gc
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import torsor as tp
from differential import compare
from torsor import fusion
from torsor.fusion import Lazy
from torsor.fusion.laziness import _trace

DATA = np.array([1.5, -2.0, 3.0, 0.5])


def tensor(x=DATA):
    return np.array(x).view(tp.Tensor)


@pytest.mark.parametrize("body", [
    lambda x: 2 * x + 1, lambda x: x**2 - x, lambda x: np.exp(x) / x, lambda x: (x > 0) & (x < 2), lambda x: x.sum(),
    lambda x: x - x.mean(), lambda x: x[1:] * x[:-1], lambda x: np.where(x > 0, x, -x), lambda x: x.std(),
    lambda x: divmod(x, 2), lambda x: x.astype(np.float32), lambda x: x.T, lambda x: abs(x) ** 0.5, lambda x: 2.0**x,
    lambda x: np.sort(x), lambda x: x @ x, lambda x: np.cumsum(x * 2), lambda x: x[[0, 2]], lambda x: x.argmax(),
    lambda x: np.concatenate([x, x * 2]), lambda x: x.tolist(), lambda x: np.add(x, x, dtype=np.float64),
    lambda x: x[x > 0], lambda x: np.linalg.norm(x), lambda x: tp.logsumexp(x),
], ids=lambda body: "body")
def test_lazy_does_what_arrays_do(body):
    its = body(tensor())
    mine = body(tp.lazy.array(DATA))
    mine, its = (x if isinstance(x, tuple) else (x,) for x in (mine, its))
    for a, b in zip(mine, its, strict=True):
        a = a.compute() if isinstance(a, Lazy) else a
        if isinstance(b, list):
            assert a == b
        elif np.ndim(b) == 0:
            assert a == pytest.approx(b, rel=1e-14) and type(a) is type(b)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-14)
            assert a.dtype == b.dtype and type(a) is type(b)


def test_nothing_is_computed_before_it_is_asked_for():
    x = np.zeros(3)
    y = np.log(tp.lazy.asarray(x))                  # would warn
    x[:] = 1
    assert isinstance(y, Lazy) and y.compute().tolist() == [0, 0, 0]


def test_array_copies_and_asarray_does_not():
    x = np.ones(3)
    copied, read = tp.lazy.array(x) * 2, tp.lazy.asarray(x) * 2
    x[0] = 5
    assert copied.compute().tolist() == [2, 2, 2] and read.compute().tolist() == [10, 2, 2]
    held = tp.lazy.array(x)
    held.compute()[0] = 7
    assert held.compute().tolist() == [5, 1, 1]


def test_conversions_compute():
    x = tp.lazy.array(DATA)
    assert float(x.sum()) == 3 and int(x.max()) == 3 and bool(x[0] > 1) and complex(x[0]) == 1.5
    assert np.asarray(x + 1).tolist() == (DATA + 1).tolist() and [float(v) for v in x] == DATA.tolist()
    assert 3.0 in x and len(x) == 4 and list(range(tp.lazy.array(2).compute())) == [0, 1]
    assert repr(x * 2) == "<Lazy of float64, shape (4,)>"
    assert x.shape == (4,) and x.ndim == 1 and x.size == 4 and x.dtype == np.float64


def test_work_in_place():
    x = tp.lazy.array(DATA)
    y, z = x * 2, x
    x += 1
    x[0] = 9
    assert z is x and x.compute().tolist() == [9, -1, 4, 1.5] and y.compute().tolist() == (DATA * 2).tolist()


def test_errors_are_those_of_arrays():
    x = tp.lazy.array(DATA)
    with pytest.raises(ValueError, match="broadcast"):
        x + np.ones(3)
    with pytest.raises(TypeError):
        x & 1.5
    with pytest.raises(AttributeError):
        x.nonsense  # noqa: B018
    with pytest.raises(TypeError, match="lazy takes"):
        tp.lazy.array(["text"])
    with pytest.raises(TypeError, match="float16"):
        tp.lazy.array(np.ones(3, np.float16))
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
        (1 / (x * 0)).compute()


def test_blocks_compute_together():
    with tp.lazy():
        x = tp.lazy.array(DATA)
        y = x * x
        z = np.sqrt(y) + y.mean()
        _ = y * 1000                                # nobody wants it any more
    assert y._node.kind == z._node.kind == "input"  # there already
    np.testing.assert_allclose(z.compute(), np.abs(DATA) + (DATA**2).mean())
    with tp.lazy(), tp.lazy():
        pass
    with pytest.raises(ZeroDivisionError), tp.lazy():
        y = x + 1
        raise ZeroDivisionError
    compare(y.compute(), tensor() + 1)


def test_out():
    out = np.empty(4)
    assert (tp.lazy.array(DATA) * 2).compute(out=out) is out
    assert out.tolist() == (DATA * 2).tolist()


def test_arrays_are_let_go():
    x = tensor()
    gone = weakref.ref(x)
    y = tp.lazy.asarray(x) * 2
    del x
    assert y.compute().tolist() == (DATA * 2).tolist()
    del y
    gc.collect()
    assert gone() is None and not _trace().graph._known


def test_lazies_of_different_threads():
    found = []
    x = tp.lazy.array(DATA)

    def work():
        found.append((x * 2 + tp.lazy.array(DATA)).compute())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].tolist() == (DATA * 3).tolist()
    y = []
    thread = threading.Thread(target=lambda: y.append(tp.lazy.array(DATA) + 1))
    thread.start()
    thread.join()
    assert (x + y[0]).compute().tolist() == (DATA * 2 + 1).tolist()


def test_explain(capsys):
    (tp.lazy.array(DATA) * 2 + 1).explain()
    printed = capsys.readouterr().out
    assert "multiply" in printed and "blocks of" in printed and "registers" in printed and "bytes moved" in printed
    fusion.explain("2*x + 1", x=DATA)
    assert capsys.readouterr().out.count("multiply") == 1
    tp.fuse(lambda x: x * 2)(DATA)
    tp.fuse(lambda x: x @ x).explain(DATA)
    assert "not fused" in capsys.readouterr().out


def test_chapter():
    page = Path(__file__).resolve().parent.parent / "docs" / "fusion.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.failed == 0 and result.attempted >= 10
