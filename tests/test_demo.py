"""The demo recognises digits, alike on torsor and on NumPy; its data are checked line by line."""
import numpy
import pytest

import torsor
from torsor import datasets, demo
from torsor.cli import main

GOOD = ",".join(["0"] * 64 + ["7"])


@pytest.fixture(scope="module")
def rows():
    return datasets.digits()


def test_the_data_are_whole(rows):
    table = numpy.array(rows)
    assert table.shape == (1797, 65)
    assert table[:, :64].min() == 0 and table[:, :64].max() == 16
    digits = numpy.bincount(table[:, 64])
    assert digits.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_torsor_and_numpy_predict_the_same(rows):
    own, peer = demo.run(torsor, rows), demo.run(numpy, rows)
    numpy.testing.assert_array_equal(own.predicted, peer.predicted)
    assert len(own.predicted) == 449
    assert own.accuracy == peer.accuracy > 0.95
    assert list(own.seconds) == list(peer.seconds) and min(own.seconds.values()) >= 0


def test_command(capsys):
    assert main(["demo", "--repeat", "1"]) == 0
    text = capsys.readouterr().out
    assert "held-out handwritten digits" in text and "are identical" in text
    assert all(stage in text for stage in ("standardise", "principal components", "vote", "total"))


def test_command_fails_where_predictions_differ(monkeypatch, capsys):
    program = demo.run

    def wrong_on_torsor(np, rows):
        outcome = program(np, rows)
        return outcome._replace(predicted=outcome.predicted + (np is torsor))

    monkeypatch.setattr(demo, "run", wrong_on_torsor)
    assert main(["demo", "--repeat", "1"]) == 1
    printed = capsys.readouterr()
    assert "DIFFER" in printed.out and "predictions are not NumPy's" in printed.err


@pytest.mark.parametrize(("line", "message"), [
    ("", "line 2: 1 fields; expected 64 pixels and a digit"),
    (GOOD + ",1", "line 2: 66 fields"),
    ("17" + GOOD[1:], "line 2, column 1: '17'; expected a whole number of 0 to 16"),
    ("-1" + GOOD[1:], "line 2, column 1: '-1'"),
    ("x" + GOOD[1:], "line 2, column 1: 'x'"),
    ("1.5" + GOOD[1:], "line 2, column 1: '1.5'"),
    ("\x00" + GOOD[1:], "line 2, column 1"),
    ("\u0663" + GOOD[1:], "line 2, column 1"),
    (GOOD[:-1] + "10", "line 2, column 65: '10'; expected a whole number of 0 to 9"),
])
def test_malformed_data(tmp_path, line, message):
    path = tmp_path / "digits.csv"
    path.write_text(f"{GOOD}\n{line}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        datasets.digits(path)
    assert message in str(caught.value) and str(path) in str(caught.value)


def test_empty_data(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        datasets.digits(path)


@pytest.mark.parametrize("content", [None, "1,2\n"])
def test_command_without_good_data(content, tmp_path, monkeypatch, capsys):
    path = tmp_path / "digits.csv"
    if content:
        path.write_text(content)
    read = datasets.digits
    monkeypatch.setattr(datasets, "digits", lambda: read(path))
    assert main(["demo"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("torsor demo: ") and str(path) in error
