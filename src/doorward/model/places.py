"""Where a user's own files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def home_folder(environ: Mapping[str, str]) -> Path:
    """Return the user's folder. A user may have none, as in a container: then a place below which no file can be."""
    try:
        return Path(environ.get("HOME") or Path.home())
    except RuntimeError:
        return Path(os.devnull)
