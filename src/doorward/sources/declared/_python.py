"""Requirements of Python projects, as PEP 508 writes them."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.model.dependency import Dependency
from doorward.sources.declared._ranges import declare
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._requirement import read_requirement
from doorward.sources.manifests._values import BadEntry, labelled_digests


def take(entries: Entries, requirements: Iterable[str], groups: tuple[str, ...]) -> None:
    """Take over requirements; one that pip could not read is a gap."""
    for text in requirements:
        try:
            asked = read_requirement(text.strip())
        except BadEntry as error:
            entries.gap(str(error), text[:80])
            continue
        if not asked.name:
            entries.gap("a local path that does not name its package", text[:80])
            continue
        stated = [(digest, asked.filename) for digest in asked.digests]
        digests = entries.digests(asked.name, labelled_digests, stated)
        if asked.source == "git" and not asked.commit:
            entries.gap("a git dependency that is not pinned to a commit", asked.name)
        found = Dependency(
            "pypi",
            asked.name,
            asked.version,
            asked.source,
            entries.path,
            digests=digests,
            commit=asked.commit,
            url=asked.url,
            groups=groups,
            direct=True,
        )
        declare(entries, found, text[len(asked.name) :])
