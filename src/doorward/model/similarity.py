"""How alike two files are, by their TLSH digests (Oliver, Cheng, Chen: TLSH - a locality sensitive hash, 2013).

A digest has 35 bytes: a checksum, the logarithm of the length and the ratios of the quartiles, each with its half bytes
swapped, as hex digests are written since the first version, and 128 buckets of two bits.
"""

from __future__ import annotations

#: Bytes of a digest, and of what stands before its buckets.
WIDTH, HEAD = 35, 3
#: Up to this distance two files count as alike. 30 is a starting value; the authors saw few false matches below.
ALIKE = 30
#: What one step of the length's logarithm, or of a ratio, costs from the second on.
_STEP = 12
#: Distance of the four buckets in two bytes: steps of quartiles, and the longest step, of three, counts six.
_PAIR = (0, 1, 2, 6)


def _bucket_distance(left: int, right: int) -> int:
    return sum(_PAIR[abs((left >> shift & 3) - (right >> shift & 3))] for shift in (0, 2, 4, 6))


_BUCKETS = tuple(bytes(_bucket_distance(left, right) for right in range(256)) for left in range(256))


def length_of(digest: bytes) -> int:
    """Return the logarithm of the length that a digest states."""
    return (digest[1] >> 4) | (digest[1] & 15) << 4


def distance(left: bytes, right: bytes) -> int:
    """Return the distance of two digests: 0 for files that are alike in every respect, hundreds for strangers."""
    length = _around(length_of(left), length_of(right), 256)
    total = length if length <= 1 else length * _STEP
    for shift in (0, 4):
        ratio = _around(left[2] >> shift & 15, right[2] >> shift & 15, 16)
        total += ratio if ratio <= 1 else (ratio - 1) * _STEP
    total += left[0] != right[0]
    return total + sum([_BUCKETS[a][b] for a, b in zip(left[HEAD:], right[HEAD:], strict=True)])


def _around(left: int, right: int, size: int) -> int:
    """Return the shorter way between two numbers on a circle."""
    difference = abs(left - right)
    return min(difference, size - difference)
