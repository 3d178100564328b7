"""Histories by hand: raw commits with defaults that nothing minds."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from doorward.engine.gather.habits import History
from doorward.engine.gather.repository import Look, judge_history
from doorward.model.facts import Fact, Known, Missing
from doorward.model.history import Commit
from doorward.model.paths import kinds_of
from doorward.model.repository import Change, Ident, RawCommit
from doorward.model.signature import SignatureCheck, SignatureClaim, SignatureState, SignedObject

DAY = 86_400
START = 1_500_000_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
REPOSITORY = "git+https://git.example/lib"
FORGE_KEY = "968479A1AFF927E37D1A566BB5690EEEBB952194"
_ids = itertools.count(1)


def ident(name: str, day: float, offset: int | None = 60, email: str = "") -> Ident:
    return Ident(name, email or f"{name.split(maxsplit=1)[0].lower()}@example.org", START + int(day * DAY), offset)


FORGE = "GitHub"


def raw(day: float, name: str = "Alice Example", **more: Any) -> RawCommit:
    """A commit on the chain, authored and committed by one person. ``by`` names another committer."""
    by = more.pop("by", name)
    email = more.pop("email", "")
    offset = more.pop("offset", 60)
    paths = more.pop("paths", ())
    keys = more.pop("keys", ())
    author = ident(name, more.pop("authored", day), offset, email)
    committer = author if by == name else ident(by, day, offset, "noreply@github.com" if by == FORGE else "")
    if by == name and author.time != START + int(day * DAY):
        committer = ident(name, day, offset, email)
    values: dict[str, Any] = {
        "id": f"{next(_ids):040x}",
        "parents": ("0" * 40,),
        "author": author,
        "committer": committer,
        "on_chain": True,
        "changes": tuple(Change("M", path, kinds_of(path)) for path in paths),
        "files": len(paths),
        "claims": tuple(SignatureClaim("openpgp", key, "rsa", "sha256", START) for key in keys),
    }
    return RawCommit(**values | more)


MERGE = ("1" * 40, "2" * 40)


class Claims:
    """A verifier without keys: everything is only claimed, unless a state is given for a key."""

    keyring: Fact[int] = Missing("no keyring")

    def __init__(self, **states: SignatureState) -> None:
        self.states = states

    def check(self, claims: tuple[SignatureClaim, ...], signed: SignedObject | None) -> tuple[SignatureCheck, ...]:
        return tuple(SignatureCheck(claim, self._state(claim)) for claim in claims)

    def _state(self, claim: SignatureClaim) -> Fact[SignatureState]:
        found = self.states.get(claim.issuer)
        return Known(found) if found else Missing("no key")


def look(**more: Any) -> Look:
    values: dict[str, Any] = {"repository": REPOSITORY, "observed_at": NOW, "verifier": Claims()}
    return Look(**values | more)


def routine(count: int = 260, start: float = 0, step: float = 2, **more: Any) -> list[RawCommit]:
    """Enough quiet commits of one person to end the learning time."""
    return [raw(start + n * step, **more) for n in range(count)]


def judged(raws: Iterable[RawCommit], history: History | None = None, **more: Any) -> list[Commit]:
    return list(judge_history(raws, history or History(), look(**more)))


def last(*raws: RawCommit, before: Iterable[RawCommit] | None = None, **more: Any) -> Commit:
    """The judgement's view of the last commit, after a routine."""
    return judged([*(routine() if before is None else before), *raws], **more)[-1]
