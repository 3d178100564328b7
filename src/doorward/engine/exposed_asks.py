"""What ``doorward exposed`` is asked about: package URLs, advisories and feeds, as releases and digests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

from doorward.engine.intel import Import, import_feeds
from doorward.errors import UsageError
from doorward.model.advisories import GIT, Advisory, Affected, Kind
from doorward.model.exposure import Suspect, Suspects, Unlooked, suspect_in, suspect_of
from doorward.model.intelligence import DIGESTS, HASHES, Role
from doorward.model.purl import is_purl, parse_purl
from doorward.records import dataclass, field
from doorward.store.intel import Bundle, open_bundle

#: Kinds of advisory of a feed that are asked about: being vulnerable is no exposure to an attack on the supply chain.
_BAD = frozenset({Kind.MALICIOUS, Kind.SUSPECTED, Kind.REPORTED})
#: What a digest must be of, to mean the file that a lock file declares.
_OF_FILES = frozenset({Role.PACKAGE, Role.FILE})


@dataclass(slots=True)
class Asks:
    """Collects what is asked about."""

    now: datetime
    suspects: list[Suspect] = field(default_factory=list)
    #: Bundles whose digests are asked about, with the name of the feed.
    digests: list[tuple[Bundle, str]] = field(default_factory=list)
    #: What each word of the user means.
    meaning: list[tuple[str, str]] = field(default_factory=list)
    #: When a record first named its releases, by record.
    reported: dict[str, str] = field(default_factory=dict)
    gaps: list[Unlooked] = field(default_factory=list)

    def result(self) -> Suspects:
        """Return all of it."""
        return Suspects(self.suspects, self._by_digest if self.digests else None)

    def _by_digest(self, digest: str) -> str | None:
        """Return what names a digest ("sha256:HEX"), None where nothing that is asked about does."""
        algorithm, _, value = digest.partition(":")
        if algorithm not in DIGESTS or len(value) != 2 * DIGESTS[algorithm]:
            return None
        key = algorithm, bytes.fromhex(value)
        for bundle, feed in self.digests:
            for found in bundle.digests({algorithm: {key[1]}}, self.now).get(key, ()):
                if found.provenance.feed == feed and found.indicator.role in _OF_FILES:
                    return found.indicator.record or feed
        return None


@contextmanager
def asks(folder: Path, texts: Sequence[str], now: datetime) -> Iterator[Asks]:
    """Yield what texts ask about; ``folder`` holds the bundle of imported feeds.

    Raise UsageError for a text that is neither a package URL nor a record, a feed or a file, FeedError for a file that
    is no feed, InvalidPurl for what only looks like a package URL.
    """
    made = Asks(now)
    with ExitStack() as stack:

        @cache
        def imported() -> Bundle | None:
            bundle = open_bundle(folder)
            return stack.enter_context(bundle) if bundle is not None else None

        for text in dict.fromkeys(texts):
            if is_purl(text):
                purl = parse_purl(text)
                made.suspects.append(suspect_of(purl.type, purl.full_name, purl.version))
                made.meaning.append((text, "one release" if purl.version else "every release"))
            elif Path(text).exists():
                made.meaning.append((text, _feed(made, *_read(stack, Path(text), now))))
            else:
                made.meaning.append((text, _known(made, imported(), text)))
        yield made


def _read(stack: ExitStack, path: Path, now: datetime) -> tuple[Bundle, str]:
    """Return a bundle of a feed that is not imported, for as long as the stack lasts, and the feed's name."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorward-feed-")))
    (written,) = import_feeds(folder, [Import(path)], now)
    bundle = open_bundle(folder)
    assert bundle is not None
    return stack.enter_context(bundle), written.state.name


def _feed(made: Asks, bundle: Bundle, feed: str) -> str:
    """Ask about everything bad that a feed names; return what that is, in words."""
    state = next(state for state in bundle.feeds if state.name == feed)
    before = len(made.suspects)
    for candidate in bundle.since(0, _BAD):
        if candidate.provenance.feed == feed:
            _advisory(made, candidate.advisory, [candidate.affected])
    digests = sum(count for topic, _, count in state.covers if topic == HASHES)
    if digests:
        made.digests.append((bundle, feed))
    if state.refused:
        made.gaps.append(Unlooked(feed, f"{state.refused:,} of its records could not be read", required=True))
    return _packages(len(made.suspects) - before) + (f" and {digests:,} digests" if digests else "")


def _known(made: Asks, bundle: Bundle | None, text: str) -> str:
    """Ask about a record by its id or alias, or about an imported feed; return what that is, in words."""
    if bundle is None:
        raise UsageError(
            f"{text!r} is no package URL and no file, and no feed is imported ('doorward intel import FILE' brings one)"
        )
    if any(state.name == text for state in bundle.feeds):
        return _feed(made, bundle, text)
    records = bundle.records([text])
    if not records:
        raise UsageError(f"{text!r} is no package URL, no file, no imported feed and no record of one")
    standing = [record for record in records if not record.advisory.withdrawn]
    if not standing:
        raise UsageError(f"{text}: the record was withdrawn on {records[0].advisory.withdrawn[:10]}")
    before = len(made.suspects)
    for record in standing:
        _advisory(made, record.advisory, record.affected)
    return _packages(len(made.suspects) - before)


def _packages(count: int) -> str:
    return f"{count:,} package{'' if count == 1 else 's'}"


def _advisory(made: Asks, advisory: Advisory, affected: Iterable[Affected]) -> None:
    packages = [entry for entry in affected if entry.ecosystem != GIT]
    if not packages:
        made.gaps.append(Unlooked(advisory.id, "it names commits of a repository, and no package", required=True))
    for entry in packages:
        suspect = suspect_in(entry, advisory.id)
        if suspect is None:
            reason = f"it names a package of {entry.ecosystem}, of which doorward knows no package URLs"
            made.gaps.append(Unlooked(advisory.id, reason, required=True))
        else:
            made.suspects.append(suspect)
    if advisory.published or advisory.modified:
        made.reported[advisory.id] = advisory.published or advisory.modified
