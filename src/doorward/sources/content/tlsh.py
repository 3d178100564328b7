"""TLSH digests of files, by whole-file operations of the standard library: some 0.3 us a byte.

The definition is that of the method's authors, with 128 buckets and a checksum of one byte (see
:mod:`doorward.model.similarity`). A window of five bytes passes over the file; six triples of its bytes, each hashed by
Pearson's permutation under a salt of its own, count into the buckets. One triple of all windows at once is two
exclusive ors of whole files, each followed by a translation.
"""

from __future__ import annotations

from collections import Counter
from math import log

#: Bytes of the smallest file, and buckets that have to be met, for a digest to mean anything.
SMALLEST, _MET = 50, 64
#: Pearson's permutation (Communications of the ACM 33(6), 1990; printed in RFC 3074).
_PERMUTATION = bytes.fromhex(
    "0157310cb0b266a679c10654f9e62ca30ec5d5b5a155da5040ef18e2ec8e26c8"
    "6eb168678dfdff324d6551122d601fde196bbe4656edf02248f214d6f4e395eb"
    "61ea39163cfa52afd0057fc76f3e87f8aea9d33a429a6ac3f5ab11bbb6b300f3"
    "8438944b80859e64827e5b0d99f6d8db7744df4e5358c9637a0b5c208872340a"
    "8a1e30b79c233d1a8f4afb5e81a23f98aa0773a7f1ce0396373b97dc5a351783"
    "7dad0fee4f5f59106989e1e0d9a0257b7649029d2e74099186e4cfd4cad745e5"
    "1bbc437ca8fc2a041d6c15f713cd27cbe928ba93c6c09b21a4bf62cca5b4754c"
    "8c24d2ac29369f08b9e871c4e72f927833411c90fedd5dbdc28b702b476db8d1"
)
_WINDOW, _BUCKETS = 5, 128
#: Salt of each triple, and how far back in the window its second and third byte lie.
_TRIPLES = ((2, 1, 2), (3, 1, 3), (5, 2, 3), (7, 2, 4), (11, 1, 4), (13, 3, 4))
#: Up to a size, the base of the logarithm that states it, and what is taken off.
_LENGTHS = ((656, 1.5, 0.0), (3199, 1.3, 8.72777), (None, 1.1, 62.5472))


def tlsh(data: bytes) -> bytes:
    """Return the digest of a file, b"" where it is too small, or too uniform, to have one."""
    if len(data) < SMALLEST:
        return b""
    counts = _counts(data)
    first, second, third = (sorted(counts)[at] for at in (31, 63, 95))
    if sum(map(bool, counts)) <= _MET or not third:
        return b""
    ratios = (first * 100 // third) % 16 << 4 | (second * 100 // third) % 16
    quartiles = [(count > first) + (count > second) + (count > third) for count in counts]
    body = bytes(
        quartiles[at] | quartiles[at + 1] << 2 | quartiles[at + 2] << 4 | quartiles[at + 3] << 6
        for at in range(_BUCKETS - 4, -1, -4)
    )
    return bytes((_swapped(_checksum(data)), _swapped(_length(len(data))), ratios)) + body


def _counts(data: bytes) -> list[int]:
    """Return how often each of the 128 buckets is met."""
    windows = len(data) - _WINDOW + 1
    shifted = [int.from_bytes(data[_WINDOW - 1 - back : len(data) - back], "little") for back in range(_WINDOW)]
    total: Counter[int] = Counter()
    for salt, second, third in _TRIPLES:
        start = _PERMUTATION[salt]
        hashed = data[_WINDOW - 1 :].translate(bytes(_PERMUTATION[start ^ byte] for byte in range(256)))
        for back in (second, third):
            mixed = int.from_bytes(hashed, "little") ^ shifted[back]
            hashed = mixed.to_bytes(windows, "little").translate(_PERMUTATION)
        total.update(hashed)
    return [total[bucket] for bucket in range(_BUCKETS)]


def _checksum(data: bytes) -> int:
    """Return Pearson's hash over the newest two bytes of each window and the checksum so far."""
    permutation, checksum, before = _PERMUTATION, 0, data[_WINDOW - 2]
    start = permutation[0]
    for byte in data[_WINDOW - 1 :]:
        checksum = permutation[permutation[permutation[start ^ byte] ^ before] ^ checksum]
        before = byte
    return checksum


def _length(size: int) -> int:
    base, less = next((base, less) for most, base, less in _LENGTHS if most is None or size <= most)
    return int(log(size) / log(base) - less) & 255


def _swapped(byte: int) -> int:
    return byte >> 4 | (byte & 15) << 4
