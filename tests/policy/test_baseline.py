"""The baseline of endpoints: read, merged, written, compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import PolicyError
from doorward.policy.baseline import Baseline, KnownEndpoint, difference, dump_baseline, merge, parse_baseline

LIB = KnownEndpoint("test", "pkg:pypi/lib", "api.example", 443, "tcp", "", ("1.0", "1.0"))
OWN = KnownEndpoint("run", "", "192.0.2.1", 53, "udp")
TOOL = KnownEndpoint("install", "pkg:npm/%40scope/tool", "binaries.example", 443, "tcp", "other", ("2.0.0", "2.0.0"))

WRITTEN = """\
# What this project's builds and tests are known to reach. `doorward guard --learn` shows what is new; see its guide.
schema = 1

[[endpoint]]
phase = "install"
package = "pkg:npm/%40scope/tool"
host = "binaries.example"
port = 443
protocol = "tcp"
caller = "other"
versions = ["2.0.0", "2.0.0"]

[[endpoint]]
phase = "test"
package = "pkg:pypi/lib"
host = "api.example"
port = 443
protocol = "tcp"
versions = ["1.0", "1.0"]

[[endpoint]]
phase = "run"
package = ""
host = "192.0.2.1"
port = 53
protocol = "udp"

[packages]
"pkg:pypi/lib" = ["1.0", "1.0"]
"""


def test_it_is_written_sorted_and_read_back() -> None:
    learned = merge(Baseline(), [OWN, LIB, TOOL], ["pkg:pypi/lib@1.0"])
    assert dump_baseline(learned) == WRITTEN
    assert parse_baseline(WRITTEN) == learned


def test_an_empty_one() -> None:
    assert parse_baseline(dump_baseline(Baseline())) == Baseline()


def test_learning_widens_versions_and_forgets_nothing() -> None:
    first = merge(Baseline(), [LIB, OWN], ["pkg:pypi/lib@1.0"])
    later = KnownEndpoint("test", "pkg:pypi/lib", "api.example", 443, "tcp", "", ("1.10", "1.10"))
    second = merge(first, [later], ["pkg:pypi/lib@1.10", "pkg:pypi/lib@1.9", "pkg:pypi/unversioned"])
    assert [item.versions for item in second.endpoints] == [("1.0", "1.10"), ("", "")]
    assert second.packages == {"pkg:pypi/lib": ("1.0", "1.10")}
    assert list(difference(first, second)) == [
        "~ test  pkg:pypi/lib  api.example:443  tcp  1.0 ... 1.10",
        "~ pkg:pypi/lib  1.0 ... 1.10",
    ]
    assert list(difference(second, merge(second, [LIB], []))) == []


def test_what_is_new_is_told() -> None:
    lines = list(difference(Baseline(), merge(Baseline(), [OWN, TOOL], ["pkg:pypi/lib@1.0"])))
    assert lines == [
        "+ install  pkg:npm/%40scope/tool (called by other)  binaries.example:443  tcp  2.0.0",
        "+ run  the project's own code  192.0.2.1:53  udp",
        "+ pkg:pypi/lib  1.0",
    ]


def test_a_row_that_was_widened_by_hand_stays() -> None:
    wide = KnownEndpoint("test", "pkg:pypi/lib", "*.example", 443, "tcp", "", ("1.0", "1.0"))
    learned = merge(Baseline((wide,)), [LIB], [])
    assert learned.endpoints == (wide,)


def test_what_it_knows_of_a_release() -> None:
    baseline = merge(Baseline(), [LIB], ["pkg:pypi/lib@1.0", "pkg:pypi/lib@1.2"])
    inside, above = baseline.of("pkg:pypi/lib@1.1"), baseline.of("pkg:pypi/lib@1.3")
    assert inside
    assert above
    assert (inside.upgraded, above.upgraded) == (False, True)
    assert (above.low, above.high, above.endpoints) == ("1.0", "1.2", ("api.example:443",))
    assert baseline.of("pkg:pypi/other@1.0") is None
    assert baseline.of("pkg:pypi/lib") is None
    assert baseline.of("") is None


def test_versions_that_no_order_knows_are_compared_as_text() -> None:
    baseline = merge(Baseline(), [], ["pkg:pypi/lib@odd~a", "pkg:pypi/lib@odd~c"])
    found = baseline.of("pkg:pypi/lib@odd~b")
    assert found
    assert not found.upgraded


BAD = {
    "schema = 2": "doorward.endpoints.toml: Invalid enum value 2 - at `$.schema`",
    "schema = ": "doorward.endpoints.toml: Invalid value (at end of document)",
    "": "missing required field `schema`",
    'schema = 1\n[[endpoint]]\nphase = "lunch"\nhost = "x"\nport = 1': "'lunch'",
    'schema = 1\n[packages]\nlib = ["1", "2"]': "not a package URL",
    "schema = 1\nmore = 2": "unknown field `more`",
}


@pytest.mark.parametrize("text", BAD)
def test_a_baseline_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse_baseline(text)
    assert BAD[text] in str(raised.value)


@given(st.text(), st.text(min_size=1), st.text())
def test_any_text_is_written_so_that_it_is_read_back(host: str, caller: str, version: str) -> None:
    row = KnownEndpoint("test", "", host.lower().rstrip("."), 1, "tcp", caller, (version, version))
    read = parse_baseline(dump_baseline(Baseline((row,)))).endpoints[0]
    assert (read.host, read.port) == (row.host if not row.host.startswith(("/", "@")) else host.lower().rstrip("."), 1)
