"""Expressions in one pass over memory: ``fuse``, ``lazy`` and ``evaluate``."""
from torsor.fusion.functions import Fused, fuse
from torsor.fusion.laziness import Lazy, lazy

__all__ = ["Fused", "Lazy", "fuse", "lazy"]
