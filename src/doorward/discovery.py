"""Members of a family (rules, formats, registries, feeds, outputs) are found by walking their folder.

The path is the id and nothing is registered twice. A member that does not import stops doorward: a wall that quietly
loses a brick is worse than none. What few runs need is loaded late.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any


class Late(ModuleType):
    """Stands for a module that is loaded when something of it is first used: most runs never need it.

    Type checkers are given the module itself, under ``TYPE_CHECKING``, and so the floors hold for it too.
    """

    def __getattr__(self, name: str) -> Any:
        """Return what the module has under a name."""
        return getattr(importlib.import_module(self.__name__), name)


if TYPE_CHECKING:
    import pkgutil
else:
    pkgutil = Late("pkgutil")


@cache
def members(package: str) -> Mapping[str, ModuleType]:
    """Import every public module below ``package`` and return them by path: ``registry/new_binary`` -> module.

    Modules and folders whose name starts with an underscore are helpers of their folder, not members.
    """
    names = {path: f"{package}.{path.replace('/', '.')}" for path in paths(package)}
    return MappingProxyType({path: importlib.import_module(name) for path, name in names.items()})


@cache
def paths(package: str) -> tuple[str, ...]:
    """Return the paths of the public modules below ``package``, sorted, without importing them."""
    root = importlib.import_module(package)
    found = (
        info.name[len(package) + 1 :] for info in pkgutil.walk_packages(root.__path__, package + ".") if not info.ispkg
    )
    return tuple(sorted(p.replace(".", "/") for p in found if not any(part.startswith("_") for part in p.split("."))))
