"""Native code where there never was any

What it catches
---------------
A file that a processor or a virtual machine runs as it is (ELF, PE, Mach-O or
WebAssembly, told by its first bytes and not by its name) in a package, or in a kind of
artifact of that package, that never had one: the sdist, the pure wheel, the platform
wheels and the npm tarball are looked at separately. So is Python's bytecode that
takes the place of its source: a `.pyc` that can be imported and has no `.py` beside it,
or one that is marked never to be compared with its source.

Why it matters
--------------
Nobody can review compiled code by reading the difference, so it is where a payload
hides best. The DLL of eslint-config-prettier came this way: one file, in a package
whose releases had only ever been text.

What to do
----------
Find the source that this file is compiled from, in the project's repository and at this
version's tag, and a workflow that builds it. If the project announced that it became
native, allow this version in the policy; its next releases have native code as a habit.
If nobody mentions it, stay on the last version.

False alarms
------------
A native wheel in a formerly pure package: 1.3 in 1,000 releases (0.4-3.1), by metadata.
A native file in a pure wheel that had none: 0 of 73 pairs. Wheels with such a file at
all: 7.2 in 1,000, most of them the launchers that setuptools and distlib ship; they are
the package's habit then. No launcher is cleared by its name, for a name is free to
choose. Bytecode in the place of its source is not measured; a `__pycache__` that was
packed by mistake has its sources beside it and rests. A package that becomes native
gains a binary, a build hook and a build dependency at once: the three are one witness.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from doorward.model.content import NATIVE_FORMATS, Member
from doorward.model.facts import Known, known, known_or
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import Artifact, Release, ReleaseChange
from doorward.model.sizes import size
from doorward.rules.registry._compare import Files, is_new
from doorward.rules.registry._words import shown

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.CONTENT,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("new.artifacts", "new.contents", "old.artifacts", "old.contents"),
    required=True,
    same_cause=("registry/new-install-hook", "registry/new-dependency"),
    advice="find the source and the workflow that this file is built from before you take this release.",
)

PLATFORM_WHEEL = "platform wheel"
_NAMES = {
    "elf": "ELF (Linux)",
    "pe": "PE (Windows)",
    "macho": "Mach-O (macOS)",
    "wasm": "WebAssembly",
    "pyc": "bytecode without its source",
    "pyc-unchecked": "bytecode that is never compared with its source",
}
#: Ends the names of kinds of artifact where bytecode is meant: compiled modules of a platform are no habit of it.
_BYTECODE = " (bytecode)"


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Look for native files in kinds of artifact that had none."""
    old = known(change.old)
    if old is None:
        return
    files = Files.of(old)
    usual = _usual_kinds(change, old)
    found = {
        (member.path, member.sha256): _evidence(kind, member, old)
        for kind, member in _native(change.new)
        if kind not in usual and is_new(member, files)
    }
    if found:
        evidence = [found[key] for key in sorted(found)]
        native = any(member.format in NATIVE_FORMATS for kind, member in _native(change.new) if kind not in usual)
        what = "native code" if native else "bytecode in the place of its source"
        yield Hit(f"The release contains {what}, which this kind of artifact never had.", shown(evidence, "file"))


def _usual_kinds(change: ReleaseChange, old: Release) -> set[str]:
    """Return the kinds of artifact that have native code as a habit. A platform's wheel has it by its name."""
    usual = {kind for kind, _ in _native(old)}
    platforms = {artifact.record.platform for artifact in known(old.artifacts)}
    platforms.update(platform for past in known_or(change.history, ()) for platform in past.platforms)
    if any(_kind(platform) == PLATFORM_WHEEL for platform in platforms):
        usual.add(PLATFORM_WHEEL)
    return usual


def _native(release: Release) -> Iterator[tuple[str, Member]]:
    for artifact in known(release.artifacts):
        if isinstance(artifact.content, Known):
            members = artifact.content.value.members
            for member in members:
                if member.format in NATIVE_FORMATS:
                    yield _kind_of(artifact), member
            bytecode = [member for member in members if member.format.startswith("pyc")]
            paths = frozenset(member.path for member in members if bytecode)
            for member in bytecode:
                if _replaces_source(member, paths):
                    yield _kind_of(artifact) + _BYTECODE, member


def _replaces_source(member: Member, paths: Collection[str]) -> bool:
    """Whether bytecode is what an import runs, and nobody can read it."""
    if member.format == "pyc-unchecked":
        return True
    folder, _, name = member.path.rpartition("/")
    stem, _, ending = name.partition(".")
    if ending != "pyc" or folder.rpartition("/")[2] == "__pycache__":
        return False
    return f"{folder}/{stem}.py".lstrip("/") not in paths


def _kind_of(artifact: Artifact) -> str:
    return _kind(artifact.record.platform or artifact.record.kind)


def _kind(platform: str) -> str:
    """Return the kind of artifact, coarse enough that a new Python version or system is none."""
    form, _, rest = platform.partition(":")
    if form != "wheel":
        return "npm tarball" if form == "npm" else form
    return "pure wheel" if rest.startswith("any:") else PLATFORM_WHEEL


def _evidence(kind: str, member: Member, old: Release) -> Evidence:
    place = kind.removesuffix(_BYTECODE)
    return Evidence(
        "file",
        f"{member.path}, {_NAMES[member.format]}, {size(member.size)}, in the {place}",
        where=member.path,
        baseline=f"no {'such' if place != kind else 'native'} file in the {place} of {old.version}",
    )
