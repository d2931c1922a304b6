"""What ``torsor demo`` runs: digits recognised by principal components and nearest neighbours.

``run`` is an ordinary NumPy program that takes the namespace it runs on, so that torsor and NumPy
execute the same lines.  ``torsor.datasets`` reads the data, ``torsor.cli`` the command line.
"""
import time
from typing import NamedTuple

import numpy

import torsor
from torsor.bench.contest import settle

COMPONENTS = 32
NEIGHBOURS = 3


class Outcome(NamedTuple):
    """What one run found, and the seconds that each stage took."""

    predicted: numpy.ndarray
    accuracy: float
    seconds: dict[str, float]


class _Stages:
    """Seconds between laps, by name."""

    def __init__(self):
        self.seconds, self._last = {}, time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._last = now - self._last, now


def run(np, rows: list[list[int]], held_out: float = 0.25) -> Outcome:
    """Learn from most of ``rows`` (64 pixels and a digit) and recognise the share ``held_out``.

    ``np`` is the namespace to compute with: ``numpy``, ``torsor`` or another of the same face.
    """
    stages = _Stages()

    table = np.array(rows, dtype=np.float64)
    pixels, labels = table[:, :-1], table[:, -1].astype(np.int64)
    order = np.random.default_rng(0).permutation(len(table))
    test, train = np.split(order, [round(held_out * len(table))])
    stages.lap("load and split")

    spread = pixels[train].std(axis=0)
    pixels = (pixels - pixels[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    stages.lap("standardise")

    known = pixels[train]
    axes = np.linalg.eigh(known.T @ known / (len(known) - 1))[1]    # by ascending variance
    scores = pixels @ axes[:, -COMPONENTS:]
    stages.lap("principal components")

    query, known = scores[test], scores[train]
    # |q - k|^2 = |q|^2 - 2 q.k + |k|^2, and |q|^2 does not change who is nearest
    distances = (known * known).sum(axis=1) - 2.0 * (query @ known.T)
    stages.lap("distances")

    nearest = np.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    votes = (labels[train][nearest][:, :, None] == np.arange(10)).sum(axis=1)
    predicted = votes.argmax(axis=1)
    stages.lap("vote")

    return Outcome(predicted, float((predicted == labels[test]).mean()), stages.seconds)


def compare(rows: list[list[int]], repeat: int = 5) -> tuple[bool, list[str]]:
    """Run the program on torsor and on NumPy in turn; whether both predict the same, and a report.

    The times are the shortest of ``repeat`` turns: nothing but the machine makes one longer.
    """
    spaces = {"torsor": torsor, "numpy": numpy}

    def turn() -> dict[str, Outcome]:
        outcomes = {}
        for name, np in spaces.items():
            settle()
            outcomes[name] = run(np, rows)
        return outcomes

    first = turn()      # warms both up
    turns = [turn() for _ in range(repeat)]

    times = {stage: [min(turn[name].seconds[stage] for turn in turns) * 1e3 for name in spaces]
             for stage in first["torsor"].seconds}
    times["total"] = [sum(column) for column in zip(*times.values())]
    same = numpy.array_equal(first["torsor"].predicted, first["numpy"].predicted)
    predicted, accuracy, _ = first["torsor"]
    return bool(same), [
        f"{accuracy:.1%} of {len(predicted)} held-out handwritten digits (of {len(rows)}) known",
        f"by {NEIGHBOURS} nearest neighbours among {COMPONENTS} principal components",
        f"predictions on torsor and on NumPy {'are identical' if same else 'DIFFER'}",
        "",
        f"{f'milliseconds, best of {repeat}':<30} {'torsor':>9} {'NumPy':>9} {'ratio':>7}",
        *(f"{stage:<30} {own:9.2f} {peer:9.2f} {own / peer:6.2f}x"
          for stage, (own, peer) in times.items()),
    ]
