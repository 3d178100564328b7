"""The sections of the page: what was decided, how far one could look, and each finding with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from doorward.model.findings import Comparison, Coverage, Finding, Report, Verdict
from doorward.model.run import Run
from doorward.outputs import _words
from doorward.outputs._markup import Content, Markup, folded, joined, table, tag, text
from doorward.outputs._run import cells, summary
from doorward.outputs._views import Cause, View

#: Subjects that a cause names, rows of the table of the worst, and connections of a run.
SUBJECTS, WORST, CONNECTIONS = 50, 50, 500


def section(title: str, *content: Content, **attributes: str) -> Markup:
    """Return a section with its heading."""
    return tag("section", tag("h2", title), *content, **attributes)


def badge(verdict: Verdict) -> Markup:
    """Return the word of a verdict in its colour."""
    return tag("strong", _words.word(verdict), class_=f"badge {verdict.value}")


def code(value: str, limit: int = 300) -> Markup:
    """Return text in the fixed-width font."""
    return tag("code", text(value, limit))


def verdict(report: Report) -> Markup:
    """Return the verdict and the sentence that counts."""
    said = [tag("p", _words.word(report.verdict), class_="word"), tag("p", _words.summary(report))]
    if report.incomplete and report.verdict is not Verdict.NOT_EVALUATED:
        link = tag("a", "had no answer", href="#not-evaluated")
        said.append(tag("p", "Incomplete: rules that must answer ", link, " for something."))
    return tag("header", *said, class_=f"verdict {report.verdict.value}")


def about(report: Report) -> Markup:
    """Return the lines for orientation."""
    pairs = list(report.header)
    if report.observed_at:
        pairs.append(("observed", _words.moment(report.observed_at)))
    pairs.append(("took", _words.duration(report.seconds)))
    return tag("dl", *(tag("div", tag("dt", label), tag("dd", value)) for label, value in pairs), class_="about")


def coverage(lines: Sequence[Coverage]) -> Markup:
    """Return how far each kind of evidence reaches. What had no answer is hatched grey, never a colour."""
    rows = [
        (_words.kind(line), joined((_reach(line), f" {line.answered:,} of {line.of:,}")), text(line.cause))
        for line in lines
    ]
    key = tag(
        "p",
        tag("span", class_="swatch answered"),
        " answered ",
        tag("span", class_="swatch unanswered"),
        " not evaluated",
        class_="key",
    )
    return section(
        "What was looked at", table(("kind of evidence", "answered", "remarks"), rows, class_="coverage"), key
    )


def _reach(line: Coverage) -> Markup:
    share = 100 * min(line.answered, line.of) / line.of if line.of > 0 else 0.0
    bar = tag("rect", class_="answered", width=f"{share:.2f}%", height="100%")
    return tag("svg", bar, class_="reach unanswered", aria_hidden="true")


def notices(lines: Iterable[str]) -> Markup:
    """Return what only a person needs to know."""
    return tag("ul", *(tag("li", line) for line in lines), class_="notices")


def upgrade(comparison: Comparison) -> Markup:
    """Return the table of an upgrade, with what changed in bold."""
    rows = [
        (label, old, tag("b", text(new)) if new != old else text(new), text(usual))
        for label, old, new, usual in comparison.rows
    ]
    head = ("", code(comparison.old, 80), code(comparison.new, 80), "usual")
    return section("What changed", table(head, rows, class_="upgrade"))


def connections(run: Run) -> Markup:
    """Return the section of a run that connected to nothing that could be drawn."""
    return section("Connections", tag("p", text(summary(run))))


def connected(run: Run) -> Markup:
    """Return what a guarded run connected to, as a table."""
    rows = [
        (tag("strong", outcome), phase, code(who), code(where), code(line), code(process), count)
        for outcome, phase, who, where, line, process, count in islice(cells(run), CONNECTIONS)
    ]
    more = len(run.connections) + len(run.local) - len(rows)
    head = ("outcome", "phase", "by", "to", "line", "process", "")
    return joined((table(head, rows, class_="stacked"), tag("p", f"and {more:,} more") if more else ""))


def worst(alarms: Sequence[View]) -> Markup:
    """Return one line for each subject that is stopped or warned of, with a link to its findings."""
    rows = [
        (
            badge(view.verdict),
            tag("a", code(view.decided.subject), href=f"#subject-{at}"),
            code(view.findings[0].rule, 80) if view.findings else "",
            text(view.findings[0].message, 500) if view.findings else "see what it brings",
        )
        for at, view in enumerate(alarms[:WORST])
    ]
    more = tag("p", f"and {len(alarms) - WORST:,} more below") if len(alarms) > WORST else ""
    return joined((table(("verdict", "subject", "rule", "what was found"), rows, class_="stacked worst"), more))


def card(report: Report, view: View, place: int) -> Markup:
    """Return one subject with the findings that its verdict rests on."""
    decided = view.decided
    around = []
    if decided.until:
        ahead = _words.ahead(decided.until, report.observed_at)
        around.append(("until", _words.moment(decided.until) + (f", {ahead}; it ends by itself" if ahead else "")))
    if decided.via:
        around.append(("via", " > ".join((*decided.via, decided.subject.rpartition("/")[2].partition("@")[0]))))
    if decided.related:
        around.append(("with", ", ".join(decided.related)))
    if decided.declared:
        around.append(("declared", decided.declared))
    advice = next((finding.advice for finding in view.findings if finding.advice), "")
    return tag(
        "article",
        tag("h3", badge(view.verdict), " ", code(decided.subject)),
        *(_finding(finding) for finding in view.findings),
        "" if view.findings else tag("p", "What was found in the subjects linked with it stops it too."),
        _facts(around),
        tag("p", tag("strong", "Do"), " ", text(advice), class_="advice") if advice else "",
        class_=f"card {view.verdict.value}",
        id=f"subject-{place}",
    )


def _facts(rows: Sequence[tuple[str, Content]]) -> Markup:
    if not rows:
        return Markup("")
    return tag("dl", *(tag("div", tag("dt", label), tag("dd", value)) for label, value in rows), class_="facts")


def _finding(finding: Finding, *more: Content) -> Markup:
    """Return a sentence, its evidence with what is usual, and which rule says so, how surely."""
    strength = f"{finding.strength.word}, severity {finding.severity.word}"
    rows: list[tuple[str, Content]] = []
    for item in finding.evidence:
        place = item.where.rpartition(":")[0] or item.where
        where = joined((" in ", code(item.where))) if place and place not in item.value else ""
        usual = tag("span", text(item.baseline), class_="baseline") if item.baseline else ""
        rows.append((item.label, joined((text(item.value), where, usual))))
    rule = tag("p", code(finding.rule, 80), f" ({strength})", class_="rule")
    return tag("div", tag("p", text(finding.message), class_="message"), rule, _facts(rows), *more, class_="finding")


def not_evaluated(why: Sequence[Cause], left: Sequence[str]) -> Markup:
    """Return why subjects are not called clean."""
    said = "it is not called clean" if len(left) == 1 else "they are not called clean"
    told = f"Rules that must answer had no answer for {_words.subjects(left)}" + (f", so {said}." if left else ".")
    return tag(
        "article",
        tag("h3", badge(Verdict.NOT_EVALUATED)),
        tag("p", told),
        causes(why),
        tag("p", tag("strong", "Do"), " remove the cause and scan again.", class_="advice"),
        class_="card not-evaluated",
        id="not-evaluated",
    )


def causes(why: Sequence[Cause]) -> Markup:
    """Return gaps by their cause."""
    rows = [(text(cause.reason), _named(cause.subjects), _named(cause.rules)) for cause in why]
    return table(("cause", "no answer for", "rules"), rows, class_="causes")


def _named(names: Sequence[str]) -> Markup:
    """Return the first of many names, and the rest on demand."""
    first, *rest = names
    if not rest:
        return code(first)
    kept = [joined((code(name), " ")) for name in rest[:SUBJECTS]]
    more = [f"and {len(rest) - SUBJECTS:,} more"] if len(rest) > SUBJECTS else []
    return joined((code(first), folded(f"and {len(rest):,} more", *kept, *more)))


def listed(findings: Iterable[Finding]) -> list[Markup]:
    """Return findings that stop nothing, each with its subject; with what is allowed, until when and why."""
    made = []
    for finding in findings:
        allowance = finding.allowed
        until = allowance.told if allowance else ""
        more = tag("p", tag("strong", "Allowed"), " ", text(until)) if until else ""
        made.append(tag("article", tag("h3", code(finding.subject)), _finding(finding, more), class_="card quiet"))
    return made
