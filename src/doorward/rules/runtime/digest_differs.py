"""Package fetched whose digest is not the locked one

What it catches
---------------
A release that a package manager fetched during the run and whose bytes do not have the
digest that it demanded; or of which it states a digest that the lock file of the project
does not have for that version and algorithm.

Why it matters
--------------
A version has one set of bytes. Other bytes under the same version were put there by
somebody: on the index, on the way, or in the lock.

What to do
----------
Keep both files, and install neither. Compare them with `doorward diff`, and ask the
index's operator.

False alarms
------------
A lock that names only some files of a release, where the manager chose another one: those
rest, unless every digest of that algorithm differs from it under the same file name.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity, Locked
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.resolution import Download
from doorward.rules.registry._words import cut

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    advice="install neither of the two files; compare them, and ask who runs the index.",
)


def check(activity: Activity) -> Iterator[Hit | Gap]:
    """Compare digests of one algorithm, of the same file."""
    for fetch in activity.fetches:
        item = fetch.download
        if item.demanded:
            got = ", ".join(item.digests) or "other bytes"
            yield _hit(item, cut(got, 140), f"{cut(', '.join(item.demanded), 140)} was demanded")
            return
    if not activity.fetches:
        return
    locked = known(activity.locked)
    if not any(fetch.download.digests for fetch in activity.fetches):
        if any(item.digests for item in locked if item.version == activity.fetches[0].download.version):
            yield Gap("the digest of what was fetched is not told")
        return
    for fetch in activity.fetches:
        of_version = [item for item in locked if item.version == fetch.download.version]
        stated = _differing(fetch.download, of_version)
        if stated:
            yield _hit(fetch.download, stated[0], f"the lock has {stated[1]}")
            return


def _hit(download: Download, got: str, wanted: str) -> Hit:
    return Hit(
        "The release was fetched with another digest than the one that was reviewed.",
        (
            Evidence("fetched", got, baseline=wanted),
            Evidence("from", ", ".join(filter(None, (cut(download.url, 120), f"told by {download.told_by}")))),
        ),
    )


def _differing(download: Download, locked: list[Locked]) -> tuple[str, str] | None:
    """Return the stated digest, and one that the lock has in its place; None where nothing differs."""
    name = download.url.rpartition("/")[2]
    for digest in download.digests:
        algorithm, _, value = digest.partition(":")
        same = [
            item
            for entry in locked
            for item in entry.digests
            if item.algorithm == algorithm and item.filename in {"", name}
        ]
        if same and all(item.value != value.lower() for item in same):
            return f"{algorithm}:{cut(value, 128)}", str(same[0])
    return None
