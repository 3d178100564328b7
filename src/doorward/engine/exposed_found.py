"""What a search for exposure collects, whichever place it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from doorward.model.dependency import Dependency
from doorward.model.exposure import Looked, Suspects, Trace, Unlooked
from doorward.records import dataclass, field


@dataclass(slots=True)
class Found:
    """Collects traces, and says how much was looked at."""

    suspects: Suspects
    traces: list[Trace] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    gaps: list[Unlooked] = field(default_factory=list)

    def records_of(self, package: Dependency) -> tuple[str, ...] | None:
        """Return the records that name a package; None where nothing asked about names it."""
        digests = map(str, (*package.digests, *package.members))
        return self.suspects.records_of(package.purl, digests)

    def gap(self, where: str, reason: str, *, required: bool = False) -> None:
        """Note that something was not looked at."""
        self.gaps.append(Unlooked(where, reason, required))

    def same_gaps(self, where: str, reasons: Iterable[str], *, required: bool = False) -> None:
        """Note many things that were not looked at in one place: each reason once, with how often."""
        for reason, count in Counter(reasons).items():
            self.gap(where, reason if count == 1 else f"{reason} ({count:,} times)", required=required)
