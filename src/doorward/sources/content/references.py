"""Which members of an artifact a script loads or starts, and what those load in turn.

Where that cannot be told (a computed path, too many files), the answer says so: a hook is then compared by all code of
its artifact, so that a change behind it shows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from doorward.records import dataclass, field
from doorward.sources.content.contents import Contents
from doorward.sources.content.executed import executed_files
from doorward.sources.content.imports import javascript_imports, names_in_line, python_import_lines
from doorward.sources.content.languages import expects_text, extension_of

JAVASCRIPT_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".ts", ".node", "/index.js", "/index.cjs", "/index.mjs")
_PYTHON_ENDINGS = (".py", "/__init__.py", ".pyc", "/__main__.py")
#: Members that one hook is followed through, and files of one name that a name without its folder may mean.
_FILES = 400
_NAMESAKES = 50
#: Names of files or modules in one script that are looked up, and parts of a module's name.
_NAMED = 2000
_PARTS = 20
#: How the name of a file ends that may be run or loaded, and what stands before that.
_ENDING = re.compile(rb"\.(?:[cm]?js|ts|sh|py|bat|cmd|ps1|exe|node|dll|so|dylib|wasm|bin)\b")
_NAME_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@-"
_NAME = 150
_QUOTED = re.compile(rb"[\"'`]([\w./@-]{1,150})[\"'`]")
#: A call that loads a module, and a whole literal as its argument. Patterns that open with a word are searched for at
#: memory speed; a frequent first letter is left to a look behind.
_LOADS = (
    re.compile(rb"require(?<![\w$.]require)\s{0,9}\(\s{0,20}"),
    re.compile(rb"import(?<![\w$.]import)\s{0,9}\(\s{0,20}"),
)
#: Bytes before an assigned ``require`` in which its "=" stands.
_SPACE = 10
_LITERAL = re.compile(rb"(?:\)|([\"'`])[^\"'`\n$]{1,300}\1\s{0,9}[,)])")
#: Other ways to load that hide what is loaded: a loader that is made, and another name for ``require``.
_MAKES_LOADER = re.compile(rb"createRequire\s{0,9}\(")
_ASSIGNED = re.compile(rb"require\s{0,9}[;,\n]")
#: Python that runs a file, and what adds to the folders in which modules are looked for.
_RUNS_FILE = tuple(
    map(
        re.compile,
        (
            rb"xec(?<=exec)(?<!\wexec)(?:file)?\s{0,9}\(",
            rb"val(?<=eval)(?<!\weval)\s{0,9}\(",
            rb"ompile(?<=compile)(?<!\wcompile)\s{0,9}\(",
            rb"run_path",
            rb"spec_from_file",
            rb"SourceFileLoader",
            rb"load_source",
        ),
    )
)
_PATH = (re.compile(rb"sys\.path"), re.compile(rb"addsitedir"))
_COMPUTED = re.compile(rb"import(?:_module|__)\s{0,9}\(\s{0,9}[A-Za-z_]")
_RELATIVE = re.compile(
    rb"\bfrom[ \t]{1,9}(\.{1,9})([\w.]{0,200})[ \t]{1,9}import[ \t]{0,9}(?:\(([^)]{0,1000})|([^\n#;(]{0,500}))"
)
_WORDS = re.compile(rb"\w+")
#: A shell script that hands an interpreter something computed.
_SHELL_COMPUTED = re.compile(rb"\b(?:node|python[23]?|sh|bash|source|eval|perl|ruby)\s[^\n;|&]{0,80}[$`]")
#: Files that are read for people, though a build reads them too.
_PROSE = (".md", ".rst", ".txt", ".cfg", ".toml", ".json", ".in")


@dataclass(slots=True)
class Reached:
    """What scripts run."""

    targets: list[str] = field(default_factory=list)
    #: Whether part of it could not be told.
    unclear: bool = False


def closure(contents: Contents, paths: Iterable[str]) -> Reached:
    """Return the members and all that they load or start, nearest first."""
    found = dict.fromkeys(paths)
    unclear = False
    waiting = list(found)
    for path in waiting:  # grows on the way
        if path not in contents.loaded:
            step = references(contents, path)
            contents.loaded[path] = step.targets, step.unclear
        targets, lost = contents.loaded[path]
        unclear = unclear or lost
        for target in targets:
            if target in found:
                continue
            if len(found) >= _FILES:
                return Reached(list(found), unclear=True)
            found[target] = None
            waiting.append(target)
    return Reached(list(found), unclear)


def references(contents: Contents, path: str) -> Reached:
    """Return the members that one script requires, imports or names."""
    data = contents.texts.get(path)
    language = contents.facts[path].language
    if data is None:
        return Reached(unclear=bool(language))
    if not language and not expects_text(extension_of(path)):
        language = "javascript"  # what runs it decides; of the languages, this one has no words of its own to look for
    folder = posixpath.dirname(path)
    unclear = False
    found: list[str] = []
    if language == "javascript":
        for specifier in islice(javascript_imports(data), _NAMED):
            found += javascript_files(contents, specifier, folder)
        found += _quoted(contents, data, folder, JAVASCRIPT_ENDINGS)
        unclear = _computed(data)
    elif language == "python":
        step = _python(contents, data, folder)
        found, unclear = step.targets, step.unclear
    elif language == "shell":
        found += _quoted(contents, b"'" + b"' '".join(data.split()[:_NAMED]) + b"'", folder, ("",))
        unclear = bool(_SHELL_COMPUTED.search(data))
    found += _named(contents, data, folder)
    return Reached([name for name in dict.fromkeys(found) if name != path], unclear or _crowded(data, language))


def _crowded(data: bytes, language: str) -> bool:
    """Whether a script has more names than are looked up."""
    if language == "python":
        named = len(python_import_lines(data))
        named = max(named, len(set(_QUOTED.findall(data))) if any(one.search(data) for one in _RUNS_FILE) else 0)
    elif language == "javascript":
        named = max(len(set(_QUOTED.findall(data))), len(javascript_imports(data)))
    else:
        named = len(data.split()) if language == "shell" else 0
    return named > _NAMED or len(set(islice(_file_names(data), 20 * _NAMED))) > _NAMED


def javascript_files(contents: Contents, specifier: str, folder: str) -> list[str]:
    """Return the members that requiring ``specifier`` from ``folder`` loads: a file, a folder's main, the package."""
    if specifier.startswith("#"):
        return _mapped(contents, specifier)
    if not specifier.startswith("."):
        name = manifest_at(contents, "").get("name")
        if isinstance(name, str) and name and (specifier == name or specifier.startswith(name + "/")):
            specifier, folder = "./" + specifier[len(name) + 1 :], ""
        else:
            specifier, folder = "./" + specifier, "node_modules"
    joined = posixpath.normpath(posixpath.join(folder, specifier))
    found = "" if joined == "." else contents.resolve(joined, "", JAVASCRIPT_ENDINGS)
    if found and not found.startswith(joined + "/index."):
        return [found]
    inside = "" if joined == "." else joined
    manifest = manifest_at(contents, inside)
    named = [*_strings(manifest.get("main")), *_strings(manifest.get("exports")), "index"]
    return [file for one in named if (file := contents.resolve(one, inside, JAVASCRIPT_ENDINGS))]


def manifest_at(contents: Contents, folder: str) -> Mapping[str, Any]:
    """Return the parsed package.json of a folder, empty where there is none or it is broken."""
    path = posixpath.join(folder, "package.json")
    if path not in contents.manifests:
        try:
            value = msgspec.json.decode(contents.texts.get(path, b"").removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            value = None
        contents.manifests[path] = value if isinstance(value, dict) else {}
    return contents.manifests[path]


def _mapped(contents: Contents, specifier: str) -> list[str]:
    """Return what the manifest's ``imports`` makes of a specifier with #; of patterns, everything that may be meant."""
    imports = manifest_at(contents, "").get("imports")
    found = []
    for key, value in imports.items() if isinstance(imports, dict) else ():
        start, star, _ = key.partition("*")
        if specifier == key or (star and specifier.startswith(start)):
            for target in _strings(value):
                found += [contents.resolve(target.replace("*", specifier[len(start) :]), "", JAVASCRIPT_ENDINGS)]
    return [path for path in found if path]


def _strings(value: object) -> list[str]:
    """Return the strings of a nested object, without recursion and at most as many as one script may name."""
    found = []
    waiting = [value]
    for _ in range(_NAMED):
        if not waiting:
            break
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return found


def _computed(data: bytes) -> bool:
    """Whether JavaScript loads something whose name is computed."""
    if _MAKES_LOADER.search(data):
        return True
    for match in _ASSIGNED.finditer(data):
        if data[max(match.start() - _SPACE, 0) : match.start()].rstrip().endswith(b"="):
            return True
    return any(not _LITERAL.match(data, call.end()) for load in _LOADS for call in load.finditer(data))


def _python(contents: Contents, data: bytes, folder: str) -> Reached:
    plain = data.replace(b"\r", b"\n")
    extra = [text for line in _lines_with(_PATH, plain) for text in _texts(line)]
    folders = (folder, "", *(posixpath.normpath(posixpath.join(folder, one)) for one in extra[:_PARTS]))
    found = list(python_targets(contents, data, tuple(dict.fromkeys(folders))))
    for match in islice(_RELATIVE.finditer(data), _NAMED):
        found += _relative(contents, match, folder)
    running = _lines_with(_RUNS_FILE, plain)
    run: list[str] = []
    if running:
        for line in running:
            run += [path for text in _texts(line) for path in _members(contents, text, folder)]
        mentioned = (text for text in _texts(data) if not text.lower().endswith(_PROSE))
        run += [path for text in mentioned for path in _members(contents, text, folder)]
    computed = any(b"compile" not in line or b"re.compile" not in line for line in running)
    if computed:
        named = executed_files(data, lambda text: _members(contents, text, folder))
        run += named or ()
        computed = named is None or not run
    return Reached(found + run, computed or bool(_COMPUTED.search(data)))


def _lines_with(patterns: Iterable[re.Pattern[bytes]], data: bytes) -> list[bytes]:
    """Return the lines (ended by LF) that any pattern hits, each once: a pass over the file, not one for every line."""
    lines: dict[int, bytes] = {}
    for pattern in patterns:
        end = -1
        for match in pattern.finditer(data):
            if match.start() > end:  # else in the line of the last one
                start, end = data.rfind(b"\n", 0, match.start()) + 1, data.find(b"\n", match.start())
                end = end if end >= 0 else len(data)
                lines[start] = data[start:end]
    return list(lines.values())


def _texts(data: bytes) -> list[str]:
    return [text.decode() for text in islice(dict.fromkeys(_QUOTED.findall(data)), _NAMED) if text.isascii()]


def _relative(contents: Contents, match: re.Match[bytes], folder: str) -> Iterator[str]:
    """Yield the members of a relative import: its module, and the names that are modules themselves."""
    base = posixpath.normpath(posixpath.join(folder, *[".."] * (len(match[1]) - 1)))
    module = match[2].decode("ascii", "replace")
    if module:
        yield from module_files(contents, module, base)
    for name in _WORDS.findall(match[3] or match[4] or b"")[:_NAMED]:
        inner = f"{module}.{name.decode('ascii', 'replace')}".lstrip(".")
        yield from module_files(contents, inner, base)


def python_targets(contents: Contents, code: bytes, folders: tuple[str, ...]) -> Iterator[str]:
    """Yield the members that Python code imports from any of ``folders``, packages before their modules."""
    names = (name for line in python_import_lines(code) for name in names_in_line(line))
    for name in dict.fromkeys(islice(names, _NAMED)):
        for folder in folders:
            yield from module_files(contents, name, folder)


def module_files(contents: Contents, module: str, folder: str) -> Iterator[str]:
    """Yield the members that importing ``module`` from ``folder`` runs: each package on the way, and the module."""
    parts = module.split(".", _PARTS)[:_PARTS]
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        found = contents.resolve(path, folder, _PYTHON_ENDINGS) or contents.compiled.get(
            posixpath.join(folder, path), ""
        )
        if found:
            yield found


def _quoted(contents: Contents, data: bytes, folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the members that whole literals name, from the script's folder or from the root."""
    for text in (one.lstrip("/") for one in _texts(data)):
        if text.strip("./") and posixpath.basename(text).partition(".")[0] in contents.stems:
            found = contents.resolve(text, folder, endings) or contents.resolve(text, "", endings)
            if found:
                yield found


def _named(contents: Contents, data: bytes, folder: str) -> Iterator[str]:
    """Yield the members whose names end as those of code do, in any text."""
    for name in islice(dict.fromkeys(_file_names(data)), _NAMED):
        yield from _members(contents, name, folder)


def _members(contents: Contents, name: str, folder: str) -> list[str]:
    """Return the member of that name; where only the end of its path is known, those that end so."""
    found = contents.resolve(name, folder) or contents.resolve(name)
    if found:
        return [found]
    tail = "/" + posixpath.normpath(name).lstrip("./")
    namesakes = contents.stems.get(posixpath.basename(name).partition(".")[0], ())
    if len(namesakes) > _NAMESAKES:
        return []
    return [path for path in namesakes if ("/" + path).endswith(tail)]


def _file_names(data: bytes) -> Iterator[str]:
    """Yield what in a text may be the name of a file that is run or loaded."""
    for match in _ENDING.finditer(data):
        before = data[max(match.start() - _NAME, 0) : match.start()]
        yield (before[len(before.rstrip(_NAME_LETTERS)) :] + match[0]).decode("utf-8", "replace")
