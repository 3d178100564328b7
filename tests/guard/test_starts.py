"""Calls whose own stack names nobody: threads, pools, workers, and programs that others start."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from doorward.model.run import Attribution, Run

from .conftest import Peer, guard, needs_notification

pytestmark = needs_notification
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

#: The body of ``def call(port)`` in an installed package; the last line that is not a join is the one to be named.
PYTHON = {
    "a thread of the standard library": (
        "import threading, urllib.request",
        "t = threading.Thread(target=urllib.request.urlopen, args=(f'http://127.0.0.1:{port}',)); t.start(); t.join()",
    ),
    "bash": ("import subprocess", "subprocess.run(['bash', '-c', f'true; exec 3<>/dev/tcp/127.0.0.1/{port}'])"),
    "a shell's child": ("import os", "os.system(f'true; {sys.executable} -S -I -c \"{SOCKET}\" {port}; true')"),
    "an interpreter without hooks": (
        "import subprocess",
        "subprocess.run([sys.executable, '-I', '-c', SOCKET, str(port)])",
    ),
    "an inline program": ("import subprocess", "subprocess.run([sys.executable, '-c', SOCKET, str(port)])"),
    "a thread's child": (
        "import subprocess, threading",
        "t = threading.Thread(target=subprocess.run, args=([sys.executable, '-I', '-c', SOCKET, str(port)],)); t.start(); t.join()",
    ),
    "ctypes": (
        "import ctypes, struct; libc = ctypes.CDLL(None)",
        "libc.connect(libc.socket(2, 1, 0), struct.pack('=H', 2) + struct.pack('!H4s8x', port, bytes((127, 0, 0, 1))), 16)",
    ),
}
SOCKET = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))"

NODE = {
    "a datagram": "const s = require('dgram').createSocket('udp4'); s.send('x', port, '127.0.0.1', () => s.close())",
    "fetch": "fetch(`http://127.0.0.1:${port}`).catch(() => {})",
    "a pool": "const agent = new http.Agent({ maxSockets: 1 }); for (const _ of [1, 2]) http.get({ port, host: '127.0.0.1', agent }).on('error', () => {})",
    "a worker": "new (require('worker_threads').Worker)(`require('net').connect(${port}, '127.0.0.1').on('error', () => {})`, { eval: true })",
    "an inline program": "require('child_process').spawnSync(process.execPath, ['-e', `require('net').connect(${port}, '127.0.0.1').on('error', () => {})`])",
}


def told(run: Run, port: int) -> set[tuple[str, str]]:
    found: list[Attribution] = [c.actor.attribution for c in run.connections if c.endpoint.port == port]
    return {(item.purl, item.where) for item in found}


@pytest.fixture
def port(peer: Peer) -> int:
    return peer.port


@pytest.mark.parametrize("way", PYTHON)
def test_a_python_library_is_named_behind_what_it_starts(tmp_path: Path, port: int, way: str):
    site = tmp_path / "lib" / "site-packages"
    (site / "quiet").mkdir(parents=True)
    (site / "quiet-2.0.dist-info").mkdir()
    (site / "quiet-2.0.dist-info" / "RECORD").write_text("quiet/__init__.py,,\n")
    needs, body = PYTHON[way]
    (site / "quiet" / "__init__.py").write_text(
        f"import sys\n{needs}\nSOCKET = {SOCKET!r}\ndef call(port):\n    {body}\n"
    )
    (tmp_path / "own.py").write_text(f"import quiet\ntry:\n    quiet.call({port})\nexcept OSError:\n    pass\n")
    run = guard([sys.executable, "own.py"], cwd=tmp_path, environment={**os.environ, "PYTHONPATH": str(site)})
    line = 2 if way == "ctypes" else 5
    assert told(run, port) <= {("pkg:pypi/quiet@2.0", f"{site}/quiet/__init__.py:{item}") for item in (line, 5)}
    assert told(run, port)


@needs_node
@pytest.mark.parametrize("way", NODE)
def test_a_node_library_is_named_behind_what_it_starts(tmp_path: Path, port: int, way: str):
    package = tmp_path / "node_modules" / "quiet"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "quiet", "version": "2.0.0"}')
    (package / "index.js").write_text(f"const http = require('http');\nmodule.exports = (port) => {{ {NODE[way]} }};\n")
    (tmp_path / "own.js").write_text(f"require('quiet')({port});\n")
    run = guard(["node", "own.js"], cwd=tmp_path)
    assert told(run, port) == {("pkg:npm/quiet@2.0.0", f"{package}/index.js:2")}


@needs_node
def test_a_program_belongs_to_the_package_of_its_file(tmp_path: Path, port: int):
    package = tmp_path / "node_modules" / "fetcher"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "fetcher", "version": "1.0.0"}')
    (package / "cli.js").write_text(f"eval(\"require('net').connect({port}, '127.0.0.1').on('error', () => {{}})\")\n")
    inline = f"setTimeout(() => require('net').connect({port}, '127.0.0.1').on('error', () => {{}}), 1)"
    (tmp_path / "own.js").write_text(f"eval({inline!r})\n")
    assert {purl for purl, _ in told(guard(["node", "node_modules/fetcher/cli.js"], cwd=tmp_path), port)} == {
        "pkg:npm/fetcher@1.0.0"
    }
    own = guard(["node", "own.js"], cwd=tmp_path)
    assert {purl for purl, _ in told(own, port)} == {""}


@needs_curl
def test_what_a_person_starts_is_attributed_to_no_library(port: int):
    assert told(guard(["sh", "-c", f"curl -s http://127.0.0.1:{port}; true"]), port) == {("", "")}
