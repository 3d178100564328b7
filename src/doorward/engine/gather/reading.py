"""How artifacts are read, which depends on what the imported feeds can be asked."""

from __future__ import annotations

from doorward.engine.context import Context
from doorward.engine.intel import feed_states
from doorward.model.intelligence import SIMILAR
from doorward.model.limits import ArchiveLimits
from doorward.records import dataclass, replace
from doorward.sources import content as lenses
from doorward.store.intel import FOLDER

#: Bytes of an artifact's code of which similarity digests are taken: a third of a second.
SIMILAR_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Reading:
    """Caps, and the name under which what was read is stored."""

    limits: ArchiveLimits
    analyser: str


def how_to_read(context: Context) -> Reading:
    """Return how artifacts are read: with similarity digests only where some feed has such digests."""
    limits = context.policy.archive_limits
    states = feed_states(context.store.folder / FOLDER)
    if any(topic == SIMILAR for state in states for topic, _, _ in state.covers):
        return Reading(replace(limits, similar_bytes=SIMILAR_BYTES), f"{lenses.ANALYSER}+tlsh")
    return Reading(limits, lenses.ANALYSER)
