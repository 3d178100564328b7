"""Pictures by the data that they carry."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind, ReleaseSizes, SizePoint
from doorward.outputs import charts
from doorward.outputs._usual import outside, usual
from tests.outputs import strategies
from tests.outputs.reports import BAD, JUMP, LANES, NOW, sizes

START = datetime(2026, 1, 1, tzinfo=UTC)


def traces(figure: charts.Figure) -> dict[str, dict]:
    return {trace["name"]: trace for trace in figure["data"] if "name" in trace}


def test_one_dot_a_release_and_the_judged_one_apart() -> None:
    found = traces(charts.sizes_figure(JUMP))
    assert found["earlier releases"]["y"] == [point.size for point in JUMP.points[:-1]]
    assert found["earlier releases"]["x"][0] == "2025-06-06T07:00:00"
    assert (found["this release"]["x"], found["this release"]["y"]) == (["2026-06-01T07:00:00"], [1_900_000])
    assert found["this release"]["hovertext"] == ["4.1.1<br>1.9 MB<br>2026-06-01"]


def test_what_is_outside_the_band_has_a_ring_and_a_name() -> None:
    found = traces(charts.sizes_figure(JUMP))["outside the usual"]
    assert (found["y"], found["text"]) == ([1_900_000], ["4.1.1"])
    assert found["marker"]["symbol"] == "circle-open"
    assert "outside the usual" not in traces(charts.sizes_figure(sizes(BAD, *[100_000] * 9)))


def test_the_band_is_drawn_from_the_earlier_releases() -> None:
    area, middle = charts.sizes_figure(JUMP)["layout"]["shapes"]
    band = usual(JUMP)
    assert band
    assert (area["y0"], area["y1"], middle["y0"], middle["y1"]) == (band.low, band.high, 216_500, 216_500)
    assert "shapes" not in charts.sizes_figure(sizes(BAD, 1, 2, 3))["layout"]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([100, 100, 100, 100], None),  # too few
        ([100, 100, 100, 100, 100], (100, 95, 105)),  # never changes: a twentieth
        ([100, 110, 120, 130, 140], (120, 75.5, 164.5)),  # 3 * 1.4826 * 10
        ([0, 1000, 2000, 3000, 4000], (2000, 0, 6447.8)),  # never below nothing
    ],
)
def test_usual(earlier: list[int], expected: tuple[float, ...] | None) -> None:
    band = usual(sizes(BAD, *earlier, 7))
    assert (band and (band.middle, round(band.low, 1), round(band.high, 1))) == expected


def test_earlier_outliers_are_found_too() -> None:
    assert outside(sizes(BAD, 100, 100, 900, 100, 100, 100, 100)) == [2]
    assert outside(sizes(BAD, 100, 100, 900)) == []


def test_at_most_six_names_and_always_the_judged_one() -> None:
    wild = sizes(BAD, *[100] * 20, *range(1000, 1009), 10)
    names = traces(charts.sizes_figure(wild))["outside the usual"]["text"]
    assert len(names) == 10
    assert len([name for name in names if name]) == 6
    assert names[-1] == "4.1.1"


def test_without_times_releases_stand_in_their_order() -> None:
    figure = charts.sizes_figure(sizes(BAD, *range(100, 120), dated=False))
    assert traces(figure)["earlier releases"]["x"] == list(range(19))
    axis = figure["layout"]["xaxis"]
    assert "type" not in axis
    assert axis["tickvals"][-1] == 19
    assert axis["ticktext"][-1] == "4.1.1"
    assert len(axis["tickvals"]) <= 8
    one_missing = replace(JUMP, points=(replace(JUMP.points[0], published=None), *JUMP.points[1:]))
    assert "type" not in charts.sizes_figure(one_missing)["layout"]["xaxis"]


def mark(day: int, kind: MarkKind = MarkKind.COMMIT, *, trusted: bool = True, count: int = 1) -> Mark:
    return Mark(START + timedelta(days=day), kind, f"at-{day}", trusted, count)


def test_lanes_are_hollow_until_they_are_trusted() -> None:
    lanes = (
        Lane(LaneKind.PERSON, "Alice", (mark(0), mark(9, MarkKind.RELEASE))),
        Lane(LaneKind.PERSON, "Jia", (mark(3, trusted=False, count=4), mark(5, trusted=False), mark(7))),
        Lane(LaneKind.KEY, "AB12", (mark(8, MarkKind.TAG, trusted=False),)),
    )
    figure = charts.lanes_figure(lanes)
    marks = [
        (trace["marker"]["symbol"], trace["x"], trace["y"]) for trace in figure["data"] if trace["mode"] == "markers"
    ]
    assert marks == [
        ("circle", ["2026-01-01T00:00:00", "2026-01-08T00:00:00"], [0, 1]),
        ("square", ["2026-01-10T00:00:00"], [0]),
        ("circle-open", ["2026-01-04T00:00:00", "2026-01-06T00:00:00"], [1, 1]),
        ("diamond-open", ["2026-01-09T00:00:00"], [2]),
    ]
    lines = {trace["line"].get("dash", ""): trace["x"] for trace in figure["data"] if trace["mode"] == "lines"}
    assert lines == {
        "": ["2026-01-01T00:00:00", "2026-01-10T00:00:00", None, "2026-01-08T00:00:00", "2026-01-08T00:00:00", None],
        "dot": ["2026-01-04T00:00:00", "2026-01-08T00:00:00", None, "2026-01-09T00:00:00", "2026-01-09T00:00:00", None],
    }
    assert figure["layout"]["yaxis"]["ticktext"] == ["Alice", "Jia", "key AB12"]
    legend = [trace["name"] for trace in figure["data"] if trace.get("showlegend", True)]
    assert legend == ["commit", "release", "not trusted yet"]
    told = [text for trace in figure["data"] for text in trace.get("hovertext", ())]
    assert "Jia<br>commit at-3 and 3 more<br>2026-01-04" in told


def test_names_have_an_address_only_where_they_need_one() -> None:
    names = ("Alice <alice@example.org>", "Jia <jia@example.org>", "Jia <jia@example.invalid>")
    lanes = [Lane(LaneKind.PERSON, name, (mark(0),)) for name in names]
    assert charts.lanes_figure(lanes)["layout"]["yaxis"]["ticktext"] == [
        "Alice",
        "Jia &#60;jia@example.org&#62;",
        "Jia &#60;jia@example.inva...",
    ]


def test_the_library_knows_everything_that_figures_say() -> None:
    figures = pytest.importorskip("plotly.graph_objects")
    undated = sizes(BAD, *range(100, 120), dated=False)
    for figure in (charts.sizes_figure(JUMP), charts.sizes_figure(undated), charts.lanes_figure(LANES)):
        drawn = figures.Figure(figure).to_plotly_json()
        assert json.loads(json.dumps(drawn["layout"], default=str)).keys() >= figure["layout"].keys()
        assert len(drawn["data"]) == len(figure["data"])


LABELS = {"text", "ticktext", "hovertext"}


def labels(value: object, key: str = "") -> list[str]:
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in labels(item, name)]
    if isinstance(value, list):
        return [found for item in value for found in labels(item, key)]
    return [value] if isinstance(value, str) and key in LABELS else []


@settings(max_examples=150, deadline=None)
@given(strategies.sizes.filter(lambda made: len(made.points) > 1), st.lists(strategies.lanes, min_size=1, max_size=3))
def test_labels_carry_no_markup_but_line_breaks(made: ReleaseSizes, lanes: list[Lane]) -> None:
    for figure in (charts.sizes_figure(made), charts.lanes_figure(lanes)):
        for label in labels(figure):
            assert not set(label.replace("<br>", "")) & set("<>$")
            assert not re.search(r"&(?!#\d+;)", label)
        assert not any(key.endswith("template") for trace in figure["data"] for key in trace)
        json.dumps(figure)


def test_sizes_of_nothing_still_have_an_axis() -> None:
    empty = ReleaseSizes(BAD, (SizePoint("1", NOW, 0), SizePoint("2", NOW, 0)))
    low, high = charts.sizes_figure(empty)["layout"]["yaxis"]["range"]
    assert low < high
