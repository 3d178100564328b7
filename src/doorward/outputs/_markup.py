"""HTML by construction: what is a ``str`` is text and is escaped, what is :class:`Markup` was made here.

Everything is ASCII: other characters become references, so a page survives any encoding that it is written in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doorward.outputs.safe import LIMIT, html, terminal
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of HTML that is safe to be a part of a page."""

    source: str


Content = str | Markup


def text(value: str, limit: int = LIMIT) -> Markup:
    """Return text as markup, cut behind ``limit`` characters."""
    return Markup(html(terminal(value, limit)).encode("ascii", "xmlcharrefreplace").decode("ascii"))


def joined(parts: Iterable[Content]) -> Markup:
    """Return pieces one behind the other."""
    return Markup("".join(_source(part) for part in parts))


def tag(name: str, *content: Content, **attributes: str) -> Markup:
    """Return an element. Attributes are written as Python names: ``class_``, ``aria_label``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value).source}"' for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{joined(content).source}</{name}>")


def table(head: Sequence[Content], rows: Iterable[Sequence[Content]], **attributes: str) -> Markup:
    """Return a table that scrolls by itself where it is wider than the page; the first cell of a row heads it."""
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    body = tag(
        "tbody",
        *(tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])) for row in rows),
    )
    return tag("div", tag("table", top, body, **attributes), class_="scroll", tabindex="0")


def folded(title: Content, *content: Content, **attributes: str) -> Markup:
    """Return what a reader opens on demand."""
    return tag("details", tag("summary", title), *content, **attributes)


def _source(part: Content) -> str:
    return part.source if isinstance(part, Markup) else text(part).source
