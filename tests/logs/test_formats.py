"""What each format's lines mean."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from doorward.model.run import Phase
from doorward.sources.logs._events import (
    Contact,
    Ended,
    Fetched,
    Limit,
    Lookup,
    Owner,
    Refused,
    Script,
    Started,
    Touched,
    Used,
    Window,
)
from tests.logs import samples
from tests.logs.read import MEMBERS, of_type, parse


def at(second: float) -> datetime:
    return datetime.fromtimestamp(samples.EPOCH + second, UTC)


def stamped(text: bytes, suffix: bytes = b"Z") -> bytes:
    """Return output as the log of a CI job has it: a time a second before each line."""
    rows = text.splitlines(keepends=True)
    return b"".join(
        b"2026-03-02T12:00:%02d.1234567%s %s" % (number, suffix, row) for number, row in enumerate(rows[:60])
    )


# pip


def test_pip_gives_the_times_of_builds() -> None:
    windows = of_type(Window, parse("pip", samples.PIP))
    assert [(w.phase, w.owner, w.start, w.end) for w in windows] == [
        (Phase.RESOLVE, None, at(1), at(2)),
        (Phase.BUILD, Owner("pypi", "inertlib", "1.2.3"), at(3), at(5)),
        (Phase.RESOLVE, None, at(0.1), at(7)),
    ]


def test_pip_tells_what_came_from_where_without_secrets() -> None:
    fetched = of_type(Fetched, parse("pip", samples.PIP))
    assert [(f.owner.package, f.owner.version, f.url, f.index, f.digests, f.build) for f in fetched] == [
        (
            *("inertlib", "1.2.3", "https://files.example/p/inertlib-1.2.3.tar.gz"),
            *("https://registry.example/simple/inertlib/", ("sha256:aa11",), False),
        ),
        (
            *("setuptools", "80.0.0", "https://files.example/p/setuptools-80.0.0-py3-none-any.whl"),
            *("https://registry.example/simple/", (), True),
        ),
        ("quietlib", "2.0", "", "https://registry.example/simple/", (), False),
    ]


def test_pip_without_times_says_so_and_still_tells_what_was_fetched() -> None:
    plain = b"\n".join(row.partition(b" ")[2] for row in samples.PIP.splitlines())
    events = parse("pip", plain)
    assert of_type(Window, events) == []
    assert [limit.phrase for limit in of_type(Limit, events)] == ["pip's lines have no times"]
    assert len(of_type(Fetched, events)) == 3


def test_pip_in_the_log_of_a_job_has_the_times_of_the_job() -> None:
    plain = b"".join(row.partition(b" ")[2] for row in samples.PIP.splitlines(keepends=True))
    build = next(w for w in of_type(Window, parse("pip", stamped(plain))) if w.phase is Phase.BUILD)
    assert (build.end - build.start).total_seconds() == 3


def test_colours_do_not_hide_pips_words() -> None:
    assert of_type(Fetched, parse("pip", b"  \x1b[1mDownloading\x1b[0m quietlib-2.0-py3-none-any.whl (66 kB)\n"))


def test_what_a_build_prints_is_not_believed() -> None:
    text = samples.PIP.replace(
        b"  Downloading https://elsewhere.invalid",
        b"  Building wheel for victim (pyproject.toml): started\n2026-03-02T12:00:03,250   Downloading https://elsewhere.invalid",
    )
    events = parse("pip", text)
    assert {window.owner for window in of_type(Window, events)} == {None, Owner("pypi", "inertlib", "1.2.3")}
    assert "never" not in {fetched.owner.package for fetched in of_type(Fetched, events)}


def test_a_build_that_says_it_has_ended_has_not() -> None:
    text = samples.PIP.replace(
        b"  Downloading https://elsewhere.invalid",
        b"  Building wheel for inertlib (pyproject.toml): finished with status 'done'\n2026-03-02T12:00:03,300   x",
    )
    build = next(window for window in of_type(Window, parse("pip", text)) if window.owner)
    assert (build.start, build.end) == (at(3), at(5))


@pytest.mark.parametrize(
    "command", ["Building wheel for inertlib (pyproject.toml)", "/venv/bin/python /x/_in_process.py build_wheel /tmp/x"]
)
def test_on_a_terminal_pip_only_names_the_commands_that_it_runs(command: str) -> None:
    """The lines about a step's beginning and end are drawn on the terminal, and not written to the log."""
    kept = [
        row for row in samples.PIP.splitlines(keepends=True) if not row.rstrip().endswith((b": started", b"'done'"))
    ]
    text = b"".join(kept).replace(b"Building wheel for inertlib (pyproject.toml)", command.encode())
    text = text.replace(
        b"Collecting quietlib", b"  Created wheel for inertlib: filename=x\n2026-03-02T12:00:06,000 Collecting quietlib"
    )
    events = parse("pip", text)
    windows = of_type(Window, events)
    assert [(w.phase, w.owner and w.owner.package, w.start, w.end) for w in windows] == [
        (Phase.RESOLVE, None, at(1.1), at(2.1)),
        (Phase.BUILD, "inertlib", at(3.1), at(6)),
        (Phase.RESOLVE, None, at(0.1), at(7)),
    ]
    assert [fetched.build for fetched in of_type(Fetched, events)] == [False, True, False]


def test_a_local_project_is_nobodys_package() -> None:
    text = samples.PIP.replace(b"Collecting inertlib==1.2.3", b"Processing ./inertlib").replace(b"Added ", b"Add ")
    builds = [window for window in of_type(Window, parse("pip", text)) if window.phase is Phase.BUILD]
    assert [window.owner for window in builds] == [None]


def test_pip_names_the_artifact_whose_digest_differs() -> None:
    text = b"""\
Collecting idna==3.7
  Downloading idna-3.7-py3-none-any.whl (66 kB)
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    idna==3.7 from https://files.example/p/idna-3.7-py3-none-any.whl (from -r req.txt (line 1)):
        Expected sha256 aaaa
        Expected     or bbbb
             Got        82fe
"""
    assert [(f.owner, f.digests, f.demanded) for f in of_type(Fetched, parse("pip", text))] == [
        (Owner("pypi", "idna", "3.7"), (), ()),
        (Owner("pypi", "idna", "3.7"), ("sha256:82fe",), ("sha256:aaaa", "sha256:bbbb")),
    ]


# npm


def test_npm_tells_what_came_from_where_without_secrets() -> None:
    fetched = of_type(Fetched, parse("npm", samples.NPM))
    assert [(f.owner.package, f.owner.version, f.url) for f in fetched] == [
        ("inert-dep", "2.0.1", "https://registry.example/inert-dep/-/inert-dep-2.0.1.tgz"),
        ("@scope/quiet", "3.0.0", "https://registry.example/@scope%2fquiet/-/quiet-3.0.0.tgz"),
    ]


def test_npm_names_its_scripts_and_how_it_ended() -> None:
    events = parse("npm", samples.NPM)
    assert [(s.owner, s.phase, s.command, s.folder, s.time) for s in of_type(Script, events)] == [
        (Owner("npm", "inert-dep", "2.0.1"), Phase.INSTALL, "node install.js --quick", "node_modules/inert-dep", at(0))
    ]
    assert [(e.command, e.exit) for e in of_type(Ended, events)] == [(("npm", "install"), 0)]
    assert [used.owner.package for used in of_type(Used, events)] == ["inert-dep", "@scope/quiet"]


def test_scripts_have_times_in_the_log_of_a_job() -> None:
    text = b"\n".join(b"npm " + row.partition(b" ")[2] for row in samples.NPM.splitlines()) + b"\n"
    windows = of_type(Window, parse("npm", stamped(text)))
    assert [(w.phase, w.owner and w.owner.package, (w.end - w.start).total_seconds()) for w in windows] == [
        (Phase.INSTALL, "inert-dep", 1.0),
        (Phase.RESOLVE, None, 13.0),
    ]


def test_older_npm_is_read() -> None:
    text = b"""\
0 info it worked if it ends with ok
1 verbose cli [ 'node', 'npm', 'install' ]
2 info using npm@6.14.0
9 info lifecycle old-dep@1.0.0~postinstall: old-dep@1.0.0
10 silly lifecycle old-dep@1.0.0~postinstall: Args: [ '-c', 'node setup.js' ]
11 silly lifecycle old-dep@1.0.0~postinstall: Returned: code: 0  signal: null
"""
    scripts = of_type(Script, parse("npm", text))
    assert [(s.owner.package, s.command, s.phase) for s in scripts] == [("old-dep", "node setup.js", Phase.INSTALL)]


@pytest.mark.parametrize(("title", "phase"), [("npm install", Phase.RESOLVE), ("npm test", Phase.TEST)])
def test_npm_that_writes_how_long_it_took_gives_the_stretch(title: str, phase: Phase) -> None:
    text = f"7 verbose title {title}\n90 timing command:x Completed in 1500ms\n".encode()
    (window,) = of_type(Window, parse("npm", text, "2026-03-02T12_00_00_000Z-debug-0.log"))
    assert (window.start, window.end, window.phase) == (at(0), at(1.5), phase)


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.mark.parametrize("named", [True, False])
def test_npm_tells_of_digests_that_differ(named: bool) -> None:
    wanted, got = integrity(b"wanted"), integrity(b"got")
    url = "https://registry.example/left/-/left-1.0.0.tgz"
    corrupt = f"19 warn tarball tarball data for left@{url} ({wanted}) seems to be corrupted. Trying again.\n"
    text = f"25 error Integrity checksum failed when using sha512: wanted {wanted} but got {got}.\n"
    (fetched,) = of_type(Fetched, parse("npm", ((corrupt if named else "") + text).encode()))
    assert fetched.owner == (Owner("npm", "left", "1.0.0") if named else None)
    assert fetched.digests == ("sha512:" + hashlib.sha512(b"got").hexdigest(),)
    assert fetched.demanded == ("sha512:" + hashlib.sha512(b"wanted").hexdigest(),)


# harden-runner


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", ["array", "object of arrays"])
def test_telemetry_may_stand_in_arrays(shape: str, indent: int | None) -> None:
    records = [json.loads(row) for row in samples.HARDEN_RUNNER.splitlines()]
    whole = records if shape == "array" else {"dns": records[:1], "networkConnections": records[1:]}
    text = json.dumps(whole, indent=indent).encode()
    assert MEMBERS["harden_runner"].sniff(text, "x")
    assert parse("harden_runner", text) == parse("harden_runner", samples.HARDEN_RUNNER)


def test_one_record_may_stand_on_several_lines() -> None:
    text = json.dumps(json.loads(samples.HARDEN_RUNNER.splitlines()[1]), indent=1).encode()
    (contact,) = parse("harden_runner", text)
    assert [process.argv for process in contact.who.processes] == [("bash",), ("pip",), ("python3.12",)]


def test_the_agents_own_log_is_read_and_what_was_stopped_is_told() -> None:
    events = parse("harden_runner", samples.HARDEN_RUNNER_TEXT)
    assert [(event.time, event.refused) for event in events] == [
        *((at(3), False), (at(4), False), (at(8), True), (at(9), True))
    ]
    assert events[1].who.processes[0].pid == 2135


def test_a_name_that_is_led_astray_was_refused() -> None:
    record = {"domainName": "x.invalid.", "ipAddress": "54.185.253.63", "timestamp": "2026-03-02T12:00:00Z"}
    (lookup,) = parse("harden_runner", samples.lines(record))
    assert (lookup.name, lookup.answers, lookup.refused) == ("x.invalid", (), True)


# Falco


def alert(**fields: object) -> bytes:
    record = {"time": "2026-03-02T12:00:00Z", "rule": "r", "priority": "Notice", "output": "", "source": "syscall"}
    return samples.lines(
        {**record, "output_fields": {key.replace("_", ".", 1): value for key, value in fields.items()}}
    )


def test_falco_gives_the_chain_that_its_rule_prints() -> None:
    contact, started, touched = parse("falco", samples.FALCO)
    assert [process.argv[0] for process in contact.who.processes] == ["bash", "pip", "python3.12"]
    assert (contact.address, contact.port, contact.protocol) == ("192.0.2.66", 443, "tcp")
    assert (started.path, started.argv[0]) == ("/usr/bin/curl", "curl")
    assert (touched.path, touched.operation) == ("/root/.ssh/id_ed25519", "read")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("10.0.0.5:1->192.0.2.7:443", ("192.0.2.7", 443)),
        ("2001:db8::1:50000->2001:db8::2:443", ("2001:db8::2", 443)),
        ("::ffff:10.0.0.5:1->::ffff:192.0.2.7:443", ("192.0.2.7", 443)),
    ],
)
def test_falco_may_only_print_the_descriptor(name: str, wanted: tuple[str, int]) -> None:
    (contact,) = parse("falco", alert(evt_type="connect", fd_name=name))
    assert (contact.address, contact.port) == wanted


def test_falcos_unix_sockets_and_inbound_connections() -> None:
    (contact,) = parse("falco", alert(evt_type="connect", fd_name="/var/run/docker.sock", fd_type="unix"))
    assert (contact.socket, contact.protocol) == ("/var/run/docker.sock", "unix")
    assert parse("falco", alert(evt_type="accept", fd_sip="10.0.0.5", fd_sport=22)) == []


@pytest.mark.parametrize(
    ("fields", "operation"),
    [
        ({"evt_type": "openat", "evt_arg.flags": "O_WRONLY|O_CREAT"}, "write"),
        ({"evt_type": "open", "evt_is_open_write": True}, "write"),
        ({"evt_type": "unlinkat"}, "unlink"),
        ({"evt_type": "renameat2"}, "rename"),
        ({"evt_type": "symlink"}, "link"),
        ({"evt_type": "openat", "evt_arg.flags": "O_RDONLY"}, "read"),
    ],
)
def test_falcos_files(fields: dict[str, object], operation: str) -> None:
    (touched,) = of_type(Touched, parse("falco", alert(fd_name="/root/.bashrc", **fields)))
    assert touched.operation == operation


# auditd


def test_records_of_one_event_are_joined_though_others_lie_between() -> None:
    contacts = of_type(Contact, parse("auditd", samples.AUDITD))
    assert [(c.address, c.port, c.who.processes[-1].argv[0]) for c in contacts] == [
        ("10.0.0.7", 22, "sshd: deploy"),
        ("192.0.2.66", 443, "python3.12"),
    ]


def test_the_chain_is_made_of_the_parents_that_were_seen() -> None:
    contact = of_type(Contact, parse("auditd", samples.AUDITD))[-1]
    assert [process.argv for process in contact.who.processes] == [
        ("pip", "install", "inertlib"),
        ("python3.12", "/usr/lib/pip/_in_process.py", "build_wheel"),
    ]
    assert contact.who.processes[-1].cwd.startswith("/tmp/pip-install-")


def test_files_are_relative_to_the_folder_of_the_process() -> None:
    (touched,) = of_type(Touched, parse("auditd", samples.AUDITD))
    assert (touched.path, touched.operation) == ("/root/.bashrc", "write")


def event(syscall: str, *records: str, arch: str = "c000003e", extra: str = "") -> bytes:
    stamp = "msg=audit(1772452800.000:5):"
    first = (
        f'type=SYSCALL {stamp} arch={arch} syscall={syscall} success=yes exit=0 {extra} ppid=1 pid=2 comm="x" exe="/x"'
    )
    return "\n".join([first, *(record.replace("MSG", stamp) for record in records), ""]).encode()


@pytest.mark.parametrize(
    ("saddr", "wanted"),
    [
        ("020001BBC0000242", ("192.0.2.66", 443, "")),
        ("0A0001BB0000000020010DB8000000000000000000000007" + "00000000", ("2001:db8::7", 443, "")),
        ("0A0001BB0000000000000000000000000000FFFFC0000242" + "00000000", ("192.0.2.66", 443, "")),
        ("01002F7661722F72756E2F646F636B65722E736F636B0000", ("", 0, "/var/run/docker.sock")),
        ("0100006162", ("", 0, "@ab")),
    ],
)
def test_socket_addresses(saddr: str, wanted: tuple[str, int, str]) -> None:
    (contact,) = parse("auditd", event("42", f"type=SOCKADDR MSG saddr={saddr}"))
    assert (contact.address, contact.port, contact.socket) == wanted


@pytest.mark.parametrize(
    ("arch", "syscall", "extra", "call"),
    [
        ("c000003e", "44", "", "sendto"),
        ("c000003e", str(42 | 0x40000000), "", "connect"),
        ("40000003", "362", "", "connect"),
        ("40000003", "102", "a0=3", "connect"),
        ("40000003", "102", "a0=b", "sendto"),
        ("c00000b7", "203", "", "connect"),
    ],
)
def test_calls_are_known_by_their_numbers_on_each_machine(arch: str, syscall: str, extra: str, call: str) -> None:
    text = event(syscall, "type=SOCKADDR MSG saddr=020001BBC0000242", arch=arch, extra=extra)
    assert [contact.call for contact in parse("auditd", text)] == [call]


@pytest.mark.parametrize("syscall", ["43", "49", "288"])
def test_who_is_reached_is_no_contact(syscall: str) -> None:
    assert parse("auditd", event(syscall, "type=SOCKADDR MSG saddr=020001BBC0000242")) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (event("42", "type=SOCKADDR MSG saddr=0200"), "cut off"),
        (event("42", "type=SOCKADDR MSG saddr="), "cut off"),
        (event("42", "type=SOCKADDR MSG saddr=020001BBC0000242", arch="deadbeef"), "unknown machine"),
        (b"type=SOCKADDR msg=audit(1772452800.000:5): saddr=020001BBC0000242\n", "SYSCALL record"),
        (b"type=SYSCALL msg=audit(1772452800.000:5): arch=c000003e syscall=42 comm=\n", "has no pid"),
        (b"nonsense\n", "no record"),
    ],
)
def test_broken_records_are_refused_with_their_line(text: bytes, reason: str) -> None:
    (refused,) = parse("auditd", text)
    assert isinstance(refused, Refused)
    assert (refused.line, reason in refused.reason) == (1, True)


def test_arguments_come_in_parts_and_in_hex() -> None:
    records = ['type=EXECVE MSG argc=3 a0="sh" a1=2D63 a2_len=4 a2[0]=6563', "type=EXECVE MSG  a2[1]=686F"]
    (started,) = of_type(Started, parse("auditd", event("59", *records)))
    assert started.argv == ("sh", "-c", "echo")


def test_a_forbidden_call_was_refused() -> None:
    text = event("42", "type=SOCKADDR MSG saddr=020001BBC0000242").replace(b"exit=0", b"exit=-13")
    assert [contact.refused for contact in parse("auditd", text)] == [True]


def test_memory_does_not_grow_with_events_that_never_end() -> None:
    """Of ten thousand open events the first are told when there are too many, and all in the end."""
    open_ = b"".join(
        event("42", "type=SOCKADDR MSG saddr=020001BBC0000242").replace(b":5)", b":%d)" % number)
        for number in range(2000)
    )
    assert len(of_type(Contact, parse("auditd", open_))) == 2000


# Zeek


def test_zeek_rows_are_told_apart_by_their_fields() -> None:
    (contact,) = parse("zeek", samples.ZEEK_CONN)
    (lookup,) = parse("zeek", samples.ZEEK_DNS)
    (handshake,) = parse("zeek", samples.ZEEK_SSL)
    assert (contact.address, contact.port, contact.who.client, contact.repeats) == (
        "192.0.2.66",
        443,
        "10.0.0.5",
        False,
    )
    assert (lookup.name, lookup.type, lookup.answers) == ("collector.invalid", "A", ("192.0.2.66",))
    assert (handshake.host, handshake.repeats, handshake.time) == ("collector.invalid", True, at(4.1))


def test_a_stream_of_all_logs_says_of_which_a_row_is() -> None:
    rows = [json.loads(row) for row in (samples.ZEEK_CONN + samples.ZEEK_DNS + samples.ZEEK_SSL).splitlines()]
    paths = ["conn", "conn", "conn", "dns", "ssl"]
    other = {**rows[0], "_path": "weird", "name": "x"}
    text = samples.lines(*({"_path": path, **row} for path, row in zip(paths, rows, strict=True)), other)
    assert [type(event) for event in parse("zeek", text)] == [Contact, Lookup, Contact]


def test_tables_are_read_by_their_header() -> None:
    (contact,) = parse("zeek", samples.ZEEK_TSV)
    assert (contact.address, contact.port, contact.time) == ("192.0.2.66", 443, at(4))


@pytest.mark.parametrize(
    ("path", "fields", "row", "wanted"),
    [
        ("dns", "ts id.orig_h query qtype_name answers", "1 10.0.0.5 a.invalid A 192.0.2.1,b.invalid", Lookup),
        ("ssl", "ts id.orig_h id.resp_h id.resp_p server_name", "1 10.0.0.5 192.0.2.1 443 a.invalid", Contact),
        ("conn", "ts id.resp_h id.resp_p proto", "1 192.0.2.1 443 tcp", Contact),
    ],
)
def test_tables_may_have_other_columns(path: str, fields: str, row: str, wanted: type) -> None:
    tab = "\t"
    text = f"#separator \\x09\n#path\t{path}\n#fields\t{fields.replace(' ', tab)}\n{row.replace(' ', tab)}\n"
    assert [type(event) for event in parse("zeek", text.encode())] == [wanted]


def test_a_row_that_does_not_fit_its_header_is_refused() -> None:
    (_, refused) = parse("zeek", samples.ZEEK_TSV.replace(b"#close", b"1\t2\n#close"))
    assert (refused.line, refused.reason) == (10, "it has 2 fields where the header has 10")


def test_what_is_no_transport_has_no_port() -> None:
    text = samples.ZEEK_CONN.replace(b'"proto": "tcp"', b'"proto": "icmp"')
    assert [(contact.port, contact.protocol) for contact in parse("zeek", text)] == [(0, "unknown")]


# Squid


def test_squid_tells_tunnels_requests_and_what_it_denied() -> None:
    contacts = parse("squid", samples.SQUID)
    assert [(c.host, c.address, c.port, c.refused) for c in contacts] == [
        ("registry.example", "198.51.100.7", 443, False),
        ("collector.invalid", "", 443, True),
        ("", "2001:db8::7", 8080, False),
    ]


def test_squids_objects_tell_the_same() -> None:
    contacts = parse("squid", samples.SQUID_JSON)
    assert [(c.host, c.address, c.port, c.refused) for c in contacts] == [
        ("registry.example", "198.51.100.7", 443, False),
        ("collector.invalid", "", 443, True),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1772452800.350 1 10.0.0.5 TCP_TUNNEL/200 1 CONNECT nowhere - HIER_NONE/- -", "has no port"),
        (b"1772452800.350 1 10.0.0.5 TCP_MISS/200 1 GET gopher://x/ - HIER_NONE/- -", "none of the web"),
        (b"1772452800.350 1 10.0.0.5", "fields"),
        (b"noon 1 10.0.0.5 TCP_MISS/200 1 GET http://x.invalid/ - HIER_NONE/- -", "no time"),
        (b'{"ts": 1, "client": 5}', "Expected"),
    ],
)
def test_broken_requests_are_refused(row: bytes, reason: str) -> None:
    (refused,) = parse("squid", row + b"\n")
    assert isinstance(refused, Refused)
    assert reason in refused.reason


# go-witness


def test_an_envelope_of_any_size_is_unwrapped_as_it_comes() -> None:
    connection = samples.TRACE["network_trace"]["connections"][0]
    trace = {"network_trace": {"connections": [{**connection, "id": str(number)} for number in range(6000)]}}
    payload = base64.b64encode(json.dumps(trace).encode()).decode()
    assert len(payload) > 2 << 20
    for document in (
        {"payload": payload, "payloadType": "application/vnd.in-toto+json"},
        {"payloadType": "x", "payload": payload},
    ):
        events = parse("witness", json.dumps(document, indent=1).encode())
        assert (len(events), {type(event) for event in events}) == (6000, {Contact})


def test_a_payload_that_is_no_base64_is_refused() -> None:
    events = parse("witness", samples.WITNESS_ENVELOPE.replace(b'"payload": "', b'"payload": "!'))
    assert [type(event) for event in events] == [Refused]


def test_an_envelope_about_something_else_is_no_trace() -> None:
    other = json.dumps({"payload": base64.b64encode(b'{"x": 1}').decode(), "payloadType": "text/plain"}).encode()
    assert MEMBERS["witness"].sniff(other, "x") is False


def test_a_trace_tells_the_digest_of_what_came() -> None:
    (fetched,) = of_type(Fetched, parse("witness", samples.WITNESS))
    assert (fetched.owner, fetched.digests) == (Owner("pypi", "quietlib", "2.0"), ("sha256:" + "ab" * 32,))
    assert fetched.url == "https://files.example/p/quietlib-2.0-py3-none-any.whl"


def test_one_connection_that_cannot_be_read_costs_only_itself() -> None:
    text = samples.WITNESS.replace(b'"ip": "192.0.2.66"', b'"ip": "nowhere"')
    events = parse("witness", text)
    assert [type(event) for event in events] == [Refused, Contact, Fetched]
    assert events[0].line == text[: text.index(b'"id": "17"')].count(b"\n")


# package-analysis


def test_everything_is_of_the_release_that_was_analysed() -> None:
    events = parse("package_analysis", samples.PACKAGE_ANALYSIS)
    who = {event.who for event in events if not isinstance(event, Used)}
    assert [(w.owner, w.phase, w.by, w.shared) for w in who] == [
        (Owner("npm", "inert-dep", "2.0.1"), Phase.INSTALL, "package-analysis", True)
    ]


@pytest.mark.parametrize(
    ("ecosystem", "type_"), [("pypi", "pypi"), ("rubygems", "gem"), ("packagist", "composer"), ("crates", "crates")]
)
def test_ecosystems_have_their_purl_types(ecosystem: str, type_: str) -> None:
    text = samples.PACKAGE_ANALYSIS.replace(b'"npm"', f'"{ecosystem}"'.encode())
    (used,) = of_type(Used, parse("package_analysis", text))
    assert used.owner.ecosystem == type_


def test_the_package_may_stand_behind_its_analysis() -> None:
    last = {key: samples.RESULT[key] for key in ("Analysis", "CreatedTimestamp", "Package")}
    other = {**last, "Package": {"Ecosystem": "npm", "Name": "second", "Version": "1"}}
    owners = [
        event.who.owner.package
        for event in parse("package_analysis", samples.lines(last, other))
        if not isinstance(event, Used)
    ]
    assert dict.fromkeys(owners) == {"inert-dep": None, "second": None}


def test_a_result_without_a_package_is_refused() -> None:
    events = parse("package_analysis", samples.lines({"CreatedTimestamp": 1, "Analysis": samples.RESULT["Analysis"]}))
    assert {type(event) for event in events} == {Refused}
    assert {event.reason for event in events} == {"its document names no package"}


def test_phases_are_those_of_the_sandbox() -> None:
    analysis = samples.RESULT["Analysis"]["install"]
    text = samples.lines({**samples.RESULT, "Analysis": {"import": analysis, "execute": analysis}})
    phases = [event.who.phase for event in of_type(Contact, parse("package_analysis", text))]
    assert phases == [*(Phase.TEST, Phase.TEST, Phase.RUN, Phase.RUN)]
