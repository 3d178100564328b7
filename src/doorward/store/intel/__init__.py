"""Threat intelligence on disk: one SQLite bundle, and sorted hash files beside it.

The bundle is written by imports only, always as a whole, and read by everything else without locks.
"""

from __future__ import annotations

from doorward.store.intel.bundle import Bundle, Candidate, Found, Record, open_bundle
from doorward.store.intel.writing import Rewrite, Written, rewrite

__all__ = ["FOLDER", "Bundle", "Candidate", "Found", "Record", "Rewrite", "Written", "open_bundle", "rewrite"]

#: Folder of the bundle, below the store's.
FOLDER = "intel"
