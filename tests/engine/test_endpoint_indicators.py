"""Endpoints of a run are looked up in the imported feeds, all at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorward.engine.gather.indicators import endpoint_indicators
from doorward.model.facts import Known, Missing
from doorward.model.run import Endpoint, Grade, Mode, Run
from tests.feeds.build import malicious, osv, span
from tests.intel.build import Intel
from tests.rules.runtime.made import NOW, connection


@pytest.fixture
def intel(tmp_path: Path) -> Intel:
    return Intel(tmp_path)


RUN = Run(
    "0123",
    ("true",),
    Mode.OBSERVE,
    NOW,
    1.0,
    0,
    None,
    Grade.OBSERVED,
    connections=(
        connection(host="c2.evil.invalid"),
        connection(host="good.invalid", address="198.51.100.9"),
        connection(host="", address="203.0.113.66", port=8443),
    ),
)


def met(intel: Intel, run: Run = RUN) -> list[tuple[str, str, int]]:
    """Return what was met, by whom it is named, and at which port, of every endpoint of the run."""
    look = endpoint_indicators(intel.folder, NOW, [run])
    found = look([(item.host, item.endpoint) for item in run.connections])
    assert isinstance(found, Known)
    return [(match.indicator.value, match.where, match.indicator.port or 0) for match in found.value]


def test_names_below_a_domain_and_addresses_are_met(intel: Intel) -> None:
    intel.add("feed.json", [malicious()])
    listed = connection(host="", address="8.8.4.4", port=8080)
    run = replace(RUN, connections=(*RUN.connections, listed))
    assert met(intel, run) == [("evil.invalid", "c2.evil.invalid", 0), ("8.8.4.4", "8.8.4.4", 8080)]
    # The feed names the port.
    assert (
        met(intel, replace(RUN, connections=(replace(listed, endpoint=Endpoint("ipv4", "8.8.4.4", 22, "tcp")),))) == []
    )


def test_what_is_asked_for_later_is_what_was_looked_up(intel: Intel) -> None:
    intel.add("feed.json", [malicious()])
    look = endpoint_indicators(intel.folder, NOW, [RUN])
    assert look([]) == Known(())


def test_without_a_feed_of_hosts_there_is_no_answer(intel: Intel, tmp_path: Path) -> None:
    assert endpoint_indicators(tmp_path / "nothing", NOW, [RUN])([]) == Missing("no feed is imported")
    intel.add("feed.json", [osv("PYSEC-1", "Example.Lib", ranges=span("introduced 0"))])
    assert endpoint_indicators(intel.folder, NOW, [RUN])([]) == Missing("no imported feed names hosts")
