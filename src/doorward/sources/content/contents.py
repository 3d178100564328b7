"""What an artifact was found to hold, as the readers of its manifests and hooks see it."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.model.content import CAPABILITIES, NATIVE_FORMATS, Hook, Requirement
from doorward.records import dataclass, field
from doorward.sources.content.capabilities import capabilities_of
from doorward.sources.content.filefacts import FileFacts
from doorward.sources.content.languages import expects_text
from doorward.sources.content.memory import Memory
from doorward.sources.content.screen import SHOWN, may_show
from doorward.sources.content.syntax import syntax_reaches

#: Characters of a hook's value that are kept.
_VALUE = 4000
#: Own versions shorter than this occur in any text by chance.
_VERSION = 3
#: Bytes of Python behind the hooks of one artifact of which the syntax tree is looked at.
_PARSED = 4 << 20
#: Names of files without extension that are for readers.
_PROSE = frozenset({
    "", "authors", "changelog", "changes", "contributors", "copying", "history", "licence", "license", "manifest",
    "metadata", "news", "notice", "pkg-info", "readme", "record", "thanks", "todo", "version", "wheel",
})  # fmt: skip
_PLACEHOLDER = b"<version>"


#: What files behind hooks were found to reach, by digest and way of looking.
BEHIND_HOOKS: Memory[tuple[bytes, str], frozenset[str]] = Memory()


def _in_any_language(text: bytes) -> frozenset[str]:
    languages = ("python", "javascript", "shell")
    return frozenset(name for language in languages for name in capabilities_of(text, language)[1])


@dataclass(slots=True)
class Contents:
    """One artifact: its kind, and its files by their path below the root. Of equal paths the last counts."""

    #: "wheel", "sdist", "npm".
    kind: str
    facts: Mapping[str, FileFacts]
    #: The bytes of manifests and of texts up to 1 MB.
    texts: Mapping[str, bytes]
    #: Compiled modules by their path without endings (``name.cpython-313-x86_64-linux-gnu.so``, ``name.pyd``).
    compiled: Mapping[str, str] = field(default_factory=dict)
    #: Its own version, once a reader knows it.
    version: str = ""
    #: What could not be read or parsed, and why.
    unread: list[str] = field(default_factory=list)
    #: Members by their names without folder and endings, and what package.json of each folder says.
    stems: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What scripts were found to load, by their path: (members, whether part of it could not be told).
    loaded: dict[str, tuple[list[str], bool]] = field(default_factory=dict)
    #: What members show by their lines, and by their syntax trees.
    _lines: dict[str, frozenset[str]] = field(default_factory=dict)
    _trees: dict[str, frozenset[str]] = field(default_factory=dict)
    _everything: tuple[bytes, set[str]] | None = None
    #: Bytes of Python of which the syntax tree is still looked at.
    _left: int = _PARSED
    #: Digests of targets of hooks, which often share some.
    _identities: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the members by name."""
        for path in self.facts:
            self.stems.setdefault(posixpath.basename(path).partition(".")[0], []).append(path)

    def manifest(self, path: str) -> bytes | None:
        """Return the bytes of a file that is read for what it says; None where there is none.

        Where it is there but was not kept, which is so above 1 MB, the answer is None and ``unread`` says so.
        """
        data = self.texts.get(path)
        if data is None and path in self.facts:
            note = f"{path} is no text of at most 1 MB, so it was not read"
            if note not in self.unread:
                self.unread.append(note)
        return data

    def code(self) -> list[str]:
        """Return every member that may be a script: code by its extension or first line, text without extension."""
        return sorted(
            path
            for path, facts in self.facts.items()
            if facts.language or (path in self.texts and self._may_be_script(path))
        )

    def _may_be_script(self, path: str) -> bool:
        stem, _, ending = posixpath.basename(path).lower().partition(".")
        return stem not in _PROSE and (not ending or not expects_text(ending))

    def resolve(self, path: str, base: str = "", endings: Iterable[str] = ("",)) -> str:
        """Return the member that ``path`` names from the folder ``base``, with one of ``endings``; "" for none."""
        joined = posixpath.normpath(posixpath.join(base, path.replace("\\", "/")))
        return next((joined + ending for ending in endings if joined + ending in self.facts), "")

    def reaches(self, paths: Iterable[str]) -> set[str]:
        """Return the capabilities that the members show: by their lines, and by the trees that could add to these."""
        members = list(paths)
        found: set[str] = set()
        for path in members:
            if path not in self._lines:
                self._lines[path] = frozenset(self._by_lines(path))
            found |= self._lines[path]
        for path in members:
            open_ = SHOWN - found
            if not open_:
                break
            found |= self._by_tree(path, open_)
        return found

    def _by_lines(self, path: str) -> Iterator[str]:
        facts, text = self.facts[path], self.texts.get(path)
        yield from (name for name, _, _ in facts.capabilities)
        if facts.format in NATIVE_FORMATS:
            yield "native-load"
        if text is not None and not facts.language:  # a script without extension, or under a strange one
            yield from BEHIND_HOOKS.get((facts.sha256, "any language"), lambda: _in_any_language(text))

    def _by_tree(self, path: str, wanted: frozenset[str]) -> frozenset[str]:
        if path not in self._trees:
            facts, text = self.facts[path], self.texts.get(path)
            if text is None or facts.language != "python":
                self._trees[path] = frozenset()
            elif facts.size > self._left or not self._could_add(facts.sha256, text, wanted):
                return frozenset()
            else:
                self._left -= facts.size
                self._trees[path] = BEHIND_HOOKS.get((facts.sha256, "tree"), lambda: syntax_reaches(text))
        return self._trees[path]

    def _could_add(self, digest: bytes, text: bytes, wanted: frozenset[str]) -> bool:
        """Whether the tree of a file could show a wanted capability."""
        ruled_out = BEHIND_HOOKS.get((digest, "screen"), frozenset)
        if not wanted - ruled_out:
            return False
        if may_show(text, wanted):
            return True
        BEHIND_HOOKS.keep((digest, "screen"), ruled_out | wanted)
        return False

    def everything(self) -> tuple[bytes, set[str]]:
        """Return a digest of all code, and what any of it reaches: for what may run any of it."""
        if self._everything is None:
            every = self.code()
            digest = hashlib.sha256(b"".join(map(self.identity, every))).digest()
            self._everything = digest, self.reaches(every)
        return self._everything

    def identity(self, path: str) -> bytes:
        """Return the SHA-256 of a member's content without the artifact's own version, as far as it is text."""
        if path not in self._identities:
            text = self.texts.get(path)
            own = self.facts[path].sha256 if text is None else hashlib.sha256(self.without_version(text)).digest()
            self._identities[path] = own
        return self._identities[path]

    def without_version(self, data: bytes) -> bytes:
        """Return ``data`` with the artifact's own version replaced by a placeholder."""
        if len(self.version) < _VERSION or "." not in self.version:
            return data
        return data.replace(self.version.encode("utf-8", "replace"), _PLACEHOLDER)


@dataclass(slots=True)
class Found:
    """A hook as a reader found it, before its digest and reach are known."""

    #: See :class:`doorward.model.content.Hook` for these.
    kind: str
    name: str
    path: str
    value: str
    targets: Iterable[str] = ()
    native: bool = False
    #: Code that the hook carries itself: (language, text).
    codes: Iterable[tuple[str, str]] = ()
    #: Whether part of what it runs could not be told: any code of the artifact may be meant.
    unclear: bool = False


@dataclass(slots=True)
class Reading:
    """What the readers of one kind of artifact found in its metadata."""

    name: str = ""
    version: str = ""
    requirements: list[Requirement] = field(default_factory=list)
    hooks: list[Found] = field(default_factory=list)
    repository: str = ""
    entries: list[str] = field(default_factory=list)


def make_hook(contents: Contents, found: Found) -> Hook:
    """Return the hook with its digest, its targets once each, and what it reaches."""
    targets = tuple(dict.fromkeys(found.targets))
    reached = contents.reaches(targets)
    digest = hashlib.sha256(contents.without_version(found.value.encode("utf-8", "replace")))
    for language, code in found.codes:
        data = code.encode("utf-8", "replace")
        reached.update(capabilities_of(data, language)[1])
        if language == "python":
            reached.update(syntax_reaches(data))
        digest.update(contents.without_version(data))  # scripts that the command names are among them
    for target in targets:
        digest.update(contents.identity(target))
    if found.unclear:
        every, more = contents.everything()
        reached |= more
        digest.update(every)
    reaches = tuple(name for name in CAPABILITIES if name in reached)
    value = found.value[:_VALUE]
    return Hook(found.kind, found.name, found.path, value, digest.digest(), targets, reaches, found.native)
