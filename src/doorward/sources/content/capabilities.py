"""What code can do, as far as a reader can tell without running it.

Cheap searches for a word over every file, and a look at the characters around each hit. A capability is reported once
for each file, at its first place. The tables stand in :mod:`doorward.sources.content.abilities`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from doorward.sources.content import abilities as table
from doorward.sources.content.imports import (
    PARENTS,
    javascript_imports,
    names_in_line,
    package_of,
    python_import_lines,
    simple_import,
)

#: Bytes of an argument that are looked at.
_ARGUMENT = 1500
#: Hits of one pattern in one file that are looked at, and variables of one file that are followed.
_HITS = 2000
_CALLS = 200
_FOLLOWED = 20
#: Bytes before a call in which its variables are looked for; of the short names of minified code much fewer.
_WINDOW, _NEAR = 1 << 20, 400
_SHORT = 2
_MENTIONS = 200
_ASSIGNMENT = re.compile(rb"\s{0,20}(?::[^=\n]{1,80})?=(?![=>])([^\n]{0,600})")
_TEXT = 200
#: Distinct import lines whose meaning is remembered, and what stands for ``os.environ`` among their capabilities.
_REMEMBERED = 50_000
_ENVIRON = "environ"

_NAME_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$")
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*")
_BEFORE = 60
_BRACKETS = re.compile(rb"[()\[\]{};,]")
_STRING = re.compile(rb"\"[^\"\n]*\"|'[^'\n]*'")
#: Words of both languages that no variable of interest has.
_KEYWORDS = frozenset(
    b"False None True async await compile const else eval exec for from function globals if import in lambda let "
    b"locals new null open read return self str this true undefined var window".split()
)


def capabilities_of(data: bytes, language: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the top-level names that one file imports, and its capabilities with the byte where each shows first."""
    if language == "python":
        return _of_python(data)
    if language == "javascript":
        modules = javascript_imports(data)
        imports = tuple({name: None for name in map(package_of, modules) if name})
        return imports, _first(javascript_capabilities(data, modules))
    return (), _first(shell_capabilities(data))


def _of_python(data: bytes) -> tuple[tuple[str, ...], dict[str, int]]:
    imports: dict[str, None] = {}
    found: dict[str, int] = {}
    for line, position in python_import_lines(data).items():
        tops, capabilities = _meaning(line)
        for top in tops:
            imports[top] = None
        for capability in capabilities:
            found.setdefault(capability, position)
    environ = found.pop(_ENVIRON, -1) >= 0
    for name, position in python_capabilities(data, "os" in imports, "process" in found, environ):
        if position < found.get(name, len(data)):
            found[name] = position
    return tuple(imports), found


@lru_cache(maxsize=_REMEMBERED)
def _meaning(line: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the top-level names and the capabilities of a line of imports: remembered, because lines repeat a lot."""
    simple = simple_import(line)
    if simple is not None:
        return _of_import(*simple)
    names = tuple(names_in_line(line))
    capabilities = {capability: None for capability in map(_of_module, names) if capability}
    return tuple({name.partition(".")[0]: None for name in names}), tuple(capabilities)


def forget_lines() -> None:
    """Forget what lines of imports mean, for measurements."""
    _meaning.cache_clear()


def _of_import(module: str, names: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the meaning of ``import module``, or of ``from module import names``, without naming them one by one."""
    if module.startswith("."):
        return (), ()
    top = module.partition(".")[0]
    whole = "" if top in PARENTS else table.PYTHON_MODULES.get(top, "")
    found: dict[str, None] = {}
    if names is None or module not in PARENTS:
        found[table.PYTHON_MODULES.get(module) or (_ENVIRON if module == "os.environ" else whole)] = None
    for part in names.strip(" \t()\\").split(",") if names else ():
        name = part.split(maxsplit=1)
        if name:
            path = f"{module}.{name[0]}"
            found[table.PYTHON_MODULES.get(path) or (_ENVIRON if path == "os.environ" else whole)] = None
    found.pop("", None)
    return (top,), tuple(found)


def _of_module(name: str) -> str:
    return _ENVIRON if name == "os.environ" else capability_of_module(name)


def capability_of_module(name: str) -> str:
    """Return the capability that importing a module of Python, or a name from it, gives; "" for none."""
    top = name.partition(".")[0]
    return table.PYTHON_MODULES.get(name) or ("" if top in PARENTS else table.PYTHON_MODULES.get(top, ""))


def line_at(data: bytes, position: int) -> tuple[int, str]:
    """Return the number of the line at ``position`` and its text, trimmed to what is around the position."""
    number = data.count(b"\n", 0, position) + 1
    start = max(data.rfind(b"\n", 0, position) + 1, position - _TEXT // 2)
    end = data.find(b"\n", position, start + _TEXT)
    return number, data[start : end if end >= 0 else start + _TEXT].decode("utf-8", "replace").strip()


def _each(pattern: re.Pattern[bytes], data: bytes, cap: int = _HITS) -> Iterable[re.Match[bytes]]:
    """Return at most ``cap`` matches: nothing at once where there is none, which is the common case."""
    first = pattern.search(data)
    return islice(pattern.finditer(data, first.start()), cap) if first else ()


def _first(hits: Iterator[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, position in hits:
        if name not in found or position < found[name]:
            found[name] = position
    return found


def python_capabilities(data: bytes, has_os: bool, runs: bool, has_environ: bool) -> Iterator[tuple[str, int]]:  # noqa: FBT001
    """Yield (capability, position) for Python beyond what its imports tell.

    The flags say whether the file imports ``os``, anything that runs processes, and ``environ`` by itself.
    """
    if has_environ:
        yield from _sweeps(data, table.PYTHON_ENVIRON, table.PYTHON_SWEEP)
    if has_os:
        yield from _through_os(data)
    if runs:
        yield from _detached(data, table.PYTHON_DETACHED)
    yield from _decode_exec(data, "python", table.PYTHON_EXEC)


def javascript_capabilities(data: bytes, modules: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield (capability, position) for JavaScript; ``modules`` as :func:`javascript_imports` gives them."""
    runs = False
    for name, position in modules.items():
        capability = table.JAVASCRIPT_MODULES.get(name) or table.JAVASCRIPT_MODULES.get(package_of(name))
        if not capability and name.endswith(".node"):
            capability = "native-load"
        if capability:
            runs = runs or capability == "process"
            yield capability, position
    # most files have none of these: a search alone costs a third of asking for all
    for pattern in table.JAVASCRIPT_NETWORK:
        if pattern.search(data):
            yield from _alone(data, pattern)
    if table.JAVASCRIPT_PROCESS.search(data):
        yield from _through_process(data)
    if runs:
        yield from _detached(data, table.JAVASCRIPT_DETACHED)
    yield from _decode_exec(data, "javascript", table.JAVASCRIPT_EXEC)


def shell_capabilities(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield (capability, position) for shell scripts and for commands of manifests."""
    lowered = data.lower()
    for capability, patterns in table.SHELL.items():
        for pattern in patterns:
            match = pattern.search(lowered)
            if match:
                yield capability, match.start()
    if any(pattern.search(lowered) for pattern in table.SHELL_ENVIRON):
        match = table.SHELL_SWEEP.search(lowered)
        if match:
            yield "environment-sweep", match.start()


def _alone(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[tuple[str, int]]:
    for match in _each(pattern, data):
        start = match.start() - 4 if match[0].startswith(b"Beacon") else match.start()  # "send" is left out
        if _stands_alone(data, start):
            yield "network", start
            return


def _stands_alone(data: bytes, position: int) -> bool:
    """Whether a name starts at ``position`` that is no part of a longer one and no method of any object."""
    before = data[position - 1 : position] if position else b" "
    if before == b".":
        owner = data[max(position - 12, 0) : position - 1]
        return owner.endswith((b"globalThis", b"window", b"global", b"self", b"navigator", b"builtins", b"builtins__"))
    return not (before.isalnum() or before in b"_$")


def _through_os(data: bytes) -> Iterator[tuple[str, int]]:
    for match in _each(table.PYTHON_OS, data):
        if match[1].startswith(b"set"):
            yield "detached-process", match.start()
        elif not match[1].startswith(b"environ"):
            yield "process", match.start()
        elif table.PYTHON_SWEEP.search(data, max(match.start() - _BEFORE, 0), match.end() + _BEFORE):
            yield "environment-sweep", match.start()


def _through_process(data: bytes) -> Iterator[tuple[str, int]]:
    for match in _each(table.JAVASCRIPT_PROCESS, data):
        word = match[1]
        if word == b"env":
            if table.JAVASCRIPT_SWEEP.search(data, max(match.start() - _BEFORE, 0), match.end() + _BEFORE):
                yield "environment-sweep", match.start()
        else:
            yield "native-load" if word == b"dlopen" else "process", match.start()


def _sweeps(data: bytes, word: re.Pattern[bytes], sweep: re.Pattern[bytes]) -> Iterator[tuple[str, int]]:
    for match in _each(word, data):
        if sweep.search(data, max(match.start() - _BEFORE, 0), match.end() + _BEFORE):
            yield "environment-sweep", match.start()
            return


def _detached(data: bytes, patterns: Sequence[re.Pattern[bytes]]) -> Iterator[tuple[str, int]]:
    for pattern in patterns:
        match = pattern.search(data)
        if match:
            yield "detached-process", match.start()


def _decode_exec(data: bytes, language: str, calls: Sequence[re.Pattern[bytes]]) -> Iterator[tuple[str, int]]:
    """Yield the first call that runs a string, applied to what was decoded, decrypted or fetched."""
    found = [call for call in calls if call.search(data)]
    if not found:
        return
    flow = _Flow(data, table.DECODERS[language], b";," if language == "javascript" else b";")
    for call in found:
        for match in _each(call, data, _CALLS):
            if _is_call(data, match) and flow.decodes(
                _until(data[match.end() : match.end() + _ARGUMENT], b""), match.start()
            ):
                yield "decode-exec", match.start()
                return


def _is_call(data: bytes, match: re.Match[bytes]) -> bool:
    text = match[0]
    if text.startswith((b"xec", b"val")):
        start = match.start() - 1
        return data[start : start + 1] == b"e" and data[start - 4 : start] != b"def " and _stands_alone(data, start)
    return text.startswith((b"_compile", b"runIn")) or _stands_alone(data, match.start())


def _until(text: bytes, ends: bytes) -> bytes:
    """Return ``text`` up to one of ``ends`` or to a closing bracket that nothing in it opens."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        mark = match[0]
        if mark in b"([{":
            depth += 1
        elif mark in b")]}":
            depth -= 1
        if depth < 0 or (not depth and mark in ends):
            return text[: match.start()]
    return text


class _Flow:
    """Follows the variables of an argument to what they were made of."""

    def __init__(self, data: bytes, decoder: re.Pattern[bytes], ends: bytes) -> None:
        self._data = data
        self._decoder = decoder
        self._ends = ends
        self._seen: set[bytes] = set()

    def decodes(self, expression: bytes, position: int, hops: int = 3) -> bool:
        """Whether the expression at ``position`` decodes, or names a variable that was made by decoding."""
        if self._decoder.search(expression):
            return True
        if not hops:
            return False
        return any(
            self.decodes(made, start, hops - 1)
            for name in self._names(expression)
            for made, start in self._made_of(name, position)
        )

    def _names(self, expression: bytes) -> list[bytes]:
        words = _IDENTIFIER.findall(_STRING.sub(b"", expression))
        names = [name for name in dict.fromkeys(words) if name not in self._seen and name not in _KEYWORDS]
        names = names[: max(_FOLLOWED - len(self._seen), 0)]
        self._seen.update(names)
        return names

    def _made_of(self, name: bytes, position: int) -> Iterator[tuple[bytes, int]]:
        data = self._data
        floor = max(position - (_NEAR if len(name) <= _SHORT else _WINDOW), 0)
        at = position
        for _ in range(_MENTIONS):  # the nearest first
            at = data.rfind(name, floor, at)
            if at < 0:
                return
            match = _ASSIGNMENT.match(data, at + len(name))
            if match is None or (at and data[at - 1] in _NAME_BYTES):
                continue
            value = match[1]
            if not value.strip() or value.rstrip().endswith((b"(", b"[", b"\\", b",", b"{")):
                value = data[match.start(1) : match.start(1) + 600]
            yield _until(value, self._ends), at
