"""CycloneDX 1.4 to 1.7, VEX inside an SBOM or by itself: cyclonedx.org."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doorward.model.advisories import stamp
from doorward.model.intelligence import Refused
from doorward.model.vex import Statement
from doorward.sources.vex._values import because, entries, item, objects, purls, text

NAME = "CycloneDX"
#: States of an analysis and what they mean.
_STATES = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
}


def sniff(document: Mapping[str, Any]) -> bool:
    """Whether a document is CycloneDX's and speaks of vulnerabilities."""
    return document.get("bomFormat") == "CycloneDX" and isinstance(document.get("vulnerabilities"), list)


def parse(document: Mapping[str, Any]) -> Iterator[Statement | Refused]:
    """Yield a statement for each component that a vulnerability with an analysis affects."""
    packages = _packages(document)
    made = stamp(item(document.get("metadata")).get("timestamp"))
    for number, entry in enumerate(entries(document.get("vulnerabilities"))):
        analysis = item(entry.get("analysis"))
        status = _STATES.get(text(analysis.get("state")))
        if status is None:
            continue  # the vulnerability is listed, and nobody has judged it
        names = tuple(
            dict.fromkeys(filter(None, (text(e.get("id")) for e in (entry, *objects(entry.get("references"))))))
        )
        reason = because(text(analysis.get("justification")), text(analysis.get("detail")))
        when = stamp(analysis.get("lastUpdated")) or stamp(entry.get("updated")) or made
        for affected in objects(entry.get("affects")):
            found = purls(_named(text(affected.get("ref")), packages))
            if not names or not found:
                yield Refused(f"vulnerabilities[{number}]", "no id, or a component without a package URL")
                continue
            versions = objects(affected.get("versions"))
            told = tuple(text(version.get("version")) for version in versions if version.get("version"))
            if len(told) < len(versions):
                yield Refused(f"vulnerabilities[{number}]", "a range of versions: only single ones are read")
            if told or not versions:
                yield Statement(names, found, status, reason, when, told)


def _packages(document: Mapping[str, Any]) -> dict[str, object]:
    """Return the package URL of each component by its reference, nested components too."""
    found: dict[str, object] = {}
    pending = [item(item(document.get("metadata")).get("component")), *objects(document.get("components"))]
    while pending:
        component = pending.pop()
        pending += objects(component.get("components"))
        found[text(component.get("bom-ref"))] = component.get("purl")
    return found


def _named(reference: str, packages: Mapping[str, object]) -> Iterator[object]:
    """Yield what a reference names: a component here, one of another document behind a "#", or a package URL."""
    inner = reference.partition("#")[2]
    yield from (packages.get(reference), packages.get(inner), reference, inner)
