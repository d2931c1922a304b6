"""Checks the import contracts of pyproject.toml on Python and Cython sources alike.

import-linter reads Python files only.  So it is given a copy of the package in which each Cython
source stands as a Python module of the same name that holds nothing but its imports and cimports.
"""
import os
import re
import shutil
import sys
import tempfile
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
CYTHON = ("*.pxd", "*.pyx", "*.pyx.in")
IMPORT = re.compile(
    r"^[ \t]*(from[ \t]+[\w.]+[ \t]+)?c?import[ \t]+(\([^)]*\)|[^\n#;]+)", re.MULTILINE)


def imports(source: str) -> str:
    """The import statements of a Cython source, as Python."""
    joined = source.replace("\\\n", " ")
    return "".join(f"{package or ''}import {names}\n" for package, names in IMPORT.findall(joined))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="torsor-imports-") as folder:
        package = Path(folder, "torsor")
        shutil.copytree(ROOT / "torsor", package)
        for pattern in CYTHON:
            for path in package.rglob(pattern):
                with path.with_name(path.name.partition(".")[0] + ".py").open("a") as module:
                    module.write("\n" + imports(path.read_text()))
        # An editable install brings a finder of its own, which would find the sources instead.
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
        os.chdir(folder)        # where import-linter looks first
        return lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)


if __name__ == "__main__":
    sys.exit(main())
