"""Activities by hand: a release that did nothing, until a case says what. All hosts are inert."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from doorward.model.activity import Activity, Contact, Fetch
from doorward.model.facts import Missing
from doorward.model.resolution import Download
from doorward.model.run import (
    Actor,
    Attribution,
    Connection,
    Endpoint,
    Evasion,
    Execution,
    FileAccess,
    Listener,
    NeighbourAccess,
    Outcome,
    Phase,
    Process,
    Query,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CWD = "/work/project"
PURL = "pkg:pypi/lib@1.0.1"
NO_FILTER = Missing("no filter of the kernel told of the calls")
PYTHON = Process(10, ("python", "-m", "pip", "install", "lib"), "/usr/bin/python3.11", CWD, 1)
HOOK = Process(11, ("python", "_in_process.py", "build_wheel"), "/usr/bin/python3.11", "/tmp/pip-install-a/lib_00", 2)
LIB = Attribution(
    "pypi",
    "lib",
    "1.0.1",
    PURL,
    "/tmp/pip-install-x1/lib_0123456789abcdef0/setup.py:7",
    "pip",
    ("requests 2.32.0", "lib 1.0.1"),
)
NOBODY = Attribution()


def actor(phase: str = "build", attribution: Attribution = LIB, *processes: Process) -> Actor:
    return Actor(Phase(phase), processes or (PYTHON, HOOK), attribution)


def connection(
    address: str = "192.0.2.1",
    port: int = 443,
    host: str = "api.invalid",
    *,
    who: Actor | None = None,
    outcome: str = "observed",
    **more: Any,
) -> Connection:
    family = "ipv6" if ":" in address else "ipv4"
    endpoint = more.pop("endpoint", Endpoint(family, address, port, more.pop("protocol", "tcp")))
    return Connection(NOW, who or actor(), endpoint, host, Outcome(outcome), **more)


def contact(phase: str = "build", *, attribution: Attribution = LIB, index: bool = False, **more: Any) -> Contact:
    """One destination off this machine, met by the release."""
    outbound, server = more.pop("outbound", True), more.pop("name_server", False)
    return Contact(connection(who=actor(phase, attribution), **more), outbound, index, server)


def local(service: str, path: str, phase: str = "build", outcome: str = "observed") -> Connection:
    return Connection(NOW, actor(phase), Endpoint("unix", path, 0, "unix"), service, Outcome(outcome))


def query(name: str, phase: str = "test", kind: str = "A") -> Query:
    return Query(NOW, actor(phase), name, kind, Outcome.OBSERVED)


def listener(address: str, port: int = 8000) -> Listener:
    return Listener(NOW, actor("test"), Endpoint("ipv6" if ":" in address else "ipv4", address, port, "tcp"))


def execution(path: str, *argv: str, tool: str = "", phase: str = "build") -> Execution:
    return Execution(NOW, actor(phase), path, argv, tool)


def file(path: str, kind: str, operation: str = "write", phase: str = "build", **more: Any) -> FileAccess:
    return FileAccess(NOW, more.pop("who", None) or actor(phase), path, kind, operation, **more)


def evasion(kind: str, **more: Any) -> Evasion:
    return Evasion(NOW, actor("test"), kind, **more)


def neighbour(call: str) -> NeighbourAccess:
    return NeighbourAccess(NOW, actor("test"), call, Process(1, ("runner", "listen"), "/usr/bin/runner"))


def fetch(url: str = "https://registry.example/lib-1.0.1.tar.gz", *, index: bool = True, **more: Any) -> Fetch:
    values = {"digests": (), "told_by": "a log", "package": "lib"} | more
    return Fetch(Download(NOW, "pypi", values.pop("package"), "1.0.1", url, **values), index)


def did(*events: Any, **more: Any) -> Activity:
    """What the release did: events of any kind, each into its table."""
    tables = {
        "contacts": Contact,
        "queries": Query,
        "listeners": Listener,
        "executions": Execution,
        "files": FileAccess,
        "evasions": Evasion,
        "neighbours": NeighbourAccess,
        "fetches": Fetch,
        "local": Connection,
    }
    sorted_ = {name: tuple(event for event in events if isinstance(event, type_)) for name, type_ in tables.items()}
    return Activity("run:0123", PURL, NOW, CWD, **(sorted_ | more))


def nobody_did(*events: Any, **more: Any) -> Activity:
    """The same, attributed to no release."""
    return replace(did(*events, **more), purl="")
