"""An archive that two readers read differently

What it catches
---------------
Structure that no honest packaging tool writes: the same path twice, zip headers that
contradict the directory at the archive's end, data between or before the members, paths
and links that lead out of the archive, paths with empty or single-dot parts, device
files, encrypted members, a NUL in a name; and, of npm, a registry document that states
another name, version, dependency or install script than the package's own manifest,
because npm resolves by the one and runs the other. Forms that careless tools write are
weak: a RECORD that does not list a file, lists other bytes for it or lists one that is
not there, hard links, backslashes and control characters in names, an sdist with more
than one top folder, and paths that differ only in case. So is every form inside an
archive that the release contains, such as a vendored wheel. Such an archive that could
not be read, and that the last release did not have, is a question without an answer.

Why it matters
--------------
A reviewer's unzip, the scanner and the installer are different programs. Where the
archive contradicts itself, each takes what it believes, and the payload goes to the one
that installs. Paths that lead out overwrite files that belong to other packages or to
you.

What to do
----------
Do not unpack the file by hand. Compare the wheel with the sdist of the same version, or
with the last release: honest builds agree about their files. Report it to the registry,
which refuses most of these forms by now.

False alarms
------------
A file that RECORD does not list: 5.2 in 1,000 wheels. A registry document that differs:
0 of 70 releases of 35 npm packages. The other forms are not measured;
build tools have no reason to write them, so they should be rarer than 2 in 1,000. Where
the last release had the same form, the packaging has a habit: strong forms are then
weak, and weak ones rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.content import INSIDE, Anomaly
from doorward.model.facts import Known, known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import Release, ReleaseChange
from doorward.rules.registry._compare import Files, contents_of, is_new
from doorward.rules.registry._words import count, shown

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.CONTENT,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("new.contents",),
    required=True,
    advice="do not unpack this file; compare it with the other artifacts of the release.",
)

_WORDS = {
    "duplicate-entry": "the same path twice",
    "header-mismatch": "headers that contradict each other",
    "hidden-data": "data outside the members",
    "path-escape": "a path that leads out of the archive",
    "absolute-path": "an absolute path",
    "link-out": "a link that leads out of the archive",
    "unnormalised-path": "a path with empty or single-dot parts",
    "device": "a device file",
    "nul-in-name": "a NUL in a name",
    "encrypted": "an encrypted member",
    "manifest-differs": "a manifest that differs from what the registry states",
    "hard-link": "a hard link",
    "backslash-in-name": "a backslash in a name",
    "control-in-name": "a control character in a name",
    "several-roots": "more than one top folder",
    "case-collision": "paths that differ only in case",
    "not-in-record": "a file that RECORD does not list",
    "record-mismatch": "other bytes than RECORD lists",
    "record-missing": "a file in RECORD that is not there",
}
#: Forms that careless but honest tools write.
_CARELESS = frozenset({
    "backslash-in-name", "case-collision", "control-in-name", "hard-link", "not-in-record", "record-mismatch",
    "record-missing", "several-roots",
})  # fmt: skip
_UNREAD = "unread-archive"


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Grade every oddity of the archives against the habit of the release before."""
    usual = _usual(change)
    graded = {
        (anomaly.kind, anomaly.path): (strength, anomaly)
        for content in known(change.new.contents)
        for anomaly in content.anomalies
        if anomaly.kind != _UNREAD and (strength := _strength(anomaly, usual))
    }
    if graded:
        ordered = sorted(graded.values(), key=lambda pair: (-pair[0], pair[1].kind, pair[1].path))
        strongest, first = ordered[0]
        evidence = [_evidence(anomaly, change, usual) for _, anomaly in ordered]
        yield Hit(
            f"The archive has {_WORDS.get(first.kind, first.kind)}.", shown(evidence, "place"), strength=strongest
        )
    yield from _unread(change)


def _unread(change: ReleaseChange) -> Iterator[Gap]:
    """Yield what the archives inside keep to themselves, as far as the old release did not have the same ones."""
    old, new = Files.of(_old(change)), Files.of(change.new)
    found = [
        anomaly
        for content in new.contents
        for anomaly in content.anomalies
        if anomaly.kind == _UNREAD and any(is_new(member, old) for member in new.members([anomaly.path]))
    ]
    if found:
        paths = {anomaly.path for anomaly in found}
        more = f" (and {count(len(paths) - 1, 'more archive')} inside)" if len(paths) > 1 else ""
        yield Gap(f"{found[0].path} was not looked into: {found[0].detail}{more}")


def _old(change: ReleaseChange) -> Release | None:
    old = change.old.value if isinstance(change.old, Known) else None
    return old if old and isinstance(old.contents, Known) else None


def _usual(change: ReleaseChange) -> frozenset[tuple[str, bool]]:
    """Return the forms that the release before had. Where that is not known, nothing is discounted."""
    return frozenset(_form(anomaly) for content in contents_of(_old(change)) for anomaly in content.anomalies)


def _form(anomaly: Anomaly) -> tuple[str, bool]:
    """Return what is odd, and whether in an archive inside: the habits of its makers are not the package's."""
    return anomaly.kind, INSIDE in anomaly.path


def _strength(anomaly: Anomaly, usual: frozenset[tuple[str, bool]]) -> Strength | None:
    """Return how much one oddity tells, None where it is an honest habit."""
    form = _form(anomaly)
    careless, habit = anomaly.kind in _CARELESS or form[1], form in usual
    if careless:
        return None if habit else Strength.WEAK
    return Strength.WEAK if habit else Strength.STRONG


def _evidence(anomaly: Anomaly, change: ReleaseChange, usual: frozenset[tuple[str, bool]]) -> Evidence:
    old = change.old.value if isinstance(change.old, Known) else None
    baseline = ""
    if old:
        baseline = f"{'the same form' if _form(anomaly) in usual else 'none'} in {old.version}"
    detail = f": {anomaly.detail}" if anomaly.detail else ""
    return Evidence("archive", f"{_WORDS.get(anomaly.kind, anomaly.kind)}{detail}", anomaly.path, baseline)
