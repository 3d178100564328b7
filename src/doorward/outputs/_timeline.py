"""A history replayed: each alert on its day, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from doorward.model.findings import Alert
from doorward.outputs import _words
from doorward.outputs._rows import evidence_rows
from doorward.outputs._screen import BOLD, COLORS, DIM, Row, Screen
from doorward.outputs._views import ranked

#: Rows of evidence of one finding, where not all is wanted.
_ROWS = 4


def timeline(drawn: Screen, alerts: Sequence[Alert]) -> Iterator[list[str]]:
    """Yield one block an alert, then one line that counts them."""
    for alert in alerts:
        yield _alert(drawn, alert)
    if not alerts:
        yield ["No day of this history would have given an alert."]
        return
    days = f"{_day(alerts[0])} to {_day(alerts[-1])}"
    joining = sum(bool(alert.joins) for alert in alerts)
    joined = f" ({joining:,} of them join an earlier one)" if joining else ""
    yield [f"{_words.plural(len(alerts), 'alert')}{joined}, {days}, each as it would have been given on its day."]


def _day(alert: Alert) -> str:
    return f"{alert.time.astimezone(UTC):%Y-%m-%d}"


def _alert(drawn: Screen, alert: Alert) -> list[str]:
    findings = sorted(alert.findings, key=ranked)
    label = f"{_day(alert)}  {_words.word(alert.verdict)}"
    lines = drawn.head(label, (BOLD, COLORS[alert.verdict]), alert.subject, findings[0].rule if findings else "")
    for place, finding in enumerate(findings):
        if place:
            lines += drawn.head(f"  also {finding.strength.word}", (DIM,), "", finding.rule)
        lines += drawn.prose(finding.message, 2)
        rows = evidence_rows(finding)
        lines += drawn.rows(rows if drawn.options.verbose else rows[: _ROWS if not place else 2], 4)
    if alert.joins:
        lines += drawn.rows([Row("with", alert.joins)], 4)
    return lines
