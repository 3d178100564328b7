"""Which distribution a tree is of, by ``os-release`` (freedesktop.org's specification)."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.records import dataclass
from doorward.sources.installed._files import Files

_LINE = re.compile(r"""([A-Z_]{1,40})=(["']?)([^"'\n]{0,200})\2\s*\Z""")
_PLACES = ("etc/os-release", "usr/lib/os-release")


@dataclass(frozen=True, slots=True)
class System:
    """A distribution."""

    #: "debian", "alpine" ...; the fallback where nothing tells.
    name: str
    #: "12", "3.20.1"; "" where nothing tells.
    version: str = ""

    @property
    def qualifiers(self) -> tuple[tuple[str, str], ...]:
        """What a package URL says of it: ``distro=debian-12``."""
        return (("distro", f"{self.name}-{self.version}"),) if self.version else ()


def system_of(files: Files, path: str, database: str, fallback: str) -> System:
    """Return the distribution of the tree whose database lies at ``path``, which ends in ``database``."""
    root = path.removesuffix(database)
    for place in _PLACES:
        try:
            content = files.content(root + place)
        except ManifestError:
            continue
        if content is not None:
            pairs = (_LINE.match(line) for line in content[:65_536].decode("utf-8", "replace").splitlines())
            told = {match[1]: match[3] for match in pairs if match}
            return System(told.get("ID", "").lower() or fallback, told.get("VERSION_ID", ""))
    return System(fallback)
