"""XML, read without document types: no entity is ever defined, so none can grow or reach a file."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from doorward.errors import ManifestError
from doorward.records import dataclass, field

#: Elements within elements; no format that is read here nests so deeply.
_DEEPEST = 200


@dataclass(slots=True)
class Element:
    """One element, by its local name."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        """The text that stands directly in it."""
        return "".join(self.pieces).strip()

    def first(self, name: str) -> Element | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def text(self, name: str) -> str:
        """Return the text of the first child of a name; "" where there is none."""
        child = self.first(name)
        return child.content if child else ""

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements at a path of names below it; ``*`` is any."""
        for child in self.children:
            if names[0] in {"*", child.name}:
                if names[1:]:
                    yield from child.all(*names[1:])
                else:
                    yield child


class _Builder:
    """Builds elements as expat names them."""

    def __init__(self, parser: expat.XMLParserType, path: str) -> None:
        self.root: Element | None = None
        self._parser, self._path = parser, path
        self._open: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise ManifestError(f"{self._path}: nested too deeply")
        element = Element(name.rpartition(":")[2], self._parser.CurrentLineNumber, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, piece: str) -> None:
        if self._open:
            self._open[-1].pieces.append(piece)

    def doctype(self, *_: object) -> None:
        raise ManifestError(f"{self._path}: a document type, which no file of this format has")


def load_xml(text: str, path: str) -> Element:
    """Parse XML and return its root; raise :class:`ManifestError` with what is wrong."""
    parser = expat.ParserCreate(encoding="utf-8")
    builder = _Builder(parser, path)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise ManifestError(f"{path}: not XML: {error}") from error
    except UnicodeEncodeError as error:
        raise ManifestError(f"{path}: not XML: {error.reason}") from error
    if builder.root is None:
        raise ManifestError(f"{path}: no element")
    return builder.root
