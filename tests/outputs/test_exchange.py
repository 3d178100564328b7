"""Outputs for other programs: CycloneDX by its own schema, OpenVEX and STIX by our own readers, the ATT&CK layer."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from doorward.model.advisories import Kind, Score
from doorward.model.catalog import ATTACK_TECHNIQUES
from doorward.model.findings import Report
from doorward.model.intelligence import Indicator
from doorward.model.vex import Statement
from doorward.outputs import RenderOptions, render
from doorward.sources.feeds import read_feed
from doorward.sources.vex import read_vex
from tests.outputs.known import FLAWED, SHA256, VECTOR, known, match, told
from tests.outputs.reports import BAD, REPORTS
from tests.outputs.strategies import reports

#: The schemas of CycloneDX 1.6, read as files of a pinned distribution that is never imported.
SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in metadata.files("cyclonedx-python-lib") or ()
    if path.name in {"bom-1.6.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"}
}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())
CYCLONEDX = Draft7Validator(SCHEMAS["bom-1.6.SNAPSHOT.schema.json"], registry=REGISTRY)
EXCHANGE = ("cyclonedx", "openvex", "stix", "attack-layer")
SOME = settings(max_examples=15, deadline=None)


def drawn(name: str, report: Report) -> dict:
    return json.loads(render(name, report, RenderOptions()))


@pytest.mark.parametrize("name", EXCHANGE)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert render(name, known(), RenderOptions()) == render(name, known(), RenderOptions())


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits_cyclonedx(name: str) -> None:
    CYCLONEDX.validate(drawn("cyclonedx", REPORTS[name]()))


@SOME
@given(reports)
def test_any_report_can_be_exchanged(report: Report) -> None:
    CYCLONEDX.validate(drawn("cyclonedx", report))
    check_stix(drawn("stix", report))
    assert drawn("openvex", report)["statements"] == []
    check_layer(drawn("attack-layer", report))


def test_a_bill_of_materials() -> None:
    bom = drawn("cyclonedx", known())
    CYCLONEDX.validate(bom)
    components = {item["bom-ref"]: item for item in bom["components"]}
    assert sorted(components) == [FLAWED, "pkg:pypi/app@1.0", BAD]
    assert components[BAD]["hashes"] == [{"alg": "SHA-256", "content": SHA256}]
    assert (components[FLAWED]["group"], components[FLAWED]["scope"]) == ("@scope", "optional")
    edges = {item["ref"]: item["dependsOn"] for item in bom["dependencies"]}
    assert edges["pkg:pypi/app@1.0"] == [BAD]
    assert edges["the-project"] == [FLAWED, "pkg:pypi/app@1.0"]
    # An empty list would say that a package has no dependencies.
    assert set(edges) == {"the-project", "pkg:pypi/app@1.0"}
    assert bom["compositions"] == [{"aggregate": "incomplete", "dependencies": list(edges)}]
    flaws = {item["id"]: item for item in bom["vulnerabilities"]}
    assert flaws["MAL-2026-1"]["cwes"] == [506]
    assert flaws["MAL-2026-1"]["affects"] == [{"ref": BAD}]
    assert flaws["GHSA-1"]["ratings"][0]["method"] == "CVSSv31"
    assert flaws["GHSA-1"]["recommendation"] == f"{FLAWED}: upgrade to 1.0.5"
    assert [item["id"] for item in flaws["GHSA-1"]["references"]] == ["CVE-2026-1111"]
    assert {item["name"]: item["value"] for item in flaws["GHSA-1"]["properties"]} == {
        "doorward:kev": "true",
        "doorward:kev:ransomware": "true",
        "doorward:kev:added": "2026-05-01",
        "doorward:kev:due": "2026-05-22",
        "doorward:epss": "0.00043",
        "doorward:epss:percentile": "0.08",
    }
    assert "properties" not in flaws["GHSA-2"]
    assert flaws["GHSA-2"]["analysis"] == {"state": "not_affected", "detail": "vex.json: never called"}


LOW4 = "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
NONE3 = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"
RATINGS = {
    "each vector has its own score": (
        (VECTOR, LOW4, NONE3, "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        "high",
        [("critical", "CVSSv31", 9.8), ("low", "CVSSv4", 1.0), ("none", "CVSSv3", 0.0), ("high", "CVSSv2", 7.5)],
    ),
    "a vector that cannot be read": (("CVSS:3.1/AV:?",), "", [("unknown", "CVSSv31", None)]),
    "a word": ((), "moderate", [("medium", "other", None)]),
    "nothing": ((), "", [("unknown", "other", None)]),
}


@pytest.mark.parametrize("name", RATINGS)
def test_what_nobody_rated_is_unknown_and_each_vector_has_its_own_rating(name: str) -> None:
    vectors, word, expected = RATINGS[name]
    one = match("GHSA-1", Kind.VULNERABILITY)
    advisory = replace(one.advisory, scores=tuple(Score("CVSS", vector) for vector in vectors), severity=word)
    bom = drawn("cyclonedx", replace(known(), intelligence=((FLAWED, told(replace(one, advisory=advisory))),)))
    CYCLONEDX.validate(bom)
    (flaw,) = bom["vulnerabilities"]
    assert [(item["severity"], item["method"], item.get("score")) for item in flaw["ratings"]] == expected


@pytest.mark.parametrize("name", ["openvex", "cyclonedx"])
def test_what_was_cleared_is_read_again_as_cleared(name: str) -> None:
    items = read_vex(render(name, known(), RenderOptions()).encode(), "out.json")
    statements = {item.vulnerabilities[0]: item for item in items if isinstance(item, Statement)}
    assert len(items) == len(statements)
    assert (statements["GHSA-2"].status, statements["GHSA-2"].reason) == ("not_affected", "vex.json: never called")
    if name == "openvex":
        assert {statements[id_].status for id_ in ("GHSA-1", "MAL-2026-1")} == {"affected"}
        assert all(
            item.get("action_statement") for item in drawn(name, known())["statements"] if item["status"] == "affected"
        )


#: Why an advisory was cleared, and what a statement says of it.
CLEARED = {
    "never called": {"impact_statement": "never called"},
    "component_not_present": {"justification": "component_not_present"},
    "inline_mitigations_already_exist: a guard: see #7": {
        "justification": "inline_mitigations_already_exist",
        "impact_statement": "a guard: see #7",
    },
    "code_not_present: never called": {"impact_statement": "code_not_present: never called"},
}


@pytest.mark.parametrize("cleared", CLEARED)
def test_a_reason_is_written_by_the_word_of_the_standard(cleared: str) -> None:
    told_of = told(match("GHSA-2", Kind.VULNERABILITY, cleared=cleared))
    made = render("openvex", replace(known(), intelligence=((FLAWED, told_of),)), RenderOptions())
    (statement,) = json.loads(made)["statements"]
    assert statement["status"] == "not_affected"
    assert {key: statement[key] for key in ("justification", "impact_statement") if key in statement} == CLEARED[
        cleared
    ]
    (item,) = (item for item in read_vex(made.encode(), "out.json") if isinstance(item, Statement))
    assert item.reason == cleared


ID = re.compile(r"[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: Markings that the standard predefines need not stand in the bundle.
PREDEFINED = "marking-definition--"


def check_stix(bundle: dict) -> None:
    """Hold a bundle against what every object of STIX 2.1 needs, and every reference against the bundle."""
    there = {item["id"] for item in bundle["objects"]}
    assert len(there) == len(bundle["objects"])
    for item in bundle["objects"]:
        assert ID.fullmatch(item["id"])
        assert item["id"].startswith(item["type"] + "--")
        assert item["spec_version"] == "2.1"
        for key, value in item.items():
            if key in {"created", "modified", "valid_from", "valid_until"} or key.startswith(("first_", "last_")):
                assert TIME.fullmatch(value)
            if key.endswith(("_ref", "_refs")):
                references = value if isinstance(value, list) else [value]
                assert [ref for ref in references if ref not in there and not ref.startswith(PREDEFINED)] == []


def test_stix_has_indicators_sightings_and_vulnerabilities(tmp_path: Path) -> None:
    bundle = drawn("stix", known())
    check_stix(bundle)
    by_type: dict[str, list[dict]] = {}
    for item in bundle["objects"]:
        by_type.setdefault(item["type"], []).append(item)
    patterns = {item["pattern"] for item in by_type["indicator"]}
    software = "[software:name = 'examplelib' AND software:version = '4.1.1']"
    assert f"{software} OR [file:hashes.'SHA-256' = '{SHA256}']" in patterns
    assert r"[url:value = 'https://evil.invalid/it\'s']" in patterns
    assert "[ipv4-addr:value = '192.0.2.7']" in patterns
    assert len(by_type["sighting"]) == len(by_type["indicator"]) == 5
    assert [item["name"] for item in by_type["vulnerability"]] == ["GHSA-1", "GHSA-2"]
    assert len(by_type["attack-pattern"]) == len(ATTACK_TECHNIQUES)
    (marked,) = [item for item in by_type["indicator"] if "object_marking_refs" in item]
    assert (marked["pattern"], marked["confidence"]) == ("[domain-name:value = 'evil.invalid']", 80)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))
    read = {(item.kind, item.value) for item in read_feed(path) if isinstance(item, Indicator)}
    assert {("sha256", SHA256), ("domain", "evil.invalid"), ("url", "https://evil.invalid/it's")} <= read
    ((name, fields),) = [(item["name"], item) for item in by_type["indicator"] if item["pattern"].startswith(software)]
    path.write_text(json.dumps(bundle | {"objects": [fields]}))
    assert (name, [item.value for item in read_feed(path) if isinstance(item, Indicator)]) == (BAD, [SHA256])


def test_an_object_is_created_once_and_modified_by_each_report() -> None:
    first, later = known(), replace(known(), observed_at=datetime(2027, 1, 2, tzinfo=UTC))
    before, after = ({item["id"]: item for item in drawn("stix", report)["objects"]} for report in (first, later))
    same = {id_ for id_ in before.keys() & after.keys() if "created" in before[id_]}
    assert {before[id_]["type"] for id_ in same} >= {"identity", "indicator", "vulnerability", "relationship"}
    assert all(before[id_]["created"] == after[id_]["created"] <= before[id_]["modified"] for id_ in same)
    assert {after[id_]["modified"] for id_ in same} == {"2027-01-02T00:00:00.000Z"}


def check_layer(layer: dict) -> None:
    assert layer["versions"]["layer"] == "4.5"
    assert layer["domain"] == "enterprise-attack"
    assert [item["techniqueID"] for item in layer["techniques"]] == list(ATTACK_TECHNIQUES)
    assert all(0 <= item["score"] <= 100 for item in layer["techniques"])


def test_a_layer_is_as_red_as_the_worst_subject() -> None:
    layer = drawn("attack-layer", known())
    check_layer(layer)
    assert {item["score"] for item in layer["techniques"]} == {100}
    assert layer["techniques"][0]["comment"] == f"BLOCK {BAD}"
    assert layer["techniques"][0]["metadata"] == [{"name": "DS0050 Package Registry", "value": "1 finding"}]
    scores = {name: drawn("attack-layer", REPORTS[name]())["techniques"][0]["score"] for name in REPORTS}
    assert (scores["clean"], scores["hold"], scores["not-evaluated"]) == (0, 75, 25)


def test_only_what_is_malicious_is_called_so() -> None:
    kinds = {match.advisory.kind for _, told in known().intelligence for match in told.advisories}
    assert kinds == {Kind.MALICIOUS, Kind.VULNERABILITY}
    named = [item for item in drawn("stix", known())["objects"] if item["type"] == "indicator"]
    assert not any(FLAWED in item["name"] for item in named)
