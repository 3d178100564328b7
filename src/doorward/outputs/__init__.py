"""The outputs, one file each: ``NAME`` and ``render(report, options)``, found by walking this folder.

What is printed is text from strangers: every piece of it goes through :mod:`doorward.outputs.safe`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

from doorward.discovery import paths
from doorward.errors import InternalError
from doorward.model.findings import Report
from doorward.outputs._inventory import inventory_json, inventory_text
from doorward.outputs._options import RenderOptions
from doorward.outputs._run import notice
from doorward.outputs.human import render_header

__all__ = [
    "Format",
    "FormatNames",
    "RenderOptions",
    "format_of",
    "formats",
    "inventory_json",
    "inventory_text",
    "notice",
    "render",
    "render_header",
]


class Format(Protocol):
    """One output."""

    #: What ``--format`` calls it: the name of its file, with dashes.
    NAME: str

    def render(self, report: Report, options: RenderOptions) -> str:
        """Return the report as text."""


@cache
def formats() -> Mapping[str, Format]:
    """Return every output by name: the modules of this folder that can render."""
    names = (path.replace("_", "-") for path in paths("doorward.outputs"))
    return MappingProxyType({name: found for name in names if (found := format_of(name))})


@cache
def format_of(name: str) -> Format | None:
    """Return one output, and load no other; None where there is none of that name."""
    path = name.replace("-", "_")
    if "_" in name or path not in paths("doorward.outputs"):
        return None
    module = importlib.import_module(f"doorward.outputs.{path}")
    if not hasattr(module, "render"):
        return None
    if getattr(module, "NAME", None) != name:
        raise InternalError(f"outputs/{path}.py is no output: its NAME is not its file's name")
    return cast("Format", module)


class FormatNames:
    """The names of all outputs, for an option's choices: whether there is one is told without loading the others."""

    def __contains__(self, name: object) -> bool:
        """Whether there is an output of that name."""
        return isinstance(name, str) and format_of(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Yield the names, sorted."""
        return iter(sorted(formats()))


def render(name: str, report: Report, options: RenderOptions) -> str:
    """Return the report in a format. The name is one of :func:`formats`."""
    found = format_of(name)
    assert found is not None
    return found.render(report, options)
