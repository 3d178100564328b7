"""The store: one SQLite file of facts that cost something to learn, and of what every scan found.

Facts are kept, matches never. The file lies under ``DOORWARD_HOME``, else in the platform's folder for a user's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from doorward import __version__
from doorward.model.content import ArtifactContent
from doorward.model.dependency import Inventory
from doorward.model.findings import Coverage
from doorward.model.registry import PackageRecord
from doorward.model.repository import LedgerRow
from doorward.model.run import Run
from doorward.store import facts, inventories, ledger, runs
from doorward.store.database import Database
from doorward.store.facts import HostProfile
from doorward.store.inventories import Sighting, StoredInventory, StoredPackage
from doorward.store.schema import default_path
from doorward.store.values import key

__all__ = ["HostProfile", "Sighting", "Store", "StoredInventory", "StoredPackage", "open_store"]


class Store:
    """Everything that doorward remembers. Threads and processes may share it.

    A damaged row counts as absent and is replaced when its fact is learned again. Every method raises
    :class:`~doorward.errors.StoreError` where the file itself fails.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path)

    @property
    def folder(self) -> Path:
        """The folder of the file, where caches may lie beside it."""
        return self.path.parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def contents(self, digests: Iterable[str], analyser: str) -> dict[str, ArtifactContent]:
        """Return what is known of artifacts by a strong digest ("sha256:HEX", "sha512:HEX", "blake2b_256:HEX").

        The key is the digest that was asked for. What another version of the analyser wrote counts as unknown.
        """
        return facts.contents(self._database, digests, analyser)

    def read_digests(self) -> dict[str, str]:
        """Return the analyser that read each artifact whose contents are known, by its digests in every strong form."""
        return facts.read_digests(self._database)

    def put_content(self, content: ArtifactContent, analyser: str) -> None:
        """Store what an artifact contains, under the strong digests that its bytes have."""
        facts.put_content(self._database, content, analyser)

    def package(self, index_url: str, type_: str, name: str) -> PackageRecord | None:
        """Return what an index last said of a package; its ``fetched`` tells when."""
        return facts.package(self._database, index_url, type_, name)

    def put_package(self, record: PackageRecord) -> None:
        """Store what an index says of a package, in place of what it said before."""
        facts.put_package(self._database, record)

    def host_profile(self, host: str) -> HostProfile:
        """Return what a host was ever seen to tell; an empty profile where it was never met."""
        return facts.host_profile(self._database, host)

    def put_host_profile(self, host: str, profile: HostProfile) -> None:
        """Add to what a host was ever seen to tell."""
        facts.put_host_profile(self._database, host, profile)

    def first_seen(self, subjects: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Return when each subject was first met; those that never were are met now."""
        return facts.first_seen(self._database, subjects, now)

    def save_inventory(self, project: str, now: datetime, inventory: Inventory, coverage: Sequence[Coverage]) -> None:
        """Store what a scan found in a project, and how far each kind of evidence reached."""
        inventories.save(self._database, project, now, inventory, coverage, __version__)

    def last_inventory(self, project: str) -> StoredInventory | None:
        """Return what the last scan of a project found, with its coverage; None where it never was scanned."""
        return inventories.last(self._database, project)

    def sightings(self, type_: str, name: str) -> tuple[Sighting, ...]:
        """Return in which projects a package ever was, at which version and when, oldest first."""
        return inventories.sightings(self._database, type_, name)

    def packages(self, type_: str = "") -> Iterator[tuple[str, str, StoredPackage]]:
        """Yield type, name and each form of every package that was ever in a project, of one type or ("") of all."""
        return inventories.packages(self._database, type_)

    def types(self) -> tuple[str, ...]:
        """Return every type of package that was ever in a project."""
        return inventories.types(self._database)

    def names(self, type_: str) -> tuple[str, ...]:
        """Return the name of every package of a type that was ever in a project."""
        return inventories.names(self._database, type_)

    def projects(self) -> int:
        """Return how many projects were ever scanned."""
        return inventories.projects(self._database)

    def refs(self, repository: str) -> tuple[LedgerRow, ...]:
        """Return every interval in which a ref of a repository was seen to lead somewhere, in no particular order."""
        return ledger.refs(self._database, repository)

    def history(self, repository: str) -> bytes | None:
        """Return the habits of a repository up to the last look, as they were put; None where it had none."""
        return ledger.history(self._database, repository)

    def put_look(self, repository: str, rows: Sequence[LedgerRow], history: bytes | None) -> None:
        """Store what a look at a repository saw, whole or not at all. Habits of None leave the stored ones."""
        ledger.put_look(self._database, repository, rows, history)

    def put_runs(self, shares: Mapping[str, Run]) -> None:
        """Store what each release (by purl) did in one guarded run; the newest twenty runs of a release are kept."""
        runs.put_runs(self._database, shares)

    def runs_of(self, purls: Iterable[str]) -> dict[str, tuple[Run, ...]]:
        """Return what releases did in guarded runs, the newest first: of each run the events of that release."""
        return runs.runs_of(self._database, purls)

    def meta(self, name: str) -> str | None:
        """Return a small value that was kept under a name."""
        for (value,) in self._database.rows("SELECT value FROM meta WHERE key = ?", key(name)):
            return value if isinstance(value, str) else None
        return None

    def put_meta(self, name: str, value: str) -> None:
        """Keep a small value under a name."""
        with self._database.writing() as transaction:
            transaction.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key(name), key(value))


def open_store(location: Path | str | None, *, environ: Mapping[str, str]) -> Store:
    """Open the store in the file ``location``, else in the one that ``environ`` and the platform give.

    Raise :class:`~doorward.errors.StoreError` with one line where that is not possible, NoStorePlace where no file can
    be.
    """
    return Store(default_path(environ) if location is None else Path(location).absolute())
