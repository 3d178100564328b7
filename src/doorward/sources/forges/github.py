"""GitHub and GitHub Enterprise, by their REST API (version 2022-11-28)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from doorward.errors import FetchError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.forge import ForgeSignature, ListedMerge, MergeDetails, MergeList
from doorward.sources.forges._api import Api

NAME = "github"
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")

_HOST, _API = "github.com", "https://api.github.com"
#: Entries of a page, pages of a list of requests, and pages of one request's reviews.
_PAGE, _LIST_PAGES, _REVIEW_PAGES = 100, 30, 5
_LONGEST = 100

Item = TypeVar("Item")


class _User(msgspec.Struct):
    login: str = ""
    created_at: datetime | None = None


class _Listed(msgspec.Struct):
    number: int
    updated_at: datetime
    merged_at: datetime | None = None
    user: _User | None = None
    merge_commit_sha: str | None = None
    author_association: str = ""


class _Request(msgspec.Struct):
    merged_by: _User | None = None


class _Review(msgspec.Struct):
    state: str
    user: _User | None = None
    submitted_at: datetime | None = None


class _Verification(msgspec.Struct):
    verified: bool
    reason: str = ""


class _GitCommit(msgspec.Struct):
    verification: _Verification


class _Commit(msgspec.Struct):
    commit: _GitCommit


def api(host: str, environ: Mapping[str, str]) -> str:
    """Return the API for a host: as GitHub's own runners name it in the environment, else that of github.com."""
    server = urlsplit(environ.get("GITHUB_SERVER_URL") or f"https://{_HOST}").netloc
    if environ.get("GITHUB_API_URL") and host.lower() == server.lower():
        return environ["GITHUB_API_URL"]
    return _API if host.lower() == _HOST else ""


def merges(api: Api, path: str, branch: str, since: datetime) -> MergeList:
    """List merged requests, those that changed last first: what was merged since has changed since."""
    query = {"state": "closed", "sort": "updated", "direction": "desc"} | ({"base": branch} if branch else {})
    found: list[ListedMerge] = []
    earlier = 0
    pages = _pages(api, (*_repository(path), "pulls"), list[_Listed], query)
    for number, page in enumerate(pages, 1):
        listed = [_merge(item, item.merged_at) for item in page if item.merged_at]
        found += listed
        earlier += any(_utc(item.updated_at) < since for item in page)
        if len(page) < _PAGE:
            return MergeList(_latest_first(found), complete=True)
        # One page beyond the moment shows the habit before it.
        if earlier > 1 or number == _LIST_PAGES:
            break
    return MergeList(_latest_first(found), complete=False)


def details(api: Api, path: str, merge: ListedMerge) -> MergeDetails:
    """Ask for a request and for its reviews."""
    merger: Fact[str]
    approvals: Fact[tuple[str, ...]]
    place = (*_repository(path), "pulls", str(merge.number))
    try:
        name = _login(api.get(place, _Request).merged_by)
        merger = Known(name) if name else Missing("the forge does not tell who merged it")
    except FetchError as error:
        merger = Missing(str(error))
    try:
        approvals = Known(_approvals(api, place, merge.merged))
    except FetchError as error:
        approvals = Missing(str(error))
    return MergeDetails(merger, approvals)


def signature(api: Api, path: str, commit: str) -> ForgeSignature:
    """Ask what GitHub says of a commit's signature."""
    said = api.get((*_repository(path), "commits", commit), _Commit).commit.verification
    return ForgeSignature(said.verified, said.reason[:_LONGEST])


def account_since(api: Api, account: str) -> datetime:
    """Ask when an account was made."""
    made = api.get(("users", account), _User).created_at
    if made is None:
        raise FetchError("the forge does not tell when the account was made")
    return _utc(made)


def wrote_before(api: Api, path: str, account: str, day: datetime) -> bool:
    """Ask for one commit by an account from before a day."""
    query = {"author": account, "until": f"{day.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "per_page": "1"}
    return bool(api.get((*_repository(path), "commits"), list[msgspec.Raw], query))


def _approvals(api: Api, place: tuple[str, ...], merged: datetime) -> tuple[str, ...]:
    """Return who approved last before the merge: an approval that was taken back, or came later, is none."""
    words: dict[str, str] = {}
    for page in _pages(api, (*place, "reviews"), list[_Review], {}, _REVIEW_PAGES):
        for review in page:
            late = review.submitted_at is not None and _utc(review.submitted_at) > merged
            if not late and review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
                words[_login(review.user)] = review.state
    return tuple(login for login, state in words.items() if state == "APPROVED" and login)


def _pages(
    api: Api, path: tuple[str, ...], kind: type[list[Item]], query: dict[str, str], most: int = _LIST_PAGES
) -> Iterator[list[Item]]:
    """Yield pages until one is not full. The addresses are ours: the server's links are not followed."""
    for number in range(1, most + 1):
        page = api.get(path, kind, query | {"per_page": str(_PAGE), "page": str(number)})
        yield page
        if len(page) < _PAGE:
            return


def _repository(path: str) -> tuple[str, ...]:
    return ("repos", *path.split("/"))


def _merge(item: _Listed, merged: datetime) -> ListedMerge:
    return ListedMerge(
        item.number,
        _login(item.user),
        item.author_association.lower()[:_LONGEST],
        _utc(merged),
        item.merge_commit_sha or "",
    )


def _latest_first(found: list[ListedMerge]) -> tuple[ListedMerge, ...]:
    by_number = {merge.number: merge for merge in found}
    return tuple(sorted(by_number.values(), key=lambda merge: (merge.merged, merge.number), reverse=True))


def _login(user: _User | None) -> str:
    return user.login[:_LONGEST] if user else ""


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
