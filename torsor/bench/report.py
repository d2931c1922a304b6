"""What is made of the results of a contest: lines of text, a summary, a JSON document, a plot."""
import json
import math
import os
import platform
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import torsor

from .contest import LIMIT, Result, contestants
from .suites import NUMEXPR, SINGLE, UNIT_LIBRARIES


def table_line(result: Result) -> str:
    """One case: each contestant's time and torsor's share of each peer's."""
    if result.error:
        return f"{result.case.label:<60} failed: {result.error}"
    times = "  ".join(f"{name} {_time(value)}" for name, value in result.seconds.items())
    ratios = "  ".join(f"{ratio:5.2f}x {peer}" for peer, ratio in result.ratios.items())
    return f"{result.case.label:<60} {times}  {ratios}"


def _time(seconds: float) -> str:
    for unit, scale in (("ns", 1e9), ("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:5.3g} {unit}"
    return f"{seconds:5.3g} s "


def summary(results: Iterable[Result]) -> dict[str, dict[str, dict]]:
    """For each suite and peer: how many cases, their geometric mean, the worst, those too slow."""
    ratios: dict[str, dict[str, dict[str, float]]] = {}
    for result in results:
        for peer, ratio in result.ratios.items():
            ratios.setdefault(result.case.suite, {}).setdefault(peer, {})[result.case.label] = ratio
    return {suite: {peer: _digest(cases) for peer, cases in peers.items()}
            for suite, peers in ratios.items()}


def _libraries(results: Iterable[Result]) -> list[str]:
    """The contestants besides those that always take part."""
    met = {name for result in results for name in result.seconds}
    return [name for name in (*UNIT_LIBRARIES, NUMEXPR, SINGLE) if name in met]


def _digest(cases: dict[str, float]) -> dict:
    worst = max(cases, key=cases.__getitem__)
    return {
        "cases": len(cases),
        "geomean": math.exp(math.fsum(map(math.log, cases.values())) / len(cases)),
        "worst": {"case": worst, "ratio": cases[worst]},
        "above_limit": sum(ratio > LIMIT for ratio in cases.values()),
    }


def summary_lines(results: Iterable[Result]) -> list[str]:
    """The summary as text, a line for each suite and peer."""
    return [
        f"{suite:<12} against {peer:<10} geometric mean {digest['geomean']:.2f}x "
        f"of {digest['cases']} cases, {digest['above_limit']} above {LIMIT}x, "
        f"worst {digest['worst']['ratio']:.2f}x {digest['worst']['case']}"
        for suite, peers in summary(results).items() for peer, digest in peers.items()
    ]


def bandwidth_line(bandwidth: float) -> str:
    """The copy bandwidth as text."""
    return f"copying 80 MB: {bandwidth / 1e9:.1f} GB/s, read and written"


def document(results: list[Result], repeat: int, bandwidth: float) -> dict:
    """Everything, for ``json.dump``."""
    return {
        "versions": {name: rival.module.__version__ for name, rival in contestants(_libraries(results)).items()},
        "machine": {"platform": platform.platform(), "cpus": os.cpu_count()},
        "threads": torsor.get_num_threads(),
        "repeat": repeat,
        "limit": LIMIT,
        "copy_bandwidth": bandwidth,
        "suites": summary(results),
        "cases": [{
            "case": result.case.label, "suite": result.case.suite, "code": result.codes,
            "types": result.case.types, "shape": list(result.case.shape), "seconds": result.seconds,
            "ratios": result.ratios, "remeasured": result.remeasured, "error": result.error,
        } for result in results],
    }


def plot(results: list[Result], path: str) -> None:
    """Draw the ratio of every case, by suite and peer, on a logarithmic axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    digests = summary(results)
    suites = list(digests)
    peers = sorted({peer for digest in digests.values() for peer in digest})
    for i, peer in enumerate(peers):
        column = {suite: x + 0.7 * ((i + 0.5) / len(peers) - 0.5) for x, suite in enumerate(suites)}
        points = [(column[result.case.suite], result.ratios[peer])
                  for result in results if peer in result.ratios]
        across, up = zip(*points)
        axes.scatter(across, up, s=9, alpha=0.4, color=f"C{i}", label=f"against {peer}")
        for suite, x in column.items():
            if peer in digests[suite]:
                mean = digests[suite][peer]["geomean"]
                axes.hlines(mean, x - 0.1, x + 0.1, colors=f"C{i}")
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set(yscale="log", ylabel="torsor's time / peer's time (line: geometric mean)")
    axes.set_xlim(-0.5, len(suites) - 0.5)
    axes.set_xticks(range(len(suites)), suites)
    axes.legend()
    figure.savefig(path, dpi=150)


def check_outputs(json_path: str | None, plot_path: str | None) -> None:
    """Raise now what ``write`` would raise after minutes of measuring."""
    for path in filter(None, (json_path, plot_path)):
        if not Path(path).absolute().parent.is_dir():
            raise FileNotFoundError(f"{path}: there is no such directory to write to")
    if plot_path and find_spec("matplotlib") is None:
        raise ImportError("--plot needs matplotlib: pip install 'torsor[plot]'")
    if plot_path and Path(plot_path).suffix not in (".png", ".svg", ".pdf"):
        raise ValueError(f"--plot: {plot_path} should end in .png, .svg or .pdf")


def write(results: list[Result], repeat: int, bandwidth: float, json_path: str | None,
          plot_path: str | None) -> None:
    """Write the files that are asked for."""
    if json_path:
        Path(json_path).write_text(json.dumps(document(results, repeat, bandwidth), indent=1) + "\n")
    if plot_path:
        plot(results, plot_path)
