"""What hides a file's text from a reader: long lines, code off the screen, encoded runs, invisible characters."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

#: Lines up to this length are not told apart: no rule cares, and long steps make the search four times as fast.
USUAL_LINE = 500
_OFF_SCREEN = 150
_BASE64_RUN = 2000
#: Bits a byte; encrypted and compressed data has nearly 8, text in any script less than 6.
_HIGH_ENTROPY = 7.0
_ENTROPY_SAMPLE = 16_384
#: Names like _0x3fa2c1 in one file, as obfuscators of JavaScript write them by the hundred.
_MANY = 20

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_BASE64_SET = frozenset(_BASE64)
_BLANKS = bytes.maketrans(b"\t", b" ")
_STRIDE = _OFF_SCREEN // 5
_ASCII = bytes(range(128))
_HEX_NAME = re.compile(rb"_0x[0-9a-f]{4}")
#: Eight in a row of: zero-width characters, fillers, variation selectors, tags, as UTF-8.
_INVISIBLE = re.compile(
    rb"(?:\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xa4]|\xe3\x85\xa4|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf|\xef\xbe\xa0"
    rb"|\xf3\xa0[\x80-\x87][\x80-\xbf]){8}"
)


def longest_line(data: bytes) -> int:
    """Return the length in bytes of the longest line where it is over 500, else 0.

    Jumps from line end to line end in steps as long as the longest line so far, so it looks at few bytes.
    """
    longest, start, size, find_back = USUAL_LINE, 0, len(data), data.rfind
    while start + longest < size:
        end = find_back(b"\n", start, start + longest + 1)
        if end < 0:
            end = data.find(b"\n", start + longest)
            if end < 0:
                end = size
            longest = end - start
        start = end + 1
    return longest if longest > USUAL_LINE else 0


def opaque_kinds(data: bytes, longest: int, language: str) -> tuple[str, ...]:
    """Return what hides the text of ``data``, sorted; see :attr:`doorward.model.content.Member.opaque`."""
    kinds = list(_of_code(data, longest, language)) if language else []
    if longest >= _BASE64_RUN and has_base64_run(data):
        kinds.append("base64-run")
    return tuple(sorted(kinds))


def is_high_entropy(data: bytes) -> bool:
    """Whether the first 16 kB have more than 7 bits a byte (Shannon)."""
    sample = data[:_ENTROPY_SAMPLE]
    size = len(sample)
    counts = Counter(sample).values()
    return -sum(count / size * math.log2(count / size) for count in counts) > _HIGH_ENTROPY


def _of_code(data: bytes, longest: int, language: str) -> Iterator[str]:
    if has_code_off_screen(data):
        yield "off-screen"
    # without the ASCII letters between them there is little to search, and no run is lost
    if not data.isascii() and _INVISIBLE.search(data.translate(None, _ASCII)) and _INVISIBLE.search(data):
        yield "invisible-text"
    if longest and language == "javascript" and sum(1 for _ in islice(_HEX_NAME.finditer(data), _MANY)) == _MANY:
        yield "obfuscated"


def has_code_off_screen(data: bytes) -> bool:
    """Whether anything but a line end follows 150 or more spaces and tabs.

    Such a run covers five positions in a row of every thirtieth byte, so that sample is searched first.
    """
    sample = data[::_STRIDE].translate(_BLANKS)
    position = 0
    while True:
        found = sample.find(b"     ", position // _STRIDE)
        if found < 0:
            return False
        start, end = _run_around(data, found * _STRIDE)
        if end - start >= _OFF_SCREEN and end < len(data) and data[end] not in b"\r\n":
            return True
        position = max(end, (found + 1) * _STRIDE)


def _run_around(data: bytes, position: int) -> tuple[int, int]:
    """Return where the run of spaces and tabs around ``position`` starts and ends."""
    before = data[max(position - _OFF_SCREEN, 0) : position]
    start = position - (len(before) - len(before.rstrip(b" \t")))
    end = position
    while True:
        piece = data[end : end + 4 * _OFF_SCREEN]
        blank = len(piece) - len(piece.lstrip(b" \t"))
        end += blank
        if not blank or blank < len(piece):
            return start, end


def has_base64_run(data: bytes) -> bool:
    """Whether 2,000 or more base64 characters (of either alphabet) stand in a row.

    Such a run covers at least one block of half its length that starts at a multiple of that length, so only those are
    looked at: linear, whatever the text.
    """
    half = _BASE64_RUN // 2
    for start in range(0, len(data) - half + 1, half):
        if data[start] not in _BASE64_SET or data[start + half - 1] not in _BASE64_SET:
            continue
        if data.find(b" ", start, start + half) >= 0 or data.find(b"(", start, start + half) >= 0:
            continue  # as nearly all code has: found without copying the block
        if data[start : start + half].translate(None, _BASE64):
            continue
        before = data[max(start - half, 0) : start]
        after = data[start + half : start + 2 * half]
        run = len(before) - len(before.rstrip(_BASE64)) + half + len(after) - len(after.lstrip(_BASE64))
        if run >= _BASE64_RUN:
            return True
    return False
