"""Threat reports in prose (text, Markdown, HTML): what they name is weak evidence, kept with its sentence.

A report also names the victim, its vendor and its sources, so that only addresses that somebody made harmless (``[.]``,
``hxxp``), digests, and releases with a version are taken; a plain address in a report is more often a link. Only a
document that is imported by itself is read so, never one among the documents of a feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from doorward.errors import FeedError
from doorward.model.advisories import Advisory, Kind
from doorward.model.intelligence import Indicator, Refused, Role
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._mentions import mentions
from doorward.sources.feeds._packages import Packages

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
#: What stands in the text for an element that begins.
_BREAKS = dict.fromkeys(("p", "br", "tr", "td", "th", "div", "pre"), "\n") | {"li": "\n- "}
_BREAKS |= dict.fromkeys(("h1", "h2", "h3", "h4"), "\n# ")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
#: How a page begins, and characters in which that is looked for.
_PAGES, _HEAD = ("<!doctype", "<html"), 1_000
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
        text = _text_of(text)
    yield from _releases(document.name, text)
    yield from _values(document.name, text)


def _is_page(text: str, name: str) -> bool:
    return name.lower().endswith((".html", ".htm")) or text[:_HEAD].lstrip()[:9].lower().startswith(_PAGES)


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


class _Texts(HTMLParser):
    """Collects the text of a page, without its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's name
        """Enter an element."""
        self._hidden += tag in {"script", "style"}
        if tag in _BREAKS:
            self.parts.append(_BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag in {"script", "style"} and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._hidden:
            self.parts.append(data)


def _text_of(page: str) -> str:
    reader = _Texts()
    reader.feed(page)
    reader.close()
    return "".join(reader.parts)
