"""The examples run as their files say, and find what physics says."""
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None


def run(name, *arguments, code=0, cwd=None):
    done = subprocess.run([sys.executable, "-P", str(EXAMPLES / name), *arguments], capture_output=True, text=True,
                          timeout=120, check=False, cwd=cwd)
    assert done.returncode == code, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def test_orbits_have_the_periods_of_the_planets(tmp_path):
    table = run("orbits.py", "--step", "0.5", cwd=tmp_path)
    days = {planet: float(period) for planet, period in re.findall(r"(\w+) +[\d.]+ au +([\d.]+) d ", table)}
    sidereal = {"Mercury": 87.969, "Venus": 224.701, "Earth": 365.256, "Mars": 686.980}
    assert days == pytest.approx(sidereal, rel=1e-3)
    assert list(tmp_path.iterdir()) == []


def test_orbits_refuse_what_breaks_keplers_law():
    assert "by Kepler's third law" in run("orbits.py", "--step", "2", code=1)


@pytest.mark.skipif(not HAS_MATPLOTLIB, reason="needs matplotlib")
def test_orbits_are_drawn(tmp_path):
    image = tmp_path / "orbits.png"
    assert str(image) in run("orbits.py", "--step", "0.5", "--plot", str(image))
    assert image.read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(HAS_MATPLOTLIB, reason="matplotlib is installed")
def test_orbits_say_what_drawing_needs(tmp_path):
    assert "pip install" in run("orbits.py", "--plot", str(tmp_path / "orbits.png"), code=2)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_clean(path):
    from torsor.units import lint

    assert lint.check(path.read_text(), path.name) == []


def test_options_obey_parity_and_have_deltas():
    lines = run("options.py", "--options", "20000").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["calls less puts", "deltas", "20000 prices"]
