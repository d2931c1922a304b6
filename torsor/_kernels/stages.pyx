"""Stages: what is done one after the other with values that are there, to compute the outputs of a function.

They are put together in torsor/fusion/compiler.py.  Each reads some values by their numbers and adds its own.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from torsor._kernels.folds cimport run_folded
from torsor._kernels.programs cimport MOST_STREAMS, Pass, run_pass

import numpy as np

cnp.import_array()


cdef class Stage:
    """Something that is done with values; ``inputs`` are their numbers."""

    cdef bint go(self, list values, tuple outs) except -1:
        """Add the results to the values; 0 where NumPy has to compute them."""
        return False


cdef void check(Stage stage, Pass program) except *:
    if len(stage.inputs) != program.n_leaves:
        raise ValueError("a program got another number of operands than it has")


cdef int gather(Stage stage, list values, PyObject **given) except -1:
    cdef Py_ssize_t k = 0
    for number in stage.inputs:
        given[k] = <PyObject *>values[number]
        k += 1
    return 0


cdef class Run(Stage):
    """A pass that writes its results."""

    def __init__(self, inputs, Pass program, int results, int reduced, instructions):
        self.inputs, self.program, self.results, self.reduced = tuple(inputs), program, results, reduced
        self.instructions = tuple(instructions)
        check(self, program)

    cdef bint go(self, list values, tuple outs) except -1:
        cdef PyObject *given[MOST_STREAMS]
        gather(self, values, given)
        found = run_pass(self.program, given, outs, self.reduced)
        if found is NotImplemented and outs:
            found = run_pass(self.program, given, (), self.reduced)
        if found is NotImplemented:
            return False
        values.extend(<tuple>found)
        return True


cdef class Fold(Stage):
    """A pass whose values are reduced as they come."""

    def __init__(self, inputs, Pass program, int root, int ndim, what, instructions):
        self.inputs, self.program, self.root, self.ndim = tuple(inputs), program, root, ndim
        self.what, self.kernel, self.results, self.instructions = what, what.kernel, 1, tuple(instructions)
        check(self, program)

    cdef bint go(self, list values, tuple outs) except -1:
        cdef PyObject *given[MOST_STREAMS]
        gather(self, values, given)
        found = run_folded(self.program, self.root, self.kernel, given, self.ndim, self.what.axes, self.what.keepdims)
        if found is NotImplemented:
            return False
        values.append(found)
        return True


cdef class Call(Stage):
    """One call of a function."""

    def __init__(self, inputs, function, tuple arguments=(), dict keywords=None, int results=1):
        self.inputs, self.function, self.results = tuple(inputs), function, results
        self.arguments, self.keywords, self.instructions = arguments, keywords or {}, ()

    cdef bint go(self, list values, tuple outs) except -1:
        given = tuple([values[number] for number in self.inputs]) + self.arguments
        found = self.function(*given, **self.keywords) if self.keywords else self.function(*given)
        if self.results == 1:
            values.append(found)
        else:
            values.extend(found)
        return True


cdef class Count(Stage):
    """How many elements a reduction has, less so many; none at all is a case for NumPy, which warns of it."""

    def __init__(self, tuple operand, tuple axes, less):
        self.operand, self.axes, self.less, self.results = operand, axes, less, 1
        self.inputs = self.instructions = ()

    cdef tuple shape(self, tuple of, list values):
        """The shape of what is reduced, from those of values."""
        kind, *rest = of
        if kind == "value":
            return np.shape(values[rest[0]])
        if kind == "join":
            return np.broadcast_shapes(*[self.shape(x, values) for x in rest])
        axes, keepdims, operand = rest
        shape = self.shape(operand, values)
        if keepdims:
            return tuple([1 if d in axes else n for d, n in enumerate(shape)])
        return tuple([n for d, n in enumerate(shape) if d not in axes])

    cdef bint go(self, list values, tuple outs) except -1:
        cdef double found = 1
        shape = self.shape(self.operand, values)
        for axis in self.axes:
            found *= shape[axis]
        found -= self.less
        if found <= 0:
            return False
        values.append(found)
        return True


cdef class Way:
    """Stages, and which values are wanted in the end.

    Parameters
    ----------
    stages : list of Stages
        In their order.
    given : int
        How many values there are at first.
    outputs : tuple of ints
        Numbers of the values that are wanted.
    """

    def __init__(self, list stages, int given, tuple outputs):
        cdef int count = given + sum([stage.results for stage in stages])
        self.stages, self.given, self.outputs = stages, given, outputs
        self.direct = bool(stages) and outputs == tuple(range(count - stages[len(stages) - 1].results, count))
        self.repeated = len(set(outputs)) < len(outputs)
        if len(stages) == 1 and self.direct and isinstance(stages[0], Run) and len(outputs) == 1:
            if not stages[0].reduced and stages[0].inputs == tuple(range(given)):
                self.alone = stages[0].program

    cdef object go(self, list values, tuple outs):
        """The outputs, as a list, some of them perhaps in ``outs``; NotImplemented where NumPy has to compute them."""
        cdef Py_ssize_t k, last = len(self.stages) - 1
        cdef list found = []
        for k in range(last + 1):
            if not (<Stage>self.stages[k]).go(values, outs if self.direct and k == last else ()):
                return NotImplemented
        for number in self.outputs:
            value = values[number]
            if self.repeated and isinstance(value, cnp.ndarray) and any([value is x for x in found]):
                value = value.copy()            # each result is an array of its own
            elif number >= self.given and isinstance(value, cnp.ndarray) and cnp.PyArray_NDIM(value) == 0:
                value = value[()]
            found.append(value)
        return found

    def run(self, inputs, tuple outs=()):
        """The outputs for these inputs, as a list, or NotImplemented."""
        return self.go(list(inputs), outs)
