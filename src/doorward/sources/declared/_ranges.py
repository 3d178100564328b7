"""Versions that a manifest writes as a requirement: one of them may mean one version only."""

from __future__ import annotations

import re

from doorward.model.dependency import Dependency
from doorward.sources.manifests._entries import Entries

_ONE = re.compile(r"={0,3}\s*v?(\d[0-9A-Za-z.+_-]*)\s*\Z")


def exact(requirement: str) -> str:
    """Return the version where a requirement is ``1.2`` or ``=1.2``, "" where it allows more."""
    match = _ONE.match(requirement.strip())
    return match[1] if match else ""


def declare(entries: Entries, package: Dependency, requirement: str) -> None:
    """Take over a package; where its requirement is no version, that is a gap that tells it."""
    if not package.version and package.source == "registry":
        told = " ".join(requirement.split())[:80]
        reason = f"not pinned: {told}" if told else "not pinned"
        entries.gap(reason, package.name, package.line, package.path, wanted=requirement)
    entries.packages.append(package)
