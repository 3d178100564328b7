"""Installed trees in memory."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.archives.source import Blob, MemoryBlob
from doorward.sources.installed import format_of


class Memory:
    """Files by path, as :class:`doorward.sources.installed.Files` asks for them."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self.files = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}

    def content(self, path: str) -> bytes | None:
        return self.files.get(path)

    def names(self, folder: str) -> list[str]:
        return sorted({posixpath.relpath(p, folder).split("/")[0] for p in self.files if p.startswith(folder + "/")})

    @contextmanager
    def blob(self, path: str) -> Iterator[Blob]:
        if path not in self.files:
            raise ManifestError(f"{path}: cannot be read: No such file or directory")
        yield MemoryBlob(self.files[path])


def parse(path: str, files: Mapping[str, bytes | str]) -> Inventory:
    """Parse the file at ``path`` as the format of its name reads it."""
    module = format_of(path)
    assert module is not None, path
    return module.parse(Memory(files), path)
