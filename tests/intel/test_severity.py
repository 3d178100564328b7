"""Base scores of CVSS vectors, each held against a calculator of FIRST's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.advisories import Advisory, Kind, Score
from doorward.model.cvss import base_score
from doorward.model.findings import Severity
from doorward.model.severity import rated

VECTORS = {
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 9.8,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H": 10.0,
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": 6.1,
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H": 5.5,
    "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N": 0.0,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O": 9.8,
    "AV:N/AC:L/Au:N/C:P/I:P/A:P": 7.5,
    "(AV:N/AC:M/Au:N/C:C/I:C/A:C)": 9.3,
    "AV:L/AC:H/Au:M/C:N/I:N/A:N": 0.0,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H": 10.0,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": 9.3,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N": 8.7,
    "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": 7.3,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N": 5.1,
    "CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N": 1.0,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N": 0.0,
}


@pytest.mark.parametrize("vector", VECTORS)
def test_scores(vector: str) -> None:
    assert base_score(vector) == VECTORS[vector]


@pytest.mark.parametrize(
    "vector", ["", "9.8", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "/" * 500]
)
def test_what_is_no_vector_has_no_score(vector: str) -> None:
    assert base_score(vector) is None


@given(
    st.text(max_size=60) | st.text(max_size=40).map("CVSS:4.0/".__add__) | st.text(max_size=40).map("CVSS:3.1/".__add__)
)
def test_any_text_has_a_score_or_none(vector: str) -> None:
    score = base_score(vector)
    assert score is None or 0 <= score <= 10


def advisory(*vectors: str, word: str = "", kind: Kind = Kind.VULNERABILITY) -> Advisory:
    scores = tuple(Score(f"CVSS_V{'4' if v.startswith('CVSS:4') else '3'}", v) for v in vectors)
    return Advisory("X", kind, scores=scores, severity=word)


V3, V4 = (
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (advisory(V3), (Severity.MEDIUM, "CVSS 5.5")),
        (advisory(V3, V4), (Severity.CRITICAL, "CVSS 9.3")),
        (advisory("nonsense", word="LOW"), (Severity.LOW, "low")),
        (advisory(), (Severity.HIGH, "")),
        (advisory(word="whatever"), (Severity.HIGH, "")),
        (advisory(V3, kind=Kind.MALICIOUS), (Severity.CRITICAL, "")),
    ],
)
def test_how_bad_it_is(told: Advisory, expected: tuple[Severity, str]) -> None:
    assert rated(told)[:2] == expected
