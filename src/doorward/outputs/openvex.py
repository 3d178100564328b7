"""OpenVEX 0.2.0: which vulnerabilities and malicious records affect the releases, and what to do; source: openvex.dev.

What a VEX statement or the policy cleared is passed on as not affected, with the reason as it was given. Everything
else is affected as far as its version goes: whether the project can be reached is for its people to say.
"""

from __future__ import annotations

from typing import Any

from doorward import __version__
from doorward.model.findings import Report
from doorward.outputs._components import HARMFUL, Issue, identity, issues
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._words import iso

NAME = "openvex"
#: The standard's words for why a product is not affected (section "Status Justifications"); CSAF has the same.
JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
_EPOCH = "1970-01-01T00:00:00+00:00"


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001 - programs get everything
    """Return one statement for each advisory that names a release."""
    made = iso(report.observed_at) or _EPOCH
    statements = [_statement(issue) for issue in issues(report)]
    names = [name for statement in statements for name in (statement["vulnerability"]["name"], statement["status"])]
    whole = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"urn:uuid:{identity('openvex', made, *names)}",
        "author": "doorward",
        "role": "scanner",
        "timestamp": made,
        "version": 1,
        "tooling": f"doorward {__version__}",
        "statements": statements,
    }
    return document(whole)


def _statement(issue: Issue) -> dict[str, Any]:
    match, advisory = issue.match, issue.match.advisory
    others = [name for name in match.group if name != advisory.id]
    named: dict[str, Any] = {"name": advisory.id} | ({"aliases": others} if others else {})
    if advisory.summary:
        named["description"] = advisory.summary
    made = {
        "vulnerability": named,
        "products": [{"@id": subject, "identifiers": {"purl": subject}} for subject in issue.subjects],
    }
    if match.cleared:
        return made | {"status": "not_affected"} | _why(match.cleared)
    return made | {"status": "affected", "action_statement": _action(issue)}


def _why(cleared: str) -> dict[str, str]:
    """Return a reason by the standard's word for it, where it begins with one, and what else is said."""
    word, _, rest = cleared.partition(": ")
    if word not in JUSTIFICATIONS:
        return {"impact_statement": cleared}
    return {"justification": word} | ({"impact_statement": rest} if rest else {})


def _action(issue: Issue) -> str:
    if issue.match.advisory.kind in HARMFUL:
        return "Remove it. Machines that installed it: isolate, look for what was left behind, then rotate secrets."
    if issue.upgrades:
        return "; ".join(f"Upgrade {subject} to {version} or later" for subject, version in issue.upgrades) + "."
    return "No version is named that is free of it: replace it, or say why it does no harm."
