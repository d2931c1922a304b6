"""Compiled functions of arrays that are too large for memory: chunk by chunk along one axis.

The graph of a function (graph.py) is cut where a value is needed as a whole: reductions along the axis of the chunks
become stages of their own, whose partial results are combined.  Every stage is one program (compiler.py) that is
run for one chunk after the other; what it reads are views, what it writes are parts of the result.
"""
import math

import numpy as np

from torsor._kernels.callers import signature
from torsor._kernels.creation import unwritten
from torsor.fusion.compiler import compute as compute_each
from torsor.fusion.compiler import is_computed
from torsor.fusion.functions import fill, program_for, record
from torsor.fusion.graph import Graph, NotFusable, inputs_of
from torsor.tensor import Tensor

#: Bytes of an array that are read at a time.  What is not longer is no reason for chunks.
CHUNK = 1 << 24

_COMBINED = {"sum": np.add, "mean": np.add, "prod": np.multiply, "min": np.minimum, "max": np.maximum,
             "any": np.logical_or, "all": np.logical_and}


def compute(function, args, kwargs, out=None, progress=False):
    """A compiled function of arguments of which some are mapped from files, or large.

    Parameters
    ----------
    function : Fused
    args, kwargs : tuple, dict
        Its arguments.
    out : array or tuple of arrays, optional
        Where results may be written; who calls copies those that are not there yet.
    progress : bool, optional
        Whether to show a bar.

    Returns
    -------
    object
        What the function returns.
    """
    show = _bar if progress else None
    if progress:
        _tqdm()
    args = tuple(map(_plain, args))
    kwargs = {name: _plain(x) for name, x in kwargs.items()}
    given = (*args, *kwargs.values())
    key = signature(tuple([_native(x) for x in given]), {}, function.weak_ints)
    if key is None or not any(_is_large(x) for x in given):
        return function.compute(args, kwargs, out)
    stand_ins = {id(x): _native(x) for x in given}
    try:
        _, nodes, result, places = record(function._function, tuple([stand_ins[id(x)] for x in args]),
                                          {name: stand_ins[id(x)] for name, x in kwargs.items()},
                                          weak_ints=function.weak_ints)
        values = {node: given[places[node]] if node in places else node.value for node in inputs_of(nodes)}
        plan = _Plan(values, nodes)
    except NotFusable:
        return function.compute(args, kwargs, out)
    outs = out if type(out) is tuple else (out,) * (out is not None)
    return fill(result, plan.run(outs, show))


def _fits(out, node):
    """Whether an array can take a value as it is."""
    return isinstance(out, np.ndarray) and (out.shape == node.shape and out.dtype == node.dtype and out.flags.writeable)


def _plain(x):
    """A mapped array as an array."""
    return x.view(Tensor) if isinstance(x, np.memmap) else x


def _native(x):
    """An array, or what stands for one with its bytes in another order."""
    if isinstance(x, np.ndarray) and not x.dtype.isnative:
        return np.broadcast_to(np.zeros((), x.dtype.newbyteorder("=")), x.shape)
    return x


def _is_large(x):
    return isinstance(x, np.ndarray) and x.nbytes > CHUNK


# ---------------------------------------------------------------------------------------- the bar

def _tqdm():
    try:
        from tqdm import tqdm
    except ImportError:
        raise ImportError("progress=True needs tqdm: pip install 'torsor[progress]'") from None
    return tqdm


def _bar(total):
    return _tqdm()(total=total, unit="B", unit_scale=True, unit_divisor=1024)


class _Silent:
    """The bar that nobody wants to see."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def update(self, n):
        """Take no notice."""


# ---------------------------------------------------------------------------------------- stages

def _kept(node):
    """The axes of its operand that a reduction keeps, in the order of its own; -1 for one of length one."""
    operand = node.args[0]
    if node.kind == "fold":
        axes, keepdims = node.what.axes, node.what.keepdims
    else:
        axes, keepdims = node.key[1], node.what[1].get("keepdims", False)
    if keepdims:
        return [-1 if d in axes else d for d in range(len(operand.shape))]
    return [d for d in range(len(operand.shape)) if d not in axes]


class _Draft:
    """The graph of one stage: a node, and what it is made of, seen from one chunk.

    ``sources`` says for each input where it comes from: a node of the whole graph, and the axis, counted from the
    last one, along which chunks are taken, or None.
    """

    def __init__(self, plan, node, axis):
        self.plan, self.graph = plan, Graph()
        self.sources: list = []
        self._inputs: dict = {}
        self._built: dict = {}
        if node.kind in ("fold", "call"):       # whose operand is cut along that axis
            self.root = self._add(node, (self.build(node.args[0], axis),))
        else:
            self.root = self.build(node, axis)
        order = {x: k for k, x in enumerate(self._inputs.values())}
        self.order = [order[x] for x in inputs_of([self.root])]

    def _add(self, node, args):
        return self.graph.add(node.kind, node.what, args, node.code, node.shape, node.key)

    def _input(self, node, axis):
        place = (node, axis)
        if place not in self._inputs:
            self._inputs[place] = self.graph.add("input", len(self.sources), (), node.code, node.shape)
            self.sources.append(place)
        return self._inputs[place]

    def build(self, node, axis):
        """The node that gives a chunk of what a node gives, or all of it where the axis is None."""
        place = (node, axis)
        waiting = [place]
        while waiting:
            place = waiting[-1]
            if place in self._built:
                waiting.pop()
                continue
            needed = self._needs(*place)
            missing = [x for x in needed if x not in self._built]
            if missing:
                waiting.extend(missing)
                continue
            waiting.pop()
            self._built[place] = self._make(*place, tuple([self._built[x] for x in needed]))
        return self._built[node, axis]

    def _needs(self, node, axis):
        """Of which nodes, cut along which axes, it is made in this stage."""
        if self._is_read(node, axis):
            return []
        if node.kind in ("fold", "call") and axis is not None:
            kept = _kept(node)
            return [(node.args[0], kept[len(kept) + axis] - len(node.args[0].shape))]
        return [(x, axis if axis is not None and -axis <= len(x.shape) and x.shape[axis] != 1 else None)
                for x in node.args]

    def _make(self, node, axis, args):
        if self._is_read(node, axis):
            if node.kind == "constant":
                return self._add(node, ())
            self.plan.need(node)
            return self._input(node, axis)
        return self._add(node, args)

    def _is_read(self, node, axis):
        """Whether it is no work of this stage: it is there, or worked out before as a whole."""
        if node.kind in ("input", "constant", "view", "count", "host"):
            return True
        if axis is None:
            if node.kind == "cast" and node.args[0].is_weak:
                return False                    # a number is read as an element
            return not (is_computed(node) and _bytes(node) > CHUNK)
        return False


def _bytes(node):
    return math.prod(node.shape) * node.dtype.itemsize if not node.is_weak else 0


class _Stage:
    """How one value is worked out."""

    def __init__(self, plan, node):
        self.node, self.plan = node, plan
        self.axis = None                    # along which it is cut, counted from the last one
        self.joined = None                  # ... of the result; None where partial results are combined
        self.work = 0                       # bytes that are read or written
        if not plan.is_heavy(node):
            return
        if is_computed(node):
            self._cut(node, range(len(node.shape)))
        elif node.kind == "fold":
            self._cut(node.args[0], range(len(node.args[0].shape)))
        elif node.kind == "call" and node.args[0].kind == "array":
            self._cut(node.args[0], _kept(node))        # what it gives for parts of an axis is not combined

    def _cut(self, whole, axes):
        """Choose the axis of the chunks of what is read or written, their length, and the program."""
        node, shape = self.node, whole.shape
        long = [d for d in axes if d >= 0 and shape[d] > 1]
        if not long:
            return
        self.work = max([_bytes(whole), *[x.nbytes for x in self.plan.large(whole)]])
        axis = next((d for d in long if 2 * self.work // shape[d] <= CHUNK), max(long, key=lambda d: shape[d]))
        self.length = shape[axis]
        self.step = max(2, min(self.length, CHUNK * self.length // max(self.work, 1)))
        self.axis = self.joined = axis - len(shape)
        if not is_computed(node):
            kept = _kept(node)
            self.joined = kept.index(axis) - len(kept) if axis in kept else None
        self.draft = _Draft(self.plan, node, self.axis)
        self.program = program_for([self.draft.root])

    def needs(self):
        """What has to be there first."""
        return [] if self.axis is not None or self.node.kind == "count" else self.node.args

    def run(self, values, out, bar):
        """The value."""
        node = self.node
        if self.axis is not None:
            return self._run_chunks(values, out, bar)
        if node.kind == "count":
            axes, less = node.what
            return float(max(math.prod(node.args[0].shape[d] for d in axes) - less, 0))
        graph, args = Graph(), dict.fromkeys(node.args)
        inputs = {x: graph.input(_native(values[x])) for x in args}
        alone = graph.add(node.kind, node.what, tuple([inputs[x] for x in node.args]), node.code, node.shape, node.key)
        return compute_each([alone], [values[x] for x in args])[0]

    def _run_chunks(self, values, out, bar):
        sources = [self.draft.sources[k] for k in self.draft.order]
        inputs, axes = [values[x] for x, _ in sources], [axis for _, axis in sources]

        def chunks():
            for start, stop in cuts(self.length, self.step):
                yield start, stop, [_near(x if axis is None else _part(x, axis, start, stop))
                                    for x, axis in zip(inputs, axes)]
                bar.update(self.work // self.length * (stop - start))

        if self.joined is None:
            return self._combined(chunks())
        if out is None or not self._may_write(out, inputs, axes):
            out = unwritten(self.node.shape, self.node.dtype)
        for start, stop, part in chunks():
            target = _part(out, self.joined, start, stop)
            found = self._chunk(part, (target,))
            if found is not target:
                target[...] = found
        return out

    def _combined(self, chunks):
        """A reduction along the axis of the chunks."""
        node, parts = self.node, _Cascade(_COMBINED[self.node.what.name])
        for start, stop, part in chunks:
            parts.add(_widened(self._chunk(part), node, stop - start))
        total = parts.total()
        if node.what.name == "mean":
            total = np.true_divide(total, self.length)
        return np.asarray(total).astype(node.dtype).view(Tensor)[()]

    def _chunk(self, part, outs=()):
        """The result for one chunk."""
        found = self.program.run(part, outs)
        return (compute_each([self.draft.root], part) if found is NotImplemented else found)[0]

    def _may_write(self, out, inputs, axes):
        """Whether results can go to an array that is given, of which nothing is read after it has been written."""
        if (type(out) is not np.ndarray and type(out) is not Tensor) or not _fits(out, self.node):
            return False
        return all(not isinstance(x, np.ndarray) or not np.may_share_memory(out, x) or (
            axis == self.joined and x.ctypes.data == out.ctypes.data and x.shape == out.shape
            and x.strides == out.strides and x.dtype == out.dtype) for x, axis in zip(inputs, axes))


def cuts(length, step):
    """Where chunks begin and end; none has length one, for which other programs hold."""
    start = 0
    while start < length:
        stop = start + step
        if length - stop < 2:
            stop = length
        yield start, stop
        start = stop


def _part(x, axis, start, stop):
    """A chunk of an array; ``axis`` counts from the last one."""
    return x[(slice(None),) * (x.ndim + axis) + (slice(start, stop),)]


def _near(x):
    """A value with its bytes in this machine's order."""
    if isinstance(x, np.ndarray) and not x.dtype.isnative:
        return x.astype(x.dtype.newbyteorder("="))
    return x


def _widened(part, node, count):
    """A partial result as it is combined: sums of floats in double precision, means by their sums."""
    name, dtype = node.what.name, np.asarray(part).dtype
    if name in ("sum", "prod", "mean") and dtype.kind in "fc":
        part = np.asarray(part).astype(np.result_type(dtype, np.float64))
    return np.multiply(part, count) if name == "mean" else part


class _Cascade:
    """Partial results, combined in pairs of like weight: errors grow with the logarithm of their number."""

    def __init__(self, combine):
        self._combine = combine
        self._levels: list = []         # (how many were combined, as a power of two, what came of them)

    def add(self, part):
        """One more."""
        level = 0
        while self._levels and self._levels[-1][0] == level:
            part = self._combine(self._levels.pop()[1], part)
            level += 1
        self._levels.append((level, part))

    def total(self):
        """All of them combined."""
        found = self._levels.pop()[1]
        while self._levels:
            found = self._combine(self._levels.pop()[1], found)
        return found


class _Plan:
    """The stages that compute some nodes, in their order."""

    def __init__(self, values, outputs):
        self.values, self.outputs = values, outputs
        self._heavy, self._large = {}, {}
        self.stages, self._known = [], set(values)
        self._waiting = []
        for node in outputs:
            self._schedule(node)

    def need(self, node):
        """Let a value be worked out before the stage that is being drafted."""
        if node not in self._known:
            self._waiting.append(node)

    def _schedule(self, node):
        """Put down the stage of a value, after those of what it needs."""
        todo: list = [(node, None)]
        while todo:
            node, stage = todo.pop()
            if stage is not None:
                if node not in self._known:
                    self._known.add(node)
                    self.stages.append(stage)
                continue
            if node in self._known:
                continue
            if node.kind == "array" and _bytes(node) > max(CHUNK, *map(_bytes, self.outputs)):
                raise ValueError("what is neither element-wise nor one of sum, mean, prod, min, max, any and all "
                                 f"needs {_bytes(node)} bytes of computed values in memory: compute them into an array "
                                 "(out=) first, which may be mapped from a file")
            self._waiting = []
            stage = _Stage(self, node)
            todo.append((node, stage))
            todo.extend((x, None) for x in (*self._waiting, *stage.needs()))

    def large(self, node):
        """The large arrays that a value is made of."""
        if node not in self._large:
            self._large[node] = [self.values[x] for x in inputs_of([node]) if _is_large(self.values[x])]
        return self._large[node]

    def is_heavy(self, node):
        """Whether a value is made of some large array, or is one."""
        return bool(self.large(node)) or _bytes(node) > CHUNK

    def run(self, outs, show):
        """The values of the outputs."""
        values = dict(self.values)
        wanted: dict = {}
        for node, out in zip(self.outputs, outs):
            wanted.setdefault(node, _plain(out))
        fitting = len(outs) == len(self.outputs) and all(out is None or _fits(out, node)
                                                         for node, out in zip(self.outputs, outs))
        with show(sum(stage.work for stage in self.stages)) if show else _Silent() as bar:
            for stage in self.stages:
                last = stage is self.stages[-1]         # after which nothing is read
                values[stage.node] = stage.run(values, wanted.get(stage.node) if last and fitting else None, bar)
        found = [values[node] for node in self.outputs]
        for k, node in enumerate(self.outputs):
            if node in self.outputs[:k]:                # each result is an array of its own
                found[k] = np.copy(found[k], subok=True)
            elif found[k] is wanted.get(node, found):
                found[k] = outs[k]
        return found
