from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.guard import selftest
from doorward.guard.offers import can_isolate, probe
from doorward.guard.selftest import Status
from doorward.model.run import Decision, Endpoint, Grade, Outcome

from .conftest import Peer, Policy, guard, needs_notification, python

pytestmark = needs_notification

#: A hundred thousand and more in a long run; a few thousand prove the mechanism each time.
ATTEMPTS = int(os.environ.get("DOORWARD_RACE_ATTEMPTS", "1500"))
SOURCE = Path(selftest.__file__).parent / "bypass.c"


@pytest.fixture
def bypass(compiled: Callable[..., Path]) -> Path:
    return compiled("bypass", SOURCE.read_text())


def test_a_refused_connection_does_not_arrive(peer: Peer, other: Peer):
    code = "import socket, sys\nfor p in sys.argv[1:]: print(socket.socket().connect_ex(('127.0.0.1', int(p))))"
    policy = Policy(other.port)
    run = guard(python(code, peer.port, other.port, peer.port), "block", policy)
    outcomes = {connection.endpoint.port: (connection.outcome, connection.count) for connection in run.connections}
    assert outcomes == {peer.port: (Outcome.REFUSED, 2), other.port: (Outcome.ALLOWED, 1)}
    assert (peer.arrived, other.arrived) == ([], ["tcp"])
    assert (run.exit, run.exit_code, run.refused, run.grade) == (0, 120, 2, Grade.ENFORCED)
    assert len([attempt for attempt in policy.asked if attempt.endpoint.port == peer.port]) == 1


def test_without_a_refusal_the_code_of_the_command_passes_through(other: Peer):
    code = "import socket, sys\nsocket.create_connection(('127.0.0.1', int(sys.argv[1])))\nsys.exit(9)"
    run = guard(python(code, other.port), "block", Policy(other.port))
    assert run.exit_code == 9


def test_nothing_leaves_the_machine(tmp_path: Path):
    code = """
import socket
print(socket.socket().connect_ex(("192.0.2.1", 443)))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: u.sendto(b"x", ("192.0.2.1", 9))
except ConnectionRefusedError: print("refused")
"""
    run = guard(python(code), "block", Policy())
    assert [(str(c.endpoint), c.endpoint.protocol, c.call) for c in run.connections] == [
        ("192.0.2.1:443", "tcp", "connect"),
        ("192.0.2.1:9", "udp", "sendto"),
    ]
    assert all(connection.outcome is Outcome.REFUSED for connection in run.connections)


@pytest.mark.parametrize("way", ["race-connect", "race-sendto", "race-sendmsg", "race-sendmmsg", "race-descriptor"])
def test_no_race_reaches_the_refused_port(bypass: Path, peer: Peer, other: Peer, way: str):
    environment = {**os.environ, "ATTEMPTS": str(ATTEMPTS)}
    command = [str(bypass), way, str(peer.port), str(other.port)]
    run = guard(command, "block", Policy(other.port), environment=environment)
    assert run.exit == 0
    assert (peer.arrived, peer.datagrams) == ([], [])
    if way != "race-descriptor":
        assert {connection.endpoint.port for connection in run.connections} == {peer.port, other.port}
        assert other.arrived or other.datagrams


def test_without_descriptors_a_floor_of_ports_holds(bypass: Path, peer: Peer, other: Peer):
    offers = replace(probe(), descriptors=False)
    if offers.landlock < 4:
        pytest.skip("no Landlock rules for TCP")
    command = [str(bypass), "race-connect", str(peer.port), str(other.port)]
    environment = {**os.environ, "ATTEMPTS": "300"}
    options = {"environment": environment, "offers": offers, "floor_ports": (other.port,)}
    run = guard(command, "block", Policy(other.port), **options)
    assert run.grade is Grade.ENFORCED_PORTS
    assert peer.arrived == []
    assert other.arrived
    assert any(phrase.startswith("pidfd_getfd") for phrase in run.missing)


def test_with_the_best_effort_a_race_ends_its_process(bypass: Path, peer: Peer, other: Peer):
    offers = replace(probe(), descriptors=False, landlock=0)
    environment = {**os.environ, "ATTEMPTS": "3000"}
    command = [str(bypass), "race-hold", str(peer.port), str(other.port)]
    run = guard(command, "block", Policy(other.port), environment=environment, offers=offers)
    assert run.grade is Grade.BEST_EFFORT
    assert (run.signal, run.exit_code) == (9, 120)
    assert "race" in {evasion.kind for evasion in run.evasions}


def test_the_second_message_of_sendmmsg_is_judged_by_itself(bypass: Path, peer: Peer, other: Peer):
    run = guard([str(bypass), "sendmmsg", str(peer.port), str(other.port)], "block", Policy(other.port))
    assert {c.endpoint.port: c.outcome for c in run.connections} == {
        other.port: Outcome.ALLOWED,
        peer.port: Outcome.REFUSED,
    }
    assert peer.datagrams == []


@pytest.mark.parametrize("way", ["sendto", "sendmsg", "write", "fast-open", "unspecified"])
def test_what_is_allowed_arrives(bypass: Path, peer: Peer, way: str):
    run = guard([str(bypass), way, str(peer.port)], "block", Policy(peer.port))
    assert (run.refused, run.exit_code) == (0, 0)
    assert {connection.outcome for connection in run.connections} == {Outcome.ALLOWED}
    assert peer.datagrams == [b"past"] or peer.arrived == ["tcp"]


def test_asyncio_and_threads_work_when_allowed(other: Peer):
    code = """
import asyncio, socket, sys, threading
port = int(sys.argv[1])
async def once():
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read(); writer.close()
async def all(): await asyncio.gather(*(once() for _ in range(50)))
asyncio.run(all())
threads = [threading.Thread(target=lambda: socket.create_connection(("127.0.0.1", port)).recv(1)) for _ in range(20)]
[t.start() for t in threads]; [t.join() for t in threads]
"""
    run = guard(python(code, other.port), "block", Policy(other.port))
    assert run.exit_code == 0
    assert len(other.arrived) == 70
    assert sum(c.count for c in run.connections) == 70


def test_descriptors_are_passed_over_unix_sockets():
    code = """
import array, os, socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
socket.send_fds(a, [b"x"], [os.open("/etc/hosts", os.O_RDONLY)])
data, fds, *_ = socket.recv_fds(b, 10, 4)
assert data == b"x" and os.read(fds[0], 1)
"""
    assert guard(python(code), "block").exit_code == 0


def test_unix_sockets_are_decided_by_what_answers_there(tmp_path: Path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        code = "import os, socket, sys\nos.chdir(sys.argv[1])\nsocket.socket(socket.AF_UNIX).connect('docker.sock')"
        run = guard(python(code, tmp_path), "block", lambda attempt: Decision.ALLOW)
        assert run.exit_code == 0
        server.accept()[0].close()
        refused = guard(python(code, tmp_path), "block", lambda attempt: Decision.REFUSE)
    assert refused.exit_code == 120
    assert refused.local[0].endpoint == Endpoint("unix", "docker.sock", 0, "unix")


def test_a_broken_pipe_still_signals():
    code = """
import os, signal, socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
b.close()
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
a.sendmsg([b"x"])
"""
    assert guard(python(code), "block").signal == 13


def test_an_unreachable_address_answers_as_the_kernel_would():
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def errno(result): assert result == -1; return ctypes.get_errno()
s = libc.socket(2, 1, 0)
print(errno(libc.connect(s, ctypes.c_void_p(8), 16)), errno(libc.connect(s, b"\\2\\0", 200)), errno(libc.connect(99, b"\\2\\0" + bytes(14), 16)))
"""
    assert guard(["sh", "-c", 'test "$("$@")" = "14 22 9"', "sh", *python(code)], "block").exit_code == 0


def test_every_public_bypass_is_refused():
    results = selftest.bypasses(attempts=100)
    assert [result.number for result in results] == list(range(1, 46))
    assert [result for result in results if result.status in {Status.MISSED, Status.SEEN}] == []
    tried = [result for result in results if result.status is Status.REFUSED]
    assert selftest.score(results) == (len(tried), len(tried))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_every_public_bypass_is_refused_without_privileges():
    code = """
import os
from doorward.guard.selftest import Status, bypasses, score
bypasses([1])  # this interpreter may lie where the other user cannot import from
os.setgroups([]); os.setgid(65534); os.setuid(65534)
results = bypasses(attempts=100)
bad = [result for result in results if result.status in {Status.MISSED, Status.SEEN}]
print(bad, score(results))
raise SystemExit(bool(bad) or score(results)[1] < 35)
"""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_network_of_its_own_has_loopback_only(peer: Peer):
    if not can_isolate():
        pytest.skip("no namespaces here")
    code = """
import socket, sys
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
socket.create_connection(l.getsockname())
sys.exit(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))) != 111)
"""
    run = guard(python(code, peer.port), "observe", hard=True)
    assert (run.exit, peer.arrived) == (0, [])
    assert len(run.connections) == 2
    assert guard(["sh", "-c", "exit 7"], hard=True).exit == 7
    assert guard(["/no/such/program"], hard=True).exit == 127


def test_a_required_grade_that_is_missing_starts_nothing(tmp_path: Path):
    marker = tmp_path / "ran"
    run = guard(["touch", str(marker)], "observe", required=Grade.ENFORCED)
    assert (run.exit, run.exit_code, run.required) == (None, 121, Grade.ENFORCED)
    assert not marker.exists()


def test_a_neighbour_cannot_be_reached_into():
    code = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
pid = int(sys.argv[1])
results = [libc.ptrace(16, pid, 0, 0), libc.syscall(438, os.pidfd_open(pid), 0, 0)]
buffer = ctypes.create_string_buffer(8)
class Vector(ctypes.Structure): _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
vector = Vector(ctypes.addressof(buffer), 8)
results.append(libc.process_vm_readv(pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0))
try: os.open(f"/proc/{pid}/mem", os.O_RDWR); results.append(0)
except PermissionError: results.append(-1)
sys.exit(results != [-1] * 4)
"""
    run = guard(python(code, os.getpid()), "observe")
    assert run.exit == 0
    assert [access.call for access in run.neighbours] == ["ptrace", "pidfd_getfd", "process_vm_readv", "/proc/PID/mem"]
    assert {access.target.pid for access in run.neighbours} == {os.getpid()}


def test_a_debugger_reaches_its_own_children():
    code = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    import time; time.sleep(60); os._exit(0)
attached = libc.ptrace(16, pid, 0, 0)
os.kill(pid, 9)
sys.exit(attached != 0)
"""
    run = guard(python(code), "block")
    assert (run.exit_code, run.neighbours) == (0, ())


def test_evasions_are_named(bypass: Path, peer: Peer):
    kinds = {}
    for way in ("x32", "int80-connect", "raw", "protocols", "vsock", "io-uring"):
        run = guard([str(bypass), way, str(peer.port)], "block", Policy())
        kinds[way] = {evasion.kind for evasion in run.evasions}
        assert (run.exit_code == 120) is (way != "io-uring"), way
    assert kinds == {
        "x32": {"x32"},
        "int80-connect": {"int80"},
        "raw": {"raw-socket", "packet-socket"},
        "protocols": {"sctp", "mptcp", "ping-socket"},
        "vsock": {"vsock"},
        "io-uring": {"io-uring"},
    }
