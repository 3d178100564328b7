"""The JSON report is what its published schema says, in an order that does not depend on chance."""

import json
import random
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from doorward import __version__
from doorward.model.advisories import Kind
from doorward.model.findings import Family, Report, Severity, Strength, Verdict
from doorward.outputs import RenderOptions, inventory_json, render
from tests.outputs.inventories import INVENTORY
from tests.outputs.known import VECTOR, known
from tests.outputs.reports import REPORTS, clean, hold, mixed, witnesses
from tests.outputs.runs import RUNS
from tests.outputs.strategies import reports

EVERY = REPORTS | RUNS
SCHEMA = json.loads(files("doorward.outputs").joinpath("report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def rendered(report: Report) -> dict:
    return json.loads(render("json", report, RenderOptions()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", EVERY)
def test_every_report_fits_the_schema(name: str) -> None:
    VALIDATOR.validate(rendered(EVERY[name]()))


@settings(max_examples=50, deadline=None)
@given(reports)
def test_any_report_fits_the_schema(report: Report) -> None:
    VALIDATOR.validate(rendered(report))


def objects(schema: object) -> list[dict]:
    if isinstance(schema, dict):
        own = [schema] if "object" in schema.get("type", ()) else []
        return own + [found for item in schema.values() for found in objects(item)]
    return [found for item in schema for found in objects(item)] if isinstance(schema, list) else []


def test_the_schema_fixes_every_key() -> None:
    found = objects(SCHEMA)
    assert len(found) >= 8
    for item in found:
        if item["additionalProperties"] == {"$ref": "#/$defs/count"}:
            continue  # counts by a word that is data
        assert item["additionalProperties"] is False
        # A report about a run has three keys more, all of them or none; one of a replayed history has its alerts.
        more = {"run", "libraries", "connections", "alerts"} if item is SCHEMA else set()
        assert set(item["required"]) | more == set(item["properties"])


def test_the_words_of_the_schema_are_those_of_the_model() -> None:
    finding = SCHEMA["$defs"]["finding"]["properties"]
    assert SCHEMA["$defs"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert finding["strength"]["enum"] == [strength.word for strength in Strength]
    assert SCHEMA["$defs"]["severity"]["enum"] == [severity.word for severity in Severity]
    kinds = SCHEMA["properties"]["advisories"]["items"]["properties"]["kind"]["enum"]
    assert kinds == [kind.value for kind in Kind]
    assert finding["family"]["enum"] == [family.word for family in Family]


def test_what_it_says() -> None:
    report = rendered(mixed())
    assert report["tool"] == {"name": "doorward", "version": __version__}
    assert report["technique"] == "AT-RD004.001"
    assert (report["verdict"], report["incomplete"], report["until"]) == ("block", True, None)
    assert report["counts"] == {"packages": 80, "evaluated": 1234, "unverifiable": 0}
    assert report["subjects"][0] == {
        "subject": "pkg:pypi/examplelib@4.1.1",
        "verdict": "block",
        "via": ["your-app", "richer-cli 1.2.0"],
        "related": [],
    }
    assert len(report["subjects"]) == 80
    assert report["findings"][0]["evidence"][0] == {
        "label": "file",
        "value": "examplelib_init.pth, 34 kB, imports socket",
        "where": "examplelib_init.pth:1",
        "baseline": "no .pth in 4.0.0 ... 4.1.0",
    }
    assert report["findings"][0]["fingerprint"] == mixed().findings[4].fingerprint
    assert len(report["gaps"]) == 4


def test_advisories_come_with_what_is_told_of_their_exploitation() -> None:
    report = rendered(known())
    VALIDATOR.validate(report)
    told = {item["id"]: item for item in report["advisories"]}
    assert list(told) == ["MAL-2026-1", "GHSA-1", "GHSA-2"]
    assert told["GHSA-1"]["kev"] == {"added": "2026-05-01", "due": "2026-05-22", "ransomware": True}
    assert told["GHSA-1"]["epss"] == {"probability": 0.00043, "percentile": 0.08}
    assert (told["GHSA-1"]["names"], told["GHSA-1"]["vectors"]) == (["CVE-2026-1111", "GHSA-1"], [VECTOR])
    assert (told["GHSA-2"]["kev"], told["GHSA-2"]["epss"]) == (None, None)
    assert told["GHSA-2"]["cleared"] == "vex.json: never called"


def test_the_end_of_a_hold_is_iso_8601() -> None:
    assert rendered(hold())["until"] == "2026-06-04T07:00:00+00:00"


def test_an_allowance_is_shown_with_its_reason_and_end() -> None:
    allowed = [finding["allowed"] for finding in rendered(clean())["findings"]]
    assert {"reason": "became native in 2.0.0, announced and reviewed", "until": "2027-01-31"} in allowed
    assert allowed.count(None) == 2


def test_the_worst_stands_first() -> None:
    report = rendered(witnesses())
    assert [subject["verdict"] for subject in report["subjects"][:3]] == ["block", "hold", "clean"]
    assert [finding["strength"] for finding in report["findings"]] == [
        "conclusive",
        "strong",
        "weak",
        "context",
        "strong",
    ]


@pytest.mark.parametrize("name", EVERY)
def test_the_order_does_not_depend_on_that_of_the_report(name: str) -> None:
    report, chance = EVERY[name](), random.Random(7)
    shuffled = replace(
        report,
        subjects=tuple(chance.sample(report.subjects, len(report.subjects))),
        findings=tuple(chance.sample(report.findings, len(report.findings))),
        gaps=tuple(chance.sample(report.gaps, len(report.gaps))),
    )
    for format_ in ("json", "sarif", "human", "markdown", "github"):
        options = RenderOptions(verbosity=1)
        assert render(format_, shuffled, options) == render(format_, report, options)


def test_an_inventory() -> None:
    document = json.loads(inventory_json(INVENTORY))
    assert set(document) == {"schema", "packages", "gaps"}
    assert document["schema"] == 1
    packages = {package["name"]: package for package in document["packages"]}
    assert packages["alpha"] == {
        "purl": "pkg:pypi/alpha@1.0",
        "name": "alpha",
        "version": "1.0",
        "ecosystem": "PyPI",
        "path": "uv.lock",
        "groups": [],
        "digests": ["sha256:" + "a" * 64],
        "commit": "",
        "direct": True,
        "source": "registry",
    }
    assert (packages["@scope/beta"]["ecosystem"], packages["@scope/beta"]["groups"]) == ("npm", ["dev"])
    assert (packages["gamma"]["version"], packages["gamma"]["direct"]) == ("", None)
    assert (packages["delta"]["source"], packages["delta"]["commit"]) == ("git", "c" * 40)
    assert document["gaps"][0] == {
        "path": "requirements.txt",
        "line": 3,
        "entry": "gamma>=1",
        "reason": "no version is pinned",
    }
