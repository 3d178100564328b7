"""What feeds say of releases: by name, by digest, by the addresses in their code, and what stays open."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from doorward.engine.gather.intelligence import Asked, asked_of, look_up
from doorward.engine.run import ask
from doorward.errors import StoreError
from doorward.model.advisories import Kind
from doorward.model.content import ArtifactContent, Member
from doorward.model.facts import Known
from doorward.model.findings import Finding, Severity, Strength
from doorward.model.intelligence import Intelligence, Role
from doorward.model.purl import parse_purl
from doorward.model.release import LockedDigest
from doorward.rules import all_rules
from doorward.store.intel import open_bundle
from tests.feeds.build import EVIDENCE, GENUINE, malicious, osv, span
from tests.intel.build import NOW, Intel
from tests.rules.build import change, release, wheel

PURL = "pkg:pypi/examplelib@1.0.0"


def hexes(text: str) -> dict[str, str]:
    data = text.encode()
    return {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha1", "md5", "sha512")}


def member(path: str, text: str) -> Member:
    found = {name: bytes.fromhex(value) for name, value in hexes(text).items()}
    return Member(path, len(text), found["sha256"], found["sha1"], found["md5"], "text")


def content(*members: Member, digests: tuple[str, ...] = (), endpoints: tuple[str, ...] = ()) -> ArtifactContent:
    return ArtifactContent("wheel", "examplelib", "1.0.0", members, digests=digests, endpoints=endpoints)


def asked(purl: str = PURL, *contents: ArtifactContent, declared: tuple[str, ...] = ()) -> Asked:
    locked = tuple(LockedDigest(*text.split(":")) for text in declared)
    return Asked(parse_purl(purl), locked, tuple((f"lib-{n}.whl", item) for n, item in enumerate(contents)))


def tell(intel: Intel, *questions: Asked, **more: Any) -> list[Intelligence]:
    with intel.opened() as bundle:
        return look_up(bundle, questions, **({"now": NOW} | more))


def open_topics(told: Intelligence) -> dict[str, bool]:
    return {item.topic: item.required for item in told.open}


def test_by_name_and_version(intel: Intel) -> None:
    intel.add("f.json", [malicious(), osv("PYSEC-1", "other", ranges=span("introduced 0", "fixed 2"))])
    one, other, none = tell(intel, asked(), asked("pkg:pypi/other@1.0"), asked("pkg:pypi/third@1.0"))
    assert [match.advisory.id for match in one.of(Kind.MALICIOUS)] == ["MAL-2026-1"]
    assert [match.advisory.id for match in other.of(Kind.VULNERABILITY)] == ["PYSEC-1"]
    assert other.upgrade == "2"
    assert (none.advisories, none.bundle) == ((), one.bundle)


def test_by_declared_digest_before_anything_is_read(intel: Intel) -> None:
    intel.add("f.json", malicious())
    (told,) = tell(intel, asked("pkg:pypi/renamed@9", declared=(f"sha256:{GENUINE['sha256']}", "sha256:zz", "crc:00")))
    assert [(m.met, m.where, m.indicator.role) for m in told.indicators] == [
        ("declared", "the lock file", Role.PACKAGE)
    ]


def test_by_the_bytes_that_came(intel: Intel) -> None:
    intel.add("f.json", malicious())
    for algorithm in ("sha256", "md5", "blake2b_256"):
        (told,) = tell(intel, asked("pkg:pypi/renamed@9", content(digests=(f"{algorithm}:{GENUINE[algorithm]}",))))
        assert [(m.met, m.where) for m in told.indicators] == [("artifact", "lib-0.whl")]


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_by_a_file_inside(intel: Intel, algorithm: str) -> None:
    intel.add("list.txt", hexes("inert")[algorithm] + "\n")
    (told,) = tell(intel, asked(PURL, content(member("a.py", "other"), member("b.py", "inert"), member("c.py", ""))))
    assert [(m.met, m.where, m.indicator.role) for m in told.indicators] == [("member", "lib-0.whl/b.py", Role.FILE)]
    assert told.indicators[0].provenance.feed == "list.txt"


def test_an_evidence_file_keeps_its_role(intel: Intel) -> None:
    record = malicious()
    record["affected"][0]["database_specific"]["indicators"]["evidence_files"][0]["sha256"] = hexes("inert")["sha256"]
    intel.add("f.json", record)
    (told,) = tell(intel, asked("pkg:pypi/renamed@9", content(member("b.py", "inert"))))
    assert [m.indicator.role for m in told.indicators] == [Role.EVIDENCE]
    assert EVIDENCE not in {m.indicator.value for m in told.indicators}


def test_innocent_files_are_never_met(intel: Intel) -> None:
    intel.add("list.txt", hexes("licence")["sha256"] + "\n")
    question = asked(PURL, content(member("LICENSE", "licence")))
    assert tell(intel, question)[0].indicators
    intel.add("innocent.txt", hexes("licence")["sha256"] + "\n", role=Role.BENIGN)
    assert tell(intel, question)[0].indicators == ()


ENDPOINTS = (
    "evil.invalid",
    "api.evil.invalid",
    "https://evil.invalid/stage2#x",
    "9.9.9.9",
    "good.invalid",
    "t.me",
    "x.t.me",
)


def test_by_the_addresses_in_the_code(intel: Intel) -> None:
    intel.add("f.json", [malicious(), osv("MAL-2", "x", database_specific={"iocs": {"domains": ["t.me"]}})])
    (told,) = tell(intel, asked("pkg:pypi/renamed@9", content(endpoints=ENDPOINTS)))
    met = {(m.indicator.kind, m.indicator.value, m.where.split(" in ")[0]) for m in told.indicators}
    assert met == {
        ("domain", "evil.invalid", "evil.invalid"),
        ("domain", "evil.invalid", "api.evil.invalid"),
        ("url", "https://evil.invalid/stage2", "https://evil.invalid/stage2#x"),
        ("ip", "9.9.9.9", "9.9.9.9"),
        ("domain", "t.me", "t.me"),
    }
    assert {m.met for m in told.indicators} == {"endpoint"}


@pytest.mark.parametrize(
    ("listed", "endpoint"),
    [
        ("evil.invalid.", "EVIL.invalid"),
        ("hxxp://evil[.]invalid/a", "HTTP://user:secret@Evil.invalid:80/a"),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.invalid", "xn--bcher-kva.invalid"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("9.9.9.9", "::ffff:909:909"),
        ("[2606:4700:4700::1111]:443", "2606:4700:4700:0:0:0:0:1111"),
    ],
)
def test_one_address_in_two_forms(intel: Intel, listed: str, endpoint: str) -> None:
    intel.add("list.txt", listed)
    (told,) = tell(intel, asked("pkg:pypi/other@1", content(endpoints=(endpoint,))))
    assert [match.met for match in told.indicators] == ["endpoint"]


def test_nothing_is_met_by_chance(intel: Intel) -> None:
    intel.add("f.json", malicious())
    (told,) = tell(
        intel, asked("pkg:pypi/other@1", content(member("a.py", "x"), endpoints=("invalid", "notevil.invalid")))
    )
    assert told.indicators == ()


def test_of_what_no_feed_answers_malware_is_required_as_soon_as_any_feed_tells_of_it(intel: Intel) -> None:
    intel.add("f.json", [osv(f"MAL-{n}", "x", ecosystem="npm") for n in range(2)])
    pypi, npm = tell(intel, asked(PURL, content()), asked("pkg:npm/lib@1.0.0", content()))
    assert open_topics(pypi) == {
        "malicious": True, "vulnerability": False, "hashes": False, "hosts": False, "exploited": False,
    }  # fmt: skip
    assert open_topics(npm) == {"vulnerability": False, "exploited": False}


def test_a_list_of_digests_alone_answers_nothing_about_packages(intel: Intel) -> None:
    intel.add("list.txt", hexes("inert")["sha256"] + "\n")
    read, unread = tell(intel, asked(PURL, content()), asked())
    assert open_topics(read) == {"malicious": True, "vulnerability": False, "hosts": False, "exploited": False}
    assert open_topics(unread)["hashes"] is True


def test_an_old_feed_leaves_its_questions_open(intel: Intel) -> None:
    intel.add("f.json", [malicious(), osv("MAL-2", "second")], now=NOW - timedelta(days=8))
    (told,) = tell(intel, asked())
    assert open_topics(told)["malicious"] is True
    assert [(feed.name, age) for feed, age in told.stale] == [("f.json", timedelta(days=8))]
    (allowed,) = tell(intel, asked(), max_age=timedelta(days=9))
    assert (open_topics(allowed).get("malicious"), allowed.stale) == (None, ())
    assert told.of(Kind.MALICIOUS), "what it knew is still said"


def test_an_old_list_of_one_incident_does_not_make_a_young_feed_old(intel: Intel) -> None:
    intel.add("incident.csv", "package_name,package_version\n@s/lib,1.0.0\n", now=NOW - timedelta(days=300))
    intel.add("f.json", [osv(f"MAL-{n}", f"x{n}", ecosystem="npm") for n in range(5)])
    (told,) = tell(intel, asked("pkg:npm/%40s/lib@1.0.0"))
    assert told.stale == ()
    assert [match.provenance.feed for match in told.of(Kind.MALICIOUS)] == ["incident.csv"]


def test_the_worst_advisory_comes_first(intel: Intel) -> None:
    scores = {"GHSA-1": "C:N/I:N/A:L", "GHSA-2": "C:H/I:H/A:H", "GHSA-3": "C:H/I:N/A:N"}
    records = [
        osv(name, "examplelib", severity=[{"type": "CVSS_V3", "score": f"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/{score}"}], ranges=span("introduced 0"))
        for name, score in scores.items()
    ]  # fmt: skip
    records.append(osv("GHSA-4", "examplelib", database_specific={"severity": "MODERATE"}, ranges=span("introduced 0")))
    records.append(osv("GHSA-5", "examplelib", ranges=span("introduced 0")))
    intel.add("f.json", records)
    (told,) = tell(intel, asked())
    rated = [(m.advisory.id, m.severity, m.rated) for m in told.advisories]
    assert rated == [
        ("GHSA-2", Severity.CRITICAL, "CVSS 9.8"),
        ("GHSA-3", Severity.HIGH, "CVSS 7.5"),
        ("GHSA-5", Severity.HIGH, ""),
        ("GHSA-1", Severity.MEDIUM, "CVSS 5.3"),
        ("GHSA-4", Severity.MEDIUM, "moderate"),
    ]


def test_trap_d_malware_has_no_severity_and_is_critical(intel: Intel) -> None:
    intel.add("f.json", malicious())
    (told,) = tell(intel, asked())
    assert told.advisories[0].severity is Severity.CRITICAL


def test_kev_and_epss_join_by_alias(intel: Intel) -> None:
    intel.add("f.json", osv("GHSA-1", "examplelib", "1.0.0", aliases=["CVE-2026-1000"]))
    intel.add("kev.json", {"vulnerabilities": [{"cveID": "CVE-2026-1000", "dateAdded": "2026-05-01"}]})
    intel.add(
        "epss.csv",
        "#model_version:v1,score_date:2026-05-31T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n",
    )
    (told,) = tell(intel, asked())
    (match,) = told.advisories
    assert (match.exploited and match.exploited.added, match.likelihood and match.likelihood.probability) == (
        "2026-05-01",
        0.5,
    )


def test_what_is_exploited_stands_first(intel: Intel) -> None:
    """Scores say how bad it could be; that somebody uses it is worse."""
    worst = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
    flaws = [osv(f"GHSA-{n}", "examplelib", "1.0.0", aliases=[f"CVE-2026-100{n}"], severity=worst) for n in range(4)]
    flaws[3]["severity"] = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]
    intel.add("f.json", flaws)
    intel.add("kev.json", {"vulnerabilities": [{"cveID": "cve-2026-1003", "dateAdded": "2026-05-01"}]})
    intel.add("epss.csv", "cve,epss,percentile\nCVE-2026-1001,0.5,0.9\n")
    (told,) = tell(intel, asked())
    assert [match.advisory.id for match in told.advisories] == ["GHSA-3", "GHSA-1", "GHSA-0", "GHSA-2"]


def test_without_the_catalog_nobody_knows_what_is_exploited(intel: Intel) -> None:
    intel.add("f.json", [osv("GHSA-1", "examplelib", "1.0.0"), osv("GHSA-2", "other", "2")])
    told = tell(intel, asked(), asked("pkg:npm/examplelib@1.0.0"))
    assert [open_topics(item).get("exploited") for item in told] == [False, False]
    intel.add("kev.json", {"vulnerabilities": [{"cveID": "CVE-2026-1000"}]})
    (told, _) = tell(intel, asked(), asked("pkg:npm/examplelib@1.0.0"))
    assert "exploited" not in open_topics(told)
    (told,) = tell(intel, asked(), now=NOW + timedelta(days=8))
    assert open_topics(told)["exploited"]


def test_old_scores_are_told_and_leave_nothing_open(intel: Intel) -> None:
    intel.add("f.json", [osv("GHSA-1", "examplelib", "1.0.0"), osv("GHSA-2", "other", "2")])
    intel.add("kev.json", {"vulnerabilities": [{"cveID": "CVE-2026-1000"}]})
    line = "#model_version:v1,score_date:2026-05-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n"
    intel.add("epss.csv", line)
    (told,) = tell(intel, asked())
    assert [(feed.name, age.days) for feed, age in told.stale] == [("epss.csv", 31)]
    assert Kind.VULNERABILITY.value not in open_topics(told)


def test_a_purl_tells_the_release_of_a_distribution_and_a_commit() -> None:
    debian = asked("pkg:deb/debian/lib@1.0-1?distro=debian-12").package
    assert (debian.ecosystem, debian.version) == ("Debian:12", "1.0-1")
    git = asked(f"pkg:pypi/lib@1.0?vcs_url=git%2Bhttps://git.invalid/lib%40{'a' * 40}").package
    assert (git.repository, git.commit) == ("https://git.invalid/lib", "a" * 40)


def findings(intel: Intel, *parts: Any, purl: str = PURL, **more: Any) -> dict[str, Finding]:
    """What the rules say of a release with these contents, asked as a scan asks."""
    version = purl.rpartition("@")[2]
    subject = change(replace(release(version, *parts), purl=parse_purl(purl)), **more)
    (told,) = tell(intel, asked_of(subject))
    rules = [r for r in all_rules().values() if r.id.startswith(("intelligence/", "vulnerability/"))]
    said = ask(replace(subject, intelligence=Known(told)), rules, lambda *_: False)
    return {finding.rule: finding for finding in said.findings}


def test_from_feed_to_finding(intel: Intel) -> None:
    intel.add("f.json", malicious())
    intel.add("list.txt", hexes("inert")["sha256"] + "\n")
    found = findings(intel, wheel(member("lib/b.py", "inert"), endpoints=("evil.invalid", "9.9.9.9")))
    assert {rule: finding.strength for rule, finding in found.items()} == {
        "intelligence/known-malicious-release": Strength.CONCLUSIVE,
        "intelligence/known-member-hash": Strength.STRONG,
        "intelligence/campaign-indicator": Strength.STRONG,
        "intelligence/campaign-address": Strength.WEAK,
    }
    advisory = found["intelligence/known-malicious-release"].evidence[0]
    assert (advisory.label, advisory.value.split()[0]) == ("advisory", "MAL-2026-1")
    assert "f.json" in advisory.baseline


def test_an_honest_release_has_no_finding(intel: Intel) -> None:
    intel.add("f.json", malicious())
    assert (
        findings(intel, wheel(member("lib/b.py", "honest"), endpoints=("docs.example",)), purl="pkg:pypi/other@1.0.0")
        == {}
    )


def test_an_index_whose_names_are_no_text_is_damaged(intel: Intel) -> None:
    """SQLite tells the damaged name in its own message."""
    intel.add("record.json", malicious())
    path = intel.folder / "bundle.sqlite3"
    sound = path.read_bytes()
    assert b"tablerecord" in sound
    path.write_bytes(sound.replace(b"tablerecord", b"tablerec\xff\xffd"))
    with pytest.raises(StoreError):
        open_bundle(intel.folder)
