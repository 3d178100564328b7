"""How the rules about intelligence show what they rest on: what was met, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from doorward.model.findings import Evidence, Gap
from doorward.model.intelligence import (
    DIGESTS,
    AdvisoryMatch,
    Indicator,
    IndicatorMatch,
    Intelligence,
    Provenance,
)
from doorward.rules.registry._words import SHOWN, count, cut

#: Hex digits of a digest that are shown.
_DIGITS = 16
_BY = {
    "listed": "lists this version",
    "in range": "has it in a range of versions",
    "every version": "names every version",
    "commit": "names this commit",
}


def source(provenance: Provenance, bundle: str) -> str:
    """Return who says it, when it was last changed there, and by which bundle."""
    changed = f", changed {provenance.modified[:10]}" if provenance.modified else ""
    return f"feed {cut(provenance.feed, 60)}{changed}, bundle {bundle[:12]}"


def indicators(matches: Sequence[IndicatorMatch], bundle: str) -> tuple[Evidence, ...]:
    """Return a line for each of the first matches, and one that counts the rest. The record comes as an advisory."""
    distinct = list({(m.indicator.kind, m.indicator.value, m.where): m for m in matches}.values())
    lines = [_indicator(match, bundle) for match in distinct[: SHOWN - 1]]
    named = next((match for match in distinct if match.provenance.record), None)
    if named is not None:
        lines.append(Evidence("advisory", cut(named.provenance.record, 80), baseline=cut(named.indicator.note, 120)))
    rest = len(distinct) - (SHOWN - 1)
    return (*lines, Evidence("and", f"{count(rest, 'match')} more")) if rest > 0 else tuple(lines)


def _indicator(match: IndicatorMatch, bundle: str) -> Evidence:
    indicator = match.indicator
    value = f"{indicator.value[:_DIGITS]}..." if indicator.kind in DIGESTS else cut(indicator.value, 80)
    where = match.where if match.met in {"artifact", "declared", "member"} else ""
    met = "" if where else f", met as {cut(match.where, 100)}"
    told = f" ({', '.join(notes)})" if (notes := list(_notes(indicator, match.met))) else ""
    who = source(match.provenance, bundle)
    return Evidence(indicator.kind, f"{value}{met}{told}", where=cut(where, 200), baseline=who)


def _notes(indicator: Indicator, met: str) -> Iterator[str]:
    if met == "declared":
        yield "as declared"
    if indicator.note:
        yield cut(indicator.note, 80)
    if indicator.confidence is not None:
        yield f"confidence {indicator.confidence}"
    if indicator.tlp:
        yield f"TLP:{indicator.tlp.upper()}"
    if indicator.valid_until:
        yield f"until {indicator.valid_until[:10]}"


def advisories(matches: Sequence[AdvisoryMatch], bundle: str) -> tuple[Evidence, ...]:
    """Return a line for each of the first advisories, and one that counts the rest."""
    lines = [
        Evidence(
            "advisory",
            cut(match.advisory.id, 80),
            baseline=f"{_BY[match.by]}{_summary(match)}; {source(match.provenance, bundle)}",
        )
        for match in matches[:SHOWN]
    ]
    rest = len(matches) - SHOWN
    if rest > 0:
        lines.append(Evidence("and", f"{rest} more {'advisory' if rest == 1 else 'advisories'}"))
    return tuple(lines)


def _summary(match: AdvisoryMatch) -> str:
    return f": {cut(match.advisory.summary, 100)}" if match.advisory.summary else ""


def distinct(matches: Iterable[AdvisoryMatch]) -> list[AdvisoryMatch]:
    """Return one match a group of aliases, the first of each."""
    return list({match.group: match for match in reversed(list(matches))}.values())[::-1]


def gaps(intelligence: Intelligence, *topics: str) -> Iterator[Gap]:
    """Yield what the feeds leave open of some topics, each reason once."""
    seen: set[str] = set()
    for item in intelligence.open:
        if item.topic in topics and item.reason not in seen:
            seen.add(item.reason)
            yield Gap(item.reason, required=item.required or None)
