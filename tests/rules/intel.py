"""What feeds say, by hand, for the cases of rules about intelligence and vulnerabilities."""

from datetime import timedelta
from typing import Any

from doorward.model.advisories import Advisory, Affected, Exploited, Kind, Likelihood
from doorward.model.facts import Known
from doorward.model.findings import Severity
from doorward.model.intelligence import (
    AdvisoryMatch,
    FeedState,
    Indicator,
    IndicatorMatch,
    Intelligence,
    Provenance,
    Role,
    SiblingMatch,
    Unevaluated,
)
from doorward.model.release import ReleaseChange
from tests.rules.build import NOW, change, member, release, wheel

DIGEST = "a1" * 32
FEED = Provenance("osv.zip", "MAL-2026-1", "2026-05-01T10:00:00Z", "CC-BY-4.0")
NEW = release("1.0.1", wheel(member("lib/__init__.py")))


def says(
    kind: Kind, id_: str = "MAL-2026-1", *, by: str = "listed", group: tuple[str, ...] = (), **more: Any
) -> AdvisoryMatch:
    """One advisory that names the version."""
    cves = more.pop("cves", ())
    advisory = Advisory(id_, kind, aliases=cves, summary=more.pop("summary", "It does harm"))
    values = {"severity": Severity.HIGH, "rated": "CVSS 7.5"} | more
    return AdvisoryMatch(
        advisory,
        Affected("PyPI", "lib"),
        Provenance("osv.zip", id_),
        group or tuple(sorted((id_, *cves))),
        by,
        **values,
    )


def met(
    kind: str, value: str, role: Role, how: str, where: str = "lib-py3-none-any.whl", **more: Any
) -> IndicatorMatch:
    """One indicator that was met."""
    return IndicatorMatch(Indicator(kind, value, role, **more), FEED, how, where)


def digest(role: Role, how: str, **more: Any) -> IndicatorMatch:
    return met("sha256", DIGEST, role, how, **more)


def endpoint(kind: str, value: str, role: Role = Role.CAMPAIGN, **more: Any) -> IndicatorMatch:
    return met(kind, value, role, "endpoint", f"{value} in lib-py3-none-any.whl", **more)


def sibling(version: str, record: str = "MAL-2026-1") -> SiblingMatch:
    return SiblingMatch(version, record, "osv.zip")


def gap(topic: str, reason: str, *, required: bool = True) -> Unevaluated:
    return Unevaluated(topic, reason, required)


def old_feed(days: int) -> tuple[FeedState, timedelta]:
    age = timedelta(days=days)
    return FeedState("osv.zip", "OSV", "osv.zip", NOW - age, records=1000), age


def about(*parts: Any, **more: Any) -> ReleaseChange:
    """A release of which feeds say these things."""

    def of(type_: type) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, type_))

    told = Intelligence(
        "b" * 64,
        of(AdvisoryMatch),
        of(SiblingMatch),
        of(IndicatorMatch),
        of(Unevaluated),
        tuple(more.pop("stale", ())),
        more.pop("upgrade", ""),
    )
    return change(more.pop("new", NEW), intelligence=Known(told), **more)


KEV = Exploited("CVE-2026-1", "2026-05-01", "2026-05-22", ransomware=True)
LIKELY = Likelihood("CVE-2026-1", 0.93, 0.99)
#: Of a release when nothing was imported.
NO_FEED = change(NEW)
