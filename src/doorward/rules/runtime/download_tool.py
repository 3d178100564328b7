"""Download or decoding tool started by a library

What it catches
---------------
curl, wget, netcat, PowerShell and their like, base64 and similar decoders, or a shell
that runs what is piped into it, started below the code of a release.

Why it matters
--------------
Install scripts that fetch their second stage do it in one line of shell, for that works
everywhere and leaves the package's own files clean.

What to do
----------
Read the arguments: they name what was fetched, or hold what was decoded. Do not install
the release until they are explained.

False alarms
------------
Build scripts that fetch sources with curl, and scripts that ask openssl for its version
(which rests). What the user's own code starts rests too. None in 129 builds of well-known
packages (docs/accuracy.md): those that need a file fetch it in their own language.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import Execution, Phase
from doorward.rules.registry._words import cut
from doorward.rules.runtime._words import by, place, times

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("kernel",),
    advice="read the arguments, and do not install the release until they are explained.",
)

_WHAT = {
    "download": "a tool that downloads",
    "decode": "a tool that decodes",
    "shell": "a shell that runs what it is piped",
}
#: What makes openssl a decoder.
_OPENSSL = frozenset({"enc", "base64", "smime", "cms"})
_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for such tools below a release; package managers may start them while they resolve."""
    found = [
        event
        for event in activity.executions
        if event.tool and event.actor.phase is not Phase.RESOLVE and _decodes(event)
    ]
    if found and activity.by_library:
        first = found[0]
        yield Hit(
            f"Code of the release started {_WHAT.get(first.tool, first.tool)}: {cut(_name(first), 40)}.",
            (*(_evidence(activity, event) for event in found[:_SHOWN]), *by(first.actor)),
        )


def _decodes(event: Execution) -> bool:
    return _name(event) != "openssl" or any(argument in _OPENSSL for argument in event.argv[1:2])


def _name(event: Execution) -> str:
    return event.path.rpartition("/")[2]


def _evidence(activity: Activity, event: Execution) -> Evidence:
    command = cut(" ".join(event.argv) or event.path, 100)
    return Evidence("started", f"{command}{times(event.count)}", place(activity, event.actor))
