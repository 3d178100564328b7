"""What would be scanned, for people and for programs."""

from __future__ import annotations

from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.model.purl import OSV_ECOSYSTEM
from doorward.outputs._document import document
from doorward.outputs._words import plural
from doorward.outputs.safe import screen, terminal

SCHEMA = 1
#: A longer cell moves its own line only.
_WIDEST = 48


def inventory_json(inventory: Inventory) -> str:
    """Return an inventory as JSON (schema 1), sorted."""
    packages = sorted(inventory.packages, key=lambda item: (str(item.purl), item.path, item.line or 0))
    whole = {
        "schema": SCHEMA,
        "packages": [_package(item) for item in packages],
        "gaps": [
            {"path": gap.path, "line": gap.line, "entry": gap.entry, "reason": gap.reason} for gap in inventory.gaps
        ],
    }
    return document(whole)


def _package(item: Dependency) -> dict[str, object]:
    return {
        "purl": str(item.purl),
        "name": item.name,
        "version": item.version,
        "ecosystem": OSV_ECOSYSTEM.get(item.type, item.type),
        "path": item.path,
        "groups": list(item.groups),
        "digests": [str(digest) for digest in item.digests],
        "commit": item.commit,
        "direct": item.direct,
        "source": item.source,
    }


def inventory_text(inventory: Inventory) -> str:
    """Return an inventory as a table with one package a line, then what could not be taken over."""
    cells = [_cells(item) for item in inventory.packages]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in sorted(cells)
    ]
    gaps = [_gap(gap) for gap in inventory.gaps]
    total = f"{plural(len(cells), 'package')} in {plural(len(inventory.files), 'file')}"
    rest = f", {plural(len(gaps), 'entry', 'entries')} not read" if gaps else ""
    return screen("\n".join([*lines, *gaps, f"{total}{rest}"]) + "\n")


def _cells(item: Dependency) -> tuple[str, ...]:
    place = item.path if item.line is None else f"{item.path}:{item.line}"
    how = "" if item.direct is None else "direct" if item.direct else "indirect"
    purl = str(item.purl) if item.version else f"{item.purl} (no version)"
    return terminal(purl, 120), terminal(item.source, 12), how, terminal(place, 100)


def _gap(gap: InventoryGap) -> str:
    place = gap.path if gap.line is None else f"{gap.path}:{gap.line}"
    entry = f" {gap.entry}" if gap.entry else ""
    return f"not read  {terminal(f'{place}{entry}', 120)}: {terminal(gap.reason, 200)}"
