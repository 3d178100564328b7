"""Which endpoints are expected in which phase."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.run import Actor, Attribution, ConnectionAttempt, Decision, Endpoint, Phase
from doorward.policy import Baseline, Destination, Egress, KnownEndpoint, Names, destination_of_url, parse_destination

INDEX = Destination("registry.example", 443)
EGRESS = Egress(
    allowed=(Destination("api.example", 443), Destination("/run/own.sock")),
    by_phase={
        Phase.TEST: (Destination("db.example", 5432), Destination("192.0.2.0/24"), Destination("169.254.169.254", 80)),
        Phase.RUN: (Destination("*.cdn.example"),),
    },
    indexes=(INDEX,),
    baseline=Baseline(
        (
            KnownEndpoint("test", "pkg:pypi/lib", "metrics.example", 443, "tcp"),
            KnownEndpoint("install", "pkg:npm/tool", "*.binaries.example", 443, "tcp"),
            KnownEndpoint("run", "", "own.example", 53, "udp"),
        )
    ),
    names=Names(frozenset({"203.0.113.53"}), ("corp.example",), frozenset({"builder"})),
)
LIB = Attribution("pypi", "lib", "1.0", "pkg:pypi/lib@1.0")
TOOL = Attribution("npm", "tool", "2.0", "pkg:npm/tool@2.0")
OWN = Attribution()


def attempt(
    phase: str, host: str, address: str = "203.0.113.7", port: int = 443, by: Attribution = LIB, **more: str
) -> ConnectionAttempt:
    family = "unix" if address.startswith(("/", "@")) else "ipv6" if ":" in address else "ipv4"
    endpoint = Endpoint(more.pop("family", family), address, port, more.pop("protocol", "tcp"))
    return ConnectionAttempt(Actor(Phase(phase), (), by), endpoint, host, more.pop("call", "connect"))


def asks(phase: str, name: str, by: Attribution = LIB) -> ConnectionAttempt:
    return attempt(phase, name, "203.0.113.53", 53, by, protocol="udp", call="dns")


ALLOWED = {
    "the index, while packages are resolved": attempt("resolve", "registry.example"),
    "an index in other letters": attempt("resolve", "Registry.Example."),
    "what is allowed, in the build": attempt("build", "api.example"),
    "what is allowed, in a test": attempt("test", "api.example"),
    "a service of the tests": attempt("test", "db.example", port=5432),
    "a network of the tests": attempt("test", "", "192.0.2.77"),
    "a declared metadata service": attempt("test", "", "169.254.169.254", 80),
    "a name below a domain": attempt("run", "a.b.cdn.example", port=8443),
    "loopback, in every phase": attempt("build", "localhost", "127.0.0.1", 9),
    "loopback, IPv6": attempt("install", "", "::1", 9),
    "what was learned": attempt("test", "metrics.example"),
    "what was learned, of a later version": attempt(
        "test", "metrics.example", by=replace(LIB, purl="pkg:pypi/lib@9.0", version="9.0")
    ),
    "what was learned, widened by hand": attempt("install", "eu.binaries.example", by=TOOL),
    "what was learned, of the own code": attempt("run", "own.example", port=53, by=OWN, protocol="udp"),
    "a socket of a test": attempt("test", "", "/tmp/test.sock", 0),
    "a cache of names": attempt("build", "nscd", "/run/nscd/socket", 0),
    "an agent, while packages are resolved": attempt("resolve", "ssh-agent", "/tmp/ssh-x/agent.1", 0),
    "a socket that is allowed": attempt("build", "docker", "/run/own.sock", 0),
    "no destination": attempt("build", "", "", 0, family="unspecified"),
    "netlink": attempt("build", "", "", 0, family="netlink"),
    "a name server, where something may be reached": attempt("test", "", "203.0.113.53", 53, protocol="udp"),
    "a question for the index": asks("resolve", "registry.example"),
    "a question for what is allowed": asks("build", "api.example"),
    "a question for what was learned": asks("test", "metrics.example"),
    "a question with a domain behind it": asks("resolve", "registry.example.corp.example"),
    "a question for the machine's own name": asks("build", "builder.corp.example"),
    "a question for localhost": asks("build", "localhost"),
    "the name of a private address": asks("build", "1.0.0.127.in-addr.arpa"),
    "the name of a private IPv6 address": asks("build", "1." + "0." * 31 + "ip6.arpa"),
}
REFUSED = {
    "the index, in the build": attempt("build", "registry.example"),
    "the index, in a test": attempt("test", "registry.example"),
    "the index at another port": attempt("resolve", "registry.example", port=8443),
    "another index": attempt("resolve", "evil.invalid"),
    "a name that ends alike": attempt("resolve", "notregistry.example"),
    "a bare address in the build": attempt("build", "", "192.0.2.77"),
    "a service of the tests, in the build": attempt("build", "db.example", port=5432),
    "the domain itself": attempt("run", "cdn.example"),
    "what was learned, of another package": attempt("test", "metrics.example", by=TOOL),
    "what was learned, in another phase": attempt("build", "metrics.example"),
    "what was learned, over another transport": attempt("test", "metrics.example", protocol="udp"),
    "the metadata service": attempt("install", "", "169.254.169.254", 80),
    "docker": attempt("resolve", "docker", "/var/run/docker.sock", 0),
    "an agent, in the build": attempt("build", "ssh-agent", "/tmp/ssh-x/agent.1", 0),
    "multicast": attempt("build", "", "224.0.0.251", 5353),
    "an unknown family": attempt("run", "", "", 0, family="family 40"),
    "only a name is known": attempt("build", "evil.invalid", "", family="unresolved"),
    "a name server, where nothing may be reached": attempt(
        "build", "", "203.0.113.53", 53, protocol="udp", by=replace(LIB, purl="")
    ),
    "another name server": attempt("test", "", "203.0.113.54", 53, protocol="udp"),
    "a question in the build": asks("build", "evil.invalid"),
    "a question in a test": asks("test", "0123456789abcdef.evil.invalid"),
    "the name of a public address": asks("build", "8.8.8.8.in-addr.arpa"),
    "no address at all": asks("build", "data.in-addr.arpa"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_expected(name: str) -> None:
    assert EGRESS.decide(ALLOWED[name]) is Decision.ALLOW


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_not_expected(name: str) -> None:
    egress = replace(EGRESS, allowed=()) if name.startswith("a name server, where nothing") else EGRESS
    assert egress.decide(REFUSED[name]) is Decision.REFUSE


@pytest.mark.parametrize("name", ["loopback, in every phase", "loopback, IPv6", "a socket of a test"])
def test_loopback_can_count_as_outside(name: str) -> None:
    strict = replace(EGRESS, deny_loopback=True)
    assert strict.decide(ALLOWED[name]) is Decision.REFUSE
    assert strict.decide(ALLOWED["a cache of names"]) is Decision.ALLOW
    index = replace(strict, indexes=(Destination("127.0.0.1", 8080),))
    assert index.decide(attempt("resolve", "", "127.0.0.1", 8080)) is Decision.ALLOW
    assert index.decide(attempt("build", "", "127.0.0.1", 8080)) is Decision.REFUSE


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("DB.example:5432", "db.example", 5432),
        ("db.example.", "db.example", None),
        ("*.example", "*.example", None),
        ("192.0.2.1", "192.0.2.1", None),
        ("192.0.2.0/24:80", "192.0.2.0/24", 80),
        ("::1", "::1", None),
        ("[2001:db8::1]:443", "2001:db8::1", 443),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("/var/run/docker.sock", "/var/run/docker.sock", None),
        ("@abstract", "@abstract", None),
    ],
)
def test_destinations_are_read(text: str, host: str, port: int | None) -> None:
    found = parse_destination(text)
    assert (found.host, found.port) == (host, port)
    assert parse_destination(str(found)) == found


@pytest.mark.parametrize(
    "text", ["", ":80", "https://x.example", "a b", "x:0", "x:65536", "x:y", "a*.example", "[::1", "[::1]x"]
)
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"HOST|port"):
        parse_destination(text)


@given(st.text())
def test_any_text_is_a_destination_or_an_error(text: str) -> None:
    try:
        found = parse_destination(text)
    except ValueError:
        return
    assert not found.covers("other.example", "192.0.2.1", 1) or found.host


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("https://Registry.example/simple/", Destination("registry.example", 443)),
        ("http://user:secret@127.0.0.1:8080", Destination("127.0.0.1", 8080)),
        ("socks5://proxy.example", Destination("proxy.example", 1080)),
        ("file:///x", None),
        ("http://[broken", None),
        ("http://x:99999", None),
        ("nonsense", None),
    ],
)
def test_addresses_become_destinations(url: str, destination: Destination | None) -> None:
    assert destination_of_url(url) == destination


@pytest.mark.parametrize(
    ("phase", "address", "port", "expected"),
    [
        ("resolve", "127.0.0.1", 3128, True),
        ("build", "127.0.0.1", 3128, False),
        ("install", "::1", 3128, False),
        ("test", "127.0.0.1", 3128, False),
        ("build", "127.0.0.1", 3129, True),
    ],
)
def test_what_goes_to_a_proxy_of_this_machine_leaves_it(phase: str, address: str, port: int, expected: bool) -> None:
    egress = Egress(proxies=(Destination("localhost", 3128), Destination("proxy.example", 3129)))
    assert (egress.decide(attempt(phase, "", address, port)) is Decision.ALLOW) is expected
    allowed = replace(egress, allowed=(Destination("127.0.0.0/8", 3128), Destination("::1", 3128)))
    assert allowed.decide(attempt(phase, "", address, port)) is Decision.ALLOW


def test_what_lies_behind_a_proxy_is_not_seen() -> None:
    egress = Egress(proxies=(Destination("localhost", 3128), Destination("proxy.example", 3129)))
    assert egress.is_proxy("", Endpoint("ipv4", "127.0.0.1", 3128, "tcp"))
    assert egress.is_proxy("proxy.example", Endpoint("ipv4", "203.0.113.7", 3129, "tcp"))
    assert not egress.is_proxy("", Endpoint("ipv4", "127.0.0.1", 3129, "tcp"))
    assert not egress.is_proxy("", Endpoint("ipv4", "127.0.0.1", 3128, "udp"))
