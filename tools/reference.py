"""Render the operation table as a page of Markdown: ``reference.py [OUTPUT]``.

Without an output it is printed.  The package need not be built.  What the columns mean is in docs/operations.md.
"""
import sys
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from render import table

LETTERS = "xyz"


def cell(text: str) -> str:
    """Code in a cell of a table."""
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def entry(op: table.Op) -> str:
    """The row of one operation."""
    names = ", ".join(f"{name}({', '.join(LETTERS[:op.nin])})" for name in (op.name, *op.aliases))
    grads = "<br>".join(map(cell, op.grad))
    return " | ".join(("", cell(names), op.doc, cell(op.expr), cell(op.types), cell(op.native),
                       grads, op.units, "")).strip()


def main(output: str = "") -> None:
    lines = ["# Element-wise operations", "", "One row each; see [the operation table](operations.md)."]
    rows = sorted(table.OPS, key=attrgetter("family"))
    for family, ops in groupby(rows, attrgetter("family")):
        lines += ["", f"## {family}", "",
                  "| function | | value | types | own loops | derivatives | units |",
                  "|---" * 7 + "|",
                  *map(entry, ops)]
    page = "\n".join(lines) + "\n"
    if output:
        Path(output).write_text(page)
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
