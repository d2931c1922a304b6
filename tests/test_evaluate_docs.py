"""The chapter on expressions in strings, docs/evaluate.md, is true: its examples run."""
import doctest
import re
from pathlib import Path

from torsor.fusion import evaluation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "evaluate.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_examples():
    runner = doctest.DocTestRunner(verbose=False)
    report: list[str] = []
    runner.run(doctest.DocTestParser().get_doctest(TEXT, {}, PAGE.name, str(PAGE), 0), out=report.append)
    assert runner.failures == 0, "".join(report)
    assert runner.tries >= 15


def test_reductions_that_are_named():
    """The page names all functions that are no ufuncs."""
    named = set(re.findall(r"\w+", "".join(re.findall(r"\| (?:functions|reductions) \|(.*)", TEXT))))
    assert {name for name, function in evaluation.FUNCTIONS.items() if not hasattr(function.call, "nin")} <= named


def test_docstring():
    results = doctest.testmod(evaluation)
    assert results.failed == 0 and results.attempted >= 4
