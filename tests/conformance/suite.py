"""The test files below a folder, and how one runs: in its own process, which may crash or hang.

`one_file.py` is the other end, inside that process. What the outcomes mean is left to `verdict.py`.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from lists import Patterns

HERE = Path(__file__).resolve().parent


@dataclass
class Suite:
    """Test files below `root`, run with pytest's `arguments`; `timeout` is for one test."""

    root: Path
    arguments: list
    excluded: list
    timeout: float

    def files(self, patterns):
        """Files to run, as paths below the root, the largest first so that the last are short."""
        excluded = Patterns(self.excluded)
        files = [path.relative_to(self.root).as_posix()
                 for path in self.root.glob("**/tests/test_*.py")]
        files = [file for file in files if not excluded.match(file)
                 and (not patterns or any(fnmatch(file, f"*{part}*") for part in patterns))]
        return sorted(files, key=lambda file: (-(self.root / file).stat().st_size, file))

    def run(self, file, namespace, only=()):
        """Records of the tests of a file by node id; after a crash it goes on behind that test.

        What no test is to blame for (the file cannot be imported, or the process dies at exit) is a
        record of the file itself.
        """
        outcomes = {}
        while True:
            records, status, output = self._process(file, namespace, only, list(outcomes))
            outcomes.update({record["id"]: record for record in records if "id" in record})
            running = [test for test, record in outcomes.items() if record["state"] == "running"]
            if not running:
                break
            outcomes[running[-1]] = self._crash(running[-1], status, output)
        uncollected = file in outcomes  # which pytest's status tells as well
        if {"state": "finished"} not in records or (status not in (0, 1, 5) and not uncollected):
            outcomes[file] = self._crash(file, status, output)
        return outcomes

    def _process(self, file, namespace, only, done):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            records, output, cwd = (Path(folder, name) for name in ("records", "output", "cwd"))
            cwd.mkdir()
            arguments = ["-c", str(HERE / "suite.ini"), f"--rootdir={self.root}",
                         f"--basetemp={folder}/tmp", *self.arguments]
            task = {"file": str(self.root / file), "suite": str(self.root), "namespace": namespace,
                    "only": list(only), "done": done, "excluded": self.excluded,
                    "timeout": self.timeout, "records": str(records), "arguments": arguments}
            with output.open("w") as stream:
                status = subprocess.run(
                    [sys.executable, str(HERE / "one_file.py")], input=json.dumps(task), text=True,
                    cwd=cwd, env={**os.environ, "PYTHONHASHSEED": "0"},
                    stdout=stream, stderr=subprocess.STDOUT, check=False).returncode
            lines = records.read_text(encoding="utf-8").splitlines() if records.exists() else []
            return [json.loads(line) for line in lines], status, output.read_text(errors="replace")

    def _crash(self, test, status, output):
        if "Timeout (" in output:
            message = f"took longer than {self.timeout:g} s"
        elif status < 0:
            message = f"the process died of {signal.Signals(-status).name}"
        else:
            message = f"the process ended with status {status}"
        return {"id": test, "state": "failed", "message": message, "text": output[-4000:]}
