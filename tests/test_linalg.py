"""Linear algebra against NumPy: dtypes, shapes, errors, warnings, and values by what they must fulfil.

Two ways to solve an equation differ by rounding times the condition number, so that values are not compared with
NumPy's but put into the equation: a residual may be `BOUND` roundings for each row, relative to the norms of what
is multiplied.  That is the backward error that LAPACK's own tests allow.  Where rounding decides (singular, not
positive definite, not finite) torsor hands over, and the results must be NumPy's.
"""
import subprocess
import sys

import numpy as np
import pytest

import torsor as tr
from differential import NUMPY, TORSOR, observe, same, words
from torsor._kernels import threads

BOUND = 30
DTYPES = "fdFD"
SHAPES = ((1, 1), (2, 2), (3, 3), (4, 4), (7, 7), (16, 16), (17, 17), (40, 40), (9, 1, 1), (1, 3, 3), (20, 2, 2),
          (17, 3, 3), (2, 3, 4, 4), (5, 2, 9, 9), (3, 20, 20), (17, 18, 18), (16, 32, 32))
LAYOUTS = {
    "C": lambda a: a,
    "F": lambda a: np.array(a.swapaxes(-1, -2), order="C").swapaxes(-1, -2),
    "strided": lambda a: np.repeat(np.repeat(a, 2, -1), 2, -2)[..., ::2, ::2],
    "negative": lambda a: np.array(a[..., ::-1, ::-1])[..., ::-1, ::-1],
    "stack last": lambda a: np.array(a.T, order="C").T,
    "broadcast": lambda a: np.broadcast_to(a[(0,) * (a.ndim - 2)], a.shape),
    "unaligned": lambda a: np.ndarray(a.shape, a.dtype, buffer=b"\0" + np.ascontiguousarray(a).tobytes(), offset=1),
    "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.fixture(autouse=True)
def woken():
    """Threads are woken for little work, so that stacks are shared out."""
    before = threads.set_waking(0)
    yield
    threads.set_waking(before)


def draw(shape, dtype, seed=0):
    rng = np.random.default_rng([seed, *shape])
    a = rng.standard_normal(shape)
    return (a + 1j * rng.standard_normal(shape) if dtype in "FD" else a).astype(dtype)


def definite(shape, dtype, seed=0):
    a = draw(shape, dtype, seed)
    return (a @ a.conj().swapaxes(-1, -2) + np.eye(shape[-1])).astype(dtype)


def run(body, *args):
    """What the body gives under both; all but values must be the same."""
    ours, numpys = observe(TORSOR, body, args), observe(NUMPY, body, args)
    assert type(ours.error) is type(numpys.error), f"{ours.error!r} for {numpys.error!r}"
    if numpys.error is not None and not isinstance(numpys.error, TypeError):      # whose words are the compiler's
        assert words(ours.error) == words(numpys.error)
    assert [w[:2] for w in ours.warnings] == [w[:2] for w in numpys.warnings]      # the third is whose file it was
    alike(ours.value, numpys.value)
    return ours.value, numpys.value


def alike(mine, its):
    """Same types, dtypes and shapes."""
    if isinstance(its, tuple):
        assert type(mine) is type(its) and len(mine) == len(its)
        for a, b in zip(mine, its):
            alike(a, b)
    elif isinstance(its, np.ndarray):
        assert type(mine) is tr.Tensor and mine.dtype == its.dtype and mine.shape == its.shape
    else:
        assert type(mine) is type(its)


def norms(a):
    return np.sqrt((abs(np.asarray(a, "D")) ** 2).sum((-1, -2)))


def fulfils(left, right, scale, dtype, n):
    """Whether two stacks of matrices agree to some roundings of what they were computed from."""
    left, right = (np.asarray(x).view(np.ndarray) for x in (left, right))
    allowed = BOUND * n * np.finfo(dtype).eps * np.asarray(scale)
    found = norms(left - right)
    assert (found <= allowed).all(), f"residual {found.max()}, allowed {np.max(allowed)}"


def adjoint(a):
    return a.conj().swapaxes(-1, -2)


def check_inverse(a, x):
    fulfils(a @ x, np.broadcast_to(np.eye(a.shape[-1]), a.shape), norms(a) * norms(x), x.dtype, a.shape[-1])


CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


@check
def inv(a, s):
    x, _ = run(lambda xp, a: xp.linalg.inv(a), a)
    check_inverse(a, x)


@check
def solve(a, s):
    for k in (1, 3, 20):
        b = draw((*a.shape[:-1], k), a.dtype.char, 1)
        x, _ = run(lambda xp, a, b: xp.linalg.solve(a, b), a, b)
        fulfils(a @ x, b, norms(a) * norms(x), x.dtype, a.shape[-1])
    b = b[(0,) * (a.ndim - 2)]          # one for all of the stack
    x, _ = run(lambda xp, a, b: xp.linalg.solve(a, b), a, b)
    fulfils(a @ x, np.broadcast_to(b, x.shape), norms(a) * norms(x), x.dtype, a.shape[-1])
    x, _ = run(lambda xp, a, b: xp.linalg.solve(a, b), a, b[:, 0])
    x = x[..., np.newaxis]
    fulfils(a @ x, np.broadcast_to(b[:, :1], x.shape), norms(a) * norms(x), x.dtype, a.shape[-1])


@check
def det(a, s):
    x, y = run(lambda xp, a: xp.linalg.det(a), a)
    bound = BOUND * a.shape[-1] ** 2 * np.finfo(y.dtype).eps * np.asarray(np.linalg.cond(a))
    assert (abs(x - y) <= bound * abs(y)).all()


@check
def slogdet(a, s):
    (sign, size), (its_sign, its_size) = run(lambda xp, a: tuple(xp.linalg.slogdet(a)), a)
    bound = BOUND * a.shape[-1] ** 2 * np.finfo(size.dtype).eps * np.asarray(np.linalg.cond(a))
    assert (abs(sign - its_sign) <= bound).all()
    assert (abs(size - its_size) <= bound * (1 + abs(its_size))).all()


@check
def cholesky(a, s):
    for upper in (False, True):
        x, _ = run(lambda xp, s, upper: xp.linalg.cholesky(s, upper=upper), s, upper)
        assert not np.asarray(np.tril(x, -1) if upper else np.triu(x, 1)).any()
        if np.array_equal(s, adjoint(s)):
            fulfils(adjoint(x) @ x if upper else x @ adjoint(x), s, norms(s), x.dtype, s.shape[-1])


@check
def eigh(a, s):
    for triangle in ("L", "U", "l", "u"):
        (w, v), _ = run(lambda xp, s, t: tuple(xp.linalg.eigh(s, UPLO=t)), s, triangle)
        assert (np.diff(np.asarray(w)) >= 0).all()
        fulfils(adjoint(v) @ v, np.broadcast_to(np.eye(s.shape[-1]), s.shape), 1, v.dtype, s.shape[-1])
        if np.array_equal(s, adjoint(s)):
            fulfils(s @ v, v * w[..., np.newaxis, :], norms(s), v.dtype, s.shape[-1])
            x, _ = run(lambda xp, s, t: xp.linalg.eigvalsh(s, t), s, triangle)
            fulfils(x[..., np.newaxis], w[..., np.newaxis], norms(s), w.dtype, s.shape[-1])


@check
def eig(a, s):
    (w, v), _ = run(lambda xp, a: tuple(xp.linalg.eig(a)), a)
    fulfils(a @ v, v * w[..., np.newaxis, :], norms(a) * norms(v), v.dtype, a.shape[-1])
    values, _ = run(lambda xp, a: xp.linalg.eigvals(a), a)
    # The sum of the eigenvalues is that of the diagonal, whatever their order.
    traces = np.trace(a, axis1=-2, axis2=-1)
    assert (abs(values.sum(-1) - traces) <= BOUND * a.shape[-1] * np.finfo(v.dtype).eps * norms(a)).all()


@check
def svd(a, s):
    for b in (a, a[..., :1], a[..., :2, :]):
        for full in (True, False):
            (u, w, vh), (_, values, _) = run(lambda xp, b, full: tuple(xp.linalg.svd(b, full_matrices=full)), b, full)
            k = w.shape[-1]
            fulfils((u[..., :k] * w[..., np.newaxis, :]) @ vh[..., :k, :], b, norms(b), u.dtype, max(b.shape[-2:]))
            for x in (adjoint(u) @ u, vh @ adjoint(vh)):
                fulfils(x, np.broadcast_to(np.eye(x.shape[-1]), x.shape), 1, u.dtype, x.shape[-1])
            fulfils(w[..., np.newaxis], values[..., np.newaxis], norms(b), w.dtype, max(b.shape[-2:]))
        alone, _ = run(lambda xp, b: xp.linalg.svd(b, compute_uv=False), b)
        fulfils(alone[..., np.newaxis], values[..., np.newaxis], norms(b), w.dtype, max(b.shape[-2:]))
        run(lambda xp, b: xp.linalg.svdvals(b), b)
    run(lambda xp, s: tuple(xp.linalg.svd(s, hermitian=True)), s)
    run(lambda xp, s: xp.linalg.svd(s, compute_uv=False, hermitian=True), s)


@check
def qr(a, s):
    for b in (a, a[..., :1], a[..., :2, :]):
        for mode in ("reduced", "complete"):
            (q, r), _ = run(lambda xp, b, mode: tuple(xp.linalg.qr(b, mode=mode)), b, mode)
            assert not np.asarray(np.tril(r, -1)).any()
            fulfils(q @ r, b, norms(b), q.dtype, max(b.shape[-2:]))
            unit = adjoint(q) @ q
            fulfils(unit, np.broadcast_to(np.eye(q.shape[-1]), unit.shape), 1, q.dtype, max(b.shape[-2:]))
        r, y = run(lambda xp, b: xp.linalg.qr(b, "r"), b)
        fulfils(r, y, norms(b) * np.sqrt(max(b.shape[-2:])), r.dtype, max(b.shape[-2:]))
        run(lambda xp, b: xp.linalg.qr(b, "raw"), b)


@check
def pinv(a, s):
    for b in (a, a[..., :1], a[..., :2, :]):
        x, _ = run(lambda xp, b: xp.linalg.pinv(b), b)
        fulfils(b @ x @ b, b, norms(b) ** 2 * norms(x), x.dtype, max(b.shape[-2:]))


@check
def lstsq(a, s):
    if a.ndim > 2:
        run(lambda xp, a: xp.linalg.lstsq(a, a), a)
        return
    for b in (a, a[:, :1], a[:2]):
        for right in (draw((len(b), 2), a.dtype.char, 3), draw((len(b),), a.dtype.char, 4)):
            (x, left, rank, _), (y, its_left, its_rank, _) = run(lambda xp, b, c: xp.linalg.lstsq(b, c), b, right)
            assert rank == its_rank
            bound = BOUND * max(b.shape) * np.finfo(x.dtype).eps * np.linalg.cond(b) ** 2
            np.testing.assert_allclose(np.asarray(x), y, rtol=bound, atol=bound * np.max(abs(y)))
            np.testing.assert_allclose(np.asarray(left), its_left, rtol=bound, atol=bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CHECKS)
def test_decompositions(name, dtype):
    for shape in SHAPES:
        CHECKS[name](draw(shape, dtype), definite(shape, dtype))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CHECKS)
def test_layouts(name, layout):
    for shape, dtype in (((3, 3), "d"), ((2, 5, 3, 3), "d"), ((6, 4, 4), "f"), ((3, 19, 19), "d"), ((2, 2, 5, 5), "D")):
        CHECKS[name](LAYOUTS[layout](draw(shape, dtype)), LAYOUTS[layout](definite(shape, dtype)))


@pytest.mark.parametrize("name", CHECKS)
def test_large_matrices(name):
    """Alone they are NumPy's, several of them are torsor's."""
    if name in ("eig", "svd", "lstsq", "pinv"):
        pytest.skip("slow, and no other code")
    CHECKS[name](draw((150, 150), "d"), definite((150, 150), "d"))
    CHECKS[name](draw((4, 130, 130), "d"), definite((4, 130, 130), "d"))


@pytest.mark.parametrize("dtype", ["?", "b", "B", "i", "q", "Q"])
def test_integers(dtype):
    a = (np.arange(2 * 9).reshape(2, 3, 3) ** 2 % 7 + 5 * np.eye(3)).astype(dtype)
    s = np.array([np.eye(3) + 1] * 2).astype(dtype)
    for body in (lambda xp, a, s: xp.linalg.cholesky(s + s), lambda xp, a, s: xp.linalg.eigvalsh(s),
                 lambda xp, a, s: xp.linalg.svdvals(a), lambda xp, a, s: xp.linalg.qr(a, "r")):
        run(body, a, s)
    if dtype != "?":
        x, _ = run(lambda xp, a: xp.linalg.inv(a), a)
        check_inverse(a, x)
        run(lambda xp, a: xp.linalg.solve(a, a), a)
        run(lambda xp, a: xp.linalg.solve(a, xp.array(a, dtype="f")), a)
        run(lambda xp, a: xp.linalg.solve(xp.array(a, dtype="f"), xp.array(a, dtype="F")), a)


def test_same_bits_for_any_number_of_threads():
    for name in ("inv", "det", "cholesky", "eigh", "svd", "qr", "eigvals"):
        for shape, dtype in (((1000, 3, 3), "d"), ((301, 4, 4), "f"), ((37, 18, 18), "d"), ((50, 5, 5), "D")):
            a = definite(shape, dtype).view(tr.Tensor)
            found = []
            for n in (1, 2, 3, 8):
                with tr.threads(n):
                    result = getattr(tr.linalg, name)(a)
                found.append([x.tobytes() for x in (result if isinstance(result, tuple) else (result,))])
            assert all(x == found[0] for x in found), (name, shape)


# -------------------------------------------------------------------------------- where rounding decides

SINGULAR = ([[0.0]], [[1.0, 2], [2, 4]], [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], np.zeros((3, 3)), np.ones((5, 5)),
            np.arange(16.0).reshape(4, 4), np.arange(400.0).reshape(20, 20), [[1e-300, 0], [0, 1e300]],
            [[1e-200, 0], [0, 1e-200]], [[1e200, 0], [0, 1e200]], [[1e-20, 1], [1, 1]])
NOT_FINITE = ([[np.nan, 1], [1, 2]], [[np.inf, 1], [1, 2]], [[1, 2], [np.nan, 3]], [[np.nan] * 3] * 3,
              np.where(np.eye(20), np.inf, 1), np.where(np.eye(20), np.nan, 1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky", "solve", "eigh", "eigvals", "svdvals", "qr",
                                  "cond", "pinv", "matrix_rank", "lstsq"])
def test_where_rounding_decides(name, dtype):
    """Alone, and among sound ones in a stack, each has NumPy's own result."""
    def body(xp, a):
        function = getattr(xp.linalg, name)
        result = function(a, a[..., :1]) if name in ("solve", "lstsq") else function(a)
        return tuple(result) if isinstance(result, tuple) else result

    for values in (*SINGULAR, *NOT_FINITE):
        with np.errstate(all="ignore"):
            a = np.asarray(values).astype(dtype)
        numpys = observe(NUMPY, body, (a,))
        x, _ = run(body, a)
        if name in ("inv", "det", "slogdet", "cholesky", "solve") and numpys.error is None:
            np.testing.assert_array_equal(np.asarray(x), np.asarray(numpys.value), strict=True)
        if name != "lstsq":
            sound = np.eye(len(a)) * 3 + 1
            stack = np.array([sound] * 3 + [a] + [sound] * 9).astype(dtype)
            x, y = run(body, stack)
            if name in ("inv", "det", "cholesky", "solve") and y is not None:
                np.testing.assert_array_equal(np.asarray(x)[3], y[3])


def test_close_to_singular():
    """Digits are lost as in LAPACK, and no more."""
    for n in (2, 3, 4, 8, 16):
        for small in (1e-3, 1e-6, 1e-9, 1e-11):
            q, _ = np.linalg.qr(draw((40, n, n), "d", 5))
            r, _ = np.linalg.qr(draw((40, n, n), "d", 6))
            a = q @ (np.geomspace(1, small, n)[:, np.newaxis] * r)
            x, y = run(lambda xp, a: xp.linalg.inv(a), a)
            fulfils(a @ x, np.broadcast_to(np.eye(n), a.shape), norms(a) * norms(x), "d", n)
            fulfils(x, y, norms(x) / small, "d", n)
            b = a[..., :1] * 3
            z, _ = run(lambda xp, a, b: xp.linalg.solve(a, b), a, b)
            fulfils(a @ z, b, norms(a) * norms(z), "d", n)


@pytest.mark.parametrize("body", [
    lambda xp: xp.linalg.inv(xp.array([1.0, 2])),
    lambda xp: xp.linalg.inv(xp.array([[1.0, 2]])),
    lambda xp: xp.linalg.inv(xp.array(1.0)),
    lambda xp: xp.linalg.inv(xp.array([["a"]])),
    lambda xp: xp.linalg.inv(xp.array([[1.0]], dtype="e")),
    lambda xp: xp.linalg.inv(xp.array([[1.0]], dtype="g")),
    lambda xp: xp.linalg.inv(xp.array([[None]])),
    lambda xp: xp.linalg.inv(),
    lambda xp: xp.linalg.inv(xp.array([[1.0]]), 3),
    lambda xp: xp.linalg.solve(xp.array([[1.0, 2], [3, 4]]), xp.array([1.0, 2, 3])),
    lambda xp: xp.linalg.solve(xp.array([[1.0, 2], [3, 4]]), xp.array(1.0)),
    lambda xp: xp.linalg.solve(xp.array([[[1.0, 2], [3, 4]]] * 3), xp.array([[[1.0], [2]]] * 2)),
    lambda xp: xp.linalg.cholesky(xp.array([[1.0, 2], [2, 1]])),
    lambda xp: xp.linalg.cholesky(a=xp.array([[1.0, 2], [2, 1]])),
    lambda xp: xp.linalg.eigh(xp.array([[1.0, 2], [2, 1]]), UPLO="X"),
    lambda xp: xp.linalg.eigh(xp.array([[1.0, 2], [2, 1]]), UPLO=3),
    lambda xp: xp.linalg.qr(xp.array([[1.0, 2], [2, 1]]), mode="x"),
    lambda xp: xp.linalg.qr(xp.array([[1.0, 2], [2, 1]]), mode="full"),
    lambda xp: xp.linalg.lstsq(xp.array([[1.0, 2], [2, 1]]), xp.array([1.0])),
    lambda xp: xp.linalg.matrix_power(xp.array([[1.0, 2], [2, 1]]), 1.5),
    lambda xp: xp.linalg.matrix_power(xp.array([[1.0, 2], [2, 4]]), -1),
    lambda xp: xp.linalg.matrix_power(xp.array([1.0, 2]), 2),
    lambda xp: xp.linalg.multi_dot([xp.array([1.0])]),
    lambda xp: xp.linalg.multi_dot([xp.array([[1.0]]), xp.array([[1.0, 2]]), xp.array([[1.0]])]),
    lambda xp: xp.linalg.norm(xp.array([1.0]), axis=1),
    lambda xp: xp.linalg.norm(xp.array([1.0]), "fro"),
    lambda xp: xp.linalg.norm(xp.array([[1.0]]), 7),
    lambda xp: xp.linalg.norm(xp.array([[[1.0]]]), 1),
    lambda xp: xp.linalg.norm(xp.array([[1.0]]), axis=(0, 0)),
    lambda xp: xp.linalg.norm(xp.array([[1.0]]), axis=(0, -2)),
    lambda xp: xp.linalg.norm(xp.array([[1.0]]), axis=1.5),
    lambda xp: xp.linalg.matrix_rank(xp.array([[1.0]]), tol=1, rtol=1),
    lambda xp: xp.linalg.pinv(xp.array([[1.0]]), rcond=1, rtol=1),
    lambda xp: xp.linalg.tensorsolve(xp.array([[1.0, 2]]), xp.array([1.0])),
    lambda xp: xp.linalg.tensorsolve(xp.array(np.eye(3)), xp.array(np.ones((3, 1)))),
    lambda xp: xp.linalg.tensorsolve(xp.array(np.ones((2, 8))), xp.array(np.ones(4))),
    lambda xp: xp.linalg.cond(xp.array([[1.0, 2]]), 7),
    lambda xp: xp.linalg.multi_dot([xp.array([["a"]])] * 3),
    lambda xp: xp.linalg.vector_norm(xp.array([1, None], object), axis=0, keepdims=True),
    lambda xp: xp.linalg.tensorinv(xp.array([[1.0, 2]]), 1),
    lambda xp: xp.linalg.tensorinv(xp.array([[1.0, 2]]), 0),
    lambda xp: xp.linalg.cross(xp.array([1.0, 2]), xp.array([1.0, 2])),
    lambda xp: xp.linalg.outer(xp.array([[1.0, 2]]), xp.array([1.0, 2])),
    lambda xp: xp.cross(xp.array([1.0, 2, 3, 4]), xp.array([1.0, 2, 3, 4])),
    lambda xp: xp.cross(xp.array([1.0, 2]), xp.array([1.0, 2])),
    lambda xp: xp.cross(xp.array(1.0), xp.array([1.0, 2])),
    lambda xp: xp.trace(xp.array([1.0])),
    lambda xp: xp.trace(xp.array([[1.0]]), axis1=0, axis2=0),
    lambda xp: xp.trace(xp.array([[1.0]]), axis1=5),
    lambda xp: xp.linalg.nothing,
])
def test_errors(body):
    run(body)


@pytest.mark.parametrize("shape", [(0, 0), (3, 0, 0), (0, 3, 3), (0, 0, 0)])
def test_empty(shape):
    a = np.zeros(shape)
    for name in ("inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals", "qr",
                 "pinv", "matrix_rank", "norm", "matrix_norm", "vector_norm", "cond"):
        run(lambda xp, a, name=name: getattr(xp.linalg, name)(a), a)
    for b in (np.zeros(shape[-1]), np.zeros((*shape[:-1], 2)), np.zeros((*shape[:-1], 0))):
        run(lambda xp, a, b: xp.linalg.solve(a, b), a, b)
        run(lambda xp, a, b: xp.linalg.lstsq(a, b), a, b)


@pytest.mark.parametrize("nd", [60, 62, 63, 64])
def test_many_axes(nd):
    a = np.full((2,) + (1,) * (nd - 1), 2.0)
    for name in ("inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals", "qr"):
        run(lambda xp, a, name=name: getattr(xp.linalg, name)(a), a)
    run(lambda xp, a: xp.linalg.solve(a, a), a)


def test_results_are_named():
    a = tr.array([[2.0, 1], [1, 3]])
    assert tr.linalg.eigh(a)._fields == ("eigenvalues", "eigenvectors")
    assert type(tr.linalg.svd(a)) is type(np.linalg.svd(np.eye(2)))
    assert type(tr.linalg.qr(a)) is type(np.linalg.qr(np.eye(2)))
    assert tr.linalg.slogdet(a).sign == 1
    assert tr.linalg.LinAlgError is np.linalg.LinAlgError


def test_lists_and_masked_arrays():
    run(lambda xp: xp.linalg.inv([[1.0, 2], [3, 5]]))
    run(lambda xp: xp.linalg.solve([[1.0, 2], [3, 5]], [1, 2]))
    run(lambda xp: xp.linalg.det([[1, 2], [3, 5]]))
    masked = np.ma.array(np.eye(2) + 1)
    assert type(tr.linalg.inv(masked)) is type(np.linalg.inv(masked))


def test_every_name_of_numpys():
    for name in np.linalg.__all__:
        assert getattr(tr.linalg, name) is not None
    assert set(np.linalg.__all__) < set(tr.linalg.__all__) <= set(dir(tr.linalg))


def test_numpys_functions_reach_torsors_without_import():
    code = ("import sys, numpy, torsor; assert 'torsor.linalg' not in sys.modules; a = torsor.eye(3) + 1;"
            "assert type(numpy.linalg.inv(a)) is torsor.Tensor; assert 'torsor.linalg' in sys.modules;"
            "seen = []; torsor.linalg.FUNCTIONS; from torsor._kernels import face;"
            "assert face.replacement(numpy.linalg.inv) is torsor.linalg.inv")
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


# -------------------------------------------------------------------------------- norms and products

ORDERS = (None, 0, 1, -1, 2, -2, 3, 0.5, -1.5, np.inf, -np.inf, "fro", "nuc")


@pytest.mark.parametrize("dtype", ["f", "d", "F", "D", "i", "?", "e"])
@pytest.mark.parametrize("ord", ORDERS, ids=str)
def test_norm(ord, dtype):
    for shape in ((1,), (16,), (5000,), (1, 1), (4, 4), (3, 70), (2, 3, 4), (60, 5, 7)):
        a = draw(shape, "D").astype(dtype) if dtype in "FD" else (draw(shape, "d") * 3).astype(dtype)
        axes = [None, 0, -1, (0,), *([(0, 1), (-1, -2), (1, 0)] if a.ndim > 1 else [])]
        for axis in axes:
            for keepdims in (False, True):
                x, y = run(lambda xp, a, *args: xp.linalg.norm(a, *args), a, ord, axis, keepdims)
                close(x, y, a.size)
        if a.ndim > 1:
            close(*run(lambda xp, a: xp.linalg.matrix_norm(a, ord=ord), a), a.size)
        for axis in (None, 0, (-1, 0) if a.ndim > 1 else 0):
            x, y = run(lambda xp, a, axis: xp.linalg.vector_norm(a, axis=axis, keepdims=True, ord=ord), a, axis)
            close(x, y, a.size)


def close(x, y, terms):
    if y is not None:
        y = np.asarray(y)
        x = np.asarray(x, np.result_type(y, 'd'))
        eps = float(np.finfo(y.dtype).eps) if y.dtype.kind in "fc" else 0
        np.testing.assert_allclose(x, y.astype(x.dtype), rtol=BOUND * eps * (1 + terms), atol=BOUND * eps)


def test_norm_of_unusual_values():
    for values in ([np.nan, 1], [np.inf, np.nan], [np.inf, 1], [-0.0], [1e300, 1e300], [1e-300] * 3, []):
        for ord in (None, 1, 2, 3, np.inf, -np.inf, 0):
            for a in (np.array(values), np.array([values, values])):
                close(*run(lambda xp, a, ord: xp.linalg.norm(a, ord, axis=0), a, ord), 9)
                close(*run(lambda xp, a: xp.linalg.norm(a), a), 9)


def test_what_norms_say_of_values_out_of_range():
    for dtype, value in (("e", 300.0), ("f", 1e30), ("d", -1e300), ("F", 1e30), ("D", np.inf), ("d", np.inf),
                         ("D", np.nan)):
        for n in (1, 5, 5000):
            a = np.full(n, value, dtype)
            for x in (a, a.reshape(1, n)):
                close(*run(lambda xp, x: xp.linalg.vector_norm(x), x), 9)
                close(*run(lambda xp, x: xp.linalg.vector_norm(x, keepdims=True, ord=3), x), 9)
        a = np.full((1, 1), value, dtype)
        if dtype != "e":
            for p in (1, -1, np.inf, -np.inf, "fro"):
                close(*run(lambda xp, a, p: xp.linalg.cond(a, p), a, p), 9)
        if dtype in "efd":
            run(lambda xp, a: xp.linalg.matrix_power(a, 3), a)


def test_norm_of_large_arrays():
    for value in (1.0, np.nan, np.inf, 1e300, -1e200, 1e-300):
        a = draw((250, 200), "d", 0)
        a[3, 7] = value
        for ord in (None, 1, -1, 2, np.inf, -np.inf, "fro"):
            for axis in (None, 0, -1, (1, 0)):
                for x in (a, a.T[:, ::-1]):
                    if (ord == 2 and type(axis) is not int) or (axis is None and ord in (None, "fro")):
                        continue            # singular values; a dot product, of which NumPy's says what its threads do
                    for keepdims in (False, True):
                        close(*run(lambda xp, x, *given: xp.linalg.norm(x, *given), x, ord, axis, keepdims), 50_000)


@pytest.mark.parametrize("dtype", "bHiqfdFD")
def test_cross_kron_trace(dtype):
    a, b = (np.round(draw((4, 5, 3), "D", k) * 9).astype(dtype) if dtype in "FD"
            else abs(np.round(draw((4, 5, 3), "d", k) * 9)).astype(dtype) for k in range(2))
    for x, y in ((a, b), (a[0, 0], b[0, 0]), (a[0], b[0, 0]), (a[0, 0], b), (a[:, :1], b[:1]), (a[..., ::-1], b),
                 (a[::2], b[1::2]), (a[0, :, :2], b[0]), (a[:0], b[:0]), (a, b.astype("D" if dtype in "FD" else "d"))):
        same(lambda xp, x, y: xp.cross(x, y), x, y)
        run(lambda xp, x, y: xp.linalg.cross(x, y), x, y)
    same(lambda xp, x, y: xp.cross(x, y, axis=0), a[0, :3], b[0, :3])
    for x, y in ((a[0], b[0]), (a[0, 0], b[0, 0]), (a, b[0]), (a[0, 0], b), (a[0].T, b[0, ::2]), (a[0, 0, 0], b[0]),
                 (a[0, 0], b[0, 0, 0]), (a[:0], b)):
        same(lambda xp, x, y: xp.kron(x, y), x, y)
    for offset in (0, 1, -2, 9):
        for axes in ((0, 1), (1, 2), (-1, 0)):
            same(lambda xp, x, *args: xp.trace(x, *args), a, offset, *axes)
        run(lambda xp, x, offset: xp.linalg.trace(x, offset=offset), a, offset)
        same(lambda xp, x, offset: xp.linalg.diagonal(x, offset=offset), a, offset)
    same(lambda xp, x: xp.trace(x, dtype="D"), a[0])
    if dtype not in "FD":
        same(lambda xp, x, out: xp.trace(x, out=out), a[0], np.array(0, "q" if dtype in "bHiq" else dtype))
    same(lambda xp, x: xp.linalg.matrix_transpose(x), a)
    same(lambda xp, x, y: xp.linalg.outer(x, y), a[0, 0], b[0, 1])
    for axis in (-1, 0):
        same(lambda xp, x, y, axis: xp.linalg.vecdot(x, y, axis=axis), a, b, axis)
    same(lambda xp, x, y: xp.linalg.matmul(x, y), a[0], b[0].T)


def test_cross_reports_floating_point_errors():
    for values in ([1e200, 1e200, 1], [np.inf, 0, 1], [np.nan, 0, 1]):
        a = np.array([values] * 3)
        same(lambda xp, a: xp.cross(a, a[::-1] * 3), a)
    with np.errstate(all="ignore"):
        same(lambda xp, a: xp.cross(a, a + 1), np.array([1e200] * 3))


def test_cross_on_threads():
    a, b = draw((100_000, 3), "d"), draw((100_000, 3), "d", 1)
    expected = np.cross(a, b)
    for n in (1, 2, 3, 8):
        with tr.threads(n):
            np.testing.assert_array_equal(np.asarray(tr.cross(a, b)), expected)


@pytest.mark.parametrize("dtype", "iqfdD")
def test_powers_and_chains(dtype):
    a = np.round(draw((3, 4, 4), "D" if dtype == "D" else "d") * 2).astype(dtype)
    for n in (0, 1, 2, 3, 5, 8, True, np.int8(6)):
        same(lambda xp, a, n: xp.linalg.matrix_power(a, n), a[0], n)
        same(lambda xp, a, n: xp.linalg.matrix_power(a, n), a, n)
    x, y = run(lambda xp, a: xp.linalg.matrix_power(a, -2), a + 5 * np.eye(4, dtype=dtype))
    close(x, y, 1e3)
    chain = [a[0], a[1][:, :3], a[2][:3], a[0][:, :1], a[1][:1]]
    for k in range(2, 6):
        same(lambda xp, *m: xp.linalg.multi_dot(m), *chain[:k])
        same(lambda xp, *m: xp.linalg.multi_dot([m[0][0], *m[1:]]), *chain[:k])
        same(lambda xp, *m: xp.linalg.multi_dot([m[0][0], *m[1:-1], m[-1][:, 0]]), *chain[:k])
    out = np.zeros((4, 4), dtype)
    same(lambda xp, a, b, c, out: xp.linalg.multi_dot([a, b, c], out=out), *a, out)


def test_chains_say_what_dot_says():
    a = np.full((3, 3), 1e300)
    run(lambda xp, a: xp.linalg.multi_dot([a, a, a]), a)
    run(lambda xp, a: xp.linalg.multi_dot([a, a, a, a]), a)


def test_tensor_equations():
    a = draw((2, 3, 6), "d")
    x, y = run(lambda xp, a, b: xp.linalg.tensorsolve(a, b), a, a[:, :, 0])
    close(x, y, 1e3)
    x, y = run(lambda xp, a, b: xp.linalg.tensorsolve(a, b, axes=(0,)), a.transpose(2, 0, 1), a[:, :, 0])
    x, y = run(lambda xp, a: xp.linalg.tensorinv(a, ind=1), a.reshape(6, 2, 3))
    close(x, y, 1e3)
    x, y = run(lambda xp, a: xp.linalg.tensorinv(a), a)
    close(x, y, 1e3)


@pytest.mark.parametrize("dtype", "fdFDi")
def test_rank_and_condition(dtype):
    for shape in ((3, 3), (5, 2), (4, 3, 3)):
        a = (draw(shape, "D") * 5).astype(dtype) if dtype in "FD" else (draw(shape, "d") * 5).astype(dtype)
        for given in ({}, {"tol": 1.0}, {"rtol": 0.1}, {"tol": np.array(0.5)}, {"rtol": [1e-3]}):
            x, y = run(lambda xp, a, given: xp.linalg.matrix_rank(a, **given), a, given)
            np.testing.assert_array_equal(np.asarray(x), y)
        for p in (None, 2, -2, *((1, -1, np.inf, -np.inf, "fro", "nuc") if shape[-1] == 3 else ())):
            x, y = run(lambda xp, a, p: xp.linalg.cond(a, p), a, p)
            close(x, y, 1e4)
        for given in ({}, {"rcond": 0.1}, {"rtol": 0.1}, {"rtol": None}, {"rcond": np.array(0.2)}):
            close(*run(lambda xp, a, given: xp.linalg.pinv(a, **given), a, given), 1e4)
    square = definite((4, 3, 3), "D" if dtype in "FD" else "d").astype(dtype)
    run(lambda xp, a: xp.linalg.matrix_rank(a, hermitian=True), square)
    run(lambda xp, a: xp.linalg.pinv(a, hermitian=True), square)
    for x in (3.0, [1.0, 0], np.zeros(3)):
        run(lambda xp, x: xp.linalg.matrix_rank(x), x)


# -------------------------------------------------------------------------------- what NumPy has not

@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (20, 20), (4, 3, 3), (5, 2), (2, 5), (2, 2, 3, 5)], ids=str)
def test_lu(shape, dtype):
    for layout in LAYOUTS.values():
        a = layout(draw(shape, dtype))
        p, lower, upper = tr.linalg.lu(a)
        assert {p.dtype, lower.dtype, upper.dtype} <= {np.dtype(dtype), np.zeros(1, dtype).real.dtype}
        fulfils(p @ lower @ upper, a, norms(a), dtype, max(shape[-2:]))
        assert not np.asarray(np.triu(lower, 1)).any() and not np.asarray(np.tril(upper, -1)).any()
        assert (abs(lower) <= 2 ** 0.5 + 1e-6).all()       # LAPACK compares sums of both parts
        joined, upper = tr.linalg.lu(a, permute_l=True)
        fulfils(joined @ upper, a, norms(a), dtype, max(shape[-2:]))
        rows, lower, _ = tr.linalg.lu(a, p_indices=True)
        np.testing.assert_array_equal(np.take_along_axis(lower, rows[..., np.newaxis], -2), joined)


def transposed(a, way):
    return {"N": a, "T": a.swapaxes(-1, -2), "C": adjoint(a)}[way]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (20, 20), (4, 3, 3), (2, 2, 5, 5)], ids=str)
def test_equations_with_factors(shape, dtype):
    a = draw(shape, dtype)
    factors = tr.linalg.lu_factor(a)
    assert factors[1].dtype == np.intc
    for way, trans in (("N", 0), ("T", 1), ("C", 2)):
        for b in (draw((*shape[:-1], 3), dtype, 2), draw((shape[-1], 2), dtype, 3)):
            x = tr.linalg.lu_solve(factors, b, trans=trans)
            assert x.dtype == dtype
            fulfils(transposed(a, way) @ x, np.broadcast_to(b, x.shape), norms(a) * norms(x) * 10, dtype, shape[-1])
            for lower in (False, True):
                triangle = (np.tril if lower else np.triu)(a) + 3 * np.eye(shape[-1], dtype=dtype)
                given = triangle + (np.triu if lower else np.tril)(np.ones_like(a), 1 if lower else -1)   # not read
                for t in (trans, way):
                    x = tr.linalg.solve_triangular(given, b, trans=t, lower=lower)
                    fulfils(transposed(triangle, way) @ x, np.broadcast_to(b, x.shape), norms(a) * norms(x) * 10, dtype,
                            shape[-1])
                ones = (np.tril if lower else np.triu)(a, -1 if lower else 1) + np.eye(shape[-1], dtype=dtype)
                x = tr.linalg.solve_triangular(a, b, trans, lower, unit_diagonal=True)
                fulfils(transposed(ones, way) @ x, np.broadcast_to(b, x.shape), norms(ones) * norms(x), dtype,
                        shape[-1])
    vector = draw((shape[-1],), dtype, 4)
    np.testing.assert_allclose(np.asarray(tr.linalg.lu_solve(factors, vector)), np.linalg.solve(a, vector),
                               rtol=1e-3 if dtype in "fF" else 1e-10)
    assert tr.linalg.solve_triangular(a, vector).shape == shape[:-1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_exponential(dtype):
    """Against the sum of the series where that is exact enough, and by what the exponential fulfils."""
    eps = np.finfo(dtype).eps
    for shape in ((1, 1), (3, 3), (12, 12), (2, 3, 4, 4)):
        for scale in (0, 1e-3, 0.1, 0.5, 1, 3):
            a = draw(shape, dtype) * np.asarray(scale, dtype) / max(1, shape[-1] ** 0.5)
            wide = np.asarray(a, "D").reshape(-1, *shape[-2:])
            term = total = np.broadcast_to(np.eye(shape[-1]), wide.shape)
            for k in range(1, 60):
                term = term @ wide / k
                total = total + term
            x = tr.linalg.expm(a)
            assert type(x) is tr.Tensor and x.dtype == dtype and x.shape == a.shape
            scales = np.exp(np.asarray(np.linalg.norm(wide, 2, (-2, -1))))
            fulfils(np.asarray(x).reshape(wide.shape), total, scales, dtype, shape[-1])
    generator = np.array([[0, -100.0], [100, 0]], dtype)
    fulfils(tr.linalg.expm(generator), [[np.cos(100), -np.sin(100)], [np.sin(100), np.cos(100)]], 200, dtype, 2)
    assert np.isnan(tr.linalg.expm(np.full((2, 2), np.nan, dtype))).all()
    stack = np.array([np.eye(2), np.full((2, 2), np.inf), np.zeros((2, 2))], dtype)
    found = np.asarray(tr.linalg.expm(stack))
    np.testing.assert_allclose(found[0], np.e * np.eye(2), rtol=10 * eps)
    assert np.isnan(found[1]).all() and (found[2] == np.eye(2)).all()


def test_what_factors_refuse():
    linalg, error = tr.linalg, np.linalg.LinAlgError
    with pytest.warns(linalg.LinAlgWarning, match="Diagonal number 2 is exactly zero"):
        linalg.lu_factor([[1.0, 2], [2, 4]])
    with pytest.raises(error, match="resolution failed at diagonal 1"):
        linalg.solve_triangular([[1.0, 2], [0, 0]], [1.0, 2])
    factors = linalg.lu_factor([[1.0, 2], [2, 5]])
    eye = np.eye(2)
    for call in (
            lambda: linalg.lu([["a"]]),
            lambda: linalg.lu_factor([[1.0, np.nan]]),
            lambda: linalg.lu_factor([1.0]),
            lambda: linalg.solve_triangular([[1.0, 2]], [1.0]),
            lambda: linalg.solve_triangular(eye, [1.0, 2, 3]),
            lambda: linalg.solve_triangular(eye, 1.0),
            lambda: linalg.solve_triangular(eye, [1.0, 2], trans=3),
            lambda: linalg.solve_triangular(np.stack([eye] * 3), np.ones((2, 2, 1))),
            lambda: linalg.lu_solve(factors, [1.0, 2, 3]),
            lambda: linalg.lu_solve(factors, [1.0, np.inf]),
            lambda: linalg.lu_solve(factors, [1.0, 2], trans=5),
            lambda: linalg.lu_solve((np.ones((2, 3)), [0, 1]), [1.0]),
            lambda: linalg.lu_solve((factors[0], [0, 2]), [1.0, 2]),
            lambda: linalg.lu_solve((factors[0], [-1, 0]), [1.0, 2]),
            lambda: linalg.lu_solve((factors[0], [0]), [1.0, 2]),
            lambda: linalg.lu_solve((factors[0], [0.0, 1]), [1.0, 2])):
        with pytest.raises(ValueError):
            call()
    for values in ([[1.0, 2]], [1.0, 2], np.ones((2, 2, 3))):
        with pytest.raises(error):
            linalg.expm(values)
    for shape in ((0, 0), (3, 0, 0), (0, 2, 2)):
        a = np.zeros(shape)
        assert linalg.expm(a).shape == shape
        assert [x.shape for x in linalg.lu(a)] == [shape] * 3
        assert linalg.solve_triangular(a, np.zeros((*shape[:-1], 2))).shape == (*shape[:-1], 2)
        assert linalg.lu_solve(linalg.lu_factor(a), np.zeros((*shape[:-1], 2))).shape == (*shape[:-1], 2)
    assert linalg.lu_factor(np.zeros((2, 0)))[1].shape == (0,)
    assert linalg.expm([[1, 0], [0, 0]]).dtype == "d" and linalg.expm(0.0).shape == (1, 1)
