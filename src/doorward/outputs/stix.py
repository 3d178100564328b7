"""STIX 2.1: indicators of the releases that are malicious or stopped, their sightings here, and vulnerabilities.

Ids are UUIDs of version 5, so that the same thing has the same id in every bundle; those of observables are made as the
standard says (section 2.9). An indicator that came under a TLP keeps its marking. Source: OASIS STIX 2.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from doorward.model.catalog import ATTACK_TECHNIQUES, TECHNIQUE, TECHNIQUE_NAME
from doorward.model.findings import Report, Verdict
from doorward.model.intelligence import IndicatorMatch
from doorward.model.purl import Purl
from doorward.outputs._components import HARMFUL, Component, Issue, components, identity, issues
from doorward.outputs._document import document
from doorward.outputs._options import RenderOptions

NAME = "stix"
#: The namespace of observables' ids, from section 2.9 of the standard.
_OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
_HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
_ADDRESSES = {"domain": "domain-name:value", "url": "url:value"}
#: Marking definitions that the standard predefines (section 7.2.1.4).
_TLP = {
    "clear": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
#: When ids were first given: all versions of an object have the same moment of creation (section 3.6.2).
_FIRST = "2026-01-01T00:00:00.000Z"
_STOPPED = frozenset({Verdict.BLOCK, Verdict.HOLD})

Json = dict[str, Any]


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001 - programs get everything
    """Return a bundle of what is known to be bad, or was stopped, among the releases of a report."""
    bundle = _Bundle(_time(report.observed_at))
    listed = {component.ref: component for component in components(report)}
    named: dict[str, list[Issue]] = {}
    for issue in issues(report):
        if issue.match.advisory.kind not in HARMFUL:
            bundle.vulnerability(issue, listed)
        for subject in issue.subjects if issue.match.advisory.kind in HARMFUL else ():
            named.setdefault(subject, []).append(issue)
    for ref, component in listed.items():
        stopped = component.decided is not None and component.decided.verdict in _STOPPED
        if ref in named or stopped:
            why = [finding.message for finding in report.findings if finding.subject == ref and not finding.allowed]
            bundle.release(component, named.get(ref, []), " ".join(why))
    for subject, told in report.intelligence:
        for match in told.indicators:
            bundle.indicator(subject, match)
    objects = list(bundle.objects.values())
    return document({"type": "bundle", "id": f"bundle--{identity('bundle', *bundle.objects)}", "objects": objects})


class _Bundle:
    """Objects by their ids: what is named twice stands once."""

    def __init__(self, now: str) -> None:
        self._now = now
        self.objects: dict[str, Json] = {}
        self._author = self._add("identity", "doorward", {"name": "doorward", "identity_class": "system"})

    def _add(self, type_: str, key: str, fields: Json) -> str:
        id_ = f"{type_}--{identity(type_, key)}"
        own = {} if type_ == "identity" else {"created_by_ref": self._author}
        times = {"created": _FIRST, "modified": max(_FIRST, self._now)}
        self.objects.setdefault(id_, {"type": type_, "spec_version": "2.1", "id": id_} | own | times | fields)
        return id_

    def _observable(self, type_: str, fields: Json) -> str:
        # RFC 8785: sorted keys, no blanks, UTF-8.
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        id_ = f"{type_}--{uuid5(_OBSERVABLES, text.encode('utf-8', 'backslashreplace').decode())}"
        self.objects.setdefault(id_, {"type": type_, "spec_version": "2.1", "id": id_} | fields)
        return id_

    def _software(self, purl: Purl) -> str:
        return self._observable("software", {"name": purl.full_name, "version": purl.version or "unknown"})

    def release(self, component: Component, named: list[Issue], why: str) -> None:
        """Add a release that is known to be bad, or that was stopped, and that it was seen here."""
        purl = component.purl
        references = [_reference(issue) for issue in named]
        fields: Json = {
            "name": component.ref,
            "description": why or "A feed calls this release malicious.",
            "indicator_types": ["malicious-activity" if named else "anomalous-activity"],
            "pattern": _pattern(component),
            "pattern_type": "stix",
            "valid_from": self._now,
        }
        if references:
            fields["external_references"] = references
        indicator = self._add("indicator", f"release {component.ref}", fields)
        for technique in self._techniques():
            self._relate(indicator, "indicates", technique)
        if purl.version:
            self._sighted(indicator, component.ref, [self._software(purl)])

    def indicator(self, subject: str, match: IndicatorMatch) -> None:
        """Add an indicator of a feed that a release met."""
        found = match.indicator
        pattern = _value_pattern(found.kind, found.value)
        if not pattern:
            return
        fields: Json = {
            "name": f"{found.kind} {found.value}",
            "description": f"{found.note or 'An indicator of an imported feed'}; met in {match.where}",
            "indicator_types": ["malicious-activity"],
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": _moment(found.seen) or self._now,
            "external_references": [_named(match.provenance.feed, match.provenance.record)],
        }
        until = _moment(found.valid_until)
        if until and until > fields["valid_from"]:
            fields["valid_until"] = until
        if found.confidence is not None:
            fields["confidence"] = min(max(found.confidence, 0), 100)
        if found.tlp.partition("+")[0] in _TLP:
            fields["object_marking_refs"] = [_TLP[found.tlp.partition("+")[0]]]
        id_ = self._add("indicator", f"{found.kind} {found.value} {match.provenance.feed}", fields)
        seen = self._observable("software", {"name": subject})
        self._sighted(id_, subject, [seen])

    def vulnerability(self, issue: Issue, listed: dict[str, Component]) -> None:
        """Add a vulnerability and the releases that have it."""
        advisory = issue.match.advisory
        fields: Json = {"name": advisory.id, "external_references": [_reference(issue), *_cves(issue)]}
        if advisory.summary:
            fields["description"] = advisory.summary
        id_ = self._add("vulnerability", advisory.id, fields)
        for subject in issue.subjects:
            if subject in listed and not issue.match.cleared:
                self._relate(self._software(listed[subject].purl), "related-to", id_)

    def _relate(self, source: str, how: str, target: str) -> None:
        fields = {"relationship_type": how, "source_ref": source, "target_ref": target}
        self._add("relationship", f"{source} {how} {target}", fields)

    def _sighted(self, indicator: str, subject: str, observed: list[str]) -> None:
        times = {"first_observed": self._now, "last_observed": self._now, "number_observed": 1}
        data = self._add("observed-data", f"{subject} {self._now}", times | {"object_refs": observed})
        fields = {
            "sighting_of_ref": indicator,
            "observed_data_refs": [data],
            "where_sighted_refs": [self._author],
            "first_seen": self._now,
            "last_seen": self._now,
            "count": 1,
        }
        self._add("sighting", f"{indicator} {subject} {self._now}", fields)

    def _techniques(self) -> Iterator[str]:
        for technique in ATTACK_TECHNIQUES:
            url = f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}"
            reference = {"source_name": "mitre-attack", "external_id": technique, "url": url}
            name = f"{TECHNIQUE_NAME} ({TECHNIQUE}, {technique})"
            yield self._add("attack-pattern", technique, {"name": name, "external_references": [reference]})


def _pattern(component: Component) -> str:
    """Return the pattern of a release: its name and version, or any of the digests that are declared of its files."""
    purl = component.purl
    terms = [f"[software:name = {_quoted(purl.full_name)}"]
    terms[0] += f" AND software:version = {_quoted(purl.version)}]" if purl.version else "]"
    digests = component.declared.digests if component.declared else ()
    terms += [_value_pattern(digest.algorithm, digest.value) for digest in digests]
    return " OR ".join(dict.fromkeys(filter(None, terms)))


def _value_pattern(kind: str, value: str) -> str:
    if kind in _HASHES:
        return f"[file:hashes.'{_HASHES[kind]}' = {_quoted(value)}]"
    if kind == "ip":
        return f"[ipv{6 if ':' in value else 4}-addr:value = {_quoted(value)}]"
    return f"[{_ADDRESSES[kind]} = {_quoted(value)}]" if kind in _ADDRESSES else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _reference(issue: Issue) -> Json:
    return _named(issue.match.provenance.feed, issue.match.advisory.id)


def _named(feed: str, record: str) -> Json:
    return {"source_name": feed or "a feed"} | ({"external_id": record} if record else {"description": "as imported"})


def _cves(issue: Issue) -> Iterator[Json]:
    for name in issue.match.group:
        if _CVE.fullmatch(name):
            yield {"source_name": "cve", "external_id": name}


def _time(moment: datetime | None) -> str:
    return f"{(moment or datetime.fromtimestamp(0, UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _moment(text: str) -> str:
    """Return a stamp with its milliseconds, "" where there is none."""
    return f"{text[:-1]}.000Z" if text.endswith("Z") else ""
