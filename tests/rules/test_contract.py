"""Every rule keeps its contract: a page, needs that exist, cases that fire and that rest, and no look outside."""

import ast
import importlib
import importlib.util
import re
import sys
import typing
from pathlib import Path
from types import ModuleType

import pytest

from doorward.engine.run import ask
from doorward.model.catalog import CATALOG
from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.rules import LoadedRule, all_rules

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "src" / "doorward" / "rules"
SECTIONS = ("What it catches", "Why it matters", "What to do", "False alarms")
#: What a pure function of facts may import.
HARMLESS = {
    "__future__", "base64", "bisect", "collections", "dataclasses", "datetime", "enum", "fnmatch", "functools", "hashlib",
    "heapq", "ipaddress", "itertools", "math", "operator", "re", "statistics", "string", "textwrap", "types", "typing",
    "unicodedata", "urllib.parse",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
BUILTINS = {"open", "exec", "eval", "compile", "print", "input", "__import__", "globals", "breakpoint"}

RULES = list(all_rules().values())
every_rule = pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.id)


def cases(rule_id: str) -> ModuleType:
    return importlib.import_module(f"tests.rules.{rule_id.replace('/', '.').replace('-', '_')}")


def all_cases(kind: str) -> list[typing.Any]:
    return [
        pytest.param(loaded, name, case, id=f"{loaded.id}: {name}")
        for loaded in RULES
        for name, case in getattr(cases(loaded.id), kind, {}).items()
    ]


def answers(loaded: LoadedRule, subject: typing.Any) -> tuple[list[Strength], list[str]]:
    said = ask(subject, [loaded], lambda _, rule: rule.required)
    return [finding.strength for finding in said.findings], [gap.reason for gap in said.gaps]


@every_rule
def test_the_page_has_its_sections(loaded: LoadedRule) -> None:
    title, gap, *_ = loaded.page.split("\n")
    assert len(title) < 60
    assert not title.endswith(".")
    assert gap == ""
    headings = re.findall(r"^(.+)\n-+$", loaded.page, re.MULTILINE)
    assert tuple(headings) == SECTIONS
    bodies = re.split(r"^.+\n-+$", loaded.page, flags=re.MULTILINE)[1:]
    assert all(len(body.split()) >= 12 for body in bodies)


@every_rule
def test_the_contract_names_what_exists(loaded: LoadedRule) -> None:
    assert loaded.rule.detection in CATALOG
    assert [other for other in loaded.rule.same_cause if other not in all_rules()] == []
    for need in loaded.rule.needs:
        types: set[typing.Any] = {loaded.rule.subject}
        for step in need.split("."):
            types = {inner for type_ in types for inner in attribute(type_, step)}
            assert types, f"{need}: no {step}"


def attribute(type_: typing.Any, name: str) -> set[typing.Any]:
    """The types that an attribute of a type can have, looked at through facts and options."""
    found = getattr(type_, name, None)
    if isinstance(found, property):
        return inside(typing.get_type_hints(found.fget)["return"])
    return inside(typing.get_type_hints(type_)[name]) if isinstance(type_, type) and found is not None else set()


def inside(annotation: typing.Any) -> set[typing.Any]:
    parts = typing.get_args(annotation)
    if typing.get_origin(annotation) is Known or type(None) in parts or Missing in parts:
        return {inner for part in parts for inner in inside(part)} - {type(None), Missing}
    return {annotation}


@every_rule
def test_there_is_a_case_that_fires_and_one_that_rests(loaded: LoadedRule) -> None:
    module = cases(loaded.id)
    assert module.FIRES
    assert module.RESTS


@pytest.mark.parametrize(("loaded", "name", "case"), all_cases("FIRES"))
def test_it_fires(loaded: LoadedRule, name: str, case: typing.Any) -> None:
    subject, strength = case
    found, gaps = answers(loaded, subject)
    assert gaps == []
    assert found
    assert max(found) == strength


@pytest.mark.parametrize(("loaded", "name", "case"), all_cases("RESTS"))
def test_it_rests(loaded: LoadedRule, name: str, case: typing.Any) -> None:
    assert answers(loaded, case) == ([], [])


@pytest.mark.parametrize(("loaded", "name", "case"), all_cases("GAPS"))
def test_it_says_what_it_cannot_tell(loaded: LoadedRule, name: str, case: typing.Any) -> None:
    subject, reason = case
    _, gaps = answers(loaded, subject)
    assert any(reason in gap for gap in gaps), gaps


@pytest.mark.parametrize(("loaded", "name", "case"), all_cases("FIRES"))
def test_a_finding_reads_well(loaded: LoadedRule, name: str, case: typing.Any) -> None:
    said = ask(case[0], [loaded], lambda *_: False)
    for finding in said.findings:
        assert re.fullmatch(r"[A-Z0-9][^\n]*\.", finding.message)
        assert not re.search(r"\.\s+[A-Z]", finding.message), "more than one sentence"
        assert finding.evidence, "a finding shows what it rests on"
        assert len(finding.evidence) <= 6
        assert all(item.label and item.value for item in finding.evidence)
        assert finding.advice, "a finding says what to do"


@pytest.mark.parametrize(("loaded", "name", "case"), all_cases("FIRES"))
def test_the_same_facts_give_the_same_answer(loaded: LoadedRule, name: str, case: typing.Any) -> None:
    first, second = (ask(case[0], [loaded], lambda *_: False) for _ in range(2))
    assert first == second


def test_pages_are_fresh() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.stale() == [], "run: python docs/generate.py"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*/*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_rules_look_at_nothing_but_facts(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    outside = {name for name in imported if not harmless(name)}
    assert outside == set()
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {func.attr for func in called if isinstance(func, ast.Attribute)} & CLOCKS == set()
    assert {func.id for func in called if isinstance(func, ast.Name)} & BUILTINS == set()


def harmless(name: str) -> bool:
    ours = name.startswith(("doorward.model", "doorward.rules", "doorward.errors", "doorward.records"))
    return ours or name in HARMLESS or (name.partition(".")[0] == "collections" and name in sys.modules)
