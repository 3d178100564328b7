"""What one file declares, as its reader collects it: packages, and a gap for each entry that cannot be taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import TypeAlias, TypeVar

import msgspec

from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.model.purl import normalise_name
from doorward.model.release import LockedDigest
from doorward.records import replace
from doorward.sources.manifests._mending import mended
from doorward.sources.manifests._values import BadEntry

#: Returns the text of a file, named relative to the one that is read; None where it is absent or outside the root.
#: Raises ManifestError where it is there and cannot be read.
Read: TypeAlias = Callable[[str], str | None]

T = TypeVar("T")
U = TypeVar("U")

#: Characters of a file's name that a gap shows.
_NAME = 120

#: Which source stands for a package that a project has from several: the one whose release can be judged.
_PREFERENCE = ("registry", "url", "git", "path", "workspace")


class Entries:
    """Collects what one file declares."""

    __slots__ = ("files", "gaps", "indexes", "packages", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.packages: list[Dependency] = []
        self.gaps: list[InventoryGap] = []
        self.files: list[str] = [path]
        self.indexes: list[str] = []

    def gap(self, reason: str, entry: str = "", line: int | None = None, path: str = "", *, wanted: str = "") -> None:
        """Note that something was not taken over."""
        self.gaps.append(InventoryGap(path or self.path, reason, entry, line, wanted))

    def each(
        self, items: Iterable[tuple[str, object]], kind: type[T], lines: Iterable[int | None] = repeat(None)
    ) -> Iterator[tuple[str, int | None, T]]:
        """Convert named outside values to ``kind``, and yield them with their lines; one that is none is a gap.

        Where only a part of one does not fit that it can do without, it stays, and the part is the gap.
        """
        return self._converted(items, kind, partial(msgspec.convert, type=kind), lines)

    def each_json(
        self, items: Iterable[tuple[str, msgspec.Raw]], kind: type[T], lines: Iterable[int | None] = repeat(None)
    ) -> Iterator[tuple[str, int | None, T]]:
        """Decode named JSON values to ``kind``, and yield them with their lines; one that is none is a gap."""
        return self._converted(items, kind, msgspec.json.Decoder(kind).decode, lines)

    def _converted(
        self, items: Iterable[tuple[str, U]], kind: type[T], convert: Callable[[U], T], lines: Iterable[int | None]
    ) -> Iterator[tuple[str, int | None, T]]:
        for (name, item), line in zip(items, lines, strict=False):
            try:
                value = convert(item)
            except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
                found = _mended(item, kind) if isinstance(error, msgspec.ValidationError) else None
                for reason in found[1] if found else (_plain(error),):
                    self.gap(reason, name, line)
                if found:
                    yield name, line, found[0]
            else:
                yield name, line, value

    def digests(
        self,
        entry: str,
        parse: Callable[[str, str], Sequence[LockedDigest]],
        found: Iterable[tuple[str, str]],
    ) -> tuple[LockedDigest, ...]:
        """Parse pairs of a written digest and its file name; one that is none is a gap, and the package stays."""
        kept: list[LockedDigest] = []
        for text, filename in found:
            try:
                kept.extend(parse(text, filename))
            except BadEntry as error:
                self.gap(f"{error}: {filename[:_NAME]}" if filename else str(error), entry)
        return tuple(kept)

    def inventory(self) -> Inventory:
        """Return what was collected, each package once. What cannot be looked up for want of a version is a gap."""
        said = {gap.entry for gap in self.gaps}
        lines = {package.name: package.line for package in self.packages} if self.gaps else {}
        for package in self.packages:
            if not package.name:
                self.gap("an entry without a name", "", package.line, package.path)
            elif not package.version and package.source == "registry" and package.name not in said:
                self.gap("no version", package.name, package.line, package.path)
        return Inventory(
            merge(package for package in self.packages if package.name),
            tuple(dict.fromkeys(_at_line(gap, lines) for gap in self.gaps)),
            tuple(dict.fromkeys(self.files)),
            tuple(dict.fromkeys(self.indexes)),
        )


def named(items: Iterable[object]) -> Iterator[tuple[str, object]]:
    """Pair entries with what they call themselves, else with their places, for the gap of one that cannot be read."""
    for number, item in enumerate(items):
        name = item.get("name") if isinstance(item, dict) else None
        yield (name if isinstance(name, str) else f"[{number}]"), item


def numbered(table: str, items: Iterable[T]) -> Iterator[tuple[str, T]]:
    """Pair the entries of a list with their places, for the gap of one that does not even tell its name."""
    return ((f"{table}[{number}]", item) for number, item in enumerate(items))


def merge(packages: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return each purl once, in the order of first mention, with all that is said of it."""
    found: dict[tuple[str, ...], Dependency] = {}
    several: dict[tuple[str, ...], list[Dependency]] = {}
    for package in packages:
        key = _identity(package)
        first = found.setdefault(key, package)
        if first is not package:
            several.setdefault(key, [first]).append(package)
    for key, same in several.items():
        found[key] = _joined(same)
    return tuple(found.values())


def _identity(package: Dependency) -> tuple[str, ...]:
    """Return what makes two entries the same purl."""
    name = normalise_name(package.type, package.name)
    if package.source in {"git", "url"} and package.url:
        # The purl of an address holds no commit.
        commit = package.commit if package.source == "git" else ""
        return package.type, name, package.version, package.source, package.url, commit
    return package.type, name, package.version


def _joined(same: Sequence[Dependency]) -> Dependency:
    first = same[0]
    paths = dict.fromkeys(path for package in same for path in (package.path, *package.also_in))
    directs = {package.direct for package in same}
    direct = True if True in directs else False if False in directs else None
    routes = [package.via for package in same if package.via]
    return replace(
        first,
        source=min((package.source for package in same), key=_PREFERENCE.index),
        also_in=tuple(path for path in paths if path != first.path),
        digests=tuple(dict.fromkeys(digest for package in same for digest in package.digests)),
        commit=next((package.commit for package in same if package.commit), ""),
        url=next((package.url for package in same if package.url), ""),
        groups=_joined_groups(same),
        direct=direct,
        via=min(routes, key=len) if routes and not direct else (),
    )


def _joined_groups(same: Sequence[Dependency]) -> tuple[str, ...]:
    """Join groups. No group means that the project itself wants it, which no group of another mention takes away."""
    if not all(package.groups for package in same):
        return ()
    return tuple(dict.fromkeys(group for package in same for group in package.groups))


def _at_line(gap: InventoryGap, lines: Mapping[str, int | None]) -> InventoryGap:
    """Return a gap with the line of its package, where it has none of its own."""
    line = lines.get(gap.entry) if gap.line is None and gap.entry else None
    return gap if line is None else replace(gap, line=line)


def _mended(item: object, kind: type[T]) -> tuple[T, list[str]] | None:
    try:
        return mended(msgspec.json.decode(item) if isinstance(item, msgspec.Raw) else item, kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _plain(error: Exception) -> str:
    """Say in one phrase why an entry does not have the shape of its format."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = str(error)
    return text[:1].lower() + text[1:]
