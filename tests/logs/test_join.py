"""What several logs tell together, and how far their connections are attributed."""

import gzip
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.errors import SourceError
from doorward.model.run import Connection, Decision, Outcome, Phase, Run
from doorward.sources.logs import Log, Owner, join, open_log
from doorward.sources.logs._events import Contact, Window
from doorward.sources.logs._tables import CAPACITY
from doorward.sources.logs._timeline import Timeline
from tests.logs import samples
from tests.logs.read import MEMBERS, NOW, joined, means

PIP = {"pip.log": ("pip", samples.PIP)}
NPM = {"2026-03-02T12_00_00_000Z-debug-0.log": ("npm", samples.NPM)}


def to(run: Run, where: str) -> list[Connection]:
    return [item for item in run.connections if where in {item.host, item.endpoint.address}]


def whose(item: Connection) -> tuple[Phase, str, str]:
    told = item.actor.attribution
    return item.actor.phase, told.purl, told.by


def test_a_network_knows_no_process_and_is_joined_by_time() -> None:
    run = joined({"conn.log": ("zeek", samples.ZEEK_CONN), "dns.log": ("zeek", samples.ZEEK_DNS), **PIP})
    (item,) = to(run, "192.0.2.66")
    assert whose(item) == (Phase.BUILD, "pkg:pypi/inertlib@1.2.3", "by time")
    assert (item.host, item.outcome) == ("collector.invalid", Outcome.OBSERVED)
    reading = next(log for log in run.logs if log.name == "conn.log")
    assert (reading.connections, reading.attributed) == (1, (("by time", 1),))


def test_without_windows_only_the_host_is_known() -> None:
    (item,) = joined({"conn.log": ("zeek", samples.ZEEK_CONN)}).connections
    assert whose(item) == (Phase.RUN, "", "host")


def test_outside_of_every_build_it_was_the_manager_or_nobody() -> None:
    late = samples.ZEEK_CONN.replace(b"1772452804.0", b"1772452806.5")
    later = samples.ZEEK_CONN.replace(b"1772452804.0", b"1772452900.0")
    (item,) = to(joined({"conn.log": ("zeek", late), **PIP}), "192.0.2.66")
    assert whose(item) == (Phase.RESOLVE, "", "by time")
    (item,) = to(joined({"conn.log": ("zeek", later), **PIP}), "192.0.2.66")
    assert whose(item) == (Phase.RUN, "", "host")


def test_of_several_machines_none_is_attributed_by_time_unless_one_is_named() -> None:
    other = samples.ZEEK_CONN.replace(b"10.0.0.5", b"10.0.0.9").replace(b"192.0.2.66", b"192.0.2.99")
    logs = {"conn.log": ("zeek", samples.ZEEK_CONN + other), **PIP}
    both = joined(logs)
    assert [whose(item)[1:] for item in (*to(both, "192.0.2.66"), *to(both, "192.0.2.99"))] == [("", "host")] * 2
    one = joined(logs, clients=frozenset({"10.0.0.5"}))
    assert whose(to(one, "192.0.2.66")[0]) == (Phase.BUILD, "pkg:pypi/inertlib@1.2.3", "by time")
    assert to(one, "192.0.2.99") == []
    reading = next(log for log in one.logs if log.name == "conn.log")
    assert reading.limits == ("1 of its records are of other machines and were left out",)


def test_two_packages_at_once_are_not_guessed_between() -> None:
    timeline = Timeline()
    start = NOW
    for name, begin, end in (("a", 0, 10), ("b", 5, 15)):
        owner = Owner("npm", name, "1")
        window = Window(start + timedelta(seconds=begin), start + timedelta(seconds=end), Phase.INSTALL, owner)
        timeline.add(window)
    timeline.add(Window(start, start + timedelta(seconds=20), Phase.RESOLVE))

    def at(second: int) -> tuple[Phase, str] | None:
        found = timeline.at(start + timedelta(seconds=second))
        return found and (found.phase, found.owner.package if found.owner else "")

    assert [at(second) for second in (-1, 0, 4, 5, 9, 10, 14, 15, 19, 20)] == [
        *(None, (Phase.INSTALL, "a"), (Phase.INSTALL, "a"), (Phase.INSTALL, ""), (Phase.INSTALL, "")),
        *((Phase.INSTALL, "b"), (Phase.INSTALL, "b"), (Phase.RESOLVE, ""), (Phase.RESOLVE, ""), None),
    ]


def test_a_chain_of_processes_names_the_sdist_and_pips_log_its_version() -> None:
    for member, text in (("falco", samples.FALCO), ("auditd", samples.AUDITD)):
        alone = to(joined({"a.log": (member, text)}), "192.0.2.66")[0]
        assert whose(alone) == (Phase.BUILD, "pkg:pypi/inertlib", "pip")
        both = to(joined({"a.log": (member, text), **PIP}), "192.0.2.66")[0]
        assert whose(both) == (Phase.BUILD, "pkg:pypi/inertlib@1.2.3", "pip")


def test_programs_without_arguments_are_joined_by_time() -> None:
    item = to(joined({"a.json": ("harden_runner", samples.HARDEN_RUNNER), **PIP}), "192.0.2.66")[0]
    assert whose(item) == (Phase.BUILD, "pkg:pypi/inertlib@1.2.3", "by time")
    assert [process.argv[0] for process in item.actor.processes] == ["bash", "pip", "python3.12"]
    item = to(joined({"a.json": ("witness", samples.WITNESS), **PIP}), "192.0.2.66")[0]
    assert whose(item) == (Phase.BUILD, "pkg:pypi/inertlib@1.2.3", "by time")


def test_a_whole_chain_that_is_of_no_manager_is_not_blamed_on_a_package_by_time() -> None:
    """A login at the time of a build is no doing of the package that is built."""
    (item,) = to(joined({"audit.log": ("auditd", samples.AUDITD), **PIP}), "10.0.0.7")
    assert whose(item) == (Phase.RUN, "", "process")


def script_alert(command: str, **fields: str) -> bytes:
    shown = {"evt.type": "connect", "fd.sip": "192.0.2.66", "fd.sport": 443, "proc.cmdline": command, **fields}
    return samples.lines(
        {
            "time": "2026-03-02T12:10:00Z",
            "rule": "r",
            "priority": "Notice",
            "source": "syscall",
            "output_fields": shown,
        }
    )


def test_a_script_is_found_by_its_command_where_npm_tells_no_times() -> None:
    text = script_alert("node install.js --quick", **{"proc.pcmdline": "sh -c node  install.js --quick"})
    (item,) = to(joined({"falco.json": ("falco", text), **NPM}), "192.0.2.66")
    assert whose(item) == (Phase.INSTALL, "pkg:npm/inert-dep@2.0.1", "npm")


def test_a_command_of_two_packages_names_neither() -> None:
    twice = samples.NPM + b"50 info run other@1.0.0 postinstall node_modules/other node install.js --quick\n"
    text = script_alert("node install.js --quick", **{"proc.pcmdline": "sh -c node install.js --quick"})
    (item,) = to(joined({"falco.json": ("falco", text), "npm.log": ("npm", twice)}), "192.0.2.66")
    assert whose(item)[1] == ""


@pytest.mark.parametrize(
    ("command", "parent", "wanted"),
    [
        ("node /app/node_modules/inert-dep/x.js", "npm install", (Phase.INSTALL, "pkg:npm/inert-dep@2.0.1", "npm")),
        ("node /app/node_modules/@a/b/x.js", "npm ci", (Phase.INSTALL, "pkg:npm/%40a/b", "npm")),
        ("node /app/node_modules/jest/bin/jest.js", "npm test", (Phase.TEST, "", "process")),
        ("node /usr/lib/node_modules/npm/bin/npm-cli.js ci", "bash build.sh", (Phase.RESOLVE, "", "process")),
        (
            *("/t/release/build/inert-0123456789abcdef/build-script-build", "cargo build"),
            (Phase.BUILD, "pkg:cargo/inert", "cargo"),
        ),
    ],
)
def test_paths_name_packages_where_their_code_runs(command: str, parent: str, wanted: tuple[Phase, str, str]) -> None:
    text = script_alert(command, **{"proc.pcmdline": parent})
    (item,) = to(joined({"falco.json": ("falco", text), **NPM}), "192.0.2.66")
    assert whose(item) == wanted


def test_what_several_logs_tell_of_is_one_connection() -> None:
    run = joined(
        {
            "conn.log": ("zeek", samples.ZEEK_CONN),
            "ssl.log": ("zeek", samples.ZEEK_SSL),
            "falco.json": ("falco", samples.FALCO),
            "audit.log": ("auditd", samples.AUDITD),
        }
    )
    items = to(run, "192.0.2.66")
    assert [(item.actor.processes[-1].argv[0], item.count, item.host) for item in items] == [
        ("python3.12", 1, "collector.invalid"),
        ("python3.12", 1, "collector.invalid"),
    ]
    assert {item.endpoint.protocol for item in items} == {"tcp"}


def test_what_no_log_of_processes_explains_remains() -> None:
    run = joined({"conn.log": ("zeek", samples.ZEEK_CONN * 3), "falco.json": ("falco", samples.FALCO)})
    assert sorted((bool(item.actor.processes), item.count) for item in to(run, "192.0.2.66")) == [(False, 2), (True, 1)]


def test_what_npm_says_it_fetched_explains_the_address_behind_it() -> None:
    run = joined({"access.log": ("squid", samples.SQUID), **NPM})
    (item,) = [item for item in run.connections if item.host == "registry.example"]
    assert (item.endpoint.address, whose(item), item.outcome) == (
        *("198.51.100.7", (Phase.RESOLVE, "", "npm")),
        Outcome.ALLOWED,
    )


def test_what_was_stopped_was_refused_whatever_the_policy_says() -> None:
    run = joined({"access.log": ("squid", samples.SQUID)}, decide=lambda _: Decision.ALLOW)
    assert {item.host: item.outcome for item in run.connections} == {
        "registry.example": Outcome.ALLOWED,
        "collector.invalid": Outcome.REFUSED,
        "": Outcome.ALLOWED,
    }
    assert run.refused == 1


def test_what_one_log_saw_stopped_and_another_saw_go_through_are_both_told() -> None:
    run = joined({"access.log": ("squid", samples.SQUID), "agent.log": ("harden_runner", samples.HARDEN_RUNNER_TEXT)})
    assert sorted(item.outcome.value for item in run.connections if item.host == "collector.invalid") == [
        *("observed", "refused")
    ]


def test_what_the_sandbox_cannot_tell_apart_is_the_managers_where_it_may_be() -> None:
    run = joined({"result.json": ("package_analysis", samples.PACKAGE_ANALYSIS)})
    assert {item.host: whose(item)[:2] for item in run.connections} == {
        "registry.example": (Phase.RESOLVE, ""),
        "collector.invalid": (Phase.INSTALL, "pkg:npm/inert-dep@2.0.1"),
    }
    assert [(file.path, file.kind, file.actor.attribution.purl) for file in run.files] == [
        ("/root/.bashrc", "persistence", "pkg:npm/inert-dep@2.0.1")
    ]
    assert [library.purl for library in run.libraries] == ["pkg:npm/inert-dep@2.0.1"]


def test_downloads_are_told_with_index_and_purpose() -> None:
    run = joined(PIP)
    assert [(d.purl, d.url, d.index, d.build, d.told_by) for d in run.downloads] == [
        (
            *("pkg:pypi/inertlib@1.2.3", "https://files.example/p/inertlib-1.2.3.tar.gz"),
            *("https://registry.example/simple/inertlib/", False, "pip.log"),
        ),
        (
            *("pkg:pypi/setuptools@80.0.0", "https://files.example/p/setuptools-80.0.0-py3-none-any.whl"),
            *("https://registry.example/simple/", True, "pip.log"),
        ),
        (
            *("pkg:pypi/quietlib@2.0", "https://public.example/simple/"),
            *("https://registry.example/simple/", False, "pip.log"),
        ),
    ]
    assert [library.purl for library in run.libraries] == [
        *("pkg:pypi/setuptools@80.0.0", "pkg:pypi/inertlib@1.2.3", "pkg:pypi/quietlib@2.0")
    ]


def test_a_digest_that_differs_without_a_name_is_named_by_the_lock() -> None:
    text = b"25 error wanted sha512-QUFB but got sha512-QkJC.\n"
    alone = joined({"npm.log": ("npm", text)})
    assert (alone.downloads, any("unnamed package" in limit for limit in alone.logs[0].limits)) == ((), True)
    owner = {"sha512:414141": Owner("npm", "left", "1.0.0")}
    (download,) = joined({"npm.log": ("npm", text)}, locked_as=owner.get).downloads
    assert (download.purl, download.digests, download.demanded) == (
        *("pkg:npm/left@1.0.0", ("sha512:424242",), ("sha512:414141",)),
    )


def test_programs_files_and_names_are_told() -> None:
    run = joined({"falco.json": ("falco", samples.FALCO), "dns.log": ("zeek", samples.ZEEK_DNS)})
    assert [(item.path, item.tool) for item in run.executions] == [("/usr/bin/curl", "download")]
    assert [(item.path, item.kind) for item in run.files] == [("/root/.ssh/id_ed25519", "credential")]
    assert [(query.name, query.answers) for query in run.queries] == [("collector.invalid", ("192.0.2.66",))]
    assert run.names_visible
    assert not joined({"falco.json": ("falco", samples.FALCO)}).names_visible


def test_a_socket_of_this_machine_is_local() -> None:
    text = script_alert("x", **{"fd.name": "/var/run/docker.sock", "fd.type": "unix"})
    run = joined({"falco.json": ("falco", text)})
    assert (run.connections, [item.endpoint.address for item in run.local]) == ((), ["/var/run/docker.sock"])


def test_the_run_has_the_time_and_the_end_that_the_logs_tell() -> None:
    run = joined(NPM)
    assert (run.command, run.exit, run.started.timestamp()) == (("npm", "install"), 0, samples.EPOCH)
    assert run.seconds == 0
    assert joined(PIP).seconds == 6.9
    assert joined({"conn.log": ("zeek", b"")}).started == NOW


def test_unread_lines_are_counted_and_the_first_are_named() -> None:
    text = samples.ZEEK_CONN + b"nonsense\n" * 50
    (reading,) = joined({"conn.log": ("zeek", text)}).logs
    assert (reading.refused, len(reading.unread), reading.unread[0].line, reading.connections) == (50, 20, 4, 1)
    assert "neither" in reading.unread[0].reason or "JSON" in reading.unread[0].reason


def test_more_connections_than_a_table_holds_are_counted() -> None:
    row = json.loads(samples.ZEEK_CONN.splitlines()[0])

    def contacts() -> Iterator[Contact]:
        for number in range(CAPACITY + 100):
            yield Contact(time=None, address=f"198.51.{number // 256}.{number % 256}", port=1, host=row["id.resp_h"])

    run = join([Log("conn.log", MEMBERS["zeek"], contacts())], means(), "x")
    assert (len(run.connections), [(o.table, o.count) for o in run.overflow]) == (CAPACITY, [("connections", 100)])


def test_an_unexpected_end_is_told_and_the_rest_kept(tmp_path: Path) -> None:
    packed = gzip.compress(samples.ZEEK_CONN * 400 + random.Random(1).randbytes(300_000))
    path = tmp_path / "conn.log.gz"
    path.write_bytes(packed[: len(packed) // 2])
    head, logs = open_log(path)
    assert head.startswith(b'{"ts"')
    (reading,) = join(logs, means(), "x").logs
    assert reading.connections == 400
    assert reading.broken.startswith("it cannot be read to its end")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "it is empty"), (b" \n", "it is empty"), (b"hello\n", "no log of a format")]
)
def test_a_log_of_no_format_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        open_log(path)


def test_a_jobs_log_is_read_for_every_tool_in_it(tmp_path: Path) -> None:
    plain = b"".join(row.partition(b" ")[2] for row in samples.PIP.splitlines(keepends=True))
    npm = b"".join(b"npm " + row.partition(b" ")[2] for row in samples.NPM.splitlines(keepends=True))
    path = tmp_path / "job.log"
    path.write_bytes(b"".join(b"2026-03-02T12:00:00.0Z " + row for row in (plain + npm).splitlines(keepends=True)))
    _, logs = open_log(path)
    run = join(logs, means(), "x")
    assert [log.format for log in run.logs] == ["npm", "pip"]
    assert {download.ecosystem for download in run.downloads} == {"npm", "pypi"}
