"""Lengths of time as a person would say them."""

from datetime import timedelta

import pytest

from doorward.model.durations import duration


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=730), "730 days"),
    ],
)
def test_a_time_stands_in_the_unit_that_tells_most(time: timedelta, text: str) -> None:
    assert duration(time) == text
