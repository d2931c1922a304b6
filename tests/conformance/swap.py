"""Serves another namespace to the test modules that import NumPy: theirs are views of its modules.

Owns the views (a module of NumPy with the namespace's public names on top) and the import hook that
hands them out. Sources stay as they are, so pytest's assertion rewriting works on them as always.
"""
import builtins
import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from types import ModuleType

_MISSING = object()


class Swap(MetaPathFinder):
    """Import hook for the test modules below `suite`: their imports of NumPy give views.

    A view has the attributes of a module of NumPy. A public name is the namespace's if it has that;
    private names and modules are NumPy's. An object of NumPy with a public name is replaced
    wherever it is found, so that `numpy._core.umath.hypot` tests the namespace's `hypot`.
    """

    def __init__(self, namespace, suite):
        self.namespace = namespace
        self.suite = Path(suite).resolve()
        self._views = {}
        self._replaced = {}  # id of a public object of NumPy: the namespace's of the same name

    def find_spec(self, fullname, path=None, target=None):
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.has_location and self._is_test(spec.origin):
                    spec.loader = _SwappedLoader(spec.loader, self)
                return spec
        return None

    def _is_test(self, origin):
        origin = Path(origin).resolve()
        return origin.is_relative_to(self.suite) and origin.parent.name == "tests"

    def serves(self, module):
        """Whether the imports of a module are swapped."""
        return vars(module)["__builtins__"].get("__import__") == self.import_module

    def import_module(self, name, globals=None, locals=None, fromlist=(), level=0):
        """What the import statements of a test module call instead of `builtins.__import__`."""
        module = builtins.__import__(name, globals, locals, fromlist, level)
        return self.view(module) if _is_numpy(module) else module

    def view(self, module, counterpart=None):
        """The view of a module of NumPy; its counterpart is looked up if not given."""
        name = module.__name__
        if name not in self._views:
            parent = name.rpartition(".")[0]
            if parent:  # first, so that its public names are known when private modules show them
                self.view(sys.modules[parent])
            counterpart = counterpart or self._counterpart(name)
            view = self._views[name] = _View(name)
            state = {"_swap": self, "_theirs": module, "_ours": counterpart}
            for key, value in state.items():
                ModuleType.__setattr__(view, key, value)
            self._fill(view)
        return self._views[name]

    def _counterpart(self, name):
        if any(part.startswith("_") for part in name.split(".")):
            return None
        ours = self.namespace + name.removeprefix("numpy")
        try:
            return importlib.import_module(ours)
        except ModuleNotFoundError as error:
            if error.name is None or not ours.startswith(error.name):
                raise
        parent, _, leaf = name.rpartition(".")
        return _module(getattr(self._views[parent]._ours, leaf, None))

    def _fill(self, view):
        for name, theirs in list(vars(view._theirs).items()):
            if name in ("__getattr__", "__builtins__") or isinstance(theirs, ModuleType):
                continue
            value = self.attribute(view, name)
            if callable(theirs) and value is not theirs:
                self._replaced.setdefault(id(theirs), value)
            view.__dict__[name] = value

    def attribute(self, view, name):
        """Attribute of the namespace's module, or else of NumPy's, with its warnings and errors."""
        public = not name.startswith("_") or name == "__array_namespace_info__"
        ours = getattr(view._ours, name, _MISSING) if public else _MISSING
        if ours is not _MISSING and not _is_module_of(ours, self.namespace, "numpy"):
            return ours
        theirs = getattr(view._theirs, name)
        if _is_numpy(theirs):
            view.__dict__[name] = self.view(theirs, _module(ours))
            return view.__dict__[name]
        return self._replaced.get(id(theirs), theirs) if callable(theirs) else theirs


class _View(ModuleType):
    """A module of NumPy as the swapped imports show it; assignments reach NumPy's module too."""

    def __getattr__(self, name):
        return self._swap.attribute(self, name)

    def __setattr__(self, name, value):
        setattr(self._theirs, name, value)
        self.__dict__[name] = value

    def __delattr__(self, name):
        delattr(self._theirs, name)
        self.__dict__.pop(name, None)


class _SwappedLoader(Loader):
    """Runs a module with the loader that found it, under builtins with the swap's `__import__`."""

    def __init__(self, loader, swap):
        self._loader = loader
        self._swap = swap

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__builtins__ = {**vars(builtins), "__import__": self._swap.import_module}
        self._loader.exec_module(module)


def _is_module_of(value, *packages):
    return isinstance(value, ModuleType) and value.__name__.partition(".")[0] in packages


def _is_numpy(value):
    return (_is_module_of(value, "numpy") and not isinstance(value, _View)
            and "tests" not in value.__name__.split("."))


def _module(value):
    return value if isinstance(value, ModuleType) else None
