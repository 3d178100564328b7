"""Which ports of this machine are listened on."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from doorward.sources.listening import TABLES, listening_ports

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue\n"


@pytest.mark.skipif(not TABLES[0].exists(), reason="no tables of the kernel")
def test_a_listener_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port in (listening_ports() or ())
    assert port not in (listening_ports() or ())


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        (f"{HEAD}   0: 0100007F:0C38 00000000:0000 0A 00000000:00000000\n", {3128}),
        (f"{HEAD}   0: 0100007F:0C38 0100007F:0035 01 00000000:00000000\n", set()),
        (f"{HEAD}   0: 00000000000000000000000001000000:1F90 0:0 0A\n", {8080}),
        (f"{HEAD}   0: what 0:0 0A\n   1:\n\n", set()),
        ("", set()),
    ],
)
def test_the_kernels_tables_are_read(tmp_path: Path, text: str, ports: set[int]) -> None:
    table = tmp_path / "tcp"
    table.write_text(text)
    assert listening_ports([tmp_path / "none", table]) == ports


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert listening_ports([tmp_path / "none"]) is None
