"""A plugin of pytest's: stops a run that would not test the installed, native torsor."""
import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
os.environ.pop("PYTHONPATH", None)      # it led here; what the tests start is to run as a user's does


def pytest_sessionstart(session):
    import torsor
    from torsor import _kernels

    wanted = os.environ.get("TORSOR_ISA", _kernels.ISA)
    if Path(torsor.__file__).is_relative_to(CHECKOUT / "torsor"):
        pytest.exit(f"this is the checkout's torsor, not an installed one: {torsor.__file__}", 3)
    if not _kernels.engine.__file__.endswith((".so", ".pyd")) or wanted != _kernels.ISA:
        pytest.exit(f"not the native backend at level {wanted}: {_kernels.engine.__file__}", 3)


def pytest_report_header():
    import torsor
    from torsor import _kernels

    home = Path(torsor.__file__).parent
    return f"torsor {torsor.__version__}, native at level {_kernels.ISA}, {home}"
