"""What hides a text from a reader."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.opaque import (
    has_base64_run,
    has_code_off_screen,
    is_high_entropy,
    longest_line,
    opaque_kinds,
)

SPACES = st.sampled_from([b" ", b"\t"])


@given(st.lists(st.integers(0, 1500), max_size=30), st.booleans())
def test_longest_line_is_exact_over_500(lengths: list[int], ends: bool) -> None:
    data = b"\n".join(b"x" * length for length in lengths) + (b"\n" if ends else b"")
    longest = max(map(len, data.split(b"\n")))
    assert longest_line(data) == (longest if longest > 500 else 0)


@given(st.integers(0, 400), st.integers(1890, 2110), st.binary(max_size=3000), st.binary(max_size=20))
def test_base64_runs(before: int, length: int, noise: bytes, after: bytes) -> None:
    quiet = noise.translate(None, delete=bytes(range(33, 127)))
    data = (
        quiet + b"!" * before + b"QUJD" * 600
        if length == 2000
        else quiet + b"!" * before + b"Q" * length + b"!" + after
    )
    run = 2400 if length == 2000 else length
    assert has_base64_run(data) is (run >= 2000)


@given(
    st.integers(0, 200),
    st.lists(SPACES, min_size=100, max_size=220),
    st.sampled_from([b"", b"\n", b"\r\n", b"evil()"]),
    st.integers(0, 100),
)
def test_code_off_screen(before: int, blanks: list[bytes], after: bytes, more: int) -> None:
    data = b"x" * before + b"".join(blanks) + after + b"\nnext = 1\n" * more
    assert has_code_off_screen(data) is (len(blanks) >= 150 and after == b"evil()")


def test_only_the_second_of_two_runs_has_code_behind_it() -> None:
    data = b" " * 160 + b"\n" + b"a = 1\n" * 50 + b"b = 2" + b"\t" * 150 + b"evil()\n"
    assert has_code_off_screen(data)


@pytest.mark.parametrize(
    ("data", "language", "expected"),
    [
        (b"a = 1\n", "python", ()),
        (b"a = 1" + b" " * 160 + b"; evil()\n", "python", ("off-screen",)),
        (b"| a" + b" " * 160 + b"| b |\n", "", ()),
        (b"a = '" + b"QUJD" * 600 + b"'\n", "python", ("base64-run",)),
        (b'{"a": "' + b"QUJD" * 600 + b'"}', "", ("base64-run",)),
        ("a = '{}'\n".format("\N{VARIATION SELECTOR-1}" * 8).encode(), "javascript", ("invisible-text",)),
        ("a = '{}'\n".format("\U000e0100" * 9).encode(), "javascript", ("invisible-text",)),
        ("a = '{}'\n".format("\N{VARIATION SELECTOR-1}x" * 8).encode(), "javascript", ()),
        ("a = '\N{THUMBS UP SIGN}\N{VARIATION SELECTOR-16}'\n".encode(), "python", ()),
        (b"".join(b"var _0x%04x=1;" % n for n in range(60)), "javascript", ("obfuscated",)),
        (b"".join(b"var _0x%04x=1;" % n for n in range(60)), "python", ()),
    ],
)
def test_kinds(data: bytes, language: str, expected: tuple[str, ...]) -> None:
    assert opaque_kinds(data, longest_line(data), language) == expected


def test_entropy() -> None:
    assert is_high_entropy(random.Random(1).randbytes(4096))
    assert not is_high_entropy(b"plain English text is far from random " * 50)
    assert not is_high_entropy(b"\0" * 4096)
