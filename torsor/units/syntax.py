"""What a program says by its syntax alone: the names that it binds, the failures that it expects."""
import ast
import contextlib
import io
import re
import tokenize

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_FACTORS = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult)
_IGNORED = re.compile(r"#\s*torsor:\s*ignore\b")
#: Calls whose arguments, or ``with`` blocks, are expected to fail, and exceptions that a failure is caught by.
EXPECTING = {"raises", "assertRaises", "assertRaisesRegex", "suppress"}
_CATCHING = {"UnitsError", "DimensionError", "UnitConversionError", "ValueError", "Exception", "BaseException"}
#: Attributes and functions that programs ask what a value is.
_QUESTIONS = {"unit", "dimension", "is_dimensionless", "isinstance", "hasattr", "type"}


def callee(node) -> str:
    """The last name of what is called."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def catches(handler) -> bool:
    """Whether an except clause catches errors of units."""
    names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(handler)} if handler else _CATCHING
    return not names.isdisjoint(_CATCHING)


def questioned(test) -> set:
    """Names that a condition asks for their unit or type: they may be anything in what depends on it."""
    names = set()
    for node in ast.walk(test):
        asked = node.value if isinstance(node, ast.Attribute) and node.attr in _QUESTIONS else (
            node if callee(node) in _QUESTIONS else None)
        if asked is not None:
            names |= {name.id for name in ast.walk(asked) if isinstance(name, ast.Name)}
    return names


def changes_unit(node) -> bool:
    """Whether a node may give an array another unit in place."""
    return isinstance(node, ast.AugAssign) and (
        isinstance(node.op, ast.Pow) or (isinstance(node.op, _FACTORS) and not isinstance(node.value, ast.Constant)))


def bound(*nodes) -> set:
    """Names that statements bind in their own scope."""
    names, todo = set(), list(nodes)
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(name, ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                names.add(name)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.alias(name, asname):
                names.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
        todo += ast.iter_child_nodes(node)
    return names


def survey(tree) -> tuple:
    """Names that change where the walk does not see it; whether functions may change units in place; whether the
    program binds names by nothing but its syntax."""
    elusive, changes_units, is_clear = set(), False, True
    todo = [(tree, False)]
    while todo:
        node, in_function = todo.pop()
        match node:
            case ast.Global(names) | ast.Nonlocal(names):
                elusive.update(names)
            case ast.NamedExpr(ast.Name(name)):
                elusive.add(name)
            case ast.keyword("out", value):
                elusive.update(name.id for name in ast.walk(value) if isinstance(name, ast.Name))
                changes_units |= in_function
            case ast.Name("exec" | "globals" | "locals" | "vars"):
                is_clear = False
        changes_units |= in_function and changes_unit(node)
        in_function = in_function or isinstance(node, _FUNCTIONS)
        todo += [(child, in_function) for child in ast.iter_child_nodes(node)]
    return elusive, changes_units, is_clear


def parameters(node) -> set:
    """Names of the parameters of a function."""
    if not isinstance(node, _FUNCTIONS):
        return set()
    a = node.args
    return {arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if arg is not None}


def ignored_lines(source) -> set:
    """Numbers of the lines with a comment that silences them."""
    lines = set()
    if _IGNORED.search(source):
        with contextlib.suppress(tokenize.TokenError, SyntaxError):         # what comes after it has no comments
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.COMMENT and _IGNORED.match(token.string):
                    lines.add(token.start[0])
    return lines
