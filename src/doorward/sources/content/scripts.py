"""Follows commands of manifests to the files of the artifact that they run, and to what those load in turn."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from doorward.records import dataclass, field
from doorward.sources.content.contents import Contents
from doorward.sources.content.imports import javascript_imports
from doorward.sources.content.references import (
    JAVASCRIPT_ENDINGS,
    closure,
    javascript_files,
    manifest_at,
    module_files,
    python_targets,
)

#: Characters of a command that are taken apart, and scripts that one hook is followed through.
_COMMAND = 16_000
_NESTED = 40

_INTERPRETERS: Mapping[str, str] = {
    **dict.fromkeys(("node", "nodejs", "bun", "deno", "ts-node", "tsx"), "javascript"),
    **dict.fromkeys(("python", "python2", "python3", "py", "pypy3"), "python"),
    **dict.fromkeys(("sh", "bash", "dash", "zsh", "ksh", "cmd", "powershell", "pwsh", "source", "."), "shell"),
    **dict.fromkeys(("perl", "ruby", "php"), ""),
}
_WRAPPERS = frozenset({
    "npx", "env", "cross-env", "cross-env-shell", "exec", "sudo", "time", "run", "dotenv", "--", "command", "nohup",
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "(", ")", "fi", "done", "<",
})  # fmt: skip
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "npm-run-all", "run-s", "run-p", "concurrently"})
#: Other words for scripts, and what a script is where the manifest has none of that name.
_SHORT = {"t": "test", "tst": "test"}
_IMPLIED = {"start": "node server.js"}
#: What runners take that makes them look at another manifest than the package's.
_ELSEWHERE = frozenset({"--prefix", "-C", "--cwd", "--dir", "-w", "--workspace"})
#: Programs that run what files under names of their own say.
_BUILDERS = frozenset({"make", "gmake", "gulp", "grunt", "rake", "just", "lerna", "nx", "turbo"})
_EVALUATE = frozenset({"-e", "--eval", "-p", "--print", "-pe", "-c", "-Command", "/c"})
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "\n", "(", ")"})
_ASSIGNMENT = re.compile(r"\w+=")
#: The folder of the package in the words of a shell.
_HERE = re.compile(r"\$(?:PWD|\{PWD\}|INIT_CWD|\{INIT_CWD\}|\(pwd\))/?")
_MAIN = re.compile(r"\$(?:npm_package_main\b|\{npm_package_main\})")


@dataclass(slots=True)
class Followed:
    """What a command runs."""

    targets: list[str] = field(default_factory=list)
    #: Code on the command line itself: (language, text).
    codes: list[tuple[str, str]] = field(default_factory=list)
    #: The programs it starts, by name.
    programs: list[str] = field(default_factory=list)
    #: Whether part of what it runs could not be told.
    unclear: bool = False


def follow(contents: Contents, command: str, scripts: Mapping[str, str], base: str = "") -> Followed:
    """Follow a shell command; ``scripts`` are those that ``npm run`` finds by name."""
    followed = Followed()
    _Walk(contents, scripts, followed).command(command, base)
    reached = closure(contents, followed.targets)
    followed.targets = reached.targets
    followed.unclear = followed.unclear or reached.unclear
    return followed


class _Walk:
    """One walk through a command, its segments and the scripts that it names."""

    def __init__(self, contents: Contents, scripts: Mapping[str, str], followed: Followed) -> None:
        self._contents = contents
        self._scripts = scripts
        self._followed = followed
        self._seen: set[str] = set()

    def command(self, text: str, base: str) -> None:
        """Walk through every segment of a command that was not walked through before."""
        if text in self._seen:
            return
        if len(self._seen) >= _NESTED or len(text) > _COMMAND:
            self._followed.unclear = True
            return
        self._seen.add(text)
        self._followed.codes.append(("shell", text))
        main = manifest_at(self._contents, base).get("main")
        plain = _HERE.sub("", _MAIN.sub(main.replace("\\", "/") if isinstance(main, str) else ".", text))
        for words in _segments(plain):
            base = self._segment(words, base)

    def _segment(self, words: list[str], base: str) -> str:
        """Take one simple command; return the folder in which the next one runs."""
        words = _unwrapped(words)
        if not words:
            return base
        program = posixpath.basename(words[0].replace("\\", "/")).removesuffix(".exe").removesuffix(".cmd")
        if program == "cd":
            return posixpath.join(base, words[1]) if len(words) > 1 else base
        scripts = list(self._named_scripts(program, words[1:]))
        for script in scripts:
            self.command(script, base)
        if not scripts:
            self._followed.programs.append(program)
        known = self._found()
        if program in _INTERPRETERS:
            self._interpreter(_INTERPRETERS[program], words[1:], base)
        for word in words:
            self._target(word, base, JAVASCRIPT_ENDINGS if word.startswith(".") else ("",))
        lost = program in _INTERPRETERS and not scripts and known == self._found()
        self._followed.unclear |= lost or program in _BUILDERS
        return base

    def _found(self) -> int:
        return len(self._followed.targets) + len(self._followed.codes)

    def _named_scripts(self, program: str, words: list[str]) -> Iterator[str]:
        """Yield the scripts of the manifest that a runner is asked for, with those before and after each."""
        by_node = program == "node" and "--run" in words
        if program not in _RUNNERS and not by_node and not any(word.startswith("--run=") for word in words):
            return
        if _ELSEWHERE.intersection(word.partition("=")[0] for word in words):
            self._followed.unclear = True
        for word in words:
            asked = _SHORT.get(word, word).removeprefix("npm:").removeprefix("--run=")
            if asked == "restart":
                yield from (part for name in ("stop", "start") for part in self._around(name))
            names = [name for name in self._scripts if fnmatchcase(name, asked)] if "*" in asked else [asked]
            for name in names:
                yield from self._around(name)
            if " " in asked:  # whole commands as words
                self.command(asked, "")

    def _around(self, name: str) -> Iterator[str]:
        own = self._scripts.get(name, _IMPLIED.get(name, ""))
        if own:
            yield from filter(None, (self._scripts.get(f"pre{name}"), own, self._scripts.get(f"post{name}")))

    def _interpreter(self, language: str, words: list[str], base: str) -> None:
        endings = {"javascript": JAVASCRIPT_ENDINGS, "python": ("", "/__main__.py", ".pyc")}.get(language, ("",))
        for position, word in enumerate(words):
            following = words[position + 1] if position + 1 < len(words) else ""
            if word in _EVALUATE or (word[:1] == "-" and word[1:2] != "-" and word[-1:] in "ec" and len(word) < 5):  # noqa: PLR2004 - letters of joined options
                self._code(language, following, base)
                return
            if word == "-m" and language == "python":
                self._followed.targets.extend(module_files(self._contents, following, base))
                return
            if word.startswith("-"):
                self._target(word.partition("=")[2] or word[2:], base, endings)
            elif word != "run":
                self._target(word, base, endings)

    def _code(self, language: str, code: str, base: str) -> None:
        data = code.encode("utf-8", "replace")
        if language == "shell":
            self.command(code, base)
            return
        self._followed.codes.append((language, code))
        if language == "javascript":
            for specifier in javascript_imports(data):
                self._followed.targets += javascript_files(self._contents, specifier, base)
        elif language == "python":
            self._followed.targets.extend(python_targets(self._contents, data, (base,)))

    def _target(self, word: str, base: str, endings: tuple[str, ...]) -> None:
        if "$" in word or "`" in word or (word.startswith("%") and word.count("%") > 1):
            self._followed.unclear = True
        if not word or word.startswith("-"):
            return
        if endings == JAVASCRIPT_ENDINGS:
            relative = word if word.startswith(("./", "../", "#")) or word in {".", ".."} else f"./{word}"
            self._followed.targets += javascript_files(self._contents, relative.replace("\\", "/"), base)
            return
        found = self._contents.resolve(word, base, endings)
        if found:
            self._followed.targets.append(found)


def _unwrapped(words: list[str]) -> list[str]:
    """Return a simple command without what stands before it: assignments, wrappers and their options, keywords."""
    start = 0
    for word in words:
        if not (_ASSIGNMENT.match(word) or word in _WRAPPERS or (start and word.startswith("-"))):
            break
        start += 1
    return words[start:]


def _segments(text: str) -> Iterable[list[str]]:
    """Yield the simple commands of a line of shell as words; quotes that do not close are taken as letters."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|\n()<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        words = text.split()
    segment: list[str] = []
    for word in words:
        if word in _SEPARATORS or (word and not word.strip(";&|()\n")):
            yield segment
            segment = []
        elif word.strip("<>"):
            segment.append(word)
    yield segment
