"""Workflows and composite actions of GitHub: the actions that they use, and the images that their jobs run in.

They are read line by line, so that no YAML reader is needed: ``uses`` is a key of its own line, or stands in a table in
braces; its value may be folded onto the next line. The image that an action is counts as well. A reference or a tag is
a version, whatever it points to tomorrow; only a full hash is a commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._images import add_image
from doorward.sources.manifests._values import is_commit
from doorward.sources.manifests._workflow_images import images

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
    r"""(?:[\s{-]*|[\s-]*\{[^#]*?,\s*)["']?(?:uses|image(?=["']?\s*:\s*["']?docker://))["']?\s*:\s*(?:&([^\s,{}]+)\s+)?["']?([^\s"'#,}]*)"""
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
    return entries.inventory()


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
        uses = _USES.match(line)
        if uses is None or (uses[2].startswith("*") and uses[2][1:] in anchors):
            continue
        anchors.add(uses[1] or "")
        if uses[2] in _FOLDED:
            folded = number
        else:
            yield number, uses[2]
    if folded:
        yield folded, ""
