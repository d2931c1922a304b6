"""The chapter on units, docs/units.md, is true: its examples run, and its tables say what happens."""
import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import torsor
import torsor.units as u
from torsor.units import DimArray, constants, domains, errors

PAGE = Path(__file__).resolve().parent.parent / "docs" / "units.md"
TEXT = PAGE.read_text(encoding="utf-8")


def rows(header):
    """Cells of the lines of a table, below its header."""
    lines = TEXT.split(f"\n| {header} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def cases(header):
    """``(code, expected, column)`` of a table with code in one column."""
    return [(code, expected, column) for row in rows(header) for k, cell in enumerate(row) if cell.startswith("`")
            for code in re.findall(r"`([^`]+)`", cell) for column, expected in enumerate(row) if column != k]


def outcome(code, **names):
    """The unit of a result, "plain" or "refused"."""
    try:
        result = eval(code, {"np": torsor, "DimArray": DimArray, "m": u.m, **names})
    except errors.UnitsError:
        return "refused"
    return str(result.unit) if isinstance(result, DimArray) else "plain"


@pytest.mark.parametrize(("page", "least"), [(PAGE, 60), (PAGE.parents[1] / "README.md", 5)], ids=["docs", "README"])
def test_examples(page, least):
    runner = doctest.DocTestRunner(verbose=False)
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    report = []
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
    assert runner.tries >= least


@pytest.mark.parametrize(("code", "expected", "column"), cases("operation | °C | dBm"))
def test_table_of_points(code, expected, column):
    point, base = {1: (u.degC, u.K), 2: (u.dBm, u.W)}[column]
    assert outcome(code, x=DimArray(20.0, point), y=DimArray(25.0, point), points=DimArray([20.0, 25.0], point),
                   difference=DimArray(5.0, point.difference), base=base) == expected


@pytest.mark.parametrize(("code", "expected", "_"), cases("unit of the result | operations"))
def test_table_of_functions(code, expected, _):
    assert outcome(code, x=DimArray([1.0, 2.0, 3.0], u.m), t=DimArray([1.0, 2.0, 4.0], u.s)) == expected


@pytest.mark.parametrize(("code", "_", "expected"), [
    (row[0].strip("`"), row[1], row[2]) for row in rows("expression | dimtensor 5.1 | torsor")])
def test_table_of_differences(code, _, expected):
    names = {"np": numpy, "DimArray": DimArray, "units": u.units, "domains": domains, "constants": constants}
    try:
        assert str(eval(code, names)) == expected
    except ValueError as error:
        assert type(error).__name__ == expected


def commands():
    """``(command line, output)`` of the page's terminal sessions."""
    for session in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield line, output.rstrip()


def test_terminal_sessions(tmp_path):
    listed = dict(commands())
    (tmp_path / "fall.py").write_text(listed.pop("cat fall.py") + "\n")
    for line, output in listed.items():
        done = subprocess.run(f"{sys.executable} -P -m {line}", shell=True, cwd=tmp_path, check=False, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                              env=os.environ | {"PYTHONIOENCODING": "utf-8"})
        assert done.stdout.rstrip() == output, line
    assert len(listed) > 5
