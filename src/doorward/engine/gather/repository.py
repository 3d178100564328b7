"""One pass over a history: from raw commits to the subject Commit, with the habits up to each of them.

A pure function of the commits and of the history that it goes on from. Its memory grows with people and keys, not with
commits.

**The clock.** Commit dates are the author's claim. What is reckoned in years (tenure, silence, the circle) takes the
later of the commit's own date and, on the chain, the median of the last eleven there, off it, the date of its parents;
and nothing after the observation. So no commit is older than what it builds on, and a single wrong date moves nothing.

**Arrival.** Which commits are judged, and how young they are, goes by when they came to the default branch: a branch
that is dated two years back and merged today came today. That is the time of the commit on the chain that brought it,
and never before the look at which it was not yet there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from doorward.engine.gather import names
from doorward.engine.gather.habits import History
from doorward.engine.gather.people import Recognised, Registry
from doorward.model.facts import Fact, Known, Missing
from doorward.model.history import Actor, Commit, Habit
from doorward.model.repository import Ident, RawCommit
from doorward.model.signature import SignatureCheck, SignatureClaim, SignatureState, SignedObject
from doorward.records import dataclass

#: Commits of the forge in a row, all signed, after which an unsigned one is not believed to be the forge's.
_FORGE_SIGNS = 3
#: Names of a circle that a subject carries.
_CIRCLE_NAMES = 5
_OFF_CHAIN: Fact[Actor | None] = Known(None)
_SQUASH: Fact[Actor | None] = Missing("a squash or rebase on the forge: git does not tell who pressed the button")
_REFUTED = frozenset({SignatureState.BAD, SignatureState.MALFORMED})
_NO_KEYS: frozenset[str] = frozenset()
_NO_KINDS: frozenset[str] = frozenset()
_ALL_TOLD = Habit(0, 0)
_READ: Fact[bool] = Known(value=True)
_OWN_KINDS = frozenset({"openpgp", "ssh"})


class Verifier(Protocol):
    """Judges the signatures of one object."""

    @property
    def keyring(self) -> Fact[int]:
        """Number of keys that the user trusts for this repository."""

    def check(self, claims: tuple[SignatureClaim, ...], signed: SignedObject | None) -> tuple[SignatureCheck, ...]:
        """Return one judgement for each claim."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a history is looked at."""

    #: ``git+REPO``.
    repository: str
    observed_at: datetime
    verifier: Verifier
    #: Commits that came before this time (seconds) only teach; None: all after the learning time are judged.
    since: int | None = None
    #: Commits dated after this time (seconds) are hidden; None: none are.
    until: int | None = None
    #: When the repository was looked at before (seconds): what is new came after that, whatever its date; None: never.
    last: int | None = None
    #: Called with the last commit of the learning time: the mailmap that joins people from then on.
    mailmap_at: Callable[[str], Mapping[str, str]] | None = None


def judge_history(raws: Iterable[RawCommit], history: History, look: Look) -> Iterator[Commit]:
    """Yield the commits to judge, oldest first, and bring ``history`` up to date with every commit.

    Not yielded: the learning time, what lies before ``look.since``, and the commits of known programs.
    """
    reader = _Reader(history, look)
    for raw in raws:
        if look.until is None or (raw.committer.time or 0) <= look.until:
            commit = reader.read(raw)
            if commit is not None:
                yield commit


class _Made(NamedTuple):
    """Who made a commit, when, and with which signatures."""

    author: Recognised
    hand: Recognised
    clock: int
    #: When it came to the default branch.
    arrived: int
    web_flow: bool
    checks: tuple[SignatureCheck, ...]
    #: The claims of people's own keys, by key.
    keys: Mapping[str, SignatureClaim]


class _Reader:
    """The pass itself."""

    def __init__(self, history: History, look: Look) -> None:
        self._history, self._look = history, look
        self._registry = Registry(history.people, history.began)
        self._now = int(look.observed_at.timestamp())
        self._keyring = look.verifier.keyring

    def read(self, raw: RawCommit) -> Commit | None:
        """Count a commit; return it where it is to be judged."""
        history = self._history
        floor = history.chain.clock if raw.on_chain else raw.parents_time or 0
        clock = min(max(raw.committer.time or 0, floor), self._now)
        arrived = min(max(clock, raw.arrived or 0, self._look.last or 0), self._now)
        judged = self._is_judged(raw, clock, arrived)
        checks = self._look.verifier.check(raw.claims, raw.signed) if raw.claims else ()
        web_flow = raw.committer.email == names.WEB_FLOW_EMAIL and self._is_forge(raw, checks)
        commit = None
        if not self._is_program(raw.author if web_flow else raw.committer, believed=web_flow):
            made = self._recognise(raw, (clock, arrived), checks, web_flow=web_flow)
            commit = self._draw(raw, made) if judged else None
            self._count(raw, made)
        if raw.on_chain:
            merge = len(raw.parents) > 1
            history.chain.append(clock, by_merge=web_flow or merge, untold=web_flow and not merge)
        return commit

    def _is_judged(self, raw: RawCommit, clock: int, arrived: int) -> bool:
        look, history = self._look, self._history
        if history.learn(clock):
            self._registry.began = history.began
            if history.learned and look.mailmap_at:
                self._registry.use_mailmap(look.mailmap_at(raw.id))
            return False
        return look.since is None or arrived >= look.since

    def _is_forge(self, raw: RawCommit, checks: tuple[SignatureCheck, ...]) -> bool:
        """Whether a commit that names the forge as its committer is the forge's, as far as can be told."""
        history = self._history
        if any(check.claim.web_flow and not _refuted(check) for check in checks):
            history.forge_signed += 1
            return True
        return history.forge_signed < _FORGE_SIGNS and not raw.claims

    def _is_program(self, ident: Ident, *, believed: bool) -> bool:
        """Whether a known program made it. The first commit of one by its own hand is judged like a person's."""
        if not names.claims_bot(ident.name, ident.email) or not names.bot_address(ident.email):
            return False
        address, programs = names.address(ident.email), self._history.programs
        known = believed or address in programs
        programs.add(address)
        return known

    def _recognise(
        self, raw: RawCommit, when: tuple[int, int], checks: tuple[SignatureCheck, ...], *, web_flow: bool
    ) -> _Made:
        recognise, author, committer = self._registry.recognise, raw.author, raw.committer
        if web_flow:
            hand = wrote = recognise(author)
        else:
            hand = recognise(committer)
            same = author.email == committer.email and author.name == committer.name
            program = not same and names.claims_bot(author.name, author.email) and names.bot_address(author.email)
            wrote = hand if same else Recognised(-1) if program else recognise(author)
        return _Made(wrote, hand, *when, web_flow, checks, own_keys(checks) if checks else {})

    def _count(self, raw: RawCommit, made: _Made) -> None:
        history = self._history
        keys = None if made.web_flow else tuple(made.keys)
        self._registry.count(raw, made.author, made.hand, (made.clock, made.arrived), keys)
        number, profile = history.people.profile(made.hand.number)
        for claim in made.keys.values():
            history.keys.learn(claim, profile.person, made.clock)
        if raw.on_chain and (not made.web_flow or len(raw.parents) > 1):
            if profile.integrated_first is None:
                profile.integrated_first = made.clock
            profile.integrated_last = made.clock
            history.chain.integrators[number] = made.clock

    def _draw(self, raw: RawCommit, made: _Made) -> Commit:
        """Draw the commit with the habits before it."""
        registry, history, clock = self._registry, self._history, made.clock
        hand = registry.actor(raw.author if made.web_flow else raw.committer, made.hand, clock)
        author = hand if made.author is made.hand else registry.actor(raw.author, made.author, clock)
        if raw.committer.email == names.WEB_FLOW_EMAIL and not made.web_flow:
            # Whoever borrows the forge's name borrows its habits with it; and a forge is never away.
            hand = hand._replace(signed_run=history.forge_signed, idle=None)
        integrator, first = _OFF_CHAIN, False
        circle: list[int] = []
        if raw.on_chain and made.web_flow and len(raw.parents) < 2:  # noqa: PLR2004 - a merge has two parents
            integrator = _SQUASH
        elif raw.on_chain:
            integrator = Known(hand)
            first = history.people.profile(made.hand.number)[1].integrated_first is None
            circle = history.chain.circle(history.people, clock) if first else circle
        return Commit(
            self._look.repository,
            raw.id,
            raw.parents,
            author,
            hand,
            raw.author.time,
            raw.committer.time,
            raw.parents_time,
            clock,
            self._look.observed_at,
            made.web_flow,
            raw.on_chain,
            integrator,
            first,
            len(circle),
            tuple(history.people.profiles[number].name for number in circle[:_CIRCLE_NAMES]),
            len(history.chain.ways),
            history.chain.by_merge,
            raw.changes,
            raw.files,
            _NO_KINDS.union(*[change.kinds for change in raw.changes]) if raw.changes else _NO_KINDS,
            raw.trailers,
            made.checks,
            frozenset(k for k, claim in made.keys.items() if not history.keys.knows(claim)) if made.keys else _NO_KEYS,
            self._keyring,
            history.chain.untold(clock) if first else _ALL_TOLD,
            made.arrived,
            Missing(raw.unread) if raw.unread else _READ,
        )


def _refuted(check: SignatureCheck) -> bool:
    return isinstance(check.state, Known) and check.state.value in _REFUTED


def own_keys(checks: tuple[SignatureCheck, ...]) -> dict[str, SignatureClaim]:
    """Return the claims of people's own keys: not the forge's, and none that verification refuted."""
    return {
        check.claim.key: check.claim
        for check in checks
        if check.claim.kind in _OWN_KINDS and check.claim.key and not check.claim.web_flow and not _refuted(check)
    }
