"""What kind of file a path in a repository names (reference: repository, section 2).

By name alone, so that a history of any length costs one look-up a path.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: A file that nobody can review outside the tests: an archive, an object, an executable, compressed data.
OPAQUE = "opaque"
#: The same below a folder of tests, where pictures and documents count too.
OPAQUE_FIXTURE = "opaque-fixture"
#: Steers a build or an installation.
BUILD = "build"
#: Steers continuous integration.
CI = "ci"
#: Guards the project: its security policy, fuzzing, sandboxes, and the scripts that make a release.
GUARD = "guard"
README = "readme"

_OPAQUE = re.compile(r"xz|lzma|lz|gz|bz2|zip|tar|tgz|7z|bin|dat|exe|dll|so|o|a|jar|wasm|pyc|node|whl")
_MEDIA = re.compile(r"png|jpe?g|ico|pdf|gif|webp")
_FIXTURE_FOLDERS = frozenset({"test", "tests", "testdata", "fixtures", "spec", "__tests__"})
_BUILD = re.compile(
    r"acinclude\.m4|cmakelists\.txt|meson\.build|build\.rs|setup\.(?:py|cfg)|pyproject\.toml|package\.json|binding\.gyp"
    r"|pom\.xml|dockerfile|manifest\.in|action\.yml|configure.*|makefile.*|.*\.(?:m4|cmake|gradle)",
    re.DOTALL,
)
_BUILD_FOLDERS = frozenset({"m4", "build-aux", "scripts"})
_CI_START = re.compile(r"(?:\.github/(?:workflows|actions)/|\.gitlab-ci|\.circleci|\.travis|(?:.*/)?ci/)", re.DOTALL)
_GUARD = re.compile(r"(?:^|[/._-])(?:security|fuzz|fuzzers|fuzzing|oss-fuzz|sandbox|release)(?=[/._-]|$)")
_NEWS = re.compile(r"(?:^|/)(?:docs?|news|changes|changelogs?|release[-_]?notes?)/|release[-_ ]?notes?", re.IGNORECASE)
_NOTHING: frozenset[str] = frozenset()


@lru_cache(maxsize=1 << 16)
def kinds_of(path: str) -> frozenset[str]:
    """Return the kinds (:data:`OPAQUE` ...) that ``path`` belongs to; most paths belong to none."""
    lower = path.lower()
    *folders, name = lower.split("/")
    kinds = set(_opaque(folders, name))
    if _BUILD.fullmatch(name) or not _BUILD_FOLDERS.isdisjoint(folders):
        kinds.add(BUILD)
    if _CI_START.match(lower):
        kinds.add(CI)
    if name.startswith("readme"):
        kinds.add(README)
    if _GUARD.search(lower) and not _NEWS.search(lower):
        kinds.add(GUARD)
    return frozenset(kinds) if kinds else _NOTHING


def _opaque(folders: list[str], name: str) -> tuple[str, ...]:
    stem, _, suffix = name.rpartition(".")
    fixture = not _FIXTURE_FOLDERS.isdisjoint(folders)
    if stem and (_OPAQUE.fullmatch(suffix) or (fixture and _MEDIA.fullmatch(suffix))):
        return (OPAQUE_FIXTURE,) if fixture else (OPAQUE,)
    return ()
