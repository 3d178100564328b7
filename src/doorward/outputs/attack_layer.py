"""A layer of the ATT&CK Navigator (format 4.5): what was found of the techniques that a backdoored library is.

Source: the layer file format of MITRE's ATT&CK Navigator. Vulnerabilities and practices are risk, no sign of the
technique, and stand in no layer.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from doorward.model.catalog import ATTACK_TECHNIQUES, CATALOG, TECHNIQUE, TECHNIQUE_NAME
from doorward.model.findings import RISK_FAMILIES, Report, Verdict
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._views import ALARMS, View, views
from doorward.outputs._words import moment, plural, summary, word

NAME = "attack-layer"
#: Score of a verdict: a cell is as red as the worst subject.
_SCORES = {Verdict.BLOCK: 100, Verdict.HOLD: 75, Verdict.WARN: 50}
#: Score where something that is required could not be told.
_UNKNOWN = 25
_COLORS = {"no sign of tampering": "#ffffff", "a warning": "#ffd966", "stopped": "#cc0000"}
#: Subjects that a comment names.
_LISTED = 20


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001 - programs get everything
    """Return the layer of a report."""
    shown = [view for view in views(report) if view.verdict in ALARMS and _tampering(view)]
    score = max((_SCORES[view.verdict] for view in shown), default=_UNKNOWN if report.incomplete else 0)
    technique: dict[str, Any] = {
        "tactic": "initial-access",
        "score": score,
        "enabled": True,
        "showSubtechniques": True,
        "comment": _comment(report, shown),
        "metadata": _metadata(shown),
    }
    layer = {
        "name": f"doorward: {TECHNIQUE} {TECHNIQUE_NAME}",
        "versions": {"layer": "4.5", "navigator": "5.1.0"},
        "domain": "enterprise-attack",
        "description": summary(report) + (f" {moment(report.observed_at)}." if report.observed_at else ""),
        "techniques": [{"techniqueID": id_, **technique} for id_ in ATTACK_TECHNIQUES],
        "gradient": {"colors": list(_COLORS.values()), "minValue": 0, "maxValue": 100},
        "legendItems": [{"label": label, "color": color} for label, color in _COLORS.items()],
        "hideDisabled": False,
        "metadata": [{"name": "technique", "value": TECHNIQUE}, {"name": "verdict", "value": report.verdict.value}],
    }
    return document(layer)


def _tampering(view: View) -> bool:
    return any(finding.family not in RISK_FAMILIES for finding in view.findings)


def _comment(report: Report, shown: list[View]) -> str:
    lines = [f"{word(view.verdict)} {view.decided.subject}" for view in shown[:_LISTED]]
    if len(shown) > _LISTED:
        lines.append(f"and {len(shown) - _LISTED} more")
    return "\n".join(lines) or summary(report)


def _metadata(shown: list[View]) -> list[dict[str, str]]:
    """Return how many findings each detection of the technique's page has."""
    counts = Counter(f.detection for view in shown for f in view.findings if f.family not in RISK_FAMILIES)
    return [
        {"name": f"{id_} {CATALOG[id_].name}" if id_ in CATALOG else id_, "value": plural(count, "finding")}
        for id_, count in sorted(counts.items())
    ]
