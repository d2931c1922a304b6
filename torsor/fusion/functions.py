"""``fuse``: an ordinary function over arrays, compiled when it is called.

The function is run once for each combination of types, with symbols in the place of its arrays (expressions.py);
the program that comes of it (compiler.py) is kept.  What has no program is the function itself, as it stands.
"""
import functools
import inspect
import sys
import threading
from typing import Any, NamedTuple

import numpy as np

from torsor._kernels.callers import Caller, make_fast, signature
from torsor.fusion import recorded
from torsor.fusion.compiler import Program
from torsor.fusion.expressions import PLAIN, Expression, Trace, connect
from torsor.fusion.graph import NotFusable, ShapesDiffer, inputs_of, structure

connect(recorded.FUNCTIONS, recorded.METHODS)
#: Programs that are kept, by the structure of what they compute.
_PROGRAMS: dict = {}
_LOCK = threading.Lock()
MOST = 512                      # programs, and entries of one function


def program_for(nodes):
    """The program that computes some nodes, made where there is none for their structure."""
    key = structure(nodes)
    found = _PROGRAMS.get(key)
    if found is None:
        found = Program(nodes)
        keep(_PROGRAMS, key, found)
    return found


def keep(cache, key, value):
    """Add to a cache, whose oldest entries make room."""
    with _LOCK:
        while len(cache) >= MOST:
            del cache[next(iter(cache))]
        cache[key] = value


class Entry(NamedTuple):
    """What a function is for one combination of types."""

    program: Program
    inputs: tuple               # places of the arguments that the program reads
    captured: tuple             # arrays that it reads beside
    guards: tuple               # (namespace, name, object): what the function saw outside of its arguments
    result: Any                 # how what the function returns is made of outputs
    shapes: bool                # it holds for one combination of shapes

    def is_valid(self):
        """Whether what the function saw outside of its arguments is still there."""
        return all(namespace(name) is thing for namespace, name, thing in self.guards)


_EAGER = object()               # in the place of an entry: the function is called as it is
_SHAPED = object()              # ... entries are by shapes


class _Output(NamedTuple):
    """The place of an output in what a function returns."""

    number: int


class _Quantity(NamedTuple):
    """The place of an array with a unit."""

    values: Any
    unit: Any


_units: Any = None


def _quantities():
    """torsor/fusion/quantities.py, where anybody has imported units; else None."""
    global _units
    if _units is None and "torsor.units.protocol" in sys.modules:
        from torsor.fusion import quantities

        _units = quantities
    return _units


def _flatten(result, nodes, trace):
    """What a function returned, with places for the values that a program computes."""
    if isinstance(result, Expression):
        nodes.append(trace.node_of(result))
        return _Output(len(nodes) - 1)
    if isinstance(result, np.ndarray):
        nodes.append(trace.meet(result))
        return _Output(len(nodes) - 1)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*[_flatten(x, nodes, trace) for x in result])
    if type(result) in (tuple, list):
        return type(result)([_flatten(x, nodes, trace) for x in result])
    if type(result) is dict:
        return {key: _flatten(x, nodes, trace) for key, x in result.items()}
    units = _quantities()
    if units is not None and isinstance(result, units.DimArray):
        return _Quantity(_flatten(units.values_of(result), nodes, trace), result.unit)
    return result


def fill(result, outputs):
    """The same with the values."""
    if type(result) is _Output:
        return outputs[result.number]
    if type(result) is _Quantity:
        return _quantities().quantity(fill(result.values, outputs), result.unit)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*[fill(x, outputs) for x in result])
    if type(result) in (tuple, list):
        return type(result)([fill(x, outputs) for x in result])
    if type(result) is dict:
        return {key: fill(x, outputs) for key, x in result.items()}
    return result


def _surroundings(function):
    """Numbers and arrays that a function sees outside of its arguments, as guards."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return ()
    units = _quantities()
    found = []
    for namespace, place in (*[(function.__globals__.get, name) for name in code.co_names],
                             *[(_contents, cell) for cell in function.__closure__ or ()]):
        value = namespace(place)
        if isinstance(value, (np.ndarray, np.generic, int, float, complex)):
            found.append((namespace, place, value))
        elif units is not None:
            found.extend(units.guards(namespace, place, value))
    return tuple(found)


def _unchanged(place):
    array, stored = place
    return stored if array.tobytes() == stored else None


def _contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None


def record(function, args, kwargs, known=(), weak_ints=False):
    """Run a function on symbols in the place of its arguments.

    ``known`` are ids of arrays outside of it; with ``weak_ints`` ints are operands.

    Returns
    -------
    tuple
        The trace, the nodes of what the function returns, how that is made of them, and which arguments are inputs.
    """
    trace, places = Trace(known), {}
    nodes: list = []

    def symbol(k, value):
        if type(value) in PLAIN or isinstance(value, np.generic) or type(value) in (float, complex) or (
                weak_ints and type(value) is int):
            shown = trace.add_input(value)
            places[shown._node] = k
            return shown
        return value

    symbols = [symbol(k, value) for k, value in enumerate(args)]
    named = {name: symbol(len(args) + k, value) for k, (name, value) in enumerate(kwargs.items())}
    with np.errstate(all="warn"):               # what the function ignores itself is seen against that
        result = _flatten(function(*symbols, **named), nodes, trace)
    trace.ended = True
    return trace, nodes, result, places


class Fused(Caller):
    """A function over arrays whose operations are done in as few passes over memory as can be.

    Made by :func:`torsor.fuse`.
    """

    def __init__(self, function):
        self._function = function
        self._entries: dict = {}
        self._bare: dict = {}               # units of the arguments -> Fused of their magnitudes
        self._backward: Any = None          # Fused for the gradients of the arguments
        functools.update_wrapper(self, function)
        try:
            names = inspect.signature(function).parameters
            self._takes_out, self._takes_progress = "out" in names, "progress" in names
        except (TypeError, ValueError):
            self._takes_out = self._takes_progress = True

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self):
        return f"<fused {getattr(self._function, '__qualname__', self._function)!s}>"

    def __call__(self, *args, **kwargs):
        """The function of these arguments.

        Parameters
        ----------
        *args, **kwargs
            Those of the function.
        out : ndarray or tuple of ndarrays and None, optional
            Where results go, unless the function has an argument of that name itself.
        """
        return self.call(args, kwargs)

    def call(self, args, kwargs):
        """The same, for a call that has no short way."""
        out = kwargs.pop("out", None) if kwargs and not self._takes_out else None
        progress = kwargs.pop("progress", False) if kwargs and not self._takes_progress else False
        return put(self.compute(args, kwargs, out, progress), out)

    def compute(self, args, kwargs, out=None, progress=False):
        """The same, where the results need not be in ``out`` yet."""
        key = signature(args, kwargs, self.weak_ints)
        if key is None and (units := _quantities()) is not None:
            found = units.call(self, args, kwargs)
            if found is not NotImplemented:
                return found
        if progress or (key is None and any(isinstance(x, np.memmap) for x in (*args, *kwargs.values()))):
            from torsor.fusion import chunks  # which few programs need, and which needs this module

            return chunks.compute(self, args, kwargs, out, progress)
        entry = self._entries.get(key) if key is not None else None
        if entry is None or entry is _SHAPED or (entry is not _EAGER and not entry.is_valid()):
            entry = self._entry(key, args, kwargs)
        if entry is _EAGER:
            return self._function(*args, **kwargs)
        given = args if not kwargs else (*args, *kwargs.values())
        inputs = [given[k] for k in entry.inputs]
        if entry.captured:
            inputs.extend(entry.captured)
        outputs = entry.program.run(inputs, () if out is None else outs_of(out))
        if outputs is NotImplemented:
            return self._function(*args, **kwargs)
        return fill(entry.result, outputs)

    def _bare_for(self, units, function):
        """The fused function of the magnitudes of arguments in these units, which is made and kept."""
        made = Fused(function)
        keep(self._bare, units, made)
        return made

    def _entry(self, key, args, kwargs):
        """The entry for arguments, made where it has to be."""
        given = (*args, *kwargs.values())
        if key is None or any(isinstance(x, Expression) for x in given):
            return _EAGER
        shaped = (key, *[x.shape for x in given if isinstance(x, np.ndarray)])
        if self._entries.get(key) is _SHAPED:
            entry = self._entries.get(shaped)
            if entry is not None and (entry is _EAGER or entry.is_valid()):
                return entry
        try:
            entry, lasting = self._trace(args, kwargs)
        except ShapesDiffer:
            return _EAGER                       # this time, to raise what NumPy raises
        except (NotFusable, RecursionError):
            keep(self._entries, key, _EAGER)
            return _EAGER
        if lasting and entry.shapes:
            keep(self._entries, key, _SHAPED)
            keep(self._entries, shaped, entry)
        elif lasting:
            keep(self._entries, key, entry)
            if not kwargs and type(key) is bytes:
                self._shorten(key, entry, len(args))
        return entry

    def _shorten(self, key, entry, count):
        """Let calls whose arguments are the inputs of a program take the shortest way."""
        if entry.inputs != tuple(range(count)):
            return
        if entry.result == _Output(0):
            self.shorten(key, entry.program.ways, entry.captured, entry.guards)
        elif type(entry.result) is _Quantity and entry.result.values == _Output(0):
            self.shorten(key, entry.program.ways, entry.captured, entry.guards, _quantities().quantity,
                         entry.result.unit)

    def _trace(self, args, kwargs):
        """The entry for such arguments, and whether it holds for later calls."""
        guards = _surroundings(self._function)
        known = {id(thing) for _, _, thing in guards}
        trace, nodes, result, places = record(self._function, args, kwargs, known, self.weak_ints)
        guards += tuple([(_unchanged, (x, stored), stored) for x in trace.numbers for stored in (x.tobytes(),)])
        used = inputs_of(nodes)
        captured = tuple([node.value for node in used if node not in places])
        program = program_for(nodes)
        inputs = tuple([places[node] for node in used if node in places])
        if [node for node in used if node in places] + [node for node in used if node not in places] != used:
            raise NotFusable("arrays that were met before the arguments")
        lasting = all(id(node.value) in known for node in trace.met)
        return Entry(program, inputs, captured, guards, result, trace.looked_at_shape), lasting

    def vjp(self, *args, **kwargs):
        """The results, and a function for the gradients of the arguments; see :func:`torsor.fusion.gradients.vjp`."""
        from torsor.fusion.gradients import vjp

        return vjp(self, *args, **kwargs)

    def explain(self, *args, **kwargs):
        """Print what is done for such arguments: stages, instructions, registers, bytes moved, block size."""
        print(self.explanation(*args, **kwargs))

    def explanation(self, *args, **kwargs):
        """The same as text."""
        entry = self._entry(signature(args, kwargs, self.weak_ints), args, kwargs)
        if entry is _EAGER:
            return "not fused: every operation is done by itself"
        return entry.program.explanation()


make_fast(Fused)


def outs_of(out):
    """``out=`` as a tuple."""
    return out if type(out) is tuple else (out,)


def put(result, out, casting="same_kind"):
    """Copy results to where they are wanted, as ufuncs do; none if one of them does not fit."""
    if out is None:
        return result
    results = result if type(result) is tuple else (result,)
    outs = outs_of(out)
    if len(outs) != len(results):
        raise ValueError(f"out= has {len(outs)} arrays for {len(results)} results")
    pairs = [(array, value) for array, value in zip(outs, results) if array is not None and array is not value]
    for array, value in pairs:
        if not isinstance(array, np.ndarray):
            raise TypeError("return arrays must be of ArrayType")
        if array.shape != np.shape(value):
            raise ValueError(f"out= has shape {array.shape}, the result {np.shape(value)}")
        if len(pairs) > 1:
            np.copyto(array, value, casting=casting, where=False)       # raises what the copy would
    if len(pairs) > 1:                          # a result may be an operand that is about to be written
        pairs = [(array, np.copy(value) if any(np.may_share_memory(value, x) for x in outs if x is not None) else value)
                 for array, value in pairs]
    for array, value in pairs:
        np.copyto(array, value, casting=casting)
    given = tuple([value if array is None else array for array, value in zip(outs, results)])
    return given if type(result) is tuple else given[0]


def fuse(function=None):
    """Compile a function over arrays so that it passes over memory as seldom as can be.

    Parameters
    ----------
    function : callable
        Of arrays and numbers.  It is run on symbols once for each combination of types; ints, strings and other
        arguments that are no arrays are part of the combination.

    Returns
    -------
    Fused
        A function with the same arguments and results, and ``out=``.

    Examples
    --------
    >>> import torsor as np
    >>> @np.fuse
    ... def distance(x, y):
    ...     return np.sqrt(x * x + y * y)
    >>> print(distance(np.array([3.0, 5.0]), np.array([4.0, 12.0])))
    [ 5. 13.]
    """
    if function is None:
        return fuse
    if not callable(function):
        raise TypeError(f"fuse takes a function, not {type(function).__name__}")
    return Fused(function)
