"""The ref ledger: what every ref was seen to lead to, and when. Pure functions over its rows and a new listing.

A later clone does not show that a tag was moved; only someone who looked before can tell. A row is an interval: a ref,
the object it led to, and the first and last look that saw it there. A ref that returns to an object begins a new row.

A public record of events tells of moments too. Its rows stand between those of looks, by their time, and say who saw
it. A look never renews one, so it is always known what was seen here; and what only events tell of is never called
gone, for a clone need not have every ref.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from doorward.engine.gather.tags import is_release
from doorward.model.facts import Fact, Known, Missing
from doorward.model.happenings import Happening
from doorward.model.history import RefMove
from doorward.model.repository import LedgerRow, Ref, RefListing
from doorward.records import dataclass, replace

#: What rows are labelled with that a public record of events tells.
EVENTS = "events"
#: By how much before a push its ref led to what it began with: events tell whole seconds.
_JUST = timedelta(seconds=1)
#: The ref whose row tells which branch was the default one: its object is that branch's name.
_HEAD = "HEAD"
_FIRST_LOOK = Missing("this is the first look at the repository: the ledger of its refs begins today")


@dataclass(frozen=True, slots=True)
class Questions:
    """What the ledger asks about commits."""

    #: Whether the first commit is an ancestor of the second.
    descends: Callable[[str, str], Fact[bool]]
    #: Whether a commit is on any branch.
    on_branch: Callable[[str], Fact[bool]]


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """What a look adds to the ledger."""

    #: Rows to insert, or to update where repository, ref and first_seen are already there.
    rows: tuple[LedgerRow, ...]
    moves: tuple[RefMove, ...]


def step(
    rows: Iterable[LedgerRow],
    listing: RefListing,
    names: tuple[str, str],
    now: datetime,
    questions: Questions,
    since: datetime | None = None,
) -> LedgerStep:
    """Compare a listing with the ledger.

    ``names`` are the key under which the ledger keeps the repository and the ``git+REPO`` of its subjects; ``rows`` are
    all earlier rows under that key. Moves are those that this look is the first to see or, with ``since``, all that
    a look from that time on saw first.
    """
    key, subject = names
    by_ref: dict[str, list[LedgerRow]] = {}
    for row in sorted(rows, key=lambda row: row.first_seen):
        by_ref.setdefault(row.ref, []).append(row)
    every = [row for found in by_ref.values() for row in found if not row.source]
    looks = sorted({time for row in every for time in (row.first_seen, row.last_seen)})
    told = [ref for ref in listing.refs if _kept(ref.name)]
    told += [Ref(_HEAD, listing.default_branch)] if listing.default_branch else []
    seen = tuple(_seen(key, ref, by_ref.get(ref.name, []), now) for ref in told)
    current = {row.ref: row for row in seen}
    moves: list[RefMove] = []
    if not looks:
        branch = listing.default_branch or _HEAD
        moves.append(RefMove(subject, branch, _FIRST_LOOK, listing.head, listing.head, now, default_branch=True))
    for ref, found in by_ref.items():
        default = ref == listing.default_branch
        if default or ref.startswith("refs/tags/"):
            intervals = _intervals(found, current.get(ref))
            gone = None if ref in current else _gone(found, looks, now, since or now)
            moves += _moves(_Ref(subject, ref, now, default), intervals, gone, questions, since or now)
    book = {ref: _intervals(by_ref.get(ref, []), current.get(ref)) for ref in by_ref.keys() | current.keys()}
    moves += _turns(subject, book, listing, questions, since or now)
    return LedgerStep(seen, tuple(moves))


def moves_between(
    rows: Iterable[LedgerRow],
    subject: str,
    window: tuple[datetime, datetime],
    listing: RefListing,
    questions: Questions,
) -> Iterator[RefMove]:
    """Yield the moves that looks between two days saw first, by the ledger alone. Vanished refs leave no day."""
    begin, end = window
    by_ref: dict[str, list[LedgerRow]] = {}
    for row in sorted(rows, key=lambda row: row.first_seen):
        if row.first_seen <= end:
            by_ref.setdefault(row.ref, []).append(row)
    for name, found in by_ref.items():
        default = name == listing.default_branch
        if default or name.startswith("refs/tags/"):
            yield from _moves(_Ref(subject, name, end, default), _joined(found), None, questions, begin)
    yield from _turns(subject, by_ref, listing, questions, begin)


def listing_at(
    rows: Iterable[LedgerRow], listing: RefListing, day: datetime, held: Callable[[set[str]], set[str]]
) -> RefListing:
    """Return the refs as looks had seen them by a day, out of today's ``listing`` and the ledger.

    A ledger that began later tells nothing of the day, so the listing stands as it is. ``held`` returns those objects
    that the repository still holds: what a ref led to may be gone.
    """
    known = sorted(rows, key=lambda row: row.first_seen)
    looks = [time for row in known if not row.source for time in (row.first_seen, row.last_seen) if time <= day]
    if not looks:
        return listing
    then = {row.ref: row for row in known if row.first_seen <= day}
    there = {row for row in then.values() if row.last_seen >= max(looks)}
    objects = held({row.object for row in there})
    now = {(ref.name, ref.object): ref for ref in listing.refs}
    refs = [
        now.get((row.ref, row.object)) or Ref(row.ref, row.object, row.peeled) for row in there if row.object in objects
    ]
    branch = then[_HEAD].object if _HEAD in then else listing.default_branch
    head = then.get(branch)
    others = [ref for ref in listing.refs if not _kept(ref.name)]
    return replace(
        listing,
        refs=(*sorted(refs, key=lambda ref: ref.name), *others),
        default_branch=branch,
        head=head.object if head else listing.head,
    )


def _gone(rows: Sequence[LedgerRow], looks: Sequence[datetime], now: datetime, since: datetime) -> datetime | None:
    """Return when a ref went that is not there now; None where a look before ``since`` told it, or none ever saw it.

    Where an earlier look was the first without it, that look has left no mark of its own: then it is the last one that
    saw the ref.
    """
    last = last_look(rows)
    if last is None:
        return None
    without = next((time for time in looks if time > last), now)
    if without < since:
        return None
    return now if without == now else last


def _kept(name: str) -> bool:
    """Whether a ref is somebody's work: not the forge's records of pull requests, nor a clone's of other clones."""
    return name.startswith(("refs/heads/", "refs/tags/"))


def _seen(key: str, ref: Ref, rows: Sequence[LedgerRow], now: datetime) -> LedgerRow:
    if rows and rows[-1].object == ref.object and not rows[-1].source:
        return replace(rows[-1], last_seen=now)
    return LedgerRow(key, ref.name, ref.object, ref.peeled, now, now)


def _intervals(rows: Sequence[LedgerRow], current: LedgerRow | None) -> list[LedgerRow]:
    """Return the intervals of one ref, the present one last, where the ref is there."""
    if current is None:
        return _joined(rows)
    return _joined([*(row for row in rows if row.first_seen != current.first_seen), current])


def _joined(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Return rows with those in a row that tell of the same object as one: seen by a look and told by an event."""
    joined: list[LedgerRow] = []
    for row in rows:
        if joined and joined[-1].object == row.object:
            before = joined[-1]
            peeled, last = before.peeled or row.peeled, max(before.last_seen, row.last_seen)
            joined[-1] = replace(before, peeled=peeled, last_seen=last)
        else:
            joined.append(row)
    return joined


def last_look(rows: Iterable[LedgerRow]) -> datetime | None:
    """Return when a look last saw anything; None where none ever did."""
    return max((row.last_seen for row in rows if not row.source), default=None)


def told_by_events(
    happenings: Iterable[Happening], rows: Iterable[LedgerRow], repository: str
) -> tuple[LedgerRow, ...]:
    """Return the rows that pushes add to those of a ledger: what a ref led to just before and after each.

    Nothing is added where the ledger has the ref at that object at that time anyway.
    """
    book: dict[str, list[LedgerRow]] = {}
    for row in sorted(rows, key=lambda row: row.first_seen):
        book.setdefault(row.ref, []).append(row)
    added: list[LedgerRow] = []
    for event in sorted(happenings, key=lambda event: event.time):
        if event.kind != "push" or not _kept(event.ref):
            continue
        known = book.setdefault(event.ref, [])
        for told, moment in ((event.before, event.time - _JUST), (event.head, event.time)):
            at = bisect_right(known, moment, key=lambda row: row.first_seen)
            if told and not (at and (known[at - 1].object == told or known[at - 1].first_seen == moment)):
                row = LedgerRow(repository, event.ref, told, "", moment, moment, EVENTS)
                known.insert(at, row)
                added.append(row)
    return tuple(added)


@dataclass(frozen=True, slots=True)
class _Ref:
    subject: str
    name: str
    now: datetime
    default: bool


def _moves(
    ref: _Ref, rows: Sequence[LedgerRow], gone: datetime | None, questions: Questions, since: datetime
) -> Iterator[RefMove]:
    for number, (old, new) in enumerate(pairwise(rows)):
        if new.first_seen >= since:
            commits = old.peeled or old.object, new.peeled or new.object
            yield RefMove(
                ref.subject,
                ref.name,
                Known(old),
                new.object,
                commits[1],
                new.first_seen,
                default_branch=ref.default,
                release=is_release(ref.name),
                earlier_moves=number,
                descends=questions.descends(*commits),
                on_branch=questions.on_branch(commits[1]),
            )
    if gone is not None:
        yield RefMove(
            ref.subject,
            ref.name,
            Known(rows[-1]),
            "",
            "",
            gone,
            default_branch=ref.default,
            release=is_release(ref.name),
            earlier_moves=len(rows) - 1,
        )


def _turns(
    subject: str,
    book: Mapping[str, Sequence[LedgerRow]],
    listing: RefListing,
    questions: Questions,
    since: datetime,
) -> Iterator[RefMove]:
    """Yield where another branch became the default one: the one before is gone, or the new one is of another line.

    A branch that is merely checked out somewhere else is its owner's own doing: it counts only when it is gone, and
    then like any other ref. So does one that is gone, but of which the new branch holds everything.
    """
    for old, new in pairwise(book.get(_HEAD, ())):
        left = next((row for row in reversed(book.get(old.object, ())) if row.first_seen <= old.last_seen), None)
        taken = next((row for row in reversed(book.get(new.object, ())) if row.first_seen <= new.first_seen), None)
        if new.first_seen < since or left is None:
            continue
        gone = all(row.last_seen < new.first_seen for row in book[old.object])
        descends = questions.descends(left.object, taken.object) if taken else Known(value=False)
        lost = not listing.checked_out and descends != Known(value=True)
        if gone or lost:
            yield RefMove(
                subject,
                old.object if gone else new.object,
                Known(left),
                "" if gone or taken is None else taken.object,
                "" if gone or taken is None else taken.object,
                new.first_seen,
                default_branch=lost,
                descends=descends,
            )
