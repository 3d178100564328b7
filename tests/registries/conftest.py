"""What the tests of registries share: a client, and an index on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.model.limits import NetworkLimits
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from tests.loopback import Loopback


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def http(tmp_path: Path) -> Iterator[Http]:
    with Http(NetworkLimits(retries=0), environ={"HOME": str(tmp_path)}) as client:
        yield client


@pytest.fixture
def pypi_index(server: Loopback) -> Index:
    return Index(server.url("/simple/"))


@pytest.fixture
def npm_index(server: Loopback) -> Index:
    return Index(server.url("/npm/"))
