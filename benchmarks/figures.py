"""Write the measured ratios into README.md: ``figures.py RESULTS``, of ``torsor bench --json RESULTS``.

What stands between README.md's marks is replaced; no figure there is written by hand.
"""
import json
import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
MARKS = re.compile(r"(?<=<!-- measured: begin -->\n).*?(?=<!-- measured: end -->)", re.DOTALL)
PEERS = {"numpy": "NumPy", "expression": "a NumPy expression", "torch": "PyTorch", "not fused": "torsor, not fused"}


def table(results: dict) -> str:
    """The summary of every suite and peer, and what was compared on what."""
    versions, machine = results["versions"], results["machine"]
    compared = ", ".join(f"{PEERS.get(name, name)} {version}" for name, version in versions.items()
                         if name not in ("expression", "one thread", "not fused"))
    lines = [
        "`torsor bench`: torsor's time over the other's, below 1 torsor is faster.",
        f"{compared}; {results['threads']} threads, {machine['cpus']} processors.",
        "", "| suite | against | cases | geometric mean | worst case | |", "|---|---|---|---|---|---|",
    ]
    for suite, digests in results["suites"].items():
        for peer, digest in digests.items():
            worst = digest["worst"]
            case = worst["case"].removeprefix(f"{suite}: ").replace("|", "\\|")
            lines.append(f"| {suite} | {PEERS.get(peer, peer)} | {digest['cases']} | {digest['geomean']:.2f} "
                         f"| {worst['ratio']:.2f} | `{case}` |")
    return "\n".join(lines) + "\n"


def main(path: str) -> None:
    text, count = MARKS.subn(lambda _: table(json.loads(Path(path).read_text())), README.read_text())
    if count != 1:
        sys.exit(f"figures.py: {README} has {count} pairs of marks, expected 1")
    README.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
