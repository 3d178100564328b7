"""Exposure in lock files: what they have now, and what they had in every commit of every branch and tag.

A lock that is clean today says nothing of last month. Times are the committers' own claims.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from doorward.engine.exposed_found import Found
from doorward.engine.exposed_repositories import repositories
from doorward.errors import ManifestError, RepositoryError, SourceError
from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.model.exposure import CommitMark, Key, Looked, Suspects, Trace, key_of
from doorward.records import replace
from doorward.sources.manifests import excluder, find_files, format_of, read_file
from doorward.sources.manifests._images import image_of
from doorward.sources.manifests._trees import WorkTree, is_vendored
from doorward.sources.repositories.location import Repository, open_repository
from doorward.sources.repositories.locks import FileChange, Tip, contents, file_changes, short, tips
from doorward.sources.repositories.reflog import journaled
from doorward.sources.repositories.unseen import absent_submodules, unseen

#: Names of packages above which files are not searched for them before they are parsed.
_MANY = 50
#: What can write a name in another way than by its letters: escapes, and variables.
_DISGUISES = (b"\\u", b"\\U", b"\\x", b"${")
#: Commits of one trace that are kept, refs that are named, and hex digits of a commit that a person reads.
_COMMITS, _REFS, _SHORT = 200, 4, 12
#: Sources of the project's own code, which nobody published.
_OWN = frozenset({"workspace", "path"})
#: Images have no lock file: what one file pins says nothing of another that pins nothing.
_IMAGE = "docker"
#: purl types of files that name images.
_OF_IMAGES = frozenset({_IMAGE, "githubactions"})
#: How text in UTF-16 begins.
_WIDE = frozenset({b"\xff\xfe", b"\xfe\xff"})

#: What is told of commits that only the journal of git has.
_AWAY = ("state", "in commits of no branch or tag any more (git's reflog or a work tree names them)")
#: Path and purl.
_Place = tuple[str, str]
#: purl -> the records that name it.
_Held = dict[str, tuple[str, ...]]


def look_at_locks(found: Found, folder: Path, exclude: Sequence[str]) -> None:
    """Look at the lock files below a folder, as they are and as its repository's history has them."""
    reader = _Reader(found.suspects)
    now = _work_tree(found, folder, exclude, reader)
    then: list[Trace] = []
    tops = list(repositories(folder))
    for top in tops:
        try:
            with open_repository(str(top), folder) as repository:
                if repository.listing.refs or repository.listing.head:
                    lost, scope = _lost(found, repository, top), _Scope(top, folder, exclude)
                    _unseen(found, repository, top, scope)
                    then += _history(found, repository, scope, reader, lost)
        except RepositoryError as error:
            found.gap(str(max(top, folder)), f"the history of its lock files: {error}", required=True)
    for where, reason in reader.open():
        found.gap(where, reason, required=True)
    known = {(trace.where, trace.purl) for trace in then}
    for trace in then:
        found.traces.append(_checked_out(trace) if (trace.where, trace.purl) in now else trace)
    uncommitted = (("state", "in the work tree, in no commit" if tops else "in the folder; there is no git history"),)
    found.traces += [
        Trace("lock", purl, where, records, present=True, details=uncommitted)
        for (where, purl), records in now.items()
        if (where, purl) not in known
    ]


def _checked_out(trace: Trace) -> Trace:
    """Return the trace of what the work tree has, whether or not a branch still has it."""
    told = () if any(label == "now in" for label, _ in trace.details) else (("state", "in the work tree now"),)
    return replace(trace, present=True, last=None, details=(*trace.details, *told))


class _Scope:
    """Which files of a repository's history are looked at."""

    def __init__(self, top: Path, folder: Path, exclude: Sequence[str]) -> None:
        #: Where the folder lies in the repository, or the repository in the folder.
        self._prefix = _inside(folder, top) if folder.is_relative_to(top) else ""
        self._below = _inside(top, folder) if top.is_relative_to(folder) else ""
        self._excluded: Callable[[str], bool] = excluder(exclude)
        #: Few paths are changed by many commits.
        self._known: dict[str, bool] = {}

    def has(self, path: str) -> bool:
        """Whether a file of the repository is a lock file of the folder."""
        if path not in self._known:
            inside = path.removeprefix(self._prefix)
            self._known[path] = (
                path.startswith(self._prefix)
                and format_of(inside, declared=True) is not None
                and not is_vendored(inside)
                and not self._excluded(self._below + inside)
            )
        return self._known[path]

    def holds(self, path: str) -> bool:
        """Whether lock files are looked for in a folder of the repository."""
        inside = path.removeprefix(self._prefix)
        own = path.startswith(self._prefix) and not is_vendored(f"{inside}/")
        return own and not self._excluded(f"{self._below}{inside}/")

    def where(self, path: str) -> str:
        """Return a path of the repository as it stands in the folder."""
        return self._below + path.removeprefix(self._prefix)


def _inside(path: Path, folder: Path) -> str:
    relative = path.relative_to(folder).as_posix()
    return "" if relative == "." else f"{relative}/"


class _Reader:
    """Reads one version of a lock file, as far as it is about what is asked."""

    def __init__(self, suspects: Suspects) -> None:
        self._suspects = suspects
        parts = {max(re.split(r"[-_.]+", name), key=len).lower().encode() for name in suspects.spellings()}
        sifts = len(parts) <= _MANY and b"" not in parts and suspects.by_digest is None
        self._parts = sorted(parts) if sifts else None
        self._pinned: set[Key] = set()
        self._loose: dict[tuple[str, str], Key] = {}

    def mentions(self, content: bytes, path: str) -> bool:
        """Whether a file may name a package that is asked about. One of images may take a name from elsewhere."""
        if self._parts is None or content[:2] in _WIDE or any(sign in content for sign in _DISGUISES):
            return True
        module = format_of(path, declared=True)
        if module is not None and module.TYPE in _OF_IMAGES:
            return True
        # Separators and case may differ, the longest part between them may not. Searching for plain bytes is ten times
        # as fast as for a pattern, and most of what a history holds is only ever searched.
        lowered = content.lower()
        return any(part in lowered for part in self._parts)

    def held(self, content: bytes, path: str) -> tuple[_Held, list[str]]:
        """Return what is asked about and stands in a version of a lock file, and why more may."""
        module = format_of(path, declared=True)
        assert module is not None
        encoding = "utf-16" if content[:2] in _WIDE else "utf-8-sig"
        try:
            inventory = module.parse(content.decode(encoding), path, lambda _: None)
        except UnicodeDecodeError as error:
            return {}, [f"not {encoding.removesuffix('-sig').upper()}: {error.reason}"]
        except ManifestError as error:
            return {}, [str(error).removeprefix(f"{path}: ")]
        found, reasons = self.take(inventory, module.TYPE, f"{path}, in its history")
        return {str(package.purl): records for package, records in found}, reasons

    def take(
        self, inventory: Inventory, type_: str, where: str
    ) -> tuple[list[tuple[Dependency, tuple[str, ...]]], list[str]]:
        """Return the packages of a lock file that are asked about, and why it may have more.

        A requirement without a version is kept for :meth:`open`: another file may tell what was installed for it.
        """
        published = [package for package in inventory.packages if package.source not in _OWN]
        found = []
        for package in published:
            digests = map(str, package.digests)
            records = (
                self._suspects.records_of(package.purl, digests)
                if package.qualifiers
                else self._suspects.records(package.type, package.name, package.version, digests)
            )
            if records is not None and package.version:
                found.append((package, records))
        named = [package for package in published if self._suspects.named(package.type, package.name)]
        self._pinned |= {
            key_of(package.type, package.name) for package in named if package.version and package.type != _IMAGE
        }
        loose = {package.name: key_of(package.type, package.name) for package in named if not package.version}
        reasons = []
        # Some formats name packages of several types: conda's those of pip, a workflow the images of its jobs.
        types = {type_, *(package.type for package in inventory.packages)} if inventory.gaps else set()
        for gap in inventory.gaps:
            if gap.entry in loose:
                if self._suspects.admits(loose[gap.entry][0], gap.entry, gap.wanted):
                    self._loose[where, _said(gap)] = loose[gap.entry]
            elif self._may_mean(gap, types):
                reasons.append(_said(gap))
        return found, reasons

    def _may_mean(self, gap: InventoryGap, types: set[str]) -> bool:
        """Whether what a file leaves open may be what is asked about: by its name, or an image that is filled in."""
        if gap.entry and any(self._suspects.named(kind, _name_of(gap)) for kind in types):
            return True
        if not types & _OF_IMAGES or all(suspect.type != _IMAGE for suspect in self._suspects.all):
            return False
        name = _image_in(gap.entry)
        return not name or self._suspects.named(_IMAGE, name)

    def open(self) -> Iterator[tuple[str, str]]:
        """Yield place and reason of each requirement for which no lock file that was read pins a version."""
        yield from (place for place, key in self._loose.items() if key not in self._pinned)


def _name_of(gap: InventoryGap) -> str:
    return gap.entry.split(" ")[0].partition("==")[0]


def _image_in(entry: str) -> str:
    """Return the name of an image of which at most the tag is filled in later, "" where nothing tells the name."""
    known, later, rest = re.split(r"(\$|\{|\Z)", entry, maxsplit=1)
    name, sign, tag = (known.rpartition("@") if "@" in known else known.rpartition(":")) if later else (known, ":", "")
    found = image_of(name) if sign and "/" not in tag + rest else None
    return found[0] if found else ""


def _said(gap: InventoryGap) -> str:
    if gap.wanted:
        return f"{gap.entry} {' '.join(gap.wanted.split())[:100]} may have brought it, and no lock file tells"
    return f"{gap.entry}: {gap.reason}"[:200]


def _work_tree(found: Found, folder: Path, exclude: Sequence[str], reader: _Reader) -> dict[_Place, tuple[str, ...]]:
    """Return what the lock files on disk have of what is asked about."""
    held: dict[_Place, tuple[str, ...]] = {}
    paths = find_files(folder, exclude, everything=True, untracked=True)
    tree = WorkTree(folder)
    for path in paths:
        try:
            inventory = read_file(folder, path)
        except SourceError as error:
            with suppress(ManifestError):
                if not reader.mentions(tree.content(path) or b"", path):
                    continue
            found.gap(path, str(error).removeprefix(f"{path}: "), required=True)
            continue
        module = format_of(path, declared=True)
        packages, reasons = reader.take(inventory, module.TYPE if module else "", path)
        held.update({(package.path, str(package.purl)): records for package, records in packages})
        found.same_gaps(path, reasons, required=True)
    found.looked.append(Looked("lock", len(paths), f"{_count(len(paths), 'lock file')} in {folder}"))
    return held


def _lost(found: Found, repository: Repository, top: Path) -> list[str]:
    """Return the commits that only the repository's journal still names."""
    try:
        return journaled(repository, top)
    except RepositoryError as error:
        found.gap(repository.subject, f"commits that no branch has any more: {error}", required=True)
        return []


def _unseen(found: Found, repository: Repository, top: Path, scope: _Scope) -> None:
    """Tell what the history of a repository does not show."""
    for reason in unseen(repository, top):
        found.gap(repository.subject, reason, required=True)
    for path in absent_submodules(repository, top):
        if scope.holds(path):
            reason = "a submodule that is not checked out: git submodule update --init"
            found.gap(scope.where(path), reason, required=True)


def _history(
    found: Found, repository: Repository, scope: _Scope, reader: _Reader, lost: Sequence[str]
) -> Iterator[Trace]:
    """Yield what the history of a folder's lock files has of what is asked about; ``lost`` are commits beside it."""
    changes = file_changes(repository, scope.has)
    more = file_changes(repository, scope.has, lost) if lost else []
    away = {change.commit for change in more}
    changes += more
    if repository.shallow:
        found.gap(repository.subject, "its history is cut off (a shallow clone): git fetch --unshallow", required=True)
    held = _held(found, repository, changes, reader)
    paths = {change.path for change in changes}
    versions = len({(change.path, change.new) for change in changes if change.new})
    refs = _count(len(repository.listing.refs), "ref")
    what = f"{_count(versions, 'version')} of {_count(len(paths), 'lock file')} in the git history of {refs}"
    found.looked.append(Looked("lock", versions, what))
    touched = {change.path for change in changes if held.get(change.old) or held.get(change.new)}
    if not touched:
        return
    try:
        at = tips(repository, sorted(touched))
    except RepositoryError as error:
        found.gap(repository.subject, f"which branches and tags still have it is not known: {error}")
        at = []
    for path in sorted(touched):
        own = [change for change in changes if change.path == path]
        for purl in sorted({purl for change in own for purl in (*held.get(change.old, ()), *held.get(change.new, ()))}):
            refs_with = [tip for tip in at if tip.path == path and purl in held.get(tip.blob, ())]
            trace = _trace(scope.where(path), purl, own, held, refs_with)
            only = bool(away) and all(mark.commit in away for mark in trace.commits if mark.did != "removed")
            yield replace(trace, details=(*trace.details, _AWAY)) if only else trace


def _held(found: Found, repository: Repository, changes: Iterable[FileChange], reader: _Reader) -> dict[str, _Held]:
    """Return what each version of a lock file has of what is asked about."""
    paths: dict[str, dict[str, None]] = defaultdict(dict)
    for change in changes:
        for blob in filter(None, (change.old, change.new)):
            paths[blob][change.path] = None
    held: dict[str, _Held] = {}
    unread: dict[str, list[str]] = defaultdict(list)
    for blob, content in contents(repository, paths):
        if isinstance(content, str):
            unread[next(iter(paths[blob]))].append(content)
            continue
        for path in _by_format(paths[blob]):
            if not reader.mentions(content, path):
                continue
            packages, reasons = reader.held(content, path)
            held.setdefault(blob, {}).update(packages)
            unread[path] += reasons
    for path, reasons in unread.items():
        found.same_gaps(f"{path}, in its history", reasons, required=True)
    return held


def _by_format(paths: Iterable[str]) -> Iterable[str]:
    """Return one path for each format: the same content may lie at several."""
    return {format_of(path, declared=True): path for path in paths}.values()


def _trace(where: str, purl: str, changes: Sequence[FileChange], held: dict[str, _Held], at: Sequence[Tip]) -> Trace:
    marks, records = [], {}
    for change in changes:
        before, after = held.get(change.old, {}), held.get(change.new, {})
        records.update(dict.fromkeys((*before.get(purl, ()), *after.get(purl, ()))))
        if purl in before or purl in after:
            did = "removed" if purl not in after else "kept" if purl in before else "brought"
            marks.append(CommitMark(change.commit, change.time, did))
    marks.sort(key=lambda mark: (mark.time or datetime.min.replace(tzinfo=UTC), mark.commit))
    brought = [mark for mark in marks if mark.did == "brought"]
    removed = [mark for mark in marks if mark.did == "removed"]
    branches = [tip.ref for tip in at if not tip.ref.startswith("refs/tags/")]
    details = [("brought", _mark(brought[0]))] if brought else [("brought", "before the history begins")]
    details += [("removed", _mark(removed[-1]))] if removed else []
    details += [("now in", _refs(branches))] if branches else []
    details += [("tags", _refs([tip.ref for tip in at if tip.ref.startswith("refs/tags/")]))]
    present = bool(branches)
    return Trace(
        "lock",
        purl,
        where,
        tuple(records),
        first=next((mark.time for mark in brought if mark.time), None),
        last=None if present else next((mark.time for mark in reversed(removed) if mark.time), None),
        present=present,
        details=tuple((label, value) for label, value in details if value),
        commits=tuple(marks[:_COMMITS]),
    )


def _mark(mark: CommitMark) -> str:
    return f"{mark.time:%Y-%m-%d %H:%M} UTC, commit {mark.commit[:_SHORT]}" if mark.time else f"commit {mark.commit}"


def _refs(names: Sequence[str]) -> str:
    told = [short(name) for name in names[:_REFS]]
    return ", ".join(told) + (f" and {len(names) - _REFS} more" if len(names) > _REFS else "")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"
