"""For a pull request: what changed, the verdict with its evidence, and how far one could look."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.model.findings import Comparison, Finding, Report, Verdict
from doorward.model.run import Outcome, Run
from doorward.outputs import _words
from doorward.outputs._moved import SHOWN, steps
from doorward.outputs._options import RenderOptions
from doorward.outputs._run import cells, summary
from doorward.outputs._views import View, causes, views
from doorward.outputs.safe import html, markdown, markdown_code, screen

NAME = "markdown"
#: GitHub takes comments of 65,536 characters.
LONGEST = 60_000
#: Rows of the table of the worst, subjects in full, findings of a subject, items of evidence, causes of gaps.
ROWS, SUBJECTS, FINDINGS, EVIDENCE, CAUSES = 20, 10, 5, 8, 10
#: Subjects that are not folded.
OPEN = 3
#: Characters of a value, and of a sentence.
_VALUE, _SENTENCE = 300, 500
#: Changes of lock files.
_STEPS = 100

Lines = list[str]


def render(report: Report, options: RenderOptions) -> str:
    """Return a comment: for one package a card, for many a table of the worst before the cards."""
    title = f"## doorward: {_words.word(report.verdict)}"
    head = [title, "", markdown(_words.summary(report), _SENTENCE)]
    if options.quiet:
        return _joined(head)
    shown = [view for view in views(report) if view.findings or view.alarms or view.allowed]
    parts = [head, _judged(report)]
    if report.comparison:
        parts.append(_comparison(report.comparison))
    parts.append(_moved(report))
    if report.run:
        parts.append(_connections(report.run))
    alarms = [view for view in shown if view.alarms]
    if len(alarms) > 1:
        parts.append(_worst(alarms))
    cards = [_card(report, view, folded=at >= OPEN) for at, view in enumerate(alarms[:SUBJECTS])]
    ends = (_not_evaluated(report), _coverage(report))
    whole = _joined(*parts, *cards, ends[0], _notes(shown), ends[1])
    return whole if len(whole) <= LONGEST else _joined(*parts, ["The evidence is too long for a comment."], *ends)


def _joined(*parts: Lines) -> str:
    return screen("\n\n".join("\n".join(part) for part in parts if part) + "\n")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _judged(report: Report) -> Lines:
    """Return what was judged: a card that finds nothing names no subject, and the table of an upgrade no package."""
    return [markdown_code(f"{label}: {value}", _VALUE) for label, value in report.header[:1]]


def _moved(report: Report) -> Lines:
    """Return what a change of the lock files brings, folded where it is much."""
    rows = [
        [markdown_code(package, 80), markdown_code(old, 80) if old else "new", markdown_code(new, 80)]
        for package, old, new in steps(report.moved)[:_STEPS]
    ]
    if not rows:
        return []
    lines = _table(["package", "before", "now"], rows)
    if len(report.moved) > _STEPS:
        lines += ["", f"and {len(report.moved) - _STEPS:,} more"]
    return lines if len(rows) <= SHOWN else _folded(_words.plural(len(report.moved), "change"), lines)


def _comparison(comparison: Comparison) -> Lines:
    rows = [
        [markdown(label, 40), *(markdown_code(cell, 80) for cell in (old, new)), markdown(usual, 120)]
        for label, old, new, usual in comparison.rows
    ]
    lines = _table(["", markdown_code(comparison.old, 80), markdown_code(comparison.new, 80), "usual"], rows)
    if len(comparison.sizes) > 1:
        bars = _words.sparkline(comparison.sizes)
        before = _words.plural(len(bars) - 1, "release")
        lines += ["", f"Sizes of the last {before}, then of this one: {bars}"]
    return lines


def _connections(run: Run) -> Lines:
    """Return what the run reached, the refused and the unexpected first, each with who and from which line."""
    every = list(cells(run))
    rows = [
        [
            f"**{outcome}**" if outcome != Outcome.ALLOWED.value else outcome,
            phase,
            *(markdown_code(cell, 120) for cell in rest),
        ]
        for outcome, phase, *rest in ((*row[:5], row[6]) for row in every[:ROWS])
    ]
    if not rows:
        return []
    lines = _table(["", "phase", "who", "where to", "from", "times"], rows)
    more = ["", f"and {len(every) - ROWS:,} more"] if len(every) > ROWS else []
    return [markdown(summary(run), _SENTENCE), "", *lines, *more]


def _worst(alarms: Sequence[View]) -> Lines:
    rows = []
    for view in alarms[:ROWS]:
        first = view.findings[0] if view.findings else None
        rows.append(
            [
                f"**{_words.word(view.verdict)}**",
                markdown_code(view.decided.subject, _VALUE),
                markdown_code(first.rule, 80) if first else "",
                markdown(first.message, _SENTENCE) if first else "see what it brings",
            ]
        )
    lines = _table(["verdict", "package", "rule", "what was found"], rows)
    return [*lines, "", f"and {len(alarms) - ROWS:,} more"] if len(alarms) > ROWS else lines


def _card(report: Report, view: View, *, folded: bool) -> Lines:
    word, subject = _words.word(view.verdict), view.decided.subject
    if folded:
        return _folded(f"{word}: <code>{html(subject[:_VALUE])}</code>", _about(report, view))
    return [f"### {word}: {markdown_code(subject, _VALUE)}", "", *_about(report, view)]


def _about(report: Report, view: View) -> Lines:
    """Return the findings of a subject, what is around it, and what to do."""
    lines: Lines = []
    for finding in view.findings[:FINDINGS]:
        lines += [*_finding(finding), ""]
    if len(view.findings) > FINDINGS:
        lines += [f"and {_words.plural(len(view.findings) - FINDINGS, 'more finding')}", ""]
    around = []
    if view.decided.until:
        ahead = _words.ahead(view.decided.until, report.observed_at)
        around.append(f"Held until {_words.moment(view.decided.until)}" + (f", {ahead}." if ahead else "."))
    if view.decided.via:
        around.append(f"Brought by {' > '.join(markdown_code(step, 80) for step in view.decided.via)}.")
    if view.decided.related:
        around.append(f"With {', '.join(markdown_code(name, 120) for name in view.decided.related[:EVIDENCE])}.")
    if around:
        lines += [" ".join(around), ""]
    advice = next((finding.advice for finding in view.findings if finding.advice), "")
    if advice:
        lines += [f"**Do:** {markdown(advice, _SENTENCE)}", ""]
    return lines[:-1]


def _finding(finding: Finding) -> Lines:
    strength = f"{finding.strength.word}, severity {finding.severity.word}"
    lines = [f"**{markdown_code(finding.rule, 80)}** ({strength}): {markdown(finding.message, _SENTENCE)}"]
    if finding.evidence:
        rows = [
            [
                markdown(item.label, 40),
                " ".join(filter(None, (markdown_code(item.value, _VALUE), _where(item.where, item.value)))),
                markdown(item.baseline, 200),
            ]
            for item in finding.evidence[:EVIDENCE]
        ]
        lines += ["", *_table(["evidence", "", "usual"], rows)]
    if len(finding.evidence) > EVIDENCE:
        lines += ["", f"and {len(finding.evidence) - EVIDENCE} more"]
    return lines


def _where(where: str, value: str) -> str:
    return f"in {markdown_code(where, 120)}" if where and (where.rpartition(":")[0] or where) not in value else ""


def _not_evaluated(report: Report) -> Lines:
    why = [cause for cause in causes(report) if cause.required]
    if not why:
        return []
    rows = [
        [_words.subjects(cause.subjects), markdown(cause.reason, _VALUE), markdown_code(cause.subjects[0], 120)]
        for cause in why[:CAUSES]
    ]
    lines = [
        f"### {_words.word(Verdict.NOT_EVALUATED)}",
        "",
        "Rules that must answer had no answer. Remove the cause and scan again.",
        "",
        *_table(["", "cause", "such as"], rows),
    ]
    return [*lines, "", f"and {len(why) - CAUSES} more causes"] if len(why) > CAUSES else lines


def _folded(title: str, lines: Lines) -> Lines:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>"]


def _notes(shown: Sequence[View]) -> Lines:
    """Return what stops nothing: notes, and what the policy allows."""
    lines = []
    notes = [(view, finding) for view in shown if not view.alarms for finding in view.findings]
    for _, finding in notes[:ROWS]:
        lines.append(f"- {markdown_code(finding.subject, _VALUE)}: {markdown(finding.message, _SENTENCE)}")
    allowed = [finding for view in shown for finding in view.allowed]
    for finding in allowed[:ROWS]:
        if finding.allowed:
            why = f"allowed {markdown(finding.allowed.told, _VALUE)}"
            lines.append(f"- {markdown_code(finding.subject, _VALUE)}, {markdown_code(finding.rule, 80)}: {why}")
    title = f"{_words.plural(len(notes), 'note')}, {len(allowed):,} allowed"
    return _folded(title, lines) if lines else []


def _coverage(report: Report) -> Lines:
    rows = [
        [markdown(_words.kind(line), 40), f"{line.answered:,} of {line.of:,}", markdown(line.cause, _VALUE)]
        for line in report.coverage
    ]
    lines = _table(["kind of evidence", "answered", ""], rows)
    if report.notices:
        lines += ["", *(f"- {markdown(notice, _SENTENCE)}" for notice in report.notices[:ROWS])]
    return _folded(f"What was looked at: answers {_words.evidence(report.coverage)}", lines) if rows else []
