"""Which kind of artifact an archive is, and which top folder its unpacker takes off.

The bytes decide the format and the content decides the kind; the name is asked only where both would fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from doorward.records import dataclass
from doorward.sources.archives.names import plain

_WHEEL = re.compile(r"[^/]+\.dist-info/(?:WHEEL|METADATA)\Z")
_PYTHON = ("PKG-INFO", "setup.py", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Layout:
    """Kind, and what is taken off the paths."""

    #: "wheel", "sdist", "npm".
    kind: str
    #: The top folder that is removed, "" for none. npm takes off the first folder of every path, whatever its name.
    root: str

    def below_root(self, path: str) -> str:
        """Return the path below the root of an entry as written."""
        path = plain(path)
        if self.kind == "npm":
            return path.partition("/")[2] or path
        if self.root and path.startswith(self.root + "/"):
            return path[len(self.root) + 1 :]
        return path


def layout_of(form: str, filename: str, paths: Sequence[str]) -> Layout:
    """Decide by the archive's format, its file name, and the paths in it."""
    name = filename.lower()
    paths = list(map(plain, paths))
    if form == "zip" and (name.endswith(".whl") or any(map(_WHEEL.match, paths))):
        return Layout("wheel", "")
    tops = {path.partition("/")[0] for path in paths}
    names = {path.partition("/")[2] for path in paths}
    has_manifest = "package.json" in names
    has_python = any(part in names for part in _PYTHON)
    if form != "zip" and (
        (has_manifest and not has_python) or (name.endswith(".tgz") and (has_manifest or not has_python))
    ):
        return Layout("npm", "")
    nested = len(tops) == 1 and all("/" in path for path in paths)
    return Layout("sdist", tops.pop() if nested else "")
