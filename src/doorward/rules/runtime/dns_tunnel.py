"""Data hidden in the names that are looked up

What it catches
---------------
Questions to DNS, outside of resolving packages, whose names carry data: 50 characters or
more of high entropy before the domain, or 30 and more different names below one domain.

Why it matters
--------------
Name look-ups leave nearly every network, also those where nothing else does. Whatever is
written into a name reaches the owner of the domain, without a single connection.

What to do
----------
Find out who owns the domain, and what was written into the names. In block mode such a
question goes nowhere unless the name is expected.

False alarms
------------
Names that a cloud makes from hashes are shorter than the limit as a rule; a test of many
hosts below one domain can reach the second one. Not measured; few builds and tests look
up anything at all.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import Phase, Query
from doorward.rules.registry._words import count, cut
from doorward.rules.runtime._words import by, place, times

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("names",),
    advice="find out who owns the domain, and what was written into the names.",
)

#: Characters before the domain from which their entropy counts, and bits a character that text does not have.
_LONG, _ENTROPY = 50, 3.5
#: Different names below one domain.
_MANY = 30
#: Labels of a domain that somebody registers, in most of the world.
_DOMAIN = 2
_SHOWN = 3


def check(activity: Activity) -> Iterator[Hit]:
    """Look at the names that were asked for, by domain."""
    below: dict[str, dict[str, Query]] = defaultdict(dict)
    for query in activity.queries:
        labels = query.name.lower().rstrip(".").split(".")
        if query.actor.phase is not Phase.RESOLVE and labels[-1] != "arpa":
            below[".".join(labels[-_DOMAIN:])][".".join(labels[:-_DOMAIN])] = query
    for domain, names in below.items():
        long = [query for name, query in names.items() if carries_data(name)]
        if long or len(names) >= _MANY:
            yield _hit(activity, domain, long or list(names.values()), len(names))


def carries_data(name: str) -> bool:
    """Whether the part of a name before its domain is long and looks random (Shannon's entropy of its characters)."""
    text = name.replace(".", "")
    if len(text) < _LONG:
        return False
    return _entropy(Counter(text).values(), len(text)) >= _ENTROPY


def _entropy(counts: Iterable[int], total: int) -> float:
    return -sum(number / total * math.log2(number / total) for number in counts)


def _hit(activity: Activity, domain: str, queries: list[Query], names: int) -> Hit:
    rows = [
        Evidence("asked", f"{cut(query.name, 90)} {query.type}{times(query.count)}", place(activity, query.actor))
        for query in queries[:_SHOWN]
    ]
    return Hit(
        f"{count(names, 'name')} below {cut(domain, 80)} were looked up that carry data or are too many to be hosts."
        if names > 1
        else f"A name below {cut(domain, 80)} was looked up that carries data.",
        (*rows, *by(queries[0].actor)),
    )
