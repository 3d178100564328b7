"""How sizes are written."""

import pytest

from doorward.model.sizes import size


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (34_000, "34 kB"),
        (999_600, "1.0 MB"),
        (1_900_000, "1.9 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_sizes(bytes_: int, text: str) -> None:
    assert size(bytes_) == text


def test_kilobytes_can_have_decimals() -> None:
    assert (size(231_040, 1), size(950, 1), size(1_900_000, 1)) == ("231.0 kB", "950 B", "1.9 MB")
