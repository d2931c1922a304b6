"""How many threads torsor uses: the default, what the user says, and what is in force."""
import os
from pathlib import Path

from torsor._kernels import threads as _threads

#: More threads than this are an error of the caller's: the OpenMP runtime ends the process where it cannot
#: start one.
MOST = 1024


def _quota(root: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")) -> float:
    """Processors' worth of time that the control group grants; infinity where it sets no bound."""
    try:
        groups = [line.split(":", 2) for line in membership.read_text().splitlines()]
    except OSError:
        return float("inf")
    bound = float("inf")
    for _, controllers, path in groups:
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = root / "cpu" if controllers else root
        for folder in (base / path.lstrip("/"), *(base / path.lstrip("/")).parents):
            if not folder.is_relative_to(base):
                break
            try:
                if controllers:                            # version 1
                    quota = float((folder / "cpu.cfs_quota_us").read_text())
                    period = float((folder / "cpu.cfs_period_us").read_text())
                else:
                    granted, window = (folder / "cpu.max").read_text().split()
                    quota, period = -1.0 if granted == "max" else float(granted), float(window)
                if quota > 0 and period > 0:
                    bound = min(bound, quota / period)
            except (OSError, ValueError):
                continue
    return bound


def _from_environment(name: str) -> int | None:
    text = os.environ.get(name, "").split(",")[0].strip()      # OMP_NUM_THREADS may be a list of levels
    return int(text) if text.isdecimal() and int(text) > 0 else None


def default_threads() -> tuple[int, str]:
    """Number of threads to start with, and why."""
    for name in ("TORSOR_NUM_THREADS", "OMP_NUM_THREADS"):
        n = _from_environment(name)
        if n is not None:
            return n, name
    try:
        cores, why = len(os.sched_getaffinity(0)), "processors this process may run on"
    except AttributeError:                                     # not on this system
        cores, why = os.cpu_count() or 1, "processors of the machine"
    quota = _quota()
    if quota < cores:
        return max(1, round(quota)), f"CPU quota of the control group ({quota:g} of {cores})"
    return cores, why


def _checked(n, where: str) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__") or not 1 <= n.__index__() <= MOST:
        raise ValueError(f"{where}: the number of threads must be an integer from 1 to {MOST}, got {n!r}")
    return n.__index__()


def set_num_threads(n: int) -> None:
    """Set the number of threads that calls of this process use.

    Parameters
    ----------
    n : int
        At least 1.
    """
    global reason
    _threads.set_width(_checked(n, "set_num_threads"))
    reason = "set_num_threads"


def get_num_threads() -> int:
    """Number of threads that a call from here may use: 1 in a child forked after parallel work."""
    return _threads.get_width()


class threads:
    """Context in which the calling thread's work uses another number of threads.

    Parameters
    ----------
    n : int
        At least 1.

    Examples
    --------
    >>> import torsor
    >>> with torsor.threads(1):
    ...     torsor.get_num_threads()
    1
    """

    def __init__(self, n: int):
        self._n = _checked(n, "threads")
        self._before: list[int] = []

    def __enter__(self):
        self._before.append(_threads.set_own_width(self._n))
        return self

    def __exit__(self, *exc_info):
        _threads.set_own_width(self._before.pop())


_n, reason = default_threads()
_threads.set_width(_n)
