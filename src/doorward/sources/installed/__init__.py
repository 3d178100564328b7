"""What is installed: environments, trees of modules, databases of operating systems, and what programs were built from.

One file of this folder is one format: it is found by walking the folder, and gives ``NAME``, ``FILES`` (patterns of the
last parts of a path), ``TYPE`` (the purl type of its packages) and ``parse(files, path)``, which reads the file at
``path`` (and those beside it) through ``files`` and runs nothing. It may have ``MAGIC`` (first bytes of files of any
name: programs) and ``EXCEPT`` (patterns of paths that are none of its own after all).

This is what a machine has, not what a project asks for, so git is not asked and no folder is left out. One bad entry
costs that entry, one bad file that file; both are gaps with their reason.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.sources.installed._reading import format_of, read_installed, read_one, readable

__all__ = ["format_of", "read_installed", "read_one", "readable"]


def __getattr__(name: str) -> Any:
    """Load the readers when one is first asked for: a scan of lock files needs none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("doorward.sources.installed._reading"), name)
