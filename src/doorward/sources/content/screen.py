"""Which capabilities the syntax tree of Python code could show at all, told from its words, ten times as fast.

A tree shows names that stand in the text, and names that the code puts together when it runs. So it is worth its price
only where one of the names stands there as a word, or where something stands there that can put one together.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from doorward.sources.content.abilities import PYTHON_MODULES
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
_RUN_BY_OS = (
    "popen popen2 popen3 popen4 system startfile fork fork1 forkpty posix_spawn posix_spawnp execl execle execlp "
    "execlpe execv execve execvp execvpe spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe"
)
#: What runs a text, what decodes or fetches one, and bytes behind a call in which a literal may name a file.
_EXECUTES = frozenset({b"exec", b"eval", b"execfile"})
_DECODES = frozenset(b"base64 binascii codecs zlib bz2 lzma gzip marshal urlopen requests fromhex".split())
_ARGUMENT = 300


def _paths() -> Iterator[tuple[str, frozenset[bytes], tuple[frozenset[bytes], ...]]]:
    """Yield each capability with the modules and the dotted paths, as sets of their parts, that show it."""
    by_os = [f"{module}.{name}" for module in ("os", "posix", "nt") for name in _RUN_BY_OS.split()]
    for capability, more in _MORE.items():
        named = [name for name, shown in PYTHON_MODULES.items() if shown == capability]
        parts = [
            name.encode().split(b".") for name in (*named, *more.split(), *(by_os if capability == "process" else ()))
        ]
        modules = frozenset(one[0] for one in parts if len(one) == 1)
        yield capability, modules, tuple({frozenset(one): None for one in parts if len(one) > 1})


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
_CALL = rb"[\s)\\]*\("
_CALLED, _QUOTE = re.compile(_CALL), re.compile(rb"[\"']")
#: A whole literal, which is a word of its own, or a name, whose text no tree can tell.
_PLAIN = rb"\s*(?:[\"'][\w.]*[\"']|[\w.]+)\s*"
#: Uses of these words that may find what does not stand in the code: a module by a text that is put together on the
#: spot, an item by such a text. Patterns open with their word, so that they are searched for at memory speed.
_PUTS_TOGETHER: Mapping[bytes, re.Pattern[bytes]] = MappingProxyType({
    b"__import__": re.compile(rb"__import__" + _CALL + rb"(?!" + _PLAIN + rb"[,)])"),
    b"import_module": re.compile(rb"import_module" + _CALL + rb"(?!" + _PLAIN + rb"[,)])"),
    b"globals": re.compile(rb"globals" + _CALL + rb"\s*\)[\s)\\]*\[(?!" + _PLAIN + rb"\])"),
    b"modules": re.compile(rb"modules[\s)\\]*\[(?!" + _PLAIN + rb"\])"),
    b"__builtins__": re.compile(rb"__builtins__"),
})  # fmt: skip
#: Another name is given to one of them: what stands before it and after it.
_GIVEN, _RENAMED = re.compile(rb"=[\s(\\]*(?:\w+\.)*\Z"), re.compile(rb"\s+as\b|\s*#")
_USED = re.compile(rb"[ \t]*[\w(=]")
#: What an attribute is taken of by a computed name: the first name of the owner, or a bracket where there is none.
_OWNERS = (
    re.compile(rb"getattr" + _CALL + rb"(?!\s*[\w.]+\s*,\s*[\"'][\w.]*[\"']\s*[,)])\s*([A-Za-z_]\w*|\()"),
    re.compile(rb"vars" + _CALL + rb"\s*([A-Za-z_]\w*|\()"),
)
_ANYTHING = frozenset({b"os", b"posix", b"nt", b"subprocess", b"builtins", b"socket", b"sys", b"importlib"})
#: A name is imported, as far as what stands before it tells; or it is given to what has a meaning by itself.
_IMPORTED = re.compile(
    rb"\bas[\s\\]+\Z|\bimport\b(?:[^\n\r;\\]|\\\r?\n?)*\Z|\bimport[\s\\]*\([^()]*\Z|\A[^\n\r]{300}\Z"
)
_FROM = re.compile(rb"\bfrom[\s\\]+[\w.]*\Z")
_MEANT = re.compile(
    rb"\s*:?=(?!=)[\s(\\]*(?:[A-Za-z_][\w.]*[ \t)]*(?:\Z|[\n\r;#\\])"
    rb"|[^\n\r]{0,300}(?:modules|globals|__dict__|import|getattr|vars)|[^\n\r]{300})"
)
#: Bytes before a name that are looked at.
_BEFORE = 300
_BLANK = b" \t\r\n\f\\"


def may_show(data: bytes, wanted: frozenset[str]) -> bool:
    """Whether a tree of Python code could show one of the ``wanted`` capabilities; True where that is open."""
    if not _is_what_it_looks_like(data):
        return True
    words = frozenset(data.translate(_BETWEEN_WORDS).split())
    if "decode-exec" in wanted and any(_may_run_hidden(word, data, words) for word in words & _EXECUTES):
        return True
    by_text = not words.isdisjoint(_NAME_MODULES)
    for capability in wanted:
        if any(parts <= words for parts in _DOTTED[capability]):
            return True
        if any(by_text or _is_imported(module, data) for module in words & _MODULES[capability]):
            return True
    return not _HIDES.isdisjoint(words) and _puts_together(data, words)


def _is_imported(module: bytes, data: bytes) -> bool:
    """Whether an import names a module; of a parent, whether one names it alone."""
    for place in _places(data, module):
        before = data[max(place - _BEFORE, 0) : place]
        follows = data[place + len(module) : place + len(module) + 1]
        if _IMPORTED.search(before) and (module not in _PARENTS or follows != b"."):
            return True
        if _FROM.search(before) and module not in _PARENTS:
            return True
    return False


def _may_run_hidden(word: bytes, data: bytes, words: frozenset[bytes]) -> bool:
    """Whether a file may run what was decoded, what a file of data holds, or anything under another name."""
    for start in _places(data, word):
        end = start + len(word)
        before = data[start - 1 : start]
        if before == b".":
            return True  # an attribute
        if before in {b"'", b'"'} and not words.isdisjoint(_HIDES):
            return True
        call = _CALLED.match(data, end)
        if call is None:
            if _is_renamed(data, start, end):
                return True
        elif not words.isdisjoint(_DECODES) or _QUOTE.search(data, call.end(), call.end() + _ARGUMENT):
            return True
    return False


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


def _puts_together(data: bytes, words: frozenset[bytes]) -> bool:
    """Whether the code may look a name up that does not stand in it."""
    for word in words.intersection(_LOOKS_UP):
        if any(_is_renamed(data, start, start + len(word)) for start in _places(data, word)):
            return True
    if any(_PUTS_TOGETHER[word].search(data) for word in words.intersection(_PUTS_TOGETHER)):
        return True
    owners = {match[1] for pattern in _OWNERS for match in pattern.finditer(data)}
    if b"__dict__" in words:
        owners.update(_owner_before(data, place) for place in _places(data, b"__dict__"))
    if not owners.isdisjoint(_ANYTHING | _HIDES | {b"("}):
        return True
    return any(_may_be_module(owner, data) for owner in owners - {b"", b"self"})


def _places(data: bytes, word: bytes) -> Iterator[int]:
    """Yield where a word stands."""
    place = data.find(word)
    while place >= 0:
        end = place + len(word)
        if data[end : end + 1] not in _LETTERS and (not place or data[place - 1 : place] not in _LETTERS):
            yield place
        place = data.find(word, end)


def _is_renamed(data: bytes, start: int, end: int) -> bool:
    """Whether the word that stands there is called by another name from then on."""
    if _RENAMED.match(data, end):
        return True
    return not _USED.match(data, end) and _GIVEN.search(data[max(start - _BEFORE, 0) : start]) is not None


def _owner_before(data: bytes, place: int) -> bytes:
    """Return the first name of the owner of a ``__dict__``; "(" where it cannot be told, "" where there is none."""
    before = data[max(place - _BEFORE, 0) : place].rstrip(_BLANK)
    if not before.endswith(b"."):
        return b"(" if _RENAMED.match(data, place + len(b"__dict__")) or _IMPORTED.search(before + b" ") else b""
    owner = before[len(before.rstrip(_NAME + b".")) :].partition(b".")[0]
    return owner if owner and not owner.isdigit() else b"("


def _may_be_module(name: bytes, data: bytes) -> bool:
    """Whether a name is imported, or given to what has a meaning by itself."""
    return any(
        _MEANT.match(data, place + len(name)) or _IMPORTED.search(data[max(place - _BEFORE, 0) : place])
        for place in _places(data, name)
    )
