"""The simple repository API of PyPI's ecosystem: JSON (PEP 691, 700, 740) and HTML (PEP 503, 592)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from itertools import islice
from urllib.parse import unquote

import msgspec

from doorward.errors import BadResponse, TooLarge
from doorward.sources.http import Document
from doorward.sources.registries._text import Failures, cut

#: What is asked for, the best first.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

#: Files of one project, and characters of one link, that are read.
MOST_FILES = 200_000
LONGEST_ANCHOR = 8_000

#: How names of release files end: a page that links to none is a login or an error page, not a project's.
_RELEASE_FILES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z", ".egg", ".exe", ".rpm", ".msi")

_ANCHOR = re.compile(r"<a\s", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


class File(msgspec.Struct, gc=False):
    """One file as an index lists it. A ``provenance`` that is unset was not told."""

    filename: str
    url: str
    hashes: dict[str, str] = {}
    size: int | None = None
    upload_time: datetime | None = msgspec.field(name="upload-time", default=None)
    yanked: bool | str = False
    provenance: str | msgspec.UnsetType | None = msgspec.UNSET


class Meta(msgspec.Struct):
    """What a document says of itself."""

    api_version: str = msgspec.field(name="api-version", default="1.0")


class Page(msgspec.Struct):
    """A project's document."""

    files: list[File]
    name: str = ""
    versions: list[str] = []
    meta: Meta = msgspec.field(default_factory=Meta)


class _RawPage(msgspec.Struct):
    files: list[msgspec.Raw]
    name: str = ""
    versions: list[msgspec.Raw] = []
    meta: Meta = msgspec.field(default_factory=Meta)


_PAGE = msgspec.json.Decoder(Page)
_RAW_PAGE = msgspec.json.Decoder(_RawPage)
_FILE = msgspec.json.Decoder(File)
_STRING = msgspec.json.Decoder(str)


def parse_simple(document: Document, failures: Failures) -> Page:
    """Return a project's page in either form; a file that is malformed is told to ``failures`` and left out."""
    if "json" not in document.headers.get("content-type", "") and document.body.lstrip()[:1] != b"{":
        links = _anchors(document.body.decode("utf-8", "replace"), failures)
        page = Page(list(islice(links, MOST_FILES + 1)))
        if not any(file.filename.endswith(_RELEASE_FILES) for file in page.files):
            raise BadResponse("the index answered with a page that lists no release file")
    else:
        try:
            page = _PAGE.decode(document.body)
        except (msgspec.DecodeError, RecursionError):
            page = _lenient(document.body, failures)
    if len(page.files) > MOST_FILES:
        raise TooLarge(f"the index's document lists more than {MOST_FILES} files")
    return page


def _lenient(body: bytes, failures: Failures) -> Page:
    """Decode entry by entry."""
    try:
        raw = _RAW_PAGE.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadResponse(f"the index's document cannot be read: {error}") from None
    page = Page([], raw.name, [], raw.meta)
    for number, entry in enumerate(raw.files):
        try:
            page.files.append(_FILE.decode(entry))
        except (msgspec.DecodeError, RecursionError) as error:
            failures.add("files", f"entry {number} ({_named(entry)})", error)
    for number, entry in enumerate(raw.versions):
        try:
            page.versions.append(_STRING.decode(entry))
        except msgspec.DecodeError as error:
            failures.add("versions", f"entry {number}", error)
    return page


class _Name(msgspec.Struct):
    filename: str


def _named(entry: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(entry, type=_Name).filename
    except (msgspec.DecodeError, RecursionError):
        return "without a name"


def _anchors(text: str, failures: Failures) -> Iterator[File]:
    """Yield the links of a page. Found by plain searching, in a time that grows with the page and no faster."""
    position = 0
    for start in _ANCHOR.finditer(text):
        if start.start() < position:
            continue
        end = text.find(">", start.end())
        if end < 0:
            return
        position = end + 1
        close = text.find("<", position)
        if end - start.start() > LONGEST_ANCHOR:
            failures.add("files", cut(text[start.start() : end], 80), "its link is too long")
            continue
        attributes = {
            match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
            for match in _ATTRIBUTE.finditer(text, start.end(), end)
        }
        if href := attributes.get("href", ""):
            label = text[position : close if close >= 0 else len(text)]
            yield _link(href, unescape(cut(label, LONGEST_ANCHOR)).strip(), attributes)


def _link(href: str, label: str, attributes: dict[str, str]) -> File:
    url, _, fragment = href.partition("#")
    algorithm, _, value = fragment.partition("&")[0].partition("=")
    filename = unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2]) or label
    yanked = attributes.get("data-yanked")
    return File(
        filename,
        url,
        {algorithm: value} if value else {},
        yanked=False if yanked is None else yanked or True,
        provenance=attributes.get("data-provenance", msgspec.UNSET),
    )
