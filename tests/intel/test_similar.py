"""Files that are alike: digests, distances, and what the index makes of them. Values are those of the authors' library."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.engine.gather.intelligence import Asked, look_up
from doorward.model.content import ArtifactContent
from doorward.model.intelligence import SIMILAR, IndicatorMatch, Role
from doorward.model.limits import ArchiveLimits
from doorward.model.purl import parse_purl
from doorward.model.similarity import WIDTH, distance
from doorward.sources.content import analyse
from doorward.sources.content.tlsh import tlsh
from tests.content.made import wheel_bytes
from tests.feeds.build import malicious
from tests.intel.build import NOW, Intel


def code(functions: int, word: str) -> bytes:
    lines = (f"def function_{n}(value):\n    return value * {n * n} + len('{word}')\n" for n in range(functions))
    return "".join(lines).encode()


DIGESTS = {
    "3B01795E3C817250C54A51BF946BB164542F2B060A3F15FCA5F842666F1990C50B74AA": code(12, "one"),
    "E50179563C957651C56261ADE42FB364542FAB06023610ECADF882626E1A90C50B74E9": code(12, "two"),
    "9B4167AE3C81B250C55A51BF946BB168942F2B060B2F15FC95F842666F1DA0C60B64AE": code(40, "one"),
    "C2B28BAE3C827250C64B61BF586BB168942F2B061B3F19FC99F481577F1D90C60B74EA": code(400, "one"),
    "6D119524E6514D7D1F175ADCD04E44DF554FCDE302C5002517F186D1C510294440ED1D": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("digest", DIGESTS)
def test_digests(digest: str) -> None:
    assert tlsh(DIGESTS[digest]).hex().upper() == digest


@pytest.mark.parametrize("data", [b"", bytes(49), b"a" * 1000, b"ab" * 500])
def test_what_is_small_or_uniform_has_none(data: bytes) -> None:
    assert tlsh(data) == b""


@pytest.mark.parametrize(("other", "expected"), [(0, 0), (1, 39), (2, 76), (3, 362)])
def test_distances(other: int, expected: int) -> None:
    known = [bytes.fromhex(digest) for digest in DIGESTS]
    assert distance(known[0], known[other]) == expected
    assert distance(known[other], known[0]) == expected


@given(st.binary(max_size=2000))
def test_any_bytes_have_a_digest_or_none(data: bytes) -> None:
    digest = tlsh(data)
    assert len(digest) in {0, WIDTH}
    assert not digest or distance(digest, digest) == 0


CODE = code(40, "one")
NEAR = CODE.replace(b"function_39", b"procedure_9")
SIMILAR_LIMITS = ArchiveLimits(similar_bytes=1 << 20)


def read(name: str, data: bytes, limits: ArchiveLimits = SIMILAR_LIMITS) -> ArtifactContent:
    return analyse(wheel_bytes({name: data}), "example_lib-1.2.3-py3-none-any.whl", limits)


def record(data: bytes, **more: Any) -> dict[str, Any]:
    made = malicious(**more)
    inside = made["affected"][0]["database_specific"]["indicators"]
    inside["evidence_files"] = [{"path": "evil/a.py", "sha256": "b1" * 32, "tlsh": f"T1{tlsh(data).hex()}"}]
    return made


def alike(intel: Intel, content: ArtifactContent) -> list[IndicatorMatch]:
    with intel.opened() as bundle:
        (told,) = look_up(bundle, [Asked(parse_purl("pkg:pypi/other@1"), (), (("x.whl", content),))], now=NOW)
    return [match for match in told.indicators if match.met == "similar"]


def test_from_feed_to_match(intel: Intel) -> None:
    intel.add("f.json", record(CODE))
    (match,) = alike(intel, read("example_lib/net.py", NEAR))
    assert (match.where, match.indicator.note, match.indicator.role) == (
        "x.whl/example_lib/net.py",
        "evil/a.py",
        Role.EVIDENCE,
    )
    assert 0 < match.distance <= 30
    assert match.provenance.record == "MAL-2026-1"


def test_strangers_and_withdrawn_records_are_not_met(intel: Intel) -> None:
    intel.add("f.json", record(CODE))
    assert alike(intel, read("example_lib/net.py", code(12, "two"))) == []
    intel.add("f.json", record(CODE, withdrawn="2026-05-02T00:00:00Z", modified="2026-05-02T00:00:00Z"))
    assert alike(intel, read("example_lib/net.py", NEAR)) == []


def test_innocent_files_are_not_alike_to_anything(intel: Intel, tmp_path: Path) -> None:
    content = read("example_lib/net.py", NEAR)
    intel.add("f.json", record(CODE))
    innocent = next(member.sha256.hex() for member in content.members if member.path.endswith("net.py"))
    intel.add("innocent.txt", f"{innocent}\n", role=Role.BENIGN)
    assert alike(intel, content) == []


def test_a_feed_of_similar_files_names_no_hosts(intel: Intel) -> None:
    made = record(CODE)
    del made["database_specific"]["iocs"]
    covers = {topic for topic, _, _ in intel.add("f.json", made).state.covers}
    assert covers == {"malicious", "hashes", SIMILAR}


def test_digests_are_taken_of_code_and_of_no_more_than_is_wanted() -> None:
    assert all(not member.tlsh for member in read("example_lib/net.py", code(39, "never"), ArchiveLimits()).members)
    taken = {member.path for member in read("example_lib/net.py", code(41, "one")).members if member.tlsh}
    assert taken == {"example_lib/net.py"}
    limits = ArchiveLimits(similar_bytes=100)
    assert all(not member.tlsh for member in read("example_lib/net.py", code(42, "one"), limits).members)
