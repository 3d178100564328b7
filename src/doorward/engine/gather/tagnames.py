"""Find the tag of a release among all tags of a repository, in the forms that projects use.

A version, alone or behind ``v``, ``release-`` and the like; or behind the package's name, or below a folder of that
name, where one repository holds many packages. Which of both a tag must be, the project's other tags tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_SEPARATORS = re.compile(r"[-_.@/]+")
#: Words before a version that say nothing of the package.
_GENERIC = frozenset({"v", "ver", "version", "r", "rel", "release", "releases", "tag", "tags", "refs"})
_PLAIN = re.compile(r"(?:(?:v|ver|version|r|rel|release|releases|tags?)-?)*\d")
_ZEROS = re.compile(r"(?:\.0)+\Z")


class TagNames:
    """The tags of one repository, as one package uses them."""

    def __init__(self, names: Iterable[str], package: str) -> None:
        """Take the names without ``refs/tags/``; ``package`` is named as its package manager does."""
        self._own = {_words(package), _words(re.split("[/:]", package)[-1])}
        self._names = [(name, _words(name)) for name in sorted(names)]
        named = sum(any(self._follows(words, own) for own in self._own) for _, words in self._names)
        plain = sum(bool(_PLAIN.match(words)) for _, words in self._names)
        #: Whether most tags of this package bear its name: then one without it is of another.
        self._named = named > plain

    def find(self, version: str) -> str:
        """Return the tag of a version; "" where there is none."""
        for form in _forms(version):
            wanted = _words(form)
            ends = ((name, words[: -len(wanted)]) for name, words in self._names if wanted and words.endswith(wanted))
            found = [(rank, form in name, -len(name), name) for name, words in ends if (rank := self._rank(words))]
            if found:
                return max(found)[3]
        return ""

    def _rank(self, before: str) -> int:
        """Tell by what stands before a version: 2 for this package's name, 1 for no name, 0 for another version."""
        if before[-1:].isdigit():
            return 0
        parts = [part for part in before.split("-") if part]
        if parts and parts[-1] in _GENERIC:
            parts.pop()
        said = "-".join(parts)
        if any(said == own or said.endswith(f"-{own}") for own in self._own):
            return 2
        return int(not self._named and all(part in _GENERIC for part in parts))

    @staticmethod
    def _follows(words: str, own: str) -> bool:
        """Whether a version follows right behind the package's name."""
        at = words.find(f"{own}-")
        return at >= 0 and (at == 0 or words[at - 1] == "-") and bool(_PLAIN.match(words[at + len(own) + 1 :]))


def _words(text: str) -> str:
    """Return a text in lower case, its words joined by single hyphens."""
    return _SEPARATORS.sub("-", text.lower()).strip("-")


def _forms(version: str) -> Iterator[str]:
    """Yield the ways in which a version is written: as it is, then with fewer or more zeros at its end."""
    yield version
    short = _ZEROS.sub("", version)
    for form in (short, f"{short}.0", f"{short}.0.0"):
        if form != version and short[-1:].isdigit():
            yield form
