"""How the runtime rules name endpoints, places, processes and phases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from doorward.model.activity import Activity, Contact
from doorward.model.findings import Evidence
from doorward.model.run import Actor, Connection, Endpoint, Outcome, Phase
from doorward.rules.registry._words import count, cut, listed

#: Endpoints that a finding names; what is beyond is counted.
_SHOWN = 3
#: Processes of a chain that are shown, the innermost ones.
_PROCESSES = 3
_TITLE = 60
#: The call of a contact that is only a question for an address, and the types of such questions.
ASKED = "dns"
_ADDRESSES = frozenset({"A", "AAAA"})

_WHILE = {
    Phase.RESOLVE: "while packages were resolved",
    Phase.BUILD: "while it was built",
    Phase.INSTALL: "while it was installed",
    Phase.TEST: "during a test",
    Phase.RUN: "while the command ran",
}
#: What leads to a package's own files: the rest of the path is the same on every machine.
_OWN_FILES = re.compile(
    r".*/(?:pip-(?:install|wheel|download)-[^/]+/[^/]+_[0-9a-f]{16,}|pip-req-build-[^/]+"
    r"|(?:site|dist)-packages|node_modules)(?:/|\Z)"
)


def place(activity: Activity, actor: Actor) -> str:
    """Return where the call stands as ``path:line``, the same in every run: without the folders of this machine."""
    where = actor.attribution.where
    if activity.cwd and where.startswith(f"{activity.cwd}/"):
        inside = where[len(activity.cwd) + 1 :]
        where = inside if "/node_modules/" not in where and "-packages/" not in where else where
    return _OWN_FILES.sub("", where)


def during(events: Iterable[Contact]) -> str:
    """Say in which phases something happened."""
    phases = {contact.phase for contact in events}
    return listed(_WHILE[phase] for phase in phases)


def endpoint(host: str, where: Endpoint) -> str:
    """Return an endpoint with the name that led to it: ``api.example:443 (192.0.2.1)``."""
    if host and where.family != "unix":
        shown = f"{cut(host, 80)}:{where.port}" if where.port else cut(host, 80)
        return f"{shown} ({where.address})" if where.address and where.address != host else shown
    return f"{cut(str(where), 80)} ({host})" if host else cut(str(where), 80)


def reached(connections: Iterable[Connection]) -> str:
    """Return the verb: nothing is reached where every call was refused, or where names were only asked for."""
    met_ = list(connections)
    if all(item.call == ASKED for item in met_):
        return "looked up"
    return "tried to reach" if all(item.outcome is Outcome.REFUSED for item in met_) else "reached"


def asked(activity: Activity) -> list[Contact]:
    """Return the names that were asked for unexpectedly as contacts without an address, each once.

    A name whose address was then contacted is left out, and so is one that is only tried with a domain behind it. Who
    asks means to connect: where no answer comes, as behind a firewall, the question is all that can be seen.
    """
    met_ = {contact.connection.host.lower() for contact in activity.contacts}
    found: dict[str, Connection] = {}
    for query in activity.queries:
        name = query.name.lower().rstrip(".")
        tried = any(name.startswith(f"{other}.") for other in (*met_, *found))
        if query.outcome is Outcome.ALLOWED or query.type not in _ADDRESSES or name in met_ or tried:
            continue
        endpoint = Endpoint("unresolved", port=0)
        connection = Connection(query.time, query.actor, endpoint, query.name, query.outcome, ASKED, query.count)
        found.setdefault(name, connection)
    return [Contact(connection, index=name in activity.indexes) for name, connection in found.items()]


def where_to(connections: Sequence[Connection]) -> str:
    """Name the first endpoint, and how many more there are."""
    named = dict.fromkeys(endpoint(item.host, item.endpoint) for item in connections)
    first, *rest = named
    return f"{first} and {count(len(rest), 'more endpoint')}" if rest else first


def met(activity: Activity, connections: Sequence[Connection], baseline: str = "") -> tuple[Evidence, ...]:
    """Return the endpoints as evidence, each with its line and how often, and who made the first."""
    rows = [
        Evidence(
            item.outcome.value,
            f"{endpoint(item.host, item.endpoint)}, {_how(item)}" + times(item.count),
            place(activity, item.actor),
            baseline,
        )
        for item in connections[:_SHOWN]
    ]
    if len(connections) > _SHOWN:
        rows.append(Evidence("and", count(len(connections) - _SHOWN, "more endpoint")))
    return (*rows, *by(connections[0].actor))


def _how(connection: Connection) -> str:
    return "look-up of its address" if connection.call == ASKED else connection.endpoint.protocol


def by(actor: Actor) -> tuple[Evidence, ...]:
    """Say who made a call: the innermost processes, and the distributions on the stack."""
    titles = [cut(process.label, _TITLE) for process in actor.processes[-_PROCESSES:]]
    rows = [Evidence("by", " > ".join(titles), baseline="")] if titles else []
    chain = actor.attribution.chain
    if len(chain) > 1:
        rows.append(Evidence("called", " > ".join(cut(item, 40) for item in reversed(chain[:_PROCESSES]))))
    return tuple(rows)


def times(number: int) -> str:
    """Say how often something happened, where it was more than once."""
    return f", {number} times" if number > 1 else ""


def connections(contacts: Iterable[Contact]) -> list[Connection]:
    """Return the connections of some contacts."""
    return [contact.connection for contact in contacts]


def whose(activity: Activity) -> str:
    """Name who acts in a sentence."""
    return "Code of the release" if activity.by_library else "Code that is attributed to no release"
