"""Credentials of the user opened by a library

What it catches
---------------
A file with credentials (keys of SSH, tokens of npm and PyPI, logins of clouds, Docker and
Kubernetes) that was opened outside of resolving packages, by code that has no business
with it. Tools and libraries whose own credentials they are rest: git with git's, boto3
with AWS's, HTTP clients with `.netrc`.

Why it matters
--------------
Stolen credentials are what most backdoored releases are after, and what lets them spread
to the packages of their victims.

What to do
----------
Find the line, and rotate the credentials if you cannot explain it. Plant a file that
nobody has a reason to read, `honey-files` in the policy, to be certain the next time.

False alarms
------------
Tools for credentials that are not on the list. Where only the file system tells and no
process is known, any program of the machine may have opened it: that is weak, and rests
where a tool of that trade ran. Not measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.model.run import FileAccess, Phase
from doorward.rules.registry._words import cut
from doorward.rules.runtime._words import by, place, times, whose

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    advice="find the line that opens it, and rotate the credentials where you cannot explain it.",
)

#: Part of a path -> programs and distributions whose own credentials lie there.
_TRADES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r".*/\.ssh/"), frozenset({"ssh", "scp", "sftp", "git", "paramiko", "asyncssh", "fabric", "ssh2"})),
    (
        re.compile(r".*/\.aws/"),
        frozenset({"aws", "boto3", "botocore", "aiobotocore", "s3fs", "awscli", "@aws-sdk/credential-provider-ini"}),
    ),
    (re.compile(r".*/\.azure/"), frozenset({"az", "azure-identity", "azure-cli"})),
    (re.compile(r".*/\.config/gcloud/"), frozenset({"gcloud", "gsutil", "google-auth", "google-auth-library"})),
    (re.compile(r".*/\.docker/"), frozenset({"docker", "podman", "buildah", "docker-compose", "dockerode", "skopeo"})),
    (re.compile(r".*/\.kube/"), frozenset({"kubectl", "helm", "kubernetes", "kubernetes-asyncio", "kr8s"})),
    (
        re.compile(r".*/(?:\.netrc|\.pypirc|\.npmrc)\Z"),
        frozenset(
            {
                *(
                    "pip",
                    "uv",
                    "twine",
                    "flit",
                    "poetry",
                    "npm",
                    "npx",
                    "npm-cli.js",
                    "yarn",
                    "pnpm",
                    "bun",
                    "node-gyp",
                    "curl",
                ),
                *("git", "git-remote-https", "requests", "httpx", "aiohttp", "hg", "keyring", "rc"),
            }
        ),
    ),
    (
        re.compile(r".*/(?:\.git-credentials|\.config/git/credentials|\.config/gh/)"),
        frozenset({"git", "gh", "git-credential-store", "git-remote-https"}),
    ),
    (re.compile(r".*/\.gnupg/"), frozenset({"gpg", "gpg2", "gpg-agent", "gpgsm"})),
    (re.compile(r".*/\.cargo/"), frozenset({"cargo"})),
    (re.compile(r".*/\.gem/"), frozenset({"gem", "bundle", "ruby"})),
    (re.compile(r".*/\.m2/"), frozenset({"mvn", "java", "gradle"})),
    (re.compile(r".*/\.env(?:\.[^/]*)?\Z"), frozenset({"python-dotenv", "dotenv", "environs", "dynaconf"})),
)
_SHOWN = 4


def check(activity: Activity) -> Iterator[Hit]:
    """Look for credentials that were opened by others than their own tools."""
    found = [
        event
        for event in activity.files
        if event.kind == "credential" and event.actor.phase is not Phase.RESOLVE and not _is_own_trade(activity, event)
    ]
    if found:
        yield Hit(
            f"{whose(activity)} opened {cut(found[0].path, 120)}, which holds credentials.",
            (*(_evidence(activity, event) for event in found[:_SHOWN]), *by(found[0].actor)),
            strength=_strength(activity, found),
        )


def _strength(activity: Activity, found: list[FileAccess]) -> Strength:
    """Strong where it is known who did it."""
    sure = activity.by_library or any(event.actor.processes for event in found)
    return Strength.STRONG if sure else Strength.WEAK


def _is_own_trade(activity: Activity, event: FileAccess) -> bool:
    """Whether those who may have opened a file have their own credentials there."""
    names = {item.partition(" ")[0] for item in event.actor.attribution.chain} | {event.actor.attribution.package}
    for process in event.actor.processes[-1:]:
        names |= {path.rpartition("/")[2] for path in (process.exe, *process.argv[:2]) if path}
    if not event.actor.processes:
        # Nobody knows who it was: a program of the run whose trade it is reads it every time.
        names |= activity.programs
    return any(pattern.match(event.path) and names & trade for pattern, trade in _TRADES)


def _evidence(activity: Activity, event: FileAccess) -> Evidence:
    teller = f", told by {event.seen_by}" if event.seen_by != "kernel" else ""
    value = f"{cut(event.path, 100)}, {event.actor.phase.value}{times(event.count)}{teller}"
    return Evidence(event.operation, value, place(activity, event.actor))
