"""``doorward guard`` from the command line to the exit code: real builds of tiny packages, on loopback alone."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from doorward.cli import main
from doorward.guard.offers import probe
from tests.conftest import Ran
from tests.guard.conftest import Peer, listening
from tests.world import World, sdist

pytestmark = pytest.mark.skipif(bool(probe().notification), reason=probe().notification or "available")

SCHEMA = json.loads(files("doorward.outputs").joinpath("report.schema.json").read_text(encoding="utf-8"))
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
#: A build backend in the source tree: it calls home, and then builds a wheel.
BACKEND = """
import os, socket, zipfile
NAME = "caller-1.0"
def call_home():
    with socket.socket() as s:
        s.settimeout(30)
        print("answer", s.connect_ex(("127.0.0.1", int(os.environ["HOME_PORT"]))))
def build_wheel(folder, config_settings=None, metadata_directory=None):
    call_home()
    files = {
        "caller.py": "",
        f"{NAME}.dist-info/METADATA": "Metadata-Version: 2.1\\nName: caller\\nVersion: 1.0\\n",
        f"{NAME}.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[f"{NAME}.dist-info/RECORD"] = "".join(f"{name},,\\n" for name in files) + f"{NAME}.dist-info/RECORD,,\\n"
    with zipfile.ZipFile(os.path.join(folder, f"{NAME}-py3-none-any.whl"), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"{NAME}-py3-none-any.whl"
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "caller"
version = "1.0"
"""
CONNECT = (
    "import socket, sys; s = socket.socket(); s.settimeout(30); print(s.connect_ex(('127.0.0.1', int(sys.argv[1]))))"
)


@pytest.fixture
def home(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """Where backdoored packages call."""
    with listening() as found:
        monkeypatch.setenv("HOME_PORT", str(found.port))
        yield found


@pytest.fixture
def called(project: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command line, with what the processes below it print."""

    def run(*arguments: str) -> Ran:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def guard(called: Callable[..., Ran]) -> Callable[..., Ran]:
    """``doorward guard``: its own arguments in the first tuple, then the command."""
    return lambda options, *command: called("guard", *options, "--", *map(str, command))


@pytest.fixture
def reported(guard: Callable[..., Ran], tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """The same, as exit code and JSON report, which is held against the schema."""

    def run(options: tuple[str, ...], *command: object) -> tuple[int, dict[str, Any]]:
        path = tmp_path / "report.json"
        ran = guard(("--format", "json", "--output", str(path), *options), *command)
        report = json.loads(path.read_text())
        Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(report)
        return ran.code, report

    return run


@pytest.fixture
def source(project: Path) -> Path:
    """The unpacked source of a package whose build calls home."""
    folder = project / "caller"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


def findings(report: dict[str, Any], *, above: str = "context") -> dict[tuple[str, str], str]:
    """Return the strengths by rule and subject."""
    return {(f["rule"], f["subject"]): f["strength"] for f in report["findings"] if f["strength"] != above}


# exit codes


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("true",), 0),
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "kill -TERM $$"), 143),
        (("no-such-program-anywhere",), 127),
        (("/etc/hosts",), 126),
    ],
)
def test_the_code_of_the_command_passes_through(guard: Callable[..., Ran], command: tuple[str, ...], code: int) -> None:
    assert guard(("-q",), *command).code == code


def test_what_did_not_run_is_not_called_clean(reported: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    code, told = reported((), "/no/such/program")
    assert (code, told["verdict"], told["incomplete"]) == (127, "not-evaluated", True)
    assert [gap["reason"] for gap in told["gaps"] if gap["required"]] == ["the command could not be started"]


def test_a_guard_inside_a_guard_calls_nothing_clean(guard: Callable[..., Ran], project: Path) -> None:
    inner = project / "inner.json"
    words = ("guard", "--offline", "--format", "json", "--output", inner, "--", "true")
    assert guard(("-q",), sys.executable, "-m", "doorward", *words).code == 0
    assert json.loads(inner.read_text())["verdict"] == "not-evaluated"


def test_without_a_command_it_is_a_usage_error(guard: Callable[..., Ran]) -> None:
    ran = guard(())
    assert (ran.code, ran.err) == (2, "doorward: guard needs a command: doorward guard -- COMMAND\n")


def test_arguments_of_the_command_are_its_own(guard: Callable[..., Ran]) -> None:
    ran = guard(("-q",), "printf", "%s|", "-q", "--", "--mode", "--help")
    assert (ran.code, ran.out) == (0, "-q|--|--mode|--help|")


def test_a_grade_that_cannot_be_had_ends_before_the_command(
    reported: Callable[..., tuple[int, dict[str, Any]]], project: Path
) -> None:
    code, report = reported(("--require-grade", "enforced"), "touch", "ran")
    assert code == 121
    assert not (project / "ran").exists()
    assert (report["verdict"], report["run"]["exit"], report["run"]["required"]) == ("not-evaluated", None, "enforced")


def test_the_policy_can_require_a_grade(guard: Callable[..., Ran], project: Path) -> None:
    (project / "doorward.toml").write_text('[guard]\nrequire-grade = "best-effort"\n')
    assert guard(("-q",), "touch", "ran").code == 121
    assert not (project / "ran").exists()


BROKEN = {
    "a policy with an unknown key": ("doorward.toml", "[guard]\nalow = []\n", 2),
    "a baseline that cannot be read": ("doorward.endpoints.toml", "schema = 7\n", 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_told_before_the_command_runs(name: str, guard: Callable[..., Ran], project: Path) -> None:
    file, text, code = BROKEN[name]
    (project / file).write_text(text)
    ran = guard((), "touch", "ran")
    assert ran.code == code
    assert file in ran.err
    assert not (project / "ran").exists()


def test_a_report_that_cannot_be_written_is_told_before_the_command_runs(
    guard: Callable[..., Ran], project: Path
) -> None:
    ran = guard(("--output", "no/such/folder/x"), "touch", "ran")
    assert ran.code == 2
    assert not (project / "ran").exists()


def test_a_store_that_cannot_be_opened_is_guards_own_fault(
    guard: Callable[..., Ran], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "file").write_text("")
    monkeypatch.setenv("DOORWARD_HOME", str(project / "file"))
    ran = guard((), "touch", "ran")
    assert ran.code == 125
    assert ran.err.startswith("doorward: guard failed: the store")
    assert not (project / "ran").exists()


# streams


def test_standard_output_is_the_commands(guard: Callable[..., Ran], home: Peer) -> None:
    ran = guard(("--deny-loopback",), sys.executable, "-c", CONNECT, home.port)
    assert (ran.code, ran.out) == (0, "0\n")
    lines = ran.err.splitlines()
    assert lines[0].startswith("doorward: observed  run  the project's own code  ")
    assert f"127.0.0.1:{home.port}" in lines[0] or f"localhost:{home.port}" in lines[0]
    assert lines[-1].startswith("WARN  the command and ")


def test_quiet_leaves_one_line(guard: Callable[..., Ran], home: Peer) -> None:
    ran = guard(("--deny-loopback", "-q"), sys.executable, "-c", CONNECT, home.port)
    assert len(ran.err.splitlines()) == 1


def test_what_is_expected_is_only_told_where_that_is_wanted(guard: Callable[..., Ran], home: Peer) -> None:
    command = (sys.executable, "-c", CONNECT, home.port)
    assert "doorward: " not in guard((), *command).err
    assert "doorward: allowed  run" in guard(("-v",), *command).err


def test_a_flood_is_told_in_few_lines(guard: Callable[..., Ran]) -> None:
    code = "import socket\ns = socket.socket(type=2)\nfor port in range(100, 400): s.connect(('192.0.2.7', port))"
    told = [line for line in guard((), sys.executable, "-c", code).err.splitlines() if line.startswith("doorward: ")]
    assert len(told) == 50
    assert told[-1].endswith("what follows from there is in the report")


def test_without_a_file_a_report_for_programs_follows_the_commands_output(guard: Callable[..., Ran]) -> None:
    ran = guard(("--format", "json"), "echo", "built")
    first, _, report = ran.out.partition("\n")
    assert first == "built"
    assert json.loads(report)["run"]["exit"] == 0


@pytest.mark.parametrize(
    ("options", "command_code", "code"),
    [((), 5, 5), (("--format", "json"), 0, 125), (("--format", "json"), 7, 7)],
)
def test_a_reader_that_goes_away_costs_no_exit_code(
    project: Path, options: tuple[str, ...], command_code: int, code: int
) -> None:
    script = f"echo; while ! test -e gone; do sleep 0.01; done; exit {command_code}"
    command = ["-m", "doorward", "guard", *options, "--", "sh", "-c", script]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        process.stdout.read(1)
        process.stdout.close()
        (project / "gone").touch()
        assert process.wait(60) == code


# builds


def test_a_build_that_calls_home_is_caught_and_named(
    reported: Callable[..., tuple[int, dict[str, Any]]], source: Path, home: Peer
) -> None:
    command = (*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", "out", source)
    code, report = reported(("--deny-loopback",), *command)
    assert (code, len(home.arrived)) == (0, 1)
    release = "pkg:pypi/caller@1.0"
    assert findings(report)["runtime/build-phase-connection", release] == "strong"
    assert {s["subject"]: s["verdict"] for s in report["subjects"]}[release] == "hold"
    (connection,) = [item for item in report["connections"] if item["port"] == home.port]
    assert (connection["phase"], connection["package"], connection["version"], connection["purl"]) == (
        "build",
        "caller",
        "1.0",
        release,
    )
    assert connection["where"].endswith("caller/backend.py:7")
    assert (connection["decision"], connection["protocol"], connection["count"]) == ("observed", "tcp", 1)
    assert " -m pip " in connection["process"][0]
    (finding,) = [f for f in report["findings"] if f["rule"] == "runtime/build-phase-connection"]
    assert finding["evidence"][0]["where"] == "caller/backend.py:7"


def test_a_build_that_calls_through_a_local_proxy_leaves_the_machine(
    reported: Callable[..., tuple[int, dict[str, Any]]], source: Path, home: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{home.port}")
    command = (*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", source.parent / "out", source)
    _, report = reported((), *command)
    assert ("runtime/build-phase-connection", "pkg:pypi/caller@1.0") in findings(report, above="weak")
    assert "runtime/raw-ip" not in {item["rule"] for item in report["findings"]}
    (behind,) = (item for item in report["coverage"] if item["kind"] == "destinations")
    assert behind["answered"] == behind["of"] - 1
    assert f"127.0.0.1:{home.port}" in behind["cause"]


def test_a_proxy_that_the_command_starts_is_watched_itself(
    reported: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    _, report = reported((), sys.executable, "-c", CONNECT, port)
    assert [item["decision"] for item in report["connections"]] == ["allowed"]
    assert "destinations" not in {item["kind"] for item in report["coverage"]}


def test_block_mode_stops_it_and_says_what_would_allow_it(guard: Callable[..., Ran], source: Path, home: Peer) -> None:
    ran = guard(
        ("--mode", "block", "--deny-loopback"), *PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", "out", source
    )
    assert (ran.code, len(home.arrived)) == (120, 0)
    (start,) = [place for place, line in enumerate(ran.err.splitlines()) if line.startswith("REFUSED")]
    explained = ran.err.splitlines()[start : start + 4]
    assert "pkg:pypi/caller@1.0" in explained[0]
    assert "backend.py:7" in explained[1]
    assert explained[3].strip().startswith("allow  build = [")


def test_what_is_allowed_passes_in_block_mode(
    reported: Callable[..., tuple[int, dict[str, Any]]], source: Path, home: Peer
) -> None:
    options = ("--mode", "block", "--deny-loopback", "--allow", f"127.0.0.1:{home.port}")
    code, report = reported(options, *PIP, "wheel", "--no-deps", "-w", "out", source)
    assert (code, len(home.arrived)) == (0, 1)
    assert (report["verdict"], report["run"]["grade"], report["run"]["refused"]) == ("clean", "enforced", 0)


def test_the_policy_allows_by_phase(
    reported: Callable[..., tuple[int, dict[str, Any]]], source: Path, home: Peer, project: Path
) -> None:
    command = (*PIP, "wheel", "--no-deps", "-w", "out", source)
    (project / "doorward.toml").write_text(f'[guard]\ntest = ["127.0.0.1:{home.port}"]\n')
    assert reported(("--mode", "block", "--deny-loopback"), *command)[0] == 120
    (project / "doorward.toml").write_text(f'[guard]\nbuild = ["127.0.0.1:{home.port}"]\n')
    assert reported(("--mode", "block", "--deny-loopback"), *command)[0] == 0


def test_the_index_is_expected_while_packages_are_resolved_and_nowhere_else(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, home: Peer
) -> None:
    data = sdist("caller", "1.0", {"pyproject.toml": PROJECT, "backend.py": BACKEND})
    world.publish("pypi", "caller", "1.0", {"caller-1.0.tar.gz": data})
    options = ("--mode", "block", "--deny-loopback")
    code, report = reported(options, *PIP, "install", "--no-deps", "--target", "site", "caller==1.0")
    assert (code, len(home.arrived)) == (120, 0)
    decided = {(c["phase"], c["port"]): (c["decision"], c["package"]) for c in report["connections"]}
    assert decided["resolve", int(world.base.rpartition(":")[2])] == ("allowed", "pip")
    assert decided["build", home.port] == ("refused", "caller")


def test_a_build_that_asks_the_index_itself_is_a_note(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME_PORT", world.base.rpartition(":")[2])
    _, report = reported(("--deny-loopback",), *PIP, "wheel", "--no-deps", "-w", "out", source)
    assert findings(report) == {("runtime/index-host-in-build", "pkg:pypi/caller@1.0"): "weak"}
    assert report["verdict"] == "clean"


def test_what_a_guarded_build_did_joins_the_fold_of_the_release(
    guard: Callable[..., Ran],
    called: Callable[..., Ran],
    world: World,
    home: Peer,
    project: Path,
) -> None:
    honest = {"pyproject.toml": PROJECT.replace("1.0", "0.9"), "backend.py": "x = 1\n"}
    world.publish("pypi", "caller", "0.9", {"caller-0.9.tar.gz": sdist("caller", "0.9", honest)})
    data = sdist("caller", "1.0", {"pyproject.toml": PROJECT, "backend.py": BACKEND})
    world.publish("pypi", "caller", "1.0", {"caller-1.0.tar.gz": data})
    before = called("scan", "pkg:pypi/caller@1.0", "--format", "json").json
    guard(("--deny-loopback", "-q"), *PIP, "install", "--no-deps", "--target", "site", "caller==1.0")
    assert len(home.arrived) == 1
    after = called("scan", "pkg:pypi/caller@1.0", "--format", "json").json
    told = [f for f in after["findings"] if f["rule"] == "runtime/build-phase-connection"]
    assert [f["subject"] for f in told] == ["pkg:pypi/caller@1.0"]
    run = told[0]["evidence"][-1]["value"]
    assert run.startswith("run:")
    (subject,) = after["subjects"]
    assert subject["related"] == [run]
    # A weak sign of another witness is a note by itself; with what the run saw it blocks.
    weak = [f["rule"] for f in before["findings"] if f["strength"] == "weak"]
    assert (before["subjects"][0]["verdict"], weak) == ("clean", ["registry/new-install-hook"])
    assert subject["verdict"] == "block"
    # What the policy expects by now is no finding any more.
    (project / "doorward.toml").write_text(f'[guard]\nbuild = ["127.0.0.1:{home.port}"]\n')
    (project / "requirements.txt").write_text("caller==1.0\n")
    amended = called("scan", ".", "--format", "json").json
    assert [f["rule"] for f in amended["findings"] if f["strength"] != "context"] == ["registry/new-install-hook"]


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_an_install_script_that_calls_home_is_caught_and_named(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, home: Peer, project: Path
) -> None:
    script = (
        "const net = require('net');"
        "const s = net.connect(Number(process.env.HOME_PORT), '127.0.0.1');"
        "s.on('error', () => process.exit(0)); s.on('close', () => process.exit(0)); s.on('connect', () => s.end());"
    )
    manifest = {"name": "caller", "version": "2.0.0", "scripts": {"postinstall": "node call.js"}}
    world.publish_npm("caller", "2.0.0", {"call.js": script}, manifest={"scripts": manifest["scripts"]})
    (project / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0"}))
    command = ("npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "caller@2.0.0")
    code, report = reported(("--deny-loopback",), *command)
    assert (code, len(home.arrived)) == (0, 1)
    assert findings(report)["runtime/build-phase-connection", "pkg:npm/caller@2.0.0"] == "strong"
    code, report = reported(("--deny-loopback", "--mode", "block"), *command, "--force")
    assert len(home.arrived) == 1
    assert report["run"]["refused"] in {0, 1}


# what was resolved


def test_what_was_fetched_is_held_against_the_lock(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, project: Path
) -> None:
    for name, version in (("locked", "1.0"), ("locked", "2.0"), ("stranger", "1.0")):
        world.publish_wheel(name, version)
    (project / "requirements.txt").write_text("locked==1.0\n")
    install = (*PIP, "install", "--no-cache-dir", "--target")
    code, report = reported((), *install, "one", "-r", "requirements.txt")
    assert (code, findings(report)) == (0, {})
    code, report = reported((), *install, "two", "locked==2.0", "stranger")
    assert code == 0
    assert findings(report) == {
        ("runtime/unlocked-download", "pkg:pypi/locked@2.0"): "strong",
        ("runtime/unlocked-download", "pkg:pypi/stranger@1.0"): "strong",
    }


def test_bytes_that_are_not_those_of_the_lock_are_conclusive(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, project: Path
) -> None:
    world.publish_wheel("locked", "1.0")
    (project / "requirements.txt").write_text(f"locked==1.0 --hash=sha256:{'0' * 64}\n")
    code, report = reported((), *PIP, "install", "--no-cache-dir", "--target", "site", "-r", "requirements.txt")
    assert (code, report["verdict"]) == (1, "block")
    assert findings(report) == {("runtime/digest-differs", "pkg:pypi/locked@1.0"): "conclusive"}


def test_an_index_that_only_a_requirement_names_is_told(
    reported: Callable[..., tuple[int, dict[str, Any]]], world: World, project: Path
) -> None:
    other = World()
    other.publish_wheel("stranger", "1.0")
    with other.serve() as base:
        (project / "more.list").write_text(f"--index-url {base}/simple/\nstranger==1.0\n")
        code, report = reported((), *PIP, "install", "--no-cache-dir", "--target", "site", "-r", "more.list")
    assert code == 0
    assert findings(report) == {("runtime/foreign-index", "pkg:pypi/stranger@1.0"): "strong"}


# tests, and the baseline


def library(folder: Path, version: str, body: str) -> Path:
    """Install a library by hand, and return its site-packages."""
    site = folder / "site-packages"
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"mylib-{version}.dist-info"
    info.mkdir(parents=True)
    (site / "mylib.py").write_text(body)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mylib\nVersion: {version}\n")
    (info / "RECORD").write_text(f"mylib.py,,\nmylib-{version}.dist-info/METADATA,,\n")
    return site


CALLS = """
import os, socket
def work():
    with socket.socket() as s:
        s.settimeout(30)
        return s.connect_ex(("127.0.0.1", int(os.environ["HOME_PORT"])))
"""
TEST = "import unittest, mylib\nclass T(unittest.TestCase):\n    def test_it(self):\n        mylib.work()\n"


@pytest.fixture
def suite(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """A test suite that uses a library."""
    (project / "test_app.py").write_text(TEST)

    def install(version: str, body: str) -> tuple[str, ...]:
        monkeypatch.setenv("PYTHONPATH", str(library(project, version, body)))
        return sys.executable, "-m", "unittest", "-q", "test_app"

    return install


def test_a_library_that_calls_home_in_a_test_is_caught(
    reported: Callable[..., tuple[int, dict[str, Any]]], suite: Callable[..., tuple[str, ...]], home: Peer
) -> None:
    code, report = reported(("--deny-loopback",), *suite("1.0", CALLS))
    assert (code, len(home.arrived)) == (0, 1)
    assert findings(report)["runtime/unexpected-host", "pkg:pypi/mylib@1.0"] == "strong"
    (connection,) = [item for item in report["connections"] if item["port"] == home.port]
    assert (connection["phase"], connection["where"].rpartition("/")[2]) == ("test", "mylib.py:6")
    assert [
        (item["name"], item["version"], item["phases"]) for item in report["libraries"] if item["name"] == "mylib"
    ] == [("mylib", "1.0", ["test"])]


def test_loopback_is_expected_in_a_test(
    reported: Callable[..., tuple[int, dict[str, Any]]], suite: Callable[..., tuple[str, ...]], home: Peer
) -> None:
    code, report = reported(("--mode", "block"), *suite("1.0", CALLS))
    assert (code, len(home.arrived), report["verdict"]) == (0, 1, "clean")


def test_the_baseline_is_learned_and_what_comes_with_an_upgrade_is_told(
    guard: Callable[..., Ran],
    reported: Callable[..., tuple[int, dict[str, Any]]],
    suite: Callable[..., tuple[str, ...]],
    home: Peer,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    baseline = project / "doorward.endpoints.toml"
    ran = guard(("--deny-loopback", "--learn", "-q"), *suite("1.0", CALLS))
    assert ran.code == 0
    assert f"port = {home.port}" in baseline.read_text()
    assert '"pkg:pypi/mylib" = ["1.0", "1.0"]' in baseline.read_text()
    assert "+ test  pkg:pypi/mylib" in ran.err
    # Known: nothing to tell, and block mode lets it pass.
    code, report = reported(("--deny-loopback", "--mode", "block"), *suite("1.0", CALLS))
    assert (code, findings(report)) == (0, {})
    assert "nothing new" in guard(("--deny-loopback", "--learn", "-q"), *suite("1.0", CALLS)).err
    # The same endpoint from a later version is still known.
    assert findings(reported(("--deny-loopback",), *suite("1.1", CALLS))[1]) == {}
    # More of the same version is added: a baseline is learned over runs.
    with listening() as more:
        monkeypatch.setenv("HOME_PORT", str(more.port))
        assert "1 new" in guard(("--deny-loopback", "--learn", "-q"), *suite("1.0", CALLS)).err
        assert findings(reported(("--deny-loopback",), *suite("1.0", CALLS))[1]) == {}
    assert baseline.read_text().count("[[endpoint]]") == 2
    # Another endpoint in a later version is what the baseline is for.
    written = baseline.read_text()
    with listening() as other:
        monkeypatch.setenv("HOME_PORT", str(other.port))
        ran = guard(("--deny-loopback", "--learn", "-q"), *suite("1.1", CALLS))
        assert "pkg:pypi/mylib@1.1 reached a new endpoint, 1.0 did not: not written; --write does" in ran.err
        assert baseline.read_text() == written
        _, report = reported(("--deny-loopback",), *suite("1.1", CALLS))
        assert findings(report)["runtime/new-endpoint", "pkg:pypi/mylib@1.1"] == "strong"
        (told,) = [f["message"] for f in report["findings"] if f["rule"] == "runtime/new-endpoint"]
        assert told.endswith("during a test: new with 1.1, not known of 1.0.")
        guard(("--deny-loopback", "--learn", "--write", "-q"), *suite("1.1", CALLS))
        assert '"pkg:pypi/mylib" = ["1.0", "1.1"]' in baseline.read_text()
        assert findings(reported(("--deny-loopback",), *suite("1.1", CALLS))[1]) == {}


def test_a_baseline_that_cannot_be_written_is_told_and_costs_no_exit_code(
    guard: Callable[..., Ran], home: Peer, project: Path
) -> None:
    # What is not there yet cannot be created where its link leads.
    (project / "doorward.endpoints.toml").symlink_to(project / "no-such-folder" / "file")
    ran = guard(("--learn", "-q", "--deny-loopback"), sys.executable, "-c", f"{CONNECT}; sys.exit(7)", home.port)
    assert ran.code == 7
    assert "guard failed: doorward.endpoints.toml cannot be written: No such file or directory" in ran.err


def test_a_working_directory_that_is_gone_is_told(
    guard: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ran = guard((), "true")
    assert (ran.code, ran.err) == (2, "doorward: the working directory cannot be had: No such file or directory\n")


def test_writing_goes_with_learning(guard: Callable[..., Ran]) -> None:
    assert guard(("--write",), "true").code == 2


def test_a_program_that_a_library_starts_speaks_for_it(
    reported: Callable[..., tuple[int, dict[str, Any]]], suite: Callable[..., tuple[str, ...]], home: Peer
) -> None:
    body = """
import os, subprocess
def work():
    port = os.environ["HOME_PORT"]
    return subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]).returncode
"""
    _, report = reported(("--deny-loopback",), *suite("1.0", body))
    assert len(home.arrived) == 1
    assert findings(report)["runtime/unexpected-host", "pkg:pypi/mylib@1.0"] == "strong"
    (connection,) = [item for item in report["connections"] if item["port"] == home.port]
    assert connection["attributed_by"] == "start of the program"


def test_a_planted_file_that_is_read_is_conclusive(
    reported: Callable[..., tuple[int, dict[str, Any]]], suite: Callable[..., tuple[str, ...]], project: Path
) -> None:
    (project / "passwords.txt").write_text("inert\n")
    (project / "doorward.toml").write_text('[guard]\nhoney-files = ["passwords.txt"]\n')
    code, report = reported((), *suite("1.0", "def work():\n    open('passwords.txt').read()\n"))
    assert (code, report["verdict"]) == (0, "block")
    assert "conclusive" in findings(report).values()
    assert {rule for rule, _ in findings(report)} == {"runtime/honey-file"}


def test_the_selftest_prints_what_became_of_each_way(called: Callable[..., Ran]) -> None:
    ran = called("guard", "--selftest")
    *lines, score = ran.out.splitlines()
    assert ran.code == 0
    assert [int(line.split()[0]) for line in lines] == list(range(1, 46))
    assert not [line for line in lines if "missed" in line]
    assert score.endswith("ways past a watch were seen or refused on this machine")


# more than one report


def test_a_report_can_be_had_in_several_formats(guard: Callable[..., Ran], project: Path) -> None:
    options = ("--report", "json=run.json", "--report", "html=run.html", "--report", "markdown=run.md")
    assert guard(options, "sh", "-c", "exit 3").code == 3
    assert json.loads((project / "run.json").read_text())["run"]["exit"] == 3
    assert (project / "run.html").read_text().startswith("<!doctype html>")
    assert (project / "run.md").read_text().startswith("## doorward: CLEAN")


@pytest.mark.parametrize("value", ["json", "json=", "nonsense=run.json", "=run.json", "json=missing/run.json"])
def test_a_wrong_report_is_told_before_the_command_runs(value: str, guard: Callable[..., Ran], project: Path) -> None:
    try:
        code: object = guard(("--report", value), "touch", "ran").code
    except SystemExit as error:  # the parser's own
        code = error.code
    assert code == 2
    assert not (project / "ran").exists()
