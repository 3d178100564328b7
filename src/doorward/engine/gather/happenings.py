"""From events of a forge to moves of refs and new members. Pure functions over the events and a listing of refs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from doorward.engine.gather.habits import History
from doorward.engine.gather.inquiry import NOT_HELD
from doorward.engine.gather.ledger import Questions
from doorward.engine.gather.tags import is_release
from doorward.model.facts import Fact, Known
from doorward.model.happenings import Happening, MemberAdded
from doorward.model.history import RefMove
from doorward.model.repository import LedgerRow, RefListing
from doorward.records import dataclass

_HIDDEN = "@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the events are held against."""

    #: ``git+REPO``.
    repository: str
    listing: RefListing
    questions: Questions
    #: Whether the repository holds an object.
    holds: Callable[[str], bool]
    now: datetime


@dataclass(slots=True)
class _State:
    """What a ref was last seen to lead to, since when, and how often it had moved."""

    object: str = ""
    since: datetime | None = None
    moves: int = 0


def moves_of(happenings: Iterable[Happening], ground: Ground) -> Iterator[RefMove]:
    """Yield the moves of tags and of the default branch, in the order of their time.

    A push that does not begin where the one before it ended shows a move that no event tells. What a tag led to when it
    was deleted is told only where a push or today's listing tells it.
    """
    states: dict[str, _State] = {}
    for event in sorted(happenings, key=lambda event: event.time):
        default = event.ref == ground.listing.default_branch
        if not default and not event.ref.startswith("refs/tags/"):
            continue
        state = states.setdefault(event.ref, _State())
        if event.kind == "push":
            yield from _pushed(event, state, ground, default=default)
        elif event.kind == "deleted":
            yield _move(event, state, ground, "")
            state.object = ""


def _pushed(event: Happening, state: _State, ground: Ground, *, default: bool) -> Iterator[RefMove]:
    steps = [(state.object, event.before), (event.before, event.head)]
    for old, new in steps:
        if old and new and old != new:
            state.object = old
            move = _move(event, state, ground, new)
            plain = default and move.descends == Known(value=True)
            state.moves += not plain
            yield move
    state.object, state.since = event.head, event.time


def _move(event: Happening, state: _State, ground: Ground, new: str) -> RefMove:
    default = event.ref == ground.listing.default_branch
    row = LedgerRow(ground.repository, event.ref, state.object, "", state.since or event.time, event.time)
    descends: Fact[bool] = Known(value=True)
    on_branch: Fact[bool] = Known(value=True)
    if new:
        held = ground.holds(new)
        descends = ground.questions.descends(state.object, new) if held else NOT_HELD
        if not default:
            on_branch = ground.questions.on_branch(new) if held else NOT_HELD
    return RefMove(
        ground.repository,
        event.ref,
        Known(row),
        new,
        new,
        event.time,
        default_branch=default,
        release=is_release(event.ref),
        earlier_moves=state.moves,
        descends=descends,
        on_branch=on_branch,
    )


def members_of(happenings: Iterable[Happening], ground: Ground, history: History) -> Iterator[MemberAdded]:
    """Yield who was let in, each once."""
    seen: set[str] = set()
    for event in sorted(happenings, key=lambda event: event.time):
        if event.kind == "member" and event.member not in seen:
            seen.add(event.member)
            known = f"{event.member.lower()}{_HIDDEN}" in history.people.addresses
            yield MemberAdded(ground.repository, event.member, event.actor, event.time, ground.now, Known(known))
