#!/usr/bin/env python3
"""Write docs/rules/ from the rules' docstrings and docs/formats.md from the readers of lock files.

    python docs/generate.py [--check]

With ``--check`` nothing is written, and the exit code is 1 where a page is missing, stale, or of a rule that is gone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from doorward.discovery import members
from doorward.model.catalog import CATALOG
from doorward.rules import LoadedRule, all_rules
from doorward.sources.registries import registry_of

DOCS = Path(__file__).parent


def page(loaded: LoadedRule) -> str:
    """Return the page of one rule: its docstring below what its contract says."""
    rule, entry = loaded.rule, CATALOG[loaded.rule.detection]
    rows = {
        "Detection": f"{entry.id} {entry.name}: {entry.asks}",
        "Family": f"{rule.family.word}, counted under {rule.family.coverage.replace('-', ' ')}",
        "Strength": f"{rule.strength.word} unless the page says otherwise; severity {rule.severity.word}",
        "Subject": rule.subject.__name__,
        "Needs": ", ".join(f"`{need}`" for need in rule.needs) or "nothing",
        "Required": "yes: without an answer the subject is not evaluated" if rule.required else "no",
    }
    if rule.same_cause:
        rows["Can share a cause with"] = ", ".join(f"`{other}`" for other in rule.same_cause)
    table = "".join(f"| {label} | {value} |\n" for label, value in rows.items())
    _, _, sections = loaded.page.partition("\n")
    return f"# {loaded.id}\n\n**{loaded.title}**\n\n| | |\n|---|---|\n{table}\n{sections.strip()}\n"


def index(rules: Mapping[str, LoadedRule]) -> str:
    """Return the list of all rules."""
    rows = "".join(
        f"| [{rule_id}]({_name(rule_id)}) | {loaded.title} | {loaded.rule.strength.word} | {loaded.rule.detection} |\n"
        for rule_id, loaded in rules.items()
    )
    return (
        "# Rules\n\n"
        "`python docs/generate.py` writes these pages from docstrings; `doorward explain` prints the same.\n\n"
        f"| Rule | Catches | Strength | Detection |\n|---|---|---|---|\n{rows}"
    )


def pages() -> dict[str, str]:
    """Return every page by its name below docs/rules/."""
    rules = all_rules()
    made = {f"rules/{_name(loaded.id)}": page(loaded) for loaded in rules.values()}
    return {"rules/README.md": index(rules), "formats.md": lock_formats()} | made


def lock_formats() -> str:
    """Return the list of lock files and manifests that are read."""
    return (
        "# Lock files and manifests\n\n"
        "`doorward inventory` lists what each of them names. A release is judged where doorward reads the registry "
        "of its ecosystem; elsewhere it is a gap, never clean. Workflows of a forge, build files and "
        "compositions of containers say what builds a project and runs beside it, not what it installs: a folder is "
        "read without them, one that is named is read, and `doorward exposed` reads all.\n\n"
        f"| Format | Files | Releases are judged |\n|---|---|---|\n{_formats('doorward.sources.manifests')}"
        f"\n## What is declared\n\n{_DECLARED}| Format | Files | Releases are judged |\n|---|---|---|\n"
        f"{_formats('doorward.sources.declared')}"
        f"\n## What is installed\n\n{_INSTALLED}| What | Files | Releases are judged |\n|---|---|---|\n"
        f"{_formats('doorward.sources.installed')}"
    )


_DECLARED = (
    "These pin nothing, or not all: a folder is read without them, for the lock file beside them says what is "
    "installed. One that is named (`doorward inventory pyproject.toml`) is read, and what it does not pin is a gap.\n\n"
)
_INSTALLED = (
    "`doorward inventory --installed DIR`, `doorward scan --installed DIR` and `doorward exposed` read these. "
    "Nothing is run, and no link is followed.\n\n"
)


def _formats(package: str) -> str:
    return "".join(
        f"| {member.NAME} | {', '.join(f'`{pattern}`' for pattern in member.FILES)}"
        f"{', programs' if hasattr(member, 'MAGIC') else ''} | {_judged(member.TYPE)} |\n"
        for member in sorted(members(package).values(), key=lambda member: member.NAME.lower())
    )


def _judged(type_: str) -> str:
    if not type_:
        return "by the ecosystem of each package"
    return "yes" if registry_of(type_) else "not yet: listed only"


def _name(rule_id: str) -> str:
    return f"{rule_id}.md"


def stale() -> list[str]:
    """Return the names of pages that are missing, differ, or belong to no rule."""
    wanted = pages()
    paths = [*(DOCS / "rules").rglob("*.md"), DOCS / "formats.md"]
    found = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in paths if path.exists()}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write() -> None:
    """Bring the generated pages up to date."""
    wanted = pages()
    for name in stale():
        path = DOCS / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a page is not up to date")
    if not parser.parse_args().check:
        write()
        return 0
    names = stale()
    sys.stderr.writelines(f"docs/{name} is not up to date\n" for name in names)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
