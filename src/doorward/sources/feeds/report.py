"""Threat reports in prose (text, Markdown, HTML): what they name is weak evidence, kept with its sentence.

A report also names the victim, its vendor and its sources, so that only addresses that somebody made harmless (``[.]``,
``hxxp``), digests, and releases with a version are taken; a plain address in a report is more often a link. Only a
document that is imported by itself is read so, never one among the documents of a feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.errors import FeedError
from doorward.model.advisories import Advisory, Kind
from doorward.model.intelligence import Indicator, Refused, Role
from doorward.sources.feeds._documents import DATA, Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._mentions import mentions
from doorward.sources.feeds._packages import Packages
from doorward.sources.feeds._pages import Page, is_page

NAME = "report"
RANK = 4
ALONE = True

MAX_BYTES = 16 << 20
MAX_FOUND = 20_000
_ENDINGS = (".txt", ".md", ".markdown", ".html", ".htm", ".rst")
_DIGEST = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})(?![0-9A-Za-z])"
)
#: A word in which something was made harmless.
_DEFANGED = re.compile(r"hxxps?|\[\.\]|\(\.\)|\[dot\]|\[:\]|\[://\]|\{\.\}", re.IGNORECASE)
_WORD = re.compile(r"[^\s<>\"'`|,;]{4,2000}")
_TRAILING = ".,;:!?)]}>*_"
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
#: Characters around an indicator in which its sentence is looked for.
_AROUND = 200


def sniff(head: bytes, name: str) -> bool:
    """Whether a document is a page, or a text by its name with something in it that a report would name.

    Of a page the first bytes are seldom its text.
    """
    text = head.decode("utf-8", "replace")
    if "\0" in text or not (_is_page(text, name) or name.lower().endswith(_ENDINGS)):
        return False
    return (
        _is_page(text, name)
        or bool(_DIGEST.search(text) or _DEFANGED.search(text))
        or next(mentions(text), None) is not None
    )


def parse(document: Document) -> Iterator[Advisory | Indicator | Refused]:
    """Yield what a report names, each value once, with the sentence in which it first stands."""
    data = document.read()
    if len(data) > MAX_BYTES:
        raise FeedError(f"a report larger than {MAX_BYTES:,} bytes")
    text = data.decode("utf-8", "replace")
    if _is_page(text, document.name):
        text = _text_of(text, document.name)
    yield from _releases(document.name, text)
    yield from _values(document.name, text)


def _is_page(text: str, name: str) -> bool:
    return name.lower().endswith((".html", ".htm")) or is_page(text)


def _text_of(source: str, name: str) -> str:
    """Return the text of a page; raise :class:`FeedError` for one that a server sends in place of what was asked."""
    if name.lower().endswith(DATA):
        raise FeedError("a web page in place of data")
    page = Page(source)
    if page.is_sign_in:
        raise FeedError("a page to sign in at, in place of a feed")
    return page.text


def _releases(name: str, text: str) -> Iterator[Advisory | Refused]:
    """Yield one advisory a package that is named with a version."""
    packages = Packages(name, Kind.REPORTED)
    for count, item in enumerate(mentions(text)):
        if count >= MAX_FOUND:
            raise FeedError(f"a report that names more than {MAX_FOUND:,} releases")
        place = f"{name}:{text.count(chr(10), 0, item.start) + 1}"
        note = _sentence(text, item.start, item.end)
        refused = packages.add(item.ecosystem, item.name, " ".join(item.versions), place, note)
        if refused is not None:
            yield refused
    yield from packages.advisories()


def _values(name: str, text: str) -> Iterator[Indicator | Refused]:
    """Yield the digests and addresses that a report names."""
    seen: set[tuple[str, str]] = set()
    for start, end in _places(text):
        item = clean(
            _trimmed(text[start:end]),
            Indicator("", "", Role.REPORT, name, note=_sentence(text, start, end)),
            f"{name}:{text.count(chr(10), 0, start) + 1}",
        )
        if isinstance(item, Indicator) and (item.kind, item.value) not in seen:
            seen.add((item.kind, item.value))
            yield item
        if len(seen) >= MAX_FOUND:
            raise FeedError(f"a report that names more than {MAX_FOUND:,} values")


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where digests, and words in which something was made harmless, begin and end."""
    for match in _WORD.finditer(text):
        word = match[0]
        if _DEFANGED.search(word):
            yield match.span()
        else:
            for digest in _DIGEST.finditer(word):
                yield match.start() + digest.start(), match.start() + digest.end()


def _trimmed(word: str) -> str:
    """Return a word without the marks of its sentence or of Markdown around it."""
    word = word.lstrip("(*_")
    if word.startswith("[") and "](" in word:
        word = word[1:].partition("](")[0]
    while word and word[-1] in _TRAILING and not word.endswith(("[.]", "[dot]")):
        if word[-1] == "]" and word.rfind("[") > word.rfind("/"):
            break
        word = word[:-1]
    return word


def _sentence(text: str, start: int, end: int) -> str:
    before = text[max(start - _AROUND, 0) : start]
    after = text[end : end + _AROUND]
    breaks = list(_SENTENCE_END.finditer(before))
    begins = breaks[-1].end() if breaks else 0
    ends = _SENTENCE_END.search(after)
    return shown(before[begins:] + text[start:end] + (after[: ends.start() + 1] if ends else after))
