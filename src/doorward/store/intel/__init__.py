"""Threat intelligence on disk: one SQLite bundle, and sorted hash files beside it.

The bundle is written by imports only, always as a whole, and read by everything else without locks.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.store.intel.bundle import Bundle, Candidate, Found, Record, open_bundle
    from doorward.store.intel.writing import Rewrite, Written, rewrite

__all__ = ["FOLDER", "Bundle", "Candidate", "Found", "Record", "Rewrite", "Written", "open_bundle", "rewrite"]

#: Folder of the bundle, below the store's.
FOLDER = "intel"

_HOMES = {
    "bundle": ("Bundle", "Candidate", "Found", "Record", "open_bundle"),
    "writing": ("Rewrite", "Written", "rewrite"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home: most runs write no bundle, and without one there is none to read."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
