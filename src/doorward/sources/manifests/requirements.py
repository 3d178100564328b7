"""pip's requirements files: what they pin, and what they do not.

Included files (``-r``) count as part of the file; constraint files (``-c``) pin what is asked for elsewhere, and add
nothing. Addresses of indexes are recorded and never obeyed, environment variables are left as they stand. Every entry
is kept whatever its marker says: which machine installs it is not known here.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.records import dataclass
from doorward.sources.manifests import conda_explicit
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._pyproject import project_name
from doorward.sources.manifests._requested_by import placed
from doorward.sources.manifests._requirement import Asked, read_requirement
from doorward.sources.manifests._requirement_lines import Line, logical_lines, split_options
from doorward.sources.manifests._values import BadEntry, archive_path, labelled_digests, public_url
from doorward.sources.manifests.conda_explicit import is_explicit

NAME = "requirements.txt"
FILES = ("requirements*.txt", "*-requirements.txt", "*_requirements.txt", "requirements/*.txt")
#: A constraint file pins what a requirements file asks for; it asks for nothing itself.
EXCEPT = ("*constraints*.txt",)
TYPE = "pypi"

_CREDENTIALS = re.compile(r"//[^/?#\s@]*@")
_NETWORK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
#: Files that include each other more deeply are not read on.
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class _Entry:
    """A requirement with where it stands."""

    asked: Asked
    digests: tuple[LockedDigest, ...]
    file: str
    line: Line


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a requirements file and what it includes. Single lines that cannot be read are gaps."""
    if is_explicit(text):  # conda's lists often have such names
        return conda_explicit.parse(text, path, read)
    run = _Run(path, read)
    run.take_file(text, posixpath.basename(path), constraint=False)
    return run.inventory()


class _Run:
    """One reading: the file, and those that it includes. Paths of files are relative to the folder of the first."""

    def __init__(self, path: str, read: Read) -> None:
        self.entries = Entries(path)
        self.folder = posixpath.dirname(path)
        self.read = read
        self.asked: list[_Entry] = []
        self.constraints: list[_Entry] = []
        #: Address of the index, and other places from which any release may come.
        self.index = ""
        self.others: list[str] = []
        self._open: list[str] = []
        self._done: set[tuple[str, bool]] = set()

    def take_file(self, text: str, file: str, *, constraint: bool) -> None:
        """Take over every line of a file."""
        self._open.append(file)
        self._done.add((file, constraint))
        for line in logical_lines(text):
            try:
                self._take_line(line, file, constraint=constraint)
            except BadEntry as error:
                self._gap(str(error), line, file)
        self._open.pop()

    def _gap(self, reason: str, line: Line, file: str) -> None:
        entry = _CREDENTIALS.sub("//", line.text[:400])[:80]
        self.entries.gap(reason, entry, line.number, self._path(file))

    def _path(self, file: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, file))

    def _take_line(self, line: Line, file: str, *, constraint: bool) -> None:
        requirement, options = split_options(line.text)
        target = self.constraints if constraint else self.asked
        if requirement:
            hashes = [value for option, value in options if option == "--hash"]
            target.append(self._entry(requirement, hashes, file, line))
            return
        for option, value in options:
            if option == "--editable":
                target.append(self._entry(value, [], file, line))
            elif option in {"--requirement", "--constraint"}:
                self._include(value, file, constraint=option == "--constraint")
            else:
                self._take_option(option, value)

    def _take_option(self, option: str, value: str) -> None:
        """Record where the file says that releases are; it is shown, and never asked."""
        if option in {"--index-url", "--pypi-url"}:
            self.index = public_url(value)
        elif option in {"--extra-index-url", "--find-links"}:
            self.others.append(public_url(value) or value[:200])
        if option in {"--index-url", "--pypi-url", "--extra-index-url", "--find-links"}:
            self.entries.indexes.append(public_url(value))

    def _entry(self, text: str, hashes: Sequence[str], file: str, line: Line) -> _Entry:
        asked = read_requirement(text)
        if not asked.name:
            asked = self._named(asked, file)
        stated = [(value, asked.filename) for value in (*hashes, *asked.digests)]
        return _Entry(asked, self.entries.digests(asked.name, labelled_digests, stated), file, line)

    def _named(self, asked: Asked, file: str) -> Asked:
        """Find the name of a local project in its ``pyproject.toml``."""
        folder = _beside(file, asked.local)
        # It is never looked up, so the folder's name serves where its project tells none (a setup.py does not).
        name = project_name(self.read, folder) or posixpath.basename(folder).strip(".") or "project"
        return Asked(name, source="workspace" if folder == "." else "path", local=asked.local)

    def _include(self, target: str, file: str, *, constraint: bool) -> None:
        """Take over an included file, once; one that cannot be is a gap that says why."""
        if not target or _NETWORK.match(target):
            raise BadEntry("an included file that is not local: not read")
        relative = _beside(file, target)
        if self._path(relative).startswith(("..", "/")):
            raise BadEntry("an included file outside the scanned folder: not read")
        if relative in self._open or len(self._open) > _DEEPEST:
            raise BadEntry("files that include each other")
        if (relative, constraint) in self._done:
            return
        try:
            text = self.read(relative)
        except ManifestError as error:
            raise BadEntry(f"an included file that cannot be read: {error}") from error
        if text is None:
            raise BadEntry("an included file that is not there")
        self.entries.files.append(self._path(relative))
        self.take_file(text, relative, constraint=constraint)

    def inventory(self) -> Inventory:
        """Return what was asked for. What the file leaves open, another pin or a constraint may close."""
        pins = defaultdict(list)
        for entry in (*self.asked, *self.constraints):
            if entry.asked.version and entry.asked.source == "registry":
                pins[entry.asked.name].append(entry)
        rows = []
        settled = set()
        for entry in self.asked:
            if entry.asked.version or entry.asked.source != "registry":
                rows.append((self._dependency(entry, entry), entry.line.comments))
            elif entry.asked.name not in settled:
                settled.add(entry.asked.name)
                found = pins.get(entry.asked.name, [entry])
                rows += [(self._dependency(entry, pin), entry.line.comments) for pin in found]
        self.entries.packages = placed(rows)
        return self.entries.inventory()

    def _dependency(self, entry: _Entry, pin: _Entry) -> Dependency:
        asked = entry.asked
        if not pin.asked.version and asked.source == "registry":
            self.entries.gap("not pinned", asked.name, entry.line.number, self._path(entry.file))
        elif asked.source == "git" and not asked.commit:
            reason = "a git dependency that is not pinned to a commit"
            self.entries.gap(reason, asked.name, entry.line.number, self._path(entry.file))
        # Of several places the one that is no index in the usual sense is told: it is what makes the difference.
        index = self.others[0] if self.others else self.index
        return Dependency(
            TYPE,
            asked.name,
            pin.asked.version,
            asked.source,
            self._path(entry.file),
            entry.line.number,
            tuple(dict.fromkeys((*entry.digests, *pin.digests))),
            asked.commit,
            index if asked.source == "registry" else asked.url or archive_path(asked.local),
        )


def _beside(file: str, target: str) -> str:
    """Return a path that ``file`` names, relative to the folder of the first file."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
