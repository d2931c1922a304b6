"""The native backend: picks, once at import, the loops that this processor can run.

``TORSOR_ISA`` (v2, v3, v4 on x86-64; base elsewhere) forces a level.
"""
import os
import sys
from importlib import import_module

HINT = ("torsor's compiled kernels could not be loaded ({}). In a source checkout run `pip install .` and "
        "leave the checkout's directory; an installed torsor is incomplete or damaged: reinstall it with "
        "`pip install --force-reinstall torsor`.")

# Idle OpenMP threads of GNU's runtime spin for milliseconds before they sleep; on a busy machine they then
# lose the processor just when work arrives, and a call waits tens of milliseconds for them.  The runtime
# reads this once, when it is loaded; what the user says comes first.
_SPIN = {"GOMP_SPINCOUNT": "20000"}
if {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ):
    _SPIN = {}

os.environ.update(_SPIN)
try:
    from . import (
        arranging,
        assignment,
        bisection,
        choices,
        conversions,
        copy,
        counting,
        covariance,
        cpu,
        creation,
        curves,
        differences,
        engine,
        face,
        gather,
        joining,
        lapack,
        operators,
        reduce,
        selection,
        sets,
        sorting,
        stack,
        storage,
        tensor,
        threads,
        values,
        views,
    )
except ImportError as error:
    raise ImportError(HINT.format(error)) from error
finally:
    for _name in _SPIN:
        del os.environ[_name]

FAMILIES = ("arithmetic", "comparison", "bits", "division", "power", "math", "activation", "cast")
LEVELS = ("v2", "v3", "v4") if cpu.LEVEL != "base" else ("base",)


def pick_level() -> str:
    """The instruction-set level to run: what TORSOR_ISA says, else the processor's best."""
    if cpu.LEVEL == "none":
        raise ImportError("torsor needs a processor with SSE4.2 and POPCNT (x86-64-v2)")
    usable = LEVELS[: LEVELS.index(cpu.LEVEL) + 1]
    wanted = os.environ.get("TORSOR_ISA") or usable[-1]
    if wanted not in usable:
        raise ImportError(f"TORSOR_ISA={wanted}: this processor runs {', '.join(usable)}")
    return wanted


ISA = pick_level()
# NumPy's wheels for Linux on x86-64 bring hand-tuned vector loops for processors with AVX-512.
engine.set_borrowing(cpu.LEVEL == "v4" and ISA == "v4" and sys.platform == "linux")
#: Whether NumPy's sorts are taken: those for AVX2 are faster than digits, those for AVX-512 seldom.
BORROWS_SORTS = cpu.LEVEL == "v3" and sys.platform == "linux"
sorting.set_borrowing(BORROWS_SORTS)
for _family in FAMILIES:
    try:
        engine.add_loops(import_module(f"{__name__}._loops_{_family}_{ISA}").TABLE)
    except ImportError as error:
        raise ImportError(HINT.format(error)) from error
try:
    reduce.add_kernels(import_module(f"{__name__}._reductions_{ISA}").TABLE)
    stack.add_kernels(import_module(f"{__name__}._integers_{ISA}").TABLE)
    lapack.add_kernels(import_module(f"{__name__}._eliminations_{ISA}").TABLE)
    _searches = import_module(f"{__name__}._searches_{ISA}").TABLE
    for _module in (selection, bisection, counting, sets):
        _module.add_kernels(_searches)
    assignment.add_operations(import_module(f"{__name__}._indexed").TABLE)
    _lines = import_module(f"{__name__}._lines_{ISA}").TABLE
    for _user in (assignment, curves, gather, values):
        _user.add_kernels(_lines)
except ImportError as error:
    raise ImportError(HINT.format(error)) from error
