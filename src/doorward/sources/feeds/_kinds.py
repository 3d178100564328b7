"""What a record says of a release: malicious, suspected, unwanted, vulnerable, or given up.

Not every malicious record has an id of the malicious-packages list, and none of them has a severity, so the kind is
told from everything that feeds use to say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.advisories import Kind
from doorward.sources.feeds._records import Database, Record

#: Categories of the package-campaigns list, of RustSec, and of advisories by type.
CATEGORIES = {
    "malicious": Kind.MALICIOUS,
    "malware": Kind.MALICIOUS,
    "highly_suspicious": Kind.SUSPECTED,
    "high_risk_hacking_tools": Kind.SUSPECTED,
    "spam": Kind.UNWANTED,
    "pentest": Kind.UNWANTED,
    "probably_pentest": Kind.UNWANTED,
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


def kind_of(record: Record, databases: list[Database], place: str) -> Kind:
    """Return the kind of a record that was read from the document ``place``; ``databases`` are all that it has."""
    if record.id.startswith(_LISTED):
        return Kind.MALICIOUS
    for alias in record.aliases or ():
        if alias.startswith(_LISTED):
            return Kind.MALICIOUS
    return (_by_databases(databases) if databases else None) or _by_record(record, databases, place)


def _by_databases(databases: list[Database]) -> Kind | None:
    """Return what the database's own fields say, the worst of it; None where they say nothing."""
    stated: list[Kind] = []
    for database in databases:
        if database.origins or (database.cwe_ids and MALICIOUS_CODE in database.cwe_ids):
            return Kind.MALICIOUS
        for weakness in database.cwes or ():
            if weakness.cwe_id == MALICIOUS_CODE:
                return Kind.MALICIOUS
        if database.category or database.type or database.categories:
            stated += [CATEGORIES[word] for word in _words(database) if word in CATEGORIES]
    return min(stated, key=list(Kind).index) if stated else None


def _by_record(record: Record, databases: list[Database], place: str) -> Kind:
    if "/" in record.id and _CAMPAIGN.match(record.id):
        return _of_campaign(record, place)
    if record.summary and record.summary[0] in "mM" and _SAYS_SO.match(record.summary):
        return Kind.MALICIOUS
    for database in databases:
        if database.informational and database.informational.lower() in NOTICES:
            return Kind.NOTICE
    return Kind.VULNERABILITY


def _of_campaign(record: Record, place: str) -> Kind:
    """Return the kind of a campaign's record. Its text or its place gives the category; without one it is malicious."""
    stated = _STATED.search(record.details)
    word = stated[1].decode("ascii").lower() if stated else ""
    where = _PLACE.search(place)
    return CATEGORIES.get(word) or CATEGORIES.get(where[1] if where else "") or Kind.MALICIOUS


def _words(database: Database) -> Iterator[str]:
    yield from (word.lower() for word in (database.category, database.type, *(database.categories or ())) if word)
