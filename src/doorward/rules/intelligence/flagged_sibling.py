"""Another version of the package was malicious

What it catches
---------------
A live record calls another version of this package malicious, but not this one. The
evidence gives those versions and the days between them and this release, where the
registry tells them.

Why it matters
--------------
An account that was taken once is taken again, and the first clean release after an
incident is where a quieter second attempt would sit. It explains; it is no alarm.

What to do
----------
Read the incident's report: was the account or the build system cleaned, and is this
release known to be good? Machines that may have had the other version are another matter.

False alarms
------------
Every package that was ever attacked has it from then on, so it is context only.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.model.facts import Known, known
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.intelligence import SiblingMatch
from doorward.model.release import ReleaseChange
from doorward.rules.registry._words import count, cut

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("intelligence",),
    advice="read the report of the incident, and whether this release is known to be good.",
)

_SHOWN = 4


def check(change: ReleaseChange) -> Iterator[Hit]:
    """Tell of the package's malicious versions."""
    intelligence = known(change.intelligence)
    if not intelligence.siblings or intelligence.of(Kind.MALICIOUS):
        return
    siblings = list({match.version: match for match in intelligence.siblings}.values())
    lines = [_line(change, match) for match in siblings[:_SHOWN]]
    if len(siblings) > _SHOWN:
        lines.append(Evidence("and", f"{count(len(siblings) - _SHOWN, 'version')} more"))
    yield Hit("Another version of this package was malicious.", tuple(lines))


def _line(change: ReleaseChange, match: SiblingMatch) -> Evidence:
    days = _days_between(change, match.version)
    apart = "" if days is None else f", {count(abs(days), 'day')} {'before' if days >= 0 else 'after'} this one"
    told = f"{cut(match.record, 80)} names {cut(match.version, 60)}{apart}"
    return Evidence("advisory", told, baseline=f"feed {cut(match.feed, 60)}")


def _days_between(change: ReleaseChange, version: str) -> int | None:
    """Return the days from another version to this one; None where the registry does not tell."""
    published, history = change.new.published, change.history
    ours = published.value if isinstance(published, Known) else None
    pasts = history.value if isinstance(history, Known) else ()
    theirs = next((past.published for past in pasts if past.version == version), None)
    return (ours - theirs).days if ours and theirs else None
