"""Expressions in one pass over memory: ``fuse``, ``lazy`` and ``evaluate``."""
from torsor.fusion.evaluation import evaluate, explain, re_evaluate, validate
from torsor.fusion.functions import Fused, fuse
from torsor.fusion.laziness import Lazy, lazy

__all__ = ["Fused", "Lazy", "evaluate", "explain", "fuse", "lazy", "re_evaluate", "validate"]
