"""Units of special fields: ``torsor.units.domains.astronomy.parsec``, ..."""
import sys
import types

import torsor.units.registry as registry


def _module(domain: str) -> types.ModuleType:
    """The module of one field, which makes its units when they are asked for."""
    module = types.ModuleType(f"{__name__}.{domain}", f"Units of {domain}.")

    def __getattr__(name):
        found = None if name.startswith("_") else registry.find(name, (domain,))
        if found is None:
            raise AttributeError(f"module {module.__name__!r} has no unit {name!r}")
        setattr(module, name, found)
        return found

    module.__getattr__ = __getattr__        # type: ignore[method-assign]
    module.__all__ = registry.names(domain)             # type: ignore[attr-defined]
    module.__dir__ = lambda: sorted({*vars(module), *registry.names(domain)})       # type: ignore[method-assign]
    return module


__path__: list = []             # a package without files: its modules are made here
__all__ = list(registry.DOMAINS)
for _domain in __all__:
    globals()[_domain] = sys.modules[f"{__name__}.{_domain}"] = _module(_domain)
