"""The lines of a requirements file as pip reads them: joined, without comments, split into requirement and options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from doorward.records import dataclass, field
from doorward.sources.manifests._values import BadEntry

#: pip's options in requirements files, and whether each takes a value. Short names stand for the long ones.
_OPTIONS = {
    "--requirement": True, "--constraint": True, "--editable": True, "--index-url": True, "--pypi-url": True,
    "--extra-index-url": True, "--find-links": True, "--no-binary": True, "--only-binary": True,
    "--trusted-host": True, "--use-feature": True, "--hash": True, "--config-settings": True,
    "--global-option": True, "--install-option": True, "--build-constraint": True, "--uploaded-prior-to": True,
    "--no-index": False, "--pre": False, "--prefer-binary": False, "--require-hashes": False,
    "--always-unzip": False, "--use-wheel": False, "--no-use-wheel": False, "--only-final": True,
    "--all-releases": True,
}  # fmt: skip
_SHORT = {
    "-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links",
    "-C": "--config-settings", "-Z": "--always-unzip",
}  # fmt: skip


@dataclass(slots=True)
class Line:
    """One logical line."""

    #: Number of its first physical line.
    number: int
    text: str
    #: Comments on it and indented below it: pip-compile and uv write there what asks for a package.
    comments: list[str] = field(default_factory=list)


def logical_lines(text: str) -> Iterator[Line]:
    """Yield the lines that say something. As in pip, lines are joined first and comments cut off then."""
    current: Line | None = None
    parts: list[str] = []
    start = 0
    physical = text.splitlines()
    for number, raw in enumerate(physical, 1):
        is_comment = raw.lstrip().startswith("#")
        start = start if parts else number
        continued = raw.endswith("\\") and not is_comment
        parts.append(raw.strip("\\") if continued else " " * is_comment + raw)
        if continued and number < len(physical):
            continue
        code, comment = _split_comment("".join(parts))
        parts = []
        if code:
            if current:
                yield current
            current = Line(start, code)
        if comment and current and (code or raw[:1].isspace()):
            current.comments.append(comment)
    if current:
        yield current


def _split_comment(line: str) -> tuple[str, str]:
    """Split a line at the ``#`` that opens a comment: one at the start or after white space."""
    position = line.find("#")
    while position > 0 and not line[position - 1].isspace():
        position = line.find("#", position + 1)
    if position < 0:
        return line.strip(), ""
    return line[:position].strip(), line[position + 1 :].strip()


def split_options(line: str) -> tuple[str, list[tuple[str, str]]]:
    """Split a logical line into the requirement and its options, by their long names; raise BadEntry as pip would."""
    words = line.split()
    first = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    rest = words[first:]
    joined = " ".join(rest)
    if any(mark in joined for mark in "\"'\\"):
        try:
            rest = shlex.split(joined)
        except ValueError as error:
            raise BadEntry(f"an option that cannot be read: {str(error).lower()}") from error
    return " ".join(words[:first]), list(_options(iter(rest)))


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if not word.startswith("-"):
            raise BadEntry("text after the options")
        if word.startswith("--"):
            written, equals, value = word.partition("=")
            name = _long_name(written)
        else:
            name, value = _SHORT.get(word[:2], ""), word[2:]
            equals = value
        if not name:
            raise BadEntry(f"an option that pip does not know: {word[:40]}")
        if _OPTIONS[name] and not equals:
            value = next(words, "")
        yield name, value


def _long_name(written: str) -> str:
    """Return the option that is meant: pip takes every beginning that fits one option only."""
    if written in _OPTIONS:
        return written
    fitting = [option for option in _OPTIONS if option.startswith(written)]
    return fitting[0] if len(fitting) == 1 else ""
