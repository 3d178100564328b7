"""GitHub's API, spoken by a server on loopback."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import AccessRefused, BadResponse, FetchError, NotFound, Offline, RateLimited, TooLarge
from doorward.model.facts import Known, Missing
from doorward.model.forge import ListedMerge
from doorward.sources.forges import Api, find_place, forges, github
from doorward.sources.http import Http
from doorward.sources.indexes import Credentials
from tests.forges.hub import NOW, Hub, Request, review, stamp, usual
from tests.loopback import Loopback, Reply

TOKEN = "ghp_secret0123456789"
MERGE = ListedMerge(1, "alice", "member", NOW, "c" * 40)
PULLS = "/repos/team/library/pulls"


class Watched:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.steps = 0

    def phase(self, label: str, total: int) -> None:
        self.labels.append(label)

    def advance(self, n: int = 1) -> None:
        self.steps += n


OPEN: list[Http] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def asking(server: Loopback, sleep: Any = None, progress: Watched | None = None, **http: Any) -> Api:
    client = Http(environ={}, sleep=lambda _: None, **http)
    OPEN.append(client)
    return Api(client, server.url("/"), Credentials.bearer(TOKEN), progress or Watched(), sleep or (lambda _: None))


def test_every_member_of_the_folder_is_a_forge() -> None:
    assert set(forges()) >= {"github"}
    for name, forge in forges().items():
        assert name == forge.NAME
        assert forge.TOKENS
        assert forge.api("no.forge.invalid", {}) == ""


@pytest.mark.parametrize(
    ("host", "environ", "base"),
    [
        ("github.com", {}, "https://api.github.com"),
        ("GitHub.com", {}, "https://api.github.com"),
        ("git.corp.example", {}, ""),
        (
            "git.corp.example",
            {"GITHUB_SERVER_URL": "https://git.corp.example", "GITHUB_API_URL": "https://git.corp.example/api/v3"},
            "https://git.corp.example/api/v3",
        ),
        ("other.example", {"GITHUB_SERVER_URL": "https://git.corp.example", "GITHUB_API_URL": "https://x.example"}, ""),
        ("github.com", {"GITHUB_API_URL": "https://proxy.example/"}, "https://proxy.example/"),
    ],
)
def test_which_api_answers_for_a_host(host: str, environ: dict[str, str], base: str) -> None:
    assert github.api(host, environ) == base


@pytest.mark.parametrize(
    ("address", "environ", "api", "reason"),
    [
        ("https://github.com/team/library", {}, "", "no token for the forge: set GH_TOKEN or GITHUB_TOKEN"),
        ("https://git.invalid/team/library", {"GH_TOKEN": TOKEN}, "", "git.invalid is no forge"),
        ("https://github.com/team/library/more", {"GH_TOKEN": TOKEN}, "", "no owner and repository"),
        ("https://github.com/../library", {"GH_TOKEN": TOKEN}, "", "no owner and repository"),
        ("https://github.com/team/a%2fb", {"GH_TOKEN": TOKEN}, "", "no owner and repository"),
        ("https://github.com/team/library", {"GH_TOKEN": TOKEN}, "http://git.invalid/api/v3", "is not https"),
        ("https://github.com/team/library", {"GH_TOKEN": TOKEN}, "https://me:pw@git.invalid", "is not https"),
        ("https://github.com/team/library", {"GH_TOKEN": TOKEN}, "ftp://git.invalid", "is not https"),
        ("https://github.com/team/library", {"GH_TOKEN": "a\nb"}, "", "cannot be sent"),
    ],
)
def test_a_place_without_an_answer_says_why(address: str, environ: dict[str, str], api: str, reason: str) -> None:
    found = find_place(address, environ, api)
    assert isinstance(found, Missing)
    assert reason in found.reason
    assert "pw" not in found.reason


def test_the_first_token_counts_and_never_shows() -> None:
    found = find_place("https://github.com/team/library", {"GITHUB_TOKEN": "other", "GH_TOKEN": TOKEN})
    assert isinstance(found, Known)
    assert found.value.token == Credentials.bearer(TOKEN)
    assert (found.value.path, found.value.api) == ("team/library", "https://api.github.com")
    assert TOKEN not in repr(found)


def test_merged_requests_are_listed_page_by_page_back_to_the_day() -> None:
    many = [Request(n, n, merged=n % 3 != 0, association="FIRST_TIME_CONTRIBUTOR") for n in range(1, 251)]
    with Hub(requests=many) as hub:
        listed = github.merges(asking(hub), "team/library", "main", NOW - timedelta(days=10))
        assert (len(hub.seen), listed.complete) == (2, False)
        assert listed.merges[0] == ListedMerge(
            1, "alice", "first_time_contributor", NOW - timedelta(days=1), f"{1:040x}"
        )
        assert [merge.number for merge in listed.merges][:4] == [1, 2, 4, 5]
        assert "base=main" in hub.paths()[0]
        assert {seen.headers["authorization"] for seen in hub.seen} == {f"Bearer {TOKEN}"}
        whole = github.merges(asking(hub), "team/library", "", NOW - timedelta(days=9_999))
        assert (len(whole.merges), whole.complete) == (167, True)


@pytest.mark.parametrize(
    ("reviews", "approvals"),
    [
        ([], ()),
        ([review("bob", "APPROVED", 2)], ("bob",)),
        ([review("bob", "COMMENTED", 2)], ()),
        ([review("bob", "APPROVED", 3), review("bob", "CHANGES_REQUESTED", 2)], ()),
        ([review("bob", "APPROVED", 3), review("bob", "DISMISSED", 2)], ()),
        (
            [review("bob", "CHANGES_REQUESTED", 3), review("bob", "APPROVED", 2), review("bob", "COMMENTED", 1)],
            ("bob",),
        ),
        ([review("bob", "APPROVED", -1)], ()),
        ([review(None, "APPROVED", 2), review("eve", "APPROVED", 2)], ("eve",)),
        ([review(f"r{n}", "APPROVED", 2) for n in range(130)], tuple(f"r{n}" for n in range(130))),
    ],
)
def test_an_approval_is_the_last_word_before_the_merge(reviews: list[Any], approvals: tuple[str, ...]) -> None:
    with Hub(requests=[Request(1, 0, reviews=reviews)]) as hub:
        assert github.details(asking(hub), "team/library", MERGE).approvals == Known(approvals)


def test_what_is_not_told_is_missing_one_by_one() -> None:
    with Hub(requests=[Request(1, 0, merger=None)]) as hub:
        hub.refuse[f"{PULLS}/1/reviews"] = [Reply(b"", 404)]
        told = github.details(asking(hub), "team/library", MERGE)
        assert isinstance(told.merger, Missing)
        assert isinstance(told.approvals, Missing)
        assert "404" in told.approvals.reason
        with pytest.raises(NotFound):
            github.account_since(asking(hub), "nobody")


def test_accounts_signatures_and_earlier_commits() -> None:
    with Hub(accounts={"alice": 100}, reason="unknown_key") as hub:
        api = asking(hub)
        assert github.account_since(api, "alice") == NOW - timedelta(days=100)
        said = github.signature(api, "team/library", "c" * 40)
        assert (said.verified, said.reason) == (False, "unknown_key")
        assert github.wrote_before(api, "team/library", "alice", NOW)
        assert not github.wrote_before(api, "team/library", "mallory", NOW)
        assert github.wrote_before(api, "team/library", "a&b=c/../d", NOW) is False
        assert hub.paths()[-1].startswith("/repos/team/library/commits?author=a%26b%3Dc%2F..%2Fd&")


def limit(seconds: int, status: int = 403) -> Reply:
    # The limit begins anew at a time of this machine's clock.
    from time import time

    return Reply(b"{}", status, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time()) + seconds)})


def test_a_limit_is_waited_for_and_the_wait_shown() -> None:
    slept: list[float] = []
    progress = Watched()
    with Hub(accounts={"alice": 1}) as hub:
        hub.refuse["/users/alice"] = [limit(60), Reply(b"{}", 429, {"Retry-After": "90"})]
        github.account_since(asking(hub, slept.append, progress), "alice")
    assert 150 <= sum(slept) <= 153
    assert progress.steps == len(slept)
    assert [label.partition(" s ")[2] for label in progress.labels] == [f"for the limit of 127.0.0.1:{hub.port}"] * 2


@pytest.mark.parametrize("reply", [limit(3_000), limit(3_000, 429), Reply(b"{}", 403, {"Retry-After": "400"})])
def test_a_limit_beyond_patience_is_an_error_and_the_forge_is_left_alone(reply: Reply) -> None:
    with Hub(accounts={"alice": 1}) as hub:
        hub.refuse["/users/alice"] = [reply]
        api = asking(hub, lambda _: pytest.fail("it waited"))
        for _ in range(3):
            with pytest.raises(RateLimited, match="asks to wait"):
                github.account_since(api, "alice")
        assert len(hub.seen) == 1


def test_a_refused_token_is_not_tried_again_nor_shown() -> None:
    with Hub() as hub:
        hub.refuse["/users/alice"] = [Reply(b'{"message": "Bad credentials"}', 401)]
        api = asking(hub)
        for _ in range(2):
            with pytest.raises(AccessRefused) as caught:
                github.account_since(api, "alice")
            assert TOKEN not in str(caught.value)
        assert len(hub.seen) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"null",
        b"{}",
        b'"text"',
        b"[1, 2]",
        b'[{"number": "1", "updated_at": "2026-01-01T00:00:00Z"}]',
        b'[{"number": 1, "updated_at": 5}]',
        b'[{"number": 1, "updated_at": "yesterday"}]',
        b'[{"number": 1e400, "updated_at": "2026-01-01T00:00:00Z"}]',
        b'[{"number": 1, "updated_at": "2026-01-01T00:00:00Z", "user": []}]',
        b"[" * 100_000,
        b'[{"x":' * 50_000,
        b"\xff\xfe\x00",
        b"<html>log in</html>",
    ],
)
def test_hostile_answers_are_errors(body: bytes) -> None:
    with Hub() as hub:
        hub.refuse[PULLS] = [Reply(body)]
        with pytest.raises(BadResponse, match="cannot be read"):
            github.merges(asking(hub), "team/library", "", NOW)


def test_a_huge_answer_is_refused() -> None:
    with Hub() as hub:
        hub.refuse[PULLS] = [Reply(b" ", headers={}, length=1 << 40)]
        with pytest.raises(TooLarge):
            github.merges(asking(hub), "team/library", "", NOW)


def test_a_list_that_never_ends_is_cut() -> None:
    page = json.dumps([{"number": 1, "updated_at": stamp(0), "merged_at": stamp(0)}] * 100).encode()
    with Hub() as hub:
        hub.refuse[PULLS] = [Reply(page)] * 100
        listed = github.merges(asking(hub), "team/library", "", NOW - timedelta(days=1))
        assert (len(listed.merges), listed.complete, len(hub.seen)) == (1, False, 30)


def test_the_token_does_not_follow_a_redirect_to_another_host() -> None:
    with Hub() as hub, Loopback() as other:
        hub.refuse["/users/alice"] = [Reply(b"", 302, {"Location": other.url("/users/alice", host="localhost")})]
        with pytest.raises(FetchError):
            github.account_since(asking(hub), "alice")
        assert all("authorization" not in seen.headers for seen in other.seen)


def test_offline_asks_nobody() -> None:
    with Hub(requests=usual()) as hub:
        with pytest.raises(Offline):
            github.merges(asking(hub, offline=True), "team/library", "", NOW)
        assert hub.seen == []


class Scripted(Api):
    """An API that answers with given bytes."""

    def __init__(self, body: bytes) -> None:
        super().__init__(Http(environ={}), "https://api.invalid", Credentials.bearer("x"), Watched())
        self._body = body

    def _patiently(self, url: str) -> bytes:
        return self._body


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(stamp(0)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "updated_at", "merged_at", "user", "login", "state", "commit", "verification"]),
            inner,
            max_size=5,
        )
    ),
)


@given(VALUES)
def test_whatever_json_comes_there_is_an_answer_or_an_error(value: Any) -> None:
    api = Scripted(json.dumps(value).encode())
    for ask in (
        lambda: github.merges(api, "team/library", "", NOW),
        lambda: github.account_since(api, "alice"),
        lambda: github.signature(api, "team/library", "c"),
        lambda: github.wrote_before(api, "team/library", "alice", NOW),
    ):
        try:
            ask()
        except FetchError:
            continue
    told = github.details(api, "team/library", MERGE)
    assert isinstance(told.merger, Known | Missing)
