"""How bad an advisory is: by its CVSS score, else by its feed's word."""

from __future__ import annotations

from doorward.model.advisories import Advisory, Kind
from doorward.model.cvss import base_score
from doorward.model.findings import Severity

#: From which base score on (CVSS, "Qualitative Severity Rating Scale").
_SCALE = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.LOW,
    "none": Severity.INFO,
}


def rated(advisory: Advisory) -> tuple[Severity, str, float]:
    """Return severity, the words for it, and the base score (0 where there is none).

    Malicious releases have no severity in any feed: they are critical. What nobody rated is high, so that a threshold
    does not hide it.
    """
    if advisory.kind is Kind.MALICIOUS:
        return Severity.CRITICAL, "", 10.0
    newest = sorted(advisory.scores, key=lambda score: score.type, reverse=True)
    for scored in newest:
        score = base_score(scored.vector)
        if score is not None:
            return of_score(score), f"CVSS {score}", score
    told = _WORDS.get(advisory.severity.lower())
    if told is not None:
        return told, advisory.severity.lower(), 0.0
    return Severity.HIGH, "", 0.0


def of_score(score: float) -> Severity:
    """Return the severity that a base score stands for."""
    return next((severity for least, severity in _SCALE if score >= least), Severity.INFO)
