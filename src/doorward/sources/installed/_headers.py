"""Headers as mail has them: Python's metadata, dpkg's and apk's databases, manifests of jars."""

from __future__ import annotations

from collections.abc import Collection, Iterator


def first_headers(text: str, wanted: Collection[str]) -> dict[str, str]:
    """Return the first value of each wanted header (lower case) in the block at the start of a text."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        name = key.lower()
        if colon and name in wanted and not line[:1].isspace():
            found.setdefault(name, value.strip())
            if len(found) == len(wanted):
                break
    return found


def stanzas(text: str, *, fold: bool = True) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the blocks of a text that empty lines part: the number of the first line, and its headers by lower case.

    Where case tells headers apart, ``fold`` is False. Continued lines are left out; of a header that stands twice the
    first counts.
    """
    found: dict[str, str] = {}
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            if found:
                yield start, found
            found, start = {}, number + 1
            continue
        key, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            found.setdefault(key.lower() if fold else key, value.strip())
    if found:
        yield start, found
