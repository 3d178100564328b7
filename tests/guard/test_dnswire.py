from __future__ import annotations

import contextlib
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.guard.dnswire import NotDns, encode_question, parse_addresses, parse_question, refusal


def answer(query: bytes, *records: tuple[int, bytes]) -> bytes:
    question = query[12:]
    body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for kind, data in records)
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0) + question + body


def test_a_question_and_its_answer():
    query = encode_question(7, "Files.Example.invalid", 1)
    question = parse_question(query)
    assert (question.id, question.name, question.type) == (7, "files.example.invalid", "A")
    full = answer(
        query, (5, b"\3www\xc0\x0c"), (1, socket.inet_aton("192.0.2.7")), (28, bytes(15) + b"\1"), (16, b"\1x")
    )
    assert parse_addresses(full) == ("192.0.2.7", "::1")


def test_a_refusal_repeats_the_question_and_says_refused():
    query = encode_question(9, "a.invalid", 16)
    refused = refusal(query + b"\0\0\x29trailing")
    assert parse_question(refused).name == "a.invalid"
    assert refused[3] & 0xF == 5
    assert refused[2] & 0x80


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(12),
        struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1",
        struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + b"\x05ab",
        struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + b"\x80a\0\0\1\0\1",
    ],
)
def test_what_is_no_message(raw: bytes):
    with pytest.raises(NotDns):
        parse_question(raw)


def test_control_bytes_of_a_name_are_escaped():
    assert parse_question(encode_question(1, "a\x1b[2J.invalid", 1)).name == "a\\027[2j.invalid"


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_are_not(raw: bytes):
    for parse in (parse_question, parse_addresses, refusal):
        with contextlib.suppress(NotDns):
            parse(raw)


@given(st.binary(max_size=300))
def test_hostile_records_end(tail: bytes):
    query = encode_question(1, "a.invalid", 1)
    with contextlib.suppress(NotDns):
        parse_addresses(query[:2] + struct.pack("!HHHHH", 0x8180, 1, 9, 0, 0) + query[12:] + tail)
