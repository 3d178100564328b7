"""The outputs, one file each: ``NAME`` and ``render(report, options)``, found by walking this folder.

What is printed is text from strangers: every piece of it goes through :mod:`doorward.outputs.safe`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

from doorward.discovery import members
from doorward.errors import InternalError
from doorward.model.findings import Report
from doorward.outputs._inventory import inventory_json, inventory_text
from doorward.outputs._options import RenderOptions
from doorward.outputs._run import notice
from doorward.outputs.human import render_header

__all__ = [
    "Format",
    "RenderOptions",
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
    found = {path: module for path, module in members("doorward.outputs").items() if hasattr(module, "render")}
    for path, module in found.items():
        if getattr(module, "NAME", None) != path.replace("_", "-"):
            raise InternalError(f"outputs/{path}.py is no output: its NAME is not its file's name")
    return MappingProxyType({path.replace("_", "-"): cast("Format", module) for path, module in found.items()})


def render(name: str, report: Report, options: RenderOptions) -> str:
    """Return the report in a format. The name is one of :func:`formats`."""
    return formats()[name].render(report, options)
