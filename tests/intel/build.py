"""A bundle of feeds by hand, and questions to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doorward.engine.intel import Import, import_feeds
from doorward.model.intelligence import Indicator
from doorward.store.intel import Bundle, Written, open_bundle
from tests.feeds.build import written

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Intel:
    """A folder with a bundle, and a folder of the feeds that were imported into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "intel"

    def write(self, name: str, content: Any) -> Path:
        return written(self.root / "feeds" / name, content)

    def add(self, name: str, content: Any, *, now: datetime = NOW, **more: Any) -> Written:
        """Write one feed and import it."""
        (done,) = import_feeds(self.folder, [Import(self.write(name, content), **more)], now)
        return done

    @contextmanager
    def opened(self) -> Iterator[Bundle]:
        bundle = open_bundle(self.folder)
        assert bundle is not None
        with bundle:
            yield bundle

    def ids(self, ecosystem: str, name: str) -> list[str]:
        """The advisories that stand and name a package."""
        with self.opened() as bundle:
            found = bundle.candidates([(ecosystem, name)]).get((ecosystem, name), [])
            return sorted(candidate.advisory.id for candidate in found)

    def digest(self, digest: str, now: datetime = NOW) -> list[Indicator]:
        algorithm, _, value = digest.partition(":")
        raw = bytes.fromhex(value)
        with self.opened() as bundle:
            return [found.indicator for found in bundle.digests({algorithm: {raw}}, now).get((algorithm, raw), [])]

    def address(self, kind: str, value: str, now: datetime = NOW) -> list[Indicator]:
        with self.opened() as bundle:
            return [found.indicator for found in bundle.indicators(kind, [value], now).get(value, [])]

    @property
    def files(self) -> set[str]:
        """What lies in the bundle's folder, but the lock."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()} - {"lock"}
