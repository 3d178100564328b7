"""What the lenses see in one file: facts of its bytes and its extension alone, so that equal files are looked at once.

This is the one place that calls the lenses. Two releases of a package share most of their files; the memory makes the
second side of an upgrade cost little more than its hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import chain, islice
from typing import TypeAlias

from doorward.records import dataclass, replace
from doorward.sources.content.capabilities import capabilities_of, line_at
from doorward.sources.content.digests import WeakDigests, large_member_digests
from doorward.sources.content.endpoints import Found, addresses_in, is_raw, urls_in
from doorward.sources.content.formats import format_of
from doorward.sources.content.languages import expects_text, extension_of, language_of
from doorward.sources.content.memory import Memory
from doorward.sources.content.opaque import USUAL_LINE, is_high_entropy, longest_line, opaque_kinds
from doorward.sources.content.tlsh import tlsh

#: Addresses that are remembered of one file.
_ADDRESSES = 5000

#: What the lenses say: format, language, longest line, opaque kinds, capabilities, imports, endpoints.
Seen: TypeAlias = tuple[
    str, str, int, tuple[str, ...], tuple[tuple[str, int, str], ...], tuple[str, ...], tuple[Found, ...]
]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts of one file."""

    size: int
    sha256: bytes
    format: str
    language: str
    longest_line: int
    opaque: tuple[str, ...]
    #: (capability, line, text of the line), each capability once.
    capabilities: tuple[tuple[str, int, str], ...]
    imports: tuple[str, ...]
    endpoints: tuple[Found, ...]
    #: TLSH digest, b"" where none was taken.
    tlsh: bytes = b""


#: Facts by digest and extension.
FactsMemory: TypeAlias = Memory[tuple[bytes, str], FileFacts]


class Examiner:
    """Examines the files of one artifact; ``pool`` takes digests of the largest, ``weak`` those of old feeds.

    Of the first ``similar`` bytes of code digests are taken that tell how alike files are.
    """

    def __init__(self, memory: FactsMemory, weak: WeakDigests | None, pool: Executor, similar: int = 0) -> None:
        self._memory = memory
        self._weak = weak
        self._pool = pool
        self._similar = similar

    def examine(self, path: str, data: bytes) -> FileFacts:
        """Return the facts of a whole file."""
        extension = extension_of(path)
        sha256 = hashlib.sha256(data).digest()
        if self._weak:
            self._weak.want(sha256, data)
        key = (sha256, extension)
        facts = self._memory.recall(key)
        if facts is None:
            facts = FileFacts(len(data), sha256, *_look(extension, data))
            self._memory.keep(key, facts)
        if facts.language and not facts.tlsh and facts.size <= self._similar:
            self._similar -= facts.size
            facts = replace(facts, tlsh=tlsh(data))
            self._memory.keep(key, facts)
        return facts

    def examine_large(self, path: str, size: int, head: bytes, rest: Iterator[bytes]) -> FileFacts:
        """Return the facts of a file that is hashed in pieces, and of which the lenses see the head alone."""
        sha256, digests = large_member_digests(chain((head,), rest), self._pool, weak=self._weak is not None)
        if self._weak:
            self._weak.note(sha256, digests)
        return FileFacts(size, sha256, *_look(extension_of(path), head))


def _look(extension: str, data: bytes) -> Seen:
    form = format_of(data)
    language = language_of(extension, data)
    longest = 0
    opaque: tuple[str, ...] = ()
    if form == "text" or language:
        longest = longest_line(data) if len(data) > USUAL_LINE else 0
        if language or longest:
            opaque = opaque_kinds(data, longest, language)
    elif not form and expects_text(extension) and is_high_entropy(data):
        opaque = ("high-entropy",)
    urls = urls_in(data)
    found: dict[str, int] = {}
    imports: tuple[str, ...] = ()
    if language:
        imports, found = capabilities_of(data, language)
        if "network" in found:
            urls |= addresses_in(data)
        for (scheme, host, _), place in urls.items():
            if is_raw(scheme, host):
                found["raw-ip-url"] = place
                break
    places = tuple([(name, *line_at(data, place)) for name, place in sorted(found.items())])
    return form, language, longest, opaque, places, imports, tuple(islice(urls, _ADDRESSES))
