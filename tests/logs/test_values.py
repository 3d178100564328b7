"""Objects out of documents of any size, and the values that logs write."""

import json
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.sources.logs._events import Refused
from doorward.sources.logs._json import END, TOO_LONG, values
from doorward.sources.logs._values import (
    address,
    bare_url,
    moment,
    name,
    npm_artifact,
    port,
    pypi_artifact,
    split_endpoint,
    stays_here,
)

KEYS = st.sampled_from(["a", "wanted", 'c"', "é"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
).map(lambda value: value if isinstance(value, dict) else [value])


def is_wanted(path: tuple[str, ...]) -> bool:
    return path[-1:] == ("wanted",) or path[-2:] == ("a", "*")


def expected(value: object, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    """Return what a parser of whole documents finds."""
    if not isinstance(value, dict | list):
        return []
    if is_wanted(path):
        return [(path, value)]
    inner = value.items() if isinstance(value, dict) else [("*", item) for item in value]
    return [found for key, item in inner for found in expected(item, (*path, key))]


def cut(text: bytes, source: random.Random) -> list[bytes]:
    places = sorted(source.randrange(len(text) + 1) for _ in range(source.randrange(6)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=200, deadline=None)
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=3), seed=st.integers(0, 999))
def test_the_same_is_found_as_in_whole_documents_wherever_they_are_cut(documents: list[object], seed: int) -> None:
    source = random.Random(seed)
    texts = [json.dumps(item, indent=source.choice((None, 1)), ensure_ascii=False) for item in documents]
    text = source.choice(("\n", " ", "")).join(texts).encode()
    found = list(values(cut(text, source), is_wanted))
    assert [item for item in found if isinstance(item, Refused)] == []
    told = [(path, json.loads(value)) for _, path, value in found if path != END]
    wanted = [item for document in documents for item in expected(document)]
    assert told == [(tuple(json.dumps(key, ensure_ascii=False)[1:-1] for key in path), value) for path, value in wanted]
    assert sum(path == END for _, path, _ in found) == len(documents)


def test_a_value_has_the_line_where_it_begins() -> None:
    text = b'{\n "b": 1,\n "wanted":\n  {\n   "x": 1\n  },\n "z": {"wanted": []}\n}\n'
    assert [(line, path) for line, path, _ in values([text], is_wanted)] == [
        (4, ("wanted",)),
        (7, ("z", "wanted")),
        (8, END),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"garbage", "it is no JSON"),
        (b'{"a" "b"}', "it is no JSON"),
        (b'{"a": nul}', "it is no JSON"),
        (b"[}", "a bracket too many"),
        (b"]", "a bracket too many"),
        (b'["a": 1]', "a key outside of an object"),
        (b'"a": 1', "a key outside of an object"),
        (b"[" * 100, "nested too deeply"),
        (b'{"a": ', "in the middle of a value"),
        (b'{"wanted": [1, 2', "in the middle of a value"),
        (b'{"a": "x', "in the middle of a value"),
        (b'{"a": "x\\', "in the middle of a value"),
    ],
)
def test_what_cannot_be_followed_is_refused(text: bytes, reason: str) -> None:
    *_, last = values([text], is_wanted)
    assert isinstance(last, Refused)
    assert reason in last.reason
    assert last.line == 1


def test_reading_goes_on_behind_a_damaged_document() -> None:
    found = list(values([b'{"wanted": [1]}\n', b"{]\n", b'{"wanted": [2]}\n'], is_wanted))
    assert [(item.line, item.reason) for item in found if isinstance(item, Refused)] == [
        (2, "it is no JSON: a bracket too many")
    ]
    assert [item[2] for item in found if not isinstance(item, Refused) and item[1] != END] == [b"[1]", b"[2]"]


def test_a_document_a_line_ends_with_its_line() -> None:
    text = [b'{"wanted": [1]}\n', b'{"wanted": [2\n', b'{"wanted": [3]}\n']
    found = list(values(text, is_wanted, lines=True))
    assert [item.line for item in found if isinstance(item, Refused)] == [2]
    assert [item[2] for item in found if not isinstance(item, Refused) and item[1] != END] == [b"[1]", b"[3]"]


@pytest.mark.parametrize("filler", [b"x", b"\\\\", b'\\"', b"\\u0041"])
@pytest.mark.parametrize("key", ["wanted", "b"])
def test_a_value_that_is_too_long_is_passed_over(filler: bytes, key: str) -> None:
    long = b'{"%s": ["%s"], "wanted": {"a": 1}}' % (key.encode(), filler * 5000)
    found = list(values([long[at : at + 1000] for at in range(0, len(long), 1000)], is_wanted, longest=4096))
    assert [item.reason for item in found if isinstance(item, Refused)] == [TOO_LONG]
    assert [item[2] for item in found if not isinstance(item, Refused) and item[1] != END] == [b'{"a": 1}']


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_have_one_form(text: str, wanted: str) -> None:
    assert address(text) == wanted


@pytest.mark.parametrize("text", ["", "host.invalid", "192.0.2.256", "1" * 5000, "-"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no IP address"):
        address(text)


@pytest.mark.parametrize(
    ("text", "wanted"), [("a.invalid:443", ("a.invalid", 443)), ("[2001:db8::1]:1", ("2001:db8::1", 1))]
)
def test_endpoints_are_split(text: str, wanted: tuple[str, int]) -> None:
    assert split_endpoint(text) == wanted


@pytest.mark.parametrize("value", ["65536", "-1", "x", "", 70_000])
def test_what_is_no_port_is_refused(value: str | int) -> None:
    with pytest.raises(ValueError, match="is no port"):
        port(value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1772452800.5, datetime(2026, 3, 2, 12, 0, 0, 500_000, UTC)),
        ("2026-03-02T12:00:00.123456789Z", datetime(2026, 3, 2, 12, 0, 0, 123_456, UTC)),
        ("2026-03-02T13:00:00+01:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02 12:00:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_utc(value: float | str, wanted: datetime) -> None:
    assert moment(value) == wanted


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, "", "noon", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match="no time"):
        moment(value)


def test_names_lose_their_case_and_their_dot() -> None:
    assert (name("Host.Invalid."), name("-")) == ("host.invalid", "")
    with pytest.raises(ValueError, match="too long"):
        name("x" * 300)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/left/-/left-1.0.0.tgz", ("left", "1.0.0")),
        ("/api/npm/@scope/name/-/name-2.0.0-rc.1.tgz", ("@scope/name", "2.0.0-rc.1")),
        ("/@scope%2fname/-/name-2.0.0.tgz", ("@scope/name", "2.0.0")),
        ("/left/-/right-1.0.0.tgz", None),
        ("/left", None),
        ("/left/-/left-1.0.0.zip", None),
    ],
)
def test_npm_artifacts_are_known_by_their_path(path: str, wanted: tuple[str, str] | None) -> None:
    assert npm_artifact(path) == wanted


@pytest.mark.parametrize(
    ("filename", "wanted"),
    [
        ("a_b-1.0-py3-none-any.whl", ("a_b", "1.0")),
        ("a_b-1.0-1-py3-none-any.whl", ("a_b", "1.0")),
        ("a-b-1.0.tar.gz", ("a-b", "1.0")),
        ("a-1.0-py3-none-any.whl.metadata", None),
        ("page.html", None),
        ("a.whl", None),
    ],
)
def test_pypi_artifacts_are_known_by_their_name(filename: str, wanted: tuple[str, str] | None) -> None:
    assert pypi_artifact(filename) == wanted


def test_urls_lose_what_may_be_secret() -> None:
    assert bare_url("https://user:secret@files.example:8443/a?token=x#y") == "https://files.example:8443/a"
    assert bare_url("https://[") == ""


def test_what_stays_on_its_segment() -> None:
    assert [stays_here(text) for text in ("224.0.0.251", "ff02::fb", "255.255.255.255", "192.0.2.1")] == [
        *(True, True, True, False)
    ]
