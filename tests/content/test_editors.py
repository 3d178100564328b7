"""Files that editors and agents run when a folder is opened."""

import json

import pytest

from tests.content.made import hook, npm, sdist

TASK = {"tasks": [{"label": "x", "command": "node .vscode/run.js", "runOptions": {"runOn": "folderOpen"}}]}
HOOK = {"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "node .claude/start.mjs"}]}]}}


def test_a_task_that_runs_on_opening() -> None:
    content = npm({}, {".vscode/tasks.json": json.dumps(TASK), ".vscode/run.js": "require('https')\n"})
    found = hook(content, "editor:vscode-task")
    assert found.targets == (".vscode/tasks.json", ".vscode/run.js")
    assert found.reaches == ("network",)


def test_an_agents_hook_below_the_root() -> None:
    content = sdist(
        {"sub/.claude/settings.json": json.dumps(HOOK), "sub/.claude/start.mjs": "fetch('x')\n", "PKG-INFO": ""}
    )
    found = hook(content, "editor:claude-hook")
    assert (found.path, found.reaches) == ("sub/.claude/settings.json", ("network",))
    assert "sub/.claude/start.mjs" in found.targets


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".vscode/tasks.json", '{"tasks": [{"command": "make"}]}'),
        (".claude/settings.json", '{"permissions": {}}'),
        ("docs/tasks.json", json.dumps(TASK)),
    ],
)
def test_what_runs_on_request_only_is_no_hook(path: str, text: str) -> None:
    assert npm({}, {path: text}).hooks == ()
