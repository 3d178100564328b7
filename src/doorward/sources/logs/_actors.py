"""Who did it: from what a log says of the process, else from what went on at that time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from doorward.model.purl import make_purl
from doorward.model.run import Actor, Attribution, Phase, Process
from doorward.model.run import Claim as ModelClaim
from doorward.records import replace
from doorward.sources.logs._claims import Scripts
from doorward.sources.logs._events import Owner, Who
from doorward.sources.logs._timeline import Stretch, Timeline

PhaseOf = Callable[[Sequence[Process], Sequence[Mapping[str, str]]], Phase]

#: What an attribution rests on that no process and no log states.
BY_TIME = "by time"
#: The attribution where only a machine is known.
NOBODY_KNOWN = "host"
#: The phases in which the code of one package runs.
_OF_PACKAGES = frozenset({Phase.BUILD, Phase.INSTALL})
#: What logs say of actors that is remembered before it is worked out anew, and actors that are kept.
_REMEMBERED = 20_000
_NUMBERED = 20_000


def attribution(owner: Owner | None, by: str, where: str = "") -> Attribution:
    """Return what an event is attributed to."""
    if owner is None:
        return Attribution(by=by)
    purl = make_purl(owner.ecosystem, owner.package, owner.version)
    claim = ModelClaim(by, owner.ecosystem, purl.full_name, owner.version, where)
    return Attribution(owner.ecosystem, purl.full_name, owner.version, str(purl), by=by, claims=(claim,))


class Actors:
    """Works out actors, each once, and numbers them: a number is compared more quickly than a chain of processes."""

    def __init__(self, phase_of: PhaseOf) -> None:
        self.timeline = Timeline()
        self.scripts = Scripts()
        self._phase_of = phase_of
        self._known: dict[tuple[Who, Stretch | None], int] = {}
        self._numbers: dict[Actor, int] = {}
        self._actors: list[Actor] = []

    def __getitem__(self, number: int) -> Actor:
        """Return an actor by its number."""
        return self._actors[number]

    def of(self, who: Who, time: datetime | None) -> int:
        """Return the number of the actor of an event."""
        told = who.phase is not None or who.owner is not None
        stretch = None if told or time is None else self.timeline.at(time)
        key = (who, stretch)
        number = self._known.get(key)
        if number is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            number = self._known[key] = self._number(self._actor(who, stretch))
        return number

    def renew(self) -> None:
        """Forget what was worked out: another log has told more."""
        self._known.clear()

    def _number(self, actor: Actor) -> int:
        """Give an actor its number. Beyond the bound processes are no longer told apart."""
        if len(self._actors) >= _NUMBERED and actor not in self._numbers:
            actor = Actor(actor.phase, (), replace(actor.attribution, claims=()))
        number = self._numbers.get(actor)
        if number is None:
            number = self._numbers[actor] = len(self._actors)
            self._actors.append(actor)
        return number

    def _actor(self, who: Who, stretch: Stretch | None) -> Actor:
        chain = who.processes
        if who.owner is not None or who.phase is not None:
            return Actor(who.phase or Phase.RUN, chain, attribution(who.owner, who.by))
        if not chain:
            return (
                _by_time(chain, stretch)
                if stretch is not None
                else Actor(Phase.RUN, (), attribution(None, NOBODY_KNOWN))
            )
        phase = self._phase_of(chain, [{}] * len(chain))
        claim = self.scripts.claim(chain)
        if claim is not None and (claim.phase is not None or phase in _OF_PACKAGES):
            return Actor(claim.phase or phase, chain, attribution(claim.owner, claim.by, chain[-1].cwd))
        if stretch is not None and (who.vague or (phase in _OF_PACKAGES and phase is stretch.phase)):
            return _by_time(chain, stretch)
        return Actor(phase, chain, attribution(None, "process"))


def _by_time(chain: tuple[Process, ...], stretch: Stretch) -> Actor:
    return Actor(stretch.phase, chain, attribution(stretch.owner, BY_TIME))
