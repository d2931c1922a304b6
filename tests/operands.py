"""Operands for tests: memory layouts, the values that go wrong first, random draws.

How results are compared is differential.py's business.
"""
import numpy as np

#: Layouts that keep the shape, those that broadcast to it, and those that have no elements.
FULL = ("C", "F", "permuted", "strided", "negative", "zero", "constant", "unaligned", "field", "swapped",
        "readonly")
SMALLER = ("one", "row", "0-d")


def dtype_of(code: str) -> np.dtype:
    """The dtype of one of the table's type codes."""
    return np.dtype({"q": "int64", "Q": "uint64"}.get(code, code))


def lay_out(values, layout: str):
    """``values`` (three axes of two elements or more) as an array of the given memory layout."""
    if layout == "C":
        return np.array(values, order="C")
    if layout == "F":
        return np.array(values, order="F")
    if layout == "permuted":
        return np.array(values.transpose(1, 2, 0), order="C").transpose(2, 0, 1)
    if layout == "strided":
        store = np.zeros([2 * n + 1 for n in values.shape], values.dtype)
        store[1::2, 1::2, 1::2] = values
        return store[1::2, 1::2, 1::2]
    if layout == "negative":
        return np.array(values[::-1, :, ::-1], order="C")[::-1, :, ::-1]
    if layout == "zero":
        return np.broadcast_to(np.array(values[:, :1, :]), values.shape)
    if layout == "constant":
        return np.broadcast_to(np.array(values[0, 0, 0]), values.shape)
    if layout == "unaligned":
        store = np.zeros(values.nbytes + 1, np.uint8)
        array = np.ndarray(values.shape, values.dtype, buffer=store, offset=1)
        array[...] = values
        return array
    if layout == "field":
        size = values.itemsize
        store = np.zeros(values.shape, [("pad", values.dtype), ("value", values.dtype), ("rest", "u1", size)])
        store["value"] = values
        return store["value"]
    if layout == "swapped":
        return values.astype(values.dtype.newbyteorder())
    if layout == "readonly":
        array = np.array(values)
        array.flags.writeable = False
        return array
    if layout == "empty":
        return np.array(values[:, :0, :])
    if layout == "one":
        return np.array(values[:, :1, :])
    if layout == "row":
        return np.array(values[0, 0, :])
    if layout == "0-d":
        return np.array(values[0, 0, 0])
    raise ValueError(layout)


def wholes(dtype, shape=(2, 3, 4), seed=0):
    """Whole numbers below 100, of any type."""
    values = np.random.default_rng(seed).integers(0, 100, shape)
    return (values > 50 if dtype == "?" else values).astype(dtype)


_FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -2.5, 2.0, 3.0, 0.1, 7.25, 100.0, -1e-3, np.inf, -np.inf, np.nan]


def specials(code: str) -> np.ndarray:
    """The values of a type that go wrong first."""
    dtype = dtype_of(code)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.array([info.min, info.min + 1, 0, 1, 2, 3, 5, 7, 8, 64, 100, info.max // 2, info.max - 1, info.max]
                        + ([-1, -2, -7, -100] if dtype.kind == "i" else []), dtype)
    if dtype.kind == "f":
        info = np.finfo(dtype)
        return np.array([*_FLOATS, info.max, -info.max, info.tiny, info.smallest_subnormal,
                         -info.smallest_subnormal, info.tiny / 2, info.eps, info.max / 2], dtype)
    part = specials("f" if code == "F" else "d")[[0, 1, 2, 3, 5, 13, 14, 15, 16, 18]]
    values = np.empty((len(part), len(part)), dtype)
    values.real, values.imag = part[:, None], part
    return values.ravel()


def draws(op, code: str, shape, rng) -> np.ndarray:
    """Random inputs of one type in a row's domain."""
    dtype = dtype_of(code)
    low, high = op.domain
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        wide = (low, high) == (-4.0, 4.0)
        low, high = (-100, 100) if wide else (int(np.ceil(low)), int(high))
        return rng.integers(max(low, 0) if dtype.kind == "u" else low, high, shape, endpoint=True).astype(dtype)
    values = rng.uniform(low, high, shape)
    if dtype.kind == "c":
        values = values + 1j * rng.uniform(-1, 1, shape)
    return values.astype(dtype)
