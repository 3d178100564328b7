"""Exchange formats: MalwareBazaar, ThreatFox, STIX, MISP, OpenIOC, KEV, EPSS, RustSec, reports."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorward.errors import FeedError, InvalidVersion
from doorward.model.advisories import Advisory, Exploited, Kind, Likelihood
from doorward.model.intelligence import About, Indicator, Role
from doorward.model.ranges import names
from doorward.sources.feeds import read_feed
from doorward.sources.feeds._cargo import affected_events, interval
from doorward.sources.feeds._patterns import Comparison, Unsplittable, comparisons
from tests.feeds.build import advisories, defects, indicators, of, read, refused, written, zipped

SHA256, SHA1, MD5 = "a1" * 32, "b2" * 20, "c3" * 16
EMPTY = hashlib.sha256().hexdigest()


def parse(path: Path, content: Any) -> list[Any]:
    return list(read_feed(written(path, content)))


BAZAAR = f"""\
################################################################
# MalwareBazaar recent malware samples (CSV)                   #
################################################################
#
# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","file_type_guess","mime_type","signature","clamav","vtpercent","imphash","ssdeep","tlsh"
"2026-05-01 10:00:00", "{SHA256}", "{MD5}", "{SHA1}", "somebody", "a.exe", "exe", "x/y", "Family", "n/a", "n/a", "n/a", "n/a", "{"0A" * 35}"
"2026-05-01 10:00:00", "{EMPTY}", "{MD5[::-1]}", "n/a", "somebody", "n/a", "exe", "x/y", "n/a", "n/a", "n/a", "n/a", "n/a", "n/a"
"2026-05-01 10:00:00", "short"
"""


def test_malware_bazaar(tmp_path: Path) -> None:
    items = parse(tmp_path / "recent.csv", BAZAAR)
    found = indicators(items)
    assert set(found) == {
        ("sha256", SHA256), ("md5", MD5), ("sha1", SHA1), ("md5", MD5[::-1]), ("tlsh", "0A" * 35),
    }  # fmt: skip
    assert (found["sha256", SHA256].note, found["sha256", SHA256].role) == ("Family, a.exe", Role.FILE)
    assert found["sha256", SHA256].seen == "2026-05-01T10:00:00Z"
    assert [place for place, _ in refused(items)] == ["recent.csv:7", "recent.csv:8"]
    assert any(about.adds for about in of(About, items))


FUZZY = "0A" * 35
NO_TLSH = "Z" * 70


@pytest.mark.parametrize("written_as", [FUZZY, f"T1{FUZZY}", f" t1{FUZZY.lower()}"])
def test_tlsh_in_every_format(tmp_path: Path, written_as: str) -> None:
    """With and without the mark of the newer digests; what is as long and no hex is none."""
    pattern = f"[file:hashes.TLSH = '{written_as.strip()}']"
    feeds = {
        "bazaar.csv": BAZAAR.replace(FUZZY, written_as),
        "event.json": event(attribute("tlsh", written_as), attribute("filename|tlsh", f"a|b|{written_as.strip()}")),
        "stix.json": bundle(indicator(pattern)),
        "table.csv": f"tlsh,sha256\n{written_as},{SHA256}\n",
        "types.csv": f"type,indicator\ntlsh,{written_as}\nsha256,{SHA256}\n",
    }
    for name, content in feeds.items():
        found = indicators(parse(tmp_path / name, content))
        assert found["tlsh", FUZZY].role is Role.FILE, name


@pytest.mark.parametrize(("text", "count"), [(NO_TLSH, 1), (FUZZY[:-2], 1), (f"{FUZZY}00", 1), ("TNULL", 0), ("", 0)])
def test_what_is_no_tlsh_digest(tmp_path: Path, text: str, count: int) -> None:
    items = parse(tmp_path / "bazaar.csv", BAZAAR.replace(FUZZY, text))
    assert "tlsh" not in {kind for kind, _ in indicators(items)}
    assert [reason for _, reason in refused(items)].count(f"not a TLSH digest: {text}") == count


FOX_HEAD = (
    '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable",'
    '"last_seen_utc","confidence_level","reference","tags","anonymous","reporter"\n'
)
FOX = FOX_HEAD + (
    '"2026-05-01 10:00:00", "1", "9.9.9.9:4444", "ip:port", "botnet_cc", "win.x", "", "Family", "", "75", "", "", "0", "x"\n'
    f'"2026-05-01 10:00:00", "2", "{SHA256}", "sha256_hash", "payload", "win.x", "", "Family", "", "100", "", "", "0", "x"\n'
    '"2026-05-01 10:00:00", "3", "x", "envelope", "payload", "win.x", "", "Family", "", "100", "", "", "0", "x"\n'
)


def test_threat_fox(tmp_path: Path) -> None:
    items = parse(tmp_path / "fox.csv", FOX)
    found = indicators(items)
    assert set(found) == {("ip", "9.9.9.9"), ("sha256", SHA256)}
    one = found["ip", "9.9.9.9"]
    assert (one.port, one.confidence, one.note, one.record) == (4444, 75, "Family", "1")
    assert len(refused(items)) == 1
    entry = {"ioc_value": "evil.invalid", "ioc_type": "domain", "threat_type": "botnet_cc", "confidence_level": 50}
    for content in (
        {"123": [entry]},
        {"query_status": "ok", "data": [entry | {"ioc": "evil.invalid", "ioc_value": None}]},
    ):
        assert set(indicators(parse(tmp_path / "fox.json", content))) == {("domain", "evil.invalid")}


def indicator(pattern: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number}",
        "modified": "2026-05-01T10:00:00.000Z",
        "pattern_type": "stix",
        "pattern": pattern,
        "valid_from": "2026-05-01T10:00:00Z",
    } | more


def bundle(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"type": "bundle", "id": "bundle--1", "objects": list(objects)}


GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"


def test_stix_indicators(tmp_path: Path) -> None:
    items = parse(
        tmp_path / "bundle.json",
        bundle(
            indicator(
                f"[file:hashes.'SHA-256' = '{SHA256}' OR file:hashes.MD5 = '{MD5.upper()}'] OR [domain-name:value IN ('evil.invalid', 'worse.invalid')]",
                name="Dropper",
                confidence=80,
                valid_until="2026-07-01T00:00:00Z",
                object_marking_refs=[GREEN],
            ),
            indicator("[url:value = 'http://evil.invalid/a\\'b']", 2),
            indicator("[ipv4-addr:value = '9.9.9.9']", 3, revoked=True),
        ),
    )
    found = indicators(items)
    assert set(found) == {
        ("sha256", SHA256), ("md5", MD5), ("domain", "evil.invalid"), ("domain", "worse.invalid"),
        ("url", "http://evil.invalid/a'b"), ("ip", "9.9.9.9"),
    }  # fmt: skip
    one = found["sha256", SHA256]
    assert (one.confidence, one.valid_until, one.tlp, one.note) == (80, "2026-07-01T00:00:00Z", "green", "Dropper")
    assert (one.record, one.role) == ("indicator--1", Role.FILE)
    assert [item.value for item in found.values() if item.retracted] == ["9.9.9.9"]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (f"[file:hashes.'SHA-256' = '{SHA256}' AND file:name = 'x']", "AND"),
        (f"[file:hashes.'SHA-256' = '{SHA256}'] FOLLOWEDBY [domain-name:value = 'evil.invalid']", "FOLLOWEDBY"),
        (f"[file:hashes.'SHA-256' = '{SHA256}'] AND [domain-name:value = 'evil.invalid']", "AND"),
        ("[domain-name:value != 'evil.invalid']", "whole"),
        ("[domain-name:value LIKE '%.invalid']", "LIKE"),
        ("[domain-name:value MATCHES '.*']", "MATCHES"),
        ("[NOT domain-name:value = 'evil.invalid']", "whole"),
        ("[domain-name:value = 'evil.invalid'] REPEATS 5 TIMES", "whole"),
        ("[domain-name:value = 'evil.invalid'", "unfinished"),
        ("[domain-name:value = 'evil.invalid' OR ]", "whole"),
        ("[domain-name:value = 'evil.invalid'] OR", "unfinished"),
        ("[domain-name:value = 'evil.invalid'] OR OR [domain-name:value = 'worse.invalid']", "not read"),
        ("[url:value = 'x'] FOLLOWEDBY [file:name = 'x'] OR [domain-name:value = 'evil.invalid']", "FOLLOWEDBY"),
        ("([url:value = 'x'] OR [domain-name:value = 'evil.invalid']) WITHIN 5 SECONDS", "whole"),
        ("", "whole"),
    ],
)
def test_a_pattern_that_is_one_whole_is_never_split(tmp_path: Path, pattern: str, reason: str) -> None:
    items = parse(tmp_path / "bundle.json", bundle(indicator(pattern)))
    assert indicators(items) == {}
    ((_, why),) = refused(items)
    assert "whole" in why
    assert reason in why


@pytest.mark.parametrize(
    "whole",
    ["[file:name = 'x' AND file:size = '1']", "([url:value = 'x'] AND [file:name = 'x'])", "[url:value LIKE 'x']"],
)
def test_an_observation_that_is_one_whole_costs_no_other(tmp_path: Path, whole: str) -> None:
    good = "[domain-name:value = 'evil.invalid']"
    for pattern in (f"{whole} OR {good}", f"{good} OR {whole}"):
        items = parse(tmp_path / "bundle.json", bundle(indicator(pattern)))
        assert set(indicators(items)) == {("domain", "evil.invalid")}
        ((_, why),) = refused(items)
        assert why.startswith("an alternative that says something only as a whole: ")


def test_stix_of_other_languages_and_of_harmless_things_is_refused(tmp_path: Path) -> None:
    items = parse(
        tmp_path / "bundle.json",
        bundle(
            indicator("rule x {}", pattern_type="yara"),
            indicator("[domain-name:value = 'good.invalid']", 2, indicator_types=["benign"]),
            indicator("[process:name = 'x']", 3),
            indicator("[file:hashes.SSDEEP = 'x']", 4),
        ),
    )
    assert indicators(items) == {}
    assert len(refused(items)) == 4


def test_what_is_no_stix_object_is_refused_with_its_place(tmp_path: Path) -> None:
    good, unreadable = indicator("[domain-name:value = 'evil.invalid']"), indicator("x", 2) | {"pattern": 7}
    objects = json.dumps([good, "junk", None, {"type": "indicator"}, unreadable])
    content = f'{{"type": "bundle", "objects": {objects}}}'
    no_object = "not an object with an id"
    places = [("[1]", no_object), ("[2]", no_object), ("[3]", no_object)]
    last = f": {unreadable['id']}", "an indicator without a pattern"
    items = parse(tmp_path / "a.json", content)
    assert set(indicators(items)) == {("domain", "evil.invalid")}
    assert refused(items) == [(f"a.json{place}", reason) for place, reason in (*places, last)]
    written(tmp_path / "feed" / "a.json", content)
    written(tmp_path / "feed" / "b.json", bundle())
    assert refused(read(tmp_path / "feed")) == refused(items)


def test_the_newest_version_of_a_stix_object_counts(tmp_path: Path) -> None:
    old = indicator("[domain-name:value = 'evil.invalid']", modified="2026-04-01T00:00:00Z")
    new = indicator("[domain-name:value = 'worse.invalid']", modified="2026-05-01T00:00:00Z")
    for objects in ((old, new), (new, old)):
        assert set(indicators(parse(tmp_path / "bundle.json", bundle(*objects)))) == {("domain", "worse.invalid")}


def test_a_bare_stix_file_counts_only_where_it_is_tied_to_malware(tmp_path: Path) -> None:
    def file(name: str, digest: str) -> dict[str, Any]:
        return {"type": "file", "spec_version": "2.1", "id": f"file--{name}", "hashes": {"SHA-256": digest}}

    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("free", "tied", "sample", "based")}
    tie = {"type": "relationship", "id": "relationship--1", "relationship_type": "related-to", "source_ref": "file--tied", "target_ref": "malware--1"}  # fmt: skip
    based = {"type": "relationship", "id": "relationship--2", "relationship_type": "based-on", "source_ref": "indicator--1", "target_ref": "file--based"}  # fmt: skip
    malware = {"type": "malware", "id": "malware--1", "sample_refs": ["file--sample"]}
    items = parse(tmp_path / "bundle.json", bundle(*(file(*pair) for pair in digests.items()), tie, based, malware))
    assert {value for _, value in indicators(items)} == {digests[name] for name in ("tied", "sample", "based")}


def stix_file(name: str, digest: str = SHA256) -> dict[str, Any]:
    return {"type": "file", "spec_version": "2.1", "id": f"file--{name}", "hashes": {"SHA-256": digest}}


def related(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"type": "relationship", "id": "relationship--1", "relationship_type": "related-to", "source_ref": source, "target_ref": target} | more  # fmt: skip


RELATION = related("file--1", "malware--1", modified="2026-05-01T00:00:00Z")
ENDED = RELATION | {"revoked": True, "modified": "2026-05-02T00:00:00Z"}
EVIL = "[domain-name:value = 'evil.invalid']"
OWN_MARK = {"type": "marking-definition", "id": "marking-definition--own", "definition": {"tlp": "amber"}}
#: Objects of documents of one feed, and the indicators that they say together.
TOGETHER: dict[str, tuple[list[list[dict[str, Any]]], set[str]]] = {
    "a file and its tie": ([[stix_file("1")], [RELATION]], {SHA256}),
    "a file and the malware of which it is a sample": (
        [[stix_file("1")], [{"type": "malware", "id": "malware--1", "sample_refs": ["file--1"]}]],
        {SHA256},
    ),
    "a tie that ended": ([[RELATION], [stix_file("1")], [ENDED]], {f"{SHA256}, taken back"}),
    "no tie": ([[stix_file("1")], [related("file--2", "malware--1")]], set()),
    "a newer version": (
        [[indicator(EVIL)], [indicator(EVIL.replace("evil", "worse"), modified="2026-05-02T00:00:00Z")]],
        {"worse.invalid"},
    ),
    "one that was taken back": (
        [[indicator(EVIL)], [indicator(EVIL, revoked=True, modified="2026-05-02T00:00:00Z")]],
        {"evil.invalid, taken back"},
    ),
    "the same twice": ([[indicator(EVIL)], [indicator(EVIL)]], {"evil.invalid"}),
    "a mark": ([[indicator(EVIL, object_marking_refs=[OWN_MARK["id"]])], [OWN_MARK]], {"evil.invalid, amber"}),
}


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("packed", [False, True])
def test_the_bundles_of_a_feed_speak_together(tmp_path: Path, name: str, packed: bool) -> None:
    documents, expected = TOGETHER[name]
    for order in (documents, documents[::-1]):
        content = {f"{number}.json": bundle(*objects) for number, objects in enumerate(order)}
        if packed:
            items = read(zipped(tmp_path / "feed.zip", content))
        else:
            for file, document in content.items():
                written(tmp_path / "feed" / file, document)
            items = read(tmp_path / "feed")
        found = [
            ", ".join(filter(None, (item.value, item.tlp, "taken back" if item.retracted else "")))
            for item in of(Indicator, items)
        ]
        assert (sorted(found), refused(items)) == (sorted(expected), [])


def test_a_bundle_that_is_broken_costs_itself(tmp_path: Path) -> None:
    for name, document in (("0.json", bundle(stix_file("1"))), ("1.json", '{"type": "bundle", "objects": ['), ("2.json", bundle(RELATION))):  # fmt: skip
        written(tmp_path / "feed" / name, document)
    items = read(tmp_path / "feed")
    assert set(indicators(items)) == {("sha256", SHA256)}
    assert [place for place, _ in refused(items)] == ["1.json"]


def test_bundles_of_too_many_objects_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.sources.feeds.stix.MOST_OBJECTS", 2)
    for number in range(3):
        written(tmp_path / "feed" / f"{number}.json", bundle(indicator(f"[domain-name:value = 'evil{number}.invalid']", number)))  # fmt: skip
    items = read(tmp_path / "feed")
    assert {value for _, value in indicators(items)} == {"evil0.invalid", "evil1.invalid"}
    assert [place for place, _ in refused(items)] == ["2.json"]


@settings(deadline=None, max_examples=300)
@given(pattern=st.text(alphabet="[]()'=:,. \\aAORIN", max_size=40) | st.text(max_size=30))
def test_any_pattern_is_read_or_stays_whole(pattern: str) -> None:
    try:
        found, _ = comparisons(pattern)
    except Unsplittable:
        return
    assert all(isinstance(item, Comparison) for item in found)


def test_a_long_pattern_takes_little_time() -> None:
    values = ", ".join(f"'{n}.invalid'" for n in range(4000))
    assert len(comparisons(f"[domain-name:value IN ({values})]")[0]) == 4000
    for hostile in ("[" * 50_000, "a:b = '" + "\\" * 50_000, "[x:y" + "'" * 50_000, "(" * 50_000 + "a:b = 'c'"):
        with pytest.raises(Unsplittable):
            comparisons(hostile)


def event(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Event": {"uuid": "1111", "info": "A campaign", "Attribute": list(attributes)} | more}


def attribute(type_: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": type_, "value": value, "to_ids": True, "timestamp": "1777629600", "uuid": f"u-{type_}"} | more


def test_misp_events(tmp_path: Path) -> None:
    items = parse(
        tmp_path / "event.json",
        event(
            attribute("sha256", SHA256, comment="the dropper"),
            attribute("filename|md5", f"a|b.exe|{MD5}"),
            attribute("domain|ip", "evil.invalid|9.9.9.9"),
            attribute("ip-dst|port", "8.8.4.4|8080"),
            attribute("url", "hxxp://evil[.]invalid/x"),
            attribute("sha1", SHA1, to_ids=False),
            attribute("hostname", "gone.invalid", deleted=True),
            attribute("yara", "rule x {}"),
            attribute("sha256", EMPTY),
            {"type": 3, "value": None, "to_ids": True},
            Tag=[{"name": "tlp:amber"}],
            Object=[{"Attribute": [attribute("sha256", SHA256[::-1])]}],
        ),
    )
    found = indicators(items)
    assert {key for key, item in found.items() if not item.retracted} == {
        ("sha256", SHA256), ("md5", MD5), ("domain", "evil.invalid"), ("ip", "9.9.9.9"), ("ip", "8.8.4.4"),
        ("url", "http://evil.invalid/x"), ("sha256", SHA256[::-1]),
    }  # fmt: skip
    assert found["domain", "gone.invalid"].retracted
    one = found["sha256", SHA256]
    assert (one.note, one.tlp, one.record, one.seen) == ("the dropper", "amber", "1111", "2026-05-01T10:00:00Z")
    assert found["ip", "8.8.4.4"].port == 8080
    assert found["md5", MD5].note == "A campaign"
    assert len(refused(items)) == 3


def test_a_misp_feed_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "misp"
    written(folder / "manifest.json", {"1111": {"info": "A campaign", "Orgc": {"name": "x"}, "timestamp": "1"}})
    written(folder / "hashes.csv", f"{MD5},11111111-2222-3333-4444-555555555555\n")
    written(folder / "1111.json", event(attribute("sha256", SHA256)))
    items = read(folder)
    assert set(indicators(items)) == {("sha256", SHA256)}
    assert refused(items) == []


def test_misp_answers_with_several_events(tmp_path: Path) -> None:
    content = {"response": [event(attribute("sha256", SHA256)), event(attribute("sha1", SHA1))]}
    assert len(indicators(parse(tmp_path / "answer.json", content))) == 2


@pytest.mark.parametrize(
    "content",
    [
        {"Event": {"Attribute": []}},
        {"Event": {"uuid": "aa", "Object": []}},
        [{"Event": {"uuid": "aa", "timestamp": "1"}}],
        {"response": [{"Event": {"uuid": "aa"}}]},
        {"response": []},
        {"response": {"Attribute": []}},
    ],
)
def test_a_misp_document_that_says_nothing_is_one_of_misp(tmp_path: Path, content: object) -> None:
    assert list(read_feed(written(tmp_path / "aa.json", content))) == [About("MISP")]


def test_a_misp_server_answers_with_attributes(tmp_path: Path) -> None:
    content = {"response": {"Attribute": [attribute("sha256", SHA256), attribute("md5", MD5) | {"to_ids": False}]}}
    assert [item.value for item in of(Indicator, read(written(tmp_path / "answer.json", content)))] == [SHA256]


IOC = f"""\
<?xml version="1.0"?>
<ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="ioc-1" last-modified="2026-05-01T10:00:00">
  <short_description>Dropper</short_description>
  <definition>
    <Indicator operator="OR" id="a">
      <IndicatorItem condition="is"><Context search="FileItem/Sha256sum"/><Content type="sha256">{SHA256}</Content></IndicatorItem>
      <IndicatorItem condition="contains"><Context search="Network/DNS"/><Content>evil.invalid</Content></IndicatorItem>
      <IndicatorItem condition="is"><Context search="Network/DNS"/><Content>evil[.]invalid</Content></IndicatorItem>
      <IndicatorItem condition="is"><Context search="FileItem/FileName"/><Content>x</Content></IndicatorItem>
      <Indicator operator="AND" id="b">
        <IndicatorItem condition="is"><Context search="FileItem/Md5sum"/><Content>{MD5}</Content></IndicatorItem>
      </Indicator>
    </Indicator>
  </definition>
</ioc>
"""


def test_open_ioc(tmp_path: Path) -> None:
    items = parse(tmp_path / "x.ioc", IOC)
    assert set(indicators(items)) == {("sha256", SHA256), ("domain", "evil.invalid")}
    assert indicators(items)["sha256", SHA256].note == "Dropper"
    assert len(refused(items)) == 3
    newer = IOC.replace("<ioc ", "<OpenIOC ").replace("</ioc>", "</OpenIOC>").replace("definition>", "criteria>")
    assert set(indicators(parse(tmp_path / "y.ioc", newer))) == set(indicators(items))


def test_open_ioc_with_a_prefix_and_all_that_it_can_say(tmp_path: Path) -> None:
    """Nothing below an AND stands for itself, however deep an OR lies below it."""

    def item(search: str, content: str, **more: str) -> str:
        told = " ".join(f'{name}="{value}"' for name, value in ({"condition": "is"} | more).items())
        context = (
            f'<i:Context document="x" search="{search}" type="mir"/><i:Content type="string">{content}</i:Content>'
        )
        return f"<i:IndicatorItem id='1' {told}>{context}<i:Comment>c.invalid</i:Comment></i:IndicatorItem>"

    halves = f"{SHA256[:30].upper()}<!-- and -->{SHA256[30:].upper()}"
    alone = [
        item("FileItem/Sha256sum", f"\n  {halves} "),
        item("ServiceItem/serviceDLLmd5sum", MD5.upper()),
        item("DnsEntryItem/Host", "dns[.]invalid"),
        item("UrlHistoryItem/HostName", "host.invalid"),
        item("PortItem/remoteIP", "9.9.9.9"),
        item("Network/URI", "http://evil.invalid/a?b=1&amp;c=2"),
    ]
    either = f'<i:Indicator operator="OR">{item("Network/DNS", "deep.invalid")}</i:Indicator>'
    both = f'<i:Indicator operator="AND">{item("Network/DNS", "one.invalid")}{item("FileItem/Md5sum", MD5)}{either}</i:Indicator>'
    neither = [
        item("Network/DNS", "no.invalid", negate="true"),
        item("Network/DNS", "no.invalid", condition="contains"),
    ]
    content = (
        "<!-- of a feed --><i:ioc xmlns:i='http://schemas.mandiant.com/2010/ioc' id='1'><i:definition>"
        f'<i:Indicator operator="or">{"".join(alone)}{both}{"".join(neither)}</i:Indicator></i:definition></i:ioc>'
    )
    items = parse(tmp_path / "x.xml", content)
    assert set(indicators(items)) == {
        ("sha256", SHA256),
        ("md5", MD5),
        ("domain", "dns.invalid"),
        ("domain", "host.invalid"),
        ("ip", "9.9.9.9"),
        ("url", "http://evil.invalid/a?b=1&c=2"),
    }
    assert [reason.partition(": ")[2] for _, reason in refused(items)] == [
        *["it counts only together with others"] * 3,
        "it is negated",
        "its condition is contains",
    ]


LAUGHS = '<!DOCTYPE ioc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (IOC.replace("<ioc ", LAUGHS + "<ioc "), "declares"),
        (IOC[:-30], "not XML"),
        ("<ioc><Indicator>" + "<a>" * 300, "deep"),
        (IOC.replace("?>", ' encoding="nobody-knows"?>'), "unknown encoding"),
        ("<ioc><Indicator>" + "<IndicatorItem/>" * 1_000_001, "more than 1,000,000 items"),
    ],
)
def test_hostile_xml_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    items = parse(tmp_path / "x.ioc", content)
    assert reason in refused(items)[0][1]
    assert indicators(items) == {}


def test_kev(tmp_path: Path) -> None:
    entries = [
        {"cveID": "CVE-2026-1000", "dateAdded": "2026-05-01", "dueDate": "2026-05-22", "knownRansomwareCampaignUse": "Known"},
        {"cveID": "nonsense"},
        {"cveID": "CVE-2026-1001", "dateAdded": 7},
    ]  # fmt: skip
    items = parse(tmp_path / "kev.json", {"dateReleased": "2026-05-01T17:00:00.9796Z", "vulnerabilities": entries})
    assert of(Exploited, items) == [
        Exploited("CVE-2026-1000", "2026-05-01", "2026-05-22", ransomware=True),
        Exploited("CVE-2026-1001"),
    ]
    assert of(About, items)[1].made == "2026-05-01T17:00:00Z"
    assert len(refused(items)) == 1


def test_kev_as_a_table(tmp_path: Path) -> None:
    """The notes of its rows are full of addresses, and none of them is an indicator."""
    header = "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes"
    rows = [
        'CVE-2026-1000,v,p,n,2026-05-01,"two lines, ""quoted""\r\n# of text",a,2026-05-22,Known,https://notes.invalid/x ; https://b.invalid,"CWE-20, CWE-22"',
        "cve-2026-1001,v,p,n,May,s,a,2026-05-22,Unknown,https://notes.invalid/y,",
        "nonsense,v,p,n,2026-05-01,s,a,2026-05-22,Unknown,https://notes.invalid/z,",
        "CVE-2026-1002,v,p",
    ]
    for name in ("kev.csv", "kev.txt", "kev.csv.gz"):
        data = "\r\n".join([header, *rows]).encode("utf-8-sig")
        items = parse(tmp_path / name, gzip.compress(data) if name.endswith(".gz") else data)
        assert of(Exploited, items) == [
            Exploited("CVE-2026-1000", "2026-05-01", "2026-05-22", ransomware=True),
            Exploited("CVE-2026-1001", "", "2026-05-22"),
            Exploited("CVE-2026-1002"),
        ]
        assert indicators(items) == {}
        assert refused(items) == [(f"{name.removesuffix('.gz')}:5", "not an entry with a cveID: NONSENSE")]


def test_epss_as_programs_write_it(tmp_path: Path) -> None:
    lines = ["cve,epss,percentile", "cve-2026-1000,1e-05,0.0", '"CVE-2026-1001","0.5","0.9"', "CVE-2026-1002,12%,0.2"]
    lines += ["CVE-2026-1003,94.3,99.9", "CVE-2026-1004,-0.1,0.2", "CVE-2026-1005,0.5", "", "# the end"]
    items = parse(tmp_path / "epss.csv", "\r\n".join(lines))
    assert of(Likelihood, items) == [Likelihood("CVE-2026-1000", 1e-05, 0.0), Likelihood("CVE-2026-1001", 0.5, 0.9)]
    assert refused(items) == [
        ("epss.csv:4", "not a score: CVE-2026-1002,12%,0.2"),
        ("epss.csv:5", "not between 0 and 1: CVE-2026-1003,94.3,99.9"),
        ("epss.csv:6", "not a score: CVE-2026-1004,-0.1,0.2"),
        ("epss.csv:7", "not a score: CVE-2026-1005,0.5"),
    ]


def test_epss(tmp_path: Path) -> None:
    lines = ["#model_version:v2026.01.01,score_date:2026-05-01T00:00:00+0000", "cve,epss,percentile", "CVE-2026-1000,0.97,0.99"]  # fmt: skip
    lines += ["CVE-2026-1001,1.00000,1.00000", "CVE-2026-1002,1.5,0.1", "CVE-2026-1003,nan,0.1"]
    items = parse(tmp_path / "epss.csv.gz", gzip.compress("\n".join(lines).encode()))
    assert of(Likelihood, items) == [Likelihood("CVE-2026-1000", 0.97, 0.99), Likelihood("CVE-2026-1001", 1.0, 1.0)]
    assert of(About, items)[1].made == "2026-05-01T00:00:00Z"
    assert len(refused(items)) == 2


RUSTSEC = """\
```toml
[advisory]
id = "RUSTSEC-2026-0001"
package = "example_lib"
date = "2026-05-01"
aliases = ["CVE-2026-1000"]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

[affected.functions]
"example_lib::parse::load" = ["< 1.2.0"]

[versions]
patched = [">= 1.2.0", "^1.0.5"]
unaffected = ["< 0.9"]
```

# It reads too much

Words.
"""


def test_rust_sec(tmp_path: Path) -> None:
    (advisory,) = advisories(parse(tmp_path / "crates" / "RUSTSEC-2026-0001.md", RUSTSEC))
    assert (advisory.id, advisory.kind, advisory.summary) == (
        "RUSTSEC-2026-0001",
        Kind.VULNERABILITY,
        "It reads too much",
    )
    assert (advisory.aliases, advisory.scores[0].type) == (("CVE-2026-1000",), "CVSS_V3")
    assert advisory.affected[0].symbols[0].names == ("load",)

    def hit(version: str) -> bool:
        return names(advisory.affected[0], version, empty_names_all=False) is not None

    assert [v for v in ("0.8.9", "0.9.0", "1.0.4", "1.0.5", "1.1.0", "1.1.9", "1.2.0", "2.0.0") if hit(v)] == [
        "0.9.0",
        "1.0.4",
    ]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ('categories = ["malicious"]', Kind.MALICIOUS),
        ('informational = "unmaintained"', Kind.NOTICE),
        ('informational = "unsound"', Kind.NOTICE),
    ],
)
def test_kinds_of_rust_sec(tmp_path: Path, change: str, kind: Kind) -> None:
    content = RUSTSEC.replace('date = "2026-05-01"', f'date = "2026-05-01"\n{change}')
    assert advisories(parse(tmp_path / "x.md", content))[0].kind is kind


def test_withdrawn_and_broken_ones_of_rust_sec(tmp_path: Path) -> None:
    withdrawn = RUSTSEC.replace('date = "2026-05-01"', 'date = "2026-05-01"\nwithdrawn = "2026-05-03"')
    assert advisories(parse(tmp_path / "x.md", withdrawn))[0].withdrawn == "2026-05-03T00:00:00Z"
    odd = parse(tmp_path / "x.md", RUSTSEC.replace('"< 0.9"', '"below 0.9"'))
    assert advisories(odd)[0].affected[0].ranges[0].type == "UNREADABLE"
    assert len(defects(odd)) == 1
    for broken in (
        RUSTSEC.replace("id =", "id"),
        RUSTSEC.replace("RUSTSEC-2026-0001", "x"),
        RUSTSEC.replace("```\n", ""),
    ):
        items = parse(tmp_path / "x.md", broken)
        assert (len(advisories(items)), len(refused(items))) == (0, 1)


@pytest.mark.parametrize("beginning", ["", "```toml\n[advis", "\0\0"])
def test_a_damaged_one_of_rust_sec_in_a_folder_is_refused(tmp_path: Path, beginning: str) -> None:
    """Its name tells what it was; other Markdown beside it is no part of the feed."""
    for name, text in (("RUSTSEC-2026-0001", RUSTSEC), ("RUSTSEC-2026-0002", beginning), ("README", "words")):
        written(tmp_path / "feed" / "crates" / f"{name}.md", text.encode())
    items = read(tmp_path / "feed")
    assert [advisory.id for advisory in advisories(items)] == ["RUSTSEC-2026-0001"]
    assert [place for place, _ in refused(items)] == ["crates/RUSTSEC-2026-0002.md"]


def test_a_list_of_rust_sec_s_fields(tmp_path: Path) -> None:
    values = [
        {"id": "RUSTSEC-2026-0001", "package": "lib", "patched": [">= 1.0"], "unaffected": [], "malicious": False, "informational": None},
        {"id": "RUSTSEC-2026-0002", "package": "bad", "patched": [], "unaffected": [], "malicious": True, "withdrawn": None},
        {"id": "RUSTSEC-2026-0003"},
    ]  # fmt: skip
    items = parse(tmp_path / "summary.json", values)
    assert [(a.id, a.kind) for a in advisories(items)] == [
        ("RUSTSEC-2026-0001", Kind.VULNERABILITY),
        ("RUSTSEC-2026-0002", Kind.MALICIOUS),
    ]
    assert len(refused(items)) == 1


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (">= 1.2.3", ("1.2.3", "")),
        ("> 1.2.3", ("1.2.4-0", "")),
        ("> 1.2", ("1.3.0-0", "")),
        ("< 1.2", ("0.0.0-0", "1.2.0")),
        ("<= 1.2.3", ("0.0.0-0", "1.2.4-0")),
        ("= 1.2.3", ("1.2.3", "1.2.4-0")),
        ("= 1.2", ("1.2.0", "1.3.0-0")),
        ("^1.2.3", ("1.2.3", "2.0.0-0")),
        ("1.2.3", ("1.2.3", "2.0.0-0")),
        ("^0.2.3", ("0.2.3", "0.3.0-0")),
        ("^0.0.3", ("0.0.3", "0.0.4-0")),
        ("^0", ("0.0.0", "1.0.0-0")),
        ("~1.2.3", ("1.2.3", "1.3.0-0")),
        ("~1", ("1.0.0", "2.0.0-0")),
        ("*", ("0.0.0-0", "")),
        (">= 1.0.0-rc.1, < 1.2", ("1.0.0-rc.1", "1.2.0")),
        ("> 1.0.0-rc.1", ("1.0.0-rc.1.0", "")),
    ],
)
def test_requirements_of_cargo(requirement: str, expected: tuple[str, str]) -> None:
    assert interval(requirement) == expected


def test_what_requirements_leave_out() -> None:
    assert affected_events([">= 1.2"], []) == (("introduced", "0"), ("fixed", "1.2.0"))
    assert affected_events([], []) == (("introduced", "0"),)
    assert affected_events(["*"], []) == ()
    assert affected_events(["^1.0.5", ">= 1.2"], ["< 1.0"]) == (("introduced", "1.0.0"), ("fixed", "1.0.5"))
    assert affected_events(["^0.1.2"], []) == (("introduced", "0"), ("fixed", "0.1.2"), ("introduced", "0.2.0-0"))
    with pytest.raises(InvalidVersion):
        affected_events(["one"], [])


REPORT = f"""\
# A worm in a library

The dropper (SHA-256 {SHA256}) was served by hxxps://evil[.]invalid/stage2. It also asked 9[.]9[.]9[.]9:8080.
See [our earlier post](https://blog.example/earlier) and https://vendor.example for the victim.

| file | digest |
|---|---|
| a.exe | `{MD5}` |

Mail abuse[at]evil[.]invalid. The commit {SHA1} fixes it.
"""


def test_a_report_in_prose(tmp_path: Path) -> None:
    found = indicators(parse(tmp_path / "report.md", REPORT))
    assert set(found) >= {
        ("sha256", SHA256), ("url", "https://evil.invalid/stage2"), ("ip", "9.9.9.9"), ("md5", MD5),
    }  # fmt: skip
    assert not any("example" in value for _, value in found)
    assert {item.role for item in found.values()} == {Role.REPORT}
    assert found["sha256", SHA256].note.startswith("The dropper (SHA-256")
    assert found["sha256", SHA256].record == "report.md"


def test_a_report_as_a_page(tmp_path: Path) -> None:
    page = f"<!doctype html><html><script>var x='{SHA1}'</script><p>It is <code>{SHA256}</code>, at <b>evil[.]invalid</b>.</p>"
    assert set(indicators(parse(tmp_path / "report.html", page))) == {("sha256", SHA256), ("domain", "evil.invalid")}


def test_reports_are_read_by_themselves_only(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    written(folder / "README.md", REPORT)
    written(folder / "list.txt", f"{SHA256}\n")
    assert of(Indicator, read(folder)) == []
    with pytest.raises(FeedError):
        parse(tmp_path / "words.md", "Nothing but words, and https://site.example/")


def test_a_hostile_report_takes_little_time(tmp_path: Path) -> None:
    for hostile in (
        "[.]" * 100_000,
        "a[.]" * 50_000,
        "x" * 400_000 + "[.]",
        "[" * 200_000 + "evil[.]invalid",
        "0" * 400_000,
    ):
        try:
            parse(tmp_path / "report.txt", hostile + f"\n{SHA256}\n")
        except FeedError:
            continue


@settings(deadline=None, max_examples=100)
@given(content=st.text(alphabet="ab[.]()hxtp:/ \n0123456789", max_size=300))
@example(content="1.0.0.0")
def test_any_report_does_no_harm(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    """What is mostly bare addresses and digests is a list, whatever its name: a list says more than prose does."""
    path = written(tmp_path_factory.mktemp("any") / "report.txt", content + f"\n{SHA256}\n")
    try:
        items = list(read_feed(path))
    except FeedError:
        return
    (format_,) = [about.format for about in of(About, items) if about.format]
    assert of(Advisory, items) == []
    assert {item.role for item in of(Indicator, items)} <= {Role.CAMPAIGN if format_ == "plain list" else Role.REPORT}


HEADS = {
    "stix": bundle(indicator("[a:b = 'c']")),
    "misp": event(attribute("sha256", SHA256)),
    "fox": {"1": [{"ioc_value": "x", "ioc_type": "domain", "threat_type": "x"}]},
    "kev": {"vulnerabilities": [{"cveID": "CVE-2026-1000"}]},
    "list": {"@a/b": ["1"]},
}


@settings(deadline=None, max_examples=200)
@given(name=st.sampled_from(sorted(HEADS)), data=st.data())
def test_documents_with_a_wrong_value_anywhere_do_no_harm(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = json.loads(json.dumps(HEADS[name]))
    spots: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            spots.append((value, key))
            walk(value[key])

    walk(content)
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(st.none() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just([[]]))
    path = written(tmp_path_factory.mktemp("any") / "x.json", content)
    try:
        read(path)
    except FeedError:
        return
