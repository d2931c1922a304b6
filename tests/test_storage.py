"""The pool that arrays' memory comes from: alignment, reuse, bounds, threads, forks, exhaustion."""
import gc
import itertools
import threading

import numpy as np
import pytest

import torsor
from process import run
from torsor import memory

SIZES = [0, 1, 7, 8, 63, 64, 65, 255, 256, 257, 1000, 4096, 65536, 65537, 2**21 - 64, 2**21, 2**21 + 1, 5 * 2**20]


def make(n):
    """A new array of n bytes from the pool."""
    return torsor.invert(np.zeros(n, np.uint8))


@pytest.fixture(autouse=True)
def limit():
    """The pool's bound as it was."""
    gc.collect()
    before = memory.stats()["limit"]
    yield
    memory.set_limit(before)


@pytest.mark.parametrize("n", SIZES)
def test_every_size_is_aligned_owned_and_writable(n):
    arrays = [make(n) for _ in range(3)]
    for k, a in enumerate(arrays):
        assert a.ctypes.data % 64 == 0 and a.flags.owndata and a.nbytes == n
        assert np._core.multiarray.get_handler_name(a) == "torsor"
        a[...] = k
    assert [a.tolist() for a in arrays] == [[k] * n for k in range(3)] or n > 10_000
    assert all((a == k).all() for k, a in enumerate(arrays))
    spans = sorted((a.ctypes.data, a.ctypes.data + n) for a in arrays)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@pytest.mark.parametrize("n", [0, 1, 100, 5000, 70_000, 2**21, 2**23])
def test_freed_memory_is_reused_and_counted(n):
    operand = np.zeros(n, np.uint8)
    memory.trim()
    before = memory.stats()
    a = torsor.invert(operand)
    during = memory.stats()
    address = a.ctypes.data
    taken = during["in_use"] - before["in_use"]
    assert n <= taken <= max(n + 64, n * 5 // 4) and during["misses"] == before["misses"] + 1
    del a
    after = memory.stats()
    assert after["in_use"] == before["in_use"] and after["cached"] == before["cached"] + taken
    b = torsor.invert(operand)
    again = memory.stats()
    assert b.ctypes.data == address
    assert again["hits"] == after["hits"] + 1 and again["misses"] == after["misses"]
    assert again["in_use"] == during["in_use"] and again["cached"] == before["cached"]
    del b
    assert memory.trim() >= taken
    assert memory.stats()["cached"] == before["cached"] and memory.trim() == 0


def test_the_limit_bounds_what_is_kept():
    memory.trim()
    memory.set_limit(2**22)
    arrays = [make(2**20) for _ in range(10)]
    arrays.clear()
    assert 0 < memory.stats()["cached"] <= 2**22
    memory.set_limit(2**21)
    assert memory.stats()["cached"] <= 2**21 and memory.stats()["limit"] == 2**21
    make(100)
    memory.set_limit(0)
    assert memory.stats()["cached"] == 0
    for n in SIZES:
        make(n)
    assert memory.stats()["cached"] == 0


@pytest.mark.parametrize("limit, error", [(-1, (ValueError, OverflowError)), (2**64, OverflowError), ("1", TypeError)])
def test_limits_that_are_none(limit, error):
    with pytest.raises(error):
        memory.set_limit(limit)


@pytest.mark.parametrize("text, ok", [("0", True), ("1000000", True), ("-1", False), ("many", False), ("", False)])
def test_limit_of_the_environment(text, ok):
    code = "from torsor import memory; print(memory.stats()['limit'])"
    if ok:
        assert run(code, TORSOR_CACHE_BYTES=text) == text
    else:
        with pytest.raises(AssertionError, match="is not a number of bytes"):
            run(code, TORSOR_CACHE_BYTES=text)


def test_resize_reallocates():
    before = memory.stats()["in_use"]
    a = torsor.add(np.arange(100), 0)
    for n in (101, 5, 100_000, 2**19, 1000, 1, 0, 300):
        kept = a[: min(n, a.size)].tolist()
        old = a.size
        a.resize(n, refcheck=False)
        assert a.shape == (n,) and a[: len(kept)].tolist() == kept
        assert not a[old:].any() and a.ctypes.data % 64 == 0
    del a
    assert memory.stats()["in_use"] == before


def test_arrays_outlive_the_thread_that_made_them_and_die_in_others():
    before = memory.stats()["in_use"]
    made = []

    def work():
        made.extend(make(n) for n in SIZES)

    for _ in range(3):
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    assert all((a == 255).all() for a in made)
    assert memory.stats()["in_use"] > before
    worker = threading.Thread(target=made.clear)
    worker.start()
    worker.join()
    assert memory.stats()["in_use"] == before


def test_threads_that_allocate_at_once():
    before, wrong = memory.stats()["in_use"], []

    def work(seed):
        rng, held = np.random.default_rng(seed), []
        for k in range(300):
            a = make(int(rng.choice(SIZES[:14])))
            a[...] = seed
            held.append(a)
            if k % 3 == 0:
                b = held.pop(int(rng.integers(len(held))))
                if not (b == seed).all():
                    wrong.append((seed, k))
            if k % 50 == 0:
                memory.trim()
                memory.stats()

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong and memory.stats()["in_use"] == before


def test_impossible_sizes_leave_nothing_behind():
    one = np.float64(1)
    before = memory.stats()
    for shape in ((2**44,), (2**45,), (2**46,), (2**58,), (2**30, 2**20)):
        with pytest.raises(MemoryError, match="Unable to allocate"):
            torsor.add(np.broadcast_to(one, shape), 1)
        with pytest.raises(MemoryError):
            torsor.modf(np.broadcast_to(one, shape))
    with pytest.raises(ValueError, match="array is too big"):
        torsor.add(np.broadcast_to(np.int8(1), (2**61,)), 1.0)
    assert memory.stats()["in_use"] == before["in_use"]


def test_exhaustion_is_a_memory_error_and_leaks_nothing():
    out = run("""
        import resource
        import numpy as np, torsor
        from torsor import memory
        x = np.zeros(2**22)                                     # 32 MiB
        held, before = [], memory.stats()["in_use"]
        torsor.add(x[:10], 1)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, resource.RLIM_INFINITY))
        failures = 0
        for _ in range(5):
            try:
                while True:
                    held.append(torsor.add(x, 1))
            except MemoryError as error:
                failures += "Unable to allocate" in str(error)
            n = len(held)
            assert memory.stats()["in_use"] - before >= n * x.nbytes
            held.clear()
            assert memory.stats()["in_use"] == before, memory.stats()
            assert n >= 4 and len([torsor.add(x, 1) for _ in range(n)]) == n    # as much fits again, from the pool
        try:
            while True:
                held.append(torsor.modf(x))                 # the second of two results may be the one to fail
        except MemoryError:
            held.clear()
        assert memory.stats()["in_use"] == before
        memory.trim()
        held = [torsor.invert(np.zeros(2**16 - 64, np.uint8)) for _ in range(100)]        # small blocks again
        print(failures)
    """)
    assert out == "5"


def test_a_fork_while_threads_hold_memory():
    """The child's pool forgets the threads it does not have; new ones may take their place."""
    out = run("""
        import os, threading
        import numpy as np, torsor
        from torsor import memory
        x, hold, ready = np.zeros(1000), threading.Event(), threading.Barrier(5)
        def work():
            kept = [torsor.add(x, 1) for _ in range(20)]
            del kept[::2]
            ready.wait()
            hold.wait()
        workers = [threading.Thread(target=work) for _ in range(4)]
        for w in workers: w.start()
        ready.wait()
        before = memory.stats()["in_use"]
        pid = os.fork()
        if not pid:
            assert memory.stats()["in_use"] == before
            for _ in range(3):
                def again():
                    return [torsor.add(x, k) for k in range(50)]
                new = [threading.Thread(target=again) for _ in range(6)]
                for w in new: w.start()
                memory.stats()
                for w in new: w.join()
                memory.stats()
                memory.trim()
            assert memory.stats()["in_use"] == before
            os._exit(7)
        status = os.waitpid(pid, 0)[1]
        hold.set()
        for w in workers: w.join()
        print(os.waitstatus_to_exitcode(status))
    """, timeout=60, MALLOC_ARENA_MAX="1")                # so that memory is reused soon
    assert out == "7"


def test_numpys_own_handler_is_untouched():
    assert np._core.multiarray.get_handler_name() != "torsor"
    assert np._core.multiarray.get_handler_name(np.zeros(10)) != "torsor"
