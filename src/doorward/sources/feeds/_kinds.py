"""What a record says of a release: malicious, suspected, unwanted, vulnerable, or given up.

Not every malicious record has an id of the malicious-packages list, and none of them has a severity, so the kind is
told from everything that feeds use to say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.sources.feeds._records import Database, Record

#: Values of kinds: an enumeration's members take longer to look up than a million records leave time for.
MALICIOUS, SUSPECTED, UNWANTED = Kind.MALICIOUS.value, Kind.SUSPECTED.value, Kind.UNWANTED.value
VULNERABILITY, NOTICE = Kind.VULNERABILITY.value, Kind.NOTICE.value
#: The worst first.
_ORDER = tuple(kind.value for kind in Kind)
#: Categories of the package-campaigns list, of RustSec, and of advisories by type.
CATEGORIES = {
    "malicious": MALICIOUS,
    "malware": MALICIOUS,
    "highly_suspicious": SUSPECTED,
    "high_risk_hacking_tools": SUSPECTED,
    "spam": UNWANTED,
    "pentest": UNWANTED,
    "probably_pentest": UNWANTED,
}
NOTICES = frozenset({"unmaintained", "unsound", "notice"})
#: Embedded malicious code.
MALICIOUS_CODE = "CWE-506"
_LISTED = "MAL-"
_STATED = re.compile(rb"Category: ([A-Za-z_]{1,40})\b")
#: Ids of the package-campaigns list: ecosystem, campaign, package.
_CAMPAIGN = re.compile(r"[a-z]+/[^/]+/.")
_SAYS_SO = re.compile(r"(?:malicious (?:code|package|version)|malware)\b", re.IGNORECASE)
#: Where a document lies in the package-campaigns list: packages/<category>/osv/<name>.json.
_PLACE = re.compile(r"packages/([a-z_]+)/")


def kind_of(record: Record, databases: list[Database], place: str) -> str:
    """Return the kind of a record that was read from the document ``place``, a value of :class:`Kind`.

    ``databases`` are all that it has.
    """
    if record.id.startswith(_LISTED):
        return MALICIOUS
    for alias in record.aliases or ():
        if alias.startswith(_LISTED):
            return MALICIOUS
    return _by_databases(databases) or _by_record(record, databases, place)


def _by_databases(databases: list[Database]) -> str:
    """Return what the database's own fields say, the worst of it; "" where they say nothing."""
    stated: list[str] = []
    for database in databases:
        if database.origins or (database.cwe_ids and MALICIOUS_CODE in database.cwe_ids):
            return MALICIOUS
        for weakness in database.cwes or ():
            if weakness.cwe_id == MALICIOUS_CODE:
                return MALICIOUS
        if database.category or database.type or database.categories:
            stated += [CATEGORIES[word] for word in _words(database) if word in CATEGORIES]
    return min(stated, key=_ORDER.index) if stated else ""


def _by_record(record: Record, databases: list[Database], place: str) -> str:
    if "/" in record.id and _CAMPAIGN.match(record.id):
        return _of_campaign(record, place)
    if record.summary and record.summary[0] in "mM" and _SAYS_SO.match(record.summary):
        return MALICIOUS
    for database in databases:
        if database.informational and database.informational.lower() in NOTICES:
            return NOTICE
    return VULNERABILITY


def _of_campaign(record: Record, place: str) -> str:
    """Return the kind of a campaign's record. Its text or its place gives the category; without one it is malicious."""
    stated = _STATED.search(record.details)
    word = stated[1].decode("ascii").lower() if stated else ""
    where = _PLACE.search(place)
    return CATEGORIES.get(word) or CATEGORIES.get(where[1] if where else "") or MALICIOUS


def _words(database: Database) -> Iterator[str]:
    yield from (word.lower() for word in (database.category, database.type, *(database.categories or ())) if word)
