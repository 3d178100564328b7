"""Follows commands of manifests to the files of the artifact that they run: one level of what those name in turn."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from doorward.sources.content.contents import Contents
from doorward.sources.content.imports import javascript_imports, names_in_line, python_import_lines

#: Characters of a command that are taken apart, targets of one hook, and scripts that one hook is followed through.
_COMMAND = 16_000
_TARGETS = 50
_NESTED = 20
#: Bytes of a target that are searched for names of files.
_SEARCHED = 1 << 18
#: Names of files or modules in one target that are looked up, and parts of a module's name.
_NAMED = 1000
_PARTS = 20

_JAVASCRIPT_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".ts", "/index.js", "/index.cjs", "/index.mjs")
_PYTHON_ENDINGS = (".py", "/__init__.py", ".pyc", "/__main__.py")
_INTERPRETERS: Mapping[str, str] = {
    **dict.fromkeys(("node", "nodejs", "bun", "deno", "ts-node", "tsx"), "javascript"),
    **dict.fromkeys(("python", "python2", "python3", "py", "pypy3"), "python"),
    **dict.fromkeys(("sh", "bash", "dash", "zsh", "ksh", "cmd", "powershell", "pwsh", "source", "."), "shell"),
    **dict.fromkeys(("perl", "ruby", "php"), ""),
}
_WRAPPERS = frozenset({"npx", "env", "cross-env", "cross-env-shell", "exec", "sudo", "time", "run", "dotenv", "--"})
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "npm-run-all", "run-s", "run-p"})
_EVALUATE = frozenset({"-e", "--eval", "-p", "--print", "-pe", "-c", "-Command", "/c"})
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "\n"})
_ASSIGNMENT = re.compile(r"\w+=")
#: How the name of a file ends that may be run or loaded, and what stands before that.
_ENDING = re.compile(rb"\.(?:[cm]?js|ts|sh|py|bat|cmd|ps1|exe|node|dll|so|dylib|wasm|bin)\b")
_NAME_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@-"
_NAME = 150


@dataclass(slots=True)
class Followed:
    """What a command runs."""

    targets: list[str] = field(default_factory=list)
    #: Code on the command line itself: (language, text).
    codes: list[tuple[str, str]] = field(default_factory=list)
    #: The programs it starts, by name.
    programs: list[str] = field(default_factory=list)


def follow(contents: Contents, command: str, scripts: Mapping[str, str], base: str = "") -> Followed:
    """Follow a shell command; ``scripts`` are those that ``npm run`` finds by name."""
    followed = Followed()
    _Walk(contents, scripts, followed).command(command, base)
    direct = list(dict.fromkeys(followed.targets))[:_TARGETS]
    indirect = [named for target in direct for named in named_in(contents, target)]
    followed.targets = list(dict.fromkeys(direct + indirect))[:_TARGETS]
    return followed


def named_in(contents: Contents, path: str) -> Iterator[str]:
    """Yield the members that a script requires, imports or names, without following them further."""
    data = contents.texts.get(path, b"")[:_SEARCHED]
    folder = posixpath.dirname(path)
    language = contents.facts[path].language
    found: list[str] = []
    if language == "javascript":
        specifiers = (specifier for specifier in javascript_imports(data) if specifier.startswith("."))
        found += (contents.resolve(specifier, folder, _JAVASCRIPT_ENDINGS) for specifier in islice(specifiers, _NAMED))
    if language == "python":
        found += python_targets(contents, data, (folder, ""))
    for name in islice(_file_names(data), _NAMED):
        found.append(contents.resolve(name, folder) or contents.resolve(name))
    yield from (name for name in dict.fromkeys(found) if name and name != path)


def _file_names(data: bytes) -> Iterator[str]:
    """Yield what in a text may be the name of a file that is run or loaded."""
    for match in _ENDING.finditer(data):
        before = data[max(match.start() - _NAME, 0) : match.start()]
        yield (before[len(before.rstrip(_NAME_LETTERS)) :] + match[0]).decode("utf-8", "replace")


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


class _Walk:
    """One walk through a command, its segments and the scripts that it names."""

    def __init__(self, contents: Contents, scripts: Mapping[str, str], followed: Followed) -> None:
        self._contents = contents
        self._scripts = scripts
        self._followed = followed
        self._seen: set[str] = set()

    def command(self, text: str, base: str) -> None:
        """Walk through every segment of a command that was not walked through before."""
        if text in self._seen or len(self._seen) >= _NESTED:
            return
        self._seen.add(text)
        self._followed.codes.append(("shell", text[:_COMMAND]))
        for words in _segments(text[:_COMMAND]):
            base = self._segment(words, base)

    def _segment(self, words: list[str], base: str) -> str:
        """Take one simple command; return the folder in which the next one runs."""
        while words and (_ASSIGNMENT.match(words[0]) or words[0] in _WRAPPERS):
            words = words[1:]
        if not words:
            return base
        program = posixpath.basename(words[0].replace("\\", "/")).removesuffix(".exe").removesuffix(".cmd")
        if program == "cd":
            return posixpath.join(base, words[1]) if len(words) > 1 else base
        scripts = [self._scripts[word] for word in words[1:] if word in self._scripts] if program in _RUNNERS else []
        for script in scripts:
            self.command(script, base)
        if not scripts:
            self._followed.programs.append(program)
        if program in _INTERPRETERS:
            self._interpreter(_INTERPRETERS[program], words[1:], base)
        for word in words:
            self._target(word, base, ("",))
        return base

    def _interpreter(self, language: str, words: list[str], base: str) -> None:
        endings = {"javascript": _JAVASCRIPT_ENDINGS, "python": ("", "/__main__.py")}.get(language, ("",))
        position = 0
        while position < len(words):
            word = words[position]
            following = words[position + 1] if position + 1 < len(words) else ""
            position += 1
            if word in _EVALUATE:
                self._code(language, following, base)
                return
            if word in {"-r", "--require", "--import", "-File"}:
                self._target(following, base, endings)
                position += 1
            elif word == "-m":
                self._followed.targets.extend(module_files(self._contents, following, base))
                return
            elif not word.startswith("-") and word != "run":
                self._target(word, base, endings)
                return

    def _code(self, language: str, code: str, base: str) -> None:
        self._followed.codes.append((language, code))
        data = code.encode("utf-8", "replace")
        if language == "javascript":
            for specifier in javascript_imports(data):
                if specifier.startswith("."):
                    self._target(specifier, base, _JAVASCRIPT_ENDINGS)
        elif language == "shell":
            self.command(code, base)
        elif language == "python":
            self._followed.targets.extend(python_targets(self._contents, data, (base,)))

    def _target(self, word: str, base: str, endings: tuple[str, ...]) -> None:
        found = self._contents.resolve(word, base, endings)
        if found:
            self._followed.targets.append(found)


def _segments(text: str) -> Iterator[list[str]]:
    """Yield the simple commands of a line of shell as words; quotes that do not close are taken as letters."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        words = text.split()
    segment: list[str] = []
    for word in words:
        if word in _SEPARATORS:
            yield segment
            segment = []
        else:
            segment.append(word)
    yield segment
