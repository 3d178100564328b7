"""Lists of names: one package a line, perhaps with a version, of an ecosystem that the user tells.

Any list of words looks like one, so that only a document that is imported by itself is read so, and a name of which
nothing tells the ecosystem is refused.
"""

from __future__ import annotations

from doorward.sources.feeds.plain import SAMPLE, TEXTS, is_named, parse, says_something

__all__ = ["ALONE", "NAME", "RANK", "parse", "sniff"]

NAME = "list of names"
RANK = 3
ALONE = True


def sniff(head: bytes, name: str) -> bool:
    """Whether most of the first lines are a name and nothing else."""
    if b"\0" in head or name.lower().endswith(TEXTS) or head.lstrip()[:1] in {b"", b"{", b"[", b"<"}:
        return False
    text = head.decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines() if says_something(line.encode())][:SAMPLE]
    return 2 * sum(map(is_named, lines)) > len(lines)
