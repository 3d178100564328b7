"""The documentation is complete: every command, option, format and setting is written down."""

import argparse
import re
from pathlib import Path

import pytest

from doorward.cli import command_names, parser
from doorward.discovery import members
from doorward.outputs import formats
from doorward.policy import policy_schema

ROOT = Path(__file__).parent.parent
PAGES = {
    path: path.read_text() for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
}
TEXT = "\n".join(PAGES.values())


def commands() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in parser(None)._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_documented_and_helps_with_examples(name: str) -> None:
    assert f"doorward {name}" in TEXT
    helped = commands()[name].format_help()
    assert "examples:" in helped
    assert f"doorward {name}" in helped.split("examples:")[1]


def test_every_option_has_a_help_text_or_speaks_for_itself() -> None:
    silent = [
        f"{name} {action.option_strings}"
        for name, command in commands().items()
        for action in command._actions
        if action.option_strings and not action.help and not action.choices
    ]
    assert silent == []


def test_every_format_is_documented() -> None:
    assert [name for name in formats() if f"`{name}`" not in TEXT and f"--format {name}" not in TEXT] == []


def test_every_lock_format_is_documented() -> None:
    page = (ROOT / "docs/formats.md").read_text()
    assert [member.NAME for member in members("doorward.sources.manifests").values() if member.NAME not in page] == []


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/policy.md").read_text()
    schema = policy_schema()
    keys = {key for definition in schema["$defs"].values() for key in definition.get("properties", {})}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in PAGES.items()
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text)
        if not (path.parent / target).exists()
    ]
    assert broken == []
