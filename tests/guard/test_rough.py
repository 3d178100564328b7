"""What goes wrong around a command: readers that stall, terminals that go away, floods, bombs, faults of our own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doorward.model.run import Connection, ConnectionAttempt, Decision

from .conftest import Peer, Policy, guard, needs_notification, python
from .test_names import ASK, name_server

pytestmark = needs_notification

CONNECT = "import socket, sys; [socket.socket().connect_ex(('127.0.0.1', int(p))) for p in sys.argv[1:]]"


def test_a_reader_that_stalls_stops_no_call(peer: Peer, other: Peer, tmp_path: Path):
    done = tmp_path / "done"
    told: list[int] = []

    def stalled(connection: Connection) -> None:
        # Gives up at last, so that a fault is a failure and no hang.
        for _ in range(1000):
            if done.exists():
                break
            time.sleep(0.01)
        else:
            told.append(-1)
        told.append(connection.endpoint.port)

    guard(python(CONNECT + f"; open({str(done)!r}, 'w')", peer.port, other.port, flags=("-I",)), notice=stalled)
    assert told == [peer.port, other.port]


@pytest.mark.parametrize("mode", ["observe", "block"])
def test_a_fault_of_the_policy_is_told_and_leaves_nobody_waiting(mode: str, peer: Peer):
    def broken(_attempt: ConnectionAttempt) -> Decision:
        raise RuntimeError("no such policy")

    run = guard(python(CONNECT, peer.port, flags=("-I",)), mode, broken)
    assert run.exit == 0
    assert "fault of guard: RuntimeError: no such policy" in run.missing
    assert peer.arrived == (["tcp"] if mode == "observe" else [])


def test_a_question_that_cannot_be_judged_costs_only_its_own_answer():
    def broken(attempt: ConnectionAttempt) -> Decision:
        if attempt.host.startswith("broken"):
            raise RuntimeError("no such policy")
        return Decision.ALLOW

    with name_server() as (port, asked):
        ask = python(ASK, port, "127.0.0.1")
        command = ["sh", "-c", '"$@" broken.invalid 0.2 2>/dev/null; "$@" sound.invalid', "sh", *ask]
        run = guard(command, "observe", broken, name_ports=frozenset({port}))
    assert (run.exit, asked) == (0, ["sound.invalid"])
    assert "fault of guard: RuntimeError: no such policy" in run.missing


FLOOD = """
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int n, char **v) {
  for (int i = 0; i < atoi(v[1]); i++) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1 + i % atoi(v[2])),
                            .sin_addr.s_addr = htonl(0x7f000001)};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    connect(s, (void *)&a, sizeof a);
    close(s);
  }
}
"""


@pytest.mark.parametrize("mode", ["observe", "block"])
def test_a_flood_is_counted_and_summarised(mode: str, compiled: Callable[..., Path]):
    flood = compiled("flood", FLOOD)
    policy = Policy(*range(2000))
    run = guard([str(flood), "20000", "50"], mode, policy, name_ports=frozenset({65535}))
    assert (len(run.connections), sum(item.count for item in run.connections)) == (50, 20_000)
    # Equal attempts are decided once.
    assert len(policy.asked) == 50


BOMB = """
import os, socket
for _ in range(7):
    try:
        os.fork()
    except OSError:
        pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))

"""


def test_a_bomb_of_forks_is_counted_to_the_last():
    run = guard(python(BOMB, flags=("-I", "-S")), "block", Policy(9))
    assert run.exit == 0
    assert sum(item.count for item in run.connections) == 128
    assert not [phrase for phrase in run.missing if phrase.startswith("fault")]


GUARDED = """
import sys
from doorward.cli import main
sys.exit(main(["guard", "--offline", "--format", "json", "--output", sys.argv[1], "--", sys.executable, "-I", "-c", sys.argv[2]]))
"""
CHILD = """
import os, signal, sys, time
got = []
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda n, _: got.append(n))
os.write(os.open({ready!r}, os.O_WRONLY | os.O_CREAT, 0o600), b"up")
while not got:
    time.sleep(0.01)
time.sleep(0.3)
os._exit(40 + len(got) if set(got) == {{{number}}} else 9)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_terminal_interrupts_once_or_goes_away(number: signal.Signals, tmp_path: Path):
    """A terminal sends Ctrl-C to both; when it goes away both get SIGHUP, and guard passes its own on."""
    ready, report = tmp_path / "ready", tmp_path / "run.json"
    child = CHILD.format(ready=str(ready), number=int(number))
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["DOORWARD_HOME"] = str(tmp_path / "home")
        os.chdir(tmp_path)
        os.execv(sys.executable, [sys.executable, "-c", GUARDED, str(report), child])
    reader = threading.Thread(target=_read, args=(terminal,))
    if number == signal.SIGINT:
        reader.start()
    while not ready.exists():
        time.sleep(0.01)
    if number == signal.SIGINT:
        os.write(terminal, b"\x03")
    else:
        os.close(terminal)
    _, status = os.waitpid(pid, 0)
    if number == signal.SIGINT:
        reader.join()
        os.close(terminal)
    code = os.waitstatus_to_exitcode(status)
    assert code in ({41} if number == signal.SIGINT else {41, 42})
    assert json.loads(report.read_text())["run"]["exit"] == code


#: What is left behind begins when the command has ended and was waited for.
LEFT = """
import sys
from doorward.cli import main
left = f"(while kill -0 $$; do sleep 0.02; done; {sys.argv[1]}) </dev/null >/dev/null 2>&1 & exit 4"
sys.exit(main(["guard", "--offline", "-q", "--", "sh", "-c", left]))
"""


@contextlib.contextmanager
def leaving(left: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Guard a command that has ended and left a script behind, which writes to ``ready`` once it runs."""
    environment = {**os.environ, "DOORWARD_HOME": str(tmp_path / "home")}
    with subprocess.Popen([sys.executable, "-c", LEFT, left], env=environment, start_new_session=True) as process:
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        yield process


def test_what_is_left_behind_and_ignores_an_interrupt_can_be_ended(tmp_path: Path):
    with leaving(f"echo > {tmp_path}/ready; exec sleep 60", tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(50) == 4


def test_what_is_left_behind_and_ends_for_no_signal_is_killed_with_its_children(tmp_path: Path):
    """One press asks it, one kills it, and one kills what it leaves behind in turn."""
    script = tmp_path / "left.sh"
    script.write_text(
        f"trap 'echo > {tmp_path}/asked' TERM; echo $$ > {tmp_path}/pid; mv {tmp_path}/pid {tmp_path}/ready\n"
        "while :; do sleep 60 & wait; done\n"
    )
    with leaving(f"exec sh {script}", tmp_path) as process:
        process.send_signal(signal.SIGINT)
        while not (tmp_path / "asked").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        while Path("/proc", (tmp_path / "ready").read_text().strip()).exists():
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(50) == 4


def test_a_terminal_ends_what_is_left_behind(tmp_path: Path):
    ready = tmp_path / "ready"
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["DOORWARD_HOME"] = str(tmp_path / "home")
        os.execv(sys.executable, [sys.executable, "-c", LEFT, f"setsid sh -c 'echo > {ready}; exec sleep 60'"])
    reader = threading.Thread(target=_read, args=(terminal,))
    reader.start()
    while not ready.exists():
        time.sleep(0.01)
    time.sleep(0.3)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    reader.join()
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 4


def _read(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # the other end is closed
        return


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exec /nonexistent/command", 127),
        ("kill -9 $$", 137),
        ("kill -15 $$", 143),
        ("exit 126", 126),
        ("exit 255", 255),
    ],
)
def test_no_code_is_lost_without_standard_streams(script: str, code: int, tmp_path: Path):
    """Closed standard streams cost nothing but what would have been written there."""
    command = [sys.executable, "-m", "doorward", "guard", "--offline", "--", "sh", "-c", script]
    environment = {**os.environ, "DOORWARD_HOME": str(tmp_path)}
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
    assert subprocess.run(closed, env=environment, cwd=tmp_path, check=False).returncode == code
