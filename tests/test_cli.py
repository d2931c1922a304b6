"""The command ``torsor``: usage, exit codes, and what it does not import."""
import subprocess
import sys

import pytest

import torsor
from torsor import cli


def run(*arguments):
    # -P: the installed torsor, also where the current folder is a checkout
    return subprocess.run([sys.executable, "-P", *arguments], capture_output=True, text=True,
                          timeout=120, check=False)


def test_module_is_the_command():
    done = run("-m", "torsor", "--version")
    assert (done.returncode, done.stdout) == (0, f"torsor {torsor.__version__}\n")


def test_wrong_usage_of_the_process():
    done = run("-m", "torsor", "nonsense")
    assert done.returncode == 2 and "nonsense" in done.stderr and "Traceback" not in done.stderr


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert all(command in text for command in ("info", "demo", "bench", "units"))


@pytest.mark.parametrize("command", ["info", "demo", "bench", "units"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([command, "--help"])
    assert f"usage: torsor {command}" in capsys.readouterr().out


def test_a_command_is_required(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main([])
    assert "COMMAND" in capsys.readouterr().err


def test_info_is_the_configuration(capfd):
    torsor.show_config()
    expected = capfd.readouterr().out
    assert cli.main(["info"]) == 0
    assert capfd.readouterr().out == expected != ""


def test_an_interrupt_is_no_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(torsor, "show_config", interrupted)
    assert cli.main(["info"]) == 130


def test_sub_commands_are_imported_when_they_run():
    done = run("-c", "import sys, torsor.cli; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert not imported & {"torsor.bench", "torsor.demo", "torsor.datasets", "torch", "matplotlib"}
