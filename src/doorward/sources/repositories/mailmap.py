"""Read a mailmap (gitmailmap(5)): which addresses are one person's."""

from __future__ import annotations

import re

from doorward.errors import RepositoryError
from doorward.sources.repositories.process import Git

#: One name and address of a line; both may be empty.
_PERSON = re.compile(r"(?P<name>[^<>#]*)<(?P<address>[^<>]*)>\s*")
_MAX_LINES = 50_000


def parse_mailmap(text: str) -> dict[str, str]:
    """Return what a mailmap joins: "name NUL address" or "NUL address" as written, to the address that is meant.

    Lower case throughout. Lines that mean a name only, and lines that cannot be read, join nothing.
    """
    joined = {}
    for line in text.splitlines()[:_MAX_LINES]:
        people = list(_PERSON.finditer(line.partition("#")[0]))[:2]
        if len(people) == 2:  # noqa: PLR2004 - who is meant, and who is written
            meant, written = people
            key = f"{written['name'].strip()}\0{written['address'].strip()}".lower()
            joined[key] = meant["address"].strip().lower()
    return joined


def mailmap_at(git: Git, commit: str) -> dict[str, str]:
    """Return what the mailmap in a commit joins; nothing where it has none or its contents are not at hand."""
    try:
        found = git.run("cat-file", "blob", f"{commit}:.mailmap")
    except RepositoryError:
        return {}
    return parse_mailmap(found[: 4 << 20].decode("utf-8", "replace"))
