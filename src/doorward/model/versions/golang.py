"""Go modules: Semantic Versioning with a ``v``, pseudo-versions and ``+incompatible`` (golang.org/x/mod/semver).

A pseudo-version is a pre-release whose identifiers hold the commit's time, so it needs no rule of its own;
``+incompatible`` is build metadata. Toolchains and the standard library also come as ``go1.21.3`` and ``1.21rc2``,
which are 1.21.3 and 1.21.0-rc.2; what follows a hyphen there names a vendor, not a pre-release.
"""

from __future__ import annotations

import re

from doorward.model.versions import semver
from doorward.model.versions._order import Key
from doorward.model.versions.semver import is_prerelease, major_line

__all__ = ["ECOSYSTEMS", "is_prerelease", "key", "major_line"]

ECOSYSTEMS = ("Go",)

_TOOLCHAIN = re.compile(
    r"(?:go|(?=1\.[0-9.]+(?:beta|rc)))(1(?:\.[0-9]+)?)(\.[0-9]+)?(?:(beta|rc)([0-9]+))?(?:-[0-9A-Za-z.-]+)?\Z"
)


def key(version: str) -> Key:
    """Return the key of Semantic Versioning."""
    toolchain = _TOOLCHAIN.match(version)
    if toolchain is None:
        return semver.key(version)
    line, patch, kind, number = toolchain.groups("")
    candidate = f"-{kind}.{number}" if kind else ""
    return semver.key(f"{line}{patch or '.0'}{candidate}")
