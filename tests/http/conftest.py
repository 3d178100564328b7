"""What the tests of the client share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from doorward.model.limits import NetworkLimits
from doorward.sources.http import Http
from tests.loopback import Loopback

#: Sizes that every failure of size happens within a test with, and times that no busy machine uses up: a test of time
#: sets its own.
LIMITS = NetworkLimits(
    document_bytes=100_000,
    artifact_bytes=200_000,
    budget_bytes=300_000,
    connect_seconds=30.0,
    read_seconds=30.0,
    total_seconds=60.0,
    document_seconds=60.0,
    retries=2,
    redirects=3,
    concurrency=4,
)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that the client would have waited between tries."""
    return []


@pytest.fixture
def make(pauses: list[float], tmp_path: Path) -> Iterator[Callable[..., Http]]:
    """Clients that do not really wait, that know no certificates but the default ones, and that are closed."""
    with ExitStack() as stack:

        def build(limits: NetworkLimits = LIMITS, **options: Any) -> Http:
            options.setdefault("environ", {"HOME": str(tmp_path)})
            return stack.enter_context(Http(limits, sleep=pauses.append, **options))

        yield build


@pytest.fixture
def http(make: Callable[..., Http]) -> Http:
    return make()
