"""Threads and signals: widths, nesting, forks, many callers at once, and interrupting."""
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import torsor
from process import run
from torsor._kernels import threads

LARGE = 400_000


@pytest.fixture(autouse=True)
def width():
    before = threads.get_width()
    yield
    threads.set_width(before)
    threads.set_own_width(0)


def test_width_is_the_process_and_own_width_the_threads():
    threads.set_width(5)
    assert threads.get_width() == 5
    assert threads.set_own_width(2) == 0 and threads.get_width() == 2
    seen = []
    worker = threading.Thread(target=lambda: seen.append(threads.get_width()))
    worker.start()
    worker.join()
    assert seen == [5] and threads.set_own_width(0) == 2 and threads.get_width() == 5


@pytest.mark.parametrize("n", [-(2**31), -1, 0, 1, 2, 3, 7, 8, 64])
def test_any_width_gives_the_same_bits(n):
    x = np.random.default_rng(0).normal(size=(LARGE // 4, 4))
    results = []
    for width in (1, n):
        threads.set_width(width)
        results.append([torsor.sin(x), torsor.add(x, x[:, :1]), torsor.less(x.T, 0.5), torsor.tanh(x[::-1, 1:])])
    for one, many in zip(*results):
        assert one.strides == many.strides and one.tobytes("K") == many.tobytes("K")


def test_sizes_at_which_work_is_split():
    threads.set_width(3)
    for n in (5999, 6001, 23_999, 24_001, 47_999, 48_000, 48_001, 71_999, 72_001, 100_003, 65536 * 3 + 1):
        x = np.arange(n, dtype=np.int32)
        np.testing.assert_array_equal(torsor.add(x, 1), x + 1)
        np.testing.assert_array_equal(torsor.multiply(x[::-1], 3), x[::-1] * 3)


def test_many_python_threads_on_shared_arrays():
    """Each reads what all share and writes what is its own; nothing is lost and nothing hangs."""
    threads.set_width(2)
    shared, wrong = np.arange(LARGE, dtype=np.float64).view(torsor.Tensor), []
    total = torsor.zeros(8 * LARGE).reshape(8, LARGE)

    def work(k):
        try:
            for i in range(12):
                own = shared * k
                own += i
                total[k] += own
                with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
                    shared / 0.0
                if own[1] != k + i or (own > -1).sum() != LARGE:
                    wrong.append((k, i))
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
    np.testing.assert_array_equal(total, [12 * shared * k + 66 for k in range(8)])


def test_the_error_state_is_each_threads_own():
    outcomes = {}
    barrier = threading.Barrier(3)

    def work(mode):
        x = np.ones(LARGE).view(torsor.Tensor)
        with np.errstate(all=mode):
            barrier.wait()
            for _ in range(20):
                try:
                    x / 0
                    outcomes.setdefault(mode, set()).add("fine")
                except FloatingPointError:
                    outcomes.setdefault(mode, set()).add("raised")

    workers = [threading.Thread(target=work, args=(mode,)) for mode in ("ignore", "raise")]
    for worker in workers:
        worker.start()
    barrier.wait()
    for worker in workers:
        worker.join()
    assert outcomes == {"ignore": {"fine"}, "raise": {"raised"}}


LONG_CALLS = {
    "take": lambda x, k: torsor.take(x, k),
    "mask": lambda x, k: x[x > 0.5],
    "repeat": lambda x, k: torsor.repeat(x, 3),
    "convolve": lambda x, k: torsor.convolve(x[:1_000_000], x[:1500]),
    "interp": lambda x, k: torsor.interp(x, np.arange(50.0), np.arange(50.0)),
    "sort": lambda x, k: torsor.sort(x),
    "median": lambda x, k: torsor.median(x.reshape(-1, 10), axis=1),
    "inv": lambda x, k: torsor.linalg.inv(x[:9_000_000].reshape(-1, 3, 3)),
    "fft": lambda x, k: torsor.fft.fft(x.reshape(-1, 1000)),
}


@pytest.mark.parametrize("name", LONG_CALLS)
def test_long_work_on_one_thread_lets_others_go_on(name):
    x = torsor.random.default_rng(3).random(10_000_000)
    k = torsor.random.default_rng(4).integers(0, x.size, x.size)
    LONG_CALLS[name](x[:90_000], k[:10] % 90_000)                       # what is imported and loaded by it
    begun, ended, steps = threading.Event(), threading.Event(), 0

    def call():
        with torsor.threads(1):
            begun.set()
            LONG_CALLS[name](x, k)
            ended.set()

    thread = threading.Thread(target=call)
    thread.start()
    begun.wait()
    while not ended.is_set():
        steps += 1
        time.sleep(1e-3)
    thread.join()
    assert steps > 5


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system lists no threads")
@pytest.mark.parametrize("work", ["long + long", "[x + x for _ in range(50)]"])
def test_threads_are_woken_for_long_work_or_much_short_work(work):
    out = run(f"""
        import os, time
        import torsor
        from torsor._kernels import threads
        threads.set_width(2)
        x, long = torsor.zeros(500_000), torsor.zeros(10_000_000)
        alone = len(os.listdir("/proc/self/task"))
        for _ in range(5):
            x + x
            time.sleep(0.01)
        print(len(os.listdir("/proc/self/task")) - alone)
        for _ in range(1000):               # on a busy machine calls may stay far apart for a while
            {work}
            if len(os.listdir("/proc/self/task")) > alone:
                break
        print(len(os.listdir("/proc/self/task")) - alone)
    """)
    assert out.split() == ["0", "1"]


FORK = """
    import os, sys, threading
    import numpy as np, torsor
    from torsor._kernels import threads
    threads.set_width(3)
    threads.set_waking(0)
    x = np.arange(1_000_000.0)
    {before}
    for round in range(3):
        pid = os.fork()
        if not pid:
            ok = (torsor.add(x, 1) == x + 1).all() and (torsor.sqrt(x[::2]) == np.sqrt(x[::2])).all()
            worker = threading.Thread(target=lambda: torsor.multiply(x, x))
            worker.start()
            worker.join()
            if round == 1:                              # a grandchild
                inner = os.fork()
                if not inner:
                    torsor.add(x, x)
                    os._exit(0)
                ok = ok and os.waitpid(inner, 0)[1] == 0
            os._exit(10 + threads.get_width() if ok else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), threads.get_width())
        torsor.add(x, x)                                # the parent goes on with all its threads
"""


@pytest.mark.parametrize("before, widths", [
    ("torsor.add(x, x)", ["11 3"] * 3),                 # after parallel work a child stays on one thread
    ("pass", ["13 3", "11 3", "11 3"]),                 # before any it may have its own
])
def test_a_forked_child_works_and_does_not_hang(before, widths):
    assert run(FORK.format(before=before), timeout=60).splitlines() == widths


def test_multiprocessing_by_fork():
    out = run("""
        import multiprocessing
        import numpy as np, torsor
        x = torsor.add(np.arange(1_000_000.0), 0)
        def work(k):
            return float((x * k).sum())
        with multiprocessing.get_context("fork").Pool(3) as pool:
            print(pool.map(work, range(4)) == [float((x * k).sum()) for k in range(4)])
    """, timeout=60)
    assert out == "True"


INTERRUPT = """
    import signal, time
    import numpy as np, torsor
    from torsor._kernels import threads
    threads.set_width({width})
    x, out = np.full(2**25, 1.5), np.zeros(2**25)
    torsor.power(x[:100_000], x[:100_000])
    def stop(signum, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, stop)
    interrupted = 0
    for _ in range(3):
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            for _ in range(50):
                torsor.power(x, x, out=out)
                assert False, "the signal came too late"
        except KeyboardInterrupt:
            interrupted += 1
            assert np.count_nonzero(out) < out.size          # in the midst of it
            out[...] = 0
    result = torsor.power(x, 2.0)
    assert (result == 2.25).all()
    print(interrupted)
"""


@pytest.mark.parametrize("width", [1, 2])
def test_a_long_call_is_interrupted(width):
    assert run(INTERRUPT.format(width=width)) == "3"
