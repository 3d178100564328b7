"""The policy file: what it sets, and how it fails."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import PolicyError
from doorward.model.findings import Severity, Strength
from doorward.model.intelligence import FeedAddress
from doorward.model.run import Grade, Phase
from doorward.policy import Destination, Policy, find_policy, parse_policy, policy_schema, read_below
from doorward.policy.units import duration, size

RULES = ("registry/new-binary", "registry/size-jump")


def parse(text: str, origin: str = "doorward.toml") -> Policy:
    return parse_policy(text, origin=origin, rule_ids=RULES)


def test_every_setting_arrives() -> None:
    policy = parse("""
hold = "2d"
cooldown = "12h"
require = ["registry/*"]
[scan]
exclude = ["examples/*"]
platforms = ["linux-x86_64-cp312"]
artifacts = "all"
[block]
vulnerability = "high"
[guard]
allow = ["API.example:443"]
test = ["db.example:5432", "192.0.2.0/24"]
require-grade = "enforced"
honey-files = ["~/passwords.txt"]
[limits]
budget = "1GB"
archive-ratio = 50
[rules."registry/size-jump"]
strength = "weak"
[[allow]]
rule = "registry/new-binary"
subject = "pkg:npm/%40scope/name@1.0.0"
reason = "announced"
until = 2027-01-31
""")
    assert policy.hold == timedelta(days=2)
    assert policy.cooldown == timedelta(hours=12)
    assert policy.require == ("registry/*",)
    assert (policy.exclude, policy.platforms, policy.all_artifacts) == (("examples/*",), ("linux-x86_64-cp312",), True)
    assert policy.block_vulnerability is Severity.HIGH
    assert policy.guard.allow == (Destination("api.example", 443),)
    assert policy.guard.by_phase == {Phase.TEST: (Destination("db.example", 5432), Destination("192.0.2.0/24"))}
    assert (policy.guard.require_grade, policy.guard.honey_files) == (Grade.ENFORCED, ("~/passwords.txt",))
    assert policy.network_limits.budget_bytes == 10**9
    assert policy.archive_limits.ratio == 50
    assert policy.strengths == {"registry/size-jump": Strength.WEAK}
    assert policy.allowances[0].until == date(2027, 1, 31)
    assert policy.origin == "doorward.toml"


def test_an_empty_file_is_the_default() -> None:
    defaults = Policy(origin="doorward.toml")
    assert parse("") == defaults


BAD = {
    'hodl = "72h"': "doorward.toml:1: unknown key 'hodl'; did you mean 'hold'?",
    "\n[scan]\nexlude = []": "doorward.toml:3: unknown key 'exlude' in [scan]; did you mean 'exclude'?",
    '[rules."registry/new-binry"]\nstrength = "weak"': (
        "doorward.toml:1: no rule 'registry/new-binry'; did you mean 'registry/new-binary'?"
    ),
    "hold = 72": "doorward.toml: expected 'str', got 'int' at 'hold'",
    'hold = "3 moons"': (
        'doorward.toml: \'3 moons\' is not a duration: write a number and its unit, such as "72h", "3d" or "2w"'
    ),
    "hold = ": "doorward.toml: Invalid value (at end of document)",
    '[guard]\nbuild = ["https://x.example"]': (
        "doorward.toml: 'https://x.example' is no HOST[:PORT]: write db.example:5432, *.example, 192.0.2.0/24 or a socket"
    ),
    "[limits]\nconcurrency = 0": "doorward.toml: limits.concurrency must be at least 1",
    '[[allow]]\nrule = "registry/new-binary"\nsubject = "pkg:pypi/x@1"\nreason = " "\nuntil = 2027-01-01': (
        "doorward.toml: the allowance of registry/new-binary for pkg:pypi/x@1 needs a reason"
    ),
    '[[allow]]\nrule = "registry/new-binary"\nsubject = "pkg:pypi/x"\nreason = "ok"\nuntil = 2027-01-01': (
        "doorward.toml: the allowance of registry/new-binary for pkg:pypi/x needs a version"
    ),
    '[[allow]]\nrule = "registry/new-binary"\nsubject = "pkg:npm/@scope/x"\nreason = "ok"\nuntil = 2027-01-01': (
        "doorward.toml: the allowance of registry/new-binary for pkg:npm/@scope/x needs a version"
    ),
    '[[allow]]\nrule = "registry/new-binary"\nsubject = "pkg:pypi/x@1"\nreason = "ok"': (
        "doorward.toml: object missing required field 'until' at 'allow[0]'"
    ),
}


@pytest.mark.parametrize("text", BAD)
def test_a_mistake_is_one_clear_line(text: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text)
    assert str(caught.value) == BAD[text]
    assert caught.value.exit_code == 2


def test_pyproject_counts_where_there_is_no_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.doorward]\nhold = "1d"\n')
    assert find_policy(partial(read_below, tmp_path), rule_ids=RULES).hold == timedelta(days=1)
    (tmp_path / "doorward.toml").write_text('hold = "2d"\n')
    assert find_policy(partial(read_below, tmp_path), rule_ids=RULES).hold == timedelta(days=2)


def test_a_project_without_policy_has_the_default(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert find_policy(partial(read_below, tmp_path), rule_ids=RULES) == Policy()


def test_a_policy_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "doorward.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match=r"doorward\.toml: cannot be read: it is not UTF-8"):
        find_policy(partial(read_below, tmp_path), rule_ids=RULES)


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_an_error(text: str) -> None:
    message = ""
    try:
        parse(text)
    except PolicyError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("72h", 72), ("3d", 72), ("2w", 336)])
def test_durations(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "3", "d", "-1d", "3 moons", "1.5h", "9999999d"])
def test_a_duration_needs_its_unit(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(text)


@pytest.mark.parametrize(("text", "count"), [("500MB", 500_000_000), ("64MiB", 1 << 26), ("1 GB", 10**9), ("7B", 7)])
def test_sizes(text: str, count: int) -> None:
    assert size(text) == count


FEED = "https://mb-api.abuse.invalid/recent.csv"


def test_a_feed_with_what_its_address_does_not_tell() -> None:
    text = f'[intel]\nfeeds = ["https://a.invalid/l", {{url = "{FEED}", header = "Auth-Key", ecosystem = "npm"}}]\n'
    own = "DOORWARD_KEY_MB__API_ABUSE_INVALID"
    plain, told = parse(text).intel.feeds
    assert plain == FeedAddress("https://a.invalid/l")
    assert told == FeedAddress(FEED, "npm", header="Auth-Key", variable=own)
    shared = text.replace("ecosystem", 'variable = "DOORWARD_KEY_ABUSE_INVALID", ecosystem')
    assert parse(shared).intel.feeds[1].variable == "DOORWARD_KEY_ABUSE_INVALID"


@pytest.mark.parametrize(
    "told",
    [
        'header = "Auth-Key", variable = "GITHUB_TOKEN"',
        'header = "Auth-Key", variable = "DOORWARD_KEY_INVALID"',
        'header = "Auth-Key", variable = "DOORWARD_KEY_MB_API_ABUSE_INVALID"',
        'header = "Auth-Key", variable = "DOORWARD_KEY_OTHER_INVALID"',
        'header = "Host"',
        'header = "two\\nlines"',
        'variable = "DOORWARD_KEY_ABUSE_INVALID"',
        'head = "Auth-Key"',
    ],
)
def test_a_policy_does_not_choose_where_a_secret_goes(told: str) -> None:
    with pytest.raises(PolicyError):
        parse(f'[intel]\nfeeds = [{{url = "{FEED}", {told}}}]\n')


@pytest.mark.parametrize("host", ["a_b.invalid", "-a.invalid"])
def test_a_host_whose_variable_another_may_have_takes_no_header(host: str) -> None:
    with pytest.raises(PolicyError, match="letters, digits, dots and hyphens"):
        parse(f'[intel]\nfeeds = [{{url = "https://{host}", header = "Auth-Key"}}]\n'.replace(".invalid", "_x"))
    shared = (
        f'[intel]\nfeeds = [{{url = "https://{host}", header = "Auth-Key", variable = "DOORWARD_KEY_A_B_INVALID"}}]\n'
    )
    with pytest.raises(PolicyError):
        parse(shared)


def test_what_opens_a_feed_is_never_sent_in_the_clear() -> None:
    text = f'[intel]\nfeeds = [{{url = "{FEED.replace("https", "http")}", header = "Auth-Key"}}]\n'
    with pytest.raises(PolicyError, match="https"):
        parse(text)


def test_the_schema_names_every_key() -> None:
    schema = policy_schema()
    file = schema["$defs"]["_File"]
    assert {
        "hold",
        "cooldown",
        "require",
        "scan",
        "block",
        "limits",
        "guard",
        "rules",
        "intel",
        "source",
        "repository",
        "allow",
    } == set(file["properties"])
    assert file["additionalProperties"] is False
