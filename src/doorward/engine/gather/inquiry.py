"""What judging a repository asks of git beside the history itself: each answer is a fact, or why it is missing."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.engine.gather import names
from doorward.engine.gather.people import People
from doorward.errors import RepositoryError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.repository import RawTag
from doorward.records import dataclass
from doorward.sources.repositories.announcement import announcement
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.refs import is_ancestor, outside, present

SHALLOW = Missing("the history of this clone is cut off")
NOT_HELD: Missing = Missing("this clone does not hold the commit that was pushed")
_NO_CONTENTS = Missing("the contents of files were not fetched")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Questions about one repository, whose people are known by now."""

    repository: Repository
    people: People

    def branches(self) -> list[str]:
        """Return the heads of all branches."""
        kinds = ("refs/heads/", "refs/remotes/")
        return [ref.commit for ref in self.repository.listing.refs if ref.commit and ref.name.startswith(kinds)]

    def outside(self, commits: Iterable[str]) -> Fact[frozenset[str]]:
        """Return those of ``commits``, which the repository holds, that are on no branch."""
        repository = self.repository
        if repository.cut:
            return SHALLOW
        heads = [*self.branches(), *filter(None, [repository.listing.head])]
        try:
            return Known(outside(repository.git, commits, heads))
        except RepositoryError as error:
            return Missing(str(error))

    def on_branch(self, commit: str) -> Fact[bool]:
        """Tell whether a commit is on any branch."""
        found = self.outside([commit])
        return found if isinstance(found, Missing) else Known(commit not in found.value)

    def descends(self, old: str, new: str) -> Fact[bool]:
        """Tell whether ``old`` is an ancestor of ``new``."""
        if self.repository.cut:
            return SHALLOW
        try:
            if not present(self.repository.git, [new]):
                return NOT_HELD
            return Known(is_ancestor(self.repository.git, old, new))
        except RepositoryError as error:
            return Missing(str(error))

    def announced(self, key: str, tag: RawTag) -> Fact[str | None]:
        """Tell where an integrator, other than the tagger, had named the key before the tag was made."""
        if not self.repository.has_contents:
            return _NO_CONTENTS
        try:
            found = announcement(self.repository.git, key, tag.target)
        except RepositoryError as error:
            return Missing(str(error))
        if found is None:
            return Known(None)
        people = self.people
        number = people.addresses.get(names.address(found.committer.email))
        tagger = people.addresses.get(names.address(tag.tagger.email)) if tag.tagger else None
        if number is None or (tagger is not None and people.profile(tagger)[0] == people.profile(number)[0]):
            return Known(None)
        tagged = (tag.tagger.time if tag.tagger else tag.target_time) or 0
        earlier = found.committer.time is not None and found.committer.time < tagged
        integrator = people.profile(number)[1].integrated_first is not None
        return Known(f"{found.path}@{found.commit}" if earlier and integrator else None)
