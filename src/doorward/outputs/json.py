"""For programs: the report as JSON, schema 1, described by ``report.schema.json`` beside this file."""

from __future__ import annotations

from doorward import __version__
from doorward.model.catalog import TECHNIQUE
from doorward.model.findings import Alert, Evidence, Finding, Report
from doorward.model.intelligence import AdvisoryMatch
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._run import run_keys
from doorward.outputs._views import ranked, views
from doorward.outputs._words import iso

NAME = "json"
SCHEMA = 1


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001 - programs get everything
    """Return the whole report: subjects the worst first, findings in their order, every gap."""
    shown = views(report)
    order = {view.decided.subject: at for at, view in enumerate(shown)}
    whole: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": "doorward", "version": __version__},
        "technique": TECHNIQUE,
        "verdict": report.verdict.value,
        "incomplete": report.incomplete,
        "until": iso(report.until),
        "counts": {
            "packages": report.packages,
            "evaluated": report.evaluated,
            "unverifiable": report.unverifiable,
        },
        "evaluated": report.evaluated,
        "coverage": [
            {"kind": line.kind, "answered": line.answered, "of": line.of, "cause": line.cause}
            for line in report.coverage
        ],
        "subjects": [
            {
                "subject": view.decided.subject,
                "verdict": view.verdict.value,
                "via": list(view.decided.via),
                "related": list(view.decided.related),
            }
            for view in shown
        ],
        "findings": [
            _finding(item) for item in sorted(report.findings, key=lambda item: (order[item.subject], ranked(item)))
        ],
        "advisories": [
            _advisory(subject, match)
            for subject, told in sorted(report.intelligence, key=lambda item: (order.get(item[0], len(order)), item[0]))
            for match in told.advisories
        ],
        "gaps": [
            {"rule": gap.rule, "subject": gap.subject, "reason": gap.reason, "required": gap.required}
            for gap in sorted(report.gaps, key=lambda gap: (not gap.required, gap.subject, gap.rule, gap.reason))
        ],
        "notices": list(report.notices),
    }
    if report.alerts is not None:
        whole["alerts"] = [_alert(alert) for alert in report.alerts]
    if report.run:
        whole |= run_keys(report.run)
    return document(whole)


def _finding(finding: Finding) -> dict[str, object]:
    allowed = finding.allowed
    return {
        "rule": finding.rule,
        "detection": finding.detection,
        "subject": finding.subject,
        "family": finding.family.word,
        "strength": finding.strength.word,
        "severity": finding.severity.word,
        "message": finding.message,
        "evidence": [_evidence(item) for item in finding.evidence],
        "advice": finding.advice,
        "fingerprint": finding.fingerprint,
        "allowed": {"reason": allowed.reason, "until": allowed.until.isoformat() if allowed.until else None}
        if allowed
        else None,
    }


def _advisory(subject: str, match: AdvisoryMatch) -> dict[str, object]:
    advisory, exploited, likelihood = match.advisory, match.exploited, match.likelihood
    return {
        "subject": subject,
        "id": advisory.id,
        "names": list(match.group),
        "kind": advisory.kind.value,
        "summary": advisory.summary,
        "severity": match.severity.word,
        "rated": match.rated,
        "vectors": [score.vector for score in advisory.scores],
        "kev": {"added": exploited.added, "due": exploited.due, "ransomware": exploited.ransomware}
        if exploited
        else None,
        "epss": {"probability": likelihood.probability, "percentile": likelihood.percentile} if likelihood else None,
        "fixed": match.fixed,
        "reach": match.reach,
        "cleared": match.cleared,
        "feed": match.provenance.feed,
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "time": iso(alert.time),
        "verdict": alert.verdict.value,
        "subject": alert.subject,
        "joins": alert.joins or None,
        "findings": [
            {"rule": finding.rule, "strength": finding.strength.word, "fingerprint": finding.fingerprint}
            for finding in sorted(alert.findings, key=ranked)
        ],
    }


def _evidence(item: Evidence) -> dict[str, str]:
    return {"label": item.label, "value": item.value, "where": item.where, "baseline": item.baseline}
