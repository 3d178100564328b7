"""Package registries: one module a purl type, found by walking this folder.

Each has ``TYPE`` (the purl type), ``ECOSYSTEM`` (OSV's name) and ``package(http, index, name)``, which returns all that
an index says of one package. What the index does not tell stays None; what it should tell and could not be had is in
the record's ``failed``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

from doorward.discovery import members
from doorward.model.registry import PackageRecord
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from doorward.sources.registries._filenames import parse_filename


class Registry(Protocol):
    """What a module of this folder offers."""

    TYPE: str
    ECOSYSTEM: str

    def package(self, http: Http, index: Index, name: str) -> PackageRecord:
        """Return what ``index`` says of a package.

        NotFound where it has none of that name, BadResponse where its document cannot be read, or FetchError of another
        kind.
        """


def platform_of(filename: str, name: str, kind: str) -> str:
    """Return the comparable kind of a file that no index lists, as :attr:`ArtifactRecord.platform` has it.

    A wheel whose name tells no platform counts as pure: native code in it is then seen, not expected.
    """
    parsed = parse_filename(filename, name)
    if kind != "wheel" or parsed is None or parsed[1] != "wheel":
        return "wheel:any::py3:none" if kind == "wheel" else kind
    return parsed[2]


def registry_of(type_: str) -> Registry | None:
    """Return the module of a purl type; None where doorward reads no registry of that type."""
    return _all().get(type_)


@cache
def _all() -> Mapping[str, Registry]:
    return {module.TYPE: cast("Registry", module) for module in members(__name__).values()}
