"""The two notations of ``yarn.lock``: version 1's own, and the small part of YAML that later versions write.

Both are blocks of ``key value`` or ``key: value`` lines below a heading that names what the block answers for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.records import dataclass, field

_KEY = re.compile(r'"([^"]*)"|([^\s:"]+)')


@dataclass(slots=True)
class Block:
    """One block: its headings, its values, and the tables of requirements in it."""

    line: int
    headings: list[str]
    values: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of the file. Lines of any other form are passed over."""
    block: Block | None = None
    table: dict[str, str] = {}
    for number, depth, body in _lines(text):
        if depth == 0:
            if block:
                yield block
            block = Block(number, _headings(body))
        elif block and (key := _KEY.match(body)):
            name, value = key[1] or key[2] or "", body[key.end() :].lstrip(":").strip().strip('"')
            if depth > 2:  # noqa: PLR2004 - two blanks a level
                table[name] = value
            elif value:
                block.values[name] = value
            else:
                table = block.tables.setdefault(name, {})
    if block:
        yield block


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield number, depth and content of the lines that have any."""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()
        body = line.lstrip(" ")
        if body not in {"", ":"} and not body.startswith("#"):
            yield number, len(line) - len(body), body


def _headings(line: str) -> list[str]:
    """Return the names that a block answers for: ``a@^1, "b@>=1 <2":``, or several in one pair of quotes."""
    names = line.removeprefix("? ").removesuffix(":").replace('"', "").split(", ")
    return [name.strip() for name in names if name.strip()]
