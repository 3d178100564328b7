"""Which capabilities the syntax tree of Python code could show at all, told from its words, ten times as fast.

A tree shows names that stand in the text, and names that the code puts together when it runs. So it is worth its price
only where one of the names stands there as a word, or where something stands there that can put one together.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from doorward.sources.content.abilities import PYTHON_MODULES, PYTHON_RUN_BY_OS
from doorward.sources.content.imports import PARENTS

#: The capabilities that a tree can show.
SHOWN = frozenset({"decode-exec", "native-load", "network", "process"})

#: What else the tree knows by name. A module has to be imported; of a dotted path, every part has to be there.
_MORE: Mapping[str, str] = MappingProxyType({
    "process": "commands pip.main distutils.spawn self.spawn",
    "network": "webbrowser asyncio.open_unix_connection asyncio.start_server",
    "native-load": "",
    "decode-exec": "marshal pickle _pickle cPickle dill cloudpickle runpy",
})  # fmt: skip
#: What runs a text, what decodes or fetches one, and bytes behind a call in which a literal may name a file.
_EXECUTES = frozenset({b"exec", b"eval", b"execfile"})
_DECODES = frozenset(b"base64 binascii codecs zlib bz2 lzma gzip marshal urlopen requests fromhex".split())
_ARGUMENT = 300


#: The parts of a dotted path, and its last one.
_Path: TypeAlias = tuple[frozenset[bytes], bytes]


def _paths() -> Iterator[tuple[str, frozenset[bytes], tuple[_Path, ...]]]:
    """Yield each capability with the modules and the dotted paths that show it."""
    by_os = [f"{module}.{name}" for module in ("os", "posix", "nt") for name in PYTHON_RUN_BY_OS]
    for capability, more in _MORE.items():
        named = [name for name, shown in PYTHON_MODULES.items() if shown == capability]
        parts = [
            name.encode().split(b".") for name in (*named, *more.split(), *(by_os if capability == "process" else ()))
        ]
        modules = frozenset(one[0] for one in parts if len(one) == 1)
        yield capability, modules, tuple({(frozenset(one), one[-1]): None for one in parts if len(one) > 1})


_MODULES = {capability: modules for capability, modules, _ in _paths()}
_DOTTED = {capability: dotted for capability, _, dotted in _paths()}
#: Modules of which a part alone shows what the whole name in an import does.
_PARENTS = frozenset(name.encode() for name in PARENTS)

_NAME = string.ascii_letters.encode() + string.digits.encode() + b"_"
_LETTERS = frozenset(_NAME[index : index + 1] for index in range(len(_NAME)))
_BETWEEN_WORDS = bytes(code if code in _NAME else ord(" ") for code in range(256))

#: The first two lines, in which an encoding is declared (PEP 263); under some, ASCII means something else.
_FIRST_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")
_ENCODED = re.compile(rb"coding[:=][ \t]*(?!utf-?8|ascii)[-\w.]", re.IGNORECASE)

#: What looks a name up by a text, and what else a name may be hidden behind.
_LOOKS_UP = (b"__import__", b"import_module", b"getattr", b"vars", b"globals", b"modules")
_HIDES = frozenset({*_LOOKS_UP, b"__builtins__", b"__dict__"})
#: What may name a module by a whole literal.
_NAME_MODULES = frozenset({b"__import__", b"import_module", b"modules", b"builtins", b"__builtins__"})
#: Longer comments than patterns look over.
_LONG_COMMENT = re.compile(rb"#[^\n\r]{300}")
#: What may stand between two tokens, with brackets that open, and between a name and the bracket that calls it.
_GAP = rb"(?:[\s\\]|#[^\n\r]{0,300}[\n\r])*"
_OPEN = rb"(?:[\s(\\]|#[^\n\r]{0,300}[\n\r])*"
_CALL = rb"(?:[\s)\\]|#[^\n\r]{0,300}[\n\r])*\("
_ITEM = _CALL.replace(rb"\(", rb"\[")
_CALLED, _QUOTE, _QUOTES = re.compile(_CALL), re.compile(rb"[\"']"), (b"'", b'"')
#: A whole literal, which is a word of its own, or a name, whose text no tree can tell.
_PLAIN = rb"\s*(?:[\"'][\w.]*[\"']|[\w.]+)\s*"
#: Uses of these words that may find what does not stand in the code: a module by a text that is put together on the
#: spot, an item by such a text. Patterns open with their word, so that they are searched for at memory speed.
_PUTS_TOGETHER: Mapping[bytes, re.Pattern[bytes]] = MappingProxyType({
    b"__import__": re.compile(rb"__import__" + _CALL + rb"(?!" + _PLAIN + rb"[,)])"),
    b"import_module": re.compile(rb"import_module" + _CALL + rb"(?!" + _PLAIN + rb"[,)])"),
    b"globals": re.compile(rb"globals" + _CALL + rb"(?:" + _GAP + rb"[^\s)\\#]|" + _ITEM + rb"(?!" + _PLAIN + rb"\]))"),
    b"modules": re.compile(rb"modules" + _ITEM + rb"(?!" + _PLAIN + rb"\])"),
    b"__builtins__": re.compile(rb"__builtins__"),
})  # fmt: skip
#: Another name is given to one of them: what stands before it and after it.
_GIVEN = re.compile(rb"=" + _OPEN + rb"(?:\w+" + _GAP.replace(rb"[\s", rb"[\s)") + rb"\." + _GAP + rb")*\Z")
_RENAMED, _USED = re.compile(rb"[\s\\]+as\b|\s*#"), re.compile(rb"[ \t]*[\w(=.\[]")
#: What an attribute is taken of by a computed name: the first name of the owner, or a bracket where there is none.
_OWNERS = (
    re.compile(rb"getattr" + _CALL + rb"(?!\s*[\w.]+\s*,\s*[\"'][\w.]*[\"']\s*[,)])" + _GAP + rb"([A-Za-z_]\w*|\()"),
    re.compile(rb"vars" + _CALL + _GAP + rb"([A-Za-z_]\w*|\()"),
)
_ANYTHING = frozenset({b"os", b"posix", b"nt", b"subprocess", b"builtins", b"socket", b"sys", b"importlib"})
#: A dot before a name, with what may stand between them.
_ATTRIBUTE = re.compile(rb"\." + _GAP + rb"\Z")
#: A name is imported, as far as what stands before it tells (a line that goes on may be an import); or in brackets.
_IMPORTED = re.compile(rb"\bas[\s\\]+\Z|\bimport\b[^\n\r;]*\Z|\\(?:\r\n?|\n)[^\n\r]*\Z|\A[\n\r]{0,2}[^\n\r]{298,}\Z")
_FROM = re.compile(rb"\bfrom[\s\\]+[\w.]*\Z")
_BRACKETED = re.compile(rb"import" + _GAP + rb"\(")
_NAMES = re.compile(rb"(?:[^()#]|#[^\n\r]{0,300}[\n\r])*")
#: All that a module has is imported.
_ALL = re.compile(rb"import[\s\\(]*\*")
#: A name is given to what has a meaning by itself.
_MEANT = re.compile(
    rb"\s*:?=(?!=)(?:[\s(\\]|#[^\n\r]{0,300}[\n\r])*(?:[A-Za-z_][\w.]*[ \t)]*(?:\Z|[\n\r;#\\])"
    rb"|[^\n\r]{0,300}(?:modules|globals|__dict__|import|getattr|vars)|[^\n\r]{300})"
)
#: The name of what a method belongs to, and where it may mean anything else: it is given, or imported.
_SELF = re.compile(rb"\bself\b")
_SELF_GIVEN = re.compile(rb"self\b" + _GAP + rb":?=(?!=)")
_LINE = rb"import\b(?:[^\n\r;\\]|\\[\n\r]{0,2})"
_SELF_IMPORTED = re.compile(_LINE + rb"{0,300}?\bself\b|" + _LINE + rb"{300}")
#: Owners that are looked for one by one.
_MOST_OWNERS = 200
#: Bytes before a name that are looked at.
_BEFORE = 300


def may_show(data: bytes, wanted: frozenset[str]) -> bool:
    """Whether a tree of Python code could show one of the ``wanted`` capabilities; True where that is open."""
    if _LONG_COMMENT.search(data) or not _is_what_it_looks_like(data):
        return True
    return _Code(data).may_show(wanted)


def _is_what_it_looks_like(data: bytes) -> bool:
    """Whether no letter outside ASCII and no encoding makes a name of what does not look like it.

    Python normalises names by NFKC (its language reference, "Identifiers and keywords").
    """
    first = _FIRST_LINES.match(data)
    if first and _ENCODED.search(first[0]):
        return False
    if data.isascii():
        return True
    try:
        letters = {letter for letter in set(data.decode()) if not letter.isascii()}
    except UnicodeDecodeError:
        return False
    parts = {part for letter in letters for part in unicodedata.normalize("NFKC", letter)}
    return not any(part.isascii() and (part.isalnum() or part == "_") for part in parts)


class _Code:
    """The words of one file, and where some of them stand."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._words = frozenset(data.translate(_BETWEEN_WORDS).split())
        self._looks_up = not self._words.isdisjoint(_HIDES)

    def may_show(self, wanted: frozenset[str]) -> bool:
        """Whether a tree could show a wanted capability."""
        words = self._words
        if "decode-exec" in wanted and any(map(self._may_run_hidden, words & _EXECUTES)):
            return True
        for capability in wanted:
            if any(map(self._is_name, {last for parts, last in _DOTTED[capability] if parts <= words})):
                return True
            if any(map(self._is_module, words & _MODULES[capability])):
                return True
        return self._looks_up and self._puts_together()

    def _places(self, word: bytes) -> Iterator[int]:
        """Yield where a word stands."""
        data, place = self._data, self._data.find(word)
        while place >= 0:
            end = place + len(word)
            if data[end : end + 1] not in _LETTERS and (not place or data[place - 1 : place] not in _LETTERS):
                yield place
            place = data.find(word, end)

    def _before(self, place: int) -> bytes:
        return self._data[max(place - _BEFORE, 0) : place]

    def _is_literal(self, place: int, word: bytes) -> bool:
        """Whether the word that stands there is a literal of its own."""
        end = place + len(word)
        return self._data[place - 1 : place] in _QUOTES and self._data[end : end + 1] in _QUOTES

    def _is_imported(self, place: int) -> bool:
        """Whether the name that stands there is one of an import."""
        return _IMPORTED.search(self._before(place)) is not None or any(
            start <= place < end for start, end in self._bracketed
        )

    @cached_property
    def _bracketed(self) -> list[tuple[int, int]]:
        """Where the names of imports in brackets stand."""
        bodies = (_NAMES.match(self._data, head.end()) for head in _BRACKETED.finditer(self._data))
        return [body.span() for body in bodies if body]

    def _is_name(self, word: bytes) -> bool:
        """Whether a word stands where a name does: as an attribute, in an import, or in a text that is looked up."""
        if _ALL.search(self._data):
            return True
        for place in self._places(word):
            before = self._before(place)
            if _ATTRIBUTE.search(before) or (self._looks_up and self._is_literal(place, word)):
                return True
            if self._is_imported(place):
                return True
        return False

    def _is_module(self, module: bytes) -> bool:
        """Whether a module is imported, or named by a whole literal; of a parent, whether it is imported alone."""
        by_text = not self._words.isdisjoint(_NAME_MODULES)
        for place in self._places(module):
            before = self._before(place)
            follows = self._data[place + len(module) : place + len(module) + 1]
            if by_text and before.endswith(_QUOTES):
                return True
            if self._is_imported(place) and (module not in _PARENTS or follows != b"."):
                return True
            if module not in _PARENTS and _FROM.search(before):
                return True
        return False

    def _may_run_hidden(self, word: bytes) -> bool:
        """Whether the file may run what was decoded, what a file of data holds, or anything under another name."""
        for start in self._places(word):
            end, before = start + len(word), self._before(start)
            if _ATTRIBUTE.search(before) or (self._looks_up and self._is_literal(start, word)):
                return True
            if self._is_renamed(start, end):
                return True  # also where a bracket follows: the next statement may open with it
            call = _CALLED.match(self._data, end)
            if call is None:
                continue
            if not self._words.isdisjoint(_DECODES) or _QUOTE.search(self._data, call.end(), call.end() + _ARGUMENT):
                return True
        return False

    def _puts_together(self) -> bool:
        """Whether the code may look a name up that does not stand in it."""
        data, words = self._data, self._words
        for word in words.intersection(_LOOKS_UP):
            if any(
                self._is_renamed(start, start + len(word)) or self._is_literal(start, word)
                for start in self._places(word)
            ):
                return True
        if any(_PUTS_TOGETHER[word].search(data) for word in words.intersection(_PUTS_TOGETHER)):
            return True
        owners = {match[1] for pattern in _OWNERS for match in pattern.finditer(data)}
        if b"__dict__" in words:
            owners.update(map(self._owner_before, self._places(b"__dict__")))
        if len(owners) > _MOST_OWNERS or not owners.isdisjoint(_ANYTHING | _HIDES | {b"("}):
            return True
        if b"self" in owners and not self._means_other_self():
            owners.discard(b"self")  # it stands too often to be looked at place by place
        return any(map(self._may_be_module, owners - {b""}))

    def _means_other_self(self) -> bool:
        """Whether the name of what a method belongs to is given to, or imported as, something else."""
        data = self._data
        if _SELF_GIVEN.search(data) or _SELF_IMPORTED.search(data):
            return True
        return any(_SELF.search(data, start, end) for start, end in self._bracketed)

    def _is_renamed(self, start: int, end: int) -> bool:
        """Whether the word that stands there is called by another name from then on."""
        if _RENAMED.match(self._data, end):
            return True
        return not _USED.match(self._data, end) and _GIVEN.search(self._before(start)) is not None

    def _owner_before(self, place: int) -> bytes:
        """Return the first name of the owner of a ``__dict__``; "(" where it cannot be told, "" where there is none."""
        before = self._before(place)
        dot = _ATTRIBUTE.search(before)
        if not dot:
            named = _RENAMED.match(self._data, place + len(b"__dict__")) or self._is_imported(place)
            return b"(" if named else b""
        path = before[: dot.start()]
        owner = path[len(path.rstrip(_NAME + b".")) :].partition(b".")[0]
        return owner if owner and not owner.isdigit() else b"("

    def _may_be_module(self, name: bytes) -> bool:
        """Whether a name is imported, or given to what has a meaning by itself."""
        return any(
            self._is_imported(place) or _MEANT.match(self._data, place + len(name)) for place in self._places(name)
        )
