r"""Hostile text is tamed here, on one doorstep, for each place that would act on it.

Names, paths, versions and lines of code come from whoever published them. A terminal obeys escape sequences, a reader's
eye obeys bidirectional marks, a CI runner obeys lines that look like its commands, GitHub obeys mentions and links, and
a viewer of SARIF obeys brackets. What is disarmed stays visible: an escape character is shown as ``\x1b``.

Sources: Unicode UAX 9 and the default-ignorable code points of UAX 44; the workflow commands of GitHub's runner, the
logging commands of Azure Pipelines and the service messages of TeamCity; the GitHub Flavored Markdown specification;
SARIF 2.1.0, sections 3.11.5 and 3.11.6.
"""

from __future__ import annotations

import html as _html
import re

ELLIPSIS = "..."
#: Characters that one text may take on a screen.
LIMIT = 2_000

#: Letters and marks that Python calls printable and no screen shows: joiners, fillers, variation selectors, blanks.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

#: What makes a CI runner read a line of a log as a command: at its start, colour or not, and anywhere.
_COMMAND_LINE = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*)::", re.MULTILINE)
_COMMAND_ANYWHERE = re.compile(r"##(?=\w*\[)")

#: What GitHub's Markdown acts on in a line of prose: markup, entities and tags, mentions, references to issues,
#: addresses, and names of emoji.
_MARKDOWN = re.compile(
    r"(?P<mark>[\\`*_\[\]~$])|(?P<entity>[&<>|])"
    r"|(?P<link>@(?=\w)|\#(?=\d)|:(?=//)|:(?=[\w+-]+:)|gh-(?=\d)|www(?=\.))",
    re.IGNORECASE,
)
#: What would begin a heading, a list or an underline at the start of a line.
_MARKDOWN_START = re.compile(r"^(\d*)([#+=.)-])(?=\s|$|[#=-])")
#: A zero-width space: GitHub no longer sees one word, and readers see nothing.
_BREAK = "&#8203;"
_CHART = re.compile(r"[&<>$]")
_PUNCTUATION = re.compile(r"[^A-Za-z0-9 ]")

_NOT_JSON = re.compile(r"[^\n -~]|#(?=#)")


def visible(text: str) -> str:
    """Return the text on one line, with everything that no screen shows, or that steers one, as a visible escape."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if char.isprintable() and char not in _UNSEEN else _escape(char) for char in text)
    return _COMMAND_ANYWHERE.sub(r"#\\x23", text)


def _escape(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:  # noqa: PLR2004 - the widths of Python's own escapes
        return f"\\U{code:08x}"
    return _SHORT.get(char) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004 - as above


def terminal(text: str, limit: int = LIMIT) -> str:
    """Return the text for a screen, at most ``limit`` characters (no less than three), cut with an ellipsis."""
    # Beyond the limit nothing is looked at: escapes only make it longer.
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def screen(text: str) -> str:
    """Return a whole drawn screen so that no CI runner takes one of its lines for a command."""
    return _COMMAND_ANYWHERE.sub(r"#\\x23", _COMMAND_LINE.sub(r"\1\\x3a:", text))


def github_data(text: str) -> str:
    """Return the text as the message of a workflow command."""
    return terminal(text).replace("%", "%25")


def github_property(text: str) -> str:
    """Return the text as the value of a workflow command's property."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def html(text: str) -> str:
    """Return the text for HTML, between tags or as a quoted attribute."""
    return _html.escape(visible(text))


def chart(text: str, limit: int = LIMIT) -> str:
    """Return the text as a label of the chart library, which reads tags, numbered entities and formulas in labels."""
    return _CHART.sub(lambda match: f"&#{ord(match[0])};", terminal(text, limit))


def markdown(text: str, limit: int = LIMIT) -> str:
    """Return the text as prose of GitHub's Markdown, anywhere in a line and in a table's cell."""
    plain = _MARKDOWN.sub(_disarm, terminal(text, limit).strip())
    return _MARKDOWN_START.sub(r"\1\\\2", plain)


def _disarm(match: re.Match[str]) -> str:
    found = match[0]
    if match["mark"]:
        return f"\\{found}"
    return f"&#{ord(found)};" if match["entity"] else found + _BREAK


def markdown_code(text: str, limit: int = LIMIT) -> str:
    """Return the text as code in GitHub's Markdown, where no mention and no link is looked for."""
    shown = terminal(text, limit)
    if not shown.strip():
        return ""
    if "`" not in shown and "|" not in shown:
        return f"`{shown}`"
    # A backtick ends a span and a bar ends a cell: as entities, in an element, they do neither.
    return "<code>" + _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", shown) + "</code>"


def sarif(text: str) -> str:
    """Return the text as a SARIF message without links and placeholders."""
    marked = re.sub(r"[\\\[\]]", lambda match: f"\\{match[0]}", terminal(text))
    return marked.replace("{", "{{").replace("}", "}}")


def json_script(document: str) -> str:
    """Return a JSON document as the content of an HTML script element, which it cannot end."""
    return json_document(document).replace("<", "\\u003c")


def json_document(document: str) -> str:
    """Return a JSON document that is plain ASCII, has no lone surrogate, and no line that a CI runner obeys.

    The document means the same, but for lone surrogates, which no JSON can carry: they become U+FFFD.
    """
    return _NOT_JSON.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
