"""Web pages: their text, and whether a page only asks who is there."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What stands in the text for an element that begins.
_BREAKS = dict.fromkeys(("p", "br", "tr", "td", "th", "div", "pre"), "\n") | {"li": "\n- "}
_BREAKS |= dict.fromkeys(("h1", "h2", "h3", "h4"), "\n# ")
#: How a page begins, and characters in which that is looked for.
_PAGES, _HEAD = ("<!doctype", "<html"), 1_000
#: Fields of the forms by which SAML sends a browser on to where its user signs in.
_SAML = frozenset({"samlrequest", "samlresponse", "relaystate"})
#: How the title of a page to sign in at begins or ends. Of one with a form, as each has a field for a name.
_SIGN_IN = re.compile(
    r"\W{0,5}(?:sign[ -]?[io]n|log[ -]?[io]n|authenticat|single sign|sso\b|access denied|just a moment)"
    r"|.{0,80}\b(?:sign[ -]?[io]n|log[ -]?[io]n|authentication(?: required)?)\W{0,5}\Z",
    re.IGNORECASE,
)


def is_page(text: str) -> bool:
    """Whether a text begins like a page."""
    return text[:_HEAD].lstrip("\ufeff \t\r\n")[:9].lower().startswith(_PAGES)


class Page(HTMLParser):
    """A page that was read."""

    def __init__(self, source: str) -> None:
        """Read a page."""
        super().__init__()
        self._parts: list[str] = []
        self._hidden = 0
        self._titled = self._has_form = self._asks = False
        self._title = ""
        self.feed(source)
        self.close()

    @property
    def text(self) -> str:
        """Its text, without its scripts and styles."""
        return "".join(self._parts)

    @property
    def is_sign_in(self) -> bool:
        """Whether one signs in there: it has a field for a password, or a form and a title that says so."""
        return self._asks or (self._has_form and _SIGN_IN.match(" ".join(self._title.split())) is not None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        self._hidden += tag in {"script", "style"}
        self._titled = tag == "title"
        self._has_form |= tag == "form"
        if tag == "input":
            told = {name: (value or "").lower() for name, value in attrs}
            self._asks |= told.get("type") == "password" or told.get("name") in _SAML
        if tag in _BREAKS:
            self._parts.append(_BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._titled = False
        if tag in {"script", "style"} and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._titled and not self._title:
            self._title = data[:500]
        if not self._hidden:
            self._parts.append(data)
