from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doorward.guard.dnswire import parse_question
from doorward.guard.names import Names
from doorward.model.run import Connection, ConnectionAttempt, Decision, Outcome

from .conftest import guard, needs_notification, python
from .test_dnswire import answer

#: Where a name server of this process alone can have the port of names.
SERVER = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
ASK = """
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[4]) if len(sys.argv) > 4 else 30)
s.connect((sys.argv[2], int(sys.argv[1])))
name = b"".join(bytes([len(p)]) + p for p in sys.argv[3].encode().split(b".")) + b"\\0"
s.send(struct.pack("!HHHHHH", 5, 256, 1, 0, 0, 0) + name + struct.pack("!HH", 1, 1))
reply = s.recv(512)
print(reply[3] & 15)
if reply[3] & 15 == 0:
    socket.socket().connect_ex((".".join(map(str, reply[-4:])), 9))
"""


@contextmanager
def name_server(address: str = "127.0.0.1", port: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Answer every A question with 127.0.0.9."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, port))

        def serve() -> None:
            while (got := server.recvfrom(4096))[0] != b"stop":
                question = parse_question(got[0])
                asked.append(question.name)
                records = ((1, b"\x7f\0\0\t"),) if question.type == "A" else ()
                server.sendto(answer(got[0][: question.end], *records), got[1])

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], asked
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"stop", server.getsockname())
        thread.join()


def allow(attempt: ConnectionAttempt) -> Decision:
    refused = attempt.host.startswith("refused") or attempt.endpoint.family == "ipv6"
    return Decision.REFUSE if refused else Decision.ALLOW


@needs_notification
@pytest.mark.parametrize("mode", ["observe", "block"])
def test_questions_are_seen_and_addresses_have_names(mode: str):
    with name_server() as (port, asked):
        run = guard(python(ASK, port, "127.0.0.1", "Files.Example.invalid"), mode, allow, name_ports=frozenset({port}))
    assert asked == ["files.example.invalid"]
    (query,) = run.queries
    assert (query.name, query.type, query.answers) == ("files.example.invalid", "A", ("127.0.0.9",))
    assert query.outcome is Outcome.ALLOWED
    (connection,) = run.connections
    assert (connection.host, connection.endpoint.address) == ("files.example.invalid", "127.0.0.9")
    assert run.names_visible


@needs_notification
def test_a_refused_name_goes_nowhere():
    with name_server() as (port, asked):
        run = guard(python(ASK, port, "127.0.0.1", "refused.invalid"), "block", allow, name_ports=frozenset({port}))
    assert asked == []
    assert [query.outcome for query in run.queries] == [Outcome.REFUSED]
    assert (run.exit_code, run.connections) == (120, ())


@contextmanager
def resolving(tmp_path: Path) -> Iterator[list[str]]:
    """Return the start of a command line whose resolver asks a name server on loopback."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root for a mount namespace")
    settings = tmp_path / "resolv.conf"
    # One that waits long enough for an answer asks no second time.
    settings.write_text(f"nameserver {SERVER}\noptions timeout:30 attempts:1\n")
    inside = ["unshare", "-m", "sh", "-c", f'mount --bind {settings} /etc/resolv.conf && exec "$@"', "sh"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this sandbox has no mount namespaces")
    yield inside


@needs_notification
@pytest.mark.parametrize("mode", ["observe", "block"])
def test_the_c_librarys_resolver_is_led_to_ours(tmp_path: Path, mode: str):
    code = """
import socket
for name in ("files.invalid", "refused.invalid"):
    try: socket.socket().connect_ex((socket.getaddrinfo(name, 9, socket.AF_INET)[0][4]))
    except socket.gaierror: print("no address")
"""
    with resolving(tmp_path) as inside, name_server(SERVER, 53) as (_port, asked):
        run = guard([*inside, *python(code)], mode, allow)
    assert run.exit == 0
    assert asked == (["files.invalid"] if mode == "block" else ["files.invalid", "refused.invalid"])
    assert {query.name: query.outcome for query in run.queries} == {
        "files.invalid": Outcome.ALLOWED,
        "refused.invalid": Outcome.REFUSED if mode == "block" else Outcome.OBSERVED,
    }
    assert {c.host for c in run.connections if c.endpoint.address == "127.0.0.9"} == {
        "files.invalid" if mode == "block" else "refused.invalid"
    } or mode == "observe"
    assert all(query.actor.attribution.where.startswith("<string>:") for query in run.queries)


@needs_notification
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_resolves_by_the_c_library_and_by_its_own(tmp_path: Path):
    code = """
const dns = require("dns");
dns.lookup("looked-up.invalid", 4, (error, address) => console.log(error || address));
dns.resolve4("resolved.invalid", (error, addresses) => console.log(error || addresses[0]));
"""
    told: list[Connection] = []
    with resolving(tmp_path) as inside, name_server(SERVER, 53) as (_port, asked):
        run = guard([*inside, "node", "-e", code], "block", allow, told.append)
    assert run.exit == 0
    assert sorted(asked) == ["looked-up.invalid", "resolved.invalid"]
    assert [query.name for query in run.queries] == ["looked-up.invalid"]
    assert (SERVER, 53) in {(c.endpoint.address, c.endpoint.port) for c in run.connections}


def test_names_are_bounded_and_take_hosts_files():
    names = Names("127.0.0.1 localhost other # comment\n\n::1 six\nnonsense\nx y z\n")
    assert (names.of("127.0.0.1"), names.of("::1"), names.of("192.0.2.1")) == ("localhost", "six", "")
    names.learn("many.invalid", (socket.inet_ntoa(struct.pack("!I", number)) for number in range(60_000)))
    assert names.of("0.0.234.95") == "many.invalid"
    assert names.of("0.0.0.1") == ""
    names.learn("odd.invalid", ["not an address"])
