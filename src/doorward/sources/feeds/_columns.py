"""What the columns of a table hold: by its header, by the user's word, or by the form of the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from doorward.errors import FeedError
from doorward.model.addresses import address_of, digest_of, domain_of, refang, split_port, url_of

#: What a column can be -> the headers that say so, in lower case with "_" between words.
HEADERS = {
    "name": "package_name package packagename package_names name pkg module library",
    "version": (
        "package_version package_versions version versions affected_version affected_versions compromised_versions"
        " malicious_versions infected_versions"
    ),
    "ecosystem": "ecosystem registry package_manager package_type platform",
    "type": "type artifact_type ioc_type indicator_type kind category_type",
    "value": "indicator ioc value ioc_value indicator_value artifact observable",
    "purl": "purl package_url",
    "domain": "domain domains hostname fqdn host domain_name",
    "url": "url urls uri",
    "ip": "ip ips ip_address ip_addresses address ipv4 dst_ip dest_ip",
    "hash": "hash hashes file_hash digest checksum",
    "sha256": "sha256 sha_256 sha256_hash sha256sum",
    "sha1": "sha1 sha_1 sha1_hash",
    "sha512": "sha512 sha_512 sha512_hash",
    "md5": "md5 md5_hash md5sum",
    "blake2b_256": "blake2b_256 blake2b blake2_256 blake2b_256_hash",
    "tlsh": "tlsh tlsh_hash",
    "note": "context notes note description comment comments reason signature malware family file_name filename",
    "seen": "first_seen first_seen_utc date timestamp seen last_seen last_seen_utc",
    "confidence": "confidence confidence_level score",
}
_BY_HEADER = {word: column for column, words in HEADERS.items() for word in words.split()}
#: Columns of which each row has something to match.
VALUES = frozenset(
    {"name", "value", "purl", "domain", "url", "ip", "hash", "sha256", "sha1", "sha512", "md5", "blake2b_256", "tlsh"}
)
#: Share of the sample that has to have the form.
_MOST = 0.8
_WORD = re.compile(r"[^a-z0-9]+")
#: Headers of digests that are not of a file's bytes by an algorithm that is matched, yet are as long as one.
_OTHER_DIGEST = re.compile(
    r"\s*(?:imp_?hash|authenti_?hash|pe_?hash|rich_|sha-?3[-_]|shake|blake|ja3|ja4)", re.IGNORECASE
)

Columns = Mapping[str, int]


def by_header(cells: Sequence[str]) -> dict[str, int]:
    """Return the columns that a header names; the first of two with one meaning."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _BY_HEADER.get(_WORD.sub("_", cell.lower()).strip("_"))
        if column:
            found.setdefault(column, place)
    return found if VALUES & found.keys() else {}


def by_hint(text: str, header: Sequence[str]) -> dict[str, int]:
    """Return the columns that the user names ("name=2,version=Release"): by number, from 1, or by header."""
    found = {}
    for item in text.split(","):
        column, _, where = (part.strip() for part in item.partition("="))
        place = int(where) - 1 if where.isdecimal() else list(header).index(where) if where in header else -1
        if column not in HEADERS or not 0 <= place < len(header):
            known = ", ".join(HEADERS)
            raise FeedError(
                f"{item.strip()!r} names no column: write COLUMN=NUMBER or COLUMN=HEADER; columns are {known}"
            )
        found[column] = place
    return found


def by_form(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> dict[str, int]:
    """Return the columns whose values have the form of something that can be matched.

    One that ``header`` calls a digest of another kind has the form of one that is known by its length alone.
    """
    found: dict[str, int] = {}
    width = min((len(row) for row in rows), default=0)
    for place in range(width):
        if place < len(header) and _OTHER_DIGEST.match(header[place]):
            continue
        cells = [row[place] for row in rows if row[place]]
        for column, is_form in _FORMS.items():
            if column not in found and cells and sum(map(is_form, cells)) >= _MOST * len(cells):
                found[column] = place
                break
    if "hash" in found:
        # Beside digests stand names of files, and "lib.tgz" has the form of a domain.
        found.pop("domain", None)
    return found


def _is_domain(text: str) -> bool:
    return bool(domain_of(split_port(refang(text))[0]))


def _is_address(text: str) -> bool:
    return bool(address_of(split_port(refang(text))[0]))


_FORMS: Mapping[str, Callable[[str], bool]] = {
    "hash": lambda text: digest_of(text) is not None,
    "purl": lambda text: text.startswith("pkg:"),
    "url": lambda text: bool(url_of(refang(text))),
    "ip": _is_address,
    "domain": _is_domain,
}
