"""How ``doorward intel`` shows what it knows: as text for a screen, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from doorward.engine.intel_hunt import Quarry
from doorward.engine.intel_questions import Answer
from doorward.engine.intel_update import Outcome
from doorward.model.advisories import Advisory, Affected, Exploited, Likelihood
from doorward.model.durations import duration
from doorward.model.intelligence import (
    HASHES,
    HOSTS,
    NEWEST,
    OF_HARM,
    AdvisoryMatch,
    FeedState,
    IndicatorMatch,
    Intelligence,
    Provenance,
)
from doorward.outputs._words import plural
from doorward.outputs.safe import json_document, screen, terminal
from doorward.store.intel import Written

#: What is here of a feed that a scan fetched by itself.
_PARTS = {OF_HARM: "only what it calls malicious", NEWEST: "only the newest of what it calls malicious"}
#: Lines of one kind that are shown.
SHOWN = 8
_WIDTH = 90
_A_PERCENT = 0.01


def as_json(value: object) -> str:
    """Return a document."""
    return json_document(json.dumps(value, indent=2)) + "\n"


def as_text(lines: Iterable[str]) -> str:
    """Return a screen."""
    return screen("\n".join(lines)) + "\n"


def feed_json(state: FeedState, now: datetime) -> dict[str, Any]:
    """Return one feed."""
    return {
        "name": state.name,
        "format": state.format,
        "origin": state.origin,
        "licence": state.licence,
        "fetched": state.fetched.isoformat(),
        "made": state.made.isoformat() if state.made else None,
        "age_seconds": int(state.age(now).total_seconds()),
        "digest": f"sha256:{state.digest}",
        "records": state.records,
        "indicators": state.indicators,
        "withdrawn": state.withdrawn,
        "refused": state.refused,
        "defects": state.defects,
        "covers": [{"topic": topic, "of": what, "count": count} for topic, what, count in state.covers],
        "part": state.part,
        "declared": list(state.declared),
    }


def written_json(done: Sequence[Written], bundle: str, now: datetime) -> dict[str, Any]:
    """Return what an import took over."""
    feeds = [
        feed_json(item.state, now)
        | {
            "refused_records": [{"place": r.place, "reason": r.reason} for r in item.refused],
            "defect_records": [{"place": d.place, "reason": d.reason} for d in item.defects],
        }
        for item in done
    ]
    return {"schema": 1, "bundle": bundle, "feeds": feeds}


def written_text(done: Sequence[Written], bundle: str) -> Iterator[str]:
    """Yield what an import took over."""
    for item in done:
        yield f"imported {terminal(item.state.name, _WIDTH)}  {terminal(item.state.format, 60)}  {_counts(item.state)}"
        yield from _refusals("refused", item.refused, item.state.refused)
        yield from _refusals("defect", item.defects, item.state.defects)
    yield f"bundle {bundle[:16]}"


def outcome_json(outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return what came of one feed of an update."""
    told = {"name": outcome.name, "result": outcome.result, "reason": outcome.reason}
    return told | ({"state": feed_json(outcome.written.state, now)} if outcome.written else {})


def outcomes_text(outcomes: Sequence[Outcome], bundle: str) -> Iterator[str]:
    """Yield what came of each feed of an update."""
    for outcome in outcomes:
        told = _counts(outcome.written.state) if outcome.written else terminal(outcome.reason, 2 * _WIDTH)
        yield f"{outcome.result:<10} {terminal(outcome.name, _WIDTH)}  {told}".rstrip()
        if outcome.written:
            yield from _refusals("refused", outcome.written.refused, outcome.written.state.refused)
    if bundle:
        yield f"bundle {bundle[:16]}"


def _refusals(label: str, items: Sequence[Any], count: int) -> Iterator[str]:
    for item in items[:SHOWN]:
        yield f"  {label}  {terminal(item.place, _WIDTH)}: {terminal(item.reason, _WIDTH)}"
    if count > SHOWN:
        yield f"  {label}  and {count - min(len(items), SHOWN):,} more"


def _counts(state: FeedState) -> str:
    parts = [(state.records, "record"), (state.indicators, "indicator")]
    told = [plural(count, word) for count, word in parts if count]
    rest = [(state.withdrawn, "withdrawn"), (state.refused, "refused"), (state.defects, "with defects")]
    others = [f"{count:,} {word}" for count, word in rest if count]
    return ", ".join(told) + (f"; {', '.join(others)}" if others else "")


def status_text(states: Sequence[FeedState], bundle: str, now: datetime) -> Iterator[str]:
    """Yield one paragraph a feed."""
    for state in states:
        yield f"{terminal(state.name, _WIDTH)}  {duration(state.age(now))} old"
        yield f"  {terminal(state.format, 60)}, {_counts(state)}"
        covers = [f"{topic} {what} {count:,}".replace("  ", " ") for topic, what, count in state.covers]
        more = f" and {len(covers) - SHOWN} more" if len(covers) > SHOWN else ""
        if covers:
            yield f"  {terminal(', '.join(covers[:SHOWN]), 2 * _WIDTH)}{more}"
        yield f"  from {terminal(state.origin, 2 * _WIDTH)}"
        if state.part:
            yield f"  {_PARTS[state.part]}: 'doorward intel update' brings all of it"
        if state.declared:
            yield f"  lists all that is malicious in {terminal(', '.join(state.declared), _WIDTH)}, as its user says"
        if state.licence:
            yield f"  licence {terminal(state.licence, _WIDTH)}"
    yield f"{len(states)} feed{'' if len(states) == 1 else 's'}, bundle {bundle[:16]}"


def quarry_text(found: Sequence[Quarry], old: Sequence[str]) -> Iterator[str]:
    """Yield what was installed before it was known to be bad, and why feeds leave open if more was."""
    for one in found:
        told = " ".join(filter(None, (terminal(one.advisory.id, 60), terminal(one.advisory.summary, 80))))
        yield f"{terminal(one.purl, _WIDTH)}  {one.advisory.kind.value}: {told} ({_from(one.provenance)})"
        yield f"  in {terminal(one.project, _WIDTH)}  {terminal(', '.join(one.paths), _WIDTH)}".rstrip()
        if one.open:
            yield f"  open {terminal(one.open, 2 * _WIDTH)}"
        yield f"  seen {one.first:%Y-%m-%d %H:%M} to {one.last:%Y-%m-%d %H:%M} UTC"
    if found:
        yield "Do   isolate the machines that installed it, look for what was left behind, then rotate secrets."
    else:
        yield "nothing that stored inventories have is newly known to be bad"
    yield from (f"open {terminal(reason, 2 * _WIDTH)}" for reason in old)


def quarry_json(one: Quarry) -> dict[str, Any]:
    """Return one package that was installed before it was known to be bad."""
    return {
        "purl": one.purl,
        "project": one.project,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "paths": list(one.paths),
        "id": one.advisory.id,
        "kind": one.advisory.kind.value,
        "published": one.advisory.published,
        "open": one.open,
    } | _provenance_json(one.provenance)


def answer_text(answer: Answer) -> Iterator[str]:
    """Yield what is known of one thing."""
    yield terminal(answer.question, _WIDTH)
    known = [*_package_lines(answer.intelligence), *map(_indicator_line, answer.indicators[:SHOWN])]
    known += [f"open       {terminal(answer.open, _WIDTH)}"] if answer.open else []
    known += [line for record in answer.records[:SHOWN] for line in _record_lines(*record)]
    known += [_exploited_line(item) for item in answer.exploited[:SHOWN]]
    known += [f"likelihood {item.cve} {_likely(item)}" for item in answer.likelihoods[:SHOWN]]
    yield from (f"  {line}" for line in known or ["nothing is known of it"])


def _package_lines(told: Intelligence | None) -> Iterator[str]:
    if told is None:
        return
    for match in told.advisories[:SHOWN]:
        yield _advisory_line(match)
    if len(told.advisories) > SHOWN:
        yield f"and {len(told.advisories) - SHOWN} more"
    if told.upgrade:
        yield f"upgrade    {terminal(told.upgrade, 60)} or later"
    versions = sorted({match.version for match in told.siblings})
    if versions:
        more = f" and {len(versions) - SHOWN} more" if len(versions) > SHOWN else ""
        yield f"siblings   malicious: {terminal(', '.join(versions[:SHOWN]), _WIDTH)}{more}"
    for reason in dict.fromkeys(item.reason for item in told.open):
        yield f"open       {terminal(reason, _WIDTH)}"


def _advisory_line(match: AdvisoryMatch) -> str:
    advisory = match.advisory
    parts = [terminal(advisory.id, 60), match.rated, "exploited" if match.exploited else ""]
    parts += [_likely(match.likelihood) if match.likelihood else ""]
    parts += [f"fixed in {terminal(match.fixed, 40)}" if match.fixed else "", terminal(advisory.summary, 80)]
    return f"{advisory.kind.value:<10} {', '.join(filter(None, parts))} ({_from(match.provenance)})"


def _likely(told: Likelihood) -> str:
    """Return how likely a vulnerability is to be exploited, in as many digits as say something."""
    return f"EPSS {told.probability:.0%}" if told.probability >= _A_PERCENT else f"EPSS {told.probability:.2%}"


def _exploited_line(told: Exploited) -> str:
    since = f" since {told.added}" if told.added else ""
    due = f", to be mended by {told.due}" if told.due else ""
    return f"exploited  {told.cve}, known{since}{', by ransomware too' if told.ransomware else ''}{due}"


def _indicator_line(match: IndicatorMatch) -> str:
    indicator = match.indicator
    notes = [
        indicator.note,
        f"confidence {indicator.confidence}" if indicator.confidence is not None else "",
        f"TLP:{indicator.tlp.upper()}" if indicator.tlp else "",
        f"until {indicator.valid_until[:10]}" if indicator.valid_until else "",
    ]
    told = "; ".join(terminal(note, 80) for note in notes if note)
    record = terminal(indicator.record, 60)
    return f"{indicator.role.value:<10} {' '.join(filter(None, (record, told)))} ({_from(match.provenance)})"


def _record_lines(advisory: Advisory, affected: Sequence[Affected], provenance: Provenance) -> Iterator[str]:
    state = f"withdrawn {advisory.withdrawn[:10]}" if advisory.withdrawn else advisory.kind.value
    named = " ".join(filter(None, (terminal(advisory.id, 60), terminal(advisory.summary, 80))))
    yield f"{state:<10} {named} ({_from(provenance)})"
    for entry in affected[:SHOWN]:
        bound = f"{plural(len(entry.versions), 'version')}, {plural(len(entry.ranges), 'range')}"
        yield f"  {terminal(entry.ecosystem, 40)} {terminal(entry.name, 60)}: {bound}"


def _from(provenance: Provenance) -> str:
    changed = f", changed {provenance.modified[:10]}" if provenance.modified else ""
    return f"feed {terminal(provenance.feed, 60)}{changed}"


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return what is known of one thing."""
    told = answer.intelligence
    return {
        "question": answer.question,
        "kind": answer.kind,
        "malicious": answer.is_bad,
        "advisories": [_advisory_json(match) for match in told.advisories] if told else [],
        "siblings": [{"version": m.version, "record": m.record, "feed": m.feed} for m in told.siblings] if told else [],
        "upgrade": told.upgrade if told else "",
        "indicators": [_indicator_json(match) for match in answer.indicators],
        "records": [_record_json(*record) for record in answer.records],
        "exploited": [
            {"cve": item.cve, "added": item.added, "due": item.due, "ransomware": item.ransomware}
            for item in answer.exploited
        ],
        "epss": [
            {"cve": item.cve, "probability": item.probability, "percentile": item.percentile}
            for item in answer.likelihoods
        ],
        "open": _open_json(answer),
    }


def _open_json(answer: Answer) -> list[dict[str, Any]]:
    told = answer.intelligence
    if told is not None:
        return [{"topic": item.topic, "reason": item.reason, "required": item.required} for item in told.open]
    topic = {"digest": HASHES, "address": HOSTS}.get(answer.kind, answer.kind)
    return [{"topic": topic, "reason": answer.open, "required": True}] if answer.open else []


def _advisory_json(match: AdvisoryMatch) -> dict[str, Any]:
    return {
        "id": match.advisory.id,
        "kind": match.advisory.kind.value,
        "names": match.by,
        "group": list(match.group),
        "severity": match.severity.word,
        "rated": match.rated,
        "fixed": match.fixed,
        "exploited": match.exploited.added if match.exploited else None,
        "epss": match.likelihood.probability if match.likelihood else None,
        "summary": match.advisory.summary,
    } | _provenance_json(match.provenance)


def _indicator_json(match: IndicatorMatch) -> dict[str, Any]:
    indicator = match.indicator
    return (
        {
            "type": indicator.kind,
            "value": indicator.value,
            "role": indicator.role.value,
            "port": indicator.port,
            "confidence": indicator.confidence,
            "valid_until": indicator.valid_until,
            "tlp": indicator.tlp,
            "note": indicator.note,
        }
        | _provenance_json(match.provenance)
        | {"record": indicator.record}
    )


def _record_json(advisory: Advisory, affected: Sequence[Affected], provenance: Provenance) -> dict[str, Any]:
    return {
        "id": advisory.id,
        "kind": advisory.kind.value,
        "withdrawn": advisory.withdrawn,
        "aliases": list(advisory.aliases),
        "summary": advisory.summary,
        "packages": [{"ecosystem": e.ecosystem, "name": e.name, "versions": list(e.versions)} for e in affected],
    } | _provenance_json(provenance)


def _provenance_json(provenance: Provenance) -> dict[str, Any]:
    return {
        "feed": provenance.feed,
        "record": provenance.record,
        "modified": provenance.modified,
        "licence": provenance.licence,
    }
