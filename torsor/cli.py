"""The command ``torsor``: its sub-commands, their options and exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.  What a sub-command does is in modules
that it imports when it runs, so that ``torsor --help`` costs nothing but the package itself.
"""
import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from math import prod

import torsor


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (None: that of the process) and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        code = args.command(args)
        print(end="", flush=True)
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:             # as in `torsor units list | head`; at exit Python would flush once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="torsor", description="NumPy's API on every core.")
    parser.add_argument("--version", action="version", version=f"torsor {torsor.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str, group=commands):
        sub = group.add_parser(name, help=text, description=text)
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
    bench.add_argument("--single", action="store_true", help="torsor on one thread takes part as well")
    bench.add_argument("--size", metavar="SHAPE", type=_shape, action="append", dest="shapes",
                       help="such as 1e6 or 500x500, instead of the suites' own; may be repeated")
    bench.add_argument("--filter", metavar="TEXT", default="",
                       help="only cases whose label contains this, such as np.exp or float32")
    bench.add_argument("--repeat", metavar="N", type=_count, default=7,
                       help="samples of which the median is taken (default: %(default)s)")
    text = "Convert quantities, list units, and check programs that use them."
    units = commands.add_parser("units", help=text, description=text).add_subparsers(required=True, metavar="COMMAND")
    convert = add("convert", _units_convert, "Convert a quantity to other units.", units)
    convert.add_argument("quantity", metavar="QUANTITY", help="a number and its unit in one argument, such as '3 ft', "
                         "'-40 degF' or '1e3 kg*m/s**2'; a unit alone means one")
    convert.add_argument("targets", metavar="UNIT", nargs="+", help="what to convert it to, a line each")
    convert.add_argument("--precision", metavar="N", type=_count,
                         help="significant digits (default: as many as tell the number from others)")
    listing = add("list", _units_list, "List the units of the catalogue: names, symbol, value, source.", units)
    listing.add_argument("field", metavar="FIELD", nargs="?",
                         help="such as si or astronomy (default: all; an unknown name lists them)")
    listing.add_argument("--filter", metavar="TEXT", default="", help="only units with this in a name or the symbol")
    lint = add("lint", _units_lint, "Find additions and comparisons of different dimensions in Python files, "
               "without running them.", units)
    lint.add_argument("files", metavar="FILE", nargs="+", help="Python source; '# torsor: ignore' silences a line")
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
        for result in contest.contest(cases, args.repeat, args.single):
            results.append(result)
            print(report.table_line(result), flush=True)
        bandwidth = contest.copy_bandwidth()
        report.write(results, args.repeat, bandwidth, args.json, args.plot)
    print("", *report.summary_lines(results), report.bandwidth_line(bandwidth), sep="\n")
    return int(any(result.error for result in results))


def _units_convert(args: argparse.Namespace) -> int:
    from torsor.units import convert, parse
    from torsor.units.errors import UnitsError

    try:
        targets = [parse(target) for target in args.targets]
        lines = [convert.shown(convert.converted(args.quantity, target), target, args.precision) for target in targets]
    except UnitsError as error:
        return _failed("units convert", error)
    _write(lines)
    return 0


def _units_list(args: argparse.Namespace) -> int:
    from torsor.units import convert

    if args.field not in (None, *convert.FIELDS):
        args.usage_error(f"{args.field!r} is no field: {', '.join(convert.FIELDS)}")
    rows = convert.rows(args.field, args.filter)
    if not rows:
        args.usage_error(f"no unit has {args.filter!r} in its name; those with a prefix, such as km, are not listed")
    _write(convert.table(rows))
    return 0


def _units_lint(args: argparse.Namespace) -> int:
    import tokenize

    from torsor.units import lint

    found, unread = [], []
    for path in args.files:
        try:
            with tokenize.open(path) as file:       # in the encoding that it states
                found += lint.check(file.read(), path)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            unread.append(f"torsor units lint: {path}: {error}")
    _write(map(str, found))
    print(*unread, sep="\n", end="\n" if unread else "", file=sys.stderr)
    return 2 if unread else int(bool(found))


def _write(lines: Iterable[str]) -> None:
    """Print lines, with escapes for what the terminal's encoding lacks."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))
