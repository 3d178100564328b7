"""Facts by hand, for the cases of rules: small, inert, with defaults that no rule minds.

A test says what matters to it and nothing else::

    change(release("1.0.1", wheel(member("lib/__init__.py"))), release("1.0.0", wheel(member("lib/__init__.py"))))
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doorward.model.content import Anomaly, ArtifactContent, Capability, Hook, Member, Requirement
from doorward.model.facts import Fact, Known, Missing
from doorward.model.purl import make_purl
from doorward.model.registry import ArtifactRecord, Identity
from doorward.model.release import Artifact, NewDependency, PastRelease, Release, ReleaseChange, SizeStep

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: When releases are published unless a case says otherwise: older than any cooldown.
PUBLISHED = NOW - timedelta(days=10)
ALICE, BOB = Identity("person", "alice"), Identity("person", "bob")
WORKFLOW = Identity("workflow", "github:example/lib/release.yml")
TOKEN = Identity("token", "ci-upload")
STRIPPED = Missing("the index removes it")


def member(path: str, text: str = "", *, size: int | None = None, looks: str = "text", **more: Any) -> Member:
    """One file; its digests are those of ``text``, so two files with one text are the same file."""
    data = (text or path).encode()
    return Member(
        path=path,
        size=len(data) if size is None else size,
        sha256=hashlib.sha256(data).digest(),
        sha1=hashlib.sha1(data).digest(),
        md5=hashlib.md5(data).digest(),
        format=looks,
        **more,
    )


def hook(kind: str, value: str, *, name: str = "", path: str = "", runs: str = "", **more: Any) -> Hook:
    """One hook. ``runs`` stands for the content of the files that it runs: another text is another digest."""
    own = kind.partition(":")[2]
    where = {"npm": "package.json", "sdist": "setup.py", "wheel": name or own, "editor": ".vscode/tasks.json"}
    return Hook(
        kind=kind,
        name=name or own,
        path=path or where[kind.partition(":")[0]],
        value=value,
        digest=hashlib.sha256(f"{value}\0{runs}".encode()).digest(),
        **more,
    )


def pth(value: str, name: str = "lib_init.pth", **more: Any) -> Hook:
    return hook("wheel:pth", value, name=name, path=name, **more)


def needs(name: str, specifier: str = ">=1", group: str = "runtime", source: str = "registry") -> Requirement:
    return Requirement(name, specifier, group, source)


def can(name: str, where: str, text: str = "") -> Capability:
    return Capability(name, where, text)


def odd(kind: str, path: str = "lib/__init__.py", detail: str = "") -> Anomaly:
    return Anomaly(kind, path, detail)


def contents(kind: str, *parts: Member | Hook | Requirement | Capability | Anomaly, **more: Any) -> ArtifactContent:
    """What one artifact contains, sorted by what the parts are."""

    def of(type_: type) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, type_))

    return ArtifactContent(
        kind=kind,
        name="lib",
        version="",
        members=of(Member),
        hooks=of(Hook),
        requirements=of(Requirement),
        capabilities=of(Capability),
        anomalies=of(Anomaly),
        **more,
    )


def artifact(content: Fact[ArtifactContent], platform: str, filename: str = "", **more: Any) -> Artifact:
    record = ArtifactRecord(
        filename or f"lib.{platform.replace(':', '-')}",
        url=f"https://registry.example/{filename}",
        kind=platform.partition(":")[0],
        platform=platform,
        digests=more.pop("digests", ()),
    )
    return Artifact(record, content, chosen=True, **more)


def wheel(*parts: Any, platform: str = "wheel:any::py3:none", **more: Any) -> Artifact:
    return artifact(Known(contents("wheel", *parts, **more)), platform, "lib-py3-none-any.whl")


def linux_wheel(*parts: Any, **more: Any) -> Artifact:
    return wheel(*parts, platform="wheel:linux:x86_64:cp312:cp312", **more)


def sdist(*parts: Any, **more: Any) -> Artifact:
    return artifact(Known(contents("sdist", *parts, **more)), "sdist", "lib.tar.gz")


def tarball(*parts: Any, **more: Any) -> Artifact:
    return artifact(Known(contents("npm", *parts, **more)), "npm", "lib.tgz")


def release(version: str, *artifacts: Artifact, ecosystem: str = "", name: str = "lib", **facts: Any) -> Release:
    """One release, of npm where its artifacts are, else of PyPI. A fact may be given as such or as its value."""
    read = [artifact.content.value for artifact in artifacts if isinstance(artifact.content, Known)]
    npm = any(artifact.record.platform == "npm" for artifact in artifacts)
    values = {
        "published": PUBLISHED,
        "publisher": ALICE,
        "provenance": False,
        "contents": tuple(read),
        "hooks": tuple(hook for content in read for hook in content.hooks),
        "requirements": tuple(item for content in read for item in content.requirements),
        "repository": "",
        "withdrawn": None,
    } | facts
    return Release(
        purl=make_purl(ecosystem or ("npm" if npm else "pypi"), name, version),
        artifacts=Known(artifacts),
        **{key: value if isinstance(value, Known | Missing) else Known(value) for key, value in values.items()},
    )


def unread(version: str, reason: str = "the archive is damaged") -> Release:
    """A release of which the artifacts that were chosen could not be read."""
    missing = Missing(reason)
    broken = artifact(missing, "wheel:any::py3:none")
    return release(version, broken, contents=missing, hooks=missing, requirements=missing)


def past(version: str, days: float = 100, *, line: bool = True, **more: Any) -> PastRelease:
    """An earlier release, published ``days`` before the new one by default."""
    values: dict[str, Any] = {
        "published": PUBLISHED - timedelta(days=days),
        "publisher": ALICE,
        "provenance": False,
        "sizes": (),
        "platforms": frozenset(),
        "hooks": frozenset(),
        "requirements": frozenset(),
        "same_line": line,
    }
    for key in ("platforms", "hooks", "requirements"):
        if more.get(key) is not None:
            more[key] = frozenset(more[key])
    return PastRelease(version, **(values | more))


def line(versions: str, **more: Any) -> tuple[PastRelease, ...]:
    """Earlier releases, newest first, a month apart: ``line("1.4.0 1.3.0 1.2.0", provenance=True)``."""
    return tuple(past(version, 30 * (place + 1), **more) for place, version in enumerate(versions.split()))


def brings(
    requirement: Requirement, age: timedelta | Fact[datetime | None] | None, imported: Any = True, **more: Any
) -> NewDependency:
    """A new dependency whose first release came ``age`` before this one."""
    first = age if isinstance(age, Known | Missing) else Known(PUBLISHED - age if age is not None else None)
    used = imported if isinstance(imported, Known | Missing) else Known(imported)
    return NewDependency(requirement, first, used, **more)


def growth(step: float, z: float | None, usual: Sequence[int] = (205_000, 231_000), new: int = 1_900_000) -> SizeStep:
    return SizeStep(step, (0.01,) * 12 if z is not None else (), z, new, 220_000, tuple(usual))


def change(
    new: Release,
    old: Release | Missing | None = None,
    history: Iterable[PastRelease] | Missing = (),
    **more: Any,
) -> ReleaseChange:
    """The step to ``new``; of a first release where ``old`` is None."""
    earlier = history if isinstance(history, Missing) else Known(tuple(history))
    values = {
        "size": Known(None),
        "new_dependencies": Known(()),
        "burst": Known(()),
        "observed_at": NOW,
        "first_seen": NOW,
    } | more
    for key in ("size", "new_dependencies", "burst"):
        if not isinstance(values[key], Known | Missing):
            values[key] = Known(values[key])
    return ReleaseChange(new, old if isinstance(old, Missing) else Known(old), earlier, **values)


def published(new: Release, before_now: timedelta) -> Release:
    return replace(new, published=Known(NOW - before_now))


def upgrade(
    new: Iterable[Any], old: Iterable[Any], *, form: str = "npm", to: str = "1.0.1", **more: Any
) -> ReleaseChange:
    """The step from 1.0.0 to ``to`` of a package with one artifact in each release."""
    make: Mapping[str, Any] = {"npm": tarball, "wheel": wheel, "sdist": sdist}
    return change(release(to, make[form](*new)), release("1.0.0", make[form](*old)), **more)
