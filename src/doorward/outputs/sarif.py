"""For code scanning: SARIF 2.1.0, one run.

A result lies where the project declares its subject, for that is what a reader can change; where in the artifact the
evidence lies is a logical location. Gaps are notifications of the run, and a run with an unanswered required rule was
not successful. Source: SARIF 2.1.0 with errata 01; GitHub's documentation of the properties that it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from doorward import __version__
from doorward.model.catalog import ATTACK_TECHNIQUES, TECHNIQUE
from doorward.model.findings import RISK_FAMILIES, Finding, Report, Severity, Strength
from doorward.outputs import _words
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._views import View, causes, place, views
from doorward.outputs.safe import sarif, visible

NAME = "sarif"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: Subjects that a notification lists.
_LISTED = 100

#: GitHub's scale of a rule's severity: critical above 9, high from 7, medium from 4.
_SECURITY_SEVERITY = {
    Severity.INFO: "0.1",
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
_PRECISION = {
    Strength.CONTEXT: "low",
    Strength.WEAK: "medium",
    Strength.STRONG: "high",
    Strength.CONCLUSIVE: "very-high",
}

Json = dict[str, Any]


def render(report: Report, options: RenderOptions) -> str:
    """Return the report as one SARIF run. Context becomes results only where the reader wants it (``-v``)."""
    results = [
        (view, finding)
        for view in views(report)
        for finding in (*view.findings, *view.allowed, *(view.context if options.verbose else ()))
    ]
    findings = [finding for _, finding in results]
    rules = sorted({finding.rule for finding in findings} | {rule for cause in causes(report) for rule in cause.rules})
    index = {rule: at for at, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "doorward",
                "version": __version__,
                "rules": [_rule(rule, findings, options.pages) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not report.incomplete,
                "exitCode": report.verdict.exit_code,
                "toolExecutionNotifications": _notifications(report, index),
            }
        ],
        "results": [_result(report, view, finding, index) for view, finding in results],
        "columnKind": "unicodeCodePoints",
        "properties": _properties(report),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return document(log)


def _properties(report: Report) -> Json:
    return {
        "verdict": report.verdict.value,
        "until": _words.iso(report.until),
        "incomplete": report.incomplete,
        "technique": TECHNIQUE,
        "attackTechniques": list(ATTACK_TECHNIQUES),
        "summary": _words.summary(report),
        "packages": report.packages,
        "evaluated": report.evaluated,
        "unverifiable": report.unverifiable,
        "coverage": [
            {"kind": line.kind, "answered": line.answered, "of": line.of, "cause": line.cause}
            for line in report.coverage
        ],
        "notices": list(report.notices),
    }


def _rule(rule: str, findings: Sequence[Finding], pages: Mapping[str, str]) -> Json:
    of_rule = [finding for finding in findings if finding.rule == rule]
    page = pages.get(rule, "").strip()
    described: Json = {"id": rule, "name": _pascal(rule)}
    if page:
        title, _, body = page.partition("\n")
        described["shortDescription"] = {"text": sarif(title)}
        described["help"] = {"text": page, "markdown": f"# {title}\n{body}"}
    if of_rule:
        worst = max(finding.severity for finding in of_rule)
        surest = max(finding.strength for finding in of_rule)
        technique = [] if of_rule[0].family in RISK_FAMILIES else [TECHNIQUE]
        described["properties"] = {
            "tags": ["security", "supply-chain", of_rule[0].detection, *technique],
            "security-severity": _SECURITY_SEVERITY[worst],
            "precision": _PRECISION[surest],
        }
    return described


def _pascal(rule: str) -> str:
    """Return ``registry/new-binary`` as ``RegistryNewBinary``."""
    return "".join(part.capitalize() for part in rule.replace("/", "-").split("-"))


def _result(report: Report, view: View, finding: Finding, index: Mapping[str, int]) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": view.level(finding),
        "message": {"text": "\n".join(map(sarif, _lines(finding)))},
        "locations": [_location(report, view, finding)],
        "partialFingerprints": {"doorward/v1": finding.fingerprint},
        "properties": {
            "subject": finding.subject,
            "verdict": view.verdict.value,
            "until": _words.iso(view.decided.until),
            "detection": finding.detection,
            "family": finding.family.word,
            "strength": finding.strength.word,
            "severity": finding.severity.word,
            "via": list(view.decided.via),
            "related": list(view.decided.related),
        },
    }
    if finding.allowed:
        until = finding.allowed.until.isoformat() if finding.allowed.until else None
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": finding.allowed.reason,
                "properties": {"until": until},
            }
        ]
    return result


def _lines(finding: Finding) -> list[str]:
    lines = [f"{finding.subject}: {finding.message}"]
    for item in finding.evidence:
        where = f" ({item.where})" if item.where else ""
        usual = f"; usual: {item.baseline}" if item.baseline else ""
        lines.append(f"{item.label}: {item.value}{where}{usual}")
    return [*lines, f"Do: {finding.advice}"] if finding.advice else lines


def _location(report: Report, view: View, finding: Finding) -> Json:
    """Return the line of the project that declares the subject, and where in the artifact the evidence lies."""
    declared = place(report, view, finding)
    logical = [{"fullyQualifiedName": visible(finding.subject), "kind": "package"}]
    logical += [
        {"fullyQualifiedName": visible(item.where), "kind": "member"}
        for item in finding.evidence[:1]
        if item.where and item.where != declared
    ]
    location: Json = {"logicalLocations": logical}
    if declared:
        path, line = _words.path_and_line(declared)
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(path.encode("utf-8", "backslashreplace"))},
            "region": {"startLine": line},
        }
    return location


def _notifications(report: Report, index: Mapping[str, int]) -> list[Json]:
    """Return the gaps by cause: errors where a required rule had no answer."""
    return [
        {
            "level": "error" if cause.required else "note",
            "message": {"text": sarif(f"{_words.subjects(cause.subjects)} without an answer: {cause.reason}")},
            "associatedRule": {"id": cause.rules[0], "index": index[cause.rules[0]]},
            "properties": {
                "required": cause.required,
                "rules": list(cause.rules),
                "subjects": list(cause.subjects[:_LISTED]),
            },
        }
        for cause in causes(report)
    ]
