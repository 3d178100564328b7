from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorward.errors import InternalError
from doorward.guard.ledger import Gathered, Ledger, Table, Worth
from doorward.model.run import (
    Actor,
    Attribution,
    Connection,
    ConnectionAttempt,
    Decision,
    Endpoint,
    Grade,
    Listener,
    Outcome,
    Overflow,
    Phase,
)

from .conftest import Peer, Policy, guard, needs_notification, python

pytestmark = needs_notification

CONNECT = (
    "import socket, sys; s = socket.socket(); s.settimeout(5); print(s.connect_ex(('127.0.0.1', int(sys.argv[1]))))"
)


@pytest.mark.parametrize(
    ("command", "code", "number"),
    [
        (["true"], 0, None),
        (["sh", "-c", "exit 7"], 7, None),
        (["sh", "-c", "kill -TERM $$"], 143, 15),
        (["sh", "-c", "kill -KILL $$"], 137, 9),
        (["/no/such/program"], 127, None),
        (["no-such-program-anywhere"], 127, None),
        (["/etc/hosts"], 126, None),
        (["/"], 126, None),
    ],
)
def test_the_code_of_the_command_passes_through(command: list[str], code: int, number: int | None):
    run = guard(command)
    assert (run.exit, run.exit_code, run.signal) == (code, code, number)


def test_a_file_without_a_program_cannot_be_run(tmp_path: Path):
    script = tmp_path / "empty"
    script.write_bytes(b"\x00\x01")
    script.chmod(0o755)
    assert guard([str(script)]).exit == 126


def test_an_empty_command_is_our_fault():
    with pytest.raises(InternalError):
        guard([])


def test_a_connection_is_seen_with_its_process_chain(peer: Peer):
    told = []
    run = guard(["sh", "-c", '"$@"; true', "sh", *python(CONNECT, peer.port, flags=("-I",))], notice=told.append)
    (connection,) = run.connections
    assert connection.endpoint.port == peer.port
    assert connection.endpoint.protocol == "tcp"
    assert connection.outcome is Outcome.OBSERVED
    assert [Path(process.argv[0]).name for process in connection.actor.processes] == ["sh", Path(sys.executable).name]
    assert connection.actor.phase is Phase.RUN
    assert told == [connection]
    assert peer.arrived == ["tcp"]
    assert (run.grade, run.exit_code, run.filtered) == (Grade.OBSERVED, 0, True)


def test_what_the_policy_allows_is_allowed(peer: Peer):
    run = guard(python(CONNECT, peer.port), decide=Policy(peer.port))
    assert [connection.outcome for connection in run.connections] == [Outcome.ALLOWED]


def test_many_connections_are_counted_and_none_is_lost(peer: Peer):
    code = """
import socket, sys
for _ in range(2000):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("127.0.0.1", int(sys.argv[1]))); s.close()
"""
    run = guard(python(code, peer.port, flags=("-I",)))
    assert sum(connection.count for connection in run.connections) == 2000


def test_distinct_destinations_past_the_bound_are_only_counted():
    table: Table[Listener] = Table("listeners", capacity=3)
    for port in (1, 2, 3, 4, 5, 1):
        table.add(port, Listener(datetime.now(UTC), Actor(Phase.RUN), Endpoint("ipv4", "127.0.0.1", port, "tcp")))
    assert [(listener.endpoint.port, listener.count) for listener in table.rows()] == [(1, 2), (2, 1), (3, 1)]
    assert table.overflow == 2
    assert Ledger(listeners=table).overflow() == (Overflow("listeners", 2, 2),)


def test_what_means_little_takes_no_room_of_what_means_more():
    table: Table[Listener] = Table("listeners", capacity=4)

    def add(ports: range, worth: Worth) -> None:
        for port in ports:
            endpoint = Endpoint("ipv4", "127.0.0.1", port, "tcp")
            table.add(port, Listener(datetime.now(UTC), Actor(Phase.RUN), endpoint), worth)

    add(range(1, 11), Worth.PLAIN)
    assert (len(table.rows()), table.overflow, table.lost) == (2, 8, 0)
    add(range(11, 21), Worth.EXPECTED)
    assert (len(table.rows()), table.overflow, table.lost) == (3, 17, 9)
    add(range(21, 23), Worth.UNEXPECTED)
    assert ([row.endpoint.port for row in table.rows()], table.lost) == ([1, 2, 11, 21], 10)


def test_a_flood_of_expected_connections_hides_no_other():
    code = """
import socket
for port in range(1, 20_100):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.connect(("127.0.0.2", 7))
"""

    def decide(attempt: ConnectionAttempt) -> Decision:
        return Decision.ALLOW if attempt.endpoint.address == "127.0.0.1" else Decision.REFUSE

    run = guard(python(code, flags=("-I", "-S")), "observe", decide)
    assert [c.endpoint.address for c in run.connections if c.outcome is Outcome.OBSERVED] == ["127.0.0.2"]
    assert run.overflow[0].count > 0
    assert (run.overflow[0].lost, run.unwatched) == (0, ())


def test_a_flood_is_gathered_by_who_and_where_and_none_is_lost():
    code = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for address, ports in (("127.0.0.1", 20_100), ("127.0.0.2", 500)):
        for port in range(100, 100 + ports):
            s.connect((address, port))
"""
    run = guard(python(code, flags=("-I", "-S")))
    assert sum(connection.count for connection in run.connections) == 20_600
    gathered = [(c.endpoint.address, c.endpoint.port, c.count) for c in run.connections if c.gathered]
    assert gathered == [("127.0.0.1", 20_100, 100), ("127.0.0.2", 100, 500)]
    assert run.overflow == (Overflow("connections", 600, 600),)


def test_past_all_bounds_each_package_is_still_told():
    gathered = Gathered(Table("addresses", 2), Table("packages"))
    for purl in ("pkg:pypi/a@1", "pkg:pypi/b@1"):
        actor = Actor(Phase.BUILD, attribution=Attribution(purl=purl))
        for last in range(1, 6):
            endpoint = Endpoint("ipv4", f"192.0.2.{last}", 443, "tcp")
            gathered.add(Connection(datetime.now(UTC), actor, endpoint, "", Outcome.OBSERVED))
    rows = [
        (r.actor.attribution.purl[9:10], r.endpoint.address, r.count, r.gathered) for r in gathered.rows(unix=False)
    ]
    assert rows == [
        ("a", "192.0.2.1", 1, False),
        ("a", "192.0.2.2", 1, False),
        ("a", "192.0.2.3", 3, True),
        ("b", "192.0.2.1", 5, True),
    ]


def test_the_last_descendant_is_awaited(peer: Peer):
    code = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.3)
        import socket
        socket.create_connection(("127.0.0.1", {peer.port}))
    os._exit(0)
os._exit(3)
"""
    run = guard(python(code))
    assert run.exit == 3
    assert [connection.endpoint.port for connection in run.connections] == [peer.port]
    assert run.seconds > 0.3


def test_closed_standard_streams_stay_closed():
    code = """
import sys
from doorward.guard import GuardOptions, run
from doorward.model.run import Decision
command = ["sh", "-c", "for fd in 0 1 2; do test -e /proc/self/fd/$fd && exit 9; done; exit 4"]
result = run(command, GuardOptions(), lambda _: Decision.ALLOW, lambda _: None)
raise SystemExit(result.exit_code)
"""
    done = subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code], check=False)
    assert done.returncode == 4


def test_a_notice_that_cannot_be_written_ends_the_notices_only(peer: Peer):
    def broken(_connection: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    run = guard(python(CONNECT, peer.port), notice=broken)
    assert run.exit == 0
    assert any(phrase.startswith("notices ended") for phrase in run.missing)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_are_forwarded(number: int):
    code = """
import sys
from doorward.guard import GuardOptions, run
from doorward.model.run import Decision
child = "import signal, sys, time; n = int(sys.argv[1]); signal.signal(n, lambda *_: sys.exit(42)); print('up', flush=True); time.sleep(90)"
result = run([sys.executable, "-c", child, sys.argv[1]], GuardOptions(), lambda _: Decision.ALLOW, lambda _: None)
raise SystemExit(result.exit_code)
"""
    command = [sys.executable, "-c", code, str(int(number))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        assert process.wait(60) == 42


def test_the_death_of_the_supervisor_fails_closed(peer: Peer, tmp_path: Path):
    output = tmp_path / "out"
    code = """
import sys
from doorward.guard import GuardOptions, run
from doorward.model.run import Decision
run(sys.argv[1:], GuardOptions(hooks=False), lambda _: Decision.ALLOW, lambda _: None)
"""
    child = f"""
import os, signal, socket, time
parent = os.getppid()
open({str(output)!r}, "w").close()
while os.getppid() == parent:
    time.sleep(0.01)
try:
    socket.create_connection(("127.0.0.1", {peer.port}))
    text = "connected"
except OSError as error:
    text = f"errno {{error.errno}}"
os.write(1, text.encode())
"""
    with subprocess.Popen([sys.executable, "-c", code, *python(child)], stdout=subprocess.PIPE) as process:
        while not output.exists():
            time.sleep(0.01)
        process.kill()
        assert process.stdout.read() == b"errno 38"
    assert peer.arrived == []


def test_the_command_cannot_end_its_supervisor(peer: Peer):
    code = """
import os, signal, socket
try:
    os.kill(os.getppid(), signal.SIGKILL)
except PermissionError:
    raise SystemExit(5)
"""
    assert guard(python(code)).exit == 5


def test_guard_inside_guard_is_told():
    code = """
from doorward.guard import GuardOptions, run
from doorward.model.run import Decision
result = run(["sh", "-c", "exit 6"], GuardOptions(), lambda _: Decision.ALLOW, lambda _: None)
told = any(phrase.startswith('a supervisor outside') for phrase in result.missing)
raise SystemExit(9 if result.filtered or not told else result.exit_code)
"""
    run = guard(python(code))
    assert run.exit == 6
    assert [evasion.kind for evasion in run.evasions] == ["nested-listener"]


def test_the_environment_of_the_user_is_not_changed():
    before = dict(os.environ)
    guard(["true"])
    assert dict(os.environ) == before
