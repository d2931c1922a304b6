"""The lists of tests: which are excluded, which are known to differ, and why.

A list is a TOML file of `[[<its name>]]` tables with `tests` and a `reason`. A test is a node id
below NumPy's folder, or a class, file or folder of tests; `*` stands for anything, brackets for
themselves.
"""
import re
import tomllib


class Patterns:
    """Patterns of node ids; `unmatched` are those which no test has matched so far."""

    def __init__(self, patterns=()):
        self.unmatched = set(patterns)
        self._exact = {pattern for pattern in patterns if "*" not in pattern}
        self._families = {
            pattern: re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
            for pattern in patterns if "*" in pattern
        }

    def match(self, test):
        """Whether a pattern matches the test, its class, its file or a folder of it."""
        names = _names(test)
        found = self._exact & names
        found.update(pattern for pattern, family in self._families.items()
                     if any(map(family.fullmatch, names)))
        self.unmatched -= found
        return bool(found)


def _names(test):
    """What a pattern may name a test by: `a`, `a/b.py`, `a/b.py::C`, `a/b.py::C::d`, with `[0]`."""
    path, *inner = test.partition("[")[0].split("::")
    folders = path.split("/")
    return {test, *("/".join(folders[:n + 1]) for n in range(len(folders))),
            *("::".join([path, *inner[:n + 1]]) for n in range(len(inner)))}


def read(path):
    """Patterns of a list.

    Raises
    ------
    ValueError
        The file has another table, or an entry has other keys, no test or no reason.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = tables.pop(path.stem, [])
    if tables:
        raise ValueError(f"{path.name}: tables are `[[{path.stem}]]`, got {sorted(tables)}")
    for entry in entries:
        if set(entry) != {"tests", "reason"} or not entry["tests"] or not entry["reason"].strip():
            raise ValueError(f"{path.name}: an entry has `tests` and a `reason`, got {entry!r}")
    return [test for entry in entries for test in entry["tests"]]
