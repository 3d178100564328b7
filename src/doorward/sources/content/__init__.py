"""What artifacts contain. Nothing of them is ever run, imported or unpacked to disk.

The lenses and their tables are loaded with the first artifact that has to be read: where every one is known from the
store, none does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.sources.content.analysis import analyse, forget

__all__ = ["ANALYSER", "analyse", "forget"]

#: Version of the analyser: part of the key under which facts are stored. It counts up with every change of a fact.
ANALYSER = "21"


def __getattr__(name: str) -> Any:
    """Load what reads artifacts when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("doorward.sources.content.analysis"), name)
