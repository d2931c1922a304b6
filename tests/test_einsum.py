"""einsum and tensordot against NumPy: small whole numbers, for which every order of summation gives the same."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor as tr
from differential import NUMPY, TORSOR, observe, words

SIZES = {"a": 2, "b": 3, "c": 4, "d": 9, "e": 1}
DTYPES = "fdqbDF?"


def agree(body, *args):
    """The same value, type, dtype, shape, error and warnings under both."""
    ours, numpys = observe(TORSOR, body, args), observe(NUMPY, body, args)
    assert type(ours.error) is type(numpys.error), f"{ours.error!r} for {numpys.error!r}"
    if numpys.error is not None:
        assert words(ours.error) == words(numpys.error)
        return
    assert [w[:2] for w in ours.warnings] == [w[:2] for w in numpys.warnings]
    mine, its = ours.value, numpys.value
    assert type(mine) is (tr.Tensor if isinstance(its, np.ndarray) else type(its))
    assert mine.dtype == its.dtype and mine.shape == its.shape
    np.testing.assert_array_equal(np.asarray(mine), its)


def operand(term, dtype, seed=0):
    rng = np.random.default_rng([seed, len(term)])
    return np.asarray(rng.integers(-3, 4, [SIZES[s] for s in term])).astype(dtype)


@st.composite
def sums(draw):
    """Subscripts and the types of the operands."""
    terms = draw(st.lists(st.text("abcde", max_size=4), min_size=1, max_size=4))
    if draw(st.booleans()):             # mostly without repeated subscripts
        terms = ["".join(dict.fromkeys(term)) for term in terms]
    letters = sorted(set("".join(terms)))
    result = "".join(draw(st.permutations(letters))[:draw(st.integers(0, len(letters)))])
    explicit = draw(st.booleans())
    return ",".join(terms) + ("->" + result) * explicit, [draw(st.sampled_from(DTYPES)) for _ in terms]


@settings(max_examples=400, deadline=None)
@given(sums(), st.booleans())
def test_einsum(chosen, optimize):
    subscripts, dtypes = chosen
    terms = subscripts.partition("->")[0].split(",")
    operands = [operand(term, dtype, k) for k, (term, dtype) in enumerate(zip(terms, dtypes))]
    if "?" in dtypes and optimize:      # NumPy's own result depends on the way
        optimize = False
    agree(lambda xp, *x: xp.einsum(subscripts, *x, optimize=optimize), *operands)


LAYOUTS = {
    "C": lambda a: a,
    "F": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(a, 2, -1)[..., ::2],
    "negative": lambda a: np.array(a[::-1])[::-1],
    "zero": lambda a: np.broadcast_to(a[:1], a.shape),
    "unaligned": lambda a: np.ndarray(a.shape, a.dtype, buffer=b"\0" + a.tobytes(), offset=1),
    "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("subscripts", ["dc,cd->cd", "dc,cb->db", "dc,cb->bd", "dc,dc->d", "dc,dc->", "dcb,dca->dba",
                                        "dcb,bca->ad", "dc,ab->abcd", "dcb,dc->db", "dc,c", "dc", "dc->c", "dc->cd",
                                        "dc,cb,ba->da", "dc,cb,ba,da->", "dc,dc,dc->c"])
def test_layouts(subscripts, layout):
    for dtype in "fdqD":
        operands = [LAYOUTS[layout](operand(term, dtype, k))
                    for k, term in enumerate(subscripts.partition("->")[0].split(","))]
        agree(lambda xp, *x: xp.einsum(subscripts, *x), *operands)


@pytest.mark.parametrize("body", [
    lambda xp, a, b: xp.einsum("ab,bc", a, b),
    lambda xp, a, b: xp.einsum(" a b , b c -> a c ", a, b),
    lambda xp, a, b: xp.einsum("...b,bc", a, b),
    lambda xp, a, b: xp.einsum(a, [0, 1], b, [1, 2], [0, 2]),
    lambda xp, a, b: xp.einsum("ab,bc", a, b, dtype="F"),
    lambda xp, a, b: xp.einsum("ab,bc", a, b, out=xp.array(np.zeros((2, 4)))),
    lambda xp, a, b: xp.einsum("ab,bc", a, b, order="F"),
    lambda xp, a, b: xp.einsum("ab,bc", a, b, casting="no"),
    lambda xp, a, b: xp.einsum("ab,bc,cd->ad", a, b, b.T, optimize=["einsum_path", (0, 1), (0, 1)]),
    lambda xp, a, b: xp.einsum("ab,bc,cd->ad", a, b, b.T, optimize="optimal"),
    lambda xp, a, b: xp.einsum("ab,bc,cd->ad", a, b, b.T, optimize="nothing"),
    lambda xp, a, b: xp.einsum("ab,bc", a, [[1.0], [2.0], [3.0]]),
    lambda xp, a, b: xp.einsum("ab,", a, 2.0),
    lambda xp, a, b: xp.einsum("ab,bc", a.astype("e"), b.astype("e")),
    lambda xp, a, b: xp.einsum("ab,bc", a.astype("g"), b),
    lambda xp, a, b: xp.einsum("ab,bc", a[:0], b),
    lambda xp, a, b: xp.einsum("ab,bc", a[:, :0], b[:0]),
    lambda xp, a, b: xp.einsum("ab->", a[:0]),
    # what is wrong
    lambda xp, a, b: xp.einsum("ab,bc", a, b.T),
    lambda xp, a, b: xp.einsum("ab,bc", a),
    lambda xp, a, b: xp.einsum("ab", a, b),
    lambda xp, a, b: xp.einsum("abc,bc", a, b),
    lambda xp, a, b: xp.einsum("ab,bc->ax", a, b),
    lambda xp, a, b: xp.einsum("ab,bc->aa", a, b),
    lambda xp, a, b: xp.einsum("a1,bc->ab", a, b),
    lambda xp, a, b: xp.einsum("ab,bc->a->b", a, b),
    lambda xp, a, b: xp.einsum("ab,bc", a, b.astype(str)),
    lambda xp, a, b: xp.einsum(),
    lambda xp, a, b: xp.einsum("ab"),
    lambda xp, a, b: xp.einsum(b"ab,bc", a, b),
    lambda xp, a, b: xp.einsum("ab,bc,cd", a, b, b),
    lambda xp, a, b: xp.einsum("ab,bc", a, b, nothing=1),
])
def test_unusual_calls(body):
    agree(body, np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4))


def test_broadcasting_of_ones():
    for x, y in (((1, 3), (3, 4)), ((2, 1), (3, 4)), ((2, 3), (1, 4))):
        agree(lambda xp, a, b: xp.einsum("ab,bc->ac", a, b), np.ones(x), np.ones(y))


def test_views_stay_views():
    a = tr.array(np.arange(9.0).reshape(3, 3))
    for subscripts in ("ab->ba", "aa->a", "ab->ab"):
        view = tr.einsum(subscripts, a)
        assert np.shares_memory(view, a) and view.flags.writeable


def test_many_operands_do_not_grow():
    """Contracted one after the other: all at once these would be 10**13 products."""
    a = tr.array(np.full((20, 20), 0.05))
    letters = "abcdefghijk"
    subscripts = ",".join(letters[k:k + 2] for k in range(10)) + "->ak"
    np.testing.assert_allclose(np.asarray(tr.einsum(subscripts, *[a] * 10)), np.full((20, 20), 0.05))


def test_sums_are_of_the_type_of_all_operands():
    """As NumPy's they do not wrap around in a narrower one, nor lose digits, unless operands are taken in pairs."""
    for dtypes in ("bd", "hqd", "bhq", "fd", "ffd", "iD"):
        for subscripts in ("ab,cd->", "ab,c->a", "ab,bc->ac", "ab,bc,cd->ad", "ab,bc,cd->", "ab,bc,cd,de->ae"):
            terms = subscripts.partition("->")[0].split(",")
            sizes = dict.fromkeys("abcde", 13)
            operands = [np.full([sizes[s] for s in term], 100 / 7, "d").astype(dtypes[min(k, len(dtypes) - 1)])
                        for k, term in enumerate(terms)]
            for optimize in (False, True):
                ours, numpys = (observe(face, lambda xp, *x, s=subscripts, o=optimize: xp.einsum(s, *x, optimize=o),
                                        operands).value for face in (TORSOR, NUMPY))
                assert ours.dtype == numpys.dtype and ours.shape == numpys.shape
                tolerance = 1e-5 if optimize or ours.dtype == "f" else 1e-13
                np.testing.assert_allclose(np.asarray(ours), np.asarray(numpys), rtol=tolerance)


def test_overflow_is_reported():
    for dtype in "fd":
        a = np.full((3, 3), np.finfo(dtype).max)
        for subscripts in ("ab,ab->ab", "ab->a", "ab->"):
            operands = [a] * len(subscripts.partition("->")[0].split(","))
            ours, numpys = (observe(face, lambda xp, *x, s=subscripts: xp.einsum(s, *x), operands)
                            for face in (TORSOR, NUMPY))
            np.testing.assert_array_equal(np.asarray(ours.value), np.asarray(numpys.value))


AXES = (0, 1, 2, (0, 0), (1, 0), ([0], [1]), ([0, 1], [1, 0]), ((0, -1), (0, 1)), ([], []), ([1], [-1]),
        (np.int64(1), 0))


@pytest.mark.parametrize("dtype", "fdqbD?e")
@pytest.mark.parametrize("axes", AXES, ids=str)
def test_tensordot(axes, dtype):
    for term, other in (("dd", "dd"), ("bcd", "cdb"), ("ab", "ba"), ("dcba", "abcd"), ("d", "d")):
        a, b = operand(term, dtype), operand(other, dtype, 1)
        agree(lambda xp, a, b: xp.tensordot(a, b, axes), a, b)
        agree(lambda xp, a, b: xp.tensordot(a, b.T, axes=axes), a, b.T)
        agree(lambda xp, a, b: xp.linalg.tensordot(a, b, axes=axes), a, b)


@pytest.mark.parametrize("axes", [3, -1, ([0, 0], [0, 0]), ([0], [0, 1]), (5, 0), 1.5, "ab", None, ([0],),
                                  ([1.5], [0])], ids=str)
def test_tensordot_refuses(axes):
    agree(lambda xp, a, b: xp.tensordot(a, b, axes), np.ones((2, 3)), np.ones((3, 2)))


def test_empty_tensordot():
    for x, y in (((0, 3), (3, 2)), ((2, 0), (0, 2)), ((2, 3), (3, 0))):
        agree(lambda xp, a, b: xp.tensordot(a, b, 1), np.ones(x), np.ones(y))


def test_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(0)
    a = tr.array(rng.random((40, 50, 60)))
    for subscripts in ("abc,adc->abd", "abc,abc->", "abc,abc->a", "abc->b", "abc,adc,aec->bde"):
        found = []
        for n in (1, 2, 3, 8):
            with tr.threads(n):
                found.append(tr.einsum(subscripts, *[a] * len(subscripts.partition("->")[0].split(","))).tobytes())
        assert all(x == found[0] for x in found)
