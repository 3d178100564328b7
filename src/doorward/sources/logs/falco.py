"""Falco's alerts, one JSON object a line (``json_output: true``).

An alert has the fields that its rule prints, and the chain of processes is as long as the rule makes it
(``proc.pname``, ``proc.aname[2]`` ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from doorward.sources.logs._events import Contact, Event, Refused, Started, Touched, Who
from doorward.sources.logs._lines import each
from doorward.sources.logs._values import LONGEST_TEXT, address, moment, name, port, process, split_endpoint

NAME = "falco"
REACH = "it names as many processes as its rules print"

_JSON = re.compile(rb'\s*\{(?=[^\n]*"output_fields"\s*:)(?=[^\n]*"(?:rule|priority)"\s*:)')
#: Ancestors that are looked for.
_ANCESTORS = 16
_OUTWARD = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
_PROGRAMS = frozenset({"execve", "execveat"})
_TRANSPORTS = frozenset({"tcp", "udp"})
_FILES = {
    **dict.fromkeys(("open", "openat", "openat2", "creat", "open_by_handle_at"), "open"),
    **dict.fromkeys(("rename", "renameat", "renameat2"), "rename"),
    **dict.fromkeys(("link", "linkat", "symlink", "symlinkat"), "link"),
    **dict.fromkeys(("unlink", "unlinkat"), "unlink"),
}
_WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC)")

Fields = dict[str, str | int | float | bool | None]


class _Alert(msgspec.Struct, frozen=True, gc=False):
    time: str
    output_fields: dict[str, str | int | float | bool | None]
    source: str = "syscall"


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether these are alerts of Falco."""
    return _JSON.match(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield what the alerts tell of connections, programs and files."""
    decode = msgspec.json.Decoder(_Alert).decode
    yield from each(lines, lambda line: _events(decode(line)))


def _text(fields: Fields, key: str) -> str:
    value = fields.get(key)
    return "" if value in (None, "<NA>", "N/A") else str(value)


def _events(alert: _Alert) -> Iterable[Event]:
    fields = alert.output_fields
    if alert.source != "syscall":
        return ()
    kind, time = _text(fields, "evt.type"), moment(alert.time)
    if kind in _PROGRAMS:
        who = _who(fields)
        argv = who.processes[-1].argv if who.processes else ()
        return (Started(time=time, path=_exe(fields) or argv[0], argv=argv, who=who),) if argv else ()
    if kind in _FILES:
        path = _text(fields, "fd.name")[:LONGEST_TEXT]
        return (Touched(time=time, path=path, operation=_operation(kind, fields), who=_who(fields)),) if path else ()
    return _contact(fields, time) if kind in _OUTWARD or not kind else ()


def _operation(kind: str, fields: Fields) -> str:
    operation = _FILES[kind]
    if operation != "open":
        return operation
    flags = _text(fields, "evt.arg.flags") or _text(fields, "evt.args")
    writes = _text(fields, "evt.is_open_write").lower() == "true" or _WRITES.search(flags)
    return "write" if writes else "read"


def _contact(fields: Fields, time: datetime) -> Iterable[Event]:
    """Return the destination of a call: the server's side, or what stands behind the arrow of the descriptor's name."""
    where, number = _text(fields, "fd.sip") or _text(fields, "fd.rip"), _text(fields, "fd.sport")
    number = number or _text(fields, "fd.rport")
    tuple_ = _text(fields, "fd.name")
    if tuple_.startswith(("/", "@")) or _text(fields, "fd.type") == "unix":
        return (
            Contact(time=time, who=_who(fields), socket=tuple_.rpartition("->")[2][:LONGEST_TEXT], protocol="unix"),
        )
    if not where or not number:
        remote = tuple_.rpartition("->")[2]
        if not remote:
            return ()
        where, number = map(str, split_endpoint(remote))
    contact = Contact(
        time=time,
        who=_who(fields),
        address=address(where),
        port=port(number),
        protocol=protocol if (protocol := _text(fields, "fd.l4proto")) in _TRANSPORTS else "unknown",
        host=name(_text(fields, "fd.sip.name")),
        call=_text(fields, "evt.type") or "connect",
        refused=_text(fields, "evt.res") in {"EPERM", "EACCES"},
    )
    return (contact,)


def _exe(fields: Fields) -> str:
    return (_text(fields, "proc.exepath") or _text(fields, "proc.exe"))[:LONGEST_TEXT]


def _who(fields: Fields) -> Who:
    """Return the chain of processes, as far as the rule prints it."""
    names = [_text(fields, f"proc.aname[{level}]") for level in range(_ANCESTORS, 1, -1)]
    chain = [process(0, (text,)) for text in names if text]
    parent = _text(fields, "proc.pcmdline") or _text(fields, "proc.pname") or _text(fields, "proc.aname[1]")
    if parent:
        chain.append(process(_number(fields, "proc.ppid"), tuple(parent.split()), _text(fields, "proc.pexepath")))
    own = _text(fields, "proc.cmdline") or _text(fields, "proc.name")
    if own:
        pid = _number(fields, "proc.pid")
        chain.append(process(pid, tuple(own.split()), _exe(fields), _text(fields, "proc.cwd").rstrip("/")))
    return Who(processes=tuple(chain), vague=not _text(fields, "proc.cmdline"))


def _number(fields: Fields, key: str) -> int:
    text = _text(fields, key)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0  # noqa: PLR2004 - ids are short
