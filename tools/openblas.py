"""Print what of scipy-openblas32 goes into the package, one path a line: shared libraries, then the licence."""
import sys
from importlib.metadata import files
from pathlib import Path

import scipy_openblas32

SHARED = (".so", ".dylib", ".dll")

libraries = sorted(path for path in Path(scipy_openblas32.get_lib_dir()).iterdir()
                   if path.suffix in SHARED or ".so." in path.name)
licences = [entry.locate() for entry in files("scipy-openblas32") or () if entry.name.startswith("LICENSE")]
if not any("openblas" in path.name for path in libraries):
    sys.exit(f"no shared library in {scipy_openblas32.get_lib_dir()}: reinstall scipy-openblas32")
if not licences:
    sys.exit("scipy-openblas32 was installed without its licence, which has to accompany the library")
print(*libraries, licences[0], sep="\n")
