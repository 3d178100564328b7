"""Who publishes a package, and with what evidence, as a rule: the habit of one major line.

Compared across lines, such habits strike honest maintenance releases: an old line is often published by hand long after
the newest one moved to a workflow. So the habit is that of the last five releases *of the same major line*, in the
order of their publication, pre-releases left out where the new release is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from doorward.errors import InvalidVersion
from doorward.model.facts import Fact, Known, Missing
from doorward.model.registry import Identity
from doorward.model.release import PastRelease, ReleaseChange
from doorward.model.versions import is_prerelease
from doorward.records import dataclass

#: Releases that make a habit.
HABIT = 5
#: Releases in which a person counts as one of those who publish.
REMEMBERED = 20


def is_stable(change: ReleaseChange, version: str) -> bool:
    """Whether a version is no pre-release. One that the ecosystem cannot read is taken as it is."""
    try:
        return not is_prerelease(change.new.purl.ecosystem, version)
    except InvalidVersion:
        return True


def comparable(change: ReleaseChange, history: Sequence[PastRelease]) -> list[PastRelease]:
    """Return the earlier releases that show a habit, newest first."""
    if is_stable(change, change.new.version):
        history = [past for past in history if is_stable(change, past.version)]
    dated = [(past.published, past) for past in history if past.published]
    if len(dated) < len(history):
        return list(history)
    return [past for _, past in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def own_line(change: ReleaseChange, history: Sequence[PastRelease]) -> list[PastRelease]:
    """Return the earlier releases of the same major line that show a habit, newest first."""
    return [past for past in comparable(change, history) if past.same_line]


@dataclass(frozen=True, slots=True)
class Loss:
    """Provenance that is gone: the releases that had it, newest first, and whether they are of the same line."""

    had: tuple[PastRelease, ...]
    same_line: bool


def lost_provenance(change: ReleaseChange) -> Fact[Loss | None]:
    """Tell whether earlier releases had provenance as a habit and this one has none."""
    if isinstance(change.new.provenance, Missing):
        return change.new.provenance
    if isinstance(change.history, Missing):
        return change.history
    if change.new.provenance.value:
        return Known(None)
    line = _attested(own_line(change, change.history.value), same_line=True)
    if isinstance(line, Missing) or line.value:
        return line
    other_lines = [past for past in comparable(change, change.history.value) if not past.same_line]
    others = _attested(other_lines, same_line=False)
    # Other lines only explain: what is not told of them leaves no question open.
    return others if isinstance(others, Known) else Known(None)


def _attested(releases: Sequence[PastRelease], *, same_line: bool) -> Fact[Loss | None]:
    last = releases[:HABIT]
    if len(last) < HABIT or any(past.provenance is False for past in last):
        return Known(None)
    untold = [past.version for past in last if past.provenance is None]
    if untold:
        return Missing(f"the index does not tell whether {untold[0]} had provenance")
    had = tuple(past for past in releases if past.provenance)
    return Known(Loss(had, same_line))


@dataclass(frozen=True, slots=True)
class Handover:
    """Another publisher than before."""

    now: Identity
    before: Identity
    #: The releases of the habit, newest first.
    habit: tuple[PastRelease, ...]


def changed_publisher(change: ReleaseChange) -> Fact[Handover | None]:
    """Tell whether one publisher, or a workflow, published as a habit and another, or a person, published this."""
    if isinstance(change.new.publisher, Missing):
        return change.new.publisher
    if isinstance(change.history, Missing):
        return change.history
    now = change.new.publisher.value
    releases = own_line(change, change.history.value)
    habit = releases[:HABIT]
    if now is None or len(habit) < HABIT:
        return Known(None)
    before = [past.publisher for past in habit if past.publisher]
    if len(before) < HABIT:
        untold = next(past.version for past in habit if past.publisher is None)
        return Missing(f"the index does not tell who published {untold}")
    if not _breaks(now, before, [past.publisher for past in releases[:REMEMBERED]]):
        return Known(None)
    return Known(Handover(now, before[0], tuple(habit)))


def _breaks(now: Identity, before: Sequence[Identity], remembered: Sequence[Identity | None]) -> bool:
    by_workflow = all(identity.kind == "workflow" for identity in before)
    if by_workflow and now.kind != "workflow":
        return True
    one = len({_account(identity) for identity in before}) == 1
    return one and _account(now) not in {_account(identity) for identity in remembered if identity}


def _account(identity: Identity) -> str:
    """Return whose publisher it is: of a workflow the repository, for its file is renamed by honest people."""
    return identity.name.rpartition("/")[0] if identity.kind == "workflow" else identity.name
