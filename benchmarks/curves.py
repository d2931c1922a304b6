"""Draw the times of fused expressions over the number of elements, from the results of `torsor bench fusion`.

    torsor bench fusion --json results.json && python benchmarks/curves.py results.json fusion.png
"""
import json
import sys
from collections import defaultdict
from math import ceil, prod
from pathlib import Path


def curves(document: dict, types: str = "d") -> dict:
    """``{expression: {contestant: [(elements, seconds for each element), ...]}}`` of one type."""
    found: dict = defaultdict(lambda: defaultdict(list))
    for case in document["cases"]:
        if case["suite"] == "fusion" and case["types"] == types:
            size = prod(case["shape"])
            for contestant, seconds in case["seconds"].items():
                found[case["code"]["torsor"]][contestant].append((size, seconds / size))
    return found


def draw(found: dict, path: str) -> None:
    """Write one panel for each expression."""
    from matplotlib.figure import Figure

    columns = 3
    figure = Figure(figsize=(12, 3 * ceil(len(found) / columns)), layout="constrained")
    panels = figure.subplots(ceil(len(found) / columns), columns, squeeze=False).ravel()
    for panel in panels[len(found):]:
        panel.axis("off")
    for panel, (name, lines) in zip(panels, found.items()):
        for contestant, points in lines.items():
            sizes, times = zip(*sorted(points))
            panel.plot(sizes, [1e9 * time for time in times], marker="o", markersize=3, label=contestant)
        panel.set(xscale="log", yscale="log", title=name, xlabel="elements", ylabel="ns for each element")
    panels[0].legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    draw(curves(json.loads(Path(sys.argv[1]).read_text())), sys.argv[2])
