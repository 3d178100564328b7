"""The pictures of the page, each with the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.model.findings import Report
from doorward.model.pictures import Lane, MarkKind, ReleaseSizes
from doorward.model.run import Run
from doorward.model.sizes import size
from doorward.outputs import _run, _words, charts
from doorward.outputs._markup import Content, Markup, folded, table, tag, text
from doorward.outputs._reach import figure, reach
from doorward.outputs._run import every
from doorward.outputs._sections import code, connected, section
from doorward.outputs._usual import DEVIATIONS, outside, usual
from doorward.records import dataclass

#: Pictures of release sizes, and lanes, that a page shows.
SIZES, LANES = 12, 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure for the chart library, and what a page shows around it."""

    #: The section that it belongs to.
    section: str
    figure: charts.Figure
    #: What it shows, and how to read it.
    title: Content
    caption: str
    table: Markup
    #: What readers hear in place of the picture.
    label: str


def pictures(report: Report) -> tuple[Picture, ...]:
    """Return the pictures of a report."""
    lanes = report.lanes[:LANES]
    runs = [_reached(report.run)] if report.run and every(report.run) else []
    drawn = [*runs, *(_sizes(sizes) for sizes in report.sizes[:SIZES] if len(sizes.points) > 1)]
    return (*drawn, _lanes(lanes)) if lanes else tuple(drawn)


def _reached(run: Run) -> Picture:
    drawn = reach(run)
    left = f" {_words.plural(drawn.left, 'more connection')} only in the table." if drawn.left else ""
    processes = f"{len(drawn.rows):,} process{'' if len(drawn.rows) == 1 else 'es'}"
    return Picture(
        "Connections",
        figure(drawn),
        text(_run.summary(run)),
        "Processes on the left, below the one that started them; hosts on the right; a line is what was decided."
        + left,
        connected(run),
        f"{processes} and {_words.plural(len(drawn.hosts), 'host')}: {_run.summary(run)}.",
    )


def _sizes(sizes: ReleaseSizes) -> Picture:
    band, ringed = usual(sizes), set(outside(sizes))
    last = sizes.points[-1]
    rows = [
        (
            code(point.version, 80),
            f"{point.published:%Y-%m-%d}" if point.published else "not known",
            size(point.size, kilo_digits=1),
            tag("strong", "outside the usual") if at in ringed else "",
        )
        for at, point in enumerate(sizes.points)
    ]
    if band:
        reach = f"{size(band.low, kilo_digits=1)} to {size(band.high, kilo_digits=1)}"
        caption = (
            f"The band is what is usual: {reach}. It is the median of the earlier releases, "
            f"give or take {DEVIATIONS} scaled median absolute deviations."
        )
    else:
        caption = "Too few earlier releases to say what is usual."
    told = "outside the usual" if len(sizes.points) - 1 in ringed else "as usual" if band else "without a usual size"
    return Picture(
        "Release sizes",
        charts.sizes_figure(sizes),
        code(sizes.subject),
        caption + (f" Measured: {sizes.kind}." if sizes.kind else ""),
        table(("release", "published", "size", ""), rows[::-1]),
        f"Sizes of {_words.plural(len(rows), 'release')}; this one has {size(last.size, kilo_digits=1)}, {told}.",
    )


def _lanes(lanes: Sequence[Lane]) -> Picture:
    rows = [
        (
            text(lane.name, 120),
            lane.kind.value,
            "trusted" if lane.trusted else "not yet",
            f"{lane.marks[0].time:%Y-%m-%d}",
            f"{lane.marks[-1].time:%Y-%m-%d}",
            *(f"{sum(mark.count for mark in lane.marks if mark.kind is kind):,}" for kind in MarkKind),
        )
        for lane in lanes
    ]
    new = sum(not lane.trusted for lane in lanes)
    return Picture(
        "People and keys",
        charts.lanes_figure(lanes),
        "Who did what, and since when",
        "Hollow on a dotted lane: a person or a key not trusted yet. Where there is much, a mark stands for several.",
        table(("", "is a", "trusted", "first", "last", *(f"{kind.value}s" for kind in MarkKind)), rows),
        f"{_words.plural(len(lanes), 'lane')} of people and keys over time, {new} not trusted yet.",
    )


def sections(drawn: Sequence[Picture]) -> list[Content]:
    """Return the sections. Tables are open until a picture stands over them."""
    made: dict[str, list[Markup]] = {}
    for at, picture in enumerate(drawn):
        shown = tag(
            "figure",
            tag("figcaption", tag("h3", picture.title), tag("p", picture.caption)),
            tag("div", class_="chart", role="img", aria_label=picture.label, data_figure=str(at), hidden="hidden"),
            folded("The same as a table", picture.table, open="open"),
        )
        made.setdefault(picture.section, []).append(shown)
    return [section(title, *figures) for title, figures in made.items()]


def hint() -> Markup:
    """Return how to get the pictures."""
    return tag("p", "For pictures over the tables: pip install 'doorward[html]'", class_="hint")
