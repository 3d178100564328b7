"""The small table of an upgrade: old, new, usual."""

from __future__ import annotations

from collections import Counter

from doorward.model.content import INSIDE
from doorward.model.facts import Fact, Known, Missing, known_or
from doorward.model.findings import Comparison
from doorward.model.release import Release, ReleaseChange
from doorward.model.sizes import size

_UNKNOWN = "not known"
#: Decimals of kilobytes: old and new stand side by side.
_DIGITS = 1


def comparison(change: ReleaseChange) -> Comparison | None:
    """Return the table of a change; None for a first release."""
    if isinstance(change.old, Missing) or change.old.value is None:
        return None
    old, new = change.old.value, change.new
    step = known_or(change.size, None)
    sizes = (*step.usual, step.new_bytes) if step else ()
    rows = (
        (
            "size",
            size(step.old_bytes, _DIGITS) if step else _UNKNOWN,
            size(step.new_bytes, _DIGITS) if step else _UNKNOWN,
            _usual(change),
        ),
        ("files", _count(old), _count(new), ""),
        ("hooks", _hooks(old), _hooks(new), ""),
        ("dependencies", _dependencies(old), _dependencies(new), ""),
        ("published", _day(old), _day(new), ""),
        ("publisher", _publisher(old), _publisher(new), _usual_publisher(change)),
        ("provenance", _provenance(old.provenance), _provenance(new.provenance), ""),
    )
    return Comparison(old.version, new.version, rows, sizes)


def _usual(change: ReleaseChange) -> str:
    step = known_or(change.size, None)
    if step is None or not step.usual:
        return ""
    low, high = min(step.usual), max(step.usual)
    span = size(low, _DIGITS) if low == high else f"{size(low, _DIGITS)} to {size(high, _DIGITS)}"
    return f"{span} in the last {len(step.usual)}"


def _count(release: Release) -> str:
    if isinstance(release.contents, Missing):
        return _UNKNOWN
    paths = {member.path for content in release.contents.value for member in content.members}
    return str(sum(INSIDE not in path for path in paths))


def _hooks(release: Release) -> str:
    if isinstance(release.hooks, Missing):
        return _UNKNOWN
    kinds = Counter(hook.kind for hook in release.hooks.value)
    return ", ".join(sorted(kinds)) or "none"


def _dependencies(release: Release) -> str:
    if isinstance(release.requirements, Missing):
        return _UNKNOWN
    return str(len({item.name for item in release.requirements.value if item.group in {"runtime", "optional", "peer"}}))


def _day(release: Release) -> str:
    return f"{release.published.value:%Y-%m-%d %H:%M}" if isinstance(release.published, Known) else _UNKNOWN


def _publisher(release: Release) -> str:
    if isinstance(release.publisher, Missing):
        return _UNKNOWN
    return release.publisher.value.name if release.publisher.value else "none stated"


def _usual_publisher(change: ReleaseChange) -> str:
    if isinstance(change.history, Missing):
        return ""
    names = Counter(past.publisher.name for past in change.history.value if past.publisher)
    return f"{names.most_common(1)[0][0]}" if names else ""


def _provenance(fact: Fact[bool]) -> str:
    if isinstance(fact, Missing):
        return _UNKNOWN
    return "yes" if fact.value else "no"
