"""What container images are built from: the bases and other images that a ``Dockerfile`` or ``Containerfile`` names.

Stages of the file itself are none, nor is ``scratch``. Arguments have the values that the file gives them; where a base
is only known when it is built, that is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._images import TYPE as DOCKER
from doorward.sources.manifests._images import add_image, filled_in

NAME = "Dockerfile"
FILES = (
    "Dockerfile",
    "Containerfile",
    "*.Dockerfile",
    "*.dockerfile",
    "*.Containerfile",
    "*.containerfile",
    "Dockerfile.*",
    "Containerfile.*",
)
#: A file beside one that says what is left out of it.
EXCEPT = ("*.dockerignore", "*.containerignore")
TYPE = DOCKER
#: They say what is built around the project, not what it installs.
ON_REQUEST = True

_DIRECTIVE = re.compile(r"#\s*(syntax|escape)\s*=\s*(\S+)\s*\Z", re.IGNORECASE)
_HEREDOC = re.compile(r"""(?<=\s)[0-9]*<<-?["']?([A-Za-z_]\w{0,100})""")
_WRAPPED = re.compile(r"\AONBUILD\s+", re.IGNORECASE)
#: Instructions that take images by an option, and texts.
_TEXTS = frozenset({"RUN", "COPY", "ADD"})
_ARGUMENT = re.compile(r"""([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)""")
_FROM = re.compile(r"--from=(\S+)")
_MOUNT = re.compile(r"--mount=(?:\S*,)?from=([^\s,]+)")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the images; raise ManifestError where nothing says what is built from."""
    reader = _Reader(Entries(path))
    directives = list(_directives(text))
    for number, name, value in directives:
        if name == "syntax":  # an image too: it is what reads the rest of the file
            add_image(value, number, reader.entries)
    escape = next((value[:1] for _, name, value in directives if name == "escape"), "\\")
    for number, line in _lines(text, escape):
        instruction, _, rest = _WRAPPED.sub("", line).partition(" ")
        reader.take(number, instruction.upper(), rest)
    if not reader.built:
        raise ManifestError(f"{path}: no FROM: nothing that an image is built by")
    return reader.entries.inventory()


class _Reader:
    """Takes the instructions one by one."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        #: Stages that were begun.
        self.built = 0
        #: Names and numbers of stages, which are no images.
        self._stages = {"scratch"}
        self._arguments: dict[str, str] = {}

    def take(self, line: int, instruction: str, rest: str) -> None:
        """Take over one instruction."""
        if instruction == "FROM":
            self._take_base(line, rest)
        elif instruction == "ARG" and not self.built:  # those of a stage do not reach a FROM
            for argument in _ARGUMENT.finditer(rest):
                self._arguments[argument[1]] = filled_in(argument[2].strip("\"'"), self._arguments)
        elif instruction in _TEXTS:
            form = _MOUNT if instruction == "RUN" else _FROM
            for image in form.findall(_options(rest)):
                self._take_image(line, image.strip("\"'"))

    def _take_base(self, line: int, rest: str) -> None:
        words = [word.strip("\"'") for word in rest.split() if not word.startswith("--")]
        if not words:
            self.entries.gap("a FROM that names no image", rest[:80], line)
            return
        self._take_image(line, filled_in(words[0], self._arguments))
        self._stages.add(str(self.built))
        self.built += 1
        if len(words) > 2 and words[1].upper() == "AS":  # noqa: PLR2004 - FROM image AS stage
            self._stages.add(words[2].lower())

    def _take_image(self, line: int, image: str) -> None:
        if image.lower() not in self._stages:
            add_image(image, line, self.entries)


def _options(rest: str) -> str:
    """Return the options that an instruction begins with: what follows is a command or paths."""
    return " ".join(takewhile(lambda word: word.startswith("--"), rest.split()))


def _directives(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, name and value of the comments at the start that say how the rest is read."""
    for number, line in enumerate(text.split("\n"), 1):
        directive = _DIRECTIVE.match(line.strip())
        if directive is None:
            return
        yield number, directive[1].lower(), directive[2]


def _lines(text: str, escape: str) -> Iterator[tuple[int, str]]:
    """Yield the instructions with the numbers of their first lines, each in one line, without the texts behind them."""
    lines = text.split("\n")
    last = {line.strip(): number for number, line in enumerate(lines, 1)}
    parts: list[str] = []
    start = until = 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if number <= until or not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append(line.removesuffix(escape))
        if not line.endswith(escape) or number == len(lines):
            whole, parts = " ".join(parts), []
            yield start, whole
            until = _end_of_texts(whole, number, lines, last)
    if parts:
        yield start, " ".join(parts)


def _end_of_texts(line: str, number: int, lines: Sequence[str], last: Mapping[str, int]) -> int:
    """Return the last line of the texts (``<<EOF``) that an instruction is given; what never ends is none."""
    if line.partition(" ")[0].upper() not in {*_TEXTS, "ONBUILD"}:
        return number
    for mark in _HEREDOC.findall(line):
        if last.get(mark, 0) <= number:
            return number
        number = next(count for count in range(number + 1, len(lines) + 1) if lines[count - 1].strip() == mark)
    return number
