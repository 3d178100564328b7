from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.model.run import Connection, Phase, Run

from .conftest import Peer, guard, needs_notification, python

pytestmark = needs_notification

CONNECT = "import socket; socket.socket().connect_ex(('127.0.0.1', {port}))\n"


def install(site: Path, name: str, version: str, files: dict[str, str]) -> None:
    """Lay an installed distribution with its RECORD."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, text in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))


@pytest.fixture
def site(tmp_path: Path, peer: Peer) -> Path:
    folder = tmp_path / "lib" / "site-packages"
    install(
        folder,
        "requests",
        "9.9",
        {
            "requests/__init__.py": "import socket\ndef get(port):\n    return socket.socket().connect_ex(('127.0.0.1', port))\n"
        },
    )
    install(
        folder,
        "Quiet.Caller",
        "4.1.1",
        {"quiet/__init__.py": "import requests\ndef phone(port):\n    requests.get(port)\n"},
    )
    install(
        folder,
        "patcher",
        "1.0",
        {
            "patcher.py": "import os, socket, sys\nos.write = os.open = sys._getframe = socket.socket.connect_ex = None\n"
        },
    )
    return folder


def watched(site: Path, code: str, port: int) -> Run:
    return guard(python(code, port), environment={**os.environ, "PYTHONPATH": str(site)})


def only(run: Run) -> Connection:
    (connection,) = run.connections
    return connection


def test_a_library_is_named_behind_its_transport(site: Path, peer: Peer):
    run = watched(site, "import quiet, sys; quiet.phone(int(sys.argv[1]))", peer.port)
    found = only(run).actor.attribution
    assert (found.package, found.version, found.purl) == ("quiet-caller", "4.1.1", "pkg:pypi/quiet-caller@4.1.1")
    assert found.where == f"{site}/quiet/__init__.py:3"
    assert found.by == "python-hook"
    assert found.chain == ("requests 9.9", "quiet-caller 4.1.1")
    assert {library.purl for library in run.libraries} >= {"pkg:pypi/quiet-caller@4.1.1", "pkg:pypi/requests@9.9"}


def test_own_code_is_named_by_its_line(site: Path, peer: Peer, tmp_path: Path):
    script = tmp_path / "own.py"
    script.write_text("import requests, sys\n\nrequests.get(int(sys.argv[1]))\n")
    run = guard([sys.executable, str(script), str(peer.port)], environment={**os.environ, "PYTHONPATH": str(site)})
    found = only(run).actor.attribution
    assert (found.package, found.where, found.chain) == ("", f"{script}:3", ("requests 9.9",))


def test_patching_modules_does_not_blind_the_hook(site: Path, peer: Peer):
    code = "import patcher, socket, sys; socket.socket().connect(('127.0.0.1', int(sys.argv[1])))"
    found = only(watched(site, code, peer.port)).actor.attribution
    assert (found.by, found.unexplained) == ("python-hook", False)


def test_a_call_that_no_language_explains_is_marked(site: Path, peer: Peer):
    code = """
import ctypes, struct, sys
libc = ctypes.CDLL(None)
libc.connect(libc.socket(2, 1, 0), struct.pack("=H", 2) + struct.pack("!H4s8x", int(sys.argv[1]), bytes((127, 0, 0, 1))), 16)
"""
    found = only(watched(site, code, peer.port)).actor.attribution
    assert found.unexplained
    assert any("libffi" in path or "_ctypes" in path for path in found.native)


def test_an_extension_is_named_by_the_native_stack(site: Path, peer: Peer, compiled: Callable[..., Path]):
    source = """
#include <arpa/inet.h>
#include <sys/socket.h>
int phone(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000001)};
  int r = connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a);
  return r + 1;
}
"""
    library = compiled("native.so", source, "-shared", "-fPIC")
    install(site, "native-wheel", "2.0", {"native_wheel/__init__.py": "", "native_wheel/core.so": ""})
    shutil.copy(library, site / "native_wheel" / "core.so")
    code = f"import ctypes, sys; ctypes.CDLL({str(site / 'native_wheel' / 'core.so')!r}).phone(int(sys.argv[1]))"
    found = only(watched(site, code, peer.port)).actor.attribution
    assert (found.package, found.version, found.by) == ("native-wheel", "2.0", "native-stack")
    assert found.where.endswith("native_wheel/core.so")
    assert found.unexplained


def test_code_in_anonymous_memory_is_told(peer: Peer):
    code = """
import ctypes, mmap, struct, sys
machine = bytes.fromhex("b82a0000000f05c3")  # mov eax, 42; syscall; ret
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(machine)
entry = ctypes.addressof(ctypes.c_char.from_buffer(memory))
call = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long, ctypes.c_char_p, ctypes.c_long)(entry)
address = struct.pack("=H", 2) + struct.pack("!H4s8x", int(sys.argv[1]), bytes((127, 0, 0, 1)))
call(ctypes.CDLL(None).socket(2, 1, 0), address, 16)
"""
    assert only(guard(python(code, peer.port))).actor.attribution.anonymous_code


def test_the_users_own_sitecustomize_still_runs(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.mine = True\n")
    code = "import sys; assert mine; assert not any('guard/hooks' in p for p in sys.path); import sitecustomize; assert sys.argv[1] in sitecustomize.__file__"
    run = guard(python(code, tmp_path), environment={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert run.exit == 0


def test_the_current_test_of_pytest_is_named(tmp_path: Path, peer: Peer):
    (tmp_path / "test_own.py").write_text("def test_it():\n    " + CONNECT.format(port=peer.port))
    run = guard([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_own.py"], cwd=tmp_path)
    connection = only(run)
    assert run.exit == 0
    assert connection.actor.phase is Phase.TEST
    assert connection.actor.attribution.test == "test_own.py::test_it"
    assert connection.actor.attribution.where == f"{tmp_path}/test_own.py:2"


BACKEND = """
import socket, tarfile
{connect}
def get_requires_for_build_wheel(settings=None): return []
def build_wheel(folder, settings=None, metadata=None):
    import zipfile
    with zipfile.ZipFile(folder + "/loud-1.5-py3-none-any.whl", "w") as wheel:
        wheel.writestr("loud.py", "")
        wheel.writestr("loud-1.5.dist-info/METADATA", "Metadata-Version: 2.1\\nName: loud\\nVersion: 1.5\\n")
        wheel.writestr("loud-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("loud-1.5.dist-info/RECORD", "")
    return "loud-1.5-py3-none-any.whl"
"""


def sdist(folder: Path, port: int) -> Path:
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: Loud\nVersion: 1.5\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(connect=CONNECT.format(port=port)),
    }
    target = folder / "loud-1.5.tar.gz"
    with tarfile.open(target, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"loud-1.5/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return target


@pytest.mark.parametrize("local", [True, False])
def test_pips_isolated_build_is_attributed_to_the_release(tmp_path: Path, peer: Peer, local: bool):
    archive = sdist(tmp_path, peer.port)
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(tmp_path / "out")]
    command = [*pip, str(archive)] if local else [*pip, "--find-links", str(tmp_path), "loud"]
    assert_it_is_the_release(guard(command, hooks=True))


def test_a_wheel_that_pip_builds_is_attributed_to_the_release(tmp_path: Path, peer: Peer):
    sdist(tmp_path, peer.port)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "-w", str(tmp_path / "out")]
    assert_it_is_the_release(guard([*pip, "--find-links", str(tmp_path), "loud"]))


def assert_it_is_the_release(run: Run) -> None:
    assert run.exit == 0
    assert {connection.actor.phase for connection in run.connections} == {Phase.BUILD}
    assert {connection.actor.attribution.purl for connection in run.connections} == {"pkg:pypi/loud@1.5"}
    assert {connection.actor.attribution.by for connection in run.connections} == {"pip"}


def npm_package(folder: Path, scripts: str, name: str = "loud") -> Path:
    folder.mkdir()
    (folder / "package.json").write_text(f'{{"name": "{name}", "version": "3.0.1", "scripts": {scripts}}}')
    return folder


NODE = "require('net').connect(+process.argv[2], '127.0.0.1').on('error', () => {}).on('connect', function () { this.destroy() })\n"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.parametrize("event", ["postinstall", "test"])
def test_npms_scripts_are_attributed_to_their_package(tmp_path: Path, peer: Peer, event: str):
    package = npm_package(tmp_path / "loud", f'{{"{event}": "node phone.js {peer.port}"}}')
    (package / "phone.js").write_text(NODE)
    command = ["npm", "run", "postinstall"] if event == "postinstall" else ["npm", "test"]
    run = guard([*command, "--offline", "--no-update-notifier"], cwd=package)
    assert run.exit == 0
    connections = [connection for connection in run.connections if connection.endpoint.port == peer.port]
    assert {connection.actor.phase for connection in connections} == {
        Phase.INSTALL if event == "postinstall" else Phase.TEST
    }
    found = connections[0].actor.attribution
    assert (found.purl, found.by) == ("pkg:npm/loud@3.0.1", "npm")
    assert found.where == f"{package}/phone.js:1"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_script_cannot_pass_for_another_package(tmp_path: Path, peer: Peer):
    script = f"npm_package_name=innocent npm_package_version=1.0.0 node phone.js {peer.port}"
    package = npm_package(tmp_path / "loud", f'{{"postinstall": "{script}"}}')
    (package / "phone.js").write_text(NODE)
    run = guard(["npm", "run", "postinstall", "--offline"], cwd=package)
    (found,) = {connection.actor.attribution.purl for connection in run.connections}
    assert found == "pkg:npm/loud@3.0.1"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_node_library_is_named_behind_its_transport(tmp_path: Path, peer: Peer):
    modules = tmp_path / "node_modules"
    for name, text in {
        "axios": "exports.get = (port) => " + NODE.replace("+process.argv[2]", "port"),
        "@scope/quiet": "exports.phone = (port) => require('axios').get(port)\n",
    }.items():
        folder = modules / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(f'{{"name": "{name}", "version": "7.0.0"}}')
        (folder / "index.js").write_text(text)
    (tmp_path / "own.js").write_text("require('@scope/quiet').phone(+process.argv[2])\n")
    run = guard(["node", "own.js", str(peer.port)], cwd=tmp_path)
    found = only(run).actor.attribution
    assert (found.purl, found.by) == ("pkg:npm/%40scope/quiet@7.0.0", "node-hook")
    assert found.where == f"{modules}/@scope/quiet/index.js:1"
    assert found.chain == ("axios 7.0.0", "@scope/quiet 7.0.0")
    assert "pkg:npm/axios@7.0.0" in {library.purl for library in run.libraries}


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_a_build_script_of_cargo_is_attributed_to_its_crate(tmp_path: Path, peer: Peer):
    if subprocess.run(["cargo", "--version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("cargo does not run here")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "loud"\nversion = "0.3.0"\nedition = "2021"\nbuild = "build.rs"\n'
    )
    (tmp_path / "build.rs").write_text(
        f'fn main() {{ let _ = std::net::TcpStream::connect("127.0.0.1:{peer.port}"); }}\n'
    )
    run = guard(["cargo", "build", "--offline", "--quiet"], cwd=tmp_path)
    assert run.exit == 0
    connection = only(run)
    assert (connection.actor.phase, connection.actor.attribution.purl) == (Phase.BUILD, "pkg:cargo/loud@0.3.0")


def test_an_interpreter_without_a_hook_is_unwound(site: Path, peer: Peer, tmp_path: Path):
    script = tmp_path / "own.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(site)!r})\nimport quiet\nquiet.phone(int(sys.argv[1]))\n")
    run = guard([sys.executable, "-I", str(script), str(peer.port)], unwinder="")
    found = only(run).actor.attribution
    assert (found.purl, found.by) == ("pkg:pypi/quiet-caller@4.1.1", "unwinder")
