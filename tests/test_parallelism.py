"""How many threads torsor uses, and why."""
import os
import subprocess
import sys
import threading

import pytest

import torsor
from torsor import parallelism


@pytest.fixture
def cgroup(tmp_path):
    """Make a control group's files; returns the quota that is read from them."""
    def make(membership, files):
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return parallelism._quota(tmp_path, tmp_path / "membership")

    return make


@pytest.mark.parametrize("membership, files, quota", [
    ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 1.5),
    ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "200000 100000\n"}, 2.0),
    ("0::/a/b\n", {"a/b/cpu.max": "400000 100000\n", "a/cpu.max": "50000 100000\n"}, 0.5),
    ("0::/\n", {"cpu.max": "max 100000\n"}, float("inf")),
    ("4:cpu,cpuacct:/x\n1:name=systemd:/y\n", {"cpu/x/cpu.cfs_quota_us": "300000\n",
                                              "cpu/x/cpu.cfs_period_us": "100000\n"}, 3.0),
    ("4:cpu:/x\n", {"cpu/x/cpu.cfs_quota_us": "-1\n", "cpu/x/cpu.cfs_period_us": "100000\n"}, float("inf")),
    ("4:memory:/x\n", {"cpu/x/cpu.cfs_quota_us": "1\n", "cpu/x/cpu.cfs_period_us": "1\n"}, float("inf")),
    ("0::/a\n", {"a/cpu.max": "nonsense\n"}, float("inf")),
])
def test_quota_of_both_versions_of_control_groups(cgroup, membership, files, quota):
    assert cgroup(membership, files) == quota


def test_no_control_groups_at_all(tmp_path):
    assert parallelism._quota(tmp_path, tmp_path / "absent") == float("inf")


def test_a_quota_below_the_processors_decides(monkeypatch):
    monkeypatch.delenv("TORSOR_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(parallelism, "_quota", lambda: 0.3)
    n, why = parallelism.default_threads()
    assert n == 1 and "quota" in why


@pytest.mark.parametrize("environment, expected", [
    ({"TORSOR_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, (3, "TORSOR_NUM_THREADS")),
    ({"OMP_NUM_THREADS": "5,2"}, (5, "OMP_NUM_THREADS")),
])
def test_environment(monkeypatch, environment, expected):
    for name in ("TORSOR_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parallelism.default_threads() == expected


@pytest.mark.parametrize("value", ["0", "-1", "many", ""])
def test_nonsense_in_the_environment_is_passed_over(monkeypatch, value):
    monkeypatch.setenv("TORSOR_NUM_THREADS", value)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert parallelism.default_threads()[1] not in ("TORSOR_NUM_THREADS", "OMP_NUM_THREADS")


def test_set_num_threads_is_process_wide_and_threads_is_not():
    before = torsor.get_num_threads()
    seen = []
    try:
        torsor.set_num_threads(5)
        with torsor.threads(2):
            worker = threading.Thread(target=lambda: seen.append(torsor.get_num_threads()))
            worker.start()
            worker.join()
            seen.append(torsor.get_num_threads())
            with torsor.threads(7):
                seen.append(torsor.get_num_threads())
            seen.append(torsor.get_num_threads())
        seen.append(torsor.get_num_threads())
    finally:
        torsor.set_num_threads(before)
    assert seen == [5, 2, 7, 2, 5]


@pytest.mark.parametrize("n", [0, -3, 1.5, "2", True, None, 10**9])
def test_refused_numbers(n):
    with pytest.raises(ValueError, match="number of threads must be an integer"):
        torsor.set_num_threads(n)
    with pytest.raises(ValueError, match="number of threads must be an integer"):
        torsor.threads(n)


def test_another_library_that_limits_openmp_is_heard():
    code = ("import torsor, ctypes; maps = open('/proc/self/maps').read().split(); "
            "omp = ctypes.CDLL(next((path for path in maps if 'libgomp' in path), 'libgomp.so.1')); "
            "torsor.set_num_threads(4); omp.omp_set_num_threads(1); print(torsor.get_num_threads())")
    environment = {**os.environ, "OMP_NUM_THREADS": "4"}
    out = subprocess.run([sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True)
    if "OSError" in out.stderr or "FileNotFoundError" in out.stderr:
        pytest.skip("no OpenMP runtime under this name")
    assert out.stdout.strip() == "1", out.stderr
