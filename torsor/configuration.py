"""What this torsor runs on: instruction set, threads, BLAS, memory."""
import sys

import torsor._kernels.blas as blas
from torsor import parallelism
from torsor._kernels import ISA, LEVELS, cpu, storage, threads
from torsor._version import __version__


def configuration() -> dict:
    """The choices torsor has made on this machine, by subject."""
    import numpy as np

    return {
        "torsor": {"version": __version__, "numpy": np.__version__, "python": sys.version.split()[0]},
        "instruction set": {"level": ISA, "processor": cpu.LEVEL, "built": ", ".join(LEVELS),
                            "L2 bytes": cpu.L2, "L3 bytes": cpu.L3},
        "threads": {"number": threads.get_width(), "because of": parallelism.reason,
                    "single after a fork": threads.is_forked()},
        "BLAS": blas.config(),
        "memory": storage.stats(),
    }


def show_config(mode: str = "stdout"):
    """Print what torsor runs on, or return it.

    Parameters
    ----------
    mode : {"stdout", "dicts"}
        Print, or return a dict of dicts.
    """
    found = configuration()
    if mode == "dicts":
        return found
    if mode != "stdout":
        raise ValueError(f"show_config: mode must be 'stdout' or 'dicts', got {mode!r}")
    for subject, facts in found.items():
        print(subject)
        for name, value in facts.items():
            print(f"    {name:<22} {value}")
    return None
