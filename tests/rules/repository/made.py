"""Subjects of the repository witness by hand: quiet by default, so that a case says only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doorward.model.facts import Fact, Known, Missing
from doorward.model.history import DAY, Actor, Commit, Habit, MergeRequest, RefMove, Tag
from doorward.model.paths import kinds_of
from doorward.model.repository import Change, LedgerRow
from doorward.model.signature import SignatureCheck, SignatureClaim, SignatureState

REPOSITORY = "git+https://git.example/lib"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TIME = int(NOW.timestamp()) - 5 * DAY
FULL, OTHER = "A" * 40, "B" * 40
#: GitHub's own key.
FORGE = "968479A1AFF927E37D1A566BB5690EEEBB952194"
YEAR = 365 * DAY


def actor(name: str = "Alice Example", **more: Any) -> Actor:
    """Somebody who has long been here."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    known = Actor(
        email,
        name,
        email,
        new=False,
        commits=300,
        by_hand=300,
        tenure=5 * YEAR,
        idle=DAY,
        offset=60,
        offsets=frozenset({60, 120}),
        trailers=frozenset({"Signed-off-by"}),
        touched=frozenset({"build", "ci"}),
    )
    return known._replace(**more)


def newcomer(name: str = "Mallory Example", **more: Any) -> Actor:
    """Somebody who was never seen."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    return Actor(email, name, email, new=True, offset=480)._replace(**more)


def change(path: str, status: str = "M") -> Change:
    return Change(status, path, kinds_of(path))


def commit(*changes: Change, hand: Actor | None = None, author: Actor | None = None, **more: Any) -> Commit:
    """A commit of a known person that changes ``changes`` and nothing else."""
    hand = hand or actor()
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "id": "c" * 40,
        "parents": ("d" * 40,),
        "author": author or hand,
        "hand": hand,
        "author_time": TIME,
        "commit_time": TIME,
        "base_time": TIME - DAY,
        "clock": TIME,
        "observed_at": NOW,
        "on_chain": True,
        "integrator": Known(hand),
        "changes": tuple(one for one in changes if one.kinds),
        "files": len(changes),
        "kinds": frozenset().union(*(one.kinds for one in changes)),
        "chain_length": 50,
        "chain_by_merge": 10,
    }
    return Commit(**values | more)


def claim(issuer: str = FULL, **more: Any) -> SignatureClaim:
    return replace(SignatureClaim("openpgp", issuer, "rsa", "sha256", TIME), **more)


def signature(
    issuer: str = FULL, state: Fact[SignatureState] | SignatureState = SignatureState.VALID, **more: Any
) -> SignatureCheck:
    """A signature by a key; valid unless the case says otherwise."""
    checks = {name: more.pop(name) for name in ("trusted", "holder", "detail", "claims_trusted") if name in more}
    fact = Known(state) if isinstance(state, SignatureState) else state
    return SignatureCheck(claim(issuer, **more), fact, **checks)


UNKNOWN = Missing("the key is not available")


def tag(name: str = "v2.0", **more: Any) -> Tag:
    """A signed tag by a known tagger, after ten of the same kind."""
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "name": name,
        "id": "e" * 40,
        "target": "c" * 40,
        "tagger": actor(),
        "time": TIME,
        "base_time": TIME - DAY,
        "observed_at": NOW,
        "signatures": (signature(),),
        "earlier": 10,
        "earlier_signed": 10,
        "signed_run": 10,
        "known_keys": (FULL,),
    }
    return Tag(**values | more)


def row(ref: str = "refs/tags/v1.0", object_: str = "1" * 40, peeled: str = "2" * 40) -> LedgerRow:
    return LedgerRow(REPOSITORY, ref, object_, peeled, NOW - timedelta(days=90), NOW - timedelta(days=1))


def move(ref: str = "refs/tags/v1.0", new: str = "3" * 40, **more: Any) -> RefMove:
    """A ref that moved for the first time."""
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "ref": ref,
        "old": Known(row(ref)),
        "new": new,
        "new_commit": new and "4" * 40,
        "observed_at": NOW,
        "release": "." in ref,
    }
    return RefMove(**values | more)


def request(**more: Any) -> MergeRequest:
    """A reviewed request that somebody else merged, as usual."""
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "number": 7,
        "author": "mallory",
        "merger": Known("alice"),
        "merged": NOW - timedelta(days=1),
        "approvals": Known(("alice",)),
        "usually_approved": Known(Habit(10, 10)),
        "usually_by_other": Known(Habit(10, 10)),
        "merger_tenure": Known(5 * YEAR),
        "observed_at": NOW,
    }
    return MergeRequest(**values | more)
