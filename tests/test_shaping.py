"""Views, joins and arrangements of arrays, against NumPy's: values, strides, flags, errors, warnings, threads."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import NUMPY, TORSOR, same, same_code
from operands import FULL, lay_out, wholes

DTYPES = "?bBhHiIqQfdFDeO"
LAYOUTS = (*FULL, "empty", "one", "row", "0-d")


VIEWS = (
    "moveaxis(x, 0, 1)", "moveaxis(x, -1, 0)", "moveaxis(x, 0, -1)", "moveaxis(x, (0, 1), (1, 0))",
    "moveaxis(x, 5, 0)",
    "moveaxis(x, 0, 0)", "moveaxis(x, True, 0)", "moveaxis(x, 1.0, 0)", "moveaxis(x, source=0, destination=-1)",
    "rollaxis(x, 2)", "rollaxis(x, 0, 3)", "rollaxis(x, 1, -1)", "rollaxis(x, 1, 1)", "rollaxis(x, 0, 9)",
    "rollaxis(x, 7)",
    "rollaxis(x, -1, -9)", "rollaxis(x, 0, 2)", "rollaxis(x, 2, 1)", "swapaxes(x, 0, -1)", "swapaxes(x, 1, 1)",
    "swapaxes(x, 0, 3)", "swapaxes(x, 0, np.int64(1))", "swapaxes(x, 10**30, 0)", "transpose(x)",
    "transpose(x, (2, 0, 1))", "transpose(x, (0, 0, 1))", "transpose(x, (0, 1))", "transpose(x, [1, 0, 2])",
    "transpose(x, (-1, 0, 1))", "transpose(x, ())", "transpose(x, axes=None)", "expand_dims(x, 0)",
    "expand_dims(x, -1)",
    "expand_dims(x, 2)", "expand_dims(x, 9)", "expand_dims(x, (0, 2))", "expand_dims(x, (0, 0))",
    "expand_dims(x, [1, -1])",
    "expand_dims(x, (0, -1, 2))", "expand_dims(x, ())", "squeeze(x)", "squeeze(x, 1)", "squeeze(x, axis=-2)",
    "squeeze(x, axis=(1,))", "squeeze(x, 0)", "squeeze(xp.expand_dims(x, (0, 3)))",
    "squeeze(xp.expand_dims(x, 1), 1)",
    "atleast_1d(x)", "atleast_2d(x)", "atleast_3d(x)", "atleast_1d(x, 3.0)", "atleast_3d(x, x)", "atleast_2d()",
    "atleast_1d(2.5)", "atleast_2d([1, 2])", "flip(x)", "flip(x, 0)", "flip(x, -1)", "flip(x, (0, 1))", "flip(x, 3)",
    "flip(x, axis=None)", "fliplr(x)", "flipud(x)", "fliplr(m=x)", "rot90(x)", "rot90(x, 2)", "rot90(x, -1)",
    "rot90(x, 3, (0, 2))",
    "rot90(x, 4)", "rot90(x, 1, (1, 1))", "rot90(x, 1, (0, 3))", "rot90(x, 1, (1, -2))", "rot90(x, 1, [1, 0])",
    "rot90(x, k=1, axes=(-1, 0))", "rot90(x, 5.0)", "rot90(x, -10**30)", "ravel(x)", "ravel(x, 'C')",
    "ravel(x, 'F')", "ravel(x, 'K')",
    "ravel(x, order='A')", "ravel(x, 'Z')", "diagonal(x)", "diagonal(x, 1)", "diagonal(x, -1, 0, 2)",
    "diagonal(x, 0, 1, 1)",
    "diagonal(x, 0, 0, 5)", "diagonal(x, 10**20)", "diagonal(x, offset=2, axis1=-1, axis2=0)", "diagonal(x, 100)",
    "broadcast_to(x, (2, 3, 4))", "broadcast_to(x, (5, 2, 3, 4))", "broadcast_to(x, [1, 2, 3, 4])",
    "broadcast_to(x, 4)",
    "broadcast_to(x, (2, 3, -4))", "broadcast_to(x, ())", "broadcast_to(x, (2, 3, 5))",
    "broadcast_to(x, (0, 2, 3, 4))",
    "broadcast_to(x, (2**40, 2**40, 2, 3, 4))", "broadcast_to(x, (2, 3, 4), subok=True)",
    "broadcast_to(x, (np.int64(2), 3, 4))",
    "broadcast_to(x[:, :1], (2, 6, 4))",

    "reshape(x, -1)", "reshape(x, (4, 6))", "reshape(x, (4, -1))", "reshape(x, (5, -1))",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", VIEWS)
def test_views(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", [
    "x, x", "x, x[:1]", "x", "", "x, 1.0", "x, x[:1], subok=True", "x, xp.array([1, 2])", "x[0], x",
    "x, x[0], 3, x[:1, :1]"])
def test_broadcast_arrays(code, layout):
    def look(views):            # to ask for the flag that says writeable is to be warned
        return type(views), [(v.copy(), [s for s, n in zip(v.strides, v.shape) if n > 1 and v.size]) for v in views]

    same_code(f"look(xp.broadcast_arrays({code}))", lay_out(wholes("d"), layout), look=look)


@pytest.mark.parametrize("dtype", [*DTYPES, "M8[s]", "S3", "i4,f8"])
def test_views_of_every_dtype(dtype):
    x = np.zeros((2, 3), dtype) if dtype in ("S3", "i4,f8") else wholes("q", (2, 3)).astype(dtype)
    for code in ("moveaxis(x, 0, 1)", "expand_dims(x, 0)", "flip(x)", "rot90(x)", "ravel(x)", "diagonal(x)",
                 "broadcast_to(x, (2, 2, 3))", "atleast_3d(x)", "squeeze(x)", "swapaxes(x, 0, 1)"):
        same_code(f"xp.{code}", x)


def test_views_share_memory_and_writeability():
    x = torsor.arange(24.0).reshape(2, 3, 4)
    for code in ("moveaxis(x, 0, 1)", "expand_dims(x, 0)", "flip(x, 0)", "rot90(x)", "swapaxes(x, 0, 1)",
                 "squeeze(x)", "transpose(x)", "ravel(x)", "broadcast_to(x, (5, 2, 3, 4))", "atleast_3d(x[0])"):
        view = eval(f"torsor.{code}", {"torsor": torsor, "x": x})
        assert np.shares_memory(view, x) and type(view) is torsor.Tensor
    assert torsor.squeeze(x) is x and torsor.atleast_2d(x) is x and torsor.broadcast_arrays(x, x)[0] is x
    view = torsor.flip(np.arange(3))
    view[0] = 9
    assert view.base[2] == 9
    with pytest.raises(ValueError, match="read-only"):
        torsor.broadcast_to(x, (5, 2, 3, 4))[0] = 1


def test_broadcast_arrays_warn_when_they_are_written_to():
    def write(xp, x, y):
        one, other = xp.broadcast_arrays(x, y)
        one[0] = 3
        return one, other

    assert same_code("write(xp, x, y)", wholes("d", (3,)), wholes("d", (2, 3)), write=write) is not None


JOINS = (
    "concatenate((x, y))", "concatenate((x, y), 1)", "concatenate((x, y), axis=-1)", "concatenate((x, y), None)",
    "concatenate((x, y), 3)", "concatenate([x, y, x])", "stack((x, y))", "stack((x, y), 1)", "stack((x, y), axis=-1)",
    "stack([x, y], 3)", "stack((x, y), 4)", "stack((x, y), -4)", "stack(())", "stack((x, y[:1]))",
    "stack((x, y), dtype='f')",
    "stack((x, y), casting='no')", "stack(x)", "stack((x, y), out=xp.array(np.zeros((2, *x.shape))))",
    "stack(iter([x]))",
    "vstack((x, y))", "vstack([x[0], y[0]])", "vstack((x[0], y))", "vstack((x, y), dtype='f')", "vstack(())",
    "vstack(x)",
    "vstack((x, y[:, :1]))", "hstack((x, y))", "hstack((x[0], y[0]))", "hstack((x, y[..., :1]))", "hstack((x, 1))",
    "hstack((x.ravel(), y.ravel()))", "hstack((x[0, 0], y[0]))", "hstack((x, y), casting='unsafe')", "dstack((x, y))",
    "dstack((x[0], y[0]))", "dstack((x[0, 0], y[0, 0]))", "dstack((x, y[0]))", "dstack([x[..., :2], y])",
    "column_stack((x, y))", "column_stack((x[0, 0], y[0, 0]))", "column_stack((x[0], y[0][:, 0]))",
    "column_stack(())",
    "append(x, y)", "append(x, y, 0)", "append(x, y, axis=1)", "append(x, 1.0)", "append(x, 1)", "append(x, [1, 2])",
    "append(x, y[0])", "append(x, y, 5)", "append(x.ravel(), y)",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "zero", "unaligned", "swapped", "empty"])
@pytest.mark.parametrize("code", JOINS)
def test_joins(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout), lay_out(wholes("d", seed=1), layout))


@pytest.mark.parametrize("dtype", DTYPES)
def test_joins_of_every_dtype(dtype):
    for code in ("stack((x, y), -1)", "vstack((x, y))", "hstack((x[0], y[0]))", "dstack((x, y))", "append(x, y)",
                 "column_stack((x[0], y[0]))", "append(x, 1)", "append(x, 1.5)", "stack((x, z))", "append(x, z)"):
        same_code(f"xp.{code}", wholes(dtype, (4, 5)), wholes(dtype, (4, 5), 1), wholes("q", (4, 5), 2))


def test_joins_of_vectors_and_points():
    for code in ("vstack((x, y))", "hstack((x, y))", "dstack((x, y))", "column_stack((x, y))", "stack((x, y))",
                 "append(x, y)"):
        for shape in ((), (0,), (1,), (5,)):
            same_code(f"xp.{code}", wholes("d", shape), wholes("d", shape, 1))
    many = [wholes("i", (3,), k) for k in range(100)]
    same(lambda xp: (xp.stack([xp.array(m) for m in many]), xp.hstack([xp.array(m) for m in many[:63]])))


ARRANGED = (
    "tile(x, 1)", "tile(x, 3)", "tile(x, (2, 1, 3))", "tile(x, (2, 2))", "tile(x, (2, 1, 1, 1, 2))",
    "tile(x, [3, 2, 1])", "tile(x, 0)",
    "tile(x, -1)", "tile(x, ())", "tile(x, (1, 2.0))", "tile(x, np.array([2, 1, 1]))", "tile(A=x, reps=2)",
    "tile(3, 2)",
    "tile(x, (1,) * 9)", "roll(x, 1)", "roll(x, -5)", "roll(x, 0)", "roll(x, 1000)", "roll(x, 1, 0)",
    "roll(x, 2, axis=-1)", "roll(x, -1, 1)",
    "roll(x, (1, 2), (0, 2))", "roll(x, (1, 1, -3), (2, 2, 0))", "roll(x, 1, (0, 1))", "roll(x, (1, 2), 0)",
    "roll(x, 1, 3)", "roll(x, 1.5)",
    "roll(x, (1, 2))", "roll(x, np.int64(2), 0)", "roll(x, (5, -7, 2), (1, 1, 1))", "roll(x, 10**30)",
    "roll(x, (1, 2), (0, 5))",
    "roll(x, (0, 1), (2, 2))", "roll(x, (1, 2), (0, 1, 2))", "pad(x, 1)", "pad(x, (1, 2))",
    "pad(x, [(1, 0), (0, 2), (3, 3)])", "pad(x, 0)",
    "pad(x, ((1, 2),))", "pad(x, -1)", "pad(x, 1.5)", "pad(x, ((1, 2), (3, 4)))", "pad(x, 2, constant_values=7)",
    "pad(x, 2, mode='constant', constant_values=1.5)",
    "pad(x, 1, constant_values=(3, 4))", "pad(x, 1, 'constant', constant_values=np.nan)", "pad(x, {0: 1})",
    "pad(x, 2, 'edge')",
    "pad(x, (0, 3), mode='edge')", "pad(x, 1, mode='reflect')", "pad(x, 2, 'reflect')", "pad(x, 9, 'reflect')",
    "pad(x, 50, 'reflect')",
    "pad(x, 3, 'symmetric')", "pad(x, (7, 0), 'symmetric')", "pad(x, (0, 11), 'symmetric')", "pad(x, 2, 'wrap')",
    "pad(x, (5, 9), 'wrap')",
    "pad(x, ((0, 0), (0, 0), (4, 3)), 'wrap')", "pad(x, 1, 'nonsense')", "pad(x, 0, 'nonsense')",
    "pad(x, 1, 'edge', constant_values=1)",
    "pad(x, 1, 'reflect', reflect_type='odd')",
    "pad(x, 1, 'maximum')", "pad(x, 1, 'linear_ramp', end_values=3)", "pad(x, 1, 'empty').shape",
    "pad(x, ((0, 0), (1, 1), (0, 0)), 'reflect')",
    "pad(x, 1, lambda v, w, i, k: None)", "pad(x, ((0, 0), (0, 0), (2, 0)), 'symmetric')", "pad(x, (0, 0), 'wrap')",
    "pad(x, 10**20)",
    "repeat(x, 2)", "repeat(x, 3, 0)", "repeat(x, 2, axis=-1)", "repeat(x, 0)", "repeat(x, -1)", "repeat(x, 2.0)",
    "repeat(x, [1, 2], 0)",
    "repeat(x, xp.array([1, 0, 2]), 1)", "repeat(x, xp.array([1, -1, 2]), 1)",
    "repeat(x, xp.array([1.0, 2.0, 1.0]), 1)", "repeat(x, xp.array([1, 2]))", "repeat(x, 2, 3)",
    "repeat(x, 10**30)", "repeat(x, 1)", "repeat(4, 3)", "repeat(x, xp.array(3), 1)", "repeat(x, (1, 1, 3, 2), 2)",
    "repeat(x, 2, None)",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "zero", "unaligned", "swapped", "empty", "one", "row",
"0-d"])
@pytest.mark.parametrize("code", ARRANGED)
def test_arranged(code, layout):
    same_code(f"xp.{code}", lay_out(wholes("d"), layout))


@pytest.mark.parametrize("dtype", DTYPES)
def test_arranged_of_every_dtype(dtype):
    for code in ("tile(x, (2, 3))", "roll(x, 3)", "roll(x, 1, 1)", "pad(x, 2)", "pad(x, 2, constant_values=1)",
                 "repeat(x, 3, 1)",
                 "pad(x, 2, constant_values=300)", "pad(x, 2, constant_values=True)", "pad(x, 3, 'reflect')",
                 "repeat(x, 2)",
                 "pad(x, 1, constant_values=2.7)", "pad(x, 2, 'edge')", "repeat(x, 2, 0)"):
        same_code(f"xp.{code}", wholes(dtype, (4, 5)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=3),
       st.sampled_from(("constant", "edge", "reflect", "symmetric", "wrap")), st.sampled_from("?hid"))
def test_padding_of_any_width(axes, mode, dtype):
    x = wholes(dtype, tuple(n for n, _, _ in axes))
    same_code("xp.pad(x, widths, mode)", x, widths=tuple((before, after) for _, before, after in axes), mode=mode)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4), st.integers(-9, 9),
       st.integers(-9, 9), st.sampled_from("bfD"))
def test_tiling_and_rolling_of_any_shape(axes, one, other, dtype):
    x = wholes(dtype, tuple(n for n, _ in axes))
    same_code("xp.tile(x, reps)", x, reps=tuple(k for _, k in axes))
    same_code("xp.roll(x, (one, other), (0, -1))", x, one=one, other=other)
    same_code("xp.roll(x, one)", x, one=one)


@pytest.mark.parametrize("code", ["tile(x, 2**39 + 1)", "tile(x, (2**20, 2**40))", "repeat(x, 2**36)",
                                  "resize(x, 2**62)", "pad(x, 2**40)"])
def test_lengths_beyond_memory(code):
    same_code(f"xp.{code}", np.zeros(2**25, bool))


@pytest.mark.parametrize("code", ["repeat(x, 2**39 + 1)", "repeat(x, 2**39 + 1, 0)", "repeat(x[:4], 2**62)",
                                  "repeat([1, 2], 2**63 - 1)", "repeat(x[::2], 2**62, -1)"])
def test_repeats_of_which_numpy_crashes(code):
    with pytest.raises(ValueError, match="more than an array can hold"):
        eval(f"torsor.{code}", {"torsor": torsor, "x": torsor.zeros(2**25, bool)})


GRIDS = ("meshgrid(x, y)", "meshgrid(x, y, indexing='ij')", "meshgrid(x)", "meshgrid(x, y, x)",
    "meshgrid(x, y, x, indexing='ij')", "meshgrid()",
         "meshgrid(x, y, sparse=True)", "meshgrid(x, y, copy=False)[0].copy()", "meshgrid(x, y, indexing='no')",
         "meshgrid(x, 3)",
         "meshgrid(x, [1, 2])", "meshgrid(x[:0], y)", "meshgrid(x[::2], y)", "meshgrid(x.reshape(2, 3), y)")


@pytest.mark.parametrize("dtype", "?hqfD")
@pytest.mark.parametrize("code", GRIDS)
def test_grids(code, dtype):
    same_code(f"xp.{code}", wholes(dtype, (6,)), wholes("d", (5,)))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    x, row = wholes("d", (700, 300)), wholes("i", (200_000,))
    with torsor.threads(threads):
        for code in ("tile(x, (2, 3))", "roll(x, (5, -70), (0, 1))", "pad(x, 9, 'symmetric')",
                     "pad(x, ((3, 0), (0, 0)), 'wrap')",
                     "repeat(x, 3, 0)", "repeat(x, 2)", "stack((x, x), -1)", "vstack((x, x))", "hstack((x, x, x))",
                     "append(x, x)",
                     "meshgrid(x[0], x[:, 0].copy())", "meshgrid(x[0], x[0, :7], x[1, :90], indexing='ij')"):
            same_code(f"xp.{code}", x)
        for code in ("tile(x, 3)", "tile(x[:7], 60000)", "roll(x, 12345)", "pad(x, (100, 70000), 'wrap')",
                     "pad(x, 150000, 'reflect')",
                     "pad(x, 150000, 'edge')", "pad(x[:5], 300000, 'wrap')", "repeat(x, 3)", "stack((x, x, x), 1)",
                     "tile(x, (2, 1, 2))"):
            same_code(f"xp.{code}", row)


CLASSES = {
    "matrix": lambda x: np.asmatrix(x),
    "masked": lambda x: np.ma.array(x, mask=x > 50),
    "subclass": lambda x: x.view(type("Sub", (np.ndarray,), {})),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", CLASSES)
def test_other_classes_stay_what_they_are(kind):
    x = CLASSES[kind](wholes("d", (4, 4)))
    for code in ("moveaxis(x, 0, 1)", "expand_dims(x, 0)", "flip(x)", "ravel(x)", "squeeze(x)", "tile(x, 2)",
                 "roll(x, 1)", "repeat(x, 2)",
                 "pad(x, 1)", "stack((x, x))", "vstack((x, x))", "append(x, x)", "atleast_3d(x)",
                 "broadcast_to(x, (2, 4, 4), subok=True)",
                 "rot90(x)", "diagonal(x)", "transpose(x)", "meshgrid(x, x)"):
        ours, theirs = (_outcome(face, code, x) for face in (TORSOR, NUMPY))
        assert type(ours) is type(theirs) or (isinstance(ours, torsor.Tensor) and type(theirs) is np.ndarray), code
        if isinstance(theirs, np.ndarray):
            assert ours.shape == theirs.shape and np.array_equal(np.asarray(ours), np.asarray(theirs)), code


def _outcome(face, code, x):
    try:
        return eval(f"xp.{code}", {"xp": face, "x": x})
    except Exception as error:
        return type(error)


COPIES = ("x.copy()", "x.copy('F')", "x.copy('K')", "x.T.copy()", "x.ravel()", "x.ravel('F')", "x.T.ravel()",
"x.copy(order='A')",
          "x.copy('Z')", "x.ravel('Z')", "xp.ascontiguousarray(x)", "xp.asfortranarray(x)",
          "xp.ascontiguousarray(x.T)",
          "xp.asfortranarray(x.T)", "xp.ascontiguousarray(x, 'f')", "xp.ascontiguousarray(x, dtype=int)",
          "xp.asfortranarray([1, 2])",
          "xp.ascontiguousarray(3.0)", "xp.ascontiguousarray(x, like=3)", "xp.ravel(x.T)", "x.swapaxes(0, 1).copy()",
          "x[..., ::-1].copy()", "x[::-2].copy()", "x[:, 1:2].copy()")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", COPIES)
def test_copies(code, layout):
    same_code(code, lay_out(wholes("d"), layout))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("shape", [
    (200, 300), (1, 65537), (65, 7, 129), (3, 300, 2, 65), (70000, 2), (2, 70000), (257, 1, 513)])
def test_large_copies(shape, threads):
    x = wholes("d", shape)
    with torsor.threads(threads):
        for dtype in "?hfdD" if threads == 2 else "d":
            for code in ("x.copy()", "x.copy('F')", "x.T.copy()", "x.ravel()", "xp.asfortranarray(x)",
                         "xp.ascontiguousarray(x.T)",
                         "x[..., ::-1].copy()", "x[::2].T.copy()", "xp.broadcast_to(x, (2, *x.shape)).copy()",
                         "xp.moveaxis(x, 0, -1).copy()", "x.T.ravel()"):
                same_code(code, x.astype(dtype))
