"""Plain lists: one digest, address, domain, URL or package a line, with comments, however many lines.

Digests may have a file's name behind them and their algorithm before them (the layouts of ``sha256sum``). Lists of
nothing but digests of one kind are read in blocks: they can have a hundred million lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.addresses import ALGORITHMS, address_of, digest_of, domain_of, refang, split_port, url_of
from doorward.model.advisories import Advisory
from doorward.model.intelligence import DIGESTS, HashBlock, Indicator, Refused, Role
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import EMPTY, clean, shown
from doorward.sources.feeds._packages import Packages, split_name

NAME = "plain list"
RANK = 2

#: Longest line, and bytes of a block.
LINE, BLOCK = 4096, 4 << 20
#: Share of the first lines that must be of a known form: most, and of what its name calls a text nearly all.
_MOST, _NEARLY_ALL = 0.5, 0.7
TEXTS = (".md", ".markdown", ".html", ".htm", ".rst")
SAMPLE = 400
_COMMENT = (b"#", b";", b"//")
_HASH_LINE = re.compile(
    r"(?:(?P<algorithm>md5|sha-?1|sha-?256|sha-?512|blake2b(?:[_-]?256)?)(?:\s*[:=]\s*|\s?\(.*\)\s?=\s?))?"
    r"(?P<digest>[0-9a-f]{32,128})(?:[\s*,]+\S.*)?\Z",
    re.IGNORECASE,
)
#: A package's name, perhaps with a version, and nothing else; no URL, and no address.
_NAMED = re.compile(
    r"(?=.*[A-Za-z])(?!.*(?://|::))(?:@[\w.~-]{1,214}/)?\w[\w./:-]{0,214}(?:(?:@|==)[\w.+!-]{1,100})?\Z", re.ASCII
)
_EMPTY_ROWS = frozenset(bytes.fromhex(value) for _, value in EMPTY)
#: An address of IPv6 as it stands before a port, where JSON would have a value.
_BRACKETED = re.compile(rb"\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]")

Item = Advisory | Indicator | HashBlock | Refused


def sniff(head: bytes, name: str) -> bool:
    """Whether most of the first lines are of a known form: the others are faults of a list, no prose."""
    first = head.lstrip()
    if first[:1] in {b"", b"{", b"[", b"<"} and not _BRACKETED.match(first):
        return False
    lines = [line for line in head.decode("utf-8-sig", "replace").splitlines() if says_something(line.encode())]
    sample = lines[:SAMPLE]
    share = sum(_is_known(line.strip()) for line in sample) / len(sample) if sample else 0.0
    return share >= _NEARLY_ALL if name.lower().endswith(TEXTS) else share > _MOST


def parse(document: Document) -> Iterator[Item]:
    """Yield blocks of digests, and what the other lines hold."""
    reader = _Reader(document)
    with document.open() as stream:
        number = 0
        while block := stream.read(BLOCK):
            if not block.endswith(b"\n"):
                block += stream.readline(LINE)
            yield from reader.block(block, number)
            number += block.count(b"\n")
    yield from reader.packages.advisories()


def says_something(line: bytes) -> bool:
    """Whether a line is neither empty nor a comment."""
    text = line.strip()
    return bool(text) and not text.startswith(_COMMENT)


def _is_known(line: str) -> bool:
    if _HASH_LINE.match(line):
        return True  # one of a wrong length is a fault of a list
    text = refang(line)
    is_address = url_of(text) or address_of(split_port(text)[0]) or domain_of(split_port(text)[0])
    return bool(is_address) or split_name(line, "") is not None


_TEMPLATE = Indicator("", "", Role.CAMPAIGN)


class _Reader:
    """Reads a list, block by block."""

    def __init__(self, document: Document) -> None:
        self._name = document.name
        self._ecosystem = document.hints.get("ecosystem", "")
        self.packages = Packages(document.name)

    def block(self, block: bytes, before: int) -> Iterator[Item]:
        """Yield what some whole lines hold."""
        quick = _uniform(block)
        if quick is not None:
            yield quick
            return
        found: dict[str, list[str]] = {}
        for number, line in enumerate(block.splitlines(), before + 1):
            if not says_something(line):
                continue
            item = self._line(line[:LINE].decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip(), number)
            if isinstance(item, tuple):
                found.setdefault(item[0], []).append(item[1])
            elif item is not None:
                yield item
        for algorithm, digests in found.items():
            yield HashBlock(algorithm, bytes.fromhex("".join(digests)))

    def _line(self, text: str, number: int) -> tuple[str, str] | Indicator | Refused | None:
        """Return a digest, an indicator, or why it is neither; packages are kept for the end."""
        place = f"{self._name}:{number}"
        match = _HASH_LINE.match(text)
        if match:
            digest = digest_of(match["digest"], match["algorithm"] or "")
            if digest is None:
                return Refused(place, f"no digest {_of(match['algorithm'])}has {len(match['digest'])} hex digits")
            return Refused(place, "the digest of an empty file") if digest in EMPTY else digest
        package = split_name(text, self._ecosystem)
        if package is not None:
            return self.packages.add(*package, place)
        item = clean(text, _TEMPLATE, place)
        if isinstance(item, Indicator):
            return item
        why = "a package of which nothing tells the ecosystem (--ecosystem does)" if is_named(text) else ""
        return (
            Refused(place, f"{why}: {shown(text)}")
            if why
            else item or Refused(place, f"nothing to match: {shown(text)}")
        )


def _of(algorithm: str | None) -> str:
    return f"of {algorithm} " if algorithm else ""


def is_named(line: str) -> bool:
    """Whether a line is a package's name, perhaps with a version, and nothing else."""
    return _NAMED.match(line) is not None


def _uniform(block: bytes) -> HashBlock | None:
    """Return a block of which every line is one digest of one length; None for any other."""
    width = block.find(b"\n")
    ending = 2 if block[width - 1 : width] == b"\r" else 1
    digits = width + 1 - ending
    step = digits + ending
    if digits not in ALGORITHMS or len(block) % step or block[digits::step].strip(b"\r\n"):
        return None
    text = block.translate(None, b"\r\n")
    if len(text) * step != len(block) * digits:
        return None
    try:
        rows = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return None
    algorithm = ALGORITHMS[digits]
    size = DIGESTS[algorithm]
    if len(rows) * 2 != len(text) or any(empty in rows for empty in _EMPTY_ROWS if len(empty) == size):
        return None
    return HashBlock(algorithm, rows)
