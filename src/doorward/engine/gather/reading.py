"""How artifacts are read, which depends on what the imported feeds can be asked."""

from __future__ import annotations

from doorward.engine.context import Context
from doorward.engine.intel import feed_states
from doorward.model.intelligence import HASHES, SIMILAR, FeedState
from doorward.model.limits import ArchiveLimits
from doorward.records import dataclass, replace
from doorward.sources import content as lenses
from doorward.store.intel import FOLDER

#: Bytes of an artifact's code of which similarity digests are taken: a third of a second.
SIMILAR_BYTES = 1 << 20
#: What stands behind an analyser's version where MD5 and SHA-1 of all files were taken too.
WEAK = "+weak"
_WEAK_DIGESTS = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Reading:
    """Caps, and the name under which what was read is stored."""

    limits: ArchiveLimits
    analyser: str


def how_to_read(context: Context) -> Reading:
    """Return how artifacts are read: what only some feeds can be asked about, only where there is such a feed."""
    limits = context.policy.archive_limits
    states = feed_states(context.store.folder / FOLDER)
    analyser = lenses.ANALYSER
    if any(topic == SIMILAR for state in states for topic, _, _ in state.covers):
        limits, analyser = replace(limits, similar_bytes=SIMILAR_BYTES), f"{analyser}+tlsh"
    if any(map(lists_weak_digests, states)):
        limits, analyser = replace(limits, weak_digests=True), f"{analyser}{WEAK}"
    return Reading(limits, analyser)


def lists_weak_digests(state: FeedState) -> bool:
    """Whether a feed names files by MD5 or SHA-1, perhaps some by nothing else."""
    return any(topic == HASHES and what in _WEAK_DIGESTS for topic, what, _ in state.covers)
