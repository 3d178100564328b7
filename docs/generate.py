#!/usr/bin/env python3
"""Write docs/rules/ from the rules' docstrings: ``python docs/generate.py [--check]``.

With ``--check`` nothing is written, and the exit code is 1 where a page is missing, stale, or of a rule that is gone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from doorward.model.catalog import CATALOG
from doorward.rules import LoadedRule, all_rules

PAGES = Path(__file__).parent / "rules"


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
    return {"README.md": index(rules)} | {_name(loaded.id): page(loaded) for loaded in rules.values()}


def _name(rule_id: str) -> str:
    return f"{rule_id}.md"


def stale() -> list[str]:
    """Return the names of pages that are missing, differ, or belong to no rule."""
    wanted = pages()
    found = {str(path.relative_to(PAGES)): path.read_text(encoding="utf-8") for path in PAGES.rglob("*.md")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write() -> None:
    """Bring docs/rules/ up to date."""
    wanted = pages()
    for name in stale():
        path = PAGES / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Write docs/rules/ from the rules' docstrings.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a page is not up to date")
    if not parser.parse_args().check:
        write()
        return 0
    names = stale()
    sys.stderr.writelines(f"docs/rules/{name} is not up to date\n" for name in names)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
