"""Report floating-point errors the way ``numpy.errstate`` asks for."""
import sys
import warnings
from typing import Any

import numpy as np

#: (bit of the status word, key of ``numpy.geterr``, NumPy's words), in the order of reporting.
KINDS = (
    (1, "divide", "divide by zero"),
    (2, "over", "overflow"),
    (4, "under", "underflow"),
    (8, "invalid", "invalid value"),
)
#: What numpy.errstate ignores where nobody has changed it.
IGNORED_BY_DEFAULT = 4


def ignored() -> int:
    """The bits that the current error state ignores."""
    state = dict(np.geterr())
    return sum(bit for bit, key, _ in KINDS if state[key] == "ignore")


def report(name: str, status: int) -> None:
    """Warn, raise, call, print or log for each error of a status word, as the error state says."""
    state = dict(np.geterr())
    for bit, key, words in KINDS:
        if not status & bit:
            continue
        mode, text = state[key], f"{words} encountered in {name}"
        if mode == "warn":
            warnings.warn(text, RuntimeWarning, stacklevel=2)
        elif mode == "raise":
            raise FloatingPointError(text)
        elif mode == "print":
            print(f"Warning: {text}", file=sys.stderr)
        elif mode in ("call", "log"):
            handler: Any = np.geterrcall()
            if handler is None:
                what, gap, wanted = (("python callback", " ", "function") if mode == "call" else
                                     ("log", "", "object with write method"))
                raise NameError(f"{what} specified for {words} (in {gap}{name}) but no {wanted} found.")
            if mode == "call":
                handler(words, status)
            else:
                handler.write(f"Warning: {text}\n")
