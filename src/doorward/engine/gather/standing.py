"""What looks at a repository found of late, as it is written down for the next look.

A hold lasts longer than the look that gave it, and what a person does next is judged beside what they did before.
"""

from __future__ import annotations

from datetime import UTC, datetime

from doorward.model.facts import Known
from doorward.model.findings import Evidence, Family, Finding, Judgement, Severity, Strength
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in plain values: a family is written by its name, for its value is no single word."""

    rule: str
    detection: str
    family: str
    strength: Strength
    severity: Severity
    message: str
    evidence: tuple[Evidence, ...]
    advice: str
    same_cause: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found of one commit, tag, ref, merge request or member."""

    subject: str
    #: Who wrote the commit; "" for all else.
    person: str
    #: When it came, seconds since 1970.
    came: float
    said: tuple[Said, ...]

    @property
    def judgement(self) -> Judgement:
        """The judgement that it was, without what had no answer."""
        findings = tuple(
            Finding(
                said.rule,
                said.detection,
                self.subject,
                Family[said.family],
                said.strength,
                said.severity,
                said.message,
                said.evidence,
                said.advice,
                said.same_cause,
            )
            for said in self.said
            if said.family in Family.__members__
        )
        return Judgement(self.subject, findings, published=Known(datetime.fromtimestamp(self.came, UTC)))


def written(item: Judgement, person: str, came: datetime) -> Standing:
    """Write a judgement down."""
    said = tuple(
        Said(
            finding.rule,
            finding.detection,
            finding.family.name,
            finding.strength,
            finding.severity,
            finding.message,
            finding.evidence,
            finding.advice,
            finding.same_cause,
        )
        for finding in item.findings
    )
    return Standing(item.subject, person, came.timestamp(), said)
