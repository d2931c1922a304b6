"""Runs NumPy's own test-suite with torsor in NumPy's place and compares the outcome with the lists.

    python tests/conformance/run.py [-j N] [--slow] [-k EXPRESSION] [FILE ...]

`excluded.toml` and `known.toml` say what is left out and what differs. What fails and is not listed
runs once more with NumPy, and counts only if it passes there. The exit status is 0 if nothing
unlisted fails, nothing listed passes, and at least 99.5 % of what NumPy passes passes.
"""
import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path

from lists import Patterns, read
from suite import HERE, Suite
from verdict import REQUIRED_RATIO, Verdict


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE",
        help="part of a path below NumPy's folder, with wildcards (default: all files)")
    add("-j", "--jobs", type=int, default=2, metavar="N", help="files at a time (default: 2)")
    add("-k", "--keyword", metavar="EXPRESSION", help="only tests that match, as in pytest")
    add("-v", "--verbose", action="store_true", help="show the whole text of failures")
    add("--slow", action="store_true", help="run what NumPy marks as slow, too")
    add("--reference", action="store_const", dest="namespace", const="numpy", default="torsor",
        help="run with plain NumPy, without known differences")
    add("--namespace", default="torsor", metavar="PACKAGE",
        help="what takes NumPy's place (default: torsor)")
    add("--suite", type=Path, default=Path(find_spec("numpy").origin).parent, metavar="FOLDER",
        help="where the test files are (default: the installed NumPy)")
    add("--lists", type=Path, default=HERE, metavar="FOLDER",
        help="where excluded.toml and known.toml are (default: beside this file)")
    add("--timeout", type=float, default=180, metavar="SECONDS",
        help="what one test may take (default: 180)")
    add("--outcomes", type=Path, metavar="FILE", help="write all outcomes there, as JSON lines")
    return parser.parse_args()


def each(jobs, function, calls):
    """Yield (key, result, seconds) of `function(key, *rest)` for all calls, as they end."""
    def timed(call):
        start = time.monotonic()
        return call[0], function(*call), time.monotonic() - start

    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(timed, call) for call in calls]):
            yield future.result()


def conform(suite, files, namespace, known, jobs):
    """Run the files, then what fails with NumPy; returns the verdict and the outcomes by file."""
    verdict, outcomes, unlisted = Verdict(), {}, {}
    for file, records, seconds in each(jobs, suite.run, [(file, namespace) for file in files]):
        outcomes[file], unlisted[file] = records, verdict.sort(records, known)
        print(f"{file}: {len(records)} tests, {len(unlisted[file])} unlisted failures, "
              f"{seconds:.1f} s", flush=True)
    failing = {file: [record["id"] for record in records]
               for file, records in unlisted.items() if records}
    if namespace == "numpy":
        verdict.failed += [record for records in unlisted.values() for record in records]
        return verdict, outcomes
    calls = [(file, "numpy", () if file in tests else tests) for file, tests in failing.items()]
    for file, reference, _ in each(jobs, suite.run, calls):
        verdict.compare(file, unlisted[file], outcomes[file], reference)
    return verdict, outcomes


def report(verdict, known, seconds, verbose):
    """Print what needs attention, the counts, and a closing line like pytest's."""
    for title, records in [("FAILED", verdict.failed), ("PASSES BUT LISTED", verdict.unexpected),
                           ("fails with NumPy too", verdict.shared)]:
        for record in records:
            message = record.get("message", "").partition("\n")[0][:200]
            print(f"{title} {record['id']}" + (f" - {message}" if message else ""))
            if verbose and title == "FAILED":
                print(record["text"])
    for pattern in sorted(known.unmatched):
        print(f"known.toml: {pattern} matches no test")
    print(f"{len(verdict.known)} known differences, {len(verdict.shared)} failures which NumPy "
          f"shares, {verdict.lost} tests not collected")
    print(f"{verdict.ratio:.3%} of what NumPy passes (required: {REQUIRED_RATIO:.1%})")
    expected = verdict.xfailed + verdict.known + verdict.shared
    counts = [(verdict.passed, "passed"), (verdict.failed, "failed"), (verdict.skipped, "skipped"),
              (expected, "xfailed"), (verdict.unexpected, "xpassed")]
    print(", ".join(f"{len(records)} {name}" for records, name in counts) + f" in {seconds:.2f}s")


def main():
    options = arguments()
    start = time.monotonic()
    selection = [] if options.slow else ["-m", "not slow"]
    if options.keyword:
        selection += ["-k", options.keyword]
    suite = Suite(options.suite.resolve(), selection, read(options.lists / "excluded.toml"),
                  options.timeout)
    known = Patterns([] if options.namespace == "numpy" else read(options.lists / "known.toml"))
    files = suite.files(options.files)
    if not files:
        sys.exit(f"run.py: no test file below {suite.root} matches {options.files}, "
                 "or excluded.toml has them all")
    verdict, outcomes = conform(suite, files, options.namespace, known, options.jobs)
    if options.outcomes:
        records = [record for file in sorted(outcomes) for record in outcomes[file].values()]
        options.outcomes.write_text("".join(json.dumps(record) + "\n" for record in records),
                                    encoding="utf-8")
    if options.files or options.keyword:
        known.unmatched.clear()  # the rest of the list was not meant to match
    report(verdict, known, time.monotonic() - start, options.verbose)
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
