"""The policy's ``[source]``: whether the repositories of releases are looked at, and what the user knows of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from doorward.model.purl import Purl, is_purl, make_purl, parse_purl
from doorward.records import dataclass, field


def _nothing() -> Mapping[Purl, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """What a project says of repositories. Packages are purls without a version."""

    on: bool = False
    #: Paths or addresses, in place of the address that the package itself names.
    repositories: Mapping[Purl, str] = field(default_factory=_nothing)
    #: Files or folders of keys that may sign in the repository of a package.
    keyrings: Mapping[Purl, str] = field(default_factory=_nothing)


class DeclaredSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table as it is written."""

    on: bool = False
    repositories: dict[str, str] = {}
    keyrings: dict[str, str] = {}


def source_policy(declared: DeclaredSource) -> SourcePolicy:
    """Return the table as values. Raise InvalidPurl for a package that is none."""
    return SourcePolicy(
        declared.on,
        MappingProxyType({parse_package(name): value for name, value in declared.repositories.items()}),
        MappingProxyType({parse_package(name): value for name, value in declared.keyrings.items()}),
    )


def parse_package(text: str) -> Purl:
    """Return the package that ``pkg:pypi/name`` or ``pypi/name`` means. Raise InvalidPurl."""
    purl = parse_purl(text if is_purl(text) else f"pkg:{text}")
    return make_purl(purl.type, purl.full_name)
