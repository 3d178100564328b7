"""Keys of a YAML file that is written in lines, as people write workflows and compositions: no YAML reader is needed.

What stands in a block of text lies deeper than its key, so that it is never taken for a key of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = re.compile(r"""( *(?:- +)*)(?:"([^"]{1,200})"|'([^']{1,200})'|([\w.$@/<-][^\s:#"']{0,200}))\s*:(?:\s+(.*))?\Z""")
_FLOW_IMAGE = re.compile(r"""[{,\s]["']?image["']?\s*:\s*["']?([^\s"',{}]+)""")
#: Lines that are looked into, in characters: a longer one is no line that anybody wrote.
_LONGEST = 10_000


def keyed_lines(text: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Yield number, path of keys and value of each line that has a key; the value without comment and quotes."""
    above: list[tuple[int, str]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()[:_LONGEST]
        if line == "---":
            above = []
        key = _KEY.match(line)
        if key is None:
            continue
        depth = len(key[1])
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, key[2] or key[3] or key[4]))
        yield number, tuple(name for _, name in above), plain_value(key[5] or "")


def plain_value(text: str) -> str:
    """Return a value as it is meant: without comment, without quotes, "" for none at all."""
    text = text.strip()
    if text[:1] in {'"', "'"}:
        end = text.find(text[0], 1)
        return text[1:end] if end > 0 else text
    if text.startswith("#"):
        return ""
    text = text.partition(" #")[0].rstrip()
    return "" if text in {"~", "null"} else text


def images_in(value: str) -> list[str]:
    """Return the images that a table in braces names, on one line."""
    return _FLOW_IMAGE.findall(value)
