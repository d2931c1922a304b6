"""The pool that arrays' memory comes from: what it holds, and giving it back."""
from torsor._kernels.storage import set_limit, stats, trim

__all__ = ["set_limit", "stats", "trim"]
