"""What NumPy's functions are of expressions: reductions, where, clip, and views, as nodes of their graph.

Reductions that are made of others (variances, norms, logsumexp) are composed here as NumPy composes them.
"""
import numpy as np

from torsor.fusion.expressions import Expression
from torsor.fusion.graph import CODES, COMPLEX64, FLOAT32, FLOAT64, NotFusable
from torsor.statistics import logsumexp as _logsumexp
from torsor.ufuncs import UFUNCS

_ABSENT = np._NoValue                       # what NumPy's signatures have where nothing is given


def _given(**arguments):
    """Refuse what reductions of NumPy's have beside axis, dtype and keepdims."""
    for name, value in arguments.items():
        if value is not None and value is not _ABSENT and not (name == "where" and value is True):
            raise NotFusable(f"{name}= of a reduction")


def _start(x, dtype=None):
    """The graph, and the node of what is reduced."""
    graph, node = x._trace.graph, x._node
    if dtype is not None and dtype is not _ABSENT:
        code = CODES.get(np.dtype(dtype))
        if code is None:
            raise NotFusable(f"no reduction in {dtype}")
        node = graph.typed(node, code)
    if node.is_weak or not node.shape:
        raise NotFusable("a reduction of a number")
    return graph, node


def _keeps(keepdims):
    return keepdims is not _ABSENT and bool(keepdims)


def _reduction(name):
    def reduce(a, axis=None, dtype=None, out=None, keepdims=False, initial=_ABSENT, where=True):
        _given(out=out, initial=initial, where=where)
        graph, node = _start(a, dtype)
        return a._new(graph.fold(name, node, axis, _keeps(keepdims)))

    def extreme(a, axis=None, out=None, keepdims=False, initial=_ABSENT, where=True):
        return reduce(a, axis, None, out, keepdims, initial, where)

    def truth(a, axis=None, out=None, keepdims=False, *, where=True):
        return reduce(a, axis, None, out, keepdims, _ABSENT, where)

    def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
        return reduce(a, axis, dtype, out, keepdims, _ABSENT, where)

    return {"min": extreme, "max": extreme, "any": truth, "all": truth, "mean": mean}.get(name, reduce)


def _var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_ABSENT,
         correction=_ABSENT):
    return _spread("var", a, axis, dtype, out, ddof, keepdims, where, mean, correction)


def _std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_ABSENT,
         correction=_ABSENT):
    return _spread("std", a, axis, dtype, out, ddof, keepdims, where, mean, correction)


def _spread(name, a, axis, dtype, out, ddof, keepdims, where, mean, correction):
    _given(out=out, where=where, mean=mean)
    graph, node = _start(a, dtype)
    if correction is not _ABSENT:
        ddof = correction
    axes = graph.axes(node, axis)
    by_rows = _keeps(keepdims) and axes == tuple(range(len(node.shape) - len(axes), len(node.shape)))
    if node.is_leaf and not (by_rows and node.code >= FLOAT32):
        given = {"axis": axis, "ddof": ddof} | ({"keepdims": True} if _keeps(keepdims) else {})
        return a._new(graph.call(name, node, given))
    if node.code < FLOAT32:
        node = graph.typed(node, FLOAT64)
    if node.code >= COMPLEX64:
        raise NotFusable("a variance of complex numbers")
    center = graph.fold("mean", node, axis, True)
    off = graph.operation(UFUNCS["subtract"], (node, center))[0]
    total = graph.fold("sum", graph.operation(UFUNCS["multiply"], (off, off))[0], axis, _keeps(keepdims))
    count = graph.count(node, axes, ddof)
    found = graph.operation(UFUNCS["divide"], (total, count))[0]
    return a._new(graph.operation(UFUNCS["sqrt"], (found,))[0] if name == "std" else found)


def _arg(name):
    def place(a, axis=None, out=None, *, keepdims=_ABSENT):
        _given(out=out)
        graph, node = _start(a)
        if not node.is_leaf:
            node = graph.array(node)
        given = {} if axis is None else {"axis": axis}
        return a._new(graph.call(name, node, given | ({"keepdims": True} if _keeps(keepdims) else {})))
    return place


def _count_nonzero(a, axis=None, *, keepdims=False):
    return _reduction("sum")(a != 0, axis, None, None, keepdims)


def _ptp(a, axis=None, out=None, keepdims=_ABSENT):
    return _reduction("max")(a, axis, out, keepdims) - _reduction("min")(a, axis, None, keepdims)


def _norm(x, ord=None, axis=None, keepdims=False):
    graph, node = _start(x)
    if node.code < FLOAT32:
        node = graph.typed(node, FLOAT64)
    if node.code >= COMPLEX64 or (axis is None and ord is not None and len(node.shape) != 1) or (
            axis is not None and not isinstance(axis, int)):
        raise NotFusable("a norm of matrices or complex numbers")
    if node.is_leaf:
        given = {"ord": ord, "axis": axis} | ({"keepdims": True} if keepdims else {})
        return x._new(graph.call("norm", node, given))
    sizes = x._new(node)
    if ord in (None, 2):
        return np.sqrt(_reduction("sum")(sizes * sizes, axis, None, None, keepdims))
    if ord in (1, np.inf, -np.inf):
        name = "sum" if ord == 1 else "max" if ord > 0 else "min"
        found = graph.fold(name, abs(sizes)._node, axis, bool(keepdims))
        return x._new(found)
    raise NotFusable(f"a norm of order {ord}")


def _log_sum_exp(a, axis=None, keepdims=False):
    _start(a)
    x = a.astype(np.float64) if a.dtype.kind in "biu" else a
    if x.dtype.kind != "f":
        raise NotFusable("logsumexp of complex numbers")
    top = _reduction("max")(x, axis, None, True)
    top = _where(np.isfinite(top), top, 0)
    found = np.log(_reduction("sum")(np.exp(x - top), axis, None, None, True)) + top
    if _keeps(keepdims):
        return found
    axes = tuple(range(len(x._node.shape))) if axis is None else axis
    return found.squeeze(axes)


def _average(a, axis=None, weights=None, returned=False, *, keepdims=_ABSENT):
    if returned:
        raise NotFusable("returned= of average")
    if weights is None:
        return _reduction("mean")(a, axis, None, None, keepdims)
    total = _reduction("sum")
    return total(a * weights, axis, None, None, keepdims) / total(weights, axis, None, None, keepdims)


# ---------------------------------------------------------------------------------------- functions

def _where(condition, x=_ABSENT, y=_ABSENT, /):
    if x is _ABSENT or y is _ABSENT:
        raise NotFusable("where with one argument looks at the elements")
    trace = next(a._trace for a in (condition, x, y) if isinstance(a, Expression))
    return trace.show(trace.graph.where(*[trace.node_of(a) for a in (condition, x, y)]))


def _clip(a, a_min=_ABSENT, a_max=_ABSENT, out=None, *, min=_ABSENT, max=_ABSENT):
    _given(out=out)
    low = min if a_min is _ABSENT else a_min
    high = max if a_max is _ABSENT else a_max
    low, high = (None if x is _ABSENT else x for x in (low, high))
    trace = next(x._trace for x in (a, low, high) if isinstance(x, Expression))
    if low is None and high is None:
        return a
    if low is None:
        nodes = trace.operate(UFUNCS["minimum"], (a, high))
    elif high is None:
        nodes = trace.operate(UFUNCS["maximum"], (a, low))
    else:
        nodes = trace.operate(UFUNCS["clip"], (a, low, high))
    return trace.show(nodes[0])


def _method(name):
    return lambda a, *args, **kwargs: getattr(a, name)(*args, **kwargs)


def _moved(function):
    def view(a, *args):
        return a._view(function, *args)
    return view


def _broadcast_to(array, shape, subok=False):
    array._trace.looked_at_shape = True
    return array._view(np.broadcast_to, shape)


def _copy(a, order="K", subok=False):
    return a.copy()


def _astype(x, dtype, /, *, copy=True, device=None):
    return x.astype(dtype)


#: NumPy's function -> what it becomes.
FUNCTIONS = {
    np.where: _where, np.clip: _clip, np.var: _var, np.std: _std, np.ptp: _ptp, np.average: _average,
    np.count_nonzero: _count_nonzero, np.linalg.norm: _norm, np.argmin: _arg("argmin"), np.argmax: _arg("argmax"),
    np.amin: _reduction("min"), np.amax: _reduction("max"), _logsumexp: _log_sum_exp,
    np.transpose: _method("transpose"), np.reshape: _method("reshape"), np.squeeze: _method("squeeze"),
    np.swapaxes: _method("swapaxes"), np.moveaxis: _moved(np.moveaxis), np.expand_dims: _moved(np.expand_dims),
    np.broadcast_to: _broadcast_to, np.astype: _astype, np.copy: _copy,
    np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim, np.size: lambda a: a.size,
    **{getattr(np, name): _reduction(name) for name in ("sum", "prod", "mean", "min", "max", "any", "all")},
}
#: Name of a method -> what it is.
METHODS = {name: FUNCTIONS[getattr(np, name)] for name in (
    "sum", "prod", "mean", "min", "max", "any", "all", "var", "std", "ptp", "argmin", "argmax")}
