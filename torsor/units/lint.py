"""Finds operations on quantities that do not fit each other in a program, without running it.

This file reads the syntax: which value has which name where, along branches and loops.  What an operation does to
units is for ``inference``.  Wherever several values are possible nothing is known, and nothing reported.
"""
import ast
import contextlib
import re
import warnings
from collections import ChainMap
from functools import reduce
from typing import Any, NamedTuple

from torsor.units import inference, syntax
from torsor.units.errors import UnitsError
from torsor.units.inference import Each, Function, Items, Number, Quantity, join

_OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
              ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.Pow: "power", ast.MatMult: "matmul"}
_COMPARISONS = {ast.Eq: "equal", ast.NotEq: "not_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater",
                ast.GtE: "greater_equal"}
#: Walks over one scope after which it is not understood.
_WALKS = 20


class Finding(NamedTuple):
    """An operation that would fail, or compares what is never equal."""

    filename: str
    line: int
    column: int             # from 1, in characters
    message: str

    def __str__(self):
        return f"{self.filename}:{self.line}:{self.column}: {self.message}"


def check(source: str, filename: str = "<string>") -> list:
    """Operations of a program on quantities that do not fit each other.

    Parameters
    ----------
    source : str
        Python.  It is parsed, and neither imported nor run.
    filename : str
        For the findings.

    Returns
    -------
    list of Finding
        In the order of lines; without those on lines with the comment ``# torsor: ignore``.

    Raises
    ------
    SyntaxError
        If the source is no Python of this version, or nested too deeply.

    Examples
    --------
    >>> [finding] = check("from torsor.units import *; from torsor.units import m, s\\nDimArray(1, m) + DimArray(1, s)")
    >>> finding.line, finding.message
    (2, "add: 'm' [L] and 's' [T] have different dimensions")
    """
    try:
        return sorted(_Program(_parsed(source, filename), source, filename).findings())
    except (RecursionError, MemoryError):
        raise SyntaxError("nested too deeply to be checked") from None


def _parsed(source, filename):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")         # what Python thinks of the program is not asked
            return ast.parse(source, filename)
    except ValueError as error:                     # null bytes, in some versions of Python
        raise SyntaxError(str(error)) from None


class _Scope:
    """The names of a function, class, module or comprehension, with what is known wherever they are used."""

    def __init__(self, parent, local=(), is_class=False):
        self.parent, self.local, self.is_class = parent, local, is_class
        self.names = {}
        self.is_open = False        # names may come from a module of which nothing is known


class _Program:
    """One file.

    ``env`` is what is known of local names at a point of the program; None: it is never reached.  A branch has a map of
    its own on those around it, so that it costs what it changes.
    """

    def __init__(self, tree, source, filename):
        self.tree, self.filename = tree, filename
        self.lines = re.split(r"\r\n|\r|\n", source)
        self.ignored = syntax.ignored_lines(source)
        self.elusive, self.changes_units, self.is_clear = syntax.survey(tree)
        self.found, self.pending = {}, {}
        self.scope: Any = None
        self.env: Any = None
        self.silent, self.forgotten = 0, 0
        self.loops: list = []       # around this point: (env outside, envs at break, envs at continue)
        self.heads: dict = {}       # loop -> what it changes, as known where it starts anew
        self.is_settled = True

    def findings(self) -> list:
        if not self.is_clear:
            return []
        results = []
        self.pending[self.tree] = _Scope(None), 0
        while self.pending:
            node = next(iter(self.pending))
            results += self.walk_scope(node, *self.pending.pop(node))
        return results

    def walk_scope(self, node, scope, silent) -> list:
        """Walk over the body of a function or module until what holds at the heads of its loops is settled."""
        body = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
        unknown = dict.fromkeys(syntax.parameters(node))
        self.scope, self.silent, self.loops, self.heads = scope, silent, [], {}
        for _ in range(_WALKS):
            self.found, self.is_settled = {}, True
            self.env = ChainMap(dict.fromkeys(scope.local))
            scope.names = dict(unknown)
            self.block(body)
            if self.is_settled:
                return list(self.found.values())
        scope.is_open = True
        return []

    def report(self, node, error):
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if not self.silent and self.ignored.isdisjoint(lines):
            before = self.lines[node.lineno - 1].encode()[:node.col_offset]
            finding = Finding(self.filename, node.lineno, len(before.decode(errors="replace")) + 1, str(error))
            self.found.setdefault(finding, finding)

    def attempt(self, node, compute, *args):
        """The value of an operation; None where it is reported to fail."""
        try:
            return compute(*args)
        except UnitsError as error:
            self.report(node, error)
            return None

    # ------------------------------------------------------------------------------------ names

    def bind(self, name, value):
        value = None if name in self.elusive else inference.lasting(value)
        names = self.scope.names
        names[name] = join(names[name], value) if name in names else value
        self.env[name] = value

    def lookup(self, name):
        if name in self.elusive or name.startswith("__"):
            return None
        for names in self.env.maps:
            if name in names:
                return names[name]
        scope = self.scope
        while scope is not None:
            if scope.is_open:
                return None
            if scope is not self.scope and (name in scope.names or name in scope.local):
                value = scope.names.get(name)
                return None if self.changes_units and _holds_quantity(value) else value
            scope = scope.parent
        return inference.builtin(name)

    def forget(self, like=None):
        """Know nothing more of quantities, or of those in one unit: it may have changed in place."""
        self.forgotten += 1
        for name, value in list(self.env.items()):
            if _holds_quantity(value, like):
                self.bind(name, None)

    @contextlib.contextmanager
    def inside(self, env, scope=None):
        """Go on with other names, and come back; what is forgotten there is so here."""
        outer, forgotten = (self.env, self.scope), self.forgotten
        self.env, self.scope = env, scope or self.scope
        yield
        self.env, self.scope = outer
        if self.forgotten != forgotten:
            self.forget()

    def asked(self, test) -> dict:
        """What is known of quantities where a condition that asks for their type holds or does not: nothing."""
        return dict.fromkeys([name for name in syntax.questioned(test) if _holds_quantity(self.lookup(name))])

    def settle(self, base, ends):
        """Go on from where branches end that began from ``base``."""
        ends = [env for env in ends if env is not None]
        base.update({name: reduce(join, [env.get(name) for env in ends]) for name in _changed(base, ends)})
        self.env = base if ends else None

    # ------------------------------------------------------------------------------------ statements

    def block(self, statements):
        for statement in statements:
            if self.env is None:
                break
            handler = getattr(self, "do_" + type(statement).__name__, None)
            (handler or self.do_anything)(statement)

    def do_anything(self, node):
        """A statement of which only the expressions and the names that it binds are seen."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        self.unbind(node)

    def unbind(self, *nodes):
        for name in syntax.bound(*nodes):
            self.bind(name, None)

    def do_Pass(self, node):
        pass

    do_Global = do_Nonlocal = do_Pass

    def do_Expr(self, node):
        self.value(node.value)

    def do_Assign(self, node):
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def do_AnnAssign(self, node):
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def do_AugAssign(self, node):
        target, value = node.target, self.value(node.value)
        old = self.lookup(target.id) if isinstance(target, ast.Name) else self.value(target)
        operator = _OPERATORS.get(type(node.op))
        new = self.attempt(node, inference.operator, operator, old, value) if operator else None
        if isinstance(target, ast.Subscript) and isinstance(array := self.value(target.value), Quantity):
            self.attempt(target, inference.assigned, array, new)
        elif isinstance(old, Quantity):
            if new != old:              # in place: other names of the same array see its new unit
                self.forget(like=old)
        elif not isinstance(old, Number) and syntax.changes_unit(node) and (
                operator == "power" or not isinstance(value, Number)):
            self.forget()
        if isinstance(target, ast.Name):
            self.bind(target.id, new)

    def assign(self, target, value):
        match target:
            case ast.Name(name):
                self.bind(name, value)
            case ast.Tuple(parts) | ast.List(parts):
                items = [inference.element(value) if isinstance(value, (Quantity, Each)) else None] * len(parts)
                if any(isinstance(part, ast.Starred) for part in parts):
                    items = [None] * len(parts)
                elif isinstance(value, Items) and len(value.items) == len(parts):
                    items = list(value.items)
                for part, item in zip(parts, items, strict=True):
                    self.assign(part, item)
            case ast.Subscript(array, index):
                self.value(index)
                self.attempt(target, inference.assigned, self.value(array), value)
            case ast.Attribute(owner):
                self.value(owner)
            case ast.Starred(part):
                self.assign(part, None)

    def do_Delete(self, node):
        self.unbind(node)

    def do_Assert(self, node):
        self.value(node.test)
        self.env.update(self.asked(node.test))

    def do_Return(self, node):
        if node.value is not None:
            self.value(node.value)
        self.env = None

    def do_Raise(self, node):
        for child in (node.exc, node.cause):
            if child is not None:
                self.value(child)
        self.env = None

    # ------------------------------------------------------------------------------------ branches and loops

    def do_If(self, node):
        base, ends, orelse = self.env, [], [node]
        while len(orelse) == 1 and isinstance(orelse[0], ast.If):       # elif by elif: chains may be long
            node, orelse = orelse[0], orelse[0].orelse
            self.value(node.test)
            outside = self.env.new_child(asked) if (asked := self.asked(node.test)) else self.env
            ends.append(self.branch(outside, node.body))
            self.env = outside
        ends.append(self.branch(self.env, orelse))
        self.settle(base, ends)

    def branch(self, env, body):
        """What is known after statements that begin from an env, which stays as it is."""
        self.env = env.new_child()
        self.block(body)
        return self.env

    def do_While(self, node):
        def test():
            self.value(node.test)
            self.env.update(self.asked(node.test))

        self.loop(node, test, endless=isinstance(node.test, ast.Constant) and bool(node.test.value))

    def do_For(self, node):
        items = inference.element(self.value(node.iter))
        self.loop(node, lambda: self.assign(node.target, items))

    do_AsyncFor = do_For

    def loop(self, node, start, endless=False):
        base, known = self.env, self.heads.get(node, {})
        head = base.new_child({name: join(base.get(name), value) for name, value in known.items()})
        self.env = head.new_child()
        self.loops.append((base, [], []))
        start()
        done = None if endless else self.env.copy() if isinstance(node, ast.While) else head
        self.block(node.body)
        _, breaks, nexts = self.loops.pop()
        ends = [env for env in (self.env, *nexts) if env is not None]
        now = known | {name: reduce(join, [env.get(name) for env in (head, *ends)]) for name in _changed(base, ends)}
        if now != known:
            self.heads[node], self.is_settled = now, False
        self.settle(base, [None if done is None else self.branch(done, node.orelse), *breaks])

    def do_Break(self, node):
        self.leave(1)

    def do_Continue(self, node):
        self.leave(2)

    def leave(self, kind):
        if self.loops:                  # else the program is wrong, which ast.parse does not see
            base = self.loops[-1][0]
            inner = self.env.maps[:-len(base.maps)]
            self.loops[-1][kind].append(base.new_child({name: value for env in reversed(inner)
                                                        for name, value in env.items()}))
        self.env = None

    def do_Try(self, node):
        base = self.env
        caught = any(syntax.catches(handler.type) for handler in node.handlers)
        leaving = self.leaving()
        self.silent += caught
        self.env = self.branch(base, node.body)
        self.silent -= caught
        if self.env is not None:
            self.block(node.orelse)
        ends = [self.env]
        for handler in node.handlers:
            self.interrupted(base, *node.body)
            if handler.type is not None:
                self.value(handler.type)
            if handler.name:
                self.bind(handler.name, None)
            self.block(handler.body)
            ends.append(self.env)
        if node.finalbody:
            if all(env is None for env in ends):
                self.interrupted(base, *node.body, *node.handlers, *node.orelse)
                self.block(node.finalbody)
                ends = []
            # What breaks out of the loop, or goes on with it, does so through the last block.
            for env in self.leaving()[len(leaving):]:
                env.update(dict.fromkeys(syntax.bound(*node.finalbody)))
        self.settle(base, ends)
        if self.env is not None:
            self.block(node.finalbody)

    do_TryStar = do_Try

    def leaving(self) -> list:
        """What is known where the loop around this point is left or begun anew, as found so far."""
        return [env for _, *kinds in self.loops[-1:] for kind in kinds for env in kind]

    def interrupted(self, base, *nodes):
        """Go on from somewhere in the middle of some statements."""
        self.env = base.new_child(dict.fromkeys(syntax.bound(*nodes)))
        if any(syntax.changes_unit(node) for statement in nodes for node in ast.walk(statement)):
            self.forget()

    def do_With(self, node):
        base = self.env
        expecting = any(syntax.callee(item.context_expr) in syntax.EXPECTING for item in node.items)
        self.env = base.new_child()
        for item in node.items:
            self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, None)
        self.silent += expecting
        self.block(node.body)
        self.silent -= expecting
        if expecting:
            self.interrupted(base, node)
        self.settle(base, [self.env])

    do_AsyncWith = do_With

    def do_Match(self, node):
        self.value(node.subject)
        base = self.env
        ends = [base.new_child()]
        for case in node.cases:
            self.env = base.new_child()
            self.unbind(case.pattern)
            if case.guard is not None:
                self.value(case.guard)
            self.block(case.body)
            ends.append(self.env)
        self.settle(base, ends)

    # ------------------------------------------------------------------------------------ definitions

    def do_FunctionDef(self, node):
        for child in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if child is not None:
                self.value(child)
        self.postpone(node)
        self.bind(node.name, None)

    do_AsyncFunctionDef = do_FunctionDef

    def postpone(self, node):
        """Walk over a function when everything around it is known."""
        parent = self.scope
        while parent.is_class:
            parent = parent.parent
        local = syntax.parameters(node) | (syntax.bound(*node.body) if isinstance(node.body, list) else set())
        self.pending[node] = _Scope(parent, local), self.silent

    def do_ClassDef(self, node):
        for child in (*node.decorator_list, *node.bases, *[keyword.value for keyword in node.keywords]):
            self.value(child)
        with self.inside(self.env.new_child(), _Scope(self.scope, is_class=True)):
            self.block(node.body)
        self.bind(node.name, None)

    def do_Import(self, node):
        for alias in node.names:
            if alias.asname:
                self.bind(alias.asname, inference.module(alias.name))
            else:
                root = alias.name.partition(".")[0]
                self.bind(root, inference.module(root))

    def do_ImportFrom(self, node):
        source = None if node.level else inference.module(node.module)
        for alias in node.names:
            if alias.name == "*":
                self.import_all(source)
            else:
                self.bind(alias.asname or alias.name, source and inference.attribute(source, alias.name))

    def import_all(self, source):
        names = source and inference.exported(source.name)
        if names is None:
            self.scope.is_open = True
            for name in list(self.env):
                self.bind(name, None)
        else:
            for name in names:
                self.bind(name, inference.attribute(source, name))

    # ------------------------------------------------------------------------------------ expressions

    def value(self, node):
        handler = getattr(self, "of_" + type(node).__name__, None)
        if handler is not None:
            return handler(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return None

    def of_Constant(self, node):
        if type(node.value) in (int, float):
            return Number(node.value)
        return node.value if isinstance(node.value, str) else None

    def of_Name(self, node):
        return self.lookup(node.id)

    def of_Attribute(self, node):
        return self.attempt(node, inference.attribute, self.value(node.value), node.attr)

    def of_Tuple(self, node):
        items = [self.value(item) for item in node.elts]
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return None
        return Items(tuple(items), isinstance(node, ast.List))

    of_List = of_Tuple

    def of_UnaryOp(self, node):
        x = self.value(node.operand)
        name = {ast.USub: "negative", ast.UAdd: "positive"}.get(type(node.op))
        return self.attempt(node, inference.unary, name, x) if name else None

    def of_BinOp(self, node):
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):        # sums may be long
            chain.append(chain[-1].left)
        result = self.value(chain[-1].left)
        for link in reversed(chain):
            right, name = self.value(link.right), _OPERATORS.get(type(link.op))
            result = self.attempt(link, inference.operator, name, result, right) if name else None
        return result

    def of_Compare(self, node):
        left = self.value(node.left)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            if type(op) in _COMPARISONS:
                self.attempt(node, inference.operator, _COMPARISONS[type(op)], left, right)
            left = right
        return None

    def of_BoolOp(self, node):
        results = []
        with self.inside(self.env.new_child()):
            for child in node.values:
                results.append(self.value(child))
                self.env.update(self.asked(child))
        return reduce(join, results)

    def of_IfExp(self, node):
        self.value(node.test)
        with self.inside(self.env.new_child(self.asked(node.test))):
            return join(self.value(node.body), self.value(node.orelse))

    def of_NamedExpr(self, node):
        return self.value(node.value)

    def of_Subscript(self, node):
        return inference.item(self.value(node.value), self.value(node.slice))

    def of_Lambda(self, node):
        for child in (*node.args.defaults, *node.args.kw_defaults):
            if child is not None:
                self.value(child)
        self.postpone(node)

    def of_ListComp(self, node):
        outer, first = self.scope, self.value(node.generators[0].iter)
        with self.inside(self.env.new_child(), _Scope(outer)):
            if outer.is_class:          # of whose names it sees none
                self.env.update(dict.fromkeys(outer.names))
            for k, generator in enumerate(node.generators):
                items = first if k == 0 else self.value(generator.iter)
                self.assign(generator.target, inference.element(items))
                for test in generator.ifs:
                    self.value(test)
                    self.env.update(self.asked(test))
            parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            results = [self.value(part) for part in parts]
        return Each(results[0]) if isinstance(node, (ast.ListComp, ast.GeneratorExp)) else None

    of_SetComp = of_DictComp = of_ListComp

    def of_GeneratorExp(self, node):
        return None             # its names are looked up when it runs

    def of_Call(self, node):
        function = self.value(node.func)
        expecting = syntax.callee(node) in syntax.EXPECTING
        self.silent += expecting
        args = [self.of_ListComp(arg) if isinstance(arg, ast.GeneratorExp) and isinstance(function, Function)
                else self.value(arg) for arg in node.args]
        kwargs = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        self.silent -= expecting
        if not isinstance(function, Function):
            if self.changes_units:
                self.forget()
            return None
        if None in kwargs or any(isinstance(arg, ast.Starred) for arg in node.args):
            return None
        if inference.writes(function, args):
            self.forget()
        return self.attempt(node, inference.call, function, args, kwargs)


def _changed(base, envs) -> set:
    """Names that envs, which began from ``base``, have values of their own for."""
    return {name for env in envs for inner in env.maps[:-len(base.maps)] for name in inner}


def _holds_quantity(value, like=None) -> bool:
    if isinstance(value, Items):
        return any(_holds_quantity(item, like) for item in value.items)
    return isinstance(value, Quantity) and (like is None or value == like)
