"""List torsor's functions, how each runs, and what was measured of it: ``functions.py [RESULTS [OUTPUT]]``.

RESULTS is what ``torsor bench --json RESULTS`` wrote; without an output the page is printed.  *native* is a kernel of
torsor's, *composed* is Python over such kernels, *numpy* is NumPy's own function on torsor's memory.
"""
import json
import math
import re
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import FunctionType

from torsor._kernels.engine import Ufunc
from torsor._kernels.face import Function, Method

MODULES = ("torsor", "torsor.linalg", "torsor.fft", "torsor.random")


def kind(thing) -> str:
    """How a function of torsor's runs; empty for what is no function."""
    if type(thing) in (Function, Method):           # kernels of torsor's are subclasses
        return "numpy"
    if isinstance(thing, Ufunc):
        return "numpy" if thing.row is None else "native"
    if isinstance(thing, FunctionType):
        return "composed"
    return "native" if callable(thing) and not isinstance(thing, type) else ""


def functions(module: str) -> dict[str, str]:
    """Public functions of a module: name -> kind."""
    found = {name: kind(getattr(import_module(module), name)) for name in import_module(module).__all__}
    return {name: how for name, how in found.items() if how}


def ratios(results: dict) -> dict[str, list[float]]:
    """Name of a function or method -> torsor's time over NumPy's, of every case that calls it."""
    found = defaultdict(list)
    for case in results.get("cases", ()):
        if "numpy" in case["ratios"]:
            for name in set(re.findall(r"\b(?:np|np\.linalg|np\.fft|a|x|rng)\.(\w+)\(", case["code"]["torsor"])):
                found[name].append(case["ratios"]["numpy"])
    return found


def page(results: dict) -> str:
    """The list as Markdown."""
    measured = ratios(results)
    lines = ["# Functions", "", "How each function runs, and torsor's time over NumPy's: below 1 torsor is faster."]
    for module in MODULES:
        lines += ["", f"## {module}", "", "| function | kind | geometric mean | worst | cases |", "|---" * 5 + "|"]
        for name, how in sorted(functions(module).items()):
            some = measured.get(name, [])
            figures = (f"{math.exp(sum(map(math.log, some)) / len(some)):.2f} | {max(some):.2f} | {len(some)}"
                       if some else " | | ")
            lines.append(f"| `{name}` | {how} | {figures} |")
    return "\n".join(lines) + "\n"


def main(results: str = "", output: str = "") -> None:
    text = page(json.loads(Path(results).read_text()) if results else {})
    if output:
        Path(output).write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
