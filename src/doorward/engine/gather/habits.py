"""The habits of a repository: what its chain, its people and its keys were like up to a commit.

Plain data that ``msgspec`` writes and reads, so that the next look goes on where this one ended.
"""

from __future__ import annotations

from doorward.engine.gather.people import People
from doorward.engine.gather.standing import Standing
from doorward.model.history import DAY, Habit
from doorward.model.signature import SignatureClaim
from doorward.records import dataclass, field

#: Version of :class:`History`; one of another version is read anew from the first commit.
VERSION = 3
#: Commits on the chain whose median time is the clock, and whose way in is remembered.
_TIMES, _WAYS = 11, 50
#: Learning ends with the commit that completes either.
LEARNING_COMMITS, LEARNING_TIME = 200, 365 * DAY
#: People who integrated in this time before make the circle.
CIRCLE_TIME = 2 * 365 * DAY
#: Commits on the chain are counted by spans of this length, over the time of the circle.
_SPAN = 30 * DAY


@dataclass(slots=True)
class Chain:
    """The first-parent chain of the default branch."""

    #: Times of its last commits, and their median.
    times: list[int] = field(default_factory=list)
    clock: int = 0
    #: Of its last commits: whether each came by a merge or through the forge; and how many did.
    ways: list[bool] = field(default_factory=list)
    by_merge: int = 0
    #: Profile number -> when they last integrated.
    integrators: dict[int, int] = field(default_factory=dict)
    #: Span -> of its commits, those of which git does not tell who put them there, and all.
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)

    def append(self, time: int, *, by_merge: bool, untold: bool) -> None:
        """Add a commit. ``untold``: git does not tell who put it there."""
        span = time // _SPAN
        if span not in self.spans:
            first = span - CIRCLE_TIME // _SPAN
            self.spans = {one: told for one, told in self.spans.items() if one >= first}
        before, of = self.spans.get(span, (0, 0))
        self.spans[span] = before + untold, of + 1
        self.times.append(time)
        if len(self.times) > _TIMES:
            self.times.pop(0)
        self.clock = sorted(self.times)[len(self.times) // 2]
        self.ways.append(by_merge)
        self.by_merge += by_merge
        if len(self.ways) > _WAYS:
            self.by_merge -= self.ways.pop(0)

    def circle(self, people: People, clock: int) -> list[int]:
        """Return the profiles of those who integrated in the two years before ``clock``, each once."""
        recent = (number for number, last in self.integrators.items() if last >= clock - CIRCLE_TIME)
        return list(dict.fromkeys(people.profile(number)[0] for number in recent))

    def untold(self, clock: int) -> Habit:
        """Return of how many commits in the two years before ``clock`` git does not tell who put them there."""
        recent = [told for span, told in self.spans.items() if span >= (clock - CIRCLE_TIME) // _SPAN]
        return Habit(sum(untold for untold, _ in recent), sum(of for _, of in recent))


@dataclass(slots=True)
class KeyRecord:
    """A key that was seen to sign here: learned by its first use, trusted by nobody yet."""

    #: "openpgp" or "ssh", and the longest name that a claim gave it.
    kind: str
    issuer: str
    #: Whose commit or tag it signed first, and when (seconds); how many it signed.
    person: str
    first: int
    count: int = 1


@dataclass(slots=True)
class Keys:
    """The keys that signed here, by :attr:`SignatureClaim.key`."""

    records: dict[str, KeyRecord] = field(default_factory=dict)

    def knows(self, claim: SignatureClaim) -> bool:
        """Whether a key signed before. Where both names are whole fingerprints, they must agree."""
        record = self.records.get(claim.key)
        return record is not None and (len(record.issuer) != len(claim.issuer) or record.issuer == claim.issuer)

    def learn(self, claim: SignatureClaim, person: str, time: int) -> None:
        """Remember a key that signed."""
        record = self.records.get(claim.key)
        if record is None:
            self.records[claim.key] = KeyRecord(claim.kind, claim.issuer, person, time)
            return
        record.count += 1
        record.issuer = max(record.issuer, claim.issuer, key=len)


@dataclass(slots=True)
class History:
    """All that the next look at a repository needs to know of the commits before."""

    version: int = VERSION
    people: People = field(default_factory=People)
    chain: Chain = field(default_factory=Chain)
    #: Those that signed commits, and those that signed tags.
    keys: Keys = field(default_factory=Keys)
    tag_keys: Keys = field(default_factory=Keys)
    #: Commits read, the time of the earliest, and whether learning is over.
    commits: int = 0
    began: int | None = None
    learned: bool = False
    #: Commits of the forge in a row that it signed.
    forge_signed: int = 0
    #: Addresses of programs that were seen here.
    programs: set[str] = field(default_factory=set)
    #: Heads that were read: the cursor from which the next walk begins.
    heads: list[str] = field(default_factory=list)
    #: Commits under tags that were on no branch when they were read.
    off_branch: set[str] = field(default_factory=set)
    #: When the repository was last looked at, seconds since 1970; 0 where that is not known.
    looked: float = 0.0
    #: What was found of late.
    standing: list[Standing] = field(default_factory=list)

    def learn(self, clock: int) -> bool:
        """Count a commit; return whether it is still one to learn from."""
        self.commits += 1
        if self.learned:
            return False
        self.began = clock if self.began is None else min(self.began, clock)
        self.learned = self.commits >= LEARNING_COMMITS or clock - self.began >= LEARNING_TIME
        return True
