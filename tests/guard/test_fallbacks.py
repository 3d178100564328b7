from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.guard import GuardOptions
from doorward.guard.attribution.join import Layers
from doorward.guard.fallback import Fallback, working_strace
from doorward.guard.fallback_hooks import endpoint_of
from doorward.guard.fallback_strace import StraceWatcher, parse_addresses
from doorward.guard.hooks.log import Event, frames, parse
from doorward.guard.launch import Plan
from doorward.guard.ledger import Ledger
from doorward.guard.names import Names
from doorward.guard.notices import Notices
from doorward.guard.offers import Offers, probe
from doorward.guard.tree import Tree
from doorward.guard.verify import parse_table
from doorward.guard.watch import Watch
from doorward.model.run import Connection, Endpoint, Grade, Mode, Outcome, Phase

from .conftest import Peer, Policy, guard, python
from .test_block import SOURCE

CONNECT = "import socket, sys; socket.socket().connect_ex(('127.0.0.1', int(sys.argv[1]))); sys.exit(5)"


def without_filter(command: list[str], strace: str | None) -> tuple[int, tuple[Connection, ...]]:
    options = GuardOptions(mode=Mode.BLOCK, unwinder=None)
    ledger = Ledger()
    with Layers.open(options) as layers:
        watch = Watch(options, Policy(), Notices(lambda _: None), layers, ledger, Names(), enforcing=False)
        root = [0]
        tree = Tree(lambda: root[0], {})
        plan = Plan(command, layers.environment(dict(os.environ)), None, b"", 0, None)
        code = Fallback(plan, watch, layers, tree, lambda process: root.__setitem__(0, process.pid)).run(strace=strace)
        tree.close()
    return code, ledger.connections.rows()


def test_the_hooks_alone_tell_of_python(peer: Peer):
    code, connections = without_filter(python(CONNECT, peer.port), None)
    assert code == 5
    (connection,) = connections
    assert connection.endpoint == Endpoint("ipv4", "127.0.0.1", peer.port, "tcp")
    assert connection.outcome is Outcome.OBSERVED
    assert connection.actor.attribution.where == "<string>:1"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_strace_tells_of_any_program(peer: Peer):
    strace = working_strace()
    if strace is None:
        pytest.skip("strace may not trace here")
    code, connections = without_filter(python(CONNECT, peer.port, flags=("-I",)), strace)
    assert code == 5
    assert [connection.endpoint for connection in connections] == [Endpoint("ipv4", "127.0.0.1", peer.port, "tcp")]
    assert connections[0].actor.processes[-1].argv[0] == sys.executable


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_strace_tells_of_every_message_of_sendmmsg(compiled: Callable[..., Path], peer: Peer, other: Peer):
    bypass = compiled("bypass", SOURCE.read_text())
    strace = working_strace()
    if strace is None:
        pytest.skip("strace may not trace here")
    _, connections = without_filter([str(bypass), "sendmmsg", str(peer.port), str(other.port)], strace)
    assert {connection.endpoint.port for connection in connections} == {peer.port, other.port}


def test_a_process_that_is_gone_is_told_by_what_it_was_started_with(tmp_path: Path):
    options = GuardOptions(unwinder=None)
    ledger = Ledger()
    with Layers.open(options) as layers:
        watch = Watch(options, Policy(), Notices(lambda _: None), layers, ledger, Names(), enforcing=False)
        watcher = StraceWatcher(watch, layers, Tree(lambda: 0, {}), tmp_path / "pipe")
        gone = 1 << 30
        watcher.take(f'{gone} execve("/usr/bin/pip", ["pip", "install]", "\\"a\\""...], 0x1 /* 3 vars */) = 0\n')
        watcher.take(f"{gone} sendto(3, 0x1, 4, 0, {{sa_family=AF_INET, sin_port=htons(53), cut")
        watcher.take(
            f'{gone} connect(3, {{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}}, 16) = 0\n'
        )
    (connection,) = ledger.connections.rows()
    assert connection.actor.processes[-1].argv[:2] == ("pip", "install]")
    assert connection.actor.phase is Phase.RESOLVE
    assert watcher.unread == 1


def test_what_only_the_hooks_watched_is_said():
    nothing = replace(probe(), notification="the kernel has no seccomp notification")
    run = guard(["true"], offers=nothing)
    assert not run.filtered
    assert bool(run.unwatched) is (working_strace() is None)


def test_a_command_that_cannot_start_keeps_its_code():
    assert without_filter(["/no/such/program"], None)[0] == 127


@pytest.mark.parametrize(
    ("line", "call", "endpoints"),
    [
        (
            'connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 16) = 0',
            "connect",
            (Endpoint("ipv4", "192.0.2.1", 80, "tcp"),),
        ),
        (
            'sendto(3, ""..., 4, 0, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 4',
            "sendto",
            (Endpoint("ipv6", "2001:db8::1", 53, "udp"),),
        ),
        ('connect(3, {sa_family=AF_UNIX, sun_path=@"abc"}, 6) = 0', "connect", (Endpoint("unix", "@abc", 0, "unix"),)),
        ("connect(3, 0x1, 16) = -1 EFAULT", "connect", ()),
    ],
)
def test_lines_of_strace(line: str, call: str, endpoints: tuple[Endpoint, ...]):
    assert parse_addresses(line, call) == endpoints


@given(st.text(max_size=300))
def test_any_line_of_strace_can_be_read(line: str):
    parse_addresses(line, "connect")


@pytest.mark.parametrize(
    ("target", "port", "endpoint", "host"),
    [
        ("192.0.2.1", 80, Endpoint("ipv4", "192.0.2.1", 80, "tcp"), ""),
        ("::ffff:192.0.2.1", 80, Endpoint("ipv4", "192.0.2.1", 80, "tcp"), ""),
        ("fe80::1%eth0", 80, Endpoint("ipv6", "fe80::1", 80, "tcp"), ""),
        ("files.invalid", 80, Endpoint("unresolved", "", 80, "tcp"), "files.invalid"),
        ("/run/x.sock", 0, Endpoint("unix", "/run/x.sock", 0, "unix"), ""),
    ],
)
def test_targets_of_a_hook(target: str, port: int, endpoint: Endpoint, host: str):
    assert endpoint_of(Event("socket.connect", 1, 1, 3, target, port, "", ""), "tcp") == (endpoint, host)
    assert not endpoint.is_loopback


@given(st.binary(max_size=400))
def test_any_line_of_a_hook_is_an_event_or_none(line: bytes):
    event = parse(line)
    if event is not None:
        list(frames(event.stack))


def test_a_line_of_a_hook_is_read_back():
    event = parse(b"socket.connect\t12\t13\t3\t/a\\sb\\tc\\\\n\t80\t\t/x\\sy.py:3 /z.py:4")
    assert event == Event("socket.connect", 12, 13, 3, "/a b\tc\\n", 80, "", "/x\\sy.py:3 /z.py:4")
    assert list(frames(event.stack)) == [("/x y.py", 3), ("/z.py", 4)]


def test_grades_follow_what_the_kernel_offers():
    whole = Offers("", descriptors=True, memory=True, landlock=7)
    assert (whole.grade(Mode.BLOCK), whole.missing) == (Grade.ENFORCED, ())
    assert whole.grade(Mode.OBSERVE) is Grade.OBSERVED
    assert replace(whole, descriptors=False).grade(Mode.BLOCK, ports=True) is Grade.ENFORCED_PORTS
    assert replace(whole, descriptors=False).grade(Mode.BLOCK) is Grade.BEST_EFFORT
    assert replace(whole, descriptors=False, landlock=0).grade(Mode.BLOCK) is Grade.BEST_EFFORT
    broken = replace(whole, notification="no seccomp")
    assert broken.grade(Mode.BLOCK) is Grade.OBSERVED
    assert broken.missing == ("no seccomp",)


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 010200C0:01BB 01 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000 100 0 0 10 0
   1: 00000000000000000000000001000000:0 0000000000000000FFFF00000100007F:0016 01 0:0 0:0 0 0 0 4343 1
   2: short
   3: zz:1 zz:1 01 0:0 0:0 0 0 0 4444 1
"""


def test_tables_of_sockets():
    assert list(parse_table(TABLE)) == [("4242", ("192.0.2.1", 443)), ("4343", ("127.0.0.1", 22))]


@given(st.text(max_size=400))
def test_any_table_can_be_read(text: str):
    list(parse_table("head\n" + text))


def test_asking_the_kernel_changes_nothing():
    before = Path("/proc/self/status").read_text().split("NoNewPrivs")[1][:4]
    assert probe() == probe()
    assert Path("/proc/self/status").read_text().split("NoNewPrivs")[1][:4] == before
