"""dpkg's database of installed packages: ``status``, or a file for each package as images without a shell have it."""

from __future__ import annotations

from collections.abc import Mapping

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import stanzas
from doorward.sources.installed._system import system_of
from doorward.sources.manifests._entries import Entries

NAME = "dpkg status"
FILES = ("dpkg/status", "dpkg/status.d/*")
EXCEPT = ("dpkg/status.d/*.md5sums",)
TYPE = "deb"

_FOLDER = "var/lib/dpkg/"
#: States of a package of which no file is there (dpkg's manual); in every other one some or all are.
_ABSENT = (" not-installed", " config-files")


def parse(files: Files, path: str) -> Inventory:
    """Read the database; raise ManifestError where it names no package."""
    system = system_of(files, path, path[path.rfind(_FOLDER) :] if _FOLDER in path else path, "debian")
    entries = Entries(path)
    single = "/status.d/" in path
    for line, told in stanzas(text_of(files, path)):
        name, version = told.get("package", ""), told.get("version", "")
        state = told.get("status", "")
        if not single and state.endswith(_ABSENT):
            continue
        if not name or not version or not (single or state):
            entries.gap("name, version or state is missing", name, line)
            continue
        qualifiers = (*_qualifiers(told), *system.qualifiers)
        entries.packages.append(
            Dependency(
                TYPE, f"{system.name}/{name}", version, path=path, line=line, qualifiers=tuple(sorted(qualifiers))
            )
        )
    if not entries.packages and not entries.gaps:
        raise ManifestError(f"{path}: no installed package")
    return entries.inventory()


def _qualifiers(told: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return architecture, and the source package where it has another name: advisories speak of that one."""
    found = [("arch", told["architecture"])] if told.get("architecture") else []
    source, _, version = told.get("source", "").partition(" ")
    version = version.strip("() ")
    return [*found, ("upstream", f"{source}@{version}" if version else source)] if source else found
