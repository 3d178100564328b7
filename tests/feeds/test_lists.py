"""Plain lists, tables and lists of packages: what each line says, and which lines say nothing."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import FeedError
from doorward.model.advisories import Kind
from doorward.model.intelligence import DIGESTS, HashBlock, Indicator, Role
from doorward.sources.feeds import Document, plain, read_feed, table
from doorward.sources.feeds._packages import split_name, versions_of
from tests.feeds.build import advisories, indicators, of, opened, osv, read, refused, written

SHA256, SHA1, MD5, SHA512 = "a1" * 32, "b2" * 20, "c3" * 16, "d4" * 64
EMPTY = hashlib.sha256().hexdigest()


def blocks(items: list[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in of(HashBlock, items):
        width = DIGESTS[item.algorithm]
        rows = {item.rows[at : at + width].hex() for at in range(0, len(item.rows), width)}
        found.setdefault(item.algorithm, set()).update(rows)
    return found


def packages(items: list[Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(a.affected[0].ecosystem, a.affected[0].name): a.affected[0].versions for a in advisories(items)}


def text(path: Path, content: str) -> list[Any]:
    return read(written(path, content))


def test_a_list_of_digests(tmp_path: Path) -> None:
    lines = [
        SHA256,
        "# a comment",
        "; another",
        "",
        SHA1.upper(),
        f"{MD5}  lib-1.0.tar.gz",
        f"{SHA512} *name",
        "// end",
    ]
    items = text(tmp_path / "list.txt", "\n".join(lines))
    assert blocks(items) == {"sha256": {SHA256}, "sha1": {SHA1}, "md5": {MD5}, "sha512": {SHA512}}
    assert refused(items) == []


def test_digests_of_other_lengths_and_of_empty_files_are_refused(tmp_path: Path) -> None:
    items = text(tmp_path / "list.txt", f"{SHA256}\n{SHA256[:-2]}\n{EMPTY}\n{SHA1}\n{MD5}\n{SHA512}\n")
    assert [place for place, _ in refused(items)] == ["list.txt:2", "list.txt:3"]
    assert blocks(items)["sha256"] == {SHA256}


def test_a_list_with_many_faults_is_a_list_with_many_refused_lines(tmp_path: Path) -> None:
    junk = ["see the report of Tuesday", "evil[.", "{}", "no digest here: ab"]
    lines = [f"{number:064x}" for number in range(6)] + junk
    items = text(tmp_path / "list.txt", "\n".join(lines))
    assert blocks(items) == {"sha256": set(lines[:6])}
    assert len(refused(items)) == len(junk)


def test_a_text_with_some_digests_is_a_report(tmp_path: Path) -> None:
    prose = f"We saw it first on Tuesday.\nNobody noticed.\nThen it came back:\n{SHA256}"
    assert [item.role for item in indicators(text(tmp_path / "report.txt", prose)).values()] == [Role.REPORT]
    digests = f"# Indicators\nFiles of the second stage:\n{SHA256}\n{SHA1}\n"
    assert {item.role for item in indicators(text(tmp_path / "report.md", digests)).values()} == {Role.REPORT}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [16, 20, 32, 64])
def test_large_lists_are_read_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, width: int
) -> None:
    monkeypatch.setattr(plain, "BLOCK", 1000)
    digests = [hashlib.sha512(str(n).encode()).hexdigest()[: 2 * width] for n in range(500)]
    (found,) = blocks(text(tmp_path / "list.txt", ending.join([*digests, ""]))).values()
    assert found == set(digests)


def test_one_odd_line_in_a_large_list_costs_that_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "BLOCK", 1000)
    digests = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(100)]
    for odd in ("z" * 64, "x" * 10_000, digests[0][:-1] + " ", "\x00" * 64):
        items = text(tmp_path / "list.txt", "\n".join([*digests[:50], odd, *digests[50:], ""]))
        assert blocks(items) == {"sha256": set(digests)}
        assert len(refused(items)) >= 1


def test_a_list_of_addresses_that_were_made_harmless(tmp_path: Path) -> None:
    lines = [
        "hxxps://evil[.]invalid/a?b=1#c", "EVIL.invalid", "9[.]9[.]9[.]9:8080", "hxxp[:]//x(.)evil[dot]invalid:80",
        "bücher.invalid", "*.wild.invalid", "10.0.0.1", "127.0.0.1", "192.0.2.1", "http://192.168.1.1/x", "2620:fe::fe",
    ]  # fmt: skip
    items = text(tmp_path / "list.txt", "\n".join(lines))
    assert set(indicators(items)) == {
        ("url", "https://evil.invalid/a?b=1"), ("domain", "evil.invalid"), ("ip", "9.9.9.9"),
        ("url", "http://x.evil.invalid/"), ("domain", "xn--bcher-kva.invalid"), ("domain", "wild.invalid"),
        ("ip", "2620:fe::fe"),
    }  # fmt: skip
    assert indicators(items)["ip", "9.9.9.9"].port == 8080
    assert len(refused(items)) == 4


def test_a_network_of_one_address_is_that_address(tmp_path: Path) -> None:
    items = text(tmp_path / "iocs.csv", "type,indicator\nip,9.9.9.9/32\nip,2620:fe::fe/128\nip,9.9.9.0/24\n")
    assert set(indicators(items)) == {("ip", "9.9.9.9"), ("ip", "2620:fe::fe")}
    assert [reason for _, reason in refused(items)] == ["not one address: 9.9.9.0/24"]


def test_a_reason_that_is_no_malware(tmp_path: Path) -> None:
    """As lists of packages with reasons have them: what phones home is unwanted, and blocks nothing by itself."""
    reasons = {"bad": "MALWARE", "nosy": "TELEMETRY", "political": "Protestware", "silent": None}
    listed = [{"package_name": name, "version": "1.0", "reason": reason} for name, reason in reasons.items()]
    items = read(written(tmp_path / "npm.json", listed))
    found = {item.affected[0].name: item.kind for item in advisories(items)}
    assert found == {
        "bad": Kind.MALICIOUS, "nosy": Kind.UNWANTED, "political": Kind.UNWANTED, "silent": Kind.MALICIOUS
    }  # fmt: skip
    assert len({item.id for item in advisories(items)}) == len(reasons)


def test_a_list_of_packages(tmp_path: Path) -> None:
    lines = [
        "pkg:npm/%40scope/name@1.0.0",
        "pkg:npm/%40scope/name@1.0.1",
        "npm:other@2.0.0",
        "pypi:lib==1.2",
        "pkg:pypi/all",
    ]
    items = text(tmp_path / "list.txt", "\n".join(lines))
    assert packages(items) == {
        ("npm", "@scope/name"): ("1.0.0", "1.0.1"), ("npm", "other"): ("2.0.0",), ("PyPI", "lib"): ("1.2",), ("PyPI", "all"): (),
    }  # fmt: skip


def test_names_alone_need_their_ecosystem(tmp_path: Path) -> None:
    path = written(tmp_path / "list.txt", "pkg:npm/one@1\nlib==1.2\nother@3\n" + "pkg:npm/two@1\n" * 6)
    assert len(refused(read(path))) == 2
    hinted = list(read_feed(path, {"ecosystem": "PyPI"}))
    assert packages(hinted)["PyPI", "lib"] == ("1.2",)


def test_a_list_of_nothing_but_names(tmp_path: Path) -> None:
    path = written(tmp_path / "names.txt", "# since May\nevil-one\nevil-two==1.0\n@scope/lib@1.2.3\n\nsee the report\n")
    found = list(read_feed(path, {"ecosystem": "npm"}))
    assert packages(found) == {
        ("npm", "evil-one"): (), ("npm", "evil-two"): ("1.0",), ("npm", "@scope/lib"): ("1.2.3",)
    }  # fmt: skip
    assert len(refused(found)) == 1
    assert ["--ecosystem" in reason for _, reason in refused(read(path))] == [True, True, True, False]


def test_no_list_of_words_is_one_of_names_beside_other_documents(tmp_path: Path) -> None:
    written(tmp_path / "feed" / "a.json", osv("MAL-2026-1"))
    written(tmp_path / "feed" / "requirements.txt", "lib==1.0\n")
    found = list(read_feed(tmp_path / "feed", {"ecosystem": "PyPI"}))
    assert packages(list(opened(found))) == {("PyPI", "examplelib"): ()}
    assert [place for place, _ in refused(found)] == ["requirements.txt"]


def test_a_wrong_length_is_a_fault_of_a_list_and_makes_it_no_report(tmp_path: Path) -> None:
    lines = [SHA256, SHA256[:-2], SHA1 + "ab", f"{'c1' * 32}  evil.tgz"]
    items = text(tmp_path / "hashes.txt", "\n".join(lines))
    assert blocks(items) == {"sha256": {SHA256, "c1" * 32}}
    assert [reason for _, reason in refused(items)] == ["no digest has 62 hex digits", "no digest has 42 hex digits"]


@pytest.mark.parametrize(
    ("line", "algorithm"),
    [
        ("sha256:{}", "sha256"),
        ("SHA-256 = {}", "sha256"),
        ("SHA256 (evil (1).tgz) = {}", "sha256"),
        ("blake2b_256:{}", "blake2b_256"),
        ("{} *evil.tgz", "sha256"),
    ],
)
def test_the_name_of_the_algorithm_may_stand_before_a_digest(tmp_path: Path, line: str, algorithm: str) -> None:
    assert blocks(text(tmp_path / "x.txt", line.format(SHA256))) == {algorithm: {SHA256}}
    items = text(tmp_path / "y.txt", f"md5:{SHA256}\n{SHA1}\n")
    assert [reason for _, reason in refused(items)] == ["no digest of md5 has 64 hex digits"]


TABLES: dict[str, tuple[str, dict[tuple[str, str], tuple[str, ...]], set[tuple[str, str]]]] = {
    "one version a row": (
        "package_name,package_version\n02-echo,0.0.7\n@scope/lib,1.0.0\n@scope/lib,1.0.1\n",
        {("npm", "02-echo"): ("0.0.7",), ("npm", "@scope/lib"): ("1.0.0", "1.0.1")},
        set(),
    ),
    "several in a cell": (
        'package_name,package_versions,sources\n@scope/lib,"1.0.0, 1.0.1","one, two"\nlib,,one\n',
        {("npm", "@scope/lib"): ("1.0.0", "1.0.1"), ("npm", "lib"): ()},
        set(),
    ),
    "packages by type": (
        'artifact_type,name,affected_versions\npypi package,Lib,"1.0, 1.1"\nnpm package,lib,= 2.0.0 || = 2.0.1\n',
        {("PyPI", "Lib"): ("1.0", "1.1"), ("npm", "lib"): ("2.0.0", "2.0.1")},
        set(),
    ),
    "indicators by type": (
        f'type,indicator,context\ndomain,evil[.]invalid,"C2, since May"\nipv4,9.9.9.9,x\nnpm package,lib@1.0.0,bad\nsha256,{SHA256},payload\n',
        {("npm", "lib"): ("1.0.0",)},
        {("domain", "evil.invalid"), ("ip", "9.9.9.9"), ("sha256", SHA256)},
    ),
    "domains": (
        "Domain,Registered,Registrar\nevil.invalid,2026-01-01,Somebody Inc.\nworse[.]invalid,2026-01-02,\n",
        {},
        {("domain", "evil.invalid"), ("domain", "worse.invalid")},
    ),
    "addresses": ("ip,country,asn\n9.9.9.9,Nowhere,1\n", {}, {("ip", "9.9.9.9")}),
    "digests of several kinds": (
        f"sha256,md5,file name\n{SHA256},{MD5},a.exe\n",
        {},
        {("sha256", SHA256), ("md5", MD5)},
    ),
    "semicolons": (f"note;hash\nx;{SHA1}\n", {}, {("sha1", SHA1)}),
    "tabs": (f"hash\tnote\n{SHA1}\tx\n", {}, {("sha1", SHA1)}),
    "no header": (f"lib.tgz,{SHA256}\nother.tgz,{SHA1}\n", {}, {("sha256", SHA256), ("sha1", SHA1)}),
    "an unknown header": ("Where,What\nhere,evil.invalid\nthere,worse.invalid\n", {}, {("domain", "evil.invalid"), ("domain", "worse.invalid")}),
    "purls": ("purl,note\npkg:pypi/lib@1.0,x\n", {("PyPI", "lib"): ("1.0",)}, set()),
    "an ecosystem column": ("ecosystem,name,version\nRubyGems,lib,1.0\n", {("RubyGems", "lib"): ("1.0",)}, set()),
    "a mark at the beginning": ("\ufeffdomain\nevil.invalid\n", {}, {("domain", "evil.invalid")}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_in_the_wild(tmp_path: Path, name: str) -> None:
    content, expected, values = TABLES[name]
    items = text(tmp_path / "iocs.csv", content)
    assert (packages(items), set(indicators(items)), refused(items)) == (expected, values, [])


def test_what_a_row_tells_stays_with_the_indicator(tmp_path: Path) -> None:
    content = f"first_seen,confidence,sha256,comment\n2026-05-01,75,{SHA256},dropper\n2026-05-01,750,{SHA256[::-1]},x\n"
    found = indicators(text(tmp_path / "iocs.csv", content))
    one = found["sha256", SHA256]
    assert (one.seen, one.confidence, one.note, one.role) == ("2026-05-01T00:00:00Z", 75, "dropper", Role.FILE)
    assert found["sha256", SHA256[::-1]].confidence is None


def test_one_bad_row_costs_that_row(tmp_path: Path) -> None:
    rows = [
        "type,indicator",
        "domain,evil.invalid",
        "domain,not a domain",
        "filepath,/tmp/x",
        "sha256,zz",
        f"md5,{MD5}",
        "domain",
    ]
    items = text(tmp_path / "iocs.csv", "\n".join(rows))
    assert set(indicators(items)) == {("domain", "evil.invalid"), ("md5", MD5)}
    assert [place for place, _ in refused(items)] == ["iocs.csv:3", "iocs.csv:4", "iocs.csv:5", "iocs.csv:7"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_what_a_line_begins_with_that_is_too_long_is_no_row(tmp_path: Path, end: str) -> None:
    """Half a line names other packages and versions than the whole."""
    long = "left,1.0," + "x" * (1 << 20)
    items = text(tmp_path / "npm.csv", f"package_name,package_version\nlib,1.0\n{long}\nother,2.0\n{long}{end}")
    assert packages(items) == {("npm", "lib"): ("1.0",), ("npm", "other"): ("2.0",)}
    assert refused(items) == [(f"npm.csv:{line}", "a line of more than 1,048,576 bytes") for line in (3, 5)]


def test_a_quote_that_never_ends_is_refused(tmp_path: Path) -> None:
    items = text(tmp_path / "iocs.csv", "domain,note\nevil.invalid,x\n" + 'worse.invalid,"' + "y,z\n" * 100_000)
    assert ("domain", "evil.invalid") in indicators(items)
    assert refused(items)[0] == ("iocs.csv:3", "a quote in it is not closed")


def test_a_stray_quote_costs_its_line_and_no_other(tmp_path: Path) -> None:
    names = [f"domain,evil{number}.invalid" for number in range(2_000)]
    expected = {("domain", f"evil{number}.invalid") for number in range(2_000)}
    for at in (3, 1_998):
        lines = ["type,indicator", *names[:at], 'domain,"stray.invalid', *names[at:]]
        items = text(tmp_path / "iocs.csv", "\n".join(lines))
        assert set(indicators(items)) == expected
        assert refused(items) == [(f"iocs.csv:{at + 2}", "a quote in it is not closed")]


def test_a_table_that_ends_within_a_quote_loses_that_row(tmp_path: Path) -> None:
    items = text(tmp_path / "iocs.csv", 'type,indicator\ndomain,evil.invalid\ndomain,"worse.inval')
    assert set(indicators(items)) == {("domain", "evil.invalid")}
    assert refused(items) == [("iocs.csv:3", "a quote in it is not closed")]


def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    items = text(tmp_path / "iocs.csv", 'domain,note\nevil.invalid,"one\ntwo ""2"",\nthree"\nworse.invalid,x\n')
    assert {value: found.note for (_, value), found in indicators(items).items()} == {
        "evil.invalid": 'one two "2", three',
        "worse.invalid": "x",
    }
    assert refused(items) == []


def test_a_quote_that_each_line_opens_anew_takes_no_more_than_a_few_lines(tmp_path: Path) -> None:
    content = "domain,note\n" + 'x","y\n' * 2_000 + "evil.invalid,x\n"
    items = text(tmp_path / "iocs.csv", content)
    assert set(indicators(items)) == {("domain", "evil.invalid")}
    assert len(refused(items)) >= 1_000


def test_a_table_with_no_known_column_names_its_header(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="alpha, beta"):
        list(table.parse(Document.of("x.csv", b"alpha,beta\n1,2\n")))
    with pytest.raises(FeedError, match="no rows"):
        list(table.parse(Document.of("x.csv", b"# nothing\n")))


def test_columns_that_the_user_names(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "alpha,beta,gamma\nlib,1.0,x\n")
    for columns in ("name=1,version=2", "name=alpha,version=beta"):
        found = packages(list(read_feed(path, {"columns": columns, "ecosystem": "PyPI"})))
        assert found["PyPI", "lib"] == ("1.0",)
    for wrong in ("name=9", "nonsense=1", "name"):
        items = list(read_feed(path, {"columns": wrong}))
        assert "names no column" in refused(items)[0][1]


def test_a_table_of_packages_of_nobody_knows_which_ecosystem(tmp_path: Path) -> None:
    path = written(tmp_path / "iocs.csv", "package,version\nlib,1.0\n")
    assert "--ecosystem" in refused(read(path))[0][1]
    assert packages(list(read_feed(path, {"ecosystem": "PyPI"}))) == {("PyPI", "lib"): ("1.0",)}
    assert packages(read(written(tmp_path / "npm-worm.csv", path.read_bytes()))) == {("npm", "lib"): ("1.0",)}


def test_an_index_of_misp_events_is_no_list_of_digests(tmp_path: Path) -> None:
    index = f"{MD5},11111111-2222-3333-4444-555555555555\n" * 3
    assert "index of MISP" in refused(text(tmp_path / "x.csv", index))[0][1]
    assert "import their folder" in refused(text(tmp_path / "hashes.csv", index))[0][1]
    written(tmp_path / "feed" / "hashes.csv", index)
    assert read(tmp_path / "feed") == []


@pytest.mark.parametrize(("flag", "taken"), [(True, 1), ("1", 1), (1, 1), (False, 0), ("0", 0), (None, 0)])
def test_flags_of_misp_as_older_servers_write_them(tmp_path: Path, flag: object, taken: int) -> None:
    attribute = {"type": "sha256", "value": SHA256, "to_ids": flag, "deleted": "0"}
    items = read(written(tmp_path / "event.json", {"Event": {"info": "x", "Attribute": [attribute]}}))
    assert [item.retracted for item in of(Indicator, items)] == [False] * taken


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.0.1", ("1.0.1",)),
        ("1.0.1, 1.0.2", ("1.0.1", "1.0.2")),
        ("= 1.0.1 || = 1.0.2", ("1.0.1", "1.0.2")),
        ("['1.0', '1.1']", ("1.0", "1.1")),
        ("", ()),
        ("All", ()),
        ("*", ()),
        ("<= 1.0", None),
        (">=1.0 <2.0", None),
        ("x" * 200, None),
    ],
)
def test_cells_of_versions(cell: str, expected: tuple[str, ...] | None) -> None:
    assert versions_of(cell) == expected


@pytest.mark.parametrize(
    ("written_as", "expected"),
    [
        ("axios@1.14.1", ("npm", "axios", "1.14.1")),
        ("@scope/name@1.0", ("npm", "@scope/name", "1.0")),
        ("@scope/name", ("npm", "@scope/name", "")),
        ("lib==1.0", ("npm", "lib", "1.0")),
        ("pypi:lib@1", ("PyPI", "lib", "1")),
        ("pkg:pypi/lib@1.0", ("PyPI", "lib", "1.0")),
        ("pkg:", None),
        ("two words", None),
    ],
)
def test_names_with_versions(written_as: str, expected: tuple[str, str, str] | None) -> None:
    assert split_name(written_as, "npm") == expected


LISTS: dict[str, tuple[Any, str, dict[tuple[str, str], tuple[str, ...]]]] = {
    "names with versions": (
        {"@scope/lib": ["1.0.1", "1.0.2"], "all": None},
        "manifest.json",
        {("npm", "@scope/lib"): ("1.0.1", "1.0.2"), ("npm", "all"): ()},
    ),
    "the ecosystem by the document's name": ({"lib": None}, "pypi-manifest.json", {("PyPI", "lib"): ()}),
    "ecosystems": (
        {"npm": {"lib": None}, "PyPI": {"lib": ["1.0"]}},
        "list.json",
        {("npm", "lib"): (), ("PyPI", "lib"): ("1.0",)},
    ),
    "objects": (
        [
            {"package_name": "@s/lib", "version": "1.0.1", "reason": "MALWARE"},
            {"package_name": "@s/lib", "version": "*"},
        ],
        "malware_predictions.json",
        {("npm", "@s/lib"): ()},
    ),
    "objects of ecosystems": (
        [{"package_name": "lib", "version": "1.0", "ecosystem": "pypi"}],
        "list.json",
        {("PyPI", "lib"): ("1.0",)},
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_packages(tmp_path: Path, name: str) -> None:
    content, file, expected = LISTS[name]
    items = read(written(tmp_path / file, content))
    assert (packages(items), refused(items)) == (expected, [])


def test_bad_entries_of_a_list_cost_themselves(tmp_path: Path) -> None:
    items = read(written(tmp_path / "npm.json", {"good": ["1.0"], "bad": 3, "worse": [1], "none": [], "<x>": None}))
    assert packages(items) == {("npm", "good"): ("1.0",)}
    assert len(refused(items)) == 4
    objects = [
        {"package_name": "good", "version": "1"},
        {"package_name": 3},
        "x",
        {"package_name": "odd", "version": 3},
    ]
    items = read(written(tmp_path / "npm2.json", objects))
    assert packages(items) == {("npm", "good"): ("1",)}
    assert len(refused(items)) == 3


def test_a_list_of_nobody_knows_which_ecosystem(tmp_path: Path) -> None:
    assert "--ecosystem" in refused(read(written(tmp_path / "list.json", {"lib": None})))[0][1]


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), max_size=8),
    name=st.sampled_from(["a.csv", "a.txt"]),
)
def test_any_table_does_no_harm(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], name: str) -> None:
    content = "type,indicator\n" + "\n".join(",".join(row) for row in rows)
    path = written(tmp_path_factory.mktemp("any") / name, content.encode("utf-8", "surrogatepass"))
    try:
        read(path)
    except FeedError:
        return


@settings(deadline=None, max_examples=150)
@given(
    value=st.dictionaries(
        st.text(max_size=6), st.none() | st.lists(st.text(max_size=6), max_size=2) | st.integers(), max_size=4
    )
)
def test_any_list_of_packages_does_no_harm(tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]) -> None:
    path = written(tmp_path_factory.mktemp("any") / "npm.json", json.dumps({"first": None} | value))
    assert len(advisories(read(path))) + len(refused(read(path))) >= 1


@pytest.mark.parametrize("header", ["blake2b_256,file", "BLAKE2b-256,file", "file,blake2b"])
def test_a_table_names_the_algorithm_of_its_digests(tmp_path: Path, header: str) -> None:
    row = ",".join("a1" * 32 if word.lower().startswith("blake") else "a.tgz" for word in header.split(","))
    assert set(indicators(read(written(tmp_path / "t.csv", f"{header}\n{row}\n")))) == {("blake2b_256", "a1" * 32)}


@pytest.mark.parametrize("title", ["imphash", "Authentihash", "sha3_256", "blake3", "ja3"])
def test_a_digest_of_something_else_is_none_of_a_file(tmp_path: Path, title: str) -> None:
    digest = "a1" * (32 if "3_" in title or "blake" in title else 16)
    (refused_,) = refused(read(written(tmp_path / "t.csv", f"{title},about\n{digest},x\n")))
    assert "no column that doorward knows" in str(refused_)


def test_an_answer_of_malwarebazaar(tmp_path: Path) -> None:
    sample = {"first_seen": "2026-05-01 09:00:00", "sha256_hash": "a1" * 32, "sha3_384_hash": "d4" * 48}
    sample |= {"md5_hash": "c3" * 16, "sha1_hash": None, "imphash": "e5" * 16, "file_name": "x.exe", "signature": None}
    answer = {"query_status": "ok", "data": [sample, 1]}
    items = read(written(tmp_path / "answer.json", answer))
    assert set(indicators(items)) == {("sha256", "a1" * 32), ("md5", "c3" * 16)}
    assert {item.seen for item in of(Indicator, items)} == {"2026-05-01T09:00:00Z"}
    assert refused(items) == [("answer.json[1]", "not a sample")]


@pytest.mark.parametrize("data", ["x", {"sha256_hash": 1}, None])
def test_an_answer_without_samples_is_refused(tmp_path: Path, data: object) -> None:
    content = {"query_status": "ok", "data": data, "sha256_hash": ""}
    assert refused(read(written(tmp_path / "answer.json", content))) == [("answer.json", "an answer without samples")]
