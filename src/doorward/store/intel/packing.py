"""How an advisory is packed into one row, and read back.

Bulk readers bring the body packed (:class:`~doorward.model.advisories.Pack`), so that an import never takes
it apart; of other advisories it is made here, in the same form. Only a look-up that meets a record reads its body.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from doorward.errors import StoreError
from doorward.model.advisories import GIT, Advisory, Affected, Kind, Pack, Range, Score, Symbols, stamp

_Texts: TypeAlias = tuple[str, ...] | None


class _Package(msgspec.Struct, gc=False):
    ecosystem: str = ""
    name: str = ""


class _Range(msgspec.Struct, gc=False):
    type: Literal["SEMVER", "ECOSYSTEM", "GIT", "UNREADABLE"] = "UNREADABLE"
    events: tuple[dict[str, str], ...] = ()
    repo: str | None = None


class _Import(msgspec.Struct, gc=False):
    path: str = ""
    symbols: _Texts = None


class _Specific(msgspec.Struct, gc=False):
    imports: tuple[_Import, ...] | None = None
    affected_functions: _Texts = None


class _Affected(msgspec.Struct, gc=False):
    package: _Package | None = None
    ranges: tuple[_Range, ...] | None = None
    versions: _Texts = None
    ecosystem_specific: _Specific | None = None


class _Scored(msgspec.Struct, gc=False):
    type: str = ""
    score: str = ""


class _Reference(msgspec.Struct, gc=False):
    type: str = ""
    url: str = ""


class _Body(msgspec.Struct, gc=False, array_like=True):
    published: str | None
    summary: str | None
    upstream: _Texts
    severity: tuple[_Scored, ...] | None
    word: str | None
    references: tuple[_Reference, ...] | None
    affected: tuple[_Affected, ...] | None


_NO_PACKAGE = _Package()
_decode = msgspec.msgpack.Decoder(_Body).decode
_pack = msgspec.msgpack.Encoder().encode


def packed(advisory: Advisory) -> Pack:
    """Return an advisory in the form in which it is stored."""
    repositories = [item.repo for one in advisory.affected for item in one.ranges if item.repo and item.type == GIT]
    body = (
        advisory.published,
        advisory.summary,
        advisory.upstream,
        [{"type": score.type, "score": score.vector} for score in advisory.scores],
        advisory.severity,
        [{"type": type_, "url": url} for type_, url in advisory.references],
        [_object(item) for item in advisory.affected],
    )
    aliases, packages = advisory.aliases, advisory.affected
    return Pack(
        [advisory.id],
        [advisory.kind.value],
        [advisory.modified],
        [advisory.withdrawn],
        ["\n".join(aliases)],
        [bytearray(_pack(body))],
        ([0] * len(packages), [item.ecosystem for item in packages], [item.name for item in packages]),
        ([0] * len(repositories), repositories),
        ([0] * len(aliases), list(aliases)),
    )


def _object(affected: Affected) -> dict[str, Any]:
    return {
        "package": {"ecosystem": affected.ecosystem, "name": affected.name},
        "ranges": [
            {"type": item.type, "events": [dict([event]) for event in item.events], "repo": item.repo}
            for item in affected.ranges
        ],
        "versions": affected.versions,
        "ecosystem_specific": {"imports": [{"path": item.path, "symbols": item.names} for item in affected.symbols]},
    }


def unpacked(
    id_: str, kind: str, modified: str, withdrawn: str, aliases: str, body: bytes | bytearray
) -> tuple[Advisory, tuple[Affected, ...]]:
    """Return an advisory without its packages, and these; raise :class:`StoreError` where the row is damaged."""
    try:
        read = _decode(body)
        advisory = Advisory(
            id_,
            Kind(kind),
            (),
            modified,
            stamp(read.published),
            withdrawn,
            tuple(aliases.split("\n")) if aliases else (),
            read.upstream or (),
            read.summary or "",
            tuple([Score(item.type, item.score) for item in read.severity or ()]),
            read.word or "",
            tuple([(item.type, item.url) for item in read.references or ()]),
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise damaged() from error
    named = [(item, item.package or _NO_PACKAGE) for item in read.affected or ()]
    return advisory, tuple([_affected(item, of) for item, of in named if of.name or _has_commits(item)])


def _has_commits(read: _Affected) -> bool:
    """Whether an entry speaks of commits of a repository, which need no package."""
    return any(item.repo and item.type == GIT for item in read.ranges or ())


def _affected(read: _Affected, package: _Package) -> Affected:
    specific = read.ecosystem_specific
    return Affected(
        package.ecosystem,
        package.name,
        tuple([_range(item) for item in read.ranges or ()]),
        read.versions or (),
        _symbols(specific) if specific else (),
    )


def _symbols(specific: _Specific) -> tuple[Symbols, ...]:
    """Return what is affected: by import path with names, or by dotted names as GitHub writes them ("yaml.load")."""
    named = [name.rpartition(".") for name in specific.affected_functions or ()]
    return tuple(
        [Symbols(item.path, item.symbols or ()) for item in specific.imports or ()]
        + [Symbols(module, (name,)) for module, _, name in named if module]
    )


def _range(read: _Range) -> Range:
    return Range(read.type, tuple([pair for event in read.events for pair in event.items()]), read.repo or "")


def damaged() -> StoreError:
    """Return the error for a bundle whose rows make no sense."""
    return StoreError("the intelligence bundle is damaged: import its sources again")
