"""What a policy says, as values."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from doorward.model.findings import Allowance, Rule, Severity, Strength
from doorward.model.limits import ArchiveLimits, NetworkLimits
from doorward.model.run import Grade, Phase
from doorward.policy.destinations import Destination
from doorward.policy.intel import IntelPolicy
from doorward.policy.repository import RepositoryPolicy
from doorward.policy.source import SourcePolicy
from doorward.records import dataclass, field


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What a project says of its guarded runs."""

    #: Expected in every phase.
    allow: tuple[Destination, ...] = ()
    #: Expected in one phase.
    by_phase: Mapping[Phase, tuple[Destination, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: The worst grade of enforcement that will do; None: any.
    require_grade: Grade | None = None
    #: Planted files that nobody has a reason to open.
    honey_files: tuple[str, ...] = ()


def _no_strengths() -> Mapping[str, Strength]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Policy:
    """One project's policy. The defaults are what doorward does without a policy file."""

    #: How long a young release with one strong finding waits.
    hold: timedelta = timedelta(hours=72)
    #: Minimum age under which a release is called young.
    cooldown: timedelta = timedelta(days=3)
    #: Strength by rule id, in place of the rule's own.
    strengths: Mapping[str, Strength] = field(default_factory=_no_strengths)
    #: Globs of rule ids that must have an answer, beside those that require one by themselves.
    require: tuple[str, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    #: Severity from which a known vulnerability, or a guidance finding, blocks; None: never.
    block_vulnerability: Severity | None = None
    block_guidance: Severity | None = None
    #: Globs of paths that a scan leaves out.
    exclude: tuple[str, ...] = ()
    #: Platforms to read artifacts for ("linux-x86_64-cp312"); empty: the one that doorward runs on.
    platforms: tuple[str, ...] = ()
    #: Read every artifact of a release.
    all_artifacts: bool = False
    archive_limits: ArchiveLimits = ArchiveLimits()
    network_limits: NetworkLimits = NetworkLimits()
    guard: GuardPolicy = GuardPolicy()
    intel: IntelPolicy = IntelPolicy()
    source: SourcePolicy = SourcePolicy()
    repository: RepositoryPolicy = RepositoryPolicy()
    #: Where the policy was read from, for people; "" for the defaults.
    origin: str = ""

    def requires(self, rule_id: str, rule: Rule) -> bool:
        """Whether a subject without an answer to this rule is not evaluated."""
        return rule.required or any(fnmatch.fnmatchcase(rule_id, glob) for glob in self.require)
