"""Who is who in a history, and what each of them is used to do.

A person is one e-mail address or one normalised name; what a new commit joins becomes one person. Everything here is
plain data that can be stored between two looks at a repository.
"""

from __future__ import annotations

from collections.abc import Mapping

from doorward.engine.gather import names
from doorward.model.history import DAY, Actor
from doorward.model.paths import BUILD, CI
from doorward.model.repository import Ident, RawCommit
from doorward.records import dataclass, field

#: Keys of one person that are remembered, most recent last.
_MAX_KEYS = 8
_TOUCHED = frozenset({BUILD, CI})
_FIRST_YEAR = 365 * DAY
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Profile:
    """What is known of one person. Times are seconds by the history's clock."""

    #: Stable name: the first address under which they appeared.
    person: str
    name: str
    #: Commits that name them in any role, and commits by their own hand.
    commits: int = 0
    by_hand: int = 0
    first: int | None = None
    last: int | None = None
    offsets: frozenset[int] = frozenset()
    trailers: frozenset[str] = frozenset()
    signed_run: int = 0
    signatures: int = 0
    keys: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    #: When they first and last put a commit on the chain.
    integrated_first: int | None = None
    integrated_last: int | None = None
    #: Number of the profile that this one was found to be the same as; -1: none.
    same_as: int = -1


@dataclass(frozen=True, slots=True)
class Recognised:
    """A person as a commit names them: the number of their profile, and what was new about the naming."""

    number: int
    new: bool = False
    new_address: bool = False
    resembles: str = ""


@dataclass(slots=True)
class People:
    """Everyone who appeared so far."""

    profiles: list[Profile] = field(default_factory=list)
    #: Profile numbers by compared address, and by normalised name.
    addresses: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    #: What a mailmap joins: "name NUL address" or "NUL address" as written, to the address that is meant.
    mailmap: dict[str, str] = field(default_factory=dict)

    def profile(self, number: int) -> tuple[int, Profile]:
        """Return a profile and its present number, after joins."""
        found = self.profiles[number]
        while found.same_as >= 0:
            number = found.same_as
            found = self.profiles[number]
        return number, found

    def join(self, kept: int, other: int) -> None:
        """Make two profiles one."""
        kept, into = self.profile(kept)
        other, gone = self.profile(other)
        if kept == other:
            return
        into.commits += gone.commits
        into.by_hand += gone.by_hand
        into.first = _earlier(into.first, gone.first)
        into.last = _later(into.last, gone.last)
        into.integrated_first = _earlier(into.integrated_first, gone.integrated_first)
        into.integrated_last = _later(into.integrated_last, gone.integrated_last)
        into.offsets |= gone.offsets
        into.trailers |= gone.trailers
        into.touched |= gone.touched
        into.signatures += gone.signatures
        into.keys = tuple(dict.fromkeys((*gone.keys, *into.keys)))[-_MAX_KEYS:]
        gone.same_as = kept


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _later(one: int | None, other: int | None) -> int | None:
    return max((time for time in (one, other) if time is not None), default=None)


class Registry:
    """Recognises people, and draws an :class:`Actor` of each at the moment of a commit."""

    def __init__(self, people: People, began: int | None) -> None:
        """Go on from what is known of a history that began at a time."""
        self.people = people
        self.began = began
        self._seen: dict[tuple[str, str], Recognised] = {}
        self._skeletons = {names.skeleton(name): number for name, number in people.names.items()}

    def use_mailmap(self, mailmap: Mapping[str, str]) -> None:
        """Join people as a mailmap says (see :attr:`People.mailmap`), from the next naming on."""
        self.people.mailmap = dict(mailmap)
        self._seen.clear()

    def recognise(self, ident: Ident) -> Recognised:
        """Say who ``ident`` is, and remember the naming."""
        key = (ident.name, ident.email)
        found = self._seen.get(key)
        if found is None:
            found = self._first_sight(ident)
            self._seen[key] = Recognised(found.number)
        return found

    def look_up(self, ident: Ident) -> Recognised:
        """Say who ``ident`` is without remembering it."""
        address, name = names.address(ident.email), names.normalise(ident.name)
        by_address, by_name = self.people.addresses.get(address), self._by_name(name)
        number = by_address if by_address is not None else by_name
        if number is None:
            return Recognised(-1, new=True, resembles=self._resembles(name))
        return Recognised(number, new_address=by_address is None)

    def _by_name(self, name: str) -> int | None:
        return None if names.is_nobody(name) else self.people.names.get(name)

    def _first_sight(self, ident: Ident) -> Recognised:
        people = self.people
        address, name = names.address(ident.email), names.normalise(ident.name)
        found = self.look_up(ident)
        number = found.number
        if found.new:
            number = len(people.profiles)
            people.profiles.append(Profile(address or name, ident.name))
        by_name = self._by_name(name)
        if by_name is not None:
            people.join(number, by_name)
        if address:
            people.addresses.setdefault(address, number)
        if not names.is_nobody(name):
            people.names.setdefault(name, number)
            self._skeletons.setdefault(names.skeleton(name), number)
        return self._follow_mailmap(ident, Recognised(number, found.new, found.new_address, found.resembles))

    def _follow_mailmap(self, ident: Ident, found: Recognised) -> Recognised:
        """Join with whom the mailmap means; someone whom it names is neither new nor at a new address."""
        mailmap, email = self.people.mailmap, ident.email.lower()
        meant = mailmap.get(f"{ident.name.lower()}\0{email}") or mailmap.get(f"\0{email}")
        other = self.people.addresses.get(names.address(meant)) if meant else None
        if other is None:
            return found
        self.people.join(other, found.number)
        return Recognised(other)

    def _resembles(self, name: str) -> str:
        """Return the name of the known person who looks the same as the new ``name`` but is written otherwise."""
        number = None if names.is_nobody(name) else self._skeletons.get(names.skeleton(name))
        return "" if number is None else self.people.profile(number)[1].name

    def actor(self, ident: Ident, who: Recognised, clock: int) -> Actor:
        """Draw the person before the commit at ``clock`` is counted."""
        if who.number < 0:
            return Actor(names.address(ident.email), ident.name, ident.email, new=who.new, resembles=who.resembles)
        profile = self.people.profile(who.number)[1]
        return Actor(
            profile.person,
            ident.name,
            ident.email,
            who.new,
            who.new_address,
            who.resembles,
            profile.commits,
            profile.by_hand,
            None if profile.first is None else max(0, clock - profile.first),
            None if profile.last is None else max(0, clock - profile.last),
            profile.first is not None and self.began is not None and profile.first - self.began <= _FIRST_YEAR,
            ident.offset,
            profile.offsets,
            profile.trailers,
            profile.signed_run,
            profile.signatures,
            profile.keys,
            profile.touched,
        )

    def count(
        self,
        raw: RawCommit,
        author: Recognised,
        hand: Recognised,
        when: tuple[int, int],
        keys: tuple[str, ...] | None,
    ) -> None:
        """Add a commit to the profiles of its people.

        ``when`` is its moment by the history's clock, and when it came to the default branch. ``keys`` are those that
        signed it, or None where the forge made it and neither signature nor offset is theirs.
        """
        clock, arrived = when
        number, by = self.people.profile(hand.number)
        by.commits += 1
        by.by_hand += 1
        if by.first is None:
            # Never moved back, and not by the date of a branch that came later: an older date would buy tenure.
            by.first = arrived
        if by.last is None or clock > by.last:
            by.last = clock
        if keys is not None:
            _count_own(by, raw, keys)
        if raw.trailers and not by.trailers.issuperset(raw.trailers):
            by.trailers |= frozenset(raw.trailers)
        if author.number < 0:
            return
        other, wrote = self.people.profile(author.number)
        if other != number:
            wrote.commits += 1
        if raw.changes:
            wrote.touched |= _TOUCHED & frozenset().union(*[change.kinds for change in raw.changes])


def _count_own(profile: Profile, raw: RawCommit, keys: tuple[str, ...]) -> None:
    """Remember from where a person works, and how they sign.

    A merge without a signature breaks no habit: tools make many of them.
    """
    offset = raw.committer.offset
    if offset is not None and offset not in profile.offsets:
        profile.offsets |= {offset}
    if not keys:
        profile.signed_run = profile.signed_run if len(raw.parents) > 1 else 0
        return
    profile.signed_run += 1
    profile.signatures += 1
    if keys[-1] not in profile.keys[-1:]:
        profile.keys = tuple(dict.fromkeys((*(key for key in profile.keys if key not in keys), *keys)))[-_MAX_KEYS:]
