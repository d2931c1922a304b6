"""Run a script in a process of its own, and leave none behind."""
import contextlib
import os
import signal
import subprocess
import sys
import textwrap


def run(code: str, timeout: float = 120, **environment) -> str:
    """What a script prints; an AssertionError where it fails or hangs."""
    with subprocess.Popen([sys.executable, "-P", "-c", textwrap.dedent(code)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=os.environ | environment,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no end after {timeout} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)         # its children, where it has left any
    assert process.returncode == 0, f"exit status {process.returncode}\n{out}\n{err}"
    return out.strip()
