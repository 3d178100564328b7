"""Moments of feeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.advisories import stamp, stamps

SOUND = "2026-09-04T00:47:46Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SOUND, SOUND),
        ("2026-09-04T00:47:46.123456Z", SOUND),
        ("2026-09-04T00:47:46.5+00:00", SOUND),
        ("2026-09-04T02:47:46+02:00", SOUND),
        ("2026-09-04 00:47:46", SOUND),
        ("2026-09-04", "2026-09-04T00:00:00Z"),
        # As long as a moment, and its letters stand where they should: the week would sort behind every month.
        ("2026-W36-5T00:47:46Z", SOUND),
        ("2026-13-04T00:47:46Z", ""),
        ("2026-09-04T00:47:46ZZ", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("1969-12-31T23:59:59Z", ""),
        ("soon", ""),
        ("", ""),
        (None, ""),
        (20260904, ""),
    ],
)
def test_one_moment(text: object, expected: str) -> None:
    assert stamp(text) == expected


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [SOUND] * 3,
        [SOUND, None, SOUND],
        [SOUND, "2026-02-30T00:00:00Z"],
        # Together they look like two moments, and are none.
        [SOUND[:-1], "Z" + SOUND],
        [SOUND + SOUND, ""],
        ["0001-01-01T00:00:00Z", SOUND],
    ],
)
def test_many_moments_are_each_what_one_is(texts: list[str | None]) -> None:
    assert stamps(texts) == [stamp(text) for text in texts]


@given(st.lists(st.none() | st.just(SOUND) | st.text("0129-T:Z.+W", max_size=22), max_size=4))
def test_any_moments_are_each_what_one_is(texts: list[str | None]) -> None:
    assert stamps(texts) == [stamp(text) for text in texts]
