"""Print what a rule catches, why it matters, what to do, and how often it is wrong; without a rule, list them all."""

from __future__ import annotations

import argparse
import difflib
import sys

from doorward.errors import UsageError
from doorward.model.catalog import CATALOG
from doorward.rules import LoadedRule, all_rules

HELP = "what a rule means (without one: the list of rules)"
EXAMPLES = """\
examples:
  doorward explain
  doorward explain registry/new-install-hook
  doorward explain coverage
"""
COVERAGE = """\
Coverage: what was looked at

Every report says for each kind of evidence how many packages had an answer, and why the others had none:

  known malware   hashes and releases that a feed calls malicious
  what changed    the contents of a release against the release before it
  who published   publisher, provenance and time of publication, as the index tells them
  source          the release against its repository: tag, commits, people and keys

A package counts where every rule of that kind had an answer. A rule without an answer is a gap. A gap of a required
rule makes the package NOT EVALUATED (exit 3): doorward never calls clean what it did not look at.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("rule", metavar="RULE", nargs="?", help="a rule's id, or 'coverage'")


def run(options: argparse.Namespace) -> int:
    """Print a page, or the list."""
    if options.rule is None:
        text = _list()
    elif options.rule == "coverage":
        text = COVERAGE
    else:
        text = _page(options.rule)
    sys.stdout.write(text)
    return 0


def _page(rule_id: str) -> str:
    loaded = all_rules().get(rule_id)
    if loaded is None:
        close = difflib.get_close_matches(rule_id, all_rules(), n=1)
        meant = f"; did you mean {close[0]!r}?" if close else "; 'doorward explain' lists them"
        raise UsageError(f"no rule {rule_id!r}{meant}")
    rule, needs = loaded.rule, ", ".join(loaded.rule.needs) or "nothing"
    entry = CATALOG[rule.detection]
    facts = (
        ("detection", f"{entry.id} {entry.name}"),
        ("family", f"{rule.family.word}, counted under {rule.family.coverage.replace('-', ' ')}"),
        ("strength", f"{rule.strength.word}, severity {rule.severity.word}"),
        ("needs", needs + (" (required)" if rule.required else "")),
    )
    lines = "\n".join(f"  {label:<10} {value}" for label, value in facts)
    return f"{loaded.id}\n\n{loaded.page.strip()}\n\n{lines}\n"


def _list() -> str:
    width = max(map(len, all_rules()))
    return "\n".join(_line(loaded, width) for loaded in all_rules().values()) + "\n"


def _line(loaded: LoadedRule, width: int) -> str:
    return f"{loaded.id:<{width}}  {loaded.rule.strength.word:<10}  {loaded.title}"
