"""The table itself: complete, in NumPy's order, and read by everything that lists operations."""
from importlib.resources import files

import numpy as np
import pytest

import torsor
from torsor import ufuncs
from torsor._kernels import engine
from torsor._optable import ALL, CTYPES, FLOATS, OPS
from torsor.bench import suites

ADDED = [op for op in OPS if not hasattr(np, op.name)]
#: Ufuncs of NumPy's that are no element-wise operations on numbers.
OTHERS = {"matmul", "vecdot", "matvec", "vecmat", "isnat"}
each_row = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def numpys(types):
    """A signature of the table in NumPy's letters."""
    letters = {"q": np.dtype(np.int64).char, "Q": np.dtype(np.uint64).char}
    return "".join(letters.get(c, c) for c in types)


def test_every_ufunc_of_numpy_has_a_row():
    rows = {name for op in OPS for name in (op.name, *op.aliases)}
    known = {getattr(np, name, None) for name in rows}          # numexpr gives numpy.expm1 another name
    there = {name for name, value in vars(np).items() if isinstance(value, np.ufunc) and value not in known}
    assert there - rows == OTHERS


def test_names_are_unique():
    names = [name for op in OPS for name in (op.name, *op.aliases)]
    assert len(names) == len(set(names))
    operators = [op.operator for op in OPS if op.operator]
    assert len(operators) == len(set(operators))


@each_row
def test_row(op):
    assert op.doc.endswith(".") and op.nin in (1, 2, 3) and op.nout in (1, 2)
    assert set(op.types) <= set(ALL) | set("-> ") and set(op.native) <= set(ALL) and set(op.borrowed) <= set(FLOATS)
    assert len(op.grad) in (0, op.nin)
    assert not op.inplace or op.operator


@each_row
def test_types_stand_in_numpys_order(op):
    function = ufuncs.numpys(op.name)
    if function is None:
        return
    order = [function.types.index(numpys(types)) for types in op.types.split()]
    assert order == sorted(order)
    assert function.nin == op.nin and function.nout == op.nout


@each_row
def test_every_native_type_has_a_loop(op):
    for ins, out in op.signatures:
        if set(ins) <= set(op.native) and not set(ins) <= set(op.borrowed):
            assert (op.name, f"{ins}->{out}") in engine.native_loops()


def test_c_types_have_numpys_sizes():
    assert list(CTYPES) == list(ALL)
    assert [d.itemsize for d in engine.DTYPES] == [np.dtype(numpys(c)).itemsize for c in ALL]


@pytest.mark.parametrize("op", ADDED, ids=lambda op: op.name)
def test_a_row_is_all_that_an_operation_needs(op):
    function = getattr(torsor, op.name)
    assert isinstance(function, np.ufunc) and op.doc in function.__doc__
    assert op.name in torsor.__all__ and op.name in dir(torsor)
    assert f"\n{op.name}: numpy.ufunc\n" in (files("torsor") / "__init__.pyi").read_text()
    assert any(f"np.{op.name}(" in case.row.code for case in suites.cases(["elementwise"]))
