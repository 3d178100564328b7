"""Connection while a package is built or installed

What it catches
---------------
Code of a release that opens a connection, sends a datagram, or asks for the address of a
host off this machine while it is built or installed. Nothing is expected there: what a
build needs was resolved before. The question alone counts, for where a firewall answers
nothing it is all that is left of a call home.
It is strong where a release is named, and for the build of a package whose name cannot be
told. It is weak for other code, such as a Makefile's, and for a package that is known to
fetch its prebuilt binary from that very host.

Why it matters
--------------
Build scripts and install scripts run on every machine that installs, with the rights of
whoever installs. Calling home is how a backdoored release fetches its second stage and
sends away what it finds.

What to do
----------
Look at the named line. Where the download is honest, expect it: `build` or `install` in
the policy's `[guard]` table, or the baseline. Else do not install this release, and look
for what it left on the machines that did.

False alarms
------------
Packages that download a compiler, a browser or a prebuilt library: those that are known
are named as such and stay notes. Of 129 builds of well-known packages eight gave an alarm,
each a true call: downloads that the list of known ones did not cover by then, one with a
report of a fault sent besides (docs/accuracy.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase
from doorward.rules.runtime._downloads import known_download
from doorward.rules.runtime._words import asked, connections, during, met, reached, where_to, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="read the named line; do not install the release until it is explained.",
)

_PHASES = frozenset({Phase.BUILD, Phase.INSTALL})
#: A build backend that a frontend started (PEP 517), or setup.py.
_HOOK = re.compile(r"(?:\A|/)(?:_in_process|setup)\.py\Z")


def check(activity: Activity) -> Iterator[Hit]:
    """Look for contacts in the build and install phases; known downloads are told apart."""
    found = [
        contact
        for contact in (*activity.contacts, *asked(activity))
        if contact.phase in _PHASES and contact.surprising and not contact.index and _has_no_rule_of_its_own(contact)
    ]
    fetched = [contact for contact in found if known_download(contact)]
    others = [contact for contact in found if contact not in fetched]
    if others:
        sure = activity.by_library or any(map(_is_packaged, others))
        strength = Strength.STRONG if sure else Strength.WEAK
        yield _hit(activity, others, strength)
    if fetched:
        what = known_download(fetched[0])
        yield Hit(
            f"The release fetched {what} {during(fetched)}, as it is known to.",
            met(activity, connections(fetched), "a known download"),
            strength=Strength.WEAK,
            advice="expect it in the policy, with its host, or use a source that the lock pins.",
        )


def _has_no_rule_of_its_own(contact: Contact) -> bool:
    """Whether no rule of its own speaks of the destination."""
    return contact.connection.readable and not contact.connection.endpoint.is_metadata_service


def _is_packaged(contact: Contact) -> bool:
    """Whether a package manager started the build: then it is a package's, though its name is not known."""
    chain = contact.connection.actor.processes
    return contact.phase is Phase.INSTALL or any(_HOOK.search(part) for process in chain for part in process.argv[:4])


def _hit(activity: Activity, found: list[Contact], strength: Strength) -> Hit:
    met_ = connections(found)
    message = f"{whose(activity)} {reached(met_)} {where_to(met_)} {during(found)}."
    return Hit(message, met(activity, met_, "builds and installations reach nothing"), strength=strength)
