"""What the pictures of a report draw: the release sizes of the packages that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from doorward.model.facts import Known, Missing, known_or
from doorward.model.findings import Finding, SubjectVerdict, Verdict
from doorward.model.pictures import ReleaseSizes, SizePoint
from doorward.model.release import Release, ReleaseChange

#: Releases of one picture, and pictures of a report.
RELEASES, PICTURES = 31, 12


def release_sizes(change: ReleaseChange) -> ReleaseSizes | None:
    """Return the sizes of the last releases and of the new one; None where nothing can be compared."""
    step = known_or(change.size, None)
    if step is None or isinstance(change.history, Missing) or isinstance(change.old, Missing):
        return None
    sizes = ((past, dict(past.sizes).get(step.kind)) for past in reversed(change.history.value))
    points = [SizePoint(past.version, past.published, size) for past, size in sizes if size is not None]
    if all(point.published for point in points):
        points.sort(key=lambda point: point.published or change.observed_at)
    old = change.old.value
    if old and old.version not in {point.version for point in points}:
        # Where the index tells no sizes, the two releases that were read are what there is.
        points.append(_point(old, step.old_bytes))
    return ReleaseSizes(change.subject, (*points[1 - RELEASES :], _point(change.new, step.new_bytes)), step.kind)


def _point(release: Release, size: int) -> SizePoint:
    return SizePoint(release.version, release.published.value if isinstance(release.published, Known) else None, size)


def shown_sizes(
    changes: Iterable[ReleaseChange], decided: Iterable[SubjectVerdict], findings: Iterable[Finding], *, every: bool
) -> tuple[ReleaseSizes, ...]:
    """Return the sizes of the releases that a report shows, the worst first, at most :data:`PICTURES`.

    Shown is what has a finding or is not clean; with ``every``, also what is clean, but for what only explains others.
    """
    strength: dict[str, int] = {}
    for finding in findings:
        strength[finding.subject] = max(strength.get(finding.subject, 0), finding.strength)
    shown = [
        item
        for item in decided
        if item.subject in strength or item.verdict is not Verdict.CLEAN or (every and not item.linked_only)
    ]
    shown.sort(key=lambda item: (item.verdict.rank, -strength.get(item.subject, -1), item.subject))
    by_subject = {change.subject: change for change in changes}
    drawn = (release_sizes(by_subject[item.subject]) for item in shown if item.subject in by_subject)
    return tuple(islice((sizes for sizes in drawn if sizes), PICTURES))
