"""A file much like one of a malicious package

What it catches
---------------
Code inside this release whose TLSH digest lies near (a distance of at most 30) that of a
file which a feed names as part of malware. Digests are taken of the first megabyte of an
artifact's code, and only where an imported feed has such digests.

Why it matters
--------------
The next package of a campaign is the last one with another address in it. No exact digest
matches any more; a digest that changes little where the file does still shows the kinship.

What to do
----------
Compare the file with the record that is named. A kinship in what a file does counts, one in
its licence header or in generated code does not.

False alarms
------------
Some: packages made from one template have files that are alike, and feeds also name
innocent files of malicious packages. So it is weak, and files of the innocent list are left
out. Its noise is not measured on a large set of releases yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.intelligence import SIMILAR, IndicatorMatch
from doorward.model.release import ReleaseChange
from doorward.rules.intelligence._words import gaps, source
from doorward.rules.registry._words import SHOWN, count, cut

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0004",
    family=Family.INTELLIGENCE,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("intelligence", "new.contents"),
    advice="compare the file with the record that names the other.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Tell of files that are alike to named ones, the nearest first."""
    intelligence = known(change.intelligence)
    found = sorted((match for match in intelligence.indicators if match.met == "similar"), key=lambda m: m.distance)
    if found:
        yield Hit("A file of this release is much like one of a malicious package.", _lines(found, intelligence.bundle))
    else:
        yield from gaps(intelligence, SIMILAR)


def _lines(found: Sequence[IndicatorMatch], bundle: str) -> tuple[Evidence, ...]:
    lines = [
        Evidence(
            "similar",
            f"distance {match.distance} from {cut(match.indicator.note or 'a file that it names', 80)}",
            where=cut(match.where, 200),
            baseline=source(match.provenance, bundle),
        )
        for match in found[: SHOWN - 1]
    ]
    if found[0].provenance.record:
        lines.append(Evidence("advisory", cut(found[0].provenance.record, 80)))
    rest = len(found) - (SHOWN - 1)
    return (*lines, Evidence("and", f"{count(rest, 'file')} more")) if rest > 0 else tuple(lines)
