"""Expressions in one pass over memory: ``fuse``, ``lazy`` and ``evaluate``."""
from torsor.fusion.functions import Fused, fuse

__all__ = ["Fused", "fuse"]
