"""File changed that runs again later

What it catches
---------------
A change, outside of resolving packages, to what is run later without being called: shell
profiles, settings of editors and coding agents, git hooks, `*.pth` and sitecustomize in
an environment, crontabs, services, workflows of a forge.

Why it matters
--------------
A backdoor that only ran once is gone with the build. So the first thing that it does is
to write itself where it runs again: on this machine, or on everyone's by way of a commit.

What to do
----------
Look at the file, and restore it. Then look at the release.

False alarms
------------
Tools whose trade it is: hooks managers such as husky write `.git/config`, and are found
until they are allowed. Files in temporary folders outside of the project, samples of git
hooks and the `.pth` files of editable installs and of virtualenv rest. Not measured. Where
the command is a test runner changes are not watched, and the rule gives no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import FileAccess, Phase
from doorward.rules.registry._words import cut
from doorward.rules.runtime._words import by, place, times, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("changes",),
    advice="look at the file and restore it, then look at the release.",
)

_TEMPORARY = ("/tmp/", "/var/tmp/", "/var/folders/", "/private/var/folders/")  # noqa: S108 - paths to compare with
#: What is the same in every folder, and so may lie in one that a test has made for itself.
_ANYWHERE = re.compile(
    r".*/(?:\.git/|\.github/|\.circleci/|\.vscode/|\.cursor/|\.claude/|\.devcontainer/|Jenkinsfile\Z|\.gitlab-ci\.yml\Z"
    r"|azure-pipelines\.yml\Z|(?:site|user)customize\.py\Z|[^/]+\.pth\Z)"
)
_PTH = re.compile(r".*/(?:site|dist)-packages/[^/]+\.pth\Z")
#: What installers write there.
_KNOWN_PTH = re.compile(
    r"(?:__editable__.*|_?__?editable.*|_virtualenv|distutils-precedence|a1_coverage|easy-install)\.pth\Z"
)
_SAMPLE = re.compile(r".*/\.git/hooks/[^/]+\.sample\Z")
_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for changes to such files."""
    found = [
        event
        for event in activity.files
        if event.kind == "persistence" and event.actor.phase is not Phase.RESOLVE and _matters(activity, event)
    ]
    if not found:
        return
    yield Hit(
        f"{whose(activity)} changed {cut(found[0].path, 120)}, which is run or read again later.",
        (*(_evidence(activity, event) for event in found[:_SHOWN]), *by(found[0].actor)),
    )


def _matters(activity: Activity, event: FileAccess) -> bool:
    """Whether a change is more than what installers and tests write all day."""
    path = event.path
    name = path.rpartition("/")[2]
    if name.endswith(".pth") and (not _PTH.match(path) or _KNOWN_PTH.match(name)):
        return False
    if _SAMPLE.match(path) or _is_gits_own(event):
        return False
    inside = activity.cwd not in {"", "/"} and path.startswith(f"{activity.cwd}/")
    return inside or not (_ANYWHERE.match(path) and path.startswith(_TEMPORARY))


def _is_gits_own(event: FileAccess) -> bool:
    """Whether git itself writes the settings of a repository, in a test or a run."""
    writer = event.actor.processes[-1] if event.actor.processes else None
    is_git = writer is not None and (writer.exe or (writer.argv or ("",))[0]).rpartition("/")[2] == "git"
    settings = event.path.endswith(("/.git/config", "/.git/config.lock"))
    return is_git and settings and event.actor.phase in {Phase.TEST, Phase.RUN}


def _evidence(activity: Activity, event: FileAccess) -> Evidence:
    value = f"{cut(event.path, 100)}, {event.actor.phase.value}{times(event.count)}"
    return Evidence(event.operation, value, place(activity, event.actor))
