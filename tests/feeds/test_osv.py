"""OSV records: what is read, what is refused with its place, and the traps of the malicious-packages list."""

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import FeedError
from doorward.model.advisories import Kind, Symbols
from doorward.model.intelligence import About, Indicator, Role
from doorward.sources.feeds import Document, feeds, osv, read_feed
from tests.feeds import build
from tests.feeds.build import (
    EVIDENCE,
    GENUINE,
    REPORT,
    advisories,
    defects,
    disowned,
    indicators,
    malicious,
    opened,
    read,
    refused,
    span,
    written,
    zipped,
)

record = build.osv
EMPTY = hashlib.sha256().hexdigest()


def parse(content: Any, name: str = "one.json") -> list[Any]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(opened(osv.parse(Document.of(name, data))))


def test_a_record_is_taken_over_whole() -> None:
    items = parse(
        record(
            "PYSEC-2026-1",
            "Example.Lib",
            "1.0",
            "1.1",
            ranges=[
                *span("introduced 0", "fixed 1.2"),
                *span("introduced 0", "fixed abc", type_="GIT", repo="https://git.invalid/x"),
            ],
            ecosystem_specific={"imports": [{"path": "example/parse", "symbols": ["Load"]}, {"path": "example"}]},
            aliases=["CVE-2026-1"],
            upstream=["CVE-2025-9"],
            published="2026-04-01T10:00:00.5+02:00",
            summary="Reads too much",
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            database_specific={"severity": "CRITICAL"},
            references=[{"type": "FIX", "url": "https://git.invalid/fix"}, {"type": "WEB", "url": "https://x.invalid"}],
        )
    )
    (advisory,) = items
    (affected,) = advisory.affected
    assert (advisory.id, advisory.kind) == ("PYSEC-2026-1", Kind.VULNERABILITY)
    assert (advisory.modified, advisory.published) == ("2026-05-01T10:00:00Z", "2026-04-01T08:00:00Z")
    assert (advisory.aliases, advisory.upstream) == (("CVE-2026-1",), ("CVE-2025-9",))
    assert (advisory.severity, advisory.scores[0].type) == ("CRITICAL", "CVSS_V3")
    assert advisory.references == (("FIX", "https://git.invalid/fix"),)
    assert (affected.ecosystem, affected.name, affected.versions) == ("PyPI", "Example.Lib", ("1.0", "1.1"))
    assert [r.events for r in affected.ranges] == [
        (("introduced", "0"), ("fixed", "1.2")),
        (("introduced", "0"), ("fixed", "abc")),
    ]
    assert affected.ranges[1].repo == "https://git.invalid/x"
    assert affected.symbols == (Symbols("example/parse", ("Load",)), Symbols("example"))


def test_indicators_of_a_malicious_record() -> None:
    found = indicators(parse(malicious()))
    roles = {key: item.role for key, item in found.items()}
    assert roles == {
        **dict.fromkeys(GENUINE.items(), Role.PACKAGE),
        ("sha256", EVIDENCE): Role.EVIDENCE,
        ("tlsh", "0A" * 35): Role.EVIDENCE,
        ("domain", "evil.invalid"): Role.CAMPAIGN,
        ("url", "https://evil.invalid/stage2"): Role.CAMPAIGN,
        ("ip", "9.9.9.9"): Role.CAMPAIGN,
        ("ip", "8.8.4.4"): Role.CAMPAIGN,
    }
    assert {item.record for item in found.values()} == {"MAL-2026-1"}
    assert found["sha256", GENUINE["sha256"]].note == "examplelib-1.0.0.tar.gz"
    assert found["ip", "8.8.4.4"].port == 8080


def test_trap_a_digests_of_reports_are_no_indicators() -> None:
    items = parse(malicious())
    assert disowned(items) == {REPORT}
    assert REPORT not in {value for _, value in indicators(items)}


def test_trap_b_a_withdrawn_record_takes_its_indicators_back() -> None:
    items = parse(malicious(withdrawn="2026-05-02T00:00:00Z"))
    assert advisories(items)[0].withdrawn == "2026-05-02T00:00:00Z"
    assert indicators(items)
    assert all(item.retracted for item in indicators(items).values())


def test_trap_b_a_record_in_the_folder_of_withdrawn_ones_is_withdrawn(tmp_path: Path) -> None:
    written(tmp_path / "osv" / "withdrawn" / "pypi" / "examplelib" / "MAL-2026-1.json", malicious())
    written(tmp_path / "osv" / "malicious" / "pypi" / "withdrawn.json", malicious("MAL-2026-2"))
    found = {advisory.id: advisory.withdrawn for advisory in advisories(read(tmp_path))}
    assert found == {"MAL-2026-1": "2026-05-01T10:00:00Z", "MAL-2026-2": ""}


def test_trap_c_the_empty_file_is_never_an_indicator() -> None:
    bad = malicious()
    bad["affected"][0]["database_specific"]["indicators"]["evidence_files"][0]["sha256"] = EMPTY.upper()
    items = parse(bad)
    assert ("sha256", EMPTY) not in indicators(items)
    assert any("empty file" in reason for _, reason in refused(items))


KINDS = {
    "the id": (record("MAL-2026-1"), Kind.MALICIOUS),
    "an alias": (record("GHSA-1", aliases=["CVE-2026-1", "MAL-2026-1"]), Kind.MALICIOUS),
    "a weakness of the record": (record("GHSA-1", database_specific={"cwe_ids": ["CWE-506"]}), Kind.MALICIOUS),
    "a weakness of the package": (record("GHSA-1", inside={"cwes": [{"cweId": "CWE-506"}]}), Kind.MALICIOUS),
    "an origin": (
        record("X-1", database_specific={"malicious-packages-origins": [{"source": "x"}]}),
        Kind.MALICIOUS,
    ),
    "a type": (record("GHSA-1", database_specific={"type": "malware"}), Kind.MALICIOUS),
    "RustSec's category": (record("RUSTSEC-1", inside={"categories": ["malicious"]}), Kind.MALICIOUS),
    "its summary": (record("X-1", summary="Malicious code in examplelib (PyPI)"), Kind.MALICIOUS),
    "a campaign": (record("pypi/2026-05-campaign/examplelib"), Kind.MALICIOUS),
    "a suspicious campaign": (
        record("pypi/c/x", details="It is odd.\n\nCategory: HIGHLY_SUSPICIOUS - likely", summary="Malicious code in x"),
        Kind.SUSPECTED,
    ),
    "a tool": (record("pypi/c/x", details="Category: HIGH_RISK_HACKING_TOOLS - tools"), Kind.SUSPECTED),
    "a test of defences": (record("pypi/c/x", details="Category: PROBABLY_PENTEST - harmless"), Kind.UNWANTED),
    "spam": (record("pypi/c/x", database_specific={"category": "spam"}), Kind.UNWANTED),
    "a MAL record that tells of spam": (record("MAL-2026-1", details="Category: SPAM - x"), Kind.MALICIOUS),
    "unmaintained": (record("RUSTSEC-2", inside={"informational": "unmaintained"}), Kind.NOTICE),
    "a vulnerability in something that hunts malware": (
        record("CVE-2026-1", summary="A malware scanner reads too much", database_specific={"cwe_ids": ["CWE-125"]}),
        Kind.VULNERABILITY,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_trap_e_what_is_malicious(name: str) -> None:
    content, kind = KINDS[name]
    assert advisories(parse(content))[0].kind is kind


def test_the_category_of_a_campaign_by_its_place(tmp_path: Path) -> None:
    written(tmp_path / "pypi" / "packages" / "spam" / "osv" / "x.json", record("pypi/c/x"))
    assert advisories(read(tmp_path))[0].kind is Kind.UNWANTED


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a number as version": ({"affected": [{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1", 2]}]}, "versions[1]"),
    "aliases as text": ({"aliases": "CVE-1"}, "aliases"),
    "a broken range": (
        {"affected": [{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1"], "ranges": [{"type": "SEMVER", "events": [{"fixed": 3}]}]}]},
        "ranges[0]",
    ),
    "no package": ({"affected": [{"versions": ["1"]}]}, "names no package"),
    "no moment": ({"modified": "yesterday"}, "modified"),
    "an odd extension": ({"database_specific": {"iocs": 3}}, "iocs"),
    "a range of an unknown type": (
        {"affected": [{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "TAG", "events": []}]}]},
        "ranges[0]",
    ),
    "an affected that is a text": ({"affected": ["x"]}, "affected[0]"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_counted_and_the_record_stays(name: str) -> None:
    change, told = FAULTS[name]
    items = parse(record("MAL-2026-1", "x", "1") | change)
    assert [advisory.id for advisory in advisories(items)] == ["MAL-2026-1"]
    assert any(told in reason for reason in defects(items)), defects(items)
    assert refused(items) == []


def test_a_fault_in_one_field_keeps_the_others() -> None:
    items = parse(malicious(aliases=7, withdrawn="2026-05-02T00:00:00Z"))
    assert advisories(items)[0].withdrawn
    assert advisories(items)[0].affected[0].versions == ("1.0.0",)
    assert len(indicators(items)) == 9
    assert disowned(items) == {REPORT}


def test_null_is_an_empty_list() -> None:
    content = record("MAL-2026-1", "x", "1", aliases=None, severity=None, references=None, database_specific=None)
    content["affected"][0] |= {"ranges": None, "ecosystem_specific": None, "database_specific": None}
    items = parse(content)
    assert (len(advisories(items)), defects(items)) == (1, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"affected": [], "id": ""}', "id"),
        (b'{"affected": [], "id": 7}', "id"),
        (b'{"affected": []}', "id"),
        (b'{"id": "X", "affected": [', "not JSON"),
        (b'{"id": "X\xff", "affected": []}', "UTF-8"),
        (b'{"id": "X", "affected": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (json.dumps(record("x" * 301)).encode(), "id"),
    ],
)
def test_what_is_no_record_is_refused_with_its_place(content: bytes, reason: str) -> None:
    ((place, why),) = refused(parse(content, "folder/bad.json"))
    assert place == "folder/bad.json"
    assert reason in why


def test_several_records_in_one_document() -> None:
    two = [record("A-1"), record("A-2")]
    for content in (two, {"vulns": two}, b"\n".join(json.dumps(item).encode() for item in two)):
        assert [advisory.id for advisory in advisories(parse(content))] == ["A-1", "A-2"]


def test_one_bad_line_costs_that_line() -> None:
    content = b"\n".join((json.dumps(record("A-1")).encode(), b'{"id": 3}', json.dumps(record("A-2")).encode()))
    items = parse(content, "all.jsonl")
    assert [advisory.id for advisory in advisories(items)] == ["A-1", "A-2"]
    assert [place for place, _ in refused(items)] == ["all.jsonl:2"]


def test_records_one_a_line_are_not_read_as_a_whole() -> None:
    lines = [json.dumps(record(f"A-{number}")).encode() for number in range(300)]
    lines[150] = b'{"id": '
    lines[151] = b""
    data = b"\n".join(lines)
    document = Document("all.jsonl", lambda: io.BytesIO(data), most=1000)
    items = list(opened(osv.parse(document)))
    assert [advisory.id for advisory in advisories(items)] == [f"A-{n}" for n in range(300) if n not in {150, 151}]
    assert [place for place, _ in refused(items)] == ["all.jsonl:151"]


def test_lines_are_numbered_through_blocks() -> None:
    sound = [json.dumps(record(f"A-{number}", details="x" * 999)).encode() for number in range(400)]
    lines = [*sound[:200], b'{"id": " "}', *sound[200:399], b"[1]", b"9" * 200_000, b"", sound[399] + sound[399], b"{"]
    items = parse(b"\r\n".join(lines), "all.jsonl")
    assert [advisory.id for advisory in advisories(items)] == [f"A-{n}" for n in range(399)]
    assert refused(items) == [
        ("all.jsonl:201", "an id that is none"),
        ("all.jsonl:401", "not an OSV record: it has no id"),
        ("all.jsonl:402", "not JSON: Integer value out of range"),
        ("all.jsonl:404", f"not JSON: JSON is malformed: trailing characters (byte {len(sound[399]) + 1})"),
        ("all.jsonl:405", "not JSON: Input data was truncated"),
    ]


@given(st.lists(st.binary(max_size=90), max_size=12), st.integers(1, 60))
def test_blocks_hold_the_lines_that_are_there(parts: list[bytes], most: int) -> None:
    document = Document("x", lambda: io.BytesIO(b"\n".join(parts)), most=10**6)
    found: dict[int, bytes] = {}
    for numbers, text in document.blocks(most):
        found.update(zip(numbers, text.split(b"\n"), strict=False))
    assert found == {number: line.removesuffix(b"\n") for number, line in document.lines(10**6)}


def test_what_is_over_the_length_of_a_line_is_left_out() -> None:
    document = Document("x", lambda: io.BytesIO(b"a" * 300_000 + b"\nb\n"), most=10**6)
    (numbers, text), (others, rest) = document.blocks(100_000)
    assert (numbers, len(text), others, rest) == (range(1, 2), 165_536, range(2, 3), b"b\n")


def test_indicators_of_records_one_a_line_name_their_record() -> None:
    lines = [json.dumps(malicious(f"MAL-2026-{number}")).encode() for number in range(3)]
    items = parse(b"\n".join(lines), "all.jsonl")
    assert {item.record for item in items if isinstance(item, Indicator)} == {
        f"MAL-2026-{number}" for number in range(3)
    }


def test_a_record_that_is_set_over_many_lines() -> None:
    content = json.dumps(record("A-1"), indent=0).encode()
    assert b"\n{" in content
    assert [advisory.id for advisory in advisories(parse(content))] == ["A-1"]


YAML = """\
id: PYSEC-2026-9
modified: 2026-05-01T10:00:00Z
withdrawn: 2026-05-02T00:00:00Z
aliases: [CVE-2026-9]
summary: null
affected:
- package: {name: examplelib, ecosystem: PyPI}
  versions: [1.10, "1.2"]
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: 0
    - fixed: 1.20
"""


def test_yaml_keeps_texts_as_they_are_written() -> None:
    (advisory,) = parse(YAML.encode(), "PYSEC-2026-9.yaml")
    assert (advisory.modified, advisory.withdrawn) == ("2026-05-01T10:00:00Z", "2026-05-02T00:00:00Z")
    assert advisory.affected[0].versions == ("1.10", "1.2")
    assert advisory.affected[0].ranges[0].events == (("introduced", "0"), ("fixed", "1.20"))


LAUGHS = "id: X\naffected:\na: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "values"),
        ("id: X\naffected: {", "not YAML"),
        ("id: X\naffected: " + "[" * 2000 + "]" * 2000, "depth"),
        ("id: X\naffected: &a [*a]", "recursive"),
        ("id: X\nmodified: !!python/object/apply:os.system [true]", "modified"),
    ],
)
def test_hostile_yaml_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    items = read(written(tmp_path / "x.yaml", text))
    assert any(reason in why for why in [why for _, why in refused(items)] + defects(items))


def test_without_pyyaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    ((_, reason),) = refused(read(written(tmp_path / "x.yaml", YAML)))
    assert "doorward[yaml]" in reason


def test_an_archive_and_a_folder_say_the_same(tmp_path: Path) -> None:
    members = {f"npm/A-{number}.json": record(f"A-{number}", "x", ecosystem="npm") for number in range(20)}
    archive = zipped(tmp_path / "all.zip", members)
    stored = zipped(tmp_path / "stored.zip", members, method=0)
    for name, content in members.items():
        written(tmp_path / "folder" / name, content)
    assert len(advisories(read(archive))) == 20
    assert {a.id for a in advisories(read(archive))} == {a.id for a in advisories(read(tmp_path / "folder"))}
    assert read(stored) == read(archive)


def test_one_bad_member_costs_that_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"A-1.json": record("A-1"), "A-2.json": '{"id": "A-2", "affected": [', "A-3.json": record("A-3")})  # fmt: skip
    items = read(path)
    assert [advisory.id for advisory in advisories(items)] == ["A-1", "A-3"]
    assert [place for place, _ in refused(items)] == ["A-2.json"]


def test_a_document_of_no_known_format_names_how_it_begins(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="alpha;beta"):
        read(written(tmp_path / "odd.dat", "alpha;beta\n1;2\n"))
    folder = tmp_path / "folder"
    written(folder / "a.json", record("A-1"))
    written(folder / "odd.xml", "<odd/>")
    written(folder / "README", "words")
    items = read(folder)
    assert [place for place, _ in refused(items)] == ["odd.xml"]


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    for name in ("empty.json", "missing.json"):
        if name.startswith("empty"):
            written(tmp_path / name, "")
        with pytest.raises(FeedError):
            read(tmp_path / name)
    (tmp_path / "folder").mkdir()
    with pytest.raises(FeedError, match="folder"):
        read(tmp_path / "folder")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = [
    "id",
    "modified",
    "withdrawn",
    "aliases",
    "summary",
    "affected",
    "severity",
    "references",
    "database_specific",
]
INNER = ["package", "ranges", "versions", "severity", "ecosystem_specific", "database_specific"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(
    outer=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
    inner=st.dictionaries(st.sampled_from(INNER), JSON, max_size=4),
    cut=st.integers(min_value=0, max_value=40),
)
def test_any_json_is_a_record_or_refused(outer: dict[str, Any], inner: dict[str, Any], cut: int) -> None:
    content = {"id": "MAL-1", "affected": [inner]} | outer
    data = json.dumps(content).encode()
    for piece in (data, data[: len(data) - cut]):
        items = parse(piece)
        assert len(advisories(items)) + len(refused(items)) >= 1


@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_of_any_name_do_no_harm(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.json", "b.yaml", "c.csv", "d.txt"):
        written(folder / name, data)
        try:
            read(folder / name)
        except FeedError:
            continue


def test_every_format_keeps_the_contract() -> None:
    for feed in feeds():
        assert isinstance(feed.NAME, str)
        assert feed.sniff(b"", "") is False
    assert len({feed.NAME for feed in feeds()}) == len(feeds())


def test_the_format_met_is_told(tmp_path: Path) -> None:
    assert next(read_feed(written(tmp_path / "a.json", record("A-1")))) == About("OSV")


def test_a_digest_of_a_report_that_is_none_costs_no_other(tmp_path: Path) -> None:
    odd = ["", "c2" * 31 + "c ", "c3 " * 21 + "c", "zz" * 32, "c4" * 16, "C5" * 32]
    origins = [{"sha256": digest} for digest in odd]
    records = [malicious(), malicious("MAL-2026-2", database_specific={"malicious-packages-origins": origins})]
    path = zipped(tmp_path / "all.zip", {f"{record['id']}.json": record for record in records})
    assert disowned(read(path)) == {REPORT, "c5" * 32}


@pytest.mark.parametrize(
    ("content", "most"),
    [
        ('[{"id": "MAL-2026-1", "affected": []}' + ",[]" * 5_000_000 + "]", "10,000,000"),
        (
            '{"id": "MAL-2026-1", "modified": "2026-01-01T00:00:00Z", "affected": [[]' + ",[]" * 500_000 + "]}",
            "1,000,000",
        ),
    ],
)
def test_a_document_of_too_many_values_takes_no_memory_for_them(tmp_path: Path, content: str, most: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert refused(read(tmp_path / "x.json")) == [("x.json", f"more than {most} values")]


def test_a_line_of_too_many_values_is_refused(tmp_path: Path) -> None:
    good = json.dumps(build.osv("MAL-2026-1"))
    hostile = '{"id": "MAL-2026-2", "affected": [[]' + ",[]" * 500_000 + "]}"
    (tmp_path / "x.jsonl").write_text("\n".join([good, hostile, json.dumps(build.osv("MAL-2026-3"))]))
    items = read(tmp_path / "x.jsonl")
    assert [item.id for item in advisories(items)] == ["MAL-2026-1", "MAL-2026-3"]
    assert refused(items) == [("x.jsonl:2", "more than 1,000,000 values")]
