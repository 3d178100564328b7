"""Tables of comma-separated values: delimiter, header, rows; one bad row costs that row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from doorward.model.intelligence import Refused
from doorward.sources.feeds._documents import HEAD, Document

DELIMITERS = ",;\t|"
#: Longest line and cell, in bytes and characters.
LINE, CELL = 1 << 20, 1 << 16
#: Lines that one row may take. A quote that stands alone would else take the rest of the table for its cell.
ROW_LINES = 256
_LONG = f"a line of more than {LINE:,} bytes"
_OPEN = "a quote in it is not closed"
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
    """Yield place and cells of each row, blank ones and comments left out, and the rows that cannot be read.

    A row whose quote is not closed costs its first line: the others that it took are read again, each by itself.
    """
    lines = _Lines(document, comments)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        lines.taken.clear()
        lines.unclosed = False
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield from _apart(document, delimiter, lines.taken, str(error))
            continue
        if lines.cut:
            yield Refused(f"{document.name}:{lines.cut}", _LONG)
            lines.cut = 0
        if lines.unclosed:
            yield from _apart(document, delimiter, lines.taken, _OPEN)
        else:
            item = _row(f"{document.name}:{lines.number}", row)
            if item is not None:
                yield item


def _row(place: str, row: list[str]) -> tuple[str, list[str]] | Refused | None:
    """Return place and cells of a row, None for one that is blank."""
    if max(map(len, row), default=0) > CELL:
        return Refused(place, f"a cell of more than {CELL:,} characters")
    return (place, [cell.strip() for cell in row]) if any(row) else None


def _apart(
    document: Document, delimiter: str, taken: Sequence[tuple[int, str]], reason: str
) -> Iterator[tuple[str, list[str]] | Refused]:
    """Refuse the first line of a row that cannot be read, and yield its others, each as a row of its own."""
    yield Refused(f"{document.name}:{taken[0][0]}", reason)
    for number, line in taken[1:]:
        place = f"{document.name}:{number}"
        try:
            found = list(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            yield Refused(place, _OPEN)
        else:
            yield from filter(None, (_row(place, row) for row in found))


class _Lines:
    """The lines of a document as texts, the number of the last, and those that the row of now has taken."""

    def __init__(self, document: Document, comments: tuple[str, ...]) -> None:
        self.number = 0
        self.taken: list[tuple[int, str]] = []
        #: Whether the row of now asked for more lines than there are, or than it may take.
        self.unclosed = False
        #: Number of a line that is too long, which is left out: what it begins with is not what it says.
        self.cut = 0
        self._lines = document.lines(LINE)
        self._comments = comments

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) < ROW_LINES:
            for number, line in self._lines:
                if len(line) == LINE and not line.endswith(b"\n"):
                    self.number = self.cut = number
                    self.taken.append((number, ""))
                    return ""
                text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
                if text.strip() and not text.lstrip().startswith(self._comments):
                    self.number = number
                    text = text.replace("\0", "")
                    self.taken.append((number, text))
                    return text
        self.unclosed = True
        raise StopIteration
