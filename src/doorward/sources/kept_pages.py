"""What came of a feed whose updates say something only together with what came before.

Of a TAXII collection an update brings what is new: a version of an object that names fewer samples, another pattern, a
revoked relationship. What it takes back stands in what came before, so that this is kept, as it came, until the feed is
removed. It belongs to the place where the next update goes on: whatever else lies there is not gone on from.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

#: Folder beside the bundle.
FOLDER = "kept"


def kept_pages(folder: Path, url: str, cursor: str) -> list[Path]:
    """Return what came of a feed until ``cursor``, in its order; none where that is not known as a whole."""
    place = _place(folder, url) / _name(cursor)
    return sorted(place.iterdir()) if cursor and place.is_dir() else []


def keep_pages(folder: Path, url: str, cursor: str, pages: Path) -> None:
    """Keep the folder ``pages``, which is moved, in place of what was kept. Where that fails, all comes again."""
    place = _place(folder, url)
    with suppress(OSError):
        drop_pages(folder, url)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        pages.rename(place / _name(cursor))


def drop_pages(folder: Path, url: str) -> None:
    """Remove what is kept of a feed."""
    shutil.rmtree(_place(folder, url), ignore_errors=True)


def _place(folder: Path, url: str) -> Path:
    return folder / FOLDER / _name(url)


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()
