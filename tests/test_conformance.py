"""The harness that runs NumPy's own tests: what it swaps, and that nothing gets past its verdict.

Works on small test files and a stand-in for torsor, written to a temporary folder.
"""
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "conformance" / "run.py"

STANDIN = {
    "standin/__init__.py": """
import math

def zeros(shape):
    return "a tensor"

def hypot(x, y):
    raise TypeError("not here")
""",
    "standin/linalg.py": """
def norm(x):
    return "a norm"
""",
}

IMPORTS = """
import numpy as np
import numpy.linalg as la
import numpy._core.umath as umath
import numpy.fft
import pytest
import standin
from numpy import linalg, zeros, ones
from numpy.linalg import norm, inv
from numpy._core import zeros as private_zeros
from numpy._core.tests import _natype

real = __builtins__["__import__"].__self__._views["numpy"]._theirs

def test_public_names_are_the_namespaces():
    assert np.zeros is zeros is standin.zeros
    assert np.math is standin.math
    assert la.norm is norm is linalg.norm is np.linalg.norm is standin.linalg.norm

def test_names_it_lacks_are_numpys():
    assert np.ones is ones is real.ones
    assert inv is la.inv is real.linalg.inv
    assert numpy.fft.fft is np.fft.fft is real.fft.fft

def test_private_modules_are_numpys_but_for_public_objects():
    assert np._core.umath.__name__ == umath.__name__ == "numpy._core.umath"
    assert np._NoValue is real._NoValue
    assert umath.clip is real._core.umath.clip
    assert umath.hypot is standin.hypot
    assert private_zeros is standin.zeros

def test_imports_in_functions():
    from numpy import zeros as here
    import numpy.linalg
    assert here is numpy.zeros is standin.zeros
    scope = {}
    exec("import numpy", scope)
    assert scope["numpy"].zeros is standin.zeros

def test_errors_are_numpys():
    with pytest.raises(AttributeError, match="numpy"):
        np.no_such_name
    with pytest.raises(ImportError):
        from numpy import no_such_name

def test_assignment_reaches_numpy():
    np.extra_name = 1
    assert np.extra_name == real.extra_name == 1
    del np.extra_name
    assert not hasattr(np, "extra_name") and not hasattr(real, "extra_name")

def test_numpy_itself_is_left_alone():
    assert real.zeros is not standin.zeros
    assert real.testing.assert_equal.__globals__["np"] is real
"""

RELATIVE = """
from .test_a import np
from ._shared import zeros
import standin

def test_relative_import():
    assert np.zeros is zeros is standin.zeros
"""

OUTCOMES = """
import numpy as np
import pytest

def test_passes():
    assert np.ones(2).sum() == 2

def test_differs():
    assert np.zeros(2).sum() == 0

@pytest.mark.parametrize("n", [0, 1])
def test_family(n):
    assert np.hypot(n, 0) == n

def test_fails_with_numpy_too():
    assert np.zeros(2).sum() == 1

def test_skipped():
    pytest.skip("as NumPy says")

@pytest.mark.xfail
def test_xfailed():
    assert False

@pytest.mark.slow
def test_slow():
    assert np.zeros(2).sum() == 0

@pytest.fixture
def broken():
    yield
    assert np.zeros(2).sum() == 0

def test_teardown(broken):
    pass
"""

CRASHES = """
import os
import time
import pytest
import numpy as np

swapped = not isinstance(np.zeros(1), np.ndarray)

def test_before():
    pass

def test_aborts():
    if swapped:
        os.abort()

@pytest.mark.parametrize("status", [0, 3])
def test_exits(status):
    if swapped:
        os._exit(status)

def test_hangs():
    if swapped:
        time.sleep(600)

def test_after():
    pass
"""

UNCOLLECTED = """
import numpy as np
assert np.zeros(1).sum() == 0

def test_one():
    pass

def test_two():
    pass
"""

AT_EXIT = """
import atexit
import os
import numpy as np

if not isinstance(np.zeros(1), np.ndarray):
    atexit.register(os.abort)

def test_fine():
    pass
"""


PASSES = """
def test_a():
    pass

class TestB:
    def test_c(self):
        pass
"""

CONFTEST = """
def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes long")
"""


@pytest.fixture(scope="module")
def conform(tmp_path_factory):
    """Function that runs the harness on test files: its exit status, output, states by node id."""
    def conform(files, *options, known="", excluded=""):
        root = tmp_path_factory.mktemp("conform")
        written = {**STANDIN, "suite/conftest.py": CONFTEST,
                   "lists/known.toml": known, "lists/excluded.toml": excluded,
                   **{f"suite/{name}": text for name, text in files.items()}}
        for name, text in written.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        process = subprocess.run(
            [sys.executable, RUN, "--namespace", "standin", "--suite", root / "suite",
             "--lists", root / "lists", "--outcomes", root / "outcomes", *options],
            env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True)
        records = []
        if (root / "outcomes").exists():
            records = map(json.loads, (root / "outcomes").read_text().splitlines())
        states = {record["id"].removeprefix("a/tests/test_a.py::"): record["state"]
                  for record in records}
        return process.returncode, process.stdout + process.stderr, states

    return conform


def listed(name, *tests):
    return f"[[{name}]]\ntests = {json.dumps(tests)}\nreason = 'decided so'\n"


def test_imports_are_swapped(conform):
    status, output, states = conform({
        "__init__.py": "", "a/__init__.py": "", "a/tests/__init__.py": "",
        "a/tests/test_a.py": IMPORTS, "a/tests/_shared.py": "from numpy import zeros\n",
        "a/tests/test_relative.py": RELATIVE})
    assert status == 0, output
    assert len(states) == 8 and set(states.values()) == {"passed"}
    assert "8 passed, 0 failed, 0 skipped" in output.splitlines()[-1]


def test_assertions_are_rewritten(conform):
    body = "import numpy as np\ndef test_a():\n    assert np.zeros(1) == 2\n"
    status, output, _ = conform({"a/tests/test_a.py": body})
    assert status == 1
    assert "AssertionError: assert 'a tensor' == 2" in output


@pytest.fixture(scope="module")
def outcomes(conform):
    """Function that runs the harness on a file with every outcome, given known differences."""
    def outcomes(*known, options=()):
        known = listed("known", *(f"a/tests/test_a.py::{test}" for test in known))
        return conform({"a/tests/test_a.py": OUTCOMES}, *options, known=known)

    return outcomes


def test_an_unlisted_failure_fails(outcomes):
    status, output, states = outcomes("test_family", "test_teardown")
    assert status == 1
    assert output.count("FAILED") == 1
    assert ("FAILED a/tests/test_a.py::test_differs - "
            "AttributeError: 'str' object has no attribute 'sum'") in output
    assert "fails with NumPy too a/tests/test_a.py::test_fails_with_numpy_too" in output
    assert states == {
        "test_passes": "passed", "test_differs": "failed", "test_family[0]": "failed",
        "test_family[1]": "failed", "test_fails_with_numpy_too": "failed",
        "test_skipped": "skipped", "test_xfailed": "xfailed", "test_teardown": "failed"}
    assert "1 passed, 1 failed, 1 skipped, 5 xfailed, 0 xpassed in " in output.splitlines()[-1]


def test_the_ratio_bounds_the_known_differences(outcomes):
    status, output, _ = outcomes("test_family[*", "test_differs", "test_teardown")
    assert status == 1
    assert "FAILED" not in output
    assert "4 known differences, 1 failures which NumPy shares" in output
    assert "20.000% of what NumPy passes" in output


def test_a_listed_test_that_passes_fails(conform):
    known = listed("known", "a/tests/test_a.py::test_a", "a/tests/test_a.py::test_b")
    status, output, _ = conform({"a/tests/test_a.py": PASSES}, known=known)
    assert status == 1
    assert "PASSES BUT LISTED a/tests/test_a.py::test_a\n" in output
    assert "known.toml: a/tests/test_a.py::test_b matches no test" in output


def test_the_reference_is_numpy_alone(outcomes):
    status, output, states = outcomes("test_passes", options=["--reference", "--slow"])
    assert status == 1
    assert [test for test in states if states[test] == "failed"] == ["test_fails_with_numpy_too"]
    assert "6 passed, 1 failed, 1 skipped, 1 xfailed" in output


@pytest.mark.parametrize("options, namespace", [
    ([], "torsor"), (["--namespace", "standin"], "standin"), (["--reference"], "numpy")])
def test_torsor_takes_the_place_by_default(monkeypatch, options, namespace):
    monkeypatch.syspath_prepend(RUN.parent)
    monkeypatch.setattr(sys, "argv", ["run.py", *options])
    assert runpy.run_path(RUN)["arguments"]().namespace == namespace


def test_a_crash_costs_one_test(conform):
    status, output, states = conform({"a/tests/test_a.py": CRASHES}, "--timeout", "20")
    assert status == 1
    assert list(states.values()) == ["passed", "failed", "failed", "failed", "failed", "passed"]
    assert "FAILED a/tests/test_a.py::test_aborts - the process died of SIGABRT" in output
    assert "FAILED a/tests/test_a.py::test_exits[0] - the process ended with status 0" in output
    assert "FAILED a/tests/test_a.py::test_hangs - took longer than 20 s" in output
    assert "2 passed, 4 failed" in output


def test_a_file_that_cannot_be_imported_loses_its_tests(conform):
    status, output, _ = conform({"a/tests/test_a.py": UNCOLLECTED, "a/tests/test_b.py": PASSES})
    assert status == 1
    assert "FAILED a/tests/test_a.py - " in output
    assert "2 tests not collected" in output
    assert "40.000% of what NumPy passes" in output


def test_a_crash_at_exit_is_a_failure(conform):
    status, output, states = conform({"a/tests/test_a.py": AT_EXIT})
    assert status == 1
    assert states == {"test_fine": "passed", "a/tests/test_a.py": "failed"}
    assert "0 tests not collected" in output


def test_excluded_tests_do_not_run(conform):
    files = {f"{name}/tests/test_{name}.py": PASSES for name in "bcd"}
    excluded = listed("excluded", "b", "c/tests/test_c.py", "d/tests/test_d.py::TestB")
    status, _, states = conform(files, excluded=excluded)
    assert status == 0
    assert states == {"d/tests/test_d.py::test_a": "passed"}


def test_a_selection_of_files_and_tests(conform):
    files = {f"{name}/tests/test_{name}.py": PASSES for name in "bc"}
    _, _, states = conform(files, "c/tests", "-k", "test_a")
    assert list(states) == ["c/tests/test_c.py::test_a"]


def test_every_entry_of_a_list_has_a_reason(conform):
    known = "[[known]]\ntests = ['a']\nreason = ''\n"
    status, output, _ = conform({"a/tests/test_a.py": PASSES}, known=known)
    assert status == 1
    assert "ValueError: known.toml: an entry has `tests` and a `reason`" in output


def test_nothing_to_run_is_an_error(conform):
    status, output, _ = conform({"a/tests/test_a.py": PASSES}, "no_such_file")
    assert status == 1
    assert "no test file below" in output
