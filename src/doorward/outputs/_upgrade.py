"""The small table of an upgrade: old, new, usual, and one bar for the size of each release."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.model.findings import Comparison
from doorward.outputs._screen import BOLD, DIM, Screen
from doorward.outputs._words import plural, sparkline
from doorward.outputs.safe import terminal

#: Columns that the values of one side may take, and those from which what is usual is worth showing.
_CELL, _LEAST = 24, 12


def upgrade(screen: Screen, comparison: Comparison) -> list[str]:
    """Return the table, its values cut to their columns."""
    raw = (("", "old", "new", "usual"), ("version", comparison.old, comparison.new, ""), *comparison.rows)
    labels = [terminal(row[0], 16) for row in raw]
    label = max(map(len, labels))
    room = min(_CELL, (screen.width - label - 6) // 2)
    old, new = ([terminal(row[side], room) for row in raw] for side in (1, 2))
    widths = [label, max(map(len, old)), max(map(len, new))]
    left = screen.width - sum(widths) - 8
    usual = [terminal(row[3], left) if left >= _LEAST else "" for row in raw]
    rows = list(zip(labels, old, new, usual, strict=True))
    lines = [_line(screen, rows[0], widths, head=True), *(_line(screen, row, widths) for row in rows[1:])]
    return [*lines, _sizes(screen, comparison.sizes, label)] if len(comparison.sizes) > 1 else lines


def _sizes(screen: Screen, sizes: Sequence[int], label: int) -> str:
    bars = sparkline(sizes)
    said = terminal(f"the last {plural(len(bars) - 1, 'release')}, then this one", screen.width - label - len(bars) - 6)
    name = screen.paint(f"{'sizes':<{label}}", DIM)
    return f"  {name}  {bars[:-1]}{screen.paint(bars[-1], BOLD)}  {screen.paint(said, DIM)}"


def _line(screen: Screen, row: tuple[str, ...], widths: list[int], *, head: bool = False) -> str:
    label, old, new, usual = row
    new_codes = (DIM,) if head else (BOLD,) if new != old else ()
    cells = (
        screen.paint(f"{label:<{widths[0]}}", DIM),
        screen.paint(f"{old:<{widths[1]}}", *((DIM,) if head else ())),
        screen.paint(f"{new:<{widths[2]}}" if usual else new, *new_codes),
        screen.paint(usual, DIM),
    )
    return ("  " + "  ".join(cells)).rstrip()
