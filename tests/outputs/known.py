"""A report with everything that outputs for other programs show: packages, advisories, indicators."""

from dataclasses import replace

from doorward.model.advisories import Advisory, Affected, Exploited, Kind, Likelihood, Score
from doorward.model.dependency import Dependency, Inventory
from doorward.model.findings import Report, Severity, SubjectVerdict, Verdict
from doorward.model.intelligence import AdvisoryMatch, Indicator, IndicatorMatch, Intelligence, Provenance, Role
from doorward.model.release import LockedDigest
from tests.outputs.reports import BAD, NEW_BINARY, mixed

SHA256 = "ab" * 32
FLAWED = "pkg:npm/%40scope/flawed@1.0.0"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def match(id_: str, kind: Kind, *group: str, cleared: str = "") -> AdvisoryMatch:
    scores = (Score("CVSS_V3", VECTOR),) if kind is Kind.VULNERABILITY else ()
    advisory = Advisory(
        id_, kind, modified="2026-05-01T10:00:00Z", published="2026-04-01T10:00:00Z", summary="It is bad", scores=scores
    )
    return AdvisoryMatch(
        advisory,
        Affected("PyPI", "examplelib"),
        Provenance("osv", id_, "2026-05-01T10:00:00Z"),
        tuple(sorted({id_, *group})),
        "listed",
        severity=Severity.HIGH,
        cleared=cleared,
    )


def told(*matches: AdvisoryMatch, **more: object) -> Intelligence:
    return Intelligence("b1" * 32, matches, **more)


def indicator(kind: str, value: str, **more: object) -> IndicatorMatch:
    found = Indicator(kind, value, Role.CAMPAIGN, "MAL-2026-1", "2026-05-01T10:00:00Z", **more)
    return IndicatorMatch(found, Provenance("osv", "MAL-2026-1"), "artifact", "examplelib-4.1.1.tar.gz")


def known() -> Report:
    """A project of three packages: one malicious and stopped, one with two flaws of which one is cleared, one clean."""
    packages = (
        Dependency(
            "pypi", "examplelib", "4.1.1", digests=(LockedDigest("sha256", SHA256),), direct=False, via=("app 1.0",)
        ),
        Dependency("pypi", "app", "1.0", direct=True, path="uv.lock", line=3),
        Dependency("npm", "@scope/flawed", "1.0.0", groups=("dev",), digests=(LockedDigest("sha512", "cd" * 64),)),
    )
    subjects = (
        SubjectVerdict(BAD, Verdict.BLOCK),
        SubjectVerdict("pkg:pypi/app@1.0", Verdict.CLEAN),
        SubjectVerdict(FLAWED, Verdict.WARN),
    )
    intelligence = (
        (
            BAD,
            told(
                match("MAL-2026-1", Kind.MALICIOUS, "CVE-2026-9999"),
                indicators=(
                    indicator("domain", "evil.invalid", tlp="amber+strict", confidence=80),
                    indicator("url", "https://evil.invalid/it's", valid_until="2027-05-01T10:00:00Z"),
                    indicator("ip", "192.0.2.7"),
                    indicator("sha256", SHA256),
                    indicator("tlsh", "0A" * 35),
                ),
            ),
        ),
        (
            FLAWED,
            told(
                replace(
                    match("GHSA-1", Kind.VULNERABILITY, "CVE-2026-1111"),
                    exploited=Exploited("CVE-2026-1111", "2026-05-01", "2026-05-22", ransomware=True),
                    likelihood=Likelihood("CVE-2026-1111", 0.00043, 0.08),
                ),
                match("GHSA-2", Kind.VULNERABILITY, cleared="vex.json: never called"),
                upgrade="1.0.5",
            ),
        ),
    )
    return replace(
        mixed(),
        subjects=subjects,
        findings=(NEW_BINARY,),
        inventory=Inventory(packages),
        intelligence=intelligence,
    )
