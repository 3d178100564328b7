"""The picture of a run: what is drawn of it, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.model.run import Outcome, Phase, Process
from doorward.outputs._reach import HOSTS, PROCESSES, figure, reach
from tests.outputs.runs import BUILD, CURL, HOOK, PIP, RESOLVE, RUN, RUNS, connection


def named(run, name: str) -> list[dict]:
    return [trace for trace in figure(reach(run))["data"] if trace.get("name") == name]


def test_processes_stand_below_who_started_them_and_hosts_by_their_worst() -> None:
    drawn = reach(RUN)
    assert [(row.process, row.depth) for row in drawn.rows] == [(PIP, 0), (HOOK, 1), (CURL, 2)]
    assert drawn.hosts[-1] == "registry.example:443"
    assert {(edge.row, drawn.hosts[edge.host], edge.outcome) for edge in drawn.edges} == {
        (0, "registry.example:443", Outcome.ALLOWED),
        (1, "evil.invalid:443", Outcome.OBSERVED),
        (1, "/var/run/docker.sock (docker)", Outcome.OBSERVED),
        (2, "192.0.2.7:80", Outcome.OBSERVED),
    }


def test_siblings_keep_their_order_and_their_own_children() -> None:
    late, early = Process(50, ("late",), started=60), Process(51, ("early",), started=55)
    child = Process(52, ("child",), started=61)
    calls = [
        connection(Phase.RUN, BUILD, (PIP, *chain), "", ("192.0.2.7", 1), "allowed")
        for chain in ((late, child), (early,))
    ]
    drawn = reach(replace(RUN, connections=tuple(calls), local=()))
    assert [row.process for row in drawn.rows] == [PIP, early, late, child]


def test_each_decision_has_its_colour_its_dash_and_its_name() -> None:
    run = RUNS["guard-block"]().run
    looks = {}
    for name in ("expected", "unexpected", "refused"):
        for trace in named(replace(run, local=RUN.local), name):
            looks[name] = trace["line"]["color"], trace["line"]["dash"]
    assert looks == {
        "expected": ("var(--usual)", "solid"),
        "unexpected": ("var(--hold)", "dash"),
        "refused": ("var(--block)", "dot"),
    }


def test_the_ends_of_an_edge_tell_who_and_how_often() -> None:
    texts = [text for trace in figure(reach(RUN))["data"] for text in trace.get("hovertext", ())]
    assert "pkg:pypi/caller@1.0<br>build<br>192.0.2.7:80<br>/tmp/pip-install-x/caller/setup.py:7<br>3 times" in texts


def test_what_does_not_fit_is_counted_and_the_worst_is_drawn() -> None:
    calls = [
        connection(
            Phase.BUILD, RESOLVE, (PIP, Process(100 + n, ("x",), started=n)), f"h{n}.invalid", ("192.0.2.7", 1), outcome
        )
        for n, outcome in enumerate(["allowed"] * 100 + ["refused"] * 3)
    ]
    drawn = reach(replace(RUN, connections=tuple(calls), local=()))
    assert len(drawn.hosts) == HOSTS
    assert len(drawn.rows) <= PROCESSES
    assert sum(edge.outcome is Outcome.REFUSED for edge in drawn.edges) == 3
    assert drawn.left == 103 - HOSTS


@pytest.mark.parametrize("name", RUNS)
def test_every_place_is_inside_the_picture(name: str) -> None:
    drawn = figure(reach(RUNS[name]().run))
    low, high = drawn["layout"]["yaxis"]["range"][::-1]
    for trace in drawn["data"]:
        assert all(-0.01 <= x <= 1 for x in trace["x"] if x is not None)
        assert all(low <= y <= high for y in trace["y"] if y is not None)
        assert len(trace["x"]) == len(trace["y"])


def test_a_process_that_is_not_known_has_a_place_too() -> None:
    run = replace(
        RUN, connections=(connection(Phase.RUN, BUILD, (), "x.invalid", ("192.0.2.7", 1), "observed"),), local=()
    )
    texts = [text for trace in figure(reach(run))["data"] for text in trace.get("text", ())]
    assert texts == ["  a process that is not known", "  x.invalid:1"]
