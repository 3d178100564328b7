"""Layout of a screen: colour, columns, wrapping. Every text that comes in leaves tamed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from doorward.model.findings import Verdict
from doorward.outputs._options import RenderOptions
from doorward.outputs._words import word
from doorward.outputs.safe import ELLIPSIS, terminal
from doorward.records import dataclass

#: Lines are drawn no wider than this: longer ones are hard to read.
WIDEST = 100
NARROWEST = 40
#: Columns of a label before its value.
_LABEL = 8

# Select Graphic Rendition: attributes and the sixteen colours that a terminal's own theme defines.
BOLD, DIM = "1", "2"
RED, GREEN, YELLOW, MAGENTA = "31", "32", "33", "35"
COLORS = {
    Verdict.BLOCK: RED,
    Verdict.HOLD: YELLOW,
    Verdict.NOT_EVALUATED: MAGENTA,
    Verdict.WARN: YELLOW,
    Verdict.CLEAN: GREEN,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, in two aligned columns."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Draws lines for one reader."""

    options: RenderOptions

    @property
    def width(self) -> int:
        """Columns to draw in."""
        return max(NARROWEST, min(self.options.width, WIDEST))

    def paint(self, text: str, *codes: str) -> str:
        """Return the text in colour, where colour is wanted."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.options.color and codes and text else text

    def verdict(self, verdict: Verdict) -> str:
        """Return the word of a verdict."""
        return self.paint(word(verdict), BOLD, COLORS[verdict])

    def head(self, label: str, codes: Sequence[str], text: str, right: str = "") -> list[str]:
        """Return the first line of a block: a word, what it is about, and at the right edge the rule.

        Where they do not fit into one line, the right one goes to the next.
        """
        left, right = terminal(text, 4 * WIDEST), terminal(right, WIDEST)
        used = len(label) + 2 + len(left)
        line = self.paint(label, *codes) + (f"  {self.paint(left, BOLD)}" if left else "")
        if not right:
            return [line]
        gap = self.width - used - len(right)
        if gap >= 2:  # noqa: PLR2004 - two columns part the words of a line
            return [line + " " * gap + self.paint(right, DIM)]
        return [line, " " * max(2, self.width - len(right)) + self.paint(right, DIM)]

    def prose(self, text: str, indent: int, first: str = "") -> list[str]:
        """Return a sentence, wrapped at words behind ``first``; beyond two lines it is cut, where not all is wanted."""
        lines = textwrap.wrap(
            terminal(text, WIDEST * 10),
            self.width - indent,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            max_lines=None if self.options.verbose else 2,
            placeholder=f" {ELLIPSIS}",
            break_on_hyphens=False,
        )
        return [" " * indent + line for line in lines]

    def rows(self, rows: Iterable[Row], indent: int) -> list[str]:
        """Return rows with their labels in one column. A value too wide is cut, or wrapped where all is wanted."""
        made = [Row(terminal(row.label, 20), row.value) for row in rows]
        label = max((len(row.label) for row in made), default=0)
        label = max(label, _LABEL)
        room = self.width - indent - label - 2
        drawn = []
        for row in made:
            values = self.fit(row.value, room)
            drawn.append(" " * indent + self.paint(f"{row.label:<{label}}", DIM) + f"  {values[0]}")
            drawn += [" " * (indent + label + 2) + value for value in values[1:]]
        return drawn

    def fit(self, value: str, room: int) -> list[str]:
        """Return a value as the lines of its column: one that is cut, or as many as it needs where all is wanted."""
        if not self.options.verbose:
            return [terminal(value, room)]
        return textwrap.wrap(terminal(value, WIDEST * 20), room, break_on_hyphens=False) or [""]
