"""CycloneDX 1.6, JSON: the packages with their digests and dependencies, and the vulnerabilities that name them.

The edges are those that the lock files tell and doorward keeps, one path to each package: the document says that its
dependencies are incomplete. A malicious record stands among the vulnerabilities, as a weakness of the kind CWE-506.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from doorward import __version__
from doorward.model.cvss import base_score
from doorward.model.findings import Report
from doorward.model.intelligence import AdvisoryMatch
from doorward.model.severity import of_score, rated
from doorward.outputs._components import HARMFUL, Component, Issue, components, identity, issues
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions
from doorward.outputs._words import iso, summary

NAME = "cyclonedx"
_ALGORITHMS = {
    "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "sha3_256": "SHA3-256", "sha3_384": "SHA3-384", "sha3_512": "SHA3-512",
    "blake2b_256": "BLAKE2b-256", "blake2b_384": "BLAKE2b-384", "blake2b_512": "BLAKE2b-512", "blake2b": "BLAKE2b-512",
    "blake3": "BLAKE3",
}  # fmt: skip
#: Beginning of a vector, and the method that it is of; vectors of CVSS 2 have no prefix.
_METHODS = (("CVSS:4.", "CVSSv4"), ("CVSS:3.1", "CVSSv31"), ("CVSS:3.", "CVSSv3"), ("AV:", "CVSSv2"))
#: Embedded malicious code.
_MALICIOUS = 506
_ROOT = "the-project"
_DEV = frozenset({"dev", "optional", "test"})

Json = dict[str, Any]


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001 - programs get everything
    """Return the bill of materials of what was judged."""
    listed = components(report)
    refs = {component.ref for component in listed}
    dependencies = _dependencies(listed)
    whole: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identity('bom', str(iso(report.observed_at)), *sorted(refs))}",
        "version": 1,
        "metadata": _metadata(report),
        "components": [_component(component) for component in listed],
        "dependencies": dependencies,
        "compositions": [{"aggregate": "incomplete", "dependencies": [edge["ref"] for edge in dependencies]}],
        "vulnerabilities": [_vulnerability(issue, refs) for issue in issues(report)],
    }
    return document(whole)


def _metadata(report: Report) -> Json:
    told = {"verdict": report.verdict.value, "incomplete": str(report.incomplete).lower(), "summary": summary(report)}
    told |= {f"coverage:{line.kind}": f"{line.answered} of {line.of}" for line in report.coverage}
    made: Json = {
        "tools": {"components": [{"type": "application", "name": "doorward", "version": __version__}]},
        "component": {"type": "application", "bom-ref": _ROOT, "name": "project"},
        "properties": _properties(told),
    }
    return ({"timestamp": iso(report.observed_at)} if report.observed_at else {}) | made


def _properties(told: dict[str, str]) -> list[Json]:
    return [{"name": f"doorward:{name}", "value": value} for name, value in told.items()]


def _component(component: Component) -> Json:
    purl, declared = component.purl, component.declared
    made: Json = {"type": "library", "bom-ref": component.ref, "name": purl.name, "purl": component.ref}
    if purl.namespace:
        made["group"] = purl.namespace
    if purl.version:
        made["version"] = purl.version
    told = {"verdict": component.decided.verdict.value} if component.decided else {}
    if declared:
        made["scope"] = "optional" if declared.groups and _DEV.issuperset(declared.groups) else "required"
        told |= {"declared": declared.path} if declared.path else {}
        hashes = {
            (_ALGORITHMS[digest.algorithm], digest.value)
            for digest in declared.digests
            if digest.algorithm in _ALGORITHMS
        }
        if hashes:
            made["hashes"] = [{"alg": alg, "content": content} for alg, content in sorted(hashes)]
    return made | ({"properties": _properties(told)} if told else {})


def _dependencies(listed: Sequence[Component]) -> list[Json]:
    """Return who brings whom: the project its direct dependencies, the last of a path the package behind it.

    Of a package that brings none nothing is said: an empty list would say that it has no dependencies.
    """
    by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for component in listed:
        by_name[component.purl.type, component.purl.full_name].append(component.ref)
    edges: dict[str, set[str]] = {ref: set() for ref in (_ROOT, *(component.ref for component in listed))}
    for component in listed:
        via = component.declared.via if component.declared else ()
        parent = _named(component.purl.type, via[-1], by_name) if via else ""
        if parent:
            edges[parent].add(component.ref)
        elif not component.declared or component.declared.direct is not False:
            edges[_ROOT].add(component.ref)
    return [{"ref": ref, "dependsOn": sorted(brought)} for ref, brought in edges.items() if brought or ref == _ROOT]


def _named(type_: str, text: str, by_name: dict[tuple[str, str], list[str]]) -> str:
    """Return the package that a step of a path names ("name 1.2.0"), "" where there is none or more than one."""
    name, _, version = text.rpartition(" ")
    refs = by_name.get((type_, name or version), [])
    exact = [ref for ref in refs if ref.endswith(f"@{version}")]
    return exact[0] if exact else refs[0] if len(refs) == 1 else ""


def _vulnerability(issue: Issue, refs: set[str]) -> Json:
    match, advisory = issue.match, issue.match.advisory
    made: Json = {
        "bom-ref": f"advisory:{identity('advisory', *match.group, *issue.subjects)}",
        "id": advisory.id,
        "source": {"name": match.provenance.feed},
        "ratings": _ratings(issue),
        "affects": [{"ref": subject} for subject in issue.subjects if subject in refs],
    }
    others = [name for name in match.group if name != advisory.id]
    if others:
        made["references"] = [{"id": name, "source": {"name": match.provenance.feed}} for name in others]
    if advisory.kind in HARMFUL:
        made["cwes"] = [_MALICIOUS]
    if advisory.summary:
        made["description"] = advisory.summary
    if issue.upgrades:
        made["recommendation"] = "; ".join(f"{subject}: upgrade to {version}" for subject, version in issue.upgrades)
    made |= {key: text for key, text in (("published", advisory.published), ("updated", advisory.modified)) if text}
    told = _exploitation(match)
    if told:
        made["properties"] = _properties(told)
    if match.cleared:
        made["analysis"] = {"state": "not_affected", "detail": match.cleared}
    return made


def _exploitation(match: AdvisoryMatch) -> dict[str, str]:
    """Return whether a vulnerability is exploited (KEV), and how likely that is (EPSS): the format has no field."""
    told = {}
    if match.exploited:
        days = {"kev:added": match.exploited.added, "kev:due": match.exploited.due}
        told = {"kev": "true", "kev:ransomware": str(match.exploited.ransomware).lower()}
        told |= {name: day for name, day in days.items() if day}
    if match.likelihood:
        told |= {"epss": str(match.likelihood.probability), "epss:percentile": str(match.likelihood.percentile)}
    return told


def _ratings(issue: Issue) -> list[Json]:
    """Return a rating for each vector, each with its own score; else the feed's word, "unknown" where it has none."""
    advisory = issue.match.advisory
    if advisory.kind in HARMFUL:
        return [{"severity": "critical", "method": "other"}]
    vectors = [_rating(score.vector) for score in advisory.scores]
    word, told, _ = rated(advisory)
    return vectors or [{"severity": word.word if told else "unknown", "method": "other"}]


def _rating(vector: str) -> Json:
    method = next((method for start, method in _METHODS if vector.startswith(start)), "other")
    score = base_score(vector)
    if score is None:
        return {"severity": "unknown", "method": method, "vector": vector}
    word = of_score(score).word if score else "none"
    return {"score": score, "severity": word, "method": method, "vector": vector}
