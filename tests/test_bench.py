"""torsor.bench: every row runs, results are added up right, bad requests are refused.

No test asserts a time.
"""
import importlib.util
import json
from pathlib import Path

import numpy
import pytest

import torsor
from torsor._optable import OPS, Op
from torsor.bench import contest, report, suites
from torsor.cli import main

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
RIVALS = contest.contestants()
CASES = [
    suites.Case(name, row, types, (4,) * row.ndim or (4, 4))
    for name, suite in suites.SUITES.items() for row in suite.rows for types in row.types
]


class Clock:
    """A timer of known times: each call takes the next of ``seconds``, the last for ever."""

    def __init__(self, *seconds):
        self.seconds, self.calls = list(seconds), 0

    def timeit(self, number):
        self.calls += 1
        return number * (self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0])


def result(label, torsor_time, suite="calls", **peers):
    case = suites.Case(suite, suites.Row(label), "d", (1,))
    return contest.Result(case, {"torsor": torsor_time, **peers}, {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_every_row_runs_and_agrees_with_numpy(case):
    codes = contest.spellings(case, RIVALS)
    assert "torsor" in codes
    composable = case.row.code not in (                                # of nothing that NumPy has
        "np.erf(a)", "np.erfc(a)", "np.erfinv(a)", "np.gelu(a)", "np.bessel_i0(a)", "np.lgamma(a)",
            "np.digamma(a)", "np.trigamma(a)")
    assert ("numpy" in codes) + (suites.EXPRESSION in codes) == composable


def test_every_operation_of_the_table_has_a_row():
    codes = {row.code for row in suites.SUITES["elementwise"].rows}
    assert {suites.row_of(op).code for op in OPS} <= codes


def test_an_operation_that_numpy_lacks_meets_its_expression():
    op = Op("ramp", "f->f d->d", "x if x > 0 or x != x else 0 * x", "", domain=(-1.0, 1.0))
    row = suites.row_of(op)
    assert row.code == "np.ramp(a)" and row.types == ("f", "d") and row.domain == (-1.0, 1.0)
    assert row.spellings("expression") == ("np.where(np.logical_or(a > 0, a != a), a, 0 * a)",)
    assert row.spellings("torch")[:2] == ("np.ramp(a)", "np.nn.functional.ramp(a)")


def test_a_row_says_which_arrays_it_needs():
    assert suites.Row("a + v", setup="v = b[0]").operands == ["a", "b"]
    assert suites.Row("np.zeros(100)").operands == []
    ldexp = next(op for op in OPS if op.name == "ldexp")
    case = suites.Case("elementwise", suites.row_of(ldexp), "fi", (3,))
    assert case.dtypes == {"a": numpy.dtype("float32"), "b": numpy.dtype("int32")}


def test_data_are_repeatable_and_in_the_domain():
    row = suites.Row("a // b", types=("d", "q"), domain=(-0.5, 3.0))
    for types in row.types:
        case = suites.Case("calls", row, types, (1000,))
        first, second = contest.draw(case), contest.draw(case)
        for name in "ab":
            numpy.testing.assert_array_equal(first[name], second[name])
            assert first[name].min() >= (1 if types == "q" else -0.5) and first[name].max() <= 3


def test_contestants_take_turns(monkeypatch):
    monkeypatch.setattr(contest, "settle", lambda: None)
    monkeypatch.setattr(contest, "autorange", lambda timer, span: 1)
    # every other call is the untimed warm-up
    timers = {"torsor": Clock(9.0, 1.0, 0, 2.0, 0, 30.0), "numpy": Clock(5.0)}
    assert contest.samples(timers, 3) == {"torsor": [1.0, 2.0, 30.0], "numpy": [5.0] * 3}
    assert [clock.calls for clock in timers.values()] == [6, 6]


def test_autorange_fills_the_span():
    assert contest.autorange(Clock(1.0), 0.002) == 1
    assert contest.autorange(Clock(1e-6), 0.002) == 2000


@pytest.mark.parametrize(("own", "peer", "again"), [
    ([1.04] * 3, [1.0] * 3, False),
    ([1.0, 1.06, 1.06], [1.0] * 3, True),       # slower than the peer
    ([1.0] * 3, [1.0, 1.3, 1.3], True),         # quicker, but the peer was disturbed
    ([1.0, 1.0, 9.0], [1.0] * 3, False),
])
def test_a_doubtful_case_is_measured_again(monkeypatch, own, peer, again):
    repeats = []

    def samples(timers, repeat):
        repeats.append(repeat)
        return {"torsor": own, "numpy": peer} if len(repeats) == 1 else {
            "torsor": [4.0, 1.0, 2.0], "numpy": [3.0, 8.0, 4.0]}

    monkeypatch.setattr(contest, "samples", samples)
    case = suites.Case("calls", suites.Row("a + b"), "d", (1,))
    measured = contest.measure(case, RIVALS, repeat=2)
    assert measured.remeasured is again
    assert repeats == ([2, 6] if again else [2])
    if again:
        assert measured.seconds == {"torsor": 2.0, "numpy": 4.0}
        assert measured.ratios == {"numpy": 0.5}


@pytest.mark.parametrize("code", ["np.absent(a)", "a - b", "(a + b)[:1]", "divmod(a, b)", "a > b"])
def test_a_peer_that_lacks_a_case_or_means_something_else_is_left_out(code):
    case = suites.Case("calls", suites.Row("a + b", {"numpy": (code,)}), "d", (7,))
    assert "numpy" not in contest.spellings(case, RIVALS)
    case = suites.Case("calls", suites.Row("a + b", {"numpy": (code, "b + a")}), "d", (7,))
    assert contest.spellings(case, RIVALS)["numpy"] == "b + a"


def test_work_in_place_keeps_to_a_copy():
    case = suites.Case("calls", suites.Row("a += b"), "d", (3,))
    for rival in RIVALS.values():
        data = contest.draw(case)
        [changed] = contest.answer(case, rival, "a += b")
        numpy.testing.assert_array_equal(changed, data["a"] + data["b"])


def test_torsor_may_not_lack_a_case():
    case = suites.Case("calls", suites.Row("np.absent(a)", {"numpy": ("a + a",)}), "d", (1,))
    measured = contest.measure(case, RIVALS, repeat=1)
    assert measured.error.startswith("AttributeError") and measured.ratios == {}
    assert "failed: AttributeError" in report.table_line(measured)


def test_summary():
    digests = report.summary([
        result("a", 1.0, numpy=2.0, torch=10.0), result("b", 3.0, numpy=1.5),
        result("c", 1.0, suite="matmul", numpy=1.0),
    ])
    assert digests["calls"]["numpy"] == {
        "cases": 2, "geomean": pytest.approx(1.0), "above_limit": 1,
        "worst": {"case": "calls: b [float64 1]", "ratio": 2.0},
    }
    assert digests["calls"]["torch"]["geomean"] == pytest.approx(0.1)
    assert digests["matmul"]["numpy"]["above_limit"] == 0
    assert len(report.summary_lines([result("a", 1.0, numpy=2.0, torch=1.0)])) == 2


def test_threads_are_given_back():
    before = torsor.get_num_threads()
    with contest.threads(1):
        assert torsor.get_num_threads() == 1
    assert torsor.get_num_threads() == before


def test_command_writes_every_result(tmp_path, capsys):
    path = tmp_path / "results.json"
    options = ["--size", "3", "--filter", "a + b", "--repeat", "1", "--threads", "1"]
    assert main(["bench", "calls", *options, "--json", str(path)]) == 0
    document = json.loads(path.read_text())
    assert document["threads"] == 1 and document["repeat"] == 1
    assert document["versions"]["numpy"] == numpy.__version__
    assert [case["types"] for case in document["cases"]] == ["f", "d", "q"]
    for case in document["cases"]:
        assert case["suite"] == "calls" and case["shape"] == [3] and not case["error"]
        assert case["code"]["torsor"] == "a + b"
        for peer, ratio in case["ratios"].items():
            assert ratio == case["seconds"]["torsor"] / case["seconds"][peer] > 0
    assert document["suites"]["calls"]["numpy"]["cases"] == 3
    assert "against numpy" in capsys.readouterr().out


def test_one_thread_takes_part_where_it_is_asked_for(tmp_path, capsys):
    path = tmp_path / "results.json"
    options = ["--size", "3", "--filter", "np.add(a, b) [float64", "--repeat", "1", "--single"]
    assert main(["bench", "calls", *options, "--json", str(path)]) == 0
    document = json.loads(path.read_text())
    assert document["cases"][0]["ratios"]["one thread"] > 0
    assert document["copy_bandwidth"] > 0
    assert "against one thread" in (text := capsys.readouterr().out) and "GB/s" in text
    one = contest.contestants(["one thread"])["one thread"]
    with torsor.threads(2), one.context():
        assert torsor.get_num_threads() == 1


def test_command_fails_with_a_case(monkeypatch, capsys):
    broken = suites.Suite([suites.Row("np.absent(a)", types=("d",))], ((1,),))
    monkeypatch.setitem(suites.SUITES, "broken", broken)
    assert main(["bench", "broken", "--repeat", "1"]) == 1
    assert "failed: AttributeError" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "message"), [
    (["nonsense"], "no suite 'nonsense'; there are calls, elementwise"),
    (["calls", "--filter", "nowhere"], "no case"),
    (["--size", "0"], "'0' is not a shape"),
    (["--size", "1e12"], "'1e12' is not a shape"),
    (["--size", "4xnan"], "'4xnan' is not a shape"),
    (["--threads", "0"], "'0' is not a whole number above zero"),
    (["--repeat", "-1"], "'-1' is not a whole number"),
])
def test_wrong_usage(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["bench", *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "message"), [
    (["--json", "absent/results.json"], "absent/results.json: there is no such directory"),
    (["--plot", "ratios.txt"], "should end in .png"),
])
def test_outputs_are_refused_before_measuring(arguments, message, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(contest, "contest", lambda *_: pytest.fail("measured"))
    monkeypatch.setattr(report, "find_spec", lambda name: object())
    assert main(["bench", "calls", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_plot_needs_its_extra(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(report, "find_spec", lambda name: None)
    monkeypatch.setattr(contest, "contest", lambda *_: pytest.fail("measured"))
    assert main(["bench", "calls", "--plot", str(tmp_path / "ratios.png")]) == 1
    assert "pip install 'torsor[plot]'" in capsys.readouterr().err


def test_plot(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "ratios.png"
    results = [result("a", 1.0, numpy=2.0, torch=4.0), result("b", 1.0, "matmul", numpy=2.0)]
    report.plot(results, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_list_of_functions_says_how_each_runs():
    spec = importlib.util.spec_from_file_location("functions", BENCHMARKS / "functions.py")
    listing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(listing)
    kinds = listing.functions("torsor") | listing.functions("torsor.fft")
    assert {name: kinds[name] for name in ("add", "sum", "concatenate", "clip", "fft", "array2string")} == {
        "add": "native", "sum": "native", "concatenate": "native", "clip": "composed", "fft": "native",
        "array2string": "numpy"}
    assert "float64" not in kinds and "pi" not in kinds
    case = {"ratios": {"numpy": 0.25}, "code": {"torsor": "np.add(a, b)"}}
    text = listing.page({"cases": [case, case | {"ratios": {"numpy": 1.0}}, case | {"ratios": {}}]})
    assert "| `add` | native | 0.50 | 1.00 | 2 |" in text
