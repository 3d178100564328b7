"""What every member of the folder promises, whatever its format and whatever the log."""

import inspect
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.sources.logs import formats
from doorward.sources.logs._events import Event, Refused
from doorward.sources.logs._lines import LONGEST
from tests.logs.read import MEMBERS, joined, parse
from tests.logs.samples import SAMPLES

each_member = pytest.mark.parametrize("name", list(MEMBERS))
each_sample = pytest.mark.parametrize("name", list(SAMPLES))
#: A test of hostile input: quick, and with the same examples for everybody.
hostile = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@each_member
def test_a_member_says_what_it_is(name: str) -> None:
    module = MEMBERS[name]
    assert re.fullmatch(r"[a-z-]+", module.NAME)
    assert re.fullmatch(r"it [^.]+", module.REACH)
    assert (inspect.getdoc(module) or "").strip()
    assert list(inspect.signature(module.sniff).parameters) == ["head", "name"]
    assert list(inspect.signature(module.parse).parameters) == ["lines", "name"]


@each_member
def test_a_member_is_documented(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs/guides/ingest.md").read_text(encoding="utf-8")
    assert f"`{MEMBERS[name].NAME}`" in page


def test_every_member_has_a_sample_and_no_sample_is_without_one() -> None:
    assert {sample.member for sample in SAMPLES.values()} == set(MEMBERS)


@each_sample
def test_a_sample_is_of_its_format_alone(name: str) -> None:
    sample = SAMPLES[name]
    assert formats(sample.text, sample.file) == [MEMBERS[sample.member]]


@each_sample
def test_a_sample_is_told_by_its_first_line_where_it_has_lines(name: str) -> None:
    sample = SAMPLES[name]
    first = sample.text.splitlines(keepends=True)[0]
    if name not in {"harden-runner text", "witness", "auditd"}:
        assert MEMBERS[sample.member].sniff(first, sample.file) is True


@each_sample
def test_a_sample_is_read(name: str) -> None:
    sample = SAMPLES[name]
    events = parse(sample.member, sample.text, sample.file)
    assert [event for event in events if isinstance(event, Refused)] == []
    assert tuple(dict.fromkeys(type(event).__name__ for event in events)) == sample.events


@each_sample
def test_a_line_of_nonsense_costs_only_itself(name: str) -> None:
    sample = SAMPLES[name]
    whole = parse(sample.member, sample.text, sample.file)
    rows = sample.text.splitlines(keepends=True)
    if len(rows) < 2 or name == "witness":
        return
    broken = b"".join([*rows[:1], b'{"nonsense": \xff\n', *rows[1:]])
    events = parse(sample.member, broken, sample.file)
    refused = [event for event in events if isinstance(event, Refused)]
    assert [event for event in events if not isinstance(event, Refused)] == whole
    assert [event.line for event in refused] in ([], [2])
    # Output of programs has lines of every kind; what else has one was damaged.
    assert bool(refused) == (sample.member not in {"pip", "npm"} and name != "harden-runner text")


@each_sample
def test_a_line_that_never_ends_costs_only_itself(name: str) -> None:
    sample = SAMPLES[name]
    if name.startswith(("witness", "package")):
        return
    rows = sample.text.splitlines(keepends=True)
    long = b"".join([*rows, b'{"a": "' + b"x" * (2 * LONGEST) + b'"}\n'])
    events = parse(sample.member, long, sample.file)
    assert [event for event in events if not isinstance(event, Refused)] == parse(
        sample.member, sample.text, sample.file
    )


def check(text: bytes, events: list[Event | Refused]) -> None:
    """Check what holds for every log, however hostile."""
    count = text.count(b"\n") + 1
    for event in events:
        if isinstance(event, Refused):
            assert 1 <= event.line <= count
            assert 0 < len(event.reason) < 300
            assert "\n" not in event.reason


@each_member
@hostile
@given(text=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, text: bytes) -> None:
    MEMBERS[name].sniff(text, "a.log")
    check(text, parse(name, text))


@each_sample
@hostile
@given(seed=st.integers(0, 1 << 30))
def test_a_damaged_sample_is_read_or_refused_and_joined(name: str, seed: int) -> None:
    sample = SAMPLES[name]
    damaged = damage(sample.text, random.Random(seed))
    MEMBERS[sample.member].sniff(damaged, sample.file)
    check(damaged, parse(sample.member, damaged, sample.file))
    run = joined({"pip.log": ("pip", SAMPLES["pip"].text), sample.file: (sample.member, damaged)})
    assert run.logs[-1].refused >= len(run.logs[-1].unread)


#: What takes the place of a piece of a log: brackets, quotes, numbers that do not fit, bytes that are no text.
PIECES = (
    *(b"", b"\x00", b"\xff", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\t", b" ", b"-1", b"0"),
    *(b"null", b"true", b"1e999", b"NaN", b"99999999999999999999", b"@", b"%", b"::", b"9999-99-99", b"\\ud800"),
    *(b"[" * 200, b'{"a":' * 200, b"A" * 5000),
)


def damage(text: bytes, source: random.Random) -> bytes:
    """Replace, cut out and repeat pieces of a log."""
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(text) + 1)
        end = min(len(text), at + source.choice((0, 1, 2, 8, 40)))
        text = text[:at] + source.choice(PIECES) + text[end:]
        if source.random() < 0.1:
            text = text[: source.randrange(len(text) + 1)]
    return text


#: What makes patterns that look back slow: long runs, and beginnings of what never comes.
SLOW = (
    *(b"a" * 60_000, b" " * 60_000, b"\n" * 60_000, b'"' * 60_000, b"x=(" * 20_000, b'a0="' * 15_000),
    *(b'{"ts": ' * 8_000, b'{"a":"' + b'\\"' * 30_000, b'{"a":[' + b"1," * 30_000, b"{" * 60_000),
    *(b"5 silly placeDep " + b"a@b " * 15_000, b"5 info run " + b"@" * 60_000, b"x: " * 20_000 + b"started"),
    *(b"Found link " + b"x(from " * 8_000, b"Downloading " + b"#a&" * 20_000, b"Source in " + b" has version " * 5_000),
    *(b"endpoint called ip address:port " + b", domain: x" * 6_000, b"domain resolved: " * 4_000),
    b"type=SYSCALL msg=audit(1.0:1): " + b"pid=" * 15_000,
)


@each_member
def test_no_line_takes_long(name: str) -> None:
    """A pattern that needs the square of its input would keep this from ending."""
    for line in SLOW:
        MEMBERS[name].sniff(line, "a.log")
        check(line, parse(name, line))
