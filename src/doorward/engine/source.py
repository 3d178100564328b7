"""``--source``: what the repositories of releases tell of how they were made, as links of the releases.

A repository is the one that the user names for the package, else the one that the package itself names; of the latter
nothing but https to a public host is followed. Loaded only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.contributions import rules_for
from doorward.engine.gather.forge import forge_keys
from doorward.engine.gather.making import Circumstances, Made, Making, makings
from doorward.errors import RepositoryError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.findings import Judgement
from doorward.model.history import Commit, Tag
from doorward.model.release import ReleaseChange
from doorward.records import dataclass, field
from doorward.sources.repositories.location import https_form, is_address, open_repository
from doorward.sources.trust.keyring import Keys, read_keys
from doorward.sources.trust.verifier import Verifier

#: Repositories that are fetched at the same time.
_AT_ONCE = 4
_UNNAMED = "the release names no repository"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the repository of some releases is, on whose word, and with which keys it is verified."""

    location: str
    #: Whether the user named it.
    own: bool
    keyring: str = ""


@dataclass(slots=True)
class Linked:
    """What repositories tell of releases."""

    judgements: list[Judgement] = field(default_factory=list)
    #: Release -> the subjects that made it, whose findings join its fold.
    related: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Release -> why nothing, or not everything, is known of its making.
    reasons: dict[str, str] = field(default_factory=dict)
    #: Whether a release is not evaluated without them.
    required: bool = False


def linked(context: Context, changes: Iterable[Fact[ReleaseChange]]) -> Linked:
    """Look at the repository of every release, each once."""
    found, places = Linked(required=_required(context)), dict[_Place, list[Making]]()
    for change in changes:
        if isinstance(change, Known):
            place = _place(context, change.value)
            if isinstance(place, Missing):
                found.reasons[change.value.subject] = place.reason
            else:
                places.setdefault(place.value, []).append(_making(change.value))
    context.progress.phase("repositories", len(places))
    keyrings = {place.keyring: read_keys([Path(place.keyring)]) for place in places if place.keyring}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = [
            pool.submit(_look, context, place, asked, keyrings.get(place.keyring, Keys()))
            for place, asked in places.items()
        ]
        for look, asked in zip(looks, places.values(), strict=True):
            try:
                _join(found, look.result())
            except RepositoryError as error:
                found.reasons |= {one.subject: f"its repository: {error}" for one in asked}
            context.progress.advance()
    return found


def _required(context: Context) -> bool:
    """Whether the policy requires any rule about what repositories hold."""
    rules = (*rules_for(context.rules, Commit), *rules_for(context.rules, Tag))
    return any(context.policy.requires(loaded.id, loaded.rule) for loaded in rules)


def _join(found: Linked, made: Made) -> None:
    found.judgements += made.judgements.values()
    found.related |= made.related
    found.reasons |= made.reasons


def _look(context: Context, place: _Place, asked: Sequence[Making], keys: Keys) -> Made:
    cache, offline = context.store.folder / "repositories", context.offline
    with open_repository(place.location, cache, public_only=not place.own, offline=offline) as repository:
        verifier = Verifier(keys, None, lambda: forge_keys(context.http))
        rows = context.store.refs(repository.ledger_key)
        requires = context.policy.requires
        given = Circumstances(context.now, context.as_of, verifier, context.rules, requires, rows)
        made = makings(repository, asked, given)
        fresh = not (offline and is_address(place.location))
        if fresh and context.as_of is None:
            context.store.put_look(repository.ledger_key, made.rows, None)
        return made


def _place(context: Context, change: ReleaseChange) -> Fact[_Place]:
    """Return where the repository of a release is: on the user's word, else on the package's."""
    source, package = context.policy.source, change.new.purl.at("")
    keyring = source.keyrings.get(package, "")
    keyring = str(_below(context, keyring)) if keyring else ""
    if own := source.repositories.get(package, ""):
        return Known(_Place(own if is_address(own) else str(_below(context, own)), own=True, keyring=keyring))
    named = change.new.repository
    if isinstance(named, Missing):
        return named
    if not named.value:
        return Missing(_UNNAMED)
    try:
        return Known(_Place(https_form(named.value), own=False, keyring=keyring))
    except RepositoryError as error:
        return Missing(str(error))


def _below(context: Context, path: str) -> Path:
    return (context.project or Path.cwd()) / path


def _making(change: ReleaseChange) -> Making:
    old, purl = change.old, change.new.purl
    if isinstance(old, Missing):
        return Making(change.subject, purl.full_name, purl.version, "")
    if old.value is None:
        return Making(change.subject, purl.full_name, purl.version, None)
    since = old.value.published.value if isinstance(old.value.published, Known) else None
    return Making(change.subject, purl.full_name, purl.version, old.value.version, since)
