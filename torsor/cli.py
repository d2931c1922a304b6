"""The command ``torsor``: its sub-commands, their options and exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.  What a sub-command does is in modules
that it imports when it runs, so that ``torsor --help`` costs nothing but the package itself.
"""
import argparse
import sys
from collections.abc import Callable, Sequence
from math import prod

import torsor


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (None: that of the process) and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        return args.command(args)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="torsor", description="NumPy's API on every core.")
    parser.add_argument("--version", action="version", version=f"torsor {torsor.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command, usage_error=sub.error)
        return sub

    add("info", _info, "Show the versions, instruction set, threads and BLAS in use.")
    demo = add("demo", _demo, "Recognise handwritten digits with torsor and with NumPy, timed.")
    demo.add_argument("--repeat", metavar="N", type=_count, default=9,
                      help="runs of which the best is shown (default: %(default)s)")
    bench = add("bench", _bench, "Time torsor against NumPy, and PyTorch where it is installed.")
    bench.add_argument("suites", metavar="SUITE", nargs="*",
                       help="such as calls (default: all; an unknown name lists them)")
    bench.add_argument("--json", metavar="PATH", help="write every result to this file")
    bench.add_argument("--plot", metavar="PNG", help="draw the ratios (needs the extra 'plot')")
    bench.add_argument("--threads", metavar="N", type=_count, help="threads of every contestant")
    bench.add_argument("--size", metavar="SHAPE", type=_shape, action="append", dest="shapes",
                       help="such as 1e6 or 500x500, instead of the suites' own; may be repeated")
    bench.add_argument("--filter", metavar="TEXT", default="",
                       help="only cases whose label contains this, such as np.exp or float32")
    bench.add_argument("--repeat", metavar="N", type=_count, default=7,
                       help="samples of which the median is taken (default: %(default)s)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def _shape(text: str) -> tuple[int, ...]:
    try:
        lengths = [float(length) for length in text.split("x")]
        if all(length >= 1 and length.is_integer() for length in lengths) and prod(lengths) <= 1e9:
            return tuple(map(int, lengths))
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a shape of 1 to 1e9 elements, such as 1e6 or 500x500")


def _failed(command: str, reason: object) -> int:
    print(f"torsor {command}: {reason}", file=sys.stderr)
    return 1


def _info(args: argparse.Namespace) -> int:
    torsor.show_config()
    return 0


def _demo(args: argparse.Namespace) -> int:
    from torsor import datasets, demo

    try:
        rows = datasets.digits()
    except (OSError, ValueError) as error:
        return _failed("demo", error)
    same, lines = demo.compare(rows, args.repeat)
    print(*lines, sep="\n")
    return 0 if same else _failed("demo", "torsor's predictions are not NumPy's")


def _bench(args: argparse.Namespace) -> int:
    from torsor.bench import contest, report, suites

    try:
        cases = list(suites.cases(args.suites, args.shapes or (), args.filter))
    except ValueError as error:
        args.usage_error(str(error))
    if not cases:
        args.usage_error("no case has such a label and shape")
    try:
        report.check_outputs(args.json, args.plot)
    except (OSError, ImportError, ValueError) as error:
        return _failed("bench", error)
    if (load := contest.load()) > 0.5:
        print(f"torsor bench: other processes keep this machine busy (load {load:.1f}): "
              "ratios of threaded cases may be far off", file=sys.stderr)
    results = []
    with contest.threads(args.threads or torsor.get_num_threads()) as everybody:
        if args.threads and not everybody:
            print("torsor bench: NumPy's BLAS keeps its own number of threads; "
                  "pip install threadpoolctl to set it too", file=sys.stderr)
        for result in contest.contest(cases, args.repeat):
            results.append(result)
            print(report.table_line(result), flush=True)
        report.write(results, args.repeat, args.json, args.plot)
    print("", *report.summary_lines(results), sep="\n")
    return int(any(result.error for result in results))
