"""The commands ``torsor units convert`` and ``torsor units list``; ``lint`` is in test_units_lint."""
import os
import subprocess
import sys

import pytest

from torsor import cli
from torsor.units import convert, errors, parse
from torsor.units.catalogue import ROWS, SOURCES


def run(capsys, *arguments):
    """Exit code, output and error output."""
    try:
        code = cli.main(["units", *arguments])
    except SystemExit as end:
        code = end.code
    return code, *capsys.readouterr()


def process(*arguments, **environment):
    return subprocess.run([sys.executable, "-P", "-m", "torsor", "units", *arguments], capture_output=True,
                          timeout=120, check=False, env=os.environ | environment)


# ---------------------------------------------------------------------------------------- convert

@pytest.mark.parametrize(("quantity", "target", "output"), [
    ("3 ft", "m", "0.9144 m"), ("25 degC", "K", "298.15 K"), ("30 dBm", "W", "1.0 W"), ("-40 degF", "degC", "-40.0 °C"),
    ("1e3 kg*m/s**2", "kN", "1.0 kN"), ("1e3kg·m/s²", "kN", "1.0 kN"), ("100 km/h", "mph", "62.1371192237334 mph"),
    ("ft", "inch", "12.0 in"), ("kg*m/s**2", "N", "1.0 N"), ("60/min", "Hz", "1.0 Hz"), ("60 / min", "Hz", "1.0 Hz"),
    ("3*ft", "m", "0.9144 m"), ("5 %", "", "0.05"), ("5 percent", "1", "0.05"), ("0.5", "%", "50.0 %"),
    ("1", "ppm", "1000000.0 ppm"), ("  7 ft  ", " m ", "2.1336 m"), ("+.5e1 m", "cm", "500.0 cm"),
    ("5. m", "cm", "500.0 cm"), ("-1.5E-3 km", "m", "-1.5 m"), ("2eV", "J", "3.204353268e-19 J"),
    ("1 eV", "J", "1.602176634e-19 J"), ("180 deg", "rad", "3.141592653589793 rad"), ("20 degC", "degF", "68.0 °F"),
    ("1 W", "dBm", "30.0 dBm"), ("3 dBW", "dBm", "33.0 dBm"), ("1 ly", "pc", "0.30660139378555057 pc"),
    ("0.1 m", "1e-6 m", "100000.0 1e-6·m"), ("1 KiB", "B", "1024.0 B"), ("1 KB", "byte", "1000.0 B"),
    ("0 K", "degC", "-273.15 °C"),
])
def test_conversions(quantity, target, output, capsys):
    assert run(capsys, "convert", quantity, target) == (0, output + "\n", "")


def test_several_targets(capsys):
    assert run(capsys, "convert", "1 nmi", "km", "mi", "ft") == (
        0, "1.852 km\n1.1507794480235425 mi\n6076.115485564304 ft\n", "")


@pytest.mark.parametrize(("digits", "output"), [
    ("1", "0.3 m"), ("3", "0.305 m"), ("17", "0.30480000000000002 m"), ("500", "0.30480000000000002 m"),
])
def test_precision(digits, output, capsys):
    assert run(capsys, "convert", "1 ft", "m", "--precision", digits) == (0, output + "\n", "")


@pytest.mark.parametrize("quantity", ["1 ft", "0.1 inch", "1e300 km", "3e-300 m", "1 degF", "-459.67 degF", "1.7 rad"])
def test_digits_are_enough_to_read_the_number_back(quantity, capsys):
    unit = str(convert.quantity(quantity).to_base_units().unit)
    _, out, _ = run(capsys, "convert", "--", quantity, unit)
    assert float(out.split()[0]) == convert.converted(quantity, parse(unit))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.module}.{row.names.split()[0]}")
def test_every_unit_of_the_catalogue_converts_to_itself(row):
    unit = parse(row.symbol)
    text = f"7*{row.symbol}" if unit.is_linear else f"7 {row.symbol}"
    assert convert.converted(text, unit) == pytest.approx(7.0, rel=1e-14)


@pytest.mark.parametrize(("quantity", "target", "complaint"), [
    ("3 ftt", "m", "unknown unit 'ftt' at position 2 of '3 ftt'"),
    ("3 ft", "mm*ss", "unknown unit 'ss' at position 3 of 'mm*ss'"),
    ("60 /minn", "Hz", "unknown unit 'minn' at position 4 of '60 /minn'"),
    ("3 ft", "s", "cannot convert 'ft' [L] to 's' [T]"), ("3", "m", "cannot convert a plain number to 'm' [L]"),
    ("", "m", "cannot convert a plain number"), ("3,5 m", "ft", "','"),
    ("1 500 m", "km", "a second number at position 2 of '1 500 m'"), ("3.2.1 m", "m", "a second number at position 3"),
    ("0x10 m", "m", "unknown unit 'x10' at position 1"), ("1_000 m", "m", "unknown unit '_000'"),
    ("inf m", "m", "unknown unit 'inf'"), ("nan", "1", "unknown unit 'nan'"), ("--3 m", "m", "position 0"),
    ("1e400 m", "m", "too large"), ("1e308 km", "mm", "'1e308 km' has no finite value in 'mm'"),
    ("-5 W", "dBm", "no finite value"), ("0 W", "dBm", "no finite value"), ("3*degC", "K", "cannot multiply"),
    ("1 m**", "m", "expected an exponent at position 5"), ("(3 ft", "m", "expected ) at position 5"),
    ("3 ft if 1 else 2", "m", "position"), ("__import__('os')", "m", "position 11"),
    ("1 " + "m*" * 600 + "m", "m", "at most"), ("1 m**1e9", "m", "exponent"), ("1 m**2000", "m", "powers"),
    ("1 dBm", "s", "cannot convert"), ("1 " + "(" * 200, "m", "paren"),
])
def test_what_cannot_be_converted(quantity, target, complaint, capsys):
    code, out, err = run(capsys, "convert", "--", quantity, target)
    assert (code, out) == (1, "") and err.startswith("torsor units convert: ") and complaint in err
    assert len(err.splitlines()) == 1


def test_one_wrong_target_is_a_failure_of_all(capsys):
    code, out, err = run(capsys, "convert", "3 ft", "m", "s")
    assert (code, out) == (1, "") and "'s'" in err


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["convert"], ["convert", "3 ft"], ["convert", "3 ft", "m", "--precision", "0"],
    ["convert", "3 ft", "m", "--precision", "x"], ["convert", "3 ft", "m", "--unknown"],
])
def test_wrong_usage(arguments, capsys):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "") and err.startswith("usage: torsor ")


@pytest.mark.parametrize("command", ["convert", "list", "lint"])
def test_every_command_has_help(command, capsys):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0 and out.startswith(f"usage: torsor units {command}")


def test_quantities_are_read_strictly():
    assert convert.quantity("2.5 km").unit is parse("km") and float(convert.quantity("2.5 km").data) == 2.5
    for text in ("3 + 4 m", "3m + 4m", "3 m;", "²", "3 ²", "3e", "e3 m", "3 'm'", "3\0m", "- 3 m"):
        with pytest.raises(errors.UnitsError):
            convert.quantity(text)


# ---------------------------------------------------------------------------------------- list

def test_list_has_every_unit(capsys):
    code, out, err = run(capsys, "list")
    table, sources = out.split("\nSources:\n")
    lines = table.splitlines()
    assert (code, err) == (0, "") and sum(line.startswith("  ") for line in lines) == len(ROWS)
    assert [line[:-1] for line in lines if line and not line.startswith(" ")] == list(convert.FIELDS)
    assert {line.split(":")[0].strip() for line in sources.splitlines()} == {row.source for row in ROWS} <= {*SOURCES}


@pytest.mark.parametrize("field", convert.FIELDS)
def test_list_of_a_field(field, capsys):
    code, out, _ = run(capsys, "list", field)
    assert code == 0 and out.startswith(f"{field}:\n")
    for row in ROWS:
        if row.module == field:
            assert ", ".join(row.names.split()) in out and row.symbol in out and row.source in out


def test_list_says_what_a_unit_is(capsys):
    lines = run(capsys, "list")[1].splitlines()
    for start, value, source in [
            ("metre, meter, m ", "base unit", "SI9"), ("foot, ft ", "1/3 yard", "YARD1959"),
            ("newton, N ", "kg*m/s**2", "SI9"), ("degree_Celsius, ", "(t + 273.15) * 1 K", "SI9"),
            ("decibel_milliwatt, ", "0.001 W * 10**(0.1 L)", "IEC60027-3")]:
        line = next(line for line in lines if line.strip().startswith(start))
        assert value in line and line.endswith(f"  {source}")


def test_list_is_filtered(capsys):
    _, out, _ = run(capsys, "list", "--filter", "FURLONG")
    assert out.startswith("imperial:\n  furlong, fur") and len(out.split("\nSources:\n")[0].splitlines()) == 2


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["geology"], "'geology' is no field: si, common, acoustics"), (["--filter", "no such unit"], "'no such unit'"),
    (["si", "--filter", "furlong"], "'furlong'")])
def test_what_cannot_be_listed(arguments, complaint, capsys):
    code, out, err = run(capsys, "list", *arguments)
    assert (code, out) == (2, "") and complaint in err


# ---------------------------------------------------------------------------------------- terminals

def test_a_terminal_without_the_symbols():
    done = process("convert", "300 K", "degC", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"26.85 \\xb0C\n", b"")


@pytest.mark.parametrize("arguments", [["list"], ["convert", "3 ft", "m"]])
def test_a_reader_that_stops_early(arguments):
    with subprocess.Popen([sys.executable, "-P", "-m", "torsor", "units", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as command:
        command.stdout.close()
        assert command.stderr.read() == b"" and command.wait(60) == 1


def test_units_are_imported_when_they_are_used():
    done = subprocess.run([sys.executable, "-P", "-c", "import sys, torsor.cli; print(*sys.modules)"],
                          capture_output=True, text=True, timeout=120, check=True)
    assert "torsor.units" not in done.stdout.split()
