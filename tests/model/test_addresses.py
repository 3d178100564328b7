"""Hosts in the names of variables: a secret is for one host alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.addresses import variable_of

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("feeds.example", "FEEDS_EXAMPLE"),
        ("Feeds.Example.", "FEEDS_EXAMPLE"),
        ("a-b.example", "A__B_EXAMPLE"),
        ("a.b.example", "A_B_EXAMPLE"),
        ("xn--mnchen-3ya.example", "XN____MNCHEN__3YA_EXAMPLE"),
        ("127.0.0.1", "127_0_0_1"),
        ("::1", "0000_0000_0000_0000_0000_0000_0000_0001"),
        ("a_b.example", ""),
        ("-a.example", ""),
        ("a-.example", ""),
        ("m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example", ""),
        ("a..example", ""),
        ("", ""),
    ],
)
def test_a_host_in_the_name_of_a_variable(host: str, name: str) -> None:
    assert variable_of(host) == name


@given(st.lists(st.text("ab-.", min_size=1, max_size=8), min_size=2, max_size=8, unique=True))
def test_no_two_hosts_have_one_variable(hosts: list[str]) -> None:
    named = [host for host in hosts if all(map(LABEL.match, host.split(".")))]
    names = [variable_of(host) for host in named]
    assert all(names)
    assert len(set(names)) == len(names)
