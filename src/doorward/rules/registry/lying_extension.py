"""A file that is not what its name says

What it catches
---------------
A new or changed file whose first bytes contradict its extension: native code under the
name of a text, picture, sound or font (strong), an archive under such a name, or text
under the name of a picture or sound (weak).

Why it matters
--------------
Reviewers and scanners skip what looks like a picture, a test fixture or a sound.
Payloads have come inside media files, and the code that unpacks them needs one
harmless-looking line. The contradiction is the trace that is left.

What to do
----------
Look which code opens this file. Native code under a picture's name has no good reason:
stay on the last version. For an archive or a text, look at what it contains and whether
the project's repository has the same file.

False alarms
------------
A zip under an odd extension: 8 in 1,000 wheels. Native code under a lying name is not
measured; it needs a deliberate rename, which honest projects do in the test data of
tools that recognise file formats. Where the last release had the same contradiction,
the finding is weak for native code and rests for the others. Git LFS pointers are texts
under the names of pictures. Files whose format or extension doorward does not know are
never reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from doorward.model.content import NATIVE_FORMATS, Member
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import Release, ReleaseChange
from doorward.model.sizes import size
from doorward.rules.registry._compare import Files, contents_of, is_new, path_key
from doorward.rules.registry._words import shown

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.CONTENT,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("new.contents",),
    required=True,
    advice="look which code opens this file before you take this release.",
)

_EXTENSIONS = {
    "text": (
        "txt md rst py pyi pyx js mjs cjs jsx ts mts cts tsx vue css scss less html htm xml svg json json5 yaml yml "
        "toml ini cfg conf csv tsv sh bat ps1 c h cc cpp hpp rs go java kt rb php pl lua m4 cmake po"
    ),
    "picture": "png jpg jpeg gif webp bmp ico tif tiff avif",
    "sound or film": "mp3 wav ogg flac m4a aac mp4 mkv avi mov webm",
    "font": "ttf otf woff woff2 eot",
}
#: Extension, without the dot -> what it claims to be.
CLAIMS = {extension: claim for claim, extensions in _EXTENSIONS.items() for extension in extensions.split()}
ARCHIVES = frozenset({"zip", "gzip", "bz2", "xz", "zstd", "lz4", "7z", "tar", "rar", "cab", "rpm"})


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare format and extension of every file that the old release did not have."""
    liars = [(member, contradiction) for member in _members(change.new) if (contradiction := lie(member))]
    if not liars:
        return
    old = known(change.old)
    files, usual = Files.of(old), {lie(member) for member in _members(old)}
    found = [
        (strength, member, contradiction)
        for member, contradiction in liars
        if is_new(member, files) and (strength := _strength(contradiction, usual))
    ]
    if found:
        found.sort(key=lambda item: (-item[0], item[1].path))
        evidence = [
            _evidence(member, contradiction, _before(member, change.new, files)) for _, member, contradiction in found
        ]
        yield Hit("A file is not what its name says.", shown(evidence, "file"), strength=found[0][0])


def _members(release: Release | None) -> Iterator[Member]:
    """Yield the files of a release, each path and content once."""
    seen = set()
    for content in contents_of(release):
        for member in content.members:
            if (member.path, member.sha256) not in seen:
                seen.add((member.path, member.sha256))
                yield member


def lie(member: Member) -> tuple[str, str] | None:
    """Return what a file is and what it claims to be, where the two contradict each other."""
    claim = CLAIMS.get(member.path.rpartition("/")[2].rpartition(".")[2].lower())
    if claim is None:
        return None
    if member.format in NATIVE_FORMATS:
        return "native", claim
    if member.format in ARCHIVES:
        return "archive", claim
    return ("text", claim) if member.format == "text" and claim in {"picture", "sound or film"} else None


def _strength(contradiction: tuple[str, str], usual: Collection[tuple[str, str] | None]) -> Strength | None:
    habit = contradiction in usual
    if contradiction[0] == "native":
        return Strength.WEAK if habit else Strength.STRONG
    return None if habit else Strength.WEAK


def _before(member: Member, new: Release, old: Files) -> str:
    if not old.version:
        return ""
    before = old.by_key.get(path_key(member.path, new.version))
    return f"{before[0].format or 'another format'} in {old.version}" if before else f"no such file in {old.version}"


def _evidence(member: Member, contradiction: tuple[str, str], baseline: str) -> Evidence:
    what, claim = contradiction
    content = f"native code ({member.format})" if what == "native" else member.format
    return Evidence("file", f"{content} under the name of a {claim}, {size(member.size)}", member.path, baseline)
