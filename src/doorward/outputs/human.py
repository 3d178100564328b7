"""For people at a terminal: the worst nearest the prompt, then one line that counts.

A finding takes fewer than ten lines: verdict, subject and rule; one sentence; aligned evidence with what is usual; the
path that brought it; one thing to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from doorward.model.findings import Finding, Report, Verdict
from doorward.outputs import _words
from doorward.outputs._moved import SHOWN, steps
from doorward.outputs._options import RenderOptions
from doorward.outputs._rows import evidence_rows
from doorward.outputs._run import refusals, tree
from doorward.outputs._screen import BOLD, COLORS, DIM, Row, Screen
from doorward.outputs._timeline import timeline
from doorward.outputs._upgrade import upgrade
from doorward.outputs._views import Cause, View, causes, views
from doorward.outputs.safe import screen, terminal

NAME = "human"

#: Lines of one finding, causes of gaps, notes, and findings of one subject that are shown without ``-v``.
LINES, CAUSES, NOTES, FINDINGS = 9, 3, 5, 3
#: Column of the second pair of a header's line.
_SECOND = 45
_LABELS = 15
#: Characters of a package's name.
_NAMED = 48

Block = list[str]


def render_header(header: Sequence[tuple[str, str]], options: RenderOptions) -> str:
    """Return the lines for orientation, which can be shown before the work begins."""
    drawn = Screen(options)
    pairs = [(terminal(label, 60), terminal(value, 200)) for label, value in header]
    texts = ["  ".join(pair) for pair in pairs]
    joined = "".join(f"{text:<{_SECOND}}" if text != texts[-1] else text for text in texts)
    if all(len(text) < _SECOND - 1 for text in texts[:-1]) and len(joined) <= drawn.width:
        lines = [joined]
    else:
        label = max(len(label) for label, _ in pairs)
        lines = [f"{name:<{label}}  {value}" for name, value in pairs]
    return screen("".join(f"{line}\n" for line in lines if line))


def render(report: Report, options: RenderOptions) -> str:
    """Return the whole screen."""
    drawn = Screen(options)
    if options.quiet:
        return screen(_last(drawn, report) + "\n")
    why = causes(report)
    blocks: list[Block] = [_coverage(drawn, report, why)]
    if report.comparison:
        blocks.append(upgrade(drawn, report.comparison))
    blocks.append(_moved(drawn, report))
    if report.run:
        blocks += [tree(drawn, report.run), *refusals(drawn, report.run)]
    blocks.append(_notices(drawn, report))
    if report.alerts is not None:
        return _screen(report, options, [*blocks, *timeline(drawn, report.alerts), [_last(drawn, report)]])
    # The worst last; equals by name.
    shown = sorted(views(report), key=lambda view: view.weight)
    if options.verbose:
        blocks += [_finding(drawn, view, item, "CONTEXT", (DIM,)) for view in shown for item in view.context]
    blocks += [_allowed(drawn, view, item) for view in shown for item in view.allowed]
    blocks += _notes(drawn, shown)
    for verdict in (Verdict.WARN, Verdict.NOT_EVALUATED, Verdict.HOLD, Verdict.BLOCK):
        if verdict is Verdict.NOT_EVALUATED:
            blocks.append(_not_evaluated(drawn, shown, [cause for cause in why if cause.required]))
        blocks += [_subject(drawn, report, view) for view in shown if view.alarms and view.verdict is verdict]
    return _screen(report, options, [*blocks, [_last(drawn, report)]])


def _screen(report: Report, options: RenderOptions, blocks: Sequence[Block]) -> str:
    body = "\n\n".join("\n".join(block) for block in blocks if block)
    return screen(render_header(report.header, options) + body + "\n")


def _coverage(drawn: Screen, report: Report, why: Sequence[Cause]) -> Block:
    """Return how far each kind of evidence reaches, then what else had no answer and stops nothing."""
    rows = [(_words.kind(line), f"{line.answered:,} of {line.of:,}", line.cause) for line in report.coverage]
    # Each line of coverage tells the causes of its kind; whom they concern is for those who ask.
    rest = [cause for cause in why if not cause.required] if drawn.options.verbose else []
    rows += [("no answer", f"{len(cause.subjects):,} of {_total(report):,}", _cause(drawn, cause)) for cause in rest]
    count = max((len(number) for _, number, _ in rows), default=0)
    indent = _LABELS + count + 7
    lines = []
    for label, number, cause in rows:
        kind = drawn.paint(f"{terminal(label, 20):<{_LABELS}}", DIM)
        first, *more_lines = drawn.fit(cause, drawn.width - indent)
        lines.append(f"  {kind}  {number:>{count}}   {first}".rstrip())
        lines += [" " * indent + line for line in more_lines]
    return lines


def _total(report: Report) -> int:
    return report.packages or len(report.subjects)


def _some(drawn: Screen, why: Sequence[Cause]) -> tuple[Sequence[Cause], str]:
    """Return the causes that are shown, and what is said of the rest."""
    if drawn.options.verbose or len(why) <= CAUSES:
        return why, ""
    return why[: CAUSES - 1], f"and {len(why) - CAUSES + 1} more causes; -v shows them"


def _cause(drawn: Screen, cause: Cause) -> str:
    subjects = cause.subjects if drawn.options.verbosity > 1 else cause.subjects[:1]
    rest = len(cause.subjects) - len(subjects)
    named = ", ".join(subjects) + (f" and {rest:,} more" if rest else "")
    rules = f" [{', '.join(cause.rules)}]" if drawn.options.verbose else ""
    return f"{cause.reason}: {named}{rules}"


def _moved(drawn: Screen, report: Report) -> Block:
    """Return what a change of the lock files brings."""
    rows = [
        (terminal(package, min(_NAMED, drawn.width // 2 - 2)), f"{old} -> {new}" if old else f"new: {new}")
        for package, old, new in steps(report.moved)
    ]
    shown = rows if drawn.options.verbose or len(rows) <= SHOWN else rows[: SHOWN - 1]
    width = max((len(package) for package, _ in shown), default=0)
    lines = [
        f"  {drawn.paint(f'{package:<{width}}', DIM)}  {terminal(step, drawn.width - width - 4)}"
        for package, step in shown
    ]
    return [*lines, f"  and {len(rows) - len(shown):,} more; -v shows them"] if len(shown) < len(rows) else lines


def _notices(drawn: Screen, report: Report) -> Block:
    lines = []
    for notice in report.notices:
        lines += drawn.prose(notice, 0, "notice  ")
    return lines


def _notes(drawn: Screen, shown: Sequence[View]) -> list[Block]:
    """Return what is unusual and stops nothing: two lines each, all evidence with ``-v``."""
    notes = [(view, finding) for view in shown if not view.alarms for finding in view.findings]
    if drawn.options.verbose:
        return [_finding(drawn, view, finding, "NOTE", (BOLD,)) for view, finding in notes]
    blocks = [
        [*drawn.head("NOTE", (BOLD,), finding.subject, finding.rule), *drawn.prose(finding.message, 2)]
        for _, finding in notes[-NOTES:]
    ]
    if len(notes) > NOTES:
        blocks.insert(0, [f"NOTE  and {len(notes) - NOTES:,} more; -v shows them"])
    return blocks


def _allowed(drawn: Screen, view: View, finding: Finding) -> Block:
    allowance = finding.allowed
    assert allowance is not None
    rows = [Row("allowed", allowance.told)]
    head = drawn.head("ALLOWED", (DIM,), view.decided.subject, finding.rule)
    return [*head, *drawn.prose(finding.message, 2), *drawn.rows(rows, 4)]


def _finding(drawn: Screen, view: View, finding: Finding, label: str, codes: Sequence[str]) -> Block:
    """Return a finding that stops nothing, in full."""
    head = drawn.head(label, codes, view.decided.subject, finding.rule)
    return [*head, *drawn.prose(finding.message, 2), *drawn.rows(evidence_rows(finding), 4)]


def _subject(drawn: Screen, report: Report, view: View) -> Block:
    """Return one subject with the findings that its verdict rests on."""
    most = None if drawn.options.verbose else FINDINGS
    shown = view.findings[:most]
    codes = (BOLD, COLORS[view.verdict])
    first = shown[0] if shown else None
    around = _around(report, view)
    lines = drawn.head(_words.word(view.verdict), codes, view.decided.subject, first.rule if first else "")
    advice = drawn.prose(first.advice, 2, "Do   ") if first and first.advice else []
    if first is None:
        lines += drawn.prose("What was found in the subjects linked with it stops it too.", 2)
        return [*lines, *drawn.rows(around, 4)]
    lines += drawn.prose(first.message, 2)
    lines += drawn.rows([*_few(drawn, first, LINES - len(lines) - len(around) - len(advice)), *around], 4)
    for other in shown[1:]:
        also = [*drawn.head(f"  also {other.strength.word}", (DIM,), "", other.rule)]
        also += drawn.prose(other.message, 2)
        lines += [*also, *drawn.rows(_few(drawn, other, LINES - len(also)), 4)]
    if len(view.findings) > len(shown):
        lines.append(f"  and {_words.plural(len(view.findings) - len(shown), 'more finding')}; -v shows them")
    return [*lines, *advice]


def _few(drawn: Screen, finding: Finding, room: int) -> list[Row]:
    """Return as much of the evidence as fits, the first before the last."""
    rows = evidence_rows(finding)
    if drawn.options.verbose or len(rows) <= room:
        return rows
    kept = max(1, room - 1)
    return [*rows[:kept], Row("", f"and {len(rows) - kept} more; -v shows them")]


def _around(report: Report, view: View) -> list[Row]:
    decided, rows = view.decided, []
    if decided.until:
        ahead = _words.ahead(decided.until, report.observed_at)
        rows.append(Row("until", _words.moment(decided.until) + (f", {ahead}; it ends by itself" if ahead else "")))
    if decided.via:
        rows.append(Row("via", " > ".join((*decided.via, decided.subject.rpartition("/")[2].partition("@")[0]))))
    if decided.related:
        rows.append(Row("with", ", ".join(decided.related)))
    return rows


def _not_evaluated(drawn: Screen, shown: Sequence[View], why: Sequence[Cause]) -> Block:
    left = [view.decided.subject for view in shown if view.verdict is Verdict.NOT_EVALUATED]
    if not left:
        return []
    alone = left[0] if len(left) == 1 else ""
    some, more = _some(drawn, why)
    if alone:
        rows = [Row("reason", cause.reason) for cause in some]
    else:
        rows = [Row(_words.subjects(cause.subjects), _cause(drawn, cause)) for cause in some]
    if more:
        rows.append(Row("", more))
    called = "it is not called clean" if alone else "they are not called clean"
    left_over = "it" if alone else "them"
    return [
        *drawn.head(
            _words.word(Verdict.NOT_EVALUATED), (BOLD, COLORS[Verdict.NOT_EVALUATED]), alone or _words.subjects(left)
        ),
        *drawn.prose(f"Rules that must answer had no answer, so {called}.", 2),
        *drawn.rows(rows, 4),
        *drawn.prose(f"remove the cause and scan again; until then do not rely on {left_over}.", 2, "Do   "),
    ]


def _last(drawn: Screen, report: Report) -> str:
    return f"{drawn.verdict(report.verdict)}  {_words.summary(report)}   {_words.duration(report.seconds)}"
