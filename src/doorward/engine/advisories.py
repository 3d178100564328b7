"""Evaluate packages against the advisories of a bundle: which name the version, and what cannot be told.

Three answers: it is named, it is not, or that is open. An advisory whose range cannot be compared, a commit whose
history is not at hand, and an ecosystem that no feed covers are open, never a pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from doorward.model.advisories import (
    GIT,
    Advisory,
    Affected,
    Exploited,
    Kind,
    Likelihood,
    Package,
    base_ecosystem,
    lookup_name,
    repository_name,
    stamp,
)
from doorward.model.intelligence import AdvisoryMatch, SiblingMatch, Unevaluated
from doorward.model.ranges import Named, Unclear, fixes, names, names_commit, same_release
from doorward.records import dataclass, replace
from doorward.store.intel import Bundle, Candidate

#: A port that need not be written.
_USUAL_PORT = re.compile(r"^([a-z+]{3,10}://[^/]*):(?:22|80|443|9418)(?=/)")
#: Digits of a commit that are shown.
_SHORT = 12
#: Rounds in which aliases of aliases are looked up.
_ROUNDS = 4
#: Kinds whose records, without any version, speak of all of them.
_OF_HARM = frozenset({Kind.MALICIOUS, Kind.SUSPECTED, Kind.UNWANTED})

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the advisories of a bundle say of one package."""

    matches: tuple[AdvisoryMatch, ...] = ()
    siblings: tuple[SiblingMatch, ...] = ()
    open: tuple[Unevaluated, ...] = ()
    #: The smallest version above that no advisory of the bundle names, "" where none is known.
    upgrade: str = ""


def evaluate(bundle: Bundle, packages: Sequence[Package], *, as_of: datetime | None = None) -> list[Answer]:
    """Return what the advisories say of each package, in the same order. ``as_of`` hides what came later."""
    keys = [_key(package) for package in packages]
    candidates = bundle.candidates(key for key in keys if key is not None)
    horizon = stamp(as_of.isoformat()) if as_of else ""
    rough = [
        _rough(package, _known_then(candidates.get(key, ()), horizon) if key else ())
        for package, key in zip(packages, keys, strict=True)
    ]
    groups = _Groups(bundle, (found for answer in rough for found in answer.found))
    cves = {name for answer in rough for found in answer.found for name in groups.of(found.advisory)}
    exploited, likelihoods = bundle.exploited(cves), bundle.likelihoods(cves)
    return [answer.finished(groups, exploited, likelihoods) for answer in rough]


def _key(package: Package) -> Key | None:
    if package.repository:
        return GIT, repository_name(_plain(package.repository))
    base = base_ecosystem(package.ecosystem)
    return (base, lookup_name(base, package.name)) if package.name else None


def _plain(repository: str) -> str:
    """Return a repository's address with what advisories write differently made equal: scp's form, and usual ports."""
    if "://" not in repository:
        host, colon, path = repository.partition(":")
        return f"{host}/{path}" if colon and "/" not in host else repository
    return _USUAL_PORT.sub(r"\1", repository)


def _known_then(candidates: Iterable[Candidate], horizon: str) -> Sequence[Candidate]:
    if not horizon:
        return tuple(candidates)
    return [c for c in candidates if (c.advisory.published or c.advisory.modified) <= horizon]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A candidate that names the version."""

    advisory: Advisory
    candidate: Candidate
    by: str


@dataclass(frozen=True, slots=True)
class _Rough:
    """An answer before the records are grouped."""

    package: Package
    candidates: Sequence[Candidate]
    found: tuple[_Hit, ...]
    open: tuple[Unevaluated, ...]

    def finished(
        self, groups: _Groups, exploited: Mapping[str, Exploited], likelihoods: Mapping[str, Likelihood]
    ) -> Answer:
        """Return the answer with groups, exploitation and upgrades."""
        if not self.candidates:
            return Answer(open=self.open)
        matches = []
        for hit in self.found:
            group = groups.of(hit.advisory)
            advisory = hit.advisory
            if advisory.kind is not Kind.MALICIOUS and any(name.startswith("MAL-") for name in group):
                advisory = replace(advisory, kind=Kind.MALICIOUS)
            known = [exploited[name] for name in group if name in exploited]
            likely = [likelihoods[name] for name in group if name in likelihoods]
            ends = _ends(hit.candidate.affected, self.package)
            matches.append(
                AdvisoryMatch(
                    advisory,
                    hit.candidate.affected,
                    hit.candidate.provenance,
                    group,
                    hit.by,
                    known[0] if known else None,
                    max(likely, key=lambda item: item.probability, default=None),
                    ends[0] if ends else "",
                )
            )
        return Answer(tuple(matches), tuple(self._siblings()), self.open, self._upgrade())

    def _siblings(self) -> Iterator[SiblingMatch]:
        named = {id(hit.candidate) for hit in self.found}
        for candidate in self.candidates:
            if candidate.advisory.kind is Kind.MALICIOUS and id(candidate) not in named:
                for version in candidate.affected.versions:
                    yield SiblingMatch(version, candidate.advisory.id, candidate.provenance.feed)

    def _upgrade(self) -> str:
        """Return the lowest version in which some range ends and which no candidate names."""
        if not self.found:
            return ""
        for version in fixes([c.affected for c in self.candidates], self.package.version):
            if not any(_named(c, replace(self.package, version=version)) for c in self.candidates):
                return version
        return ""


def _rough(package: Package, candidates: Sequence[Candidate]) -> _Rough:
    found, unclear = [], []
    for candidate in candidates:
        answer = _named(candidate, package)
        if isinstance(answer, Named):
            found.append(_Hit(candidate.advisory, candidate, answer.by))
        elif isinstance(answer, Unclear):
            reason = f"{candidate.advisory.id}: {answer.reason}"
            unclear.append(Unevaluated(candidate.advisory.kind.value, reason, required=True))
    return _Rough(package, candidates, tuple(found), tuple(unclear))


def _named(candidate: Candidate, package: Package) -> Named | Unclear | None:
    affected = candidate.affected
    if package.repository:
        return names_commit(affected, package.commit, repository_name(_plain(package.repository)))
    same = same_release(package.ecosystem, affected.ecosystem)
    if same is False:
        return None
    answer = names(affected, package.version, empty_names_all=candidate.advisory.kind in _OF_HARM)
    if same is None and answer is not None:
        return Unclear(f"the release of {base_ecosystem(package.ecosystem)} is not known")
    return answer


def _ends(affected: Affected, package: Package) -> Sequence[str]:
    """Return where the ranges that name a package end: versions, of a git dependency commits, shortened."""
    if not package.repository:
        return fixes([affected], package.version)
    events = (event for item in affected.ranges if item.type == GIT for event in item.events)
    return [f"commit {value[:_SHORT]}" for kind, value in events if kind == "fixed"]


class _Groups:
    """Records that speak of the same thing: aliases are symmetric and transitive, ``upstream`` is neither."""

    def __init__(self, bundle: Bundle, hits: Iterable[_Hit]) -> None:
        self._parents: dict[str, str] = {}
        pending = {name for hit in hits for name in self._join((hit.advisory.id, *hit.advisory.aliases))}
        asked: set[str] = set()
        for _ in range(_ROUNDS):
            if not pending:
                break
            asked |= pending
            related = bundle.aliases(pending)
            pending = {name for names in related for name in self._join(names)} - asked
        self._members: dict[str, list[str]] = defaultdict(list)
        for name in self._parents:
            self._members[self._root(name)].append(name)

    def of(self, advisory: Advisory) -> tuple[str, ...]:
        """Return the ids of an advisory's group, its own included, sorted."""
        return tuple(sorted(self._members[self._root(advisory.id)]))

    def _join(self, names: tuple[str, ...]) -> tuple[str, ...]:
        roots = {self._root(name) for name in names}
        first = min(roots)
        for root in roots:
            self._parents[root] = first
        return names

    def _root(self, name: str) -> str:
        path = []
        while (parent := self._parents.setdefault(name, name)) != name:
            path.append(name)
            name = parent
        for passed in path:
            self._parents[passed] = name
        return name
