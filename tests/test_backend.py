"""What an incomplete, damaged or unbuilt torsor says when it is imported."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import torsor
from torsor._kernels import ISA, LEVELS, cpu, engine

PYTHON_FILES = Path(torsor.__file__).parent
COMPILED_FILES = Path(cpu.__file__).parent


@pytest.fixture
def package(tmp_path):
    """A copy of the installed package that may be damaged; ``attempt`` imports it."""
    target = tmp_path / "torsor"
    unneeded = shutil.ignore_patterns("datasets", "__pycache__", "*.pyx*", "_openblas")
    shutil.copytree(PYTHON_FILES, target, ignore=unneeded)
    for file in COMPILED_FILES.iterdir():
        if file.suffix in (".so", ".pyd"):
            shutil.copy(file, target / "_kernels")
    libraries = PYTHON_FILES.with_name("torsor.libs")   # beside a wheel that runs on other machines
    if libraries.exists():
        shutil.copytree(libraries, target.with_name(libraries.name))
    version = Path(sys.modules["torsor._version"].__file__)
    shutil.copy(version, target)
    return target


def attempt(package, **environment):
    """Import the copy in a new interpreter; its last line of output."""
    code = (f"import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'mesonpy' not in repr(f).lower()]; "
            f"sys.path.insert(0, {str(package.parent)!r}); import torsor; "
            f"assert torsor.__file__.startswith({str(package)!r}); print((torsor.arange(3) + 1).sum())")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=package.parent,
                          env={**os.environ, **environment})
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def test_the_copy_itself_works(package):
    assert attempt(package) == "6"


def test_a_source_tree_without_a_build(package):
    for file in (package / "_kernels").glob("*.so"):
        file.unlink()
    said = attempt(package)
    assert said.startswith("ImportError: torsor's compiled kernels could not be loaded") and "pip install ." in said


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty"])
@pytest.mark.parametrize("module", ["engine", f"_loops_bits_{ISA}"])
def test_a_damaged_kernel_module(package, module, damage):
    file, = (package / "_kernels").glob(f"{module}.*.so")
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"no library at all" * 1000 if damage == "garbage" else b"")
    said = attempt(package)
    assert said.startswith("ImportError: torsor's compiled kernels could not be loaded") and "reinstall" in said


@pytest.mark.parametrize("level", ["v9", "V3", "none"])
def test_an_instruction_set_that_is_not_there(package, level):
    said = attempt(package, TORSOR_ISA=level)
    assert said.startswith(f"ImportError: TORSOR_ISA={level}: this processor runs") and LEVELS[0] in said


def test_every_level_of_this_processor_can_be_forced(package):
    for level in LEVELS[: LEVELS.index(cpu.LEVEL) + 1]:
        assert attempt(package, TORSOR_ISA=level) == "6"


def test_a_bad_bound_on_the_pool(package):
    assert "TORSOR_CACHE_BYTES='lots' is not a number of bytes" in attempt(package, TORSOR_CACHE_BYTES="lots")
    assert attempt(package, TORSOR_CACHE_BYTES="0") == "6"


def test_this_run_tests_native_loops():
    native = engine.native_loops()
    assert ("add", "dd->d") in native and ("less", "qq->?") in native and len(native) > 300
