"""Tables of comma-separated values: delimiter, header, rows; one bad row costs that row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from doorward.model.intelligence import Refused
from doorward.sources.feeds._documents import HEAD, Document

DELIMITERS = ",;\t|"
#: Longest line and cell, in bytes and characters.
LINE, CELL = 1 << 20, 1 << 16
#: Lines by which the delimiter is guessed.
SAMPLE = 30


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the delimiter that gives most columns, the same number in most lines."""
    best, found = (0, 0), ","
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _quietly(lines, delimiter)]
        width = max(set(widths), key=widths.count, default=1)
        if width > 1 and (widths.count(width), width) > best:
            best, found = (widths.count(width), width), delimiter
    return found


def _quietly(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error:
        return []


def head_lines(document: Document) -> list[str]:
    """Return the first lines of a document that say something."""
    head = document.head()
    lines = head.decode("utf-8-sig", "replace").splitlines()
    if len(head) >= HEAD:
        lines.pop()  # It may be cut off.
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")][:SAMPLE]


def rows(
    document: Document, delimiter: str, comments: tuple[str, ...] = ("#",)
) -> Iterator[tuple[str, list[str]] | Refused]:
    """Yield place and cells of each row, blank ones and comments left out, and the rows that cannot be read."""
    lines = _Lines(document, comments)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refused(f"{document.name}:{lines.number}", str(error))
            continue
        if max(map(len, row), default=0) > CELL:
            yield Refused(f"{document.name}:{lines.number}", f"a cell of more than {CELL:,} characters")
        elif any(row):
            yield f"{document.name}:{lines.number}", [cell.strip() for cell in row]


class _Lines:
    """The lines of a document as texts, and the number of the last."""

    def __init__(self, document: Document, comments: tuple[str, ...]) -> None:
        self.number = 0
        self._lines = document.lines(LINE)
        self._comments = comments

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            self.number = number
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
            if text.strip() and not text.lstrip().startswith(self._comments):
                yield text.replace("\0", "")
