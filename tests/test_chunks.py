"""Arrays that are mapped from files: the same results, with as much memory as a few chunks take."""
import sys
import tracemalloc
import types

import numpy as np
import pytest

import torsor
from torsor.fusion import chunks, evaluate, evaluation, fuse
from torsor.fusion.evaluation import Formula

RNG = np.random.default_rng(3)
DATA = {
    "A": RNG.normal(size=(1001, 37)), "B": RNG.normal(size=(1001, 37)).astype(np.float32),
    "I": RNG.integers(-5, 9, (1001, 37)), "S": RNG.normal(size=(101, 101)), "L": RNG.normal(size=50_001),
    "W": RNG.normal(size=(2, 30_001)), "Z": RNG.normal(size=(300, 20)) + 1j, "T": RNG.normal(size=(60, 50, 4)),
    "v": RNG.normal(size=37), "w": RNG.normal(size=(1001, 1)), "s": RNG.normal(size=101), "n": 3, "x": 1.5,
}
ELEMENTWISE = [
    "2*A + B", "A*v + w*n - x", "where(A > 0, A, B)", "S + s", "S*s[:, None]", "A[1:] - A[:-1]", "L*2", "W*2 + W",
    "-Z*Z", "A[:, None, :1]*v[:, None]", "A[::-1] + A", "A[:, 3]*w[:, 0]", "A[5] + A", "I//n", "I**n", "I % n",
    "T*T[0]", "T + T[:, :1]", "abs(A) < 1", "S - S[0, 1]", "complex(A, A)", "L[:, None] * v[:2]", "T*n", "L - L[7]"]
REDUCED = [
    "sum(A*B)", "sum(A*B, axis=0)", "sum(A*B, axis=1)", "mean(A*x)", "mean(I*2)", "mean(I, axis=0)",
    "mean(B*2, axis=0)", "min(A*B)", "max(A, axis=0)", "max(A*2, axis=-1, keepdims=True)", "any(A > 4)",
    "all(I > -6)", "any(A > 2, axis=0)", "prod(1 + A*1e-4)", "sum(I*I)", "sum(I)", "sum(B)", "sum(A > 0)",
    "sum(Z*Z, axis=0)", "mean(Z)", "std(A)", "std(A*2)", "var(A + B, axis=0)", "var(A*1, axis=1, keepdims=True)",
    "A - mean(A, axis=0)", "(A - mean(A, axis=0))/std(A, axis=0)", "A - mean(A, axis=1, keepdims=True)",
    "logsumexp(A, axis=1)", "logsumexp(A)", "norm(A)", "norm(A*2, axis=1)", "argmin(A)", "argmax(A, axis=0)",
    "argmax(A*2, axis=1)", "sum(S*s, axis=1)", "sum(L*L)", "sum(W*W, axis=0)", "sum(W*W, axis=1)",
    "exp(L)/sum(exp(L))", "sqrt(sum(A*A))/n", "A + sum(L)", "sum(T*T, axis=(0, 2))", "sum(T*T, axis=1)",
    "mean(T*2, axis=(1, 2))", "max(T*2, axis=0, keepdims=True)", "sum(A*A) + sum(B)", "sum(A - mean(A))",
    "min(T*2, axis=-2)"]


@pytest.fixture
def small(monkeypatch):
    """Chunks of 4 KiB."""
    monkeypatch.setattr(chunks, "CHUNK", 1 << 12)


@pytest.fixture
def mapped(tmp_path):
    """A function that maps a copy of an array from a file."""
    def make(array):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.bin"
        found = np.memmap(path, array.dtype, "w+", shape=array.shape)
        found[...] = array
        return found
    return make


@pytest.fixture
def runs(monkeypatch):
    """What is run chunk by chunk, as it is run."""
    found = []
    original = chunks._Stage._run_chunks

    def noted(self, *args):
        found.append(self)
        return original(self, *args)

    monkeypatch.setattr(chunks._Stage, "_run_chunks", noted)
    return found


def operands(text, mapped=lambda x: x):
    return {name: mapped(DATA[name]) if name.isupper() else DATA[name] for name in Formula(text).names}


@pytest.mark.parametrize("text", ELEMENTWISE)
def test_elementwise(text, small, mapped, runs):
    """Bit by bit what it is in memory."""
    want = Formula(text)(*operands(text).values())
    got = evaluate(text, operands(text, mapped))
    assert got.dtype == want.dtype and type(got) is torsor.Tensor
    np.testing.assert_array_equal(got, want)
    assert runs or text == "complex(A, A)"


@pytest.mark.parametrize("text", REDUCED)
def test_reductions(text, small, mapped):
    want = Formula(text)(*operands(text).values())
    got = evaluate(text, operands(text, mapped))
    assert np.asarray(got).dtype == np.asarray(want).dtype and np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-5 if "B" in text else 1e-11, atol=1e-6 if "B" in text else 1e-10)


def test_no_better_order_of_sums(small, mapped):
    """Sums over chunks are as exact as those of the whole."""
    x = RNG.normal(size=300_000).astype(np.float32)
    exact = np.sum(x.astype(np.longdouble))
    assert abs(evaluate("sum(x*1)", x=mapped(x)) - exact) <= abs(np.sum(x) - exact) + np.spacing(np.float32(exact))


def test_one_pass(small, mapped, runs):
    """As few passes as reductions of one another need."""
    for text, passes in (("sum(A*B)", 1), ("var(A*2)", 2), ("A - mean(A*1, axis=0)", 2),
                         ("A - mean(A, axis=1, keepdims=True)", 1)):
        runs.clear()
        evaluate(text, operands(text, mapped))
        assert len(runs) == passes


def test_steps_that_need_everything(small, mapped):
    with pytest.raises(ValueError, match="needs 296296 bytes of computed values in memory"):
        evaluate("argmax(2*A)", A=mapped(DATA["A"]))
    with pytest.raises(ValueError, match="compute them into an array"):
        evaluate("(2*A)[3:9]", A=mapped(DATA["A"]))


def test_out(small, mapped, runs):
    x, y = DATA["A"], DATA["B"]
    for source, target in ((mapped(x), mapped(x)), (mapped(x), np.empty_like(x)), (x, mapped(x))):
        assert evaluate("2*A + 1", A=source, out=target) is target
        np.testing.assert_array_equal(target, 2 * x + 1)
    same = mapped(x)
    assert evaluate("2*A + 1", A=same, out=same) is same
    np.testing.assert_array_equal(same, 2 * x + 1)
    for text, part in (("A[1:] + A[:-1]", np.s_[1:]), ("A[1:] + A[:-1]", np.s_[:-1]), ("A[::-1] + A", np.s_[:])):
        own = mapped(x)
        evaluate(text, A=own, out=own[part])
        np.testing.assert_array_equal(own[part], evaluate(text, A=x))
    narrow = mapped(y)
    with pytest.raises(TypeError, match="Cannot cast"):
        evaluate("2*A", A=mapped(x), out=narrow)
    assert evaluate("2*A", A=mapped(x), out=narrow, casting="same_kind") is narrow
    np.testing.assert_array_equal(narrow, (2 * x).astype(np.float32))
    assert evaluate("A + 0", A=mapped(x), order="F").flags.f_contiguous


@pytest.mark.parametrize("dtype", [">f8", ">i4", np.float16, np.bool_, np.complex64])
def test_types(dtype, small, mapped):
    x = (DATA["A"] * 3).astype(dtype)
    np.testing.assert_array_equal(evaluate("x*2 + x", x=mapped(x)), x * 2 + x)
    np.testing.assert_allclose(evaluate("sum(x*2, axis=0)", x=mapped(x)), np.sum(x * 2, axis=0), rtol=1e-2, atol=1e-5)


def test_lengths(small, mapped):
    """Every number of rows, and none left alone at the end."""
    for n in (1, 2, 3, 511, 512, 513, 1023, 1024, 1025, 1026):
        x = RNG.normal(size=n)
        np.testing.assert_array_equal(evaluate("2*x + 1", x=mapped(x)), 2 * x + 1)
    for length in range(2, 60):
        for step in range(2, 12):
            parts = list(chunks.cuts(length, step))
            assert [start for start, _ in parts] == [0, *[stop for _, stop in parts[:-1]]] and parts[-1][1] == length
            assert all(stop - start > 1 for start, stop in parts)


def test_fused_functions(small, mapped):
    """Functions too, with whatever they return."""
    x, y = DATA["A"], DATA["B"]
    f = fuse(lambda a, b: (a + b, {"total": (a * b).sum(axis=0)}, a + b))
    first, rest, again = f(mapped(x), mapped(y))
    np.testing.assert_array_equal(first, x + y)
    np.testing.assert_array_equal(again, x + y)
    assert first is not again
    np.testing.assert_allclose(rest["total"], (x * y).sum(axis=0), atol=1e-10)
    out = mapped(x)
    assert fuse(lambda a: 2 * a)(mapped(x), out=out) is out
    np.testing.assert_array_equal(out, 2 * x)
    np.testing.assert_array_equal(fuse(lambda a, k: a[k:] * 2)(mapped(x), 3), x[3:] * 2)


def test_errors(small, mapped):
    zeros = mapped(np.zeros((1001, 37)))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        evaluate("1 / A", A=zeros)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        evaluate("1 / A", A=zeros)
    with pytest.raises(ValueError, match="broadcast"):
        evaluate("A + s", A=zeros, s=DATA["s"])
    with pytest.raises(ValueError, match="negative integer powers"):
        evaluate("I**k", I=mapped(DATA["I"]), k=-2)


def test_small_maps_are_arrays(mapped, runs):
    x = mapped(DATA["A"])
    np.testing.assert_array_equal(evaluate("2*x", x=x), 2 * DATA["A"])
    assert not runs


@pytest.mark.slow
def test_memory(mapped):
    """What is taken of torsor's memory has nothing to do with the size of the files."""
    x, y = mapped(np.ones((2_000, 8_000))), mapped(np.ones((2_000, 8_000)))
    evaluate("2*x", x=np.ones(3))
    torsor.memory.trim()
    before = torsor.memory.stats()
    tracemalloc.start()
    try:
        for text in ("2*x + y**2 - sin(x)", "x - mean(x*y, axis=0)"):
            evaluate(text, x=x, y=y, out=y)
        assert evaluate("sum(x*2) + sum(x*3)", x=x) == 5 * x.size
        assert tracemalloc.get_traced_memory()[1] < 1 << 23         # NumPy's arrays among it
    finally:
        tracemalloc.stop()
    after = torsor.memory.stats()                                   # what was in use is now kept
    assert after["in_use"] + after["cached"] - before["in_use"] - before["cached"] < 1 << 23


class Bar:
    """In tqdm's place."""

    made: list = []             # noqa: RUF012

    def __init__(self, total, **how):
        self.total, self.done, self.closed = total, 0, False
        Bar.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.closed = True

    def update(self, n):
        self.done += n


def test_progress(small, mapped, runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    x = DATA["A"]
    for source in (x, mapped(x)):
        Bar.made.clear()
        np.testing.assert_array_equal(evaluate("2*A", A=source, progress=True), 2 * x)
        bar, = Bar.made
        assert bar.closed and bar.total == x.nbytes and 0.9 < bar.done / bar.total <= 1
    np.testing.assert_array_equal(fuse(lambda a: a + 1)(x, progress=True), x + 1)
    assert len(Bar.made) == 2 and runs
    assert evaluate("1 + n", n=2, progress=True) == 3


def test_progress_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"pip install 'torsor\[progress\]'"):
        evaluate("2*x", x=DATA["A"], progress=True)


def test_real_bar(small, capsys):
    pytest.importorskip("tqdm")
    evaluate("2*x", x=DATA["A"], progress=True)
    assert "100%" in capsys.readouterr().err


def test_function_of_evaluate_is_shared(small, mapped):
    """Chunks run the programs that arrays in memory run."""
    evaluate("A*3 + 1/7", A=mapped(DATA["A"]))
    compiled = evaluation._COMPILED["A*3 + 1/7"]
    evaluate("A*3 + 1/7", A=DATA["A"])
    assert evaluation._COMPILED["A*3 + 1/7"] is compiled
