"""Checks that nothing was forgotten: ``contents.py FOLDER`` with an sdist and a wheel in it.

The sdist holds every file of the repository; the wheel holds the licence and everything of torsor/
but what only the build reads.
"""
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Endings of the files that only the build reads.
BUILD = (".pyx", ".in", ".pxd", ".h", "meson.build")


def main(folder: str) -> int:
    [sdist] = Path(folder).glob("*.tar.gz")
    [wheel] = Path(folder).glob("*.whl")
    tracked = set(subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines())
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive:
        installed = set(archive.namelist())

    wanted = {name for name in tracked if name.startswith("torsor/") and not name.endswith(BUILD)}
    problems = [
        *(f"{sdist.name} lacks {name}" for name in sorted(tracked - packed)),
        *(f"{wheel.name} lacks {name}" for name in sorted(wanted - installed)),
        *(f"{wheel.name} has {name}" for name in sorted(installed) if name.endswith(BUILD)),
    ]
    if not any("licenses/LICENSE" in name for name in installed):
        problems.append(f"{wheel.name} lacks its licence")
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
