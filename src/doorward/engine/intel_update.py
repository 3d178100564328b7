"""``doorward intel update``: fetch what is new of feeds that have an address, and import it.

Each feed by itself: one that cannot be had, or that holds nothing usable, keeps what it said before and says why.
"""

from __future__ import annotations

import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from doorward.engine.intel import states_to_renew
from doorward.errors import FeedError, SourceError, UsageError
from doorward.model.intelligence import FeedAddress, FeedState
from doorward.model.limits import NetworkLimits
from doorward.records import dataclass, replace
from doorward.sources.addresses import without_userinfo
from doorward.sources.feed_server import feed_server
from doorward.sources.feeds import fingerprint, read_beside
from doorward.sources.http import Http
from doorward.sources.kept_pages import keep_pages
from doorward.sources.parts import UPDATES, sweep_parts
from doorward.sources.remote_feeds import Fetched, fetch
from doorward.store.intel import Written, rewrite

#: The bucket in which OSV publishes its records, a folder an ecosystem.
OSV_BUCKET = "https://osv-vulnerabilities.storage.googleapis.com"
#: Feeds are larger than what a scan fetches, and nobody waits for them at a prompt.
LIMITS = NetworkLimits(artifact_bytes=4 << 30, budget_bytes=16 << 30, total_seconds=3600.0)
#: The format of what may be any text: no feed becomes it.
_PROSE = "report"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one feed."""

    name: str
    #: "updated", "unchanged", "failed".
    result: str
    written: Written | None = None
    #: Why it failed.
    reason: str = ""


def osv_address(ecosystem: str, bucket: str = OSV_BUCKET) -> str:
    """Return the address of an ecosystem's archive in the OSV bucket, or in a mirror of it."""
    return f"{bucket}/{ecosystem.replace(' ', '%20')}/all.zip"


def update(  # noqa: PLR0913 - each is a choice of the command line
    folder: Path,
    addresses: Sequence[str | FeedAddress],
    now: datetime,
    environ: Mapping[str, str],
    *,
    listed: Sequence[FeedAddress] = (),
    offline: bool = False,
    certificate: bytes = b"",
) -> list[Outcome]:
    """Update the feeds at ``addresses``, or, where none is given, the imported ones that have one and those ``listed``.

    How a feed is asked for and read is remembered, and said anew by who names more than its address, here or in
    ``listed``. With a ``certificate`` these feeds have to be signed by it, now and in all later updates. Raise
    UsageError where there is nothing to update.
    """
    known = {state.origin: state for state in states_to_renew(folder)}
    named = [_address(item) for item in addresses]
    others = [_address(item) for item in listed]
    wanted = [feed.url for feed in named] or [*filter(_is_address, known), *(feed.url for feed in others)]
    if not wanted:
        raise UsageError("no imported feed has an address: name one, or --osv ECOSYSTEM")
    names = _names(wanted, known)
    told = {feed.url: feed for feed in [*others, *named] if feed != FeedAddress(feed.url)}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep_parts(folder)
    with Http(LIMITS, environ=environ, cache=folder.parent, offline=offline) as http:
        states = [
            _told(known.get(address) or FeedState(names[address], "", address, now), told.get(address))
            for address in dict.fromkeys(wanted)
        ]
        if certificate:
            # What is known was not verified, so that all of it has to come again.
            signed_by = b64encode(certificate).decode()
            states = [s if s.certificate == signed_by else replace(s, certificate=signed_by, cursor="") for s in states]
        return [_one(http, environ, folder, state, now) for state in states]


def _address(named: str | FeedAddress) -> FeedAddress:
    feed = FeedAddress(named) if isinstance(named, str) else named
    try:
        return replace(feed, url=without_userinfo(feed.url))
    except ValueError as error:
        raise UsageError(f"{feed.url!r}: {error}: write https://...; files are for 'doorward intel import'") from error


def _told(state: FeedState, feed: FeedAddress | None) -> FeedState:
    """Return what is known of a feed with what its user says of it now: where that reads otherwise, all of it anew."""
    if feed is None:
        return state
    if feed.hints == _asked(state).hints:
        return replace(state, asked=feed)
    return replace(state, asked=feed, cursor="", digest="")


def _asked(state: FeedState) -> FeedAddress:
    return state.asked or FeedAddress(state.origin)


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _names(addresses: Sequence[str], known: Mapping[str, FeedState]) -> dict[str, str]:
    """Return a name for each address: the last parts of its path, as many as it takes to be the only one."""
    taken = {state.name: origin for origin, state in known.items()}
    names = {}
    for address in addresses:
        parts = urlsplit(address)
        segments = [segment for segment in parts.path.split("/") if segment]
        choices = ["/".join(segments[-count:]) for count in range(2, len(segments) + 1)] or segments
        free = (name for name in choices if taken.get(name, address) == address)
        names[address] = next(free, address)
        taken[names[address]] = address
    return names


def _one(http: Http, environ: Mapping[str, str], folder: Path, state: FeedState, now: datetime) -> Outcome:
    try:
        server = feed_server(http, _asked(state), environ)
        with tempfile.TemporaryDirectory(dir=folder, prefix=UPDATES) as place:
            fetched = fetch(server, state.origin, state.cursor, Path(place), b64decode(state.certificate))
            outcome = _imported(folder, replace(state, fetched=now, cursor=fetched.cursor), fetched, now)
            if fetched.keep and fetched.path is not None:
                keep_pages(folder, state.origin, fetched.cursor, fetched.path)
            return outcome
    except SourceError as error:
        return Outcome(state.name, "failed", reason=str(error))


def _imported(folder: Path, state: FeedState, fetched: Fetched, now: datetime) -> Outcome:
    digest = fingerprint(fetched.path) if fetched.path is not None else state.digest
    if digest == state.digest:
        with rewrite(folder, now) as made:
            made.confirm(state)
        return Outcome(state.name, "unchanged")
    with rewrite(folder, now) as made:
        assert fetched.path is not None
        fresh = FeedState(
            state.name, "", state.origin, now, state.licence, None, fetched.cursor, state.certificate, digest
        )
        fresh = replace(fresh, asked=state.asked)
        written = made.feed(fresh, read_beside(fetched.path, _asked(state).hints), adds=fetched.adds)
        if state.format not in {"", _PROSE} and written.state.format == _PROSE:
            raise FeedError(f"{state.name}: it was of the format {state.format} and is prose now, as an error page is")
    return Outcome(state.name, "updated", written)
