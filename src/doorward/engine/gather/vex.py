"""VEX documents and the policy's allowances of one advisory: which vulnerabilities do not concern this project.

They speak of vulnerabilities and of nothing else: a malicious record is never cleared, whatever its aliases are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from doorward.errors import FeedError, InvalidVersion, UsageError
from doorward.model.advisories import Kind
from doorward.model.findings import Allowance
from doorward.model.intelligence import AdvisoryMatch, Intelligence, Refused
from doorward.model.purl import Purl, is_purl, parse_purl
from doorward.model.versions import compare
from doorward.model.vex import CLEARING, Statement
from doorward.records import replace
from doorward.sources.manifests import text_at
from doorward.sources.vex import read_vex

#: Bytes of one document.
MOST = 64 << 20


def statements_of(paths: Sequence[str], root: Path, since: str | None) -> tuple[list[Statement], list[str]]:
    """Return what documents state, and why some of it counts for nothing.

    Relative paths are those of the project's policy: with ``since``, they are read from that revision as the policy is,
    for a change may not clear itself. Raise UsageError where a document is missing or no VEX document.
    """
    statements, notices = [], []
    for path in paths:
        try:
            items = read_vex(_read(path, root, since), path)
        except FeedError as error:
            raise UsageError(str(error)) from error
        statements += [item for item in items if isinstance(item, Statement)]
        notices += [f"{item.place}: {item.reason}; it clears nothing" for item in items if isinstance(item, Refused)]
    return statements, notices


def _read(path: str, root: Path, since: str | None) -> bytes:
    if since and not Path(path).is_absolute():
        text = text_at(root, since, path)
        if text is None:
            raise UsageError(f"{path}: no such file in {since}")
        return text.encode("utf-8", "surrogateescape")
    try:
        with (root / path).open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from error
    if len(data) > MOST:
        raise UsageError(f"{path}: larger than {MOST >> 20} MiB")
    return data


def from_allowances(allowances: Iterable[Allowance], today: date) -> list[Statement]:
    """Return the allowances of one advisory that have not expired, as statements that outlast all others."""
    return [
        Statement((item.advisory,), (parse_purl(item.subject),), "not_affected", f"allowed {item.told}", "9999")
        for item in allowances
        if item.advisory and is_purl(item.subject) and item.until and today <= item.until
    ]


def clear(told: Sequence[tuple[Purl, Intelligence]], statements: Iterable[Statement]) -> list[Intelligence]:
    """Mark the vulnerabilities that the newest statement about each says do not concern this project."""
    by_package: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for statement in sorted(statements, key=lambda item: item.when):
        for product in statement.products:
            by_package[product.type, product.full_name].append(statement)
    return [_cleared(purl, intelligence, by_package) for purl, intelligence in told]


def _cleared(purl: Purl, told: Intelligence, by_package: Mapping[tuple[str, str], Sequence[Statement]]) -> Intelligence:
    about = [item for item in by_package.get((purl.type, purl.full_name), ()) if _speaks_of(item, purl)]
    if not about:
        return told
    return replace(told, advisories=tuple(_marked(match, about) for match in told.advisories))


def _marked(match: AdvisoryMatch, statements: Sequence[Statement]) -> AdvisoryMatch:
    names = {name.upper() for name in match.group}
    said = [item for item in statements if not names.isdisjoint(map(str.upper, item.vulnerabilities))]
    if match.advisory.kind is not Kind.VULNERABILITY or not said or said[-1].status not in CLEARING:
        return match
    last = said[-1]
    return replace(match, cleared=last.reason or last.status, cleared_in=last.document)


def _speaks_of(statement: Statement, purl: Purl) -> bool:
    for product in statement.products:
        if (product.type, product.full_name) == (purl.type, purl.full_name):
            versions = statement.versions or (product.version,)
            if any(not version or _same(purl, version) for version in versions):
                return True
    return False


def _same(purl: Purl, version: str) -> bool:
    try:
        return purl.version == version or compare(purl.ecosystem, purl.version, version) == 0
    except InvalidVersion:
        return False
