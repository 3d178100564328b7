"""Open what a piece of work needs from outside, and close it behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from doorward.engine.context import Context, Progress
from doorward.engine.run import matches
from doorward.errors import NoStorePlace, UsageError
from doorward.model.places import home_folder
from doorward.policy import Policy
from doorward.records import dataclass
from doorward.rules import rule_ids
from doorward.sources.http import Http
from doorward.store import Store, open_store


class Silent:
    """Progress that nobody watches."""

    def phase(self, label: str, total: int) -> None:
        """Say nothing."""

    def advance(self, n: int = 1) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a piece of work is to be done."""

    policy: Policy = Policy()
    #: The folder of the user's project, where there is one.
    project: Path | None = None
    offline: bool = False
    #: Hide what became known later; None: nothing is hidden.
    as_of: datetime | None = None
    #: Comma-separated globs of rule ids; None: all rules.
    rules: str | None = None
    progress: Progress = Silent()
    announce: Callable[[tuple[tuple[str, str], ...]], None] | None = None
    #: Called with one line where the user's folder has no place for a store, and a temporary one serves. None: no
    #: temporary one does.
    warn: Callable[[str], None] | None = None


@contextmanager
def session(wanted: Wanted) -> Iterator[Context]:
    """Yield the context of one piece of work. Raise UsageError where no rule matches, StoreError without a store."""
    if not any(matches(rule_id, wanted.rules) for rule_id in rule_ids()):
        raise UsageError(f"no rule matches {wanted.rules!r}")
    environ = dict(os.environ)
    with (
        _store(environ, wanted.warn) as store,
        Http(wanted.policy.network_limits, environ=environ, cache=store.folder, offline=wanted.offline) as http,
    ):
        yield Context(
            policy=wanted.policy,
            store=store,
            http=http,
            now=wanted.as_of or datetime.now(UTC),
            as_of=wanted.as_of,
            environ=environ,
            home=home_folder(environ),
            progress=wanted.progress,
            project=wanted.project,
            offline=wanted.offline,
            rules=wanted.rules,
            announce=wanted.announce,
        )


@contextmanager
def _store(environ: Mapping[str, str], warn: Callable[[str], None] | None) -> Iterator[Store]:
    """Yield the store. Whoever names its folder means it; where it is only usual, judging goes on without memory."""
    try:
        usual = open_store(None, environ=environ)
    except NoStorePlace as error:
        if warn is None or environ.get("DOORWARD_HOME"):
            raise
        warn(f"{error}; this run starts without what earlier ones learned, and nothing of it is kept")
    else:
        with usual:
            yield usual
        return
    with TemporaryDirectory(prefix="doorward-") as folder, open_store(Path(folder, "store"), environ=environ) as store:
        yield store
