"""The evidence of a finding as rows of a screen."""

from __future__ import annotations

from doorward.model.findings import Finding
from doorward.outputs._screen import Row


def evidence_rows(finding: Finding) -> list[Row]:
    """Return every piece of evidence with what is usual."""
    rows = []
    for item in finding.evidence:
        place = item.where.rpartition(":")[0] or item.where
        where = f"  ({item.where})" if place and place not in item.value else ""
        rows.append(Row(item.label, f"{item.value}{where}"))
        if item.baseline:
            rows.append(Row("baseline", item.baseline))
    # What is usual stands once behind all that it is usual for.
    return [row for at, row in enumerate(rows) if row.label != "baseline" or row not in rows[at + 1 :]]
