"""Workflows and composite actions of GitHub: the actions that they use, and the images that their jobs run in.

They are read line by line, so that no YAML reader is needed: ``uses`` is a key of its own line, or stands in tables in
braces, as many as the line has; its value may be folded onto the next line. The image that an action is counts as well.
A reference or a tag is a version, whatever it points to tomorrow; only a full hash is a commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._images import add_image
from doorward.sources.manifests._values import is_commit
from doorward.sources.manifests._workflow_images import images, unread_jobs

NAME = "GitHub Actions"
FILES = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitea/workflows/*.yml",
    ".gitea/workflows/*.yaml",
    ".forgejo/workflows/*.yml",
    ".forgejo/workflows/*.yaml",
    "action.yml",
    "action.yaml",
)  # fmt: skip
TYPE = "githubactions"
#: They say what builds the project, not what it installs.
ON_REQUEST = True

_USES = re.compile(
    r"""[\s{-]*["']?(?:uses|image(?=["']?\s*:\s*["']?docker://))["']?\s*:\s*(?:&([^\s,{}]+)\s+)?["']?([^\s"'#,}]*)"""
)
#: A line that begins with tables in braces, by themselves or as the value of a key, and each use in them.
_TABLES = re.compile(r"""[\s-]*(?:["']?[\w-]{1,200}["']?\s*:\s*)?[\[{]""")
_USES_IN = re.compile(
    r"""[{,]\s*["']?(?:uses|image(?=["']?\s*:\s*["']?docker://))["']?\s*:\s*(?:&([^\s,{}]+)\s+)?["']?([^\s"'#,{}\[\]]+)"""
)
#: Values that stand on the next line.
_FOLDED = frozenset({"", ">", ">-", "|", "|-"})
_ACTION = re.compile(r"([\w.-]+/[\w.-]+)(?:/[^@\s]*)?@(\S+)\Z")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a workflow includes no file
    """Read a workflow. Lines that use nothing are passed over, so that no text is refused."""
    entries = Entries(path)
    for number, used in _uses(text):
        if used.startswith("docker://"):
            add_image(used, number, entries)
        elif action := _ACTION.match(used):
            commit = action[2] if is_commit(action[2]) else ""
            name, version = action[1].lower(), action[2]
            entries.packages.append(Dependency(TYPE, name, version, path=path, line=number, commit=commit, direct=True))
        elif not used.startswith("./"):
            entries.gap("an action without a reference", used[:80], number)
    for number, image in images(text):
        add_image(image, number, entries)
    for number, job in unread_jobs(text):
        entries.gap("images that a job in braces runs in are not read", job[:80], number)
    return entries.inventory()


def _uses_in(line: str) -> list[tuple[str, str]]:
    """Return anchor and value of what a line uses."""
    found = _USES_IN.findall(line) if _TABLES.match(line) else []
    if found:
        return found
    uses = _USES.match(line)
    return [(uses[1] or "", uses[2])] if uses else []


def _uses(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and value of every ``uses``; an alias of one that was named already says nothing new."""
    anchors: set[str] = set()
    folded = 0
    for number, line in enumerate(text.split("\n"), 1):
        if folded:
            if words := line.split():
                yield folded, words[0].strip("\"'")
                folded = 0
            continue
        for anchor, used in _uses_in(line):
            if used.startswith("*") and used[1:] in anchors:
                continue
            anchors.add(anchor)
            if used in _FOLDED:
                folded = number
            else:
                yield number, used
    if folded:
        yield folded, ""
