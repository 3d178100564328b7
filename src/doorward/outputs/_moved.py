"""What a change of the lock files brings, a line each: the version that makes room, and the new one."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.model.findings import Moved

#: Changes that are shown where nobody asks for more.
SHOWN = 10


def steps(moved: Sequence[Moved]) -> list[tuple[str, str, str]]:
    """Return rows of package, the version before ("" where none was locked), and the one that is locked now."""
    return [(one.package, one.old, f"{one.new}, other digests" if one.old == one.new else one.new) for one in moved]
