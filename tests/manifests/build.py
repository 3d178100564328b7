"""Small lock files for the tests: written by hand, inert, with hosts that do not exist."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests import format_of

A = "a" * 64
B = "b" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
#: 64 bytes of 0x01, as npm writes and as doorward reads it.
SRI = "sha512-" + "AQEB" * 21 + "AQ=="
SRI_HEX = "01" * 64


@dataclass(frozen=True)
class Sample:
    path: str
    text: str
    #: How many packages it declares.
    count: int
    beside: dict[str, str] = field(default_factory=dict)


def parse(path: str, text: str, beside: Mapping[str, str] | None = None) -> Inventory:
    """Parse ``text`` as the file ``path`` would be; ``beside`` holds other files by their path from the root."""
    module = format_of(path, declared=True)
    assert module is not None, path

    def read(relative: str) -> str | None:
        full = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
        return (beside or {}).get(full)

    return module.parse(text, path, read)


def by_name(inventory: Inventory) -> dict[str, Dependency]:
    """Return the packages by name; names are expected once."""
    found = {package.name: package for package in inventory.packages}
    assert len(found) == len(inventory.packages)
    return found


def pins(inventory: Inventory) -> list[str]:
    """Return ``name version`` of every package, sorted."""
    return sorted(f"{package.name} {package.version}" for package in inventory.packages)


def reasons(inventory: Inventory) -> list[tuple[str, str]]:
    """Return entry and reason of every gap."""
    return [(gap.entry, gap.reason) for gap in inventory.gaps]


def shown(inventory: Inventory) -> list[str]:
    """Return name, version, source, whether direct, groups and way of every package, one line each."""
    said = {None: "?", True: "direct", False: "-"}
    return [
        " ".join(
            (
                f"{package.name}@{package.version}",
                package.source,
                said[package.direct],
                "+".join(package.groups) or "main",
                " > ".join(package.via),
            )
        ).strip()
        for package in inventory.packages
    ]
