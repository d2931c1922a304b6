"""How the benchmarks measure: contestants take turns in one process, on copies of the same data.

What is compared is in ``suites``; what is made of the results in ``report``.
"""
import ast
import os
import statistics
import threading
import time
import timeit
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from importlib import import_module
from math import ceil, floor
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy

import torsor

from .suites import EAGER, EXPRESSION, NUMEXPR, SINGLE, UNIT_LIBRARIES, Case

LIMIT = 1.05            # a case with a ratio above it is measured again before it is believed
_STEADY = 1.25          # so is a case with a median above so many times the shortest sample
_SPAN = 0.002           # seconds that one sample takes


class Contestant(NamedTuple):
    """A library: its name, its module, how it makes an array of its own from NumPy's, and what it runs within."""

    name: str
    module: ModuleType
    array: Callable
    context: Callable[[], AbstractContextManager] = nullcontext


class Within:
    """A timer that runs in a context."""

    def __init__(self, timer: timeit.Timer, context: Callable[[], AbstractContextManager]):
        self._timer, self._context = timer, context

    def timeit(self, number: int) -> float:
        with self._context():
            return self._timer.timeit(number)


class Result(NamedTuple):
    """Medians of one case, in seconds per execution, by contestant; torsor's comes first."""

    case: Case
    seconds: dict[str, float]
    codes: dict[str, str]            # the spelling that each contestant ran
    remeasured: bool = False
    error: str = ""                  # why torsor did not run

    @property
    def ratios(self) -> dict[str, float]:
        """torsor's time over that of each peer."""
        return {peer: self.seconds["torsor"] / seconds
                for peer, seconds in self.seconds.items() if peer != "torsor"}


def contestants(others: Iterable[str] = ()) -> dict[str, Contestant]:
    """torsor, NumPy, an expression of NumPy's for what it lacks, and where installed PyTorch and ``others``."""
    found = [Contestant("torsor", torsor, torsor.array), Contestant("numpy", numpy, numpy.array),
             Contestant(EXPRESSION, numpy, numpy.array), Contestant(EAGER, torsor, torsor.array)]
    if SINGLE in others:
        found.append(Contestant(SINGLE, torsor, torsor.array, lambda: torsor.threads(1)))
    for name in ("torch", *(name for name in others if name != SINGLE)):
        with suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = import_module(name)
            if name == "astropy":
                import_module("astropy.units")
            found.append(Contestant(name, module, module.tensor if name == "torch" else numpy.array))
    return {contestant.name: contestant for contestant in found}


@contextmanager
def threads(count: int) -> Iterator[bool]:
    """Run every contestant on ``count`` threads; False if NumPy's BLAS keeps its own number.

    A BLAS that is loaded is out of NumPy's reach: threadpoolctl, where installed, does it.
    """
    with ExitStack() as restore:
        restore.enter_context(torsor.threads(count))
        if "torch" in (rivals := contestants()):
            torch = rivals["torch"].module
            restore.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
        with suppress(ImportError):
            numexpr = import_module(NUMEXPR)
            restore.callback(numexpr.set_num_threads, numexpr.set_num_threads(count))
        try:
            pools = import_module("threadpoolctl").ThreadpoolController().lib_controllers
        except ImportError:
            yield False
            return
        for pool in pools:
            own = Path(torsor.__file__).parent in Path(pool.filepath).parents
            if pool.user_api == "blas" and not own:
                restore.callback(pool.set_num_threads, pool.num_threads)
                pool.set_num_threads(count)
        yield True


def draw(case: Case) -> dict[str, numpy.ndarray]:
    """The same numbers whenever the case is run; integers are positive."""
    rng = numpy.random.default_rng(0)
    low, high = case.row.domain
    first = max(1, ceil(low))

    def numbers(dtype: numpy.dtype) -> numpy.ndarray:
        if dtype.kind == "i":
            return rng.integers(first, max(first, floor(high)), case.shape, dtype, endpoint=True)
        return rng.uniform(low, high, case.shape).astype(dtype)

    return {name: numbers(dtype) for name, dtype in case.dtypes.items()}


def timer(case: Case, rival: Contestant, code: str, **scope: object) -> Within:
    """A timer of ``code``, whose operands are local names for the contestant's own copies."""
    arrays = {name: rival.array(numbers) for name, numbers in draw(case).items()}
    prepared = case.row.setups.get(rival.name, case.row.setup)
    setup = [*(f"{name} = arrays[{name!r}]" for name in arrays), prepared]
    scope |= {"np": rival.module, "arrays": arrays}
    return Within(timeit.Timer(code, "\n".join(setup), globals=scope), rival.context)


def answer(case: Case, rival: Contestant, code: str) -> list[numpy.ndarray]:
    """What ``code`` gives: the value of an expression, or ``a`` after work in place."""
    kept: list = []
    is_value = isinstance(ast.parse(code).body[0], ast.Expr)
    keeping = f"keep({code})" if is_value else f"{code}\nkeep(a)"
    timer(case, rival, keeping, keep=kept.append).timeit(1)
    return [numbers_of(value) for value in (kept[0] if isinstance(kept[0], tuple) else kept)]


def numbers_of(value: object) -> numpy.ndarray:
    """The plain numbers of a result, which may have a unit."""
    for name in ("magnitude", "value"):         # of DimArrays and pint; of astropy and unyt
        held = getattr(value, name, None)
        if held is not None:
            return numpy.asarray(held() if callable(held) else held)
    return numpy.asarray(value)


def agree(ours: list[numpy.ndarray], theirs: list[numpy.ndarray]) -> bool:
    """Whether two answers took the same work: same types and shapes, values near enough to tell."""
    return len(ours) == len(theirs) and all(
        one.dtype == other.dtype and one.shape == other.shape
        and numpy.allclose(one, other, 1e-4, 1e-5, equal_nan=True)
        for one, other in zip(ours, theirs))


def spellings(case: Case, rivals: dict[str, Contestant]) -> dict[str, str]:
    """What each contestant runs: the first spelling that gives torsor's answer on few numbers.

    A peer that has none is left out: PyTorch lacks much and means other things by some names.
    """
    few = case._replace(shape=(4,) * len(case.shape))
    codes = {"torsor": case.row.code}
    ours = answer(few, rivals["torsor"], case.row.code)
    for name, rival in rivals.items():
        for code in case.row.spellings(name):
            with suppress(Exception):
                if name not in codes and agree(ours, answer(few, rival, code)):
                    codes[name] = code
    return codes


def load() -> float:
    """How many processes ran in the last minute, on average; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def busy_threads() -> bool:
    """Whether a thread of this process other than the caller is running.

    Where the system does not list threads, the processor time that 20 ms cost tells: it counts what a
    running thread has used at the system's clock ticks only.
    """
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        before = time.process_time()
        time.sleep(0.02)
        return time.process_time() - before > 0.002
    own = str(threading.get_native_id())
    for task in tasks.iterdir():
        with suppress(OSError):         # a thread that has ended meanwhile
            if task.name != own and (task / "stat").read_text().rpartition(")")[2].split()[0] == "R":
                return True
    return False


def settle(patience: float = 0.5) -> None:
    """Wait until this process is idle.

    The worker threads of OpenBLAS and OpenMP spin on after their work, for up to a tenth of a
    second; a contestant whose turn came meanwhile was seen to take several times as long.
    """
    deadline = time.monotonic() + patience
    while busy_threads() and time.monotonic() < deadline:
        time.sleep(0.001)


def autorange(timer: Within, span: float) -> int:
    """How many executions fill ``span`` seconds, once the threads are awake."""
    settle()
    timer.timeit(3)
    number = 1
    while (elapsed := timer.timeit(number)) < span / 2:
        number = max(2 * number, min(100 * number, int(number * span / max(elapsed, 1e-9))))
    return max(1, round(number * span / elapsed))


def samples(timers: dict[str, Within], repeat: int) -> dict[str, list[float]]:
    """Seconds per execution; everybody has one of ``repeat`` samples in each round."""
    numbers = {name: autorange(timer, _SPAN) for name, timer in timers.items()}
    taken: dict[str, list[float]] = {name: [] for name in timers}
    for turn in range(repeat):
        for name in list(timers)[::-1 if turn % 2 else 1]:
            timer, number = timers[name], numbers[name]
            settle()
            timer.timeit(max(3, number // 4))       # wakes the threads and fills the caches
            taken[name].append(timer.timeit(number) / number)
    return taken


def copy_bandwidth(size: int = 10**7, repeat: int = 7) -> float:
    """Bytes that torsor reads and writes in a second where it copies float64: what memory-bound work can reach."""
    source = torsor.ones(size)
    target = torsor.zeros(size)
    copying = timeit.Timer("copy(source, out=target)", globals={
        "copy": torsor.positive, "source": source, "target": target})
    settle()
    copying.timeit(2)
    return 2 * source.nbytes / statistics.median(copying.repeat(repeat, 1))


def measure(case: Case, rivals: dict[str, Contestant], repeat: int) -> Result:
    """Time one case; what is slower than a peer, or unsteady, again with three times the samples.

    To doubt the slow alone would let luck stand where it flatters.
    """
    try:
        codes = spellings(case, rivals)
        timers = {name: timer(case, rivals[name], code) for name, code in codes.items()}
        taken = samples(timers, repeat)
    except Exception as error:     # one broken case must not end a run of many
        return Result(case, {}, {}, error=f"{type(error).__name__}: {error}")

    def result(taken: dict[str, list[float]], remeasured: bool) -> Result:
        medians = {name: statistics.median(values) for name, values in taken.items()}
        return Result(case, medians, codes, remeasured)

    first = result(taken, remeasured=False)
    slow = any(ratio > LIMIT for ratio in first.ratios.values())
    if not slow and all(first.seconds[name] < _STEADY * min(taken[name]) for name in taken):
        return first
    return result(samples(timers, 3 * repeat), remeasured=True)


def contest(cases: Iterable[Case], repeat: int = 7, single: bool = False) -> Iterator[Result]:
    """Measure the cases one after the other; ``single``: torsor on one thread takes part as well."""
    cases = list(cases)
    named = {name for case in cases for name in case.row.peers}
    rivals = contestants([name for name in (*UNIT_LIBRARIES, NUMEXPR) if name in named] + [SINGLE] * single)
    for case in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield measure(case, rivals, repeat)
