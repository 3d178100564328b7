"""The one pass over an archive: every entry's bytes are seen once, and what the lenses say of them is collected."""

from __future__ import annotations

from concurrent.futures import Executor

from doorward.model.limits import ArchiveLimits
from doorward.sources.archives import Entry
from doorward.sources.archives.names import plain
from doorward.sources.content.digests import WeakDigests
from doorward.sources.content.filefacts import Examiner, FactsMemory, FileFacts
from doorward.sources.content.inner import Inner

#: Bytes of a text that is kept for the readers of manifests and hooks, and of all of them together.
_TEXT = 1 << 20
_TEXTS = 64 << 20
#: Manifests that are kept whatever their format; of the first ones the largest have some megabytes.
_LARGE = frozenset({"RECORD", "METADATA", "PKG-INFO"})
_LARGE_TEXT = 16 << 20
_MANIFESTS = frozenset({"package.json", "pyproject.toml", "setup.cfg", "entry_points.txt"})


class Survey:
    """What was seen, entry by entry, in the order of the archive."""

    def __init__(self, memory: FactsMemory, weak: WeakDigests | None, pool: Executor, limits: ArchiveLimits) -> None:
        self.weak = weak
        self._examiner = Examiner(memory, weak, pool, limits.similar_bytes)
        #: What archives inside contain.
        self.inner = Inner(self._examiner, limits)
        #: Paths as written, and the facts of each; symbolic links have the facts of their target's text.
        self.paths: list[str] = []
        self.facts: list[FileFacts] = []
        self.texts: dict[int, bytes] = {}
        #: Targets of symbolic links by their place in ``paths``.
        self.links: dict[int, str] = {}
        self.folders: list[str] = []
        self.unread: list[str] = []
        self._kept = 0
        self._places: dict[str, int] = {}

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        path = entry.path
        if entry.kind == "file":
            self._file(entry)
        elif entry.kind == "symlink":
            self.links[len(self.paths)] = entry.data.decode("utf-8", "replace")
            self._note(path, self._examiner.examine("", entry.data))
        elif entry.kind == "hardlink":
            self._hard_link(entry)
        else:
            self.folders.append(path)

    def _file(self, entry: Entry) -> None:
        path, data = entry.path, entry.data
        if entry.rest is not None:
            facts = self.inner.examine_large(entry, path)
            if facts.language:
                self.unread.append(
                    f"{path}: {entry.size:,} bytes of code, of which only the first {len(data):,} were read"
                )
        else:
            facts = self._examiner.examine(path, data)
            if self._is_kept(path, facts):
                self.texts[len(self.paths)] = data
            self.inner.look(path, facts, data)
        self._note(path, facts)

    def _is_kept(self, path: str, facts: FileFacts) -> bool:
        name = path.rpartition("/")[2]
        if name in _LARGE:
            return facts.size <= _LARGE_TEXT
        if facts.size > _TEXT or not (facts.format == "text" or facts.language or name in _MANIFESTS):
            return False
        self._kept += facts.size
        return self._kept <= _TEXTS or name in _MANIFESTS or name.endswith(".pth")

    def _hard_link(self, entry: Entry) -> None:
        """Take the facts of the entry that a hard link names: unpackers give it the same content."""
        index = self._places.get(plain(entry.target))
        if index is None:
            self.unread.append(f"{entry.path} is a hard link to {entry.target}, which is no earlier entry")
            return
        if index in self.texts:
            self.texts[len(self.paths)] = self.texts[index]
        self._note(entry.path, self.facts[index])

    def _note(self, path: str, facts: FileFacts) -> None:
        self._places[plain(path)] = len(self.paths)
        self.paths.append(path)
        self.facts.append(facts)
