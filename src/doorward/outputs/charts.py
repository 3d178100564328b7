"""Pictures as figures for the chart library, Plotly: the one module that knows it.

Pure functions from data to a figure, a mapping that the library's JavaScript draws. Colours are roles of the page's
style sheet ("var(--usual)"), which the page resolves for light, dark and paper. Text of strangers is escaped, for the
library reads tags in labels; templates, which it would fill in, are never used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind, ReleaseSizes, SizePoint
from doorward.model.sizes import size
from doorward.outputs import _words
from doorward.outputs._usual import Band, outside, usual
from doorward.outputs.safe import chart

Figure = dict[str, Any]
Trace = dict[str, Any]

#: Characters of a label on an axis and in a picture.
_LABEL = 24
#: Outliers that are named, versions that an axis without times names.
_NAMED, _VERSIONS = 6, 8
#: Pixels: height of the picture of sizes, of a lane, and of what stands around the lanes.
_HEIGHT, _LANE, _AROUND = 300, 30, 96
_HOLLOW = "not trusted yet"
_SYMBOLS = {MarkKind.COMMIT: "circle", MarkKind.TAG: "diamond", MarkKind.RELEASE: "square"}


@cache
def library() -> str | None:
    """Return the library's JavaScript as its wheel ships it; None without the extra ``html``."""
    try:
        # Optional, and 0.2 s that only a page with pictures needs.
        from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # noqa: PLC0415
    except ModuleNotFoundError:
        return None
    return str(get_plotlyjs())


def sizes_figure(sizes: ReleaseSizes) -> Figure:
    """Return one dot a release over time, the usual band, and a ring with a name around each release outside it."""
    points = sizes.points
    times = [point.published for point in points]
    dated = None not in times
    places: list[Any] = [_iso(time) for time in times if time] if dated else list(range(len(points)))
    ringed = outside(sizes)
    data = [
        _dots("earlier releases", points[:-1], places[:-1], symbol="circle", size=9, color="var(--usual)"),
        _dots("this release", points[-1:], places[-1:], symbol="diamond", size=13, color="var(--ink)"),
    ]
    if ringed:
        data.append(_rings(points, places, ringed))
    shown = layout(_HEIGHT)
    band = usual(sizes)
    top = max(1, *(point.size for point in points), band.high if band else 0)
    shown["yaxis"] |= {"range": [0, 1.1 * top], "tickformat": "~s", "ticksuffix": "B", "nticks": 5}
    shown["xaxis"] |= {"showgrid": False} | ({"type": "date"} if dated else _versions(points))
    if band:
        shown["shapes"] = _shapes(band)
    return {"data": data, "layout": shown}


def _dots(name: str, points: Sequence[SizePoint], places: Sequence[Any], **marker: Any) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(places),
        "y": [point.size for point in points],
        "hovertext": [_told(point) for point in points],
        "hoverinfo": "text",
        "marker": marker,
    }


def _told(point: SizePoint) -> str:
    day = f"<br>{point.published:%Y-%m-%d}" if point.published else ""
    return f"{chart(point.version, _LABEL)}<br>{size(point.size, kilo_digits=1)}{day}"


def _rings(points: Sequence[SizePoint], places: Sequence[Any], ringed: Sequence[int]) -> Trace:
    """Return the rings. The last ones and the greatest have names; those in the right half stand left of their ring."""
    named = set(sorted(ringed, key=lambda at: (at == len(points) - 1, points[at].size), reverse=True)[:_NAMED])
    rings = _dots("outside the usual", [points[at] for at in ringed], [places[at] for at in ringed])
    return rings | {
        "mode": "markers+text",
        "text": [chart(points[at].version, _LABEL) if at in named else "" for at in ringed],
        "textposition": ["middle left" if 2 * at >= len(points) else "middle right" for at in ringed],
        "textfont": {"color": "var(--ink)"},
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 22, "color": "var(--block)", "line": {"width": 2.5}},
    }


def _versions(points: Sequence[SizePoint]) -> dict[str, Any]:
    """Return an axis of releases in their order, where the index tells no times."""
    stride = -(-len(points) // _VERSIONS)
    shown = list(range(len(points) - 1, -1, -stride))[::-1]
    return {"tickvals": shown, "ticktext": [chart(points[at].version, 12) for at in shown]}


def _shapes(band: Band) -> list[dict[str, Any]]:
    across = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    area = {"type": "rect", "y0": band.low, "y1": band.high, "fillcolor": "var(--band)", "line": {"width": 0}}
    middle = {"type": "line", "y0": band.middle, "y1": band.middle}
    middle |= {"line": {"color": "var(--usual)", "width": 1.5, "dash": "dash"}}
    return [across | area, across | middle]


def lanes_figure(lanes: Sequence[Lane]) -> Figure:
    """Return one lane for each person or key, in their order from the top, with a mark for what they did on a day.

    Marks are hollow, and the lane dotted, while whoever made them was not trusted.
    """
    data = [_line(lanes, trusted=trusted) for trusted in (True, False)]
    data += [_marks(lanes, kind, trusted=trusted) for trusted in (True, False) for kind in MarkKind]
    hollow = [trace for trace in data if trace["x"] and trace.get("name") == _HOLLOW]
    for trace in hollow[1:]:
        trace["showlegend"] = False
    shown = layout(_LANE * len(lanes) + _AROUND)
    shown["xaxis"] |= {"type": "date"}
    shown["yaxis"] |= {
        "range": [len(lanes) - 0.5, -0.5],
        "tickvals": list(range(len(lanes))),
        "ticktext": _names(lanes),
        "showgrid": False,
    }
    return {"data": [trace for trace in data if trace["x"]], "layout": shown}


def _names(lanes: Sequence[Lane]) -> list[str]:
    """Return the lanes' names on the axis: of a person without the address, where that names no other."""
    short = [lane.name.partition(" <")[0] for lane in lanes]
    often = Counter(short)
    names = (lane.name if often[name] > 1 else name for lane, name in zip(lanes, short, strict=True))
    return [
        chart(f"key {name}" if lane.kind is LaneKind.KEY else name, _LABEL)
        for lane, name in zip(lanes, names, strict=True)
    ]


def _line(lanes: Iterable[Lane], *, trusted: bool) -> Trace:
    """Return the lanes' own lines: from a mark to the next, of the marks that lead on trusted, or not."""
    xs: list[str | None] = []
    ys: list[int | None] = []
    for row, lane in enumerate(lanes):
        for run in _runs(lane.marks, trusted=trusted):
            xs += [_iso(run[0]), _iso(run[1]), None]
            ys += [row, row, None]
    line = {"color": "var(--usual)", "width": 3} if trusted else {"color": "var(--hollow)", "width": 2, "dash": "dot"}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": line,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _runs(marks: Sequence[Mark], *, trusted: bool) -> Iterable[tuple[datetime, datetime]]:
    """Yield the times over which a lane was trusted, or was not. A time ends with the mark that ends it."""
    begin: datetime | None = None
    for mark in marks:
        if mark.trusted is trusted:
            begin = begin or mark.time
        elif begin:
            yield begin, mark.time
            begin = None
    if begin:
        yield begin, marks[-1].time


def _marks(lanes: Sequence[Lane], kind: MarkKind, *, trusted: bool) -> Trace:
    found = [
        (row, mark)
        for row, lane in enumerate(lanes)
        for mark in lane.marks
        if (mark.kind, mark.trusted) == (kind, trusted)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind.value if trusted else _HOLLOW,
        "x": [_iso(mark.time) for _, mark in found],
        "y": [row for row, _ in found],
        "hovertext": [f"{chart(lanes[row].name, 2 * _LABEL)}<br>{_done(mark)}" for row, mark in found],
        "hoverinfo": "text",
        "marker": {
            "symbol": _SYMBOLS[kind] if trusted else f"{_SYMBOLS[kind]}-open",
            "size": 8 if kind is MarkKind.COMMIT else 12,
            "color": "var(--usual)" if trusted else "var(--hollow)",
            "line": {"width": 0 if trusted else 2},
        },
    }


def _done(mark: Mark) -> str:
    more = f" and {mark.count - 1} more" if mark.count > 1 else ""
    return f"{mark.kind.value} {chart(mark.label, _LABEL)}{more}<br>{mark.time:%Y-%m-%d}"


def _iso(time: datetime) -> str:
    return _words.iso(time)[:19]  # type: ignore[index]


def layout(height: int) -> Figure:
    """Return what pictures have in common. They are still: a page scrolls over them, and nothing zooms."""
    axis = {"fixedrange": True, "gridcolor": "var(--line)", "linecolor": "var(--line)", "zeroline": False}
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "var(--ink)"},
        "paper_bgcolor": "var(--clear)",
        "plot_bgcolor": "var(--clear)",
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "var(--panel)", "bordercolor": "var(--line)", "font": {"color": "var(--ink)"}},
        "dragmode": False,
        "legend": {
            "orientation": "h",
            "y": 1,
            "yanchor": "bottom",
            "x": 0,
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "showlegend": True,
        "xaxis": axis | {"automargin": True},
        "yaxis": axis | {"automargin": True},
    }
