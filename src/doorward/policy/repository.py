"""The policy's ``[repository]``: which repositories matter most, and with which keys theirs are signed."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

import msgspec

from doorward.records import dataclass, field


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RepositoryPolicy:
    """What a project says of the repositories that it watches, by address or by ``file://`` and path."""

    #: Shell patterns of the repositories in which also a new contributor counts.
    critical: tuple[str, ...] = ()
    #: Address -> file or folder of keys that may sign there.
    keyrings: Mapping[str, str] = field(default_factory=_nothing)

    def is_critical(self, address: str) -> bool:
        """Whether a repository, by the https form of its address, is one that matters most."""
        return any(fnmatchcase(_plain(address), _plain(pattern)) for pattern in self.critical)

    def keyring(self, address: str) -> str:
        """Return where the keys of a repository are; "" where the policy does not say."""
        return next((path for name, path in self.keyrings.items() if _plain(name) == _plain(address)), "")


class DeclaredRepository(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table as it is written."""

    critical: tuple[str, ...] = ()
    keyrings: dict[str, str] = {}


def repository_policy(declared: DeclaredRepository) -> RepositoryPolicy:
    """Return the table as values."""
    return RepositoryPolicy(declared.critical, MappingProxyType(dict(declared.keyrings)))


def _plain(address: str) -> str:
    return address.removeprefix("git+").lower().rstrip("/").removesuffix(".git")
