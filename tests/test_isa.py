"""The table's own loops at every instruction-set level of this processor: the same results.

Each level runs in a process of its own; what a level computes is right or wrong in test_ufuncs.py.
"""
import numpy as np
import pytest

from differential import distance
from process import run
from torsor._kernels import LEVELS, cpu
from torsor._kernels.engine import native_loops
from torsor._optable import COMPLEXES, FLOATS, OPS

USABLE = LEVELS[: LEVELS.index(cpu.LEVEL) + 1]
ROWS = {op.name: op for op in OPS}

#: Every loop on special values, one with another, on random ones, contiguous and not; written to a file.
CODE = """
    import sys
    sys.path.insert(0, {tests!r})
    import numpy as np
    from operands import draws, specials
    from torsor._kernels import ISA, engine
    from torsor._optable import OPS
    from torsor.ufuncs import UFUNCS
    np.seterr(all="ignore")
    engine.set_borrowing(False)             # our loops also where NumPy's would be taken
    results, native = {{}}, engine.native_loops()
    for op in OPS:
        for ins, out in op.signatures:
            if (op.name, ins + "->" + out) not in native:
                continue
            rng = np.random.default_rng(len(results))
            grids = [np.ascontiguousarray(x.ravel()) for x in np.meshgrid(*map(specials, ins))]
            random = [draws(op, c, 1003, rng) for c in ins]
            cases = [grids, [x[::2] for x in grids], random, [x[::-3] for x in random], [x[:7] for x in random],
                     [random[0], *[x[:1] for x in random[1:]]], [*[x[5:6] for x in random[:-1]], random[-1]]]
            if ins[0] in op.checked:            # no negative exponents
                cases = [[x, y & np.iinfo(y.dtype).max] for x, y in cases]
            for k, case in enumerate(cases):
                value = UFUNCS[op.name](*case)
                for j, part in enumerate(value if op.nout > 1 else (value,)):
                    results[f"{{op.name}} {{ins}}->{{out}} {{k}} {{j}}"] = np.asarray(part)
    np.savez({path!r}, **results)
    print(ISA, len(native))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """``{level: {case: array}}``, and the number of loops of each level."""
    folder, found, loops = tmp_path_factory.mktemp("isa"), {}, {}
    for level in USABLE:
        path = str(folder / f"{level}.npz")
        isa, loops[level] = run(CODE.format(tests=__file__.rpartition("/")[0], path=path), TORSOR_ISA=level).split()
        assert isa == level
        found[level] = dict(np.load(path))
    return found, loops


def test_every_level_has_every_loop(results):
    found, loops = results
    assert len(set(loops.values())) == 1 and int(loops[USABLE[0]]) >= len(native_loops())
    cases = [set(found[level]) for level in USABLE]
    assert all(c == cases[0] for c in cases) and len(cases[0]) >= 7 * sum(
        name not in ("cast", "convert") for name, _ in native_loops())


@pytest.mark.parametrize("level", USABLE[:-1])
def test_levels_agree(results, level):
    """To the bit where the row is exact; within its error on both sides where it is not."""
    found, _ = results
    best = found[USABLE[-1]]
    for case, value in found[level].items():
        name, types, *_ = case.split()
        op, other = ROWS[name], best[case]
        nan = value != value
        assert (nan == (other != other)).all(), case
        with np.errstate(all="ignore"):
            differs = ~nan & ((value != other) | (np.signbit(value) != np.signbit(other)
                                                  if value.dtype.kind == "f" else False))
        if op.ulp_complex and types[0] in COMPLEXES:
            for part in (np.real, np.imag):
                assert (distance(part(value[differs]), part(other[differs]).astype(np.longdouble))
                        <= 2 * op.ulp_complex).all(), case
        elif op.ulp and types[0] in FLOATS:
            assert (distance(value[differs], other[differs].astype(np.longdouble)) <= 2 * op.ulp).all(), case
        else:
            assert not differs.any(), (case, value[differs][:3], other[differs][:3])


def test_a_level_that_is_not_there():
    with pytest.raises(AssertionError, match="TORSOR_ISA=v9: this processor runs"):
        run("import torsor", TORSOR_ISA="v9")
