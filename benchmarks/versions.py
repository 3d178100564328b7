"""Comparisons of versions a second, by ecosystem, beside ``packaging.version.Version``.

Three cases, each with its ratio to the peer in the same rounds. *Keys*: sort keys that stand, beside Version objects
that stand. *Known*: ``compare()`` on strings that it met before, as in a scan. *New*: on strings that it never met, and
whose keys it files. The last two stand beside building two Versions and comparing them, since the peer keeps nothing.
The peer reads versions of PyPI throughout. Medians of seven rounds; the limit is 200,000 comparisons of known strings a
second.

    python benchmarks/versions.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from packaging.version import Version

from doorward.model.purl import OSV_ECOSYSTEM
from doorward.model.versions import compare, sort_key

LIMIT = 200_000
COMPARISONS = 5_000
#: How versions of an ecosystem look: releases, and one in four with something after the number.
SHAPES = {
    "PyPI": ("{}.{}.{}", "{}.{}.{}rc1", "{}.{}.post{}"),
    "npm": ("{}.{}.{}", "{}.{}.{}-beta.1"),
    OSV_ECOSYSTEM["cargo"]: ("{}.{}.{}", "{}.{}.{}-alpha.2"),
    "Go": ("v{}.{}.{}", "v{}.{}.{}-0.20240102030405-abcdefabcdef"),
    "Maven": ("{}.{}.{}", "{}.{}.{}-SNAPSHOT", "{}.{}.{}.Final"),
    "NuGet": ("{}.{}.{}", "{}.{}.{}-preview1"),
    "RubyGems": ("{}.{}.{}", "{}.{}.{}.rc1"),
    "Packagist": ("{}.{}.{}", "v{}.{}.{}-beta2"),
    "Pub": ("{}.{}.{}", "{}.{}.{}+1"),
    "Debian": ("{}.{}.{}-1", "1:{}.{}.{}~rc1+dfsg-2"),
    "Alpine": ("{}.{}.{}-r0", "{}.{}.{}_rc1-r2"),
    "Red Hat": ("{}.{}.{}-1.el9", "1:{}.{}.{}~rc1-3.el9"),
    "CRAN": ("{}.{}.{}", "{}.{}-{}"),
    "Hackage": ("{}.{}.{}", "{}.{}.{}.1"),
    "ConanCenter": ("{}.{}.{}", "cci.{}{}{}"),
    "opam": ("v{}.{}.{}", "{}.{}.{}~beta1"),
}


def versions(shapes: Sequence[str], count: int, seed: int) -> list[str]:
    """Return made versions; another seed gives others, so that no memo knows them."""
    source = random.Random(seed)
    plain, *others = shapes
    chosen = (source.choice(others) if source.random() < 0.25 else plain for _ in range(count))
    return [shape.format(source.randrange(100), source.randrange(1_000), source.randrange(100_000)) for shape in chosen]


def rate(run: Callable[[], None]) -> float:
    """Return comparisons a second of a run that makes :data:`COMPARISONS`."""
    started = time.perf_counter()
    run()
    return COMPARISONS / (time.perf_counter() - started)


def strings(ecosystem: str, left: Sequence[str], right: Sequence[str]) -> Callable[[], None]:
    """Return a run of doorward's comparison of strings."""

    def run() -> None:
        for a, b in zip(left, right, strict=True):
            compare(ecosystem, a, b)

    return run


def standing(left: Sequence[Any], right: Sequence[Any]) -> Callable[[], None]:
    """Return a run over what is already read: keys, or the peer's objects."""

    def run() -> None:
        for a, b in zip(left, right, strict=True):
            a < b  # noqa: B015 - the comparison is what is measured

    return run


def built(left: Sequence[str], right: Sequence[str]) -> Callable[[], None]:
    """Return a run of the peer's that builds its objects first."""

    def run() -> None:
        for a, b in zip(left, right, strict=True):
            Version(a) < Version(b)  # noqa: B015 - the comparison is what is measured

    return run


def measure(ecosystem: str, rounds: int) -> list[float]:
    """Return medians of comparisons a second: keys, known strings, new strings; the peer's objects kept, built."""
    figures = []
    for number in range(rounds):
        left, right = (versions(SHAPES[ecosystem], COMPARISONS, 2 * number + side) for side in (0, 1))
        run = strings(ecosystem, left, right)
        new, known = rate(run), rate(run)
        keys = standing(*([sort_key(ecosystem, version) for version in side] for side in (left, right)))
        left, right = (versions(SHAPES["PyPI"], COMPARISONS, 2 * number + side) for side in (0, 1))
        objects = standing(*([Version(version) for version in side] for side in (left, right)))
        objects()  # the peer makes its keys at the first comparison
        figures.append((rate(keys), known, new, rate(objects), rate(built(left, right))))
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def main() -> int:
    """Print the table; 1 where an ecosystem misses the limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{'':14}{'keys/s':>12}{'ratio':>7}{'known/s':>12}{'ratio':>7}{'new/s':>12}{'ratio':>7}")
    slow = []
    for ecosystem in SHAPES:
        keys, known, new, peer_standing, peer_built = measure(ecosystem, rounds)
        cells = ((keys, peer_standing), (known, peer_built), (new, peer_built))
        print(f"{ecosystem:14}" + "".join(f"{figure:12,.0f}{figure / peer:7.2f}" for figure, peer in cells))
        if known < LIMIT:
            slow.append(ecosystem)
    print(
        f"limit {LIMIT:,} comparisons of known strings a second: {'missed by ' + ', '.join(slow) if slow else 'held'}"
    )
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
