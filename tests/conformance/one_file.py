"""Runs one test file in this process and records each outcome at once: a crash costs one test.

`suite.py` starts it with the task as JSON on standard input. It writes JSON lines: `id` and `state`,
a state being running, passed, failed, skipped or xfailed; the last line has the state finished.
"""
import faulthandler
import json
import os
import random
import sys

import numpy
import pytest

from lists import Patterns
from swap import Swap


class Recorder:
    """Pytest plugin: swaps imports, chooses the task's tests and appends to the records."""

    def __init__(self, task):
        self.task = task
        self.swap = None
        if task["namespace"] != "numpy":
            self.swap = Swap(task["namespace"], task["suite"])
        self.stderr = os.dup(2)  # pytest's capture takes the descriptor itself
        self.records = os.open(task["records"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.outcome = None

    def write(self, **record):
        os.write(self.records, json.dumps(record).encode() + b"\n")

    def watch(self):
        """From now on, end the process if it takes longer than one test may."""
        faulthandler.dump_traceback_later(self.task["timeout"], exit=True, file=self.stderr)

    def pytest_configure(self):
        if self.swap:  # not earlier: pytest has just put its own import hook in front
            sys.meta_path.insert(0, self.swap)

    def pytest_collection_modifyitems(self, items):
        if self.swap and not all(self.swap.serves(item.module) for item in items):
            raise pytest.UsageError(
                f"{self.task['file']} was imported without {self.task['namespace']}")
        done, only = set(self.task["done"]), set(self.task["only"])
        excluded = Patterns(self.task["excluded"])
        items[:] = [item for item in items if item.nodeid not in done
                    and (not only or item.nodeid in only) and not excluded.match(item.nodeid)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        # The same values whether a test runs with its file or alone.
        random.seed(0)
        numpy.random.seed(0)

    def pytest_runtest_logstart(self, nodeid):
        self.watch()
        self.outcome = {"id": nodeid, "state": "passed"}
        self.write(id=nodeid, state="running")

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.outcome.update(_failure(report))
        elif report.skipped and self.outcome["state"] == "passed":
            self.outcome["state"] = "xfailed" if hasattr(report, "wasxfail") else "skipped"

    def pytest_runtest_logfinish(self, nodeid):
        self.write(**self.outcome)

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(id=report.nodeid.partition("::")[0], **_failure(report))

    def pytest_sessionfinish(self, session):
        faulthandler.cancel_dump_traceback_later()
        self.write(state="finished")


def _failure(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    text = report.longreprtext
    message = crash.message if crash else text.strip().rpartition("\n")[2]
    return {"state": "failed", "message": message, "text": text}


def main():
    task = json.load(sys.stdin)
    del sys.path[0]  # this folder: nothing in it may hide what a test imports
    recorder = Recorder(task)
    recorder.watch()
    return pytest.main([*task["arguments"], task["file"]], plugins=[recorder])


if __name__ == "__main__":
    sys.exit(main())
