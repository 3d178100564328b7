"""Which endpoints of a run are live indicators of the imported feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from doorward.engine.gather.run import Lookup, no_feed
from doorward.model.addresses import domain_of, parents
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import HOSTS, IndicatorMatch
from doorward.model.run import Endpoint, Run
from doorward.store.intel import Bundle, Found, open_bundle


def endpoint_indicators(folder: Path, now: datetime, runs: Iterable[Run]) -> Lookup:
    """Return the look-up of the endpoints of some runs in the bundle in ``folder``, which is asked once.

    Raise StoreError where the bundle cannot be read.
    """
    bundle = open_bundle(folder)
    if bundle is None:
        return no_feed
    with bundle:
        if not any(kind == HOSTS for feed in bundle.feeds for kind, _, _ in feed.covers):
            return lambda _endpoints: Missing("no imported feed names hosts")
        found = _found(bundle, now, runs)

    def look(endpoints: Sequence[tuple[str, Endpoint]]) -> Fact[tuple[IndicatorMatch, ...]]:
        matches = (match for host, endpoint in endpoints for match in _matches(host, endpoint, found))
        return Known(tuple(dict.fromkeys(matches)))

    return look


def _found(bundle: Bundle, now: datetime, runs: Iterable[Run]) -> dict[tuple[str, str], list[Found]]:
    """Ask for everything at once, by kind and value."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        for connection in run.connections:
            for kind, value in _values(connection.host, connection.endpoint):
                wanted[kind].add(value)
    return {
        (kind, value): several
        for kind, values in wanted.items()
        for value, several in bundle.indicators(kind, values, now).items()
    }


def _values(host: str, endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """Yield what an endpoint can be named by: its address, its name, and the domains above that."""
    if endpoint.is_ip:
        yield "ip", endpoint.address.partition("%")[0]
    domain = domain_of(host)
    for name in parents(domain) if domain else ():
        yield "domain", name


def _matches(host: str, endpoint: Endpoint, found: dict[tuple[str, str], list[Found]]) -> Iterator[IndicatorMatch]:
    for kind, value in _values(host, endpoint):
        for one in found.get((kind, value), ()):
            if one.indicator.port in {None, endpoint.port}:
                met = endpoint.address if kind == "ip" else host
                yield IndicatorMatch(one.indicator, one.provenance, "endpoint", met)
