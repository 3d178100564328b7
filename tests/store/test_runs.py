"""What releases did in guarded runs comes back as it was put, the newest first and bounded."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.model.resolution import Download
from doorward.model.run import Grade, LibraryUse, Mode, Phase, Run
from doorward.store import Store, open_store
from doorward.store.runs import EVENTS, KEPT
from tests.rules.runtime.made import NOW, connection, evasion, execution, file, listener, local, neighbour, query

PURL = "pkg:pypi/lib@1.0.1"
DOWNLOAD = Download(NOW, "pypi", "lib", "1.0.1", "https://registry.example/lib.tar.gz", ("sha256:00",), "a log")
RUN = Run(
    "0123",
    ("pip", "install", "lib"),
    Mode.BLOCK,
    datetime(2026, 6, 1, 12, 0, 0, 5, tzinfo=UTC),
    1.5,
    0,
    None,
    Grade.ENFORCED,
    ("something",),
    connections=(connection(), connection(address="2001:db8::1")),
    local=(local("docker", "/run/docker.sock"),),
    queries=(query("a.invalid"),),
    listeners=(listener("0.0.0.0"),),
    executions=(execution("/bin/sh", "sh", "\udcff\x1b"),),
    files=(file("/home/u/.bashrc", "persistence"),),
    evasions=(evasion("x32"),),
    neighbours=(neighbour("ptrace"),),
    libraries=(LibraryUse("pypi", "lib", "1.0.1", PURL, (Phase.BUILD,)),),
    downloads=(DOWNLOAD,),
    deny_loopback=True,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", environ={})


def test_a_run_comes_back(store: Store) -> None:
    whole = replace(RUN, executions=(execution("/bin/sh", "sh", "-c"),))
    store.put_runs({PURL: whole, "pkg:npm/other@1": replace(whole, connections=())})
    assert store.runs_of([PURL, "pkg:pypi/absent@1"]) == {PURL: (whole,)}
    assert store.runs_of(["pkg:npm/other@1"])["pkg:npm/other@1"][0].connections == ()


def test_what_cannot_be_stored_costs_only_itself(store: Store) -> None:
    whole = replace(RUN, executions=())
    store.put_runs({"pkg:npm/odd@1": RUN, PURL: whole})
    assert store.runs_of([PURL, "pkg:npm/odd@1"]) == {PURL: (whole,)}


def test_the_newest_are_kept_and_come_first(store: Store) -> None:
    whole = replace(RUN, executions=())
    for number in range(KEPT + 5):
        started = RUN.started + timedelta(hours=number)
        store.put_runs({PURL: replace(whole, id=f"{number:04}", started=started)})
    found = store.runs_of([PURL])[PURL]
    assert [run.id for run in found] == [f"{number:04}" for number in range(KEPT + 4, 4, -1)]


def test_the_same_run_is_replaced_and_long_ones_are_cut(store: Store) -> None:
    long = replace(RUN, executions=(), queries=tuple(query(f"n{n}.invalid") for n in range(EVENTS + 7)))
    store.put_runs({PURL: replace(long, queries=())})
    store.put_runs({PURL: long})
    (found,) = store.runs_of([PURL])[PURL]
    assert len(found.queries) == EVENTS


def test_a_damaged_row_counts_as_absent(store: Store) -> None:
    store.put_runs({PURL: replace(RUN, executions=())})
    with sqlite3.connect(store.path) as raw:
        raw.execute("UPDATE conduct SET data = 'nonsense'")
    raw.close()
    assert store.runs_of([PURL]) == {}
