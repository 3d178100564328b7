"""The phrases that all outputs for people share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from doorward.model.findings import RISK_FAMILIES, Coverage, Report, SubjectVerdict, Verdict

#: What a summary calls a package.
_PACKAGES = ("pkg:", "file:")
#: What begins a commit, a tag or a branch of a repository.
_REF = "git+"
_DIGITS = 10
#: Kinds of coverage that speak of risk.
_RISKS = frozenset(family.coverage for family in RISK_FAMILIES)
_BARS = "▁▂▃▄▅▆▇█"


def word(verdict: Verdict) -> str:
    """Return the verdict as readers see it: ``NOT EVALUATED``."""
    return verdict.value.replace("-", " ").upper()


def kind(coverage: Coverage) -> str:
    """Return the label of a kind of evidence: ``known malware``."""
    return coverage.kind.replace("-", " ")


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return ``1 package``, ``2 packages``; ``nouns`` where the plural is not the noun and an s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def subjects(names: Sequence[str]) -> str:
    """Return how many there are: ``2 packages``, or ``2 subjects`` where not all are packages."""
    return plural(len(names), "package" if all(name.startswith(_PACKAGES) for name in names) else "subject")


def path_and_line(text: str) -> tuple[str, int]:
    """Return path and line of ``path:line``; line 1 where there is none."""
    path, colon, line = text.rpartition(":")
    return (
        (path, max(1, int(line))) if colon and line.isascii() and line.isdigit() and len(line) < _DIGITS else (text, 1)
    )


def moment(time: datetime) -> str:
    """Return a moment in UTC to the minute."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def iso(time: datetime | None) -> str | None:
    """Return a moment for programs, in UTC."""
    return time.astimezone(UTC).isoformat() if time else None


def ahead(until: datetime, now: datetime | None) -> str:
    """Return how far ahead a moment is (``in 67 hours``), nothing where it is not."""
    if now is None or until <= now:
        return ""
    minutes = max(1, (until - now) // timedelta(minutes=1))
    return f"in {plural(minutes // 60, 'hour')}" if minutes >= 120 else f"in {plural(minutes, 'minute')}"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """Return a wall time: tenths of seconds below a minute."""
    return f"{max(seconds, 0.1):.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"  # noqa: PLR2004


def evidence(coverage: Iterable[Coverage], unevaluated: int = 0) -> str:
    """Return in how many kinds of evidence there were answers: ``in 2 of 4 kinds of evidence, 1 of them in part``.

    In part: also some of the packages that were evaluated went without an answer of that kind. What speaks of risk is
    no evidence of tampering: an index of advisories answers for malware once, not once more for vulnerabilities.
    """
    every = list(coverage)
    lines = [line for line in every if line.kind not in _RISKS] or every
    some = [line for line in lines if line.answered]
    part = sum(1 for line in some if line.answered + unevaluated < line.of)
    partly = f", {part} of them in part" if part else ""
    return f"in {len(some)} of {plural(len(lines), 'kind')} of evidence{partly}"


def summary(report: Report) -> str:
    """Return the sentence that counts what was decided. It calls nothing clean without how far one could look."""
    judged = [item for item in report.subjects if not item.linked_only]
    if not judged and not report.packages:
        return "nothing to judge."
    if report.counted:
        return _counted_in_words(report, judged)
    named = bool(report.packages) and report.run is None
    packages = [item for item in judged if item.subject.startswith(_PACKAGES)] if named else judged
    noun, total = ("package", report.packages) if named else ("subject", len(judged))
    counts = Counter(item.verdict for item in packages)
    until = f" until {moment(report.until)}" if report.until and report.verdict is Verdict.HOLD else ""
    held, waits = (until, "") if counts[Verdict.HOLD] else ("", until and f": held{until}")
    parts = [f"{counts[Verdict.BLOCK]:,} blocked", f"{counts[Verdict.HOLD]:,} held{held}"]
    if counts[Verdict.WARN]:
        parts.append(f"{counts[Verdict.WARN]:,} with a warning")
    if counts[Verdict.NOT_EVALUATED]:
        parts.append(f"{counts[Verdict.NOT_EVALUATED]:,} not evaluated")
    if counts[Verdict.CLEAN]:
        reach = evidence(report.coverage, len(judged) - len(packages) + counts[Verdict.NOT_EVALUATED])
        parts.append(f"{counts[Verdict.CLEAN]:,} without a sign of tampering {reach}")
    moved = sum(item.subject.startswith(_REF) for item in judged) if named else 0
    unread = len(judged) - len(packages) - moved
    rest = f" {plural(unread, 'entry', 'entries')} could not be read." if unread else ""
    rest += f" {plural(moved, 'ref')} that the project builds with moved{waits}." if moved else ""
    return f"{_counted(report, plural(total, noun))}: {', '.join(parts)}.{rest}"


def _counted_in_words(report: Report, judged: Sequence[SubjectVerdict]) -> str:
    """Return the sentence about what is no package. Subjects without a finding may not be listed at all."""
    counts = Counter(item.verdict for item in judged)
    words = {Verdict.BLOCK: "blocked", Verdict.HOLD: "held", Verdict.WARN: "with a warning"}
    told = [f"{counts[verdict]:,} {word}" for verdict, word in words.items()]
    if counts[Verdict.NOT_EVALUATED]:
        told.append(f"{counts[Verdict.NOT_EVALUATED]:,} not evaluated")
    rest = report.packages - sum(counts[verdict] for verdict in (*words, Verdict.NOT_EVALUATED))
    reach = evidence(report.coverage, counts[Verdict.NOT_EVALUATED])
    return f"{report.counted}: {', '.join(told)}, {rest:,} without a sign of tampering {reach}."


def _counted(report: Report, otherwise: str) -> str:
    """Say what was judged: of a run its command, and the releases that ran."""
    if report.run is None:
        return otherwise
    return "the command" + (f" and {plural(report.packages, 'package')}" if report.packages else "")


def sparkline(sizes: Iterable[int]) -> str:
    """Return one bar a size, in proportion to the largest: what is twice as tall is twice as big."""
    values = list(sizes)
    top = max(values, default=0)
    return "".join(_BARS[min(value * len(_BARS) // top, len(_BARS) - 1)] if top > 0 else _BARS[0] for value in values)
