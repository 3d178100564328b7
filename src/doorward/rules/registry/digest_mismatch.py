"""The bytes are not the ones that were promised

What it catches
---------------
An artifact whose bytes have another digest than the registry states for it, or than the
lock file declares. Where the lock names a file, that file is compared; where it only
lists digests, at least one artifact of the release has to have one of them. Only
digests of the same algorithm are compared.

A lock file that takes the release from a place that is no configured index, and pins no
digest of the artifacts that were looked at, has promised nothing: that is a gap, because
what it would install was not looked at.

Why it matters
--------------
A digest is the one promise about a release that cannot be kept by accident. Bytes that
differ were replaced on the way, by the mirror, or at the registry after the lock was
written (ctx 0.1.2 was uploaded anew under its old version). No honest registry changes
the bytes of a published file.

What to do
----------
Install nothing from this index until you know where the other bytes come from. Fetch
the file by another way and compare. If your mirror repacks artifacts, it destroys the
only thing that lets anyone check them: turn that off.

False alarms
------------
Not measured, and there is no innocent form of it but a mirror that rewrites what it
serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.model.facts import Known, known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import Artifact, LockedDigest, ReleaseChange
from doorward.rules.registry._words import shown

_STRONG = frozenset({"sha256", "sha384", "sha512", "blake2b_256"})

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.CONTENT,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    needs=("new.artifacts", "new.contents"),
    required=True,
    advice="install nothing from this index until you know where the other bytes come from.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare what came with what the registry and the lock file state."""
    artifacts = known(change.new.artifacts)
    evidence = [*_against_registry(artifacts), *_against_named(artifacts, change.locked)]
    if not evidence:
        evidence = list(_against_loose(artifacts, [digest for digest in change.locked if not digest.filename]))
    if evidence:
        yield Hit("The bytes of this release differ from what was promised.", shown(evidence, "file"))
    elif change.elsewhere and not _agreed(artifacts, change.locked):
        yield Gap(f"the lock takes it from {change.elsewhere}, no configured index, and pins no digest of it")
    elif change.locked and not _comparable(artifacts, change.locked):
        yield Gap(f"the index has nothing to compare with the lock's {change.locked[0].algorithm} digest")


def _against_registry(artifacts: Sequence[Artifact]) -> Iterator[Evidence]:
    for artifact in artifacts:
        if artifact.differs:
            stated = _stated(artifact, artifact.differs.partition(":")[0])
            yield _differing(artifact, artifact.differs, f"the registry states {' or '.join(sorted(stated))}")


def _against_named(artifacts: Sequence[Artifact], locked: Sequence[LockedDigest]) -> Iterator[Evidence]:
    """Compare each file with the digests that the lock declares for that file."""
    for artifact in artifacts:
        declared = [digest for digest in locked if digest.filename == artifact.record.filename]
        actual = _digests(artifact)
        wrong = _contradiction(actual, declared)
        if wrong:
            yield _differing(artifact, _of_algorithm(actual, wrong.algorithm), f"the lock declares {wrong}")


def _against_loose(artifacts: Sequence[Artifact], locked: Sequence[LockedDigest]) -> Iterator[Evidence]:
    """Compare the whole release with digests of which the lock does not say what file they are of.

    A lock may list the files of some platforms only, so one file outside the list proves nothing; but a release that
    has none of the listed files is another one than the lock was written for.
    """
    actual = frozenset[str]().union(*(_digests(artifact) for artifact in artifacts))
    wrong = _contradiction(actual, locked)
    if wrong and not any(str(digest) in actual for digest in locked):
        yield Evidence("digest", _of_algorithm(actual, wrong.algorithm), baseline=f"the lock declares {wrong}")


def _comparable(artifacts: Sequence[Artifact], locked: Sequence[LockedDigest]) -> bool:
    """Whether any digest of the lock has a counterpart in the release."""
    return any(
        _of_algorithm(_digests(artifact), digest.algorithm)
        for artifact in artifacts
        for digest in locked
        if digest.filename in {"", artifact.record.filename}
    )


def _agreed(artifacts: Sequence[Artifact], locked: Sequence[LockedDigest]) -> bool:
    """Whether a digest that nobody can forge pins any of the artifacts."""
    actual = frozenset[str]().union(*(_digests(artifact) for artifact in artifacts))
    return any(str(digest) in actual for digest in locked if digest.algorithm in _STRONG)


def _digests(artifact: Artifact) -> frozenset[str]:
    """Return the digests of the bytes where they were read, else those that the registry states."""
    content = artifact.content
    read = content.value.digests if isinstance(content, Known) else ()
    return frozenset(read or artifact.record.digests)


def _contradiction(actual: frozenset[str], declared: Sequence[LockedDigest]) -> LockedDigest | None:
    """Return a declared digest that the file contradicts; none where one of the same algorithm agrees."""
    present = {text.partition(":")[0] for text in actual}
    agreed = {digest.algorithm for digest in declared if str(digest) in actual}
    return next((digest for digest in declared if digest.algorithm in present - agreed), None)


def _of_algorithm(digests: frozenset[str], algorithm: str) -> str:
    return min((digest for digest in digests if digest.startswith(f"{algorithm}:")), default="")


def _stated(artifact: Artifact, algorithm: str) -> list[str]:
    return [digest for digest in artifact.record.digests if digest.startswith(f"{algorithm}:")]


def _differing(artifact: Artifact, actual: str, baseline: str) -> Evidence:
    return Evidence("digest", actual, where=artifact.record.filename, baseline=baseline)
