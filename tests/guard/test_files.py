from __future__ import annotations

from pathlib import Path

import pytest

from doorward.guard.handlers.programs import tool_of
from doorward.guard.paths import Sensitive, socket_service
from doorward.model.run import Run

from .conftest import guard, needs_notification, python


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text("not a key")
    (tmp_path / ".npmrc").write_text("")
    (tmp_path / "honey.txt").write_text("")
    return tmp_path


def seen(run: Run) -> set[tuple[str, str, str]]:
    return {(Path(access.path).name, access.kind, access.operation) for access in run.files}


@needs_notification
def test_writes_to_sensitive_files_are_told(home: Path):
    code = """
import os, sys
os.chdir(sys.argv[1])
open(".bashrc", "a").close()
os.symlink(".ssh", "innocent"); open("innocent/authorized_keys", "w").close()
open("plain", "w").close(); os.rename("plain", ".profile")
os.makedirs(".git/hooks"); open(".git/hooks/pre-commit", "w").close()
os.link("innocent/authorized_keys", "evil.pth")
os.unlink(".npmrc")
open(".zshrc.d", "w").close()
directory = os.open(".", os.O_RDONLY); os.close(os.open(".vimrc", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
"""
    run = guard(python(code, home), home=home)
    assert run.exit == 0
    assert seen(run) == {
        (".bashrc", "persistence", "write"),
        ("authorized_keys", "persistence", "write"),
        (".profile", "persistence", "rename"),
        ("pre-commit", "persistence", "write"),
        ("evil.pth", "persistence", "link"),
        (".npmrc", "persistence", "unlink"),
        (".vimrc", "persistence", "write"),
    }
    where = {Path(access.path).name: access.actor.attribution.where for access in run.files}
    assert where[".bashrc"] == "<string>:4"


@needs_notification
def test_writes_are_not_trapped_in_tests(home: Path):
    run = guard(python("open('.bashrc', 'a')"), home=home, watch_writes=False, cwd=home)
    assert run.files == ()


@needs_notification
def test_reads_of_credentials_and_planted_files_are_told(home: Path):
    code = """
import os, sys
open(os.path.join(sys.argv[1], ".ssh", "id_ed25519")).read()
open(os.path.join(sys.argv[1], "honey.txt")).read()
open(os.path.join(sys.argv[1], "..", "other"), "w").close()
"""
    run = guard(python(code, home), home=home, honey_files=(home / "honey.txt",))
    reads = {Path(access.path).name: access for access in run.files if access.operation == "read"}
    assert {name: access.kind for name, access in reads.items()} == {"id_ed25519": "credential", "honey.txt": "honey"}
    assert reads["id_ed25519"].seen_by == "python-hook"
    assert reads["id_ed25519"].actor.attribution.where == "<string>:3"


@needs_notification
def test_a_reader_without_a_hook_is_found_while_it_has_the_file_open(home: Path):
    run = guard(["sh", "-c", f"exec 3< {home}/.ssh/id_ed25519; sleep 0.3"], home=home)
    (access,) = run.files
    assert (access.seen_by, access.kind) == ("inotify", "credential")
    assert access.actor.processes[-1].argv[0] == "sh"


@needs_notification
def test_programs_are_told_with_what_they_are_for(tmp_path: Path):
    run = guard(["sh", "-c", "echo aGk= | base64 -d; sh -c 'true | sh'; /bin/true; no-such-program || true"])
    tools = {(Path(execution.path).name, execution.tool) for execution in run.executions}
    assert ("base64", "decode") in tools
    assert ("true", "") in tools
    assert ("sh", "shell") in {(Path(execution.argv[0]).name, execution.tool) for execution in run.executions}
    assert "no-such-program" not in {Path(execution.path).name for execution in run.executions}


@needs_notification
def test_listeners_are_told():
    code = """
import socket
s = socket.socket(); s.bind(("0.0.0.0", 0)); s.listen()
t = socket.socket(socket.AF_INET6); t.bind(("::1", 0)); t.listen()
"""
    run = guard(python(code))
    assert [(listener.endpoint.address, listener.endpoint.protocol) for listener in run.listeners] == [
        ("0.0.0.0", "tcp"),
        ("::1", "tcp"),
    ]


@pytest.mark.parametrize(
    ("path", "argv", "tool"),
    [
        ("/usr/bin/curl", ("curl", "x"), "download"),
        ("/bin/busybox", ("busybox", "wget", "x"), "download"),
        ("/usr/bin/openssl", ("openssl",), "decode"),
        ("/bin/sh", ("sh", "-c", "curl x | bash"), "shell"),
        ("/bin/bash", ("bash", "-c", "exec 3<>/dev/tcp/x/1"), "shell"),
        ("/bin/sh", ("sh", "-c", "make"), ""),
        ("/usr/bin/gcc", ("gcc",), ""),
    ],
)
def test_tools(path: str, argv: tuple[str, ...], tool: str):
    assert tool_of(path, argv) == tool


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/var/run/nscd/socket", "nscd"),
        ("/run/docker.sock", "docker"),
        ("/home/u/.docker/run/docker.sock", "docker"),
        ("/run/containerd/containerd.sock", "containerd"),
        ("/run/user/1000/bus", "session-bus"),
        ("/tmp/ssh-abc/agent.12", "ssh-agent"),
        ("/elsewhere/agent", "ssh-agent"),
        ("/run/user/1000/gnupg/S.gpg-agent", "gpg-agent"),
        ("/run/systemd/private", "systemd"),
        ("/dev/log", "syslog"),
        ("/tmp/own.sock", ""),
        ("", ""),
    ],
)
def test_what_answers_at_a_unix_socket(path: str, service: str):
    assert socket_service(path, {"SSH_AUTH_SOCK": "/elsewhere/agent"}) == service


@pytest.mark.parametrize(
    ("path", "written", "read"),
    [
        ("/home/u/.bashrc", "persistence", ""),
        ("/home/other/.bashrc", "", ""),
        ("/x/site-packages/a.pth", "persistence", ""),
        ("/w/.github/workflows/ci.yml", "persistence", ""),
        ("/etc/cron.d/x", "persistence", ""),
        ("/home/u/.aws/credentials", "", "credential"),
        ("/w/.env", "", "credential"),
        ("/home/u/planted", "honey", "honey"),
        ("/w/src/main.c", "", ""),
    ],
)
def test_what_is_sensitive(path: str, written: str, read: str):
    sensitive = Sensitive(["/home/u/"], ["/home/u/planted"])
    assert (sensitive.written(path), sensitive.read(path)) == (written, read)


@needs_notification
def test_a_fork_bomb_is_bounded():
    code = "import os\nfor _ in range(300):\n    if os.fork() == 0: os.execv('/bin/true', ['true'])\n    os.wait()\n"
    run = guard(python(code))
    assert run.exit == 0
    assert sum(execution.count for execution in run.executions) == 300
    assert len(list(Path("/proc/self/fd").iterdir())) < 200
