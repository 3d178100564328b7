"""The file of cached documents, beside the store."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

from doorward.errors import StoreError


def open_cache(folder: Path) -> sqlite3.Connection:
    """Open the file of cached documents, which nobody but the user reads; StoreError where it is of no use."""
    path = folder / "documents.sqlite"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with ExitStack() as stack:
            connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            stack.callback(connection.close)
            # Reads and writes once, for hishel would log every failure and go on.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            stack.pop_all()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: the cache of documents cannot be opened ({error}); it may be deleted") from None
    return connection
