"""Addresses in one form, and hosts in the names of variables: a secret is for one host alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.addresses import address_of, domain_of, url_of, variable_of, without_user

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


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("9.9.9.9.", "9.9.9.9"),
        ("[2606:4700:4700:0:0:0:0:1111]", "2606:4700:4700::1111"),
        ("2606:4700::1%eth0", "2606:4700::1"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("[::FFFF:0909:0909]", "9.9.9.9"),
        ("9.9.9.9..", ""),
        ("009.9.9.9", ""),
        ("::ffff:9.9.9", ""),
        ("%eth0", ""),
        ("", ""),
    ],
)
def test_an_internet_address_has_one_form(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("EVIL.Invalid.", "evil.invalid"),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.invalid", "xn--bcher-kva.invalid"),
        ("XN--BCHER-KVA.invalid", "xn--bcher-kva.invalid"),
        ("evil\N{IDEOGRAPHIC FULL STOP}invalid", "evil.invalid"),
        ("*.evil.invalid", "evil.invalid"),
    ],
)
def test_a_domain_has_one_form(text: str, domain: str) -> None:
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    ("text", "url", "plain"),
    [
        ("HTTP://Evil.Invalid.:80/a?b#c", "http://evil.invalid/a?b", "http://evil.invalid/a?b"),
        ("http://u:p@evil.invalid/@x", "http://u:p@evil.invalid/@x", "http://evil.invalid/@x"),
        ("http://u%40x@[::ffff:9.9.9.9]:81", "http://u%40x@9.9.9.9:81/", "http://9.9.9.9:81/"),
        ("https://[2606:4700::1%25eth0]/", "https://[2606:4700::1]/", "https://[2606:4700::1]/"),
    ],
)
def test_a_url_has_one_form(text: str, url: str, plain: str) -> None:
    assert (url_of(text), without_user(url)) == (url, plain)
