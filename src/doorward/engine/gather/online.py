"""What OSV's API says of releases of which no feed is imported: on demand, for their names leave this machine.

The answers are read as a feed of their own, into a bundle that is thrown away, and evaluated like any other.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from doorward.engine.gather.intelligence import Asked, look_up
from doorward.errors import BadResponse, SourceError
from doorward.model.advisories import Kind
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import FeedState, Intelligence, Unevaluated
from doorward.policy.intel import IntelPolicy
from doorward.records import replace
from doorward.sources.feeds import read_feed
from doorward.sources.feeds._records import any_json
from doorward.sources.http import Http
from doorward.store.intel import open_bundle, rewrite

OSV_API = "https://api.osv.dev"
#: The API in place of OSV's, where the policy names none; empty: none at all.
VARIABLE = "DOORWARD_OSV_API"
#: What its answers settle, whether or not there is a record.
_SETTLED = frozenset({Kind.MALICIOUS.value, Kind.VULNERABILITY.value})
#: What may stand in an answer without records. Another object, of a proxy say, is no answer.
_EMPTY = frozenset({"next_page_token"})
_WORKERS = 8
_PAGES = 20


def api_of(policy: IntelPolicy, environ: Mapping[str, str]) -> str:
    """Return the address of the API, "" where none may be asked."""
    return policy.api or environ.get(VARIABLE, OSV_API).rstrip("/")


def ask_online(http: Http, api: str, asked: Sequence[Asked], now: datetime) -> list[Fact[Intelligence]]:
    """Return what the API at ``api`` says of each release, in the same order; ``Missing`` where it could not be had."""
    if not api:
        return [Missing("no address to ask online is set")] * len(asked)
    with tempfile.TemporaryDirectory(prefix="doorward-online-") as place:
        folder = Path(place)
        with ThreadPoolExecutor(_WORKERS, "online") as pool:
            records = list(pool.map(lambda item: _records(http, api, item), asked))
        documents = [json.dumps(record) for fact in records if isinstance(fact, Known) for record in fact.value]
        told = [Intelligence("")] * len(asked)
        if documents:
            (folder / "answers.jsonl").write_text("\n".join(documents), encoding="ascii")
            told = _evaluated(folder, api, asked, now)
        pairs = zip(records, told, strict=True)
        return [fact if isinstance(fact, Missing) else Known(settled(answer)) for fact, answer in pairs]


def settled(told: Intelligence) -> Intelligence:
    """Return an answer without the questions that no feed answers: the API did."""
    return replace(told, open=tuple(item for item in told.open if not _unanswered(item)))


def is_open(told: Intelligence) -> bool:
    """Whether the imported feeds leave open what the API would answer."""
    return any(_unanswered(item) for item in told.open)


def joined(told: Intelligence, online: Intelligence) -> Intelligence:
    """Return what imported feeds and the API say together."""
    known = {match.advisory.id for match in told.advisories}
    more = tuple(match for match in online.advisories if match.advisory.id not in known)
    siblings = tuple(dict.fromkeys((*told.siblings, *online.siblings)))
    both = replace(told, advisories=(*told.advisories, *more), siblings=siblings, upgrade=online.upgrade)
    return replace(both, open=tuple(item for item in (*told.open, *online.open) if not _unanswered(item)))


def _unanswered(item: Unevaluated) -> bool:
    return item.topic in _SETTLED and item.unlisted


def _records(http: Http, api: str, asked: Asked) -> Fact[list[object]]:
    """Return the records that the API has of a release, all pages of them."""
    question: dict[str, object] = {"package": {"purl": str(asked.purl)}}
    found: list[object] = []
    try:
        for _ in range(_PAGES):
            answer = any_json(http.post(f"{api}/v1/query", json.dumps(question).encode()).body)
            found += _answered(answer)
            if not answer.get("next_page_token"):
                return Known(found)
            question["page_token"] = answer["next_page_token"]
    except SourceError as error:
        return Missing(f"the online look-up failed: {error}")
    return Missing(f"the online look-up failed: more than {_PAGES} pages of records")


def _answered(answer: object) -> list[object]:
    """Return the records of an answer; raise BadResponse where it is none of the API, or one of them is no record."""
    records = None
    if isinstance(answer, dict):
        records = answer.get("vulns", [] if answer.keys() <= _EMPTY else None)
    if not isinstance(records, list):
        raise BadResponse("the API's answer is none")
    if not all(isinstance(record, dict) and isinstance(record.get("id"), str) and record["id"] for record in records):
        raise BadResponse("the API's answer has a record without an id")
    return records


def _evaluated(folder: Path, api: str, asked: Sequence[Asked], now: datetime) -> list[Intelligence]:
    with rewrite(folder / "bundle", now) as made:
        made.feed(FeedState("OSV online", "", api, now), read_feed(folder / "answers.jsonl"))
    bundle = open_bundle(folder / "bundle")
    assert bundle is not None
    with bundle:
        return look_up(bundle, asked, now=now)
