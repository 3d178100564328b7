"""For a GitHub workflow: annotations on the lines of the lock file, the worst first.

GitHub shows ten errors, ten warnings and ten notices of one step, so no more are written.
Source: GitHub's documentation of workflow commands and of their limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doorward.model.findings import Finding, Report
from doorward.outputs import _words
from doorward.outputs._options import RenderOptions
from doorward.outputs._views import View, causes, place, views
from doorward.outputs.safe import github_data, github_property, screen

NAME = "github"
#: Annotations of one level that GitHub shows of a step.
SHOWN = 10
#: Items of evidence in one annotation.
_EVIDENCE = 4


def render(report: Report, options: RenderOptions) -> str:
    """Return one workflow command a line, and the summary as the last line of the log."""
    last = f"doorward: {_words.word(report.verdict)}  {_words.summary(report)}"
    commands = [] if options.quiet else [*_findings(report, options), *_gaps(report)]
    count: Counter[str] = Counter()
    lines = []
    for level, properties, message in commands:
        count[level] += 1
        if count[level] <= SHOWN:
            lines.append(f"::{level} {properties}::{message}")
    hidden = sum(max(0, number - SHOWN) for number in count.values())
    if hidden:
        last += f" {_words.plural(hidden, 'annotation')} not shown."
    return "\n".join([*lines, screen(last)]) + "\n"


Command = tuple[str, str, str]


def _findings(report: Report, options: RenderOptions) -> Iterator[Command]:
    for view in views(report):
        for finding in (*view.findings, *(view.context if options.verbose else ())):
            yield _LEVEL[view.level(finding)], _properties(report, view, finding), _message(view, finding)


_LEVEL = {"error": "error", "warning": "warning", "note": "notice"}


def _properties(report: Report, view: View, finding: Finding) -> str:
    verdict = _words.word(view.verdict) if view.alarms else "NOTE"
    title = github_property(f"{verdict} {finding.subject} {finding.rule}")
    path, line = _words.path_and_line(place(report, view, finding))
    where = f"file={github_property(path)},line={line}," if path else ""
    return f"{where}title={title}"


def _message(view: View, finding: Finding) -> str:
    parts = [finding.message]
    for item in finding.evidence[:_EVIDENCE]:
        usual = f" (usual: {item.baseline})" if item.baseline else ""
        parts.append(f"{item.label}: {item.value}{usual}")
    if view.decided.via:
        parts.append(f"via: {' > '.join(view.decided.via)}")
    if view.decided.until:
        parts.append(f"until: {_words.moment(view.decided.until)}")
    if finding.advice:
        parts.append(f"Do: {finding.advice}")
    return "%0A".join(github_data(part) for part in parts)


def _gaps(report: Report) -> Iterator[Command]:
    for cause in causes(report):
        if cause.required:
            what = _words.subjects(cause.subjects)
            message = github_data(f"{what} without an answer that the policy requires: {cause.reason}")
            yield "error", "title=NOT EVALUATED", message + f"%0A{github_data(', '.join(cause.subjects[:SHOWN]))}"
