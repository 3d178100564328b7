"""A loopback server that speaks as much of GitHub's API as doorward asks, for the requests that a test makes up."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Loopback, Reply, Script, Seen

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def stamp(days_ago: float) -> str:
    return (NOW - timedelta(days=days_ago)).isoformat().replace("+00:00", "Z")


@dataclass
class Request:
    """One merged request."""

    number: int
    days_ago: float
    author: str = "alice"
    merger: str | None = "bob"
    approvals: tuple[str, ...] = ("bob",)
    association: str = "MEMBER"
    reviews: list[dict[str, Any]] | None = None
    merged: bool = True


@dataclass
class Hub(Loopback):
    """The server. ``refuse`` answers a path in another way, as often as it has scripts."""

    requests: list[Request] = field(default_factory=list)
    #: Account -> days since it was made.
    accounts: dict[str, float] = field(default_factory=dict)
    #: Accounts that wrote here long ago.
    old_hands: tuple[str, ...] = ("alice", "bob")
    refuse: dict[str, list[Script]] = field(default_factory=dict)
    reason: str = "unsigned"

    def __post_init__(self) -> None:
        super().__init__()

    def _next(self, seen: Seen) -> Reply:
        parts = urlsplit(seen.path)
        with self._lock:
            self.seen.append(seen)
            scripts = self.refuse.get(parts.path, [])
            if scripts:
                script = scripts.pop(0)
                return script if isinstance(script, Reply) else script(seen)
        found = self._answer(parts.path.strip("/").split("/"), {k: v[0] for k, v in parse_qs(parts.query).items()})
        return Reply(b'{"message": "Not Found"}', 404) if found is None else Reply(json.dumps(found).encode())

    def _answer(self, path: list[str], query: dict[str, str]) -> Any:
        match path:
            case ["users", account] if account in self.accounts:
                return {"login": account, "created_at": stamp(self.accounts[account]), "followers": 3}
            case ["repos", "team", "library", "pulls"]:
                return _page([self._listed(request) for request in self._sorted()], query)
            case ["repos", "team", "library", "pulls", number]:
                request = self._one(number)
                return request and {"number": request.number, "merged_by": request.merger and {"login": request.merger}}
            case ["repos", "team", "library", "pulls", number, "reviews"]:
                request = self._one(number)
                return request and _page(_reviews(request), query)
            case ["repos", "team", "library", "commits", *rest]:
                return self._commits(rest, query)
        return None

    def _commits(self, rest: list[str], query: dict[str, str]) -> Any:
        match rest:
            case []:
                return [{"sha": "c" * 40}] if query["author"] in self.old_hands else []
            case [sha]:
                return {"sha": sha, "commit": {"verification": {"verified": False, "reason": self.reason}}}
        return None

    def _sorted(self) -> list[Request]:
        return sorted(self.requests, key=lambda request: request.days_ago)

    def _one(self, number: str) -> Request | None:
        return next((request for request in self.requests if str(request.number) == number), None)

    @staticmethod
    def _listed(request: Request) -> dict[str, Any]:
        return {
            "number": request.number,
            "updated_at": stamp(request.days_ago),
            "merged_at": stamp(request.days_ago) if request.merged else None,
            "user": {"login": request.author, "id": 1},
            "merge_commit_sha": f"{request.number:040x}",
            "author_association": request.association,
        }


def _page(items: list[Any], query: dict[str, str]) -> list[Any]:
    size, number = int(query["per_page"]), int(query["page"])
    return items[(number - 1) * size : number * size]


def _reviews(request: Request) -> list[dict[str, Any]]:
    if request.reviews is not None:
        return request.reviews
    return [review(who, "APPROVED", request.days_ago + 1) for who in request.approvals]


def review(who: str | None, state: str, days_ago: float) -> dict[str, Any]:
    return {"user": who and {"login": who}, "state": state, "submitted_at": stamp(days_ago)}


def usual(count: int = 11, first: float = 400.0) -> list[Request]:
    """Requests of a project with two maintainers who review each other."""
    return [
        Request(
            number, first - number * 30, *(("alice", "bob", ("bob",)) if number % 2 else ("bob", "alice", ("alice",)))
        )
        for number in range(1, count + 1)
    ]
