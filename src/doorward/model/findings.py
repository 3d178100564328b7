"""Rules, what they answer, and what a report is made of."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from doorward.model.facts import Fact
from doorward.model.pictures import Lane, ReleaseSizes
from doorward.model.run import Run
from doorward.records import dataclass, field

if TYPE_CHECKING:
    from doorward.model.dependency import Inventory
    from doorward.model.intelligence import Intelligence


class Strength(IntEnum):
    """How sure a finding is. Ordered."""

    CONTEXT = 0
    WEAK = 1
    STRONG = 2
    CONCLUSIVE = 3

    @property
    def word(self) -> str:
        """The word in reports and policies."""
        return self.name.lower()


class Severity(IntEnum):
    """How bad it is if it is true. Ordered."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The word in reports and policies."""
        return self.name.lower()


class Family(Enum):
    """Causes: findings of one family are one witness, however many they are. The value is (word, coverage kind)."""

    EXECUTION = ("execution", "what-changed")
    CONTENT = ("content", "what-changed")
    DEPENDENCY = ("dependency", "what-changed")
    SIZE = ("size", "what-changed")
    PUBLICATION = ("publication", "who-published")
    TIMING = ("timing", "who-published")
    SOURCE = ("source", "source")
    CONTRIBUTION = ("contribution", "source")
    INTELLIGENCE = ("intelligence", "known-malware")
    VULNERABILITY = ("vulnerability", "vulnerabilities")
    BEHAVIOUR = ("behaviour", "behaviour")
    GUIDANCE = ("guidance", "practices")

    @property
    def word(self) -> str:
        """The word in reports and policies."""
        return self.value[0]

    @property
    def coverage(self) -> str:
        """The kind of evidence under which coverage counts it."""
        return self.value[1]


#: Families that speak of risk, not of tampering: they corroborate nothing.
RISK_FAMILIES = frozenset({Family.VULNERABILITY, Family.GUIDANCE})


class Verdict(Enum):
    """What a reader should do. Worst first, in the order in which a report takes them."""

    BLOCK = "block"
    HOLD = "hold"
    NOT_EVALUATED = "not-evaluated"
    WARN = "warn"
    CLEAN = "clean"

    @property
    def exit_code(self) -> int:
        """The process exit code of a report with this verdict."""
        return {"block": 1, "hold": 1, "not-evaluated": 3, "warn": 0, "clean": 0}[self.value]

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule module declares as ``RULE``. Its id is its path, its page is its docstring."""

    #: The subject type that ``check`` takes.
    subject: type
    #: Id in the catalog: "DS0050", "M1045" ...
    detection: str
    family: Family
    strength: Strength
    severity: Severity
    #: Attribute paths of the subject that must be known before ``check`` runs ("old.hooks").
    needs: tuple[str, ...] = ()
    #: Whether a subject without an answer to this rule is not evaluated, unless the policy says otherwise.
    required: bool = False
    #: Rule ids with which it can share an innocent cause. Counts only where both name each other.
    same_cause: tuple[str, ...] = ()
    #: One imperative for a reader, where the hit brings none.
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a finding rests on."""

    label: str
    value: str
    #: "path:line" in the artifact or the project, "" where it has no place.
    where: str = ""
    #: What is usual.
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's answer "yes"."""

    #: One plain sentence.
    message: str
    evidence: tuple[Evidence, ...] = ()
    #: Overrides of what RULE gives.
    strength: Strength | None = None
    severity: Severity | None = None
    same_cause: tuple[str, ...] | None = None
    advice: str = ""
    #: Why it does not concern this project, as a VEX statement has it: it is shown as allowed.
    cleared: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule's answer "this cannot be told", with the reason as a short phrase."""

    reason: str
    #: Whether the subject is not evaluated without this answer, where that hangs on the reason; None: as the rule says.
    required: bool | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """One finding that the policy or a VEX statement allows."""

    rule: str
    subject: str
    reason: str
    #: The last day; None where it has no end.
    until: date | None
    #: The one advisory that it is about, by any of its names; "" for the finding as a whole.
    advisory: str = ""

    @property
    def told(self) -> str:
        """Until when, and why."""
        return f"until {self.until:%Y-%m-%d}: {self.reason}" if self.until else self.reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with all that a report says of it."""

    rule: str
    detection: str
    subject: str
    family: Family
    strength: Strength
    severity: Severity
    message: str
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    same_cause: tuple[str, ...] = ()
    allowed: Allowance | None = None

    @property
    def fingerprint(self) -> str:
        """Stable across runs: SHA-256 over rule, subject with version, and path without line; 32 hex digits."""
        path = next((item.where.rpartition(":")[0] or item.where for item in self.evidence if item.where), "")
        # Paths in archives and on disks may hold what UTF-8 does not.
        text = f"{self.rule}\0{self.subject}\0{path}".encode("utf-8", "backslashreplace")
        return hashlib.sha256(text).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A rule that had no answer for a subject."""

    rule: str
    subject: str
    reason: str
    required: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """All answers about one subject, before the policy decides."""

    subject: str
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Unanswered, ...] = ()
    #: Number of rules that had an answer.
    evaluated: int = 0
    #: When it was published, for holding; ``Missing`` counts from ``first_seen``.
    published: Fact[datetime] | None = None
    first_seen: datetime | None = None
    via: tuple[str, ...] = ()
    #: Ids of linked subjects, whose findings join the fold.
    related: tuple[str, ...] = ()
    #: True where it stands beside the inventory only to explain another subject (a tag, a commit, a new dependency).
    linked_only: bool = False
    #: What it was compared with, "" for a first release.
    compared_with: str = ""
    #: Where the project declares it: "path:line" or "path", "" where no file does.
    declared: str = ""


@dataclass(frozen=True, slots=True)
class SubjectVerdict:
    """The decision about one subject."""

    subject: str
    verdict: Verdict
    until: datetime | None = None
    via: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    compared_with: str = ""
    #: True where it is not of the inventory and only explains another subject.
    linked_only: bool = False
    #: Where the project declares it: "path:line" or "path", "" where no file does.
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one kind of evidence reaches."""

    #: "known-malware", "what-changed", "who-published", "source", "vulnerabilities" ...
    kind: str
    answered: int
    of: int
    #: Why the rest has no answer, or what to know of the answer: a short phrase.
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A release that a change of the lock files brings."""

    #: Type and name of the package, as in its purl: "pypi/idna".
    package: str
    #: The version whose place it takes, "" where no version of the package was locked.
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found, and what the policy decided."""

    verdict: Verdict
    subjects: tuple[SubjectVerdict, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Unanswered, ...]
    coverage: tuple[Coverage, ...] = ()
    notices: tuple[str, ...] = ()
    incomplete: bool = False
    until: datetime | None = None
    #: Number of packages in the inventory, answers, and packages that cannot be looked up (git, URL, unpinned ...).
    packages: int = 0
    evaluated: int = 0
    unverifiable: int = 0
    #: Lines for the reader's orientation: (label, value), such as ("uv.lock", "80 packages, 9 direct").
    header: tuple[tuple[str, str], ...] = ()
    #: Seconds of wall time.
    seconds: float = 0.0
    #: What the markdown and the human output of an upgrade draw.
    comparison: Comparison | None = None
    observed_at: datetime | None = None
    #: Lock files and manifests that were read, relative to the project.
    files: tuple[str, ...] = ()
    #: The guarded run that the report is about.
    run: Run | None = None
    #: What pictures draw: release sizes of the packages that are shown, the worst first; people and keys.
    sizes: tuple[ReleaseSizes, ...] = ()
    lanes: tuple[Lane, ...] = ()
    #: What was judged, in words, where it is no packages: "1,263 commits and 62 tags".
    counted: str = ""
    #: For outputs that list packages: what the project declares, and what feeds say of each release that they name.
    inventory: Inventory | None = None
    intelligence: tuple[tuple[str, Intelligence], ...] = ()
    #: What would have been said when, oldest first; None where no history was replayed.
    alerts: tuple[Alert, ...] | None = None
    #: What a change of the lock files brings, by name, where that is what was judged.
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """What would have been said on one day of a history, with what was known that day."""

    time: datetime
    verdict: Verdict
    subject: str
    #: The findings that came that day, weak or stronger.
    findings: tuple[Finding, ...]
    #: The earlier alert of the same person that it makes worse; "" where it stands by itself.
    joins: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The small table of an upgrade: old, new, usual."""

    old: str
    new: str
    #: (label, old, new, usual)
    rows: tuple[tuple[str, str, str, str], ...] = ()
    #: Sizes in bytes of the last releases, oldest first, the new one last.
    sizes: tuple[int, ...] = field(default=())
