"""A report as readers meet it: one subject after another with all that is said of it, and gaps by their cause."""

from __future__ import annotations

from collections import defaultdict

from doorward.model.findings import Family, Finding, Report, Strength, SubjectVerdict, Unanswered, Verdict
from doorward.records import dataclass

#: Verdicts that findings stand behind.
ALARMS = frozenset({Verdict.BLOCK, Verdict.HOLD, Verdict.WARN})


@dataclass(frozen=True, slots=True)
class View:
    """One subject and its findings, the strongest first."""

    decided: SubjectVerdict
    #: Weak or stronger, and not allowed: what the verdict rests on.
    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    context: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What was decided."""
        return self.decided.verdict

    @property
    def weight(self) -> tuple[int, int, int]:
        """How bad it is: by verdict, then by the strongest finding. The worst is the largest."""
        first = self.findings[0] if self.findings else None
        return -self.verdict.rank, first.strength if first else 0, first.severity if first else 0

    @property
    def alarms(self) -> bool:
        """Whether its findings stand behind a verdict; else they are notes."""
        return self.verdict in ALARMS

    def level(self, finding: Finding) -> str:
        """Return how loud a finding is where outputs know three levels: error, warning, note."""
        if not self.alarms or finding.strength is Strength.CONTEXT or finding.allowed:
            return "note"
        stops = self.verdict is not Verdict.WARN
        return "error" if stops and finding.strength >= Strength.STRONG else "warning"


def ranked(finding: Finding) -> tuple[int, int, str, str, str]:
    """Sort findings of one subject: the strongest first, then by name."""
    return -finding.strength, -finding.severity, finding.rule, finding.fingerprint, finding.message


def views(report: Report) -> list[View]:
    """Return every subject that is decided or has findings, the worst first."""
    decided = {item.subject: item for item in report.subjects}
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(report.findings, key=ranked):
        findings[finding.subject].append(finding)
    for subject in findings:
        decided.setdefault(subject, SubjectVerdict(subject, Verdict.CLEAN))
    made = [_view(item, findings[item.subject]) for item in decided.values()]
    return sorted(sorted(made, key=lambda view: view.decided.subject), key=lambda view: view.weight, reverse=True)


def _view(decided: SubjectVerdict, findings: list[Finding]) -> View:
    open_ = [finding for finding in findings if finding.allowed is None]
    return View(
        decided,
        tuple(finding for finding in open_ if finding.strength > Strength.CONTEXT),
        tuple(finding for finding in findings if finding.allowed is not None),
        tuple(finding for finding in open_ if finding.strength is Strength.CONTEXT),
    )


def place(report: Report, view: View, finding: Finding) -> str:
    """Return where in the project a reader can change what was found: "path:line", "path", or "" where nowhere.

    That is where the project declares the subject; of its own practices, where the evidence lies.
    """
    declared = view.decided.declared or next(iter(report.files), "")
    if finding.family is Family.GUIDANCE:
        return next((item.where for item in finding.evidence if item.where), declared)
    return declared


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rules had no answer, and for what."""

    reason: str
    required: bool
    subjects: tuple[str, ...]
    rules: tuple[str, ...]


def causes(report: Report) -> list[Cause]:
    """Return the gaps by cause: those of required rules first, then what concerns most subjects."""
    grouped: dict[tuple[bool, str], list[Unanswered]] = defaultdict(list)
    for gap in report.gaps:
        grouped[gap.required, _cause(gap)].append(gap)
    made = [
        Cause(
            reason,
            required,
            tuple(sorted({gap.subject for gap in gaps})),
            tuple(sorted({gap.rule for gap in gaps})),
        )
        for (required, reason), gaps in grouped.items()
    ]
    return sorted(made, key=lambda cause: (not cause.required, -len(cause.subjects), cause.reason))


def _cause(gap: Unanswered) -> str:
    """Return the reason without the file that it names first ("x-1.0.tgz: truncated"), so that equal causes meet.

    A run is one subject, and what its reasons name are logs and lines that a reader wants to find.
    """
    name, colon, rest = gap.reason.partition(": ")
    equal = colon and "." in name and " " not in name and not gap.subject.startswith("run:")
    return rest if equal else gap.reason
