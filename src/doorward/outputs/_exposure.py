"""The answer of ``doorward exposed``: for people, as Markdown, and for programs (``exposure.schema.json``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from doorward.model.exposure import KINDS, Exposure, Live, Outcome, Trace
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._screen import BOLD, DIM, GREEN, MAGENTA, RED, Row, Screen
from doorward.outputs._words import iso, moment, plural
from doorward.outputs.safe import ELLIPSIS, markdown, markdown_code, screen, terminal, visible

SCHEMA = 1
#: The worst last, as traces are.
WORDS = {
    "lock": "LOCKED",
    "inventory": "SCANNED",
    "log": "IN A LOG",
    "image": "IN AN IMAGE",
    "cache": "FETCHED",
    "installed": "INSTALLED",
}
_LABELS = {
    "lock": "lock files",
    "inventory": "inventories",
    "log": "logs",
    "image": "images",
    "cache": "caches",
    "installed": "installed",
}
#: What has to be given to be looked at, and how.
_GIVEN = {"log": "none given; add --log FILE", "image": "none given; add --image FILE"}
_COLORS = {Outcome.EXPOSED: RED, Outcome.NOT_FOUND: GREEN, Outcome.NOT_EVALUATED: MAGENTA}
_SHORT = 12
#: Traces of one kind and release that are shown, and gaps.
_SHOWN, _GAPS = 4, 5
#: What follows the isolation. Removing first would warn who is there, and take the evidence.
_AFTER = (
    (
        "Sweep for persistence: services and timers, cron, shell profiles, start-up items, .pth files and hooks of git"
        " and package managers, SSH keys, new workflows and access tokens. Removing the package removes none of it."
    ),
    (
        "Then rotate, from a clean machine, every secret that was in reach: tokens of registries and forges, cloud and"
        " SSH keys, CI secrets, and look at what they were used for since."
    ),
    "Last, lock a clean release, empty the caches and build the environments anew.",
)
#: Characters of a place on a screen.
_PLACE = 86
_STATES = {
    "listed": "the index still lists it",
    "withdrawn": "the index marks it as withdrawn",
    "gone": "the index no longer has it",
}


def word(outcome: Outcome) -> str:
    """Return the answer as readers see it."""
    return outcome.value.replace("-", " ").upper()


def steps(exposure: Exposure) -> list[str]:
    """Return what to do, in the order in which it must be done; nothing where nothing was found."""
    kinds = {trace.kind for trace in exposure.traces}
    if not kinds:
        return []
    done = []
    if kinds & {"installed", "cache"}:
        done.append("Isolate: take this machine off the network, and keep its disk; remove nothing yet.")
    if "log" in kinds:
        done.append("Isolate: stop the runners of those jobs and their reuse; hold back what they published.")
    if "image" in kinds:
        done.append(
            "Isolate: stop the containers of those images and of all that is built on their layers, keep their disks,"
            " and hold the images back; find the machines that built and ran them."
        )
    if kinds <= {"lock", "inventory"}:
        done.append(
            "Isolate: find the machines and CI jobs that installed it in that time ('doorward exposed' there, with"
            " --log for CI), and take them off the network."
        )
    return [*done, *_AFTER]


def summary(exposure: Exposure) -> str:
    """Return the last line without its first word."""
    releases = len({trace.purl for trace in exposure.traces})
    if exposure.outcome is Outcome.EXPOSED:
        counts = [(kind, sum(trace.kind == kind for trace in exposure.traces)) for kind in reversed(KINDS)]
        places = ", ".join(f"{_place(kind, count)}" for kind, count in counts if count)
        return f"{plural(releases, 'release')} of what was asked: {places}."
    looked = ", ".join(dict.fromkeys(_LABELS[item.kind] for item in exposure.looked if item.count))
    if exposure.outcome is Outcome.NOT_FOUND:
        return f"in none of the places that were looked at: {looked}."
    required = sum(gap.required for gap in exposure.gaps)
    if required:
        return f"nothing was found, but {plural(required, 'place')} that may have it could not be read."
    return "there was nothing to look at: no lock file, nothing installed, no cache, no stored scan, no log, no image."


def _place(kind: str, count: int) -> str:
    words = {
        "installed": f"installed in {plural(count, 'place')}",
        "cache": f"fetched into {plural(count, 'cache entry', 'cache entries')}",
        "image": f"in {plural(count, 'file')} of saved images",
        "log": f"told of by {plural(count, 'log line')}",
        "inventory": f"found by earlier scans of {plural(count, 'project')}",
        "lock": f"locked in {plural(count, 'file')}",
    }
    return words[kind]


def exposure_text(exposure: Exposure, options: RenderOptions) -> str:
    """Return the screen: what was looked at, the traces (the worst last), what to do, the answer."""
    drawn = Screen(options)
    last = f"{drawn.paint(word(exposure.outcome), BOLD, _COLORS[exposure.outcome])}  {summary(exposure)}"
    if options.quiet:
        return screen(last + "\n")
    blocks = [_asked(drawn, exposure), *(_traces(drawn, traces) for traces in _grouped(exposure.traces))]
    blocks += [_gaps(drawn, exposure), _advice(drawn, exposure), [last]]
    return screen("\n\n".join("\n".join(block) for block in blocks if block) + "\n")


def _asked(drawn: Screen, exposure: Exposure) -> list[str]:
    rows = [Row("asked", f"{text}, {meaning}") for text, meaning in exposure.asked[:_SHOWN]]
    if len(exposure.asked) > _SHOWN:
        rows.append(Row("", f"and {len(exposure.asked) - _SHOWN} more"))
    by_kind: dict[str, list[str]] = defaultdict(list)
    for item in exposure.looked:
        by_kind[item.kind].append(item.what)
    rows += [Row(_LABELS[kind], "; ".join(by_kind[kind]) or _nothing(kind)) for kind in KINDS]
    rows += [Row("live", _hours(live)) for live in exposure.live[:_SHOWN]]
    return _whole(drawn).rows(rows, 2)


def _whole(drawn: Screen) -> Screen:
    """Return a screen that cuts nothing: what was looked at, and what to do, is read to its end."""
    return Screen(RenderOptions(drawn.options.color, max(1, drawn.options.verbosity), drawn.options.width))


def _nothing(kind: str) -> str:
    return _GIVEN.get(kind, "none")


def _hours(live: Live) -> str:
    parts = [f"since {moment(live.since)}" if live.since else live.reason]
    parts += [f"reported {moment(live.reported)}"] if live.reported else []
    if live.state and live.seen:
        told = live.state == "gone" and live.reason
        parts.append(f"looked up {moment(live.seen)}" if told else f"{_STATES[live.state]} ({moment(live.seen)})")
    return f"{live.purl}: {', '.join(parts)}"


def _grouped(traces: Iterable[Trace]) -> Iterator[Sequence[Trace]]:
    """Yield the traces of each kind and release together, in their order."""
    groups: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.kind, trace.purl].append(trace)
    yield from groups.values()


def _traces(drawn: Screen, traces: Sequence[Trace]) -> list[str]:
    first = traces[0]
    lines = drawn.head(WORDS[first.kind], (BOLD, RED), first.purl, ", ".join(first.records))
    shown = traces if drawn.options.verbose else traces[:_SHOWN]
    for trace in shown:
        lines += drawn.rows(_rows(trace, verbose=drawn.options.verbose), 2)
    if len(traces) > len(shown):
        lines.append(f"  and {len(traces) - len(shown)} more places; -v shows them")
    return lines


def _rows(trace: Trace, *, verbose: bool) -> Iterator[Row]:
    where = visible(trace.where)
    # The end of a path tells more than its beginning.
    yield Row("in", where if verbose or len(where) <= _PLACE else ELLIPSIS + where[len(ELLIPSIS) - _PLACE :])
    if trace.kind != "lock":
        when = _when(trace)
        if when:
            yield Row("when", when)
    for label, value in trace.details:
        yield Row(label, value)
    if verbose:
        for mark in trace.commits:
            yield Row(mark.did, f"{moment(mark.time) if mark.time else 'at an unknown time'}, commit {mark.commit}")


def _when(trace: Trace) -> str:
    if trace.first and trace.last and trace.first != trace.last:
        return f"{moment(trace.first)} to {moment(trace.last)}"
    if trace.first:
        return f"since {moment(trace.first)}" if trace.present else moment(trace.first)
    return ""


def _gaps(drawn: Screen, exposure: Exposure) -> list[str]:
    """Return what was not looked at: what decides first."""
    gaps = sorted(exposure.gaps, key=lambda gap: not gap.required)
    shown = gaps if drawn.options.verbose else gaps[:_GAPS]
    lines = [f"  {drawn.paint('not read', DIM)}  {terminal(f'{gap.where}: {gap.reason}', 180)}" for gap in shown]
    if len(gaps) > len(shown):
        lines.append(f"  and {len(gaps) - len(shown)} more that could not be read; -v shows them")
    return lines + [f"  {terminal(notice, 180)}" for notice in exposure.notices]


def _advice(drawn: Screen, exposure: Exposure) -> list[str]:
    lines = []
    for number, step in enumerate(steps(exposure), 1):
        lines += _whole(drawn).prose(step, 0, f"{'Do' if number == 1 else '  '}   {number}. ")
    return lines


def exposure_markdown(exposure: Exposure, _: RenderOptions) -> str:
    """Return the answer as Markdown, for a ticket or a pull request."""
    lines = [f"## {word(exposure.outcome)}", "", markdown(summary(exposure)), ""]
    lines += [f"- asked: {markdown_code(text, 120)}, {markdown(meaning)}" for text, meaning in exposure.asked]
    lines += [f"- live: {markdown(_hours(live))}" for live in exposure.live]
    if exposure.traces:
        lines += ["", "| | Release | Where | When | What else is known |", "|---|---|---|---|---|"]
        lines += [_row(trace) for trace in reversed(exposure.traces)]
        lines += ["", "### What to do, in this order", ""]
        lines += [f"{number}. {markdown(step)}" for number, step in enumerate(steps(exposure), 1)]
    lines += ["", "### What was looked at", ""]
    lines += [f"- {_LABELS[item.kind]}: {markdown(item.what)}" for item in exposure.looked]
    if exposure.gaps:
        lines += ["", "### What was not", ""]
        lines += [f"- {markdown(gap.where)}: {markdown(gap.reason)}" for gap in exposure.gaps]
    return screen("\n".join(lines) + "\n")


def _row(trace: Trace) -> str:
    when = " to ".join(moment(time) for time in (trace.first, trace.last) if time)
    details = "; ".join(f"{label}: {value}" for label, value in trace.details)
    cells = (
        WORDS[trace.kind].lower(),
        markdown_code(trace.purl),
        markdown_code(trace.where, 200),
        when + (", still there" if trace.present else ""),
        markdown(details, 300),
    )
    return f"| {' | '.join(cells)} |"


def exposure_json(exposure: Exposure, _: RenderOptions) -> str:
    """Return the answer as JSON, schema 1."""
    return document({
        "schema": SCHEMA,
        "outcome": exposure.outcome.value,
        "asked": [{"text": text, "meaning": meaning} for text, meaning in exposure.asked],
        "observed_at": iso(exposure.observed_at),
        "traces": [_trace(trace) for trace in exposure.traces],
        "live": [
            {
                "purl": live.purl,
                "since": iso(live.since),
                "state": live.state or None,
                "seen": iso(live.seen),
                "reported": iso(live.reported),
                "reason": live.reason or None,
            }
            for live in exposure.live
        ],
        "looked": [{"kind": item.kind, "count": item.count, "what": item.what} for item in exposure.looked],
        "gaps": [{"where": gap.where, "reason": gap.reason, "required": gap.required} for gap in exposure.gaps],
        "advice": steps(exposure),
        "notices": list(exposure.notices),
    })  # fmt: skip


def _trace(trace: Trace) -> dict[str, object]:
    return {
        "kind": trace.kind,
        "purl": trace.purl,
        "where": trace.where,
        "records": list(trace.records),
        "first": iso(trace.first),
        "last": iso(trace.last),
        "present": trace.present,
        "details": [{"label": label, "value": value} for label, value in trace.details],
        "commits": [{"commit": mark.commit, "time": iso(mark.time), "did": mark.did} for mark in trace.commits],
    }


#: The formats of this command, by what ``--format`` calls them.
FORMATS = {"human": exposure_text, "json": exposure_json, "markdown": exposure_markdown}
