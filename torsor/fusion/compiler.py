"""Programs for graphs: which values are written to memory, and what each pass over it computes.

Values that are needed in several passes are computed in each of them rather than written, as long as that is cheap.
Where all reductions are along the last axes a program goes by rows instead, and needs one pass for all of them.
"""
from collections import Counter
from typing import NamedTuple

import numpy as np

from torsor._kernels import engine
from torsor._kernels import summaries as _summaries
from torsor._kernels.fperrors import KINDS
from torsor._kernels.programs import MAX_OPERANDS, Pass
from torsor._kernels.stages import Call, Count, Fold, Run, Way
from torsor.fusion.graph import REDUCTIONS, Graph, NotFusable, inputs_of, number_of, pattern, reachable
from torsor.searching import FUNCTIONS as _SEARCHING

#: Additions for an element that are worth writing it to memory, where several passes need it.
DEAR = 200
#: ... where a pass computes it anyway, and a reduction needs it as well.
KEPT = 12
_COMPUTED = ("operation", "cast", "where")
where = _SEARCHING["where"]


def _is_typed_number(node):
    """Whether it is a number that is read as an element."""
    return node.kind == "cast" and node.args[0].is_weak


def is_computed(node):
    """Whether a pass computes it."""
    return node.kind in _COMPUTED and not _is_typed_number(node)


class Instruction(NamedTuple):
    """One step of a pass, for ``explain``."""

    name: str
    inputs: tuple
    output: str


def _explained(stage, number):
    """A stage in words, as lines; its results are the values from a number on."""
    given = [f"v{k}" for k in stage.inputs]
    if isinstance(stage, Call):
        given += [*map(repr, stage.arguments), *(f"{name}={x!r}" for name, x in stage.keywords.items())]
        results = ", ".join(f"v{number + k}" for k in range(stage.results))
        yield f"{results} = {getattr(stage.function, '__name__', stage.function)}({', '.join(given)})"
    elif isinstance(stage, Count):
        yield f"v{number} = elements along axes {stage.axes}, less {stage.less}"
    else:
        what = ("blocks of rows" if stage.reduced else "blocks") if isinstance(stage, Run) else (
            f"{stage.what.name} along axes {stage.what.axes} of what is computed")
        program = stage.program
        yield (f"{', '.join(f'v{number + k}' for k in range(stage.results))} = {what} of {', '.join(given)}: "
               f"{program.width} registers, {program.moved} bytes moved for each element, blocks of {program.block} "
               "elements")
        for name, inputs, output in stage.instructions:
            yield f"    {output} = {name}({', '.join(inputs)})"


class Draft:
    """The steps of one pass, before they have registers."""

    def __init__(self, writer, rows=None):
        self.writer, self.rows = writer, rows
        self.leaves = {}                    # (number of a value, code) -> slot
        self.inputs = []                    # numbers of the values
        self.patterns = []                  # of these
        self.slots = []                     # (kind, index, code, row)
        self.slot_of = {}                   # node -> slot
        self.steps = []                     # (what, nodes or slots, name)
        self.order = []                     # nodes, as they are computed
        self.registers = 0

    def is_row(self, node):
        """Whether a value has one element for each row."""
        return self.rows is not None and len(node.shape) >= self.rows and all(
            n == 1 for n in node.shape[len(node.shape) - self.rows:])

    def leaf(self, node):
        """The slot of a value that is there."""
        base = node.args[0] if _is_typed_number(node) else node
        number = self.writer.value(base)
        key = (number, node.code)
        if key not in self.leaves:
            self.leaves[key] = len(self.slots)
            self.slots.append(("leaf", len(self.inputs), node.code, self.is_row(node)))
            self.inputs.append(number)
            self.patterns.append(pattern(node))
        return self.leaves[key]

    def collect(self, roots, inside):
        """Put down what the roots need, in order; ``inside`` says whether a node is computed in this pass."""
        needed, waiting = {}, list(roots)
        while waiting:
            node = waiting.pop()
            if node.number in needed or not inside(node):
                continue
            needed[node.number] = node
            waiting.extend(node.args)
        self.order = [needed[number] for number in sorted(needed)]
        leaves: dict = {}
        for node in self.order:
            for x in node.args:
                if x.kind == "constant":
                    self.slot_of[x] = len(self.slots)
                    self.slots.append(("constant", x.what, x.code, False))
                elif x.number not in needed:
                    leaves[x] = self.writer.value(x.args[0] if _is_typed_number(x) else x)
        for x in sorted(leaves, key=leaves.__getitem__):    # in the order of the inputs, so far as they are some
            self.slot_of[x] = self.leaf(x)

    def write(self, roots):
        """Give every node a slot; the roots are results."""
        results = {node: k for k, node in enumerate(roots)}
        uses = Counter(x for node in self.order for x in node.args)
        free: dict = {}                           # (size, row) -> registers that nobody needs any more
        for node in self.order:
            owned = []
            for x in node.args:
                uses[x] -= 1
                slot = self.slot_of[x]
                if uses[x] == 0 and self.slots[slot][0] == "register":
                    owned.append(slot)
            row, size = self.is_row(node), engine.DTYPES[node.code].itemsize
            for slot in owned:
                code = self.slots[slot][2]
                free.setdefault((engine.DTYPES[code].itemsize, self.slots[slot][3]), []).append(self.slots[slot][1])
            if node in results:
                description = ("result", len(self.inputs) + results[node], node.code, row)
            else:
                pool = free.setdefault((size, row), [])
                if pool:
                    register = pool.pop()
                else:
                    register = self.registers
                    self.registers += 1
                description = ("register", register, node.code, row)
            self.slot_of[node] = len(self.slots)
            self.slots.append(description)
            what = node.what
            if node.kind == "operation":
                self.add_operation(node)
            elif node.kind == "fold":
                self.steps.append((what.kernel, (self.slot_of[node.args[0]], self.slot_of[node]), "reduce", 0))
            else:
                self.steps.append((what, (*[self.slot_of[x] for x in node.args], self.slot_of[node]), node.kind, 0))

    def add_operation(self, node):
        """The step of a ufunc; what has two results is computed for each of them, the other one into a register."""
        ufunc, loop, which, ignored = node.what
        used = [self.slot_of[x] for x in node.args]
        for k in range(ufunc.nout):
            if k == which:
                used.append(self.slot_of[node])
            else:
                used.append(len(self.slots))
                code = loop.codes[ufunc.nin + k]
                self.slots.append(("register", self.registers, code, self.is_row(node)))
                self.registers += 1
        self.steps.append((loop, tuple(used), ufunc.__name__, ignored))

    def program(self, results):
        """The compiled program."""
        if len(self.inputs) + results > MAX_OPERANDS:
            raise NotFusable("too many arrays in one expression")
        return Pass(self.slots, self.steps, self.patterns, results, self.rows is not None)

    def instructions(self):
        """The steps in words."""
        def name(slot):
            kind, index, _, _ = self.slots[slot]
            if kind == "constant":
                return str(np.frombuffer(index, engine.DTYPES[self.slots[slot][2]])[0])
            if kind == "result":
                return f"result{index - len(self.inputs)}"
            return f"v{self.inputs[index]}" if kind == "leaf" else f"r{index}"      # r: a register

        return [Instruction(word, tuple(map(name, used[:-1])), name(used[-1])) for _, used, word, _ in self.steps]


class Writer:
    """The stages that compute some nodes, in their order.

    Parameters
    ----------
    outputs : sequence of Nodes
        What is wanted.  The inputs that they are made of are the first values.
    rows : int or None
        How many of the last axes the blocks of the last pass have whole, for reductions along them.
    """

    def __init__(self, outputs, rows=None):
        self.stages = []
        self.number = {node: k for k, node in enumerate(inputs_of(outputs))}
        self.count = len(self.number)
        self.written = _worth_writing(outputs) if rows is None else set()
        self.pairs = _means_and_spreads(outputs) if rows is None else {}
        groups: dict = {}
        for node in dict.fromkeys(outputs):
            if is_computed(node):
                groups.setdefault(pattern(node), []).append(node)
        for group in groups.values():
            roots = [node for node in group if node not in self.number]     # an earlier pass may have needed some
            if roots:
                if rows is None:
                    roots.extend(_worth_keeping(outputs, roots))
                self._pass(roots, rows)
        self.outputs = tuple([self.value(node) for node in outputs])

    def value(self, node):
        """The number of a value in memory, which is computed where it is not there yet."""
        if node not in self.number:
            if is_computed(node):
                self._pass([node])
            elif node in self.pairs:
                self._append(self._mean_and_spread(*self.pairs[node]), self.pairs[node])
            elif node.kind == "array":
                self.number[node] = self.value(node.args[0])
            else:
                self._append(self._fold(node) if node.kind == "fold" else self._host(node), [node])
        return self.number[node]

    def _append(self, stage, nodes):
        self.stages.append(stage)
        for node in nodes:
            self.number[node] = self.count
            self.count += 1

    def _host(self, node):
        if node.kind == "count":
            return self._count_elements(node)
        if node.kind == "constant":
            return Call((), number_of, (node,))
        inputs = [self.value(x) for x in node.args]
        if node.kind == "host":
            return Call(inputs, node.what)
        if node.kind == "cast":                 # of a number
            return Call(inputs, node.dtype.type)
        function, arguments = node.what
        if node.kind == "view":
            return Call(inputs, function, arguments)
        return Call(inputs, function, (), arguments)

    def _mean_and_spread(self, mean, spread):
        """Both in one call, since the one is made of the other."""
        function, arguments = spread.what
        return Call([self.value(mean.args[0])], mean_and_spread, (function.__name__,), arguments, 2)

    def _count_elements(self, node):
        """How many elements a reduction has: its operand's shape is made of those of values that are there."""
        found: dict = {}                        # node -> what its shape is made of
        for x in reachable(node.args, lambda x: is_computed(x) or x.kind == "fold"):
            if x.kind == "fold":
                found[x] = ("fold", x.what.axes, x.what.keepdims, found[x.args[0]])
            elif is_computed(x):
                found[x] = ("join", *[found[y] for y in x.args if y in found and y.shape])
            elif x.shape:
                found[x] = ("value", self.value(x))
        axes, less = node.what
        return Count(found[node.args[0]], axes, less)

    def _fold(self, node):
        operand, what = node.args[0], node.what
        if not is_computed(operand) or operand in self.number or operand in self.written:
            return Call([self.value(operand)], REDUCTIONS[what.name], (), what.arguments)
        draft = Draft(self)
        draft.collect([operand], self._inside(pattern(operand)))
        draft.write(())
        return Fold(draft.inputs, draft.program(0), draft.slot_of[operand], len(operand.shape), what,
                    draft.instructions())

    def _pass(self, roots, rows=None):
        draft = Draft(self, rows)
        draft.collect(roots, self._inside(pattern(roots[0]), rows, roots))
        draft.write(roots)
        self._append(Run(draft.inputs, draft.program(len(roots)), len(roots), rows or 0, draft.instructions()), roots)

    def _inside(self, shape, rows=None, roots=()):
        """A function that says whether a node is computed in a pass over arrays of that pattern."""
        def inside(node):
            return is_computed(node) and pattern(node) == shape and node not in self.number and (
                node in roots or node not in self.written)

        if rows is None:
            return inside
        short = shape[:len(shape) - rows] + (True,) * rows
        after = set()                           # reductions of the rows, and what is made of them
        for node in reachable(roots):
            if is_fold_of_rows(node, shape, rows) or (pattern(node) == short and is_computed(node) and any(
                    x in after for x in node.args)):
                after.add(node)
        return lambda node: node in after or inside(node)


def mean_and_spread(x, name, ddof=0, **arguments):
    """The mean, and the variance or standard deviation, of the same elements."""
    found = _summaries.mean_and_spread(x, ddof=ddof, root=name == "std", **arguments)
    if found is NotImplemented:
        return REDUCTIONS["mean"](x, **arguments), REDUCTIONS[name](x, ddof=ddof, **arguments)
    return found


def _means_and_spreads(outputs):
    """Means of arrays that are there, and variances or standard deviations of the same elements, by either of them."""
    nodes = reachable(outputs)
    means = {(node.args[0], node.what.axes, node.what.keepdims): node
             for node in nodes if node.kind == "fold" and node.what.name == "mean" and not is_computed(node.args[0])}
    found: dict = {}
    for node in nodes if means else ():
        if node.kind == "call" and node.what[0].__name__ in ("std", "var") and not node.what[1].keys() - {
                "axis", "keepdims", "ddof"}:
            arguments = node.what[1]
            operand, axes = node.args[0], Graph.axes(node.args[0], arguments.get("axis"))
            key = (operand, axes, bool(arguments.get("keepdims", False)))
            if key in means:
                mean = means.pop(key)
                found[mean] = found[node] = [mean, node]
    return found


def is_fold_of_rows(node, shape, rows):
    """Whether a value is a reduction of arrays of that pattern along so many of the last axes, which it keeps."""
    return node.kind == "fold" and node.what.keepdims and pattern(node.args[0]) == shape and (
        node.what.axes == tuple(range(len(shape) - rows, len(shape))))


def rows_of(outputs):
    """How many of the last axes a pass by rows has whole; None where that is no way to compute the outputs."""
    computed = [node for node in outputs if is_computed(node)]
    if len(computed) != len(outputs) or len({pattern(node) for node in computed}) != 1:
        return None
    shape = pattern(computed[0])
    for node in reachable(computed):
        if node.kind == "fold" and is_fold_of_rows(node, shape, len(node.what.axes)):
            return len(node.what.axes)
    return None


def _worth_writing(outputs):
    """What costs much, and several reductions need."""
    nodes = reachable(outputs)
    cost: dict = {}
    users: Counter = Counter()
    for node in nodes:
        own = node.what[1].cost if node.kind == "operation" else 1
        cost[node] = own + sum(cost[x] for x in node.args) if is_computed(node) else 0
    if max(cost.values(), default=0) > DEAR:
        for node in nodes:
            if node.kind == "fold" and is_computed(node.args[0]):
                users.update(reachable(node.args))
    return {node for node in nodes if cost[node] > DEAR and users[node] > 1}


def _worth_keeping(outputs, group):
    """What reductions need, and a pass computes for the most part."""
    own, shape, found = set(reachable(group)), pattern(group[0]), []
    for fold in reachable(outputs):
        operand = fold.args[0] if fold.kind == "fold" else None
        if fold not in own and operand is not None and is_computed(operand) and pattern(operand) == shape:
            shared = sum(x.what[1].cost for x in reachable([operand]) if x in own and x.kind == "operation")
            if operand not in group and operand not in found and shared >= KEPT:
                found.append(operand)
    return found


class Program:
    """What computes the outputs of a graph for inputs whose types and axes of length one are those of the graph.

    ``ways`` are tried in turn: by rows, where reductions allow that, and pass by pass.
    """

    def __init__(self, outputs):
        rows = rows_of(outputs)
        writers = [Writer(outputs, choice) for choice in ((rows, None) if rows else (None,))]
        self.inputs = len(inputs_of(outputs))
        self.ways = [Way(writer.stages, self.inputs, writer.outputs) for writer in writers]

    def explanation(self):
        """What is done, in words."""
        texts = []
        for way in self.ways:
            lines, number = [], self.inputs
            for stage in way.stages:
                lines.extend(_explained(stage, number))
                number += stage.results
            texts.append("\n".join([*lines, "gives " + ", ".join(f"v{k}" for k in way.outputs)]))
        if len(texts) > 1:
            return f"by rows, where these are short enough:\n{texts[0]}\nelse:\n{texts[1]}"
        return texts[0]

    def run(self, inputs, outs=()):
        """The outputs; NotImplemented where NumPy has to compute them, one operation after the other.

        Parameters
        ----------
        inputs : sequence
            Arrays and numbers, as many as the graph has inputs.
        outs : sequence, optional
            Arrays for the outputs, or None for new ones.
        """
        for way in self.ways:
            found = way.run(inputs, outs)
            if found is not NotImplemented:
                return found
        return NotImplemented


def compute(nodes, inputs):
    """The values of nodes by torsor's own functions, one operation after the other."""
    found = dict(zip(inputs_of(nodes), inputs))
    for node in reachable(nodes):
        args = [found[x] for x in node.args]
        if node.kind == "input":
            value = found[node]
        elif node.kind == "constant":
            value = number_of(node)
        elif node.kind == "operation":
            ufunc, _, which, ignored = node.what
            quiet: dict = {key: "ignore" for bit, key, _ in KINDS if bit & ignored}
            with np.errstate(**quiet):
                value = ufunc(*args)
            value = value[which] if ufunc.nout > 1 else value
        elif node.kind == "cast":
            value = node.dtype.type(args[0]) if node.args[0].is_weak else np.asarray(args[0]).astype(node.dtype)
        elif node.kind == "where":
            value = where(*args)
        elif node.kind == "fold":
            value = REDUCTIONS[node.what.name](*args, **node.what.arguments)
        elif node.kind == "array":
            value = args[0]
        elif node.kind == "count":
            axes, less = node.what
            value = float(max(np.prod([np.shape(args[0])[d] for d in axes]) - less, 0))
        elif node.kind == "host":
            value = node.what(*args)
        else:
            function, arguments = node.what
            value = function(*args, *arguments) if node.kind == "view" else function(*args, **arguments)
        found[node] = value
    return [found[node] for node in nodes]
