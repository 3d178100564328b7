"""A run is split into what each release did, and what is expected of it is read from where the user says so."""

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.engine.gather.expected import Asked, egress_of, file_hosts
from doorward.engine.gather.resolved import Traces, traces
from doorward.engine.gather.run import Circumstances, activities, decided_anew, inherited, shares_of
from doorward.engine.guard import Decider, locked
from doorward.engine.session import Wanted, session
from doorward.model.activity import Activity
from doorward.model.dependency import Dependency, Inventory
from doorward.model.facts import Known, Missing
from doorward.model.release import LockedDigest
from doorward.model.resolution import Download
from doorward.model.run import Attribution, Decision, Grade, LibraryUse, Mode, Outcome, Phase, Process, Run
from doorward.policy import Baseline, Destination, Egress, KnownEndpoint, Policy
from tests.policy.test_egress import attempt
from tests.rules.runtime.made import CWD, HOOK, LIB, NOBODY, NOW, PURL, actor, connection, execution, file, query
from tests.world import World

CURL = Process(12, ("curl", "x"), "/usr/bin/curl", CWD, 7)
TRANSPORT = Attribution("pypi", "requests", "2.32.0", "pkg:pypi/requests@2.32.0")


def run(**tables: object) -> Run:
    return Run("0123", ("pip", "install", "lib"), Mode.OBSERVE, NOW, 1.0, 0, None, Grade.OBSERVED, names_visible=True, **tables)  # type: ignore[arg-type]  # fmt: skip


def started_by(attribution: Attribution) -> Run:
    """A program that a release started connects, and no language explains it."""
    start = replace(execution("/usr/bin/curl", "curl", "x"), actor=actor("build", attribution, HOOK, CURL))
    call = connection(who=actor("build", NOBODY, HOOK, CURL))
    return run(executions=(start,), connections=(call,))


def test_a_program_speaks_for_the_release_that_started_it() -> None:
    (call,) = inherited(started_by(LIB)).connections
    assert (call.actor.attribution.purl, call.actor.attribution.by) == (PURL, "start of the program")
    assert call.actor.attribution.where == LIB.where


def test_what_only_carries_for_others_names_nobody() -> None:
    (call,) = inherited(started_by(TRANSPORT)).connections
    assert call.actor.attribution.purl == ""


def test_another_process_of_the_same_number_is_another_one() -> None:
    again = connection(who=actor("build", NOBODY, HOOK, replace(CURL, started=8)))
    seen = replace(started_by(LIB), connections=(again,))
    assert inherited(seen).connections == (again,)


def test_each_release_gets_its_own_events() -> None:
    whole = run(
        connections=(connection(), connection(who=actor("run", NOBODY))),
        queries=(query("a.invalid"),),
        files=(file("/home/u/.bashrc", "persistence", who=actor("run", NOBODY)),),
        libraries=(LibraryUse("npm", "quiet", "1.0.0", "pkg:npm/quiet@1.0.0", (Phase.TEST,)),),
        downloads=(Download(NOW, "pypi", "other", "2.0", "https://registry.example/other-2.0.tar.gz"),),
    )
    subjects = {item.purl: item for item in activities(whole, Circumstances())}
    assert set(subjects) == {"", PURL, "pkg:npm/quiet@1.0.0", "pkg:pypi/other@2.0"}
    assert (len(subjects[PURL].contacts), len(subjects[PURL].queries), len(subjects[PURL].files)) == (1, 1, 0)
    assert (len(subjects[""].contacts), len(subjects[""].files)) == (1, 1)
    assert subjects["pkg:npm/quiet@1.0.0"] == Activity(
        "run:0123", "pkg:npm/quiet@1.0.0", NOW, programs=subjects[""].programs, locked=Missing("nothing was downloaded")
    )
    assert (subjects[""].subject, subjects[PURL].subject) == ("run:0123", PURL)
    assert {"pip", "python3.11", "_in_process.py"} <= subjects[""].programs
    assert set(shares_of(whole)) == {"", PURL, "pkg:pypi/other@2.0"}
    assert shares_of(whole)["pkg:pypi/other@2.0"].downloads == whole.downloads


def test_without_a_filter_the_kernel_tells_nothing() -> None:
    (subject,) = activities(replace(run(), filtered=False, names_visible=False), Circumstances())
    assert isinstance(subject.kernel, Missing)
    assert isinstance(subject.names, Missing)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"changes_watched": False}, "changes of files are not watched in tests"),
        ({"changes_watched": False, "filtered": False}, "no filter of the kernel told of the calls"),
    ],
)
def test_where_changes_of_files_were_not_watched_is_told(told: dict[str, bool], reason: str) -> None:
    (activity,) = activities(run(**told), Circumstances())
    assert activity.changes == Missing(reason)


def test_contacts_carry_what_is_known_of_their_endpoint() -> None:
    egress = Egress(indexes=(Destination("api.invalid", 443),), deny_loopback=False)
    calls = (connection(), connection(address="127.0.0.1", host="localhost"), connection(outcome="allowed", port=80))
    contacts = activities(run(connections=calls), Circumstances(egress))[1].contacts
    assert [(item.outbound, item.index, item.surprising) for item in contacts] == [
        (True, True, True),
        (False, False, False),
        (True, False, False),
    ]


LOCK = Inventory(
    (
        Dependency("pypi", "lib", "1.0.0", path="uv.lock", line=7, digests=(LockedDigest("sha256", "00"),)),
        Dependency("npm", "tool", ""),
    )
)


def fetched(type_: str, name: str, **more: str) -> Activity:
    item = Download(NOW, type_, name, "1.0.1", more.pop("url", "https://registry.example/x"), **more)  # type: ignore[arg-type]
    egress = Egress(indexes=(Destination("registry.example", 443),))
    return activities(run(downloads=(item,)), Circumstances(egress, LOCK))[1]


def test_a_download_is_held_against_the_lock() -> None:
    locked_ = fetched("pypi", "lib").locked
    assert isinstance(locked_, Known)
    assert [(item.version, item.where) for item in locked_.value] == [("1.0.0", "uv.lock:7")]
    assert fetched("pypi", "stranger").locked == Known(())
    assert fetched("npm", "tool").locked == Missing("no lock file names packages of npm")
    assert fetched("pypi", "lib").fetches[0].index
    assert not fetched("pypi", "lib", url="https://evil.invalid/x").fetches[0].index
    assert fetched("pypi", "lib", url="").fetches[0].index
    assert fetched("pypi", "lib", url="https://files.example/x", index="https://registry.example/lib/").fetches[0].index


def test_a_stored_run_is_seen_as_today() -> None:
    stored = run(
        connections=(connection(), connection(port=80, outcome="allowed"), connection(outcome="refused", port=9))
    )
    today = decided_anew(stored, Egress(allowed=(Destination("api.invalid", 443),)))
    assert [item.outcome for item in today.connections] == [Outcome.ALLOWED, Outcome.OBSERVED, Outcome.REFUSED]


# what is expected


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.lower().startswith(("pip_", "npm_", "uv_", "cargo_", "goproxy", "xdg_")) or "proxy" in name.lower():
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOORWARD_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@pypi.corp.example/simple/")
    monkeypatch.setenv("npm_config_registry", "https://npm.corp.example:4873/")
    monkeypatch.setenv("HTTPS_PROXY", "proxy.corp.example:3128")
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def expected(project: Path, *command: str, policy: Policy | None = None) -> Egress:
    with session(Wanted(policy or Policy(), project)) as context:
        return egress_of(context, locked(project, ()), Baseline(), Asked(command, project))


def test_indexes_come_from_settings_locks_and_the_command(project: Path) -> None:
    (project / "uv.lock").write_text(
        'version = 1\n[[package]]\nname = "lib"\nversion = "1.0"\nsource = { registry = "https://index.example/simple" }\n'
        'sdist = { url = "https://files.example/ab/lib-1.0.tar.gz", hash = "sha256:%s" }\n' % ("0" * 64)
    )
    egress = expected(
        project, "sh", "-c", "pip install --extra-index-url=https://more.example/simple -i https://cli.example/s x"
    )
    hosts = {str(item) for item in egress.indexes}
    assert {
        "pypi.corp.example:443",
        "npm.corp.example:4873",
        "index.example:443",
        "files.example:443",
        "more.example:443",
        "cli.example:443",
    } <= hosts
    assert "secret" not in repr(egress)


def test_an_address_that_is_no_index_is_not_expected(project: Path) -> None:
    egress = expected(project, "python", "fetch.py", "https://evil.invalid/x.whl")
    assert "evil.invalid:443" not in {str(item) for item in egress.indexes}


def test_a_proxy_is_expected_while_packages_are_resolved_and_is_no_index(project: Path) -> None:
    egress = expected(project, "true")
    assert Destination("proxy.corp.example", 3128) in egress.by_phase[Phase.RESOLVE]
    assert "proxy.corp.example:3128" not in {str(item) for item in egress.indexes}
    assert egress.decide(attempt("resolve", "proxy.corp.example", port=3128)) is Decision.ALLOW
    assert egress.decide(attempt("build", "proxy.corp.example", port=3128)) is Decision.REFUSE


def test_repositories_of_the_lock_are_expected_while_packages_are_resolved(project: Path) -> None:
    commit = "a" * 40
    (project / "uv.lock").write_text(
        'version = 1\n[[package]]\nname = "lib"\nversion = "1.0"\n'
        f'source = {{ git = "ssh://git@git.example/lib.git?rev=main#{commit}" }}\n'
    )
    egress = expected(project, "true")
    assert egress.decide(attempt("resolve", "git.example", port=22)) is Decision.ALLOW
    assert egress.decide(attempt("resolve", "git.example")) is Decision.ALLOW
    assert egress.decide(attempt("build", "git.example")) is Decision.REFUSE


def test_outside_of_a_repository_only_the_folder_itself_is_read(project: Path) -> None:
    (project / "requirements.txt").write_text("lib==1.0\n")
    (project / "deep").mkdir()
    (project / "deep" / "requirements.txt").write_text("other==1.0\n")
    (project / "uv.lock").write_text("not = [toml")
    found = locked(project, ())
    assert [item.name for item in found.packages] == ["lib"]
    assert [gap.path for gap in found.gaps] == ["uv.lock"]


def test_where_an_index_keeps_its_files_is_asked_of_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.publish_wheel("six", "1.0")
    world.publish_npm("once", "1.0.0")
    with world.serve() as base:
        monkeypatch.setenv("PIP_INDEX_URL", f"{base}/simple/")
        monkeypatch.setenv("npm_config_registry", f"{base}/npm/")
        with session(Wanted(project=project)) as context:
            assert {str(item) for item in file_hosts(context, Inventory())} == {base.removeprefix("http://")}
        with session(Wanted(project=project, offline=True)) as context:
            assert {str(item) for item in file_hosts(context, Inventory())} == {base.removeprefix("http://")}


def test_it_is_asked_once_and_only_while_packages_are_resolved() -> None:
    asked = []

    def hosts() -> tuple[Destination, ...]:
        asked.append(1)
        return (Destination("files.example", 443),)

    decide = Decider(Egress(), hosts)
    assert decide(attempt("build", "files.example")) is Decision.REFUSE
    assert decide(attempt("resolve", "", "203.0.113.9")) is Decision.REFUSE
    assert asked == []
    assert decide(attempt("resolve", "files.example")) is Decision.ALLOW
    assert decide(attempt("resolve", "other.example")) is Decision.REFUSE
    assert asked == [1]
    assert decide.egress.indexes == (Destination("files.example", 443),)


def test_the_ports_that_may_be_reached_are_known_where_all_are_named() -> None:
    one = Egress(allowed=(Destination("a.example", 80), Destination("/run/x.sock")), deny_loopback=True)
    learned = replace(one, baseline=Baseline((KnownEndpoint("test", "", "b.example", 443, "tcp"),)))
    assert learned.ports() == (80, 443)
    assert replace(one, allowed=(Destination("a.example"),)).ports() is None
    assert replace(one, deny_loopback=False).ports() is None


# what was fetched


def test_npms_own_record_of_what_it_installed_is_read(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    left = Traces(tmp_path, None)
    assert left.downloads(began) == ()
    record = tmp_path / "node_modules" / ".package-lock.json"
    record.parent.mkdir()
    entry = {
        "version": "1.0.0",
        "resolved": "https://registry.example/tool/-/tool-1.0.0.tgz",
        "integrity": "sha512-" + "A" * 86 + "==",
    }
    record.write_text(json.dumps({"name": "app", "lockfileVersion": 3, "packages": {"node_modules/tool": entry}}))
    (found,) = left.downloads(began)
    assert (found.purl, found.url) == ("pkg:npm/tool@1.0.0", "https://registry.example/tool/-/tool-1.0.0.tgz")
    assert (found.digests, left.unread) == (("sha512:" + "0" * 128,), [])
    old = time.time() - 3600
    os.utime(record, (old, old))
    assert left.downloads(began - timedelta(minutes=1)) == ()
    record.write_text("{")
    assert left.downloads(began) == ()
    assert left.unread[0].startswith("what was fetched cannot be told: ")


REFUSED = """\
0 verbose cli /usr/bin/node /usr/bin/npm
1 error code EINTEGRITY
2 error sha512-{0}== integrity checksum failed when using sha512: wanted sha512-{0}== but got sha512-{1}==.
"""


@pytest.mark.parametrize("environ", [{}, {"npm_config_cache": "{0}/.npm"}, {"npm_config_logs_dir": "{0}/.npm/_logs"}])
def test_what_npm_refused_for_its_digest_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / ".npm" / "_logs"
    folder.mkdir(parents=True)
    log = folder / "2026-06-01T12_00_00_000Z-debug-0.log"
    log.write_text(REFUSED.format("A" * 86, "/" * 85 + "w"))
    digest = LockedDigest("sha512", "0" * 128)
    lib = Dependency("npm", "lib", "1.0.1", path="package-lock.json", source="registry", digests=(digest,))
    home = Path("/nonexistent") if environ else tmp_path
    began = datetime.now(UTC)
    named = {key: value.format(tmp_path) for key, value in environ.items()}
    with traces(tmp_path, named, home, Inventory((lib,))) as left:
        (found,) = left.downloads(began)
        assert left.downloads(began + timedelta(hours=1)) == ()
    assert (found.purl, found.demanded, found.told_by) == ("pkg:npm/lib@1.0.1", (str(digest),), "npm's log")
    with traces(tmp_path, named, home) as left:
        assert left.downloads(began) == ()


def test_pips_log_is_read_where_the_user_has_none(tmp_path: Path) -> None:
    with traces(tmp_path, {"PIP_LOG": "/their/own"}) as left:
        assert left.environment({"PIP_LOG": "/their/own"}) == {"PIP_LOG": "/their/own"}
        assert left.downloads(NOW) == ()
    with traces(tmp_path, {}) as left:
        environment = left.environment({"A": "b"})
        assert environment["A"] == "b"
        log = Path(environment["PIP_LOG"])
        assert left.downloads(NOW) == ()
        log.write_text(
            "2026-06-01T12:00:00,000 Looking in indexes: https://registry.example/simple/\n"
            "2026-06-01T12:00:00,100 Collecting lib\n"
            "2026-06-01T12:00:00,200   Downloading https://registry.example/files/lib-1.0.1.tar.gz (12 kB)\n"
        )
        (found,) = left.downloads(NOW)
    assert (found.purl, found.url) == ("pkg:pypi/lib@1.0.1", "https://registry.example/files/lib-1.0.1.tar.gz")
    assert (found.told_by, found.index) == ("pip's log", "https://registry.example/simple/")
    assert not log.exists()
