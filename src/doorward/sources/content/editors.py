"""Files that editors and coding agents run when a folder is opened: in a package they are for whoever looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from doorward.sources.content.contents import Contents, Found
from doorward.sources.content.scripts import follow

#: (kind, path from any folder, what in the file makes it run by itself).
_FILES = (
    ("editor:vscode-task", ".vscode/tasks.json", re.compile(rb"\"runOn\"\s*:\s*\"folderOpen\"")),
    ("editor:vscode-settings", ".vscode/settings.json", re.compile(rb"\"task\.allowAutomaticTasks\"\s*:\s*\"on\"")),
    ("editor:claude-hook", ".claude/settings.json", re.compile(rb"\"hooks\"\s*:")),
    ("editor:claude-hook", ".claude/settings.local.json", re.compile(rb"\"hooks\"\s*:")),
    ("editor:gemini-hook", ".gemini/settings.json", re.compile(rb"\"hooks\"\s*:")),
    ("editor:cursor-hook", ".cursor/hooks.json", re.compile(rb"\"hooks\"\s*:")),
    ("editor:devcontainer", ".devcontainer/devcontainer.json", re.compile(rb"\"initializeCommand\"\s*:")),
)
_COMMAND = re.compile(r"\"(?:command|initializeCommand)\"\s*:\s*\"((?:[^\"\\]|\\.){1,4000})\"")
#: Files below folders with a dot that are read, and commands of one that are followed.
_FILES_READ, _COMMANDS = 1000, 50
#: A string, which may hold what looks like a comment, or a comment; and an escaped letter, digit or mark.
_COMMENTS = re.compile(rb"(\"(?:[^\"\\\n]|\\.){0,4000}\")|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")
_LETTER = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_ESCAPED = re.compile(r"\\(.)")


def hooks(contents: Contents) -> Iterator[Found]:
    """Yield the files that run something as soon as the folder they lie in is opened."""
    hidden = (path for path in contents.facts if path.startswith(".") or "/." in path)
    for path in islice(hidden, _FILES_READ):
        for kind, ending, trigger in _FILES:
            if path == ending or path.endswith("/" + ending):
                text = _plain(contents.manifest(path) or b"")
                if trigger.search(text):
                    yield _found(contents, kind, path, text)


def _plain(data: bytes) -> bytes:
    """Return JSON with comments without these, and with letters that are written as escapes as letters."""
    data = _COMMENTS.sub(lambda match: match[1] or b" ", data)
    return _LETTER.sub(lambda match: bytes([int(match[1], 16)]), data)


def _found(contents: Contents, kind: str, path: str, data: bytes) -> Found:
    base = next(path.removesuffix(ending).rstrip("/") for _, ending, _ in _FILES if path.endswith(ending))
    text = data.decode("utf-8", "replace")
    found = Found(kind, path, path, text, [path])
    for match in islice(_COMMAND.finditer(text), _COMMANDS):
        followed = follow(contents, _ESCAPED.sub(r"\1", match[1]), {}, base)
        found.targets = [*found.targets, *followed.targets]
        found.codes = [*found.codes, *followed.codes]
        found.unclear = found.unclear or followed.unclear
    return found
