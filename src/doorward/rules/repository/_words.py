"""How the repository rules write times, people, keys and paths."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from doorward.model.facts import Fact, Missing
from doorward.model.findings import Evidence
from doorward.model.history import DAY, Actor, Commit, MergeRequest, day
from doorward.model.repository import Change
from doorward.model.signature import SignatureCheck
from doorward.rules.registry._words import count, cut

#: Paths that a finding names; what is beyond is counted.
_PATHS = 3


def days(seconds: int) -> str:
    """Return a length of time in whole days."""
    return count(seconds // DAY, "day")


def offset(minutes: int) -> str:
    """Return an offset from UTC as git writes it."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def who(actor: Actor) -> str:
    """Return a person on one line."""
    return cut(str(actor))


def tenure(actor: Actor) -> str:
    """Say how long a person has been committing here."""
    if actor.tenure is None:
        return "never committed here by their own hand"
    return f"has been committing here for {days(actor.tenure)}"


def author(request: MergeRequest) -> Evidence:
    """Say who wrote a merge request: how they stand to the repository, and since when their account exists."""
    standing = request.association.replace("_", " ")
    told = [standing if standing != "none" else "no contributor before", account_age(request.author_since, request)]
    return Evidence("author", cut(request.author), baseline=", ".join(part for part in told if part))


def account_age(since: Fact[datetime], request: MergeRequest) -> str:
    """Return how old an account was when a request was merged; "" where the forge does not tell."""
    if isinstance(since, Missing):
        return ""
    return f"account made {days(max(0, int((request.merged - since.value).total_seconds())))} before"


def forge_says(request: MergeRequest) -> tuple[Evidence, ...]:
    """Return what the forge says of the signature of the merge: its word, not a proof."""
    if isinstance(request.signature, Missing):
        return ()
    said = request.signature.value
    return (Evidence("signature", "verified by the forge" if said.verified else f"not verified: {cut(said.reason)}"),)


def made(commit: Commit) -> Evidence:
    """Say whose hand made a commit, and when."""
    return Evidence("by", who(commit.hand), baseline=f"{day(commit.commit_time)}, {tenure(commit.hand)}")


def claimed(check: SignatureCheck) -> str:
    """Name the key of a signature, or the holder of its certificate: as proven where it is, else as claimed."""
    if check.claim.kind == "x509" and check.holder:
        said = f" ({check.state.reason})" if isinstance(check.state, Missing) else ""
        return f"a certificate of {cut(check.holder, 60)}{said}"
    key = check.claim.issuer or "a key that is not named"
    if isinstance(check.state, Missing):
        return f"claims key {key} ({check.state.reason})"
    return f"key {key}" + (f", held by {cut(check.holder, 60)}" if check.holder else "")


def paths(label: str, changes: Iterable[Change]) -> tuple[Evidence, ...]:
    """Name the paths of some changes, and count those beyond the first."""
    found = [cut(change.path) for change in changes]
    shown = tuple(Evidence(label, path, where=path) for path in found[:_PATHS])
    rest = len(found) - _PATHS
    return (*shown, Evidence("and", f"{count(rest, 'file')} more")) if rest > 0 else shown
