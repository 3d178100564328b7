"""What npm's registry states of a release beside what the release itself says.

npm builds its tree from the registry's document and runs what the package's own manifest says, and the two are sent
side by side when a release is published: nothing holds them together but the publisher's client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from doorward.model.content import Anomaly, ArtifactContent, Hook, Requirement
from doorward.model.facts import Known
from doorward.model.registry import VersionRecord
from doorward.model.release import Release
from doorward.records import replace

_MANIFEST = "package.json"
#: What the registry adds by itself where a package has a binding.gyp.
_IMPLIED = "node-gyp rebuild"


def with_stated(release: Release, version: VersionRecord) -> Release:
    """Add the dependencies and scripts that only the registry's document has, and say where the two differ."""
    if release.purl.type != "npm" or not isinstance(release.contents, Known):
        return release
    (content,) = release.contents.value[:1] or (None,)
    if content is None or not isinstance(release.hooks, Known) or not isinstance(release.requirements, Known):
        return release
    hooks, requirements = release.hooks.value, release.requirements.value
    more_hooks = tuple(_hooks(version, hooks))
    more_requirements = tuple(_requirements(version, requirements))
    differing = tuple(_differences(release, version, content, more_hooks, more_requirements))
    contents = (replace(content, anomalies=(*content.anomalies, *differing)), *release.contents.value[1:])
    return replace(
        release,
        contents=Known(contents) if differing else release.contents,
        hooks=Known((*hooks, *more_hooks)),
        requirements=Known((*requirements, *more_requirements)),
    )


def _hooks(version: VersionRecord, own: tuple[Hook, ...]) -> Iterator[Hook]:
    """Yield the install scripts of which the package's own manifest has none of that name."""
    kinds = {hook.kind for hook in own}
    compiles = "npm:binding.gyp" in kinds
    for name, command in version.scripts or ():
        if f"npm:{name}" not in kinds and not (compiles and command in {_IMPLIED, ""}):
            digest = hashlib.sha256(command.encode("utf-8", "replace")).digest()
            yield Hook(f"npm:{name}", name, _MANIFEST, command, digest, native=command == _IMPLIED)


def _requirements(version: VersionRecord, own: tuple[Requirement, ...]) -> Iterator[Requirement]:
    """Yield the dependencies that the package's own manifest does not have, or has as something else."""
    have = {(one.name, one.specifier, one.source) for one in own}
    for one in version.requirements or ():
        if one.group != "peer" and (one.name, one.specifier, one.source) not in have:
            yield one


def _differences(
    release: Release,
    version: VersionRecord,
    content: ArtifactContent,
    hooks: tuple[Hook, ...],
    requirements: tuple[Requirement, ...],
) -> Iterator[Anomaly]:
    stated = f"the index has {release.purl.full_name} {version.version}"
    if content.name and content.name != release.purl.full_name:
        yield Anomaly("manifest-differs", _MANIFEST, f"it names {content.name[:100]}; {stated}")
    elif content.version and content.version != version.version:
        yield Anomaly("manifest-differs", _MANIFEST, f"it is of version {content.version[:100]}; {stated}")
    for one in requirements:
        yield Anomaly(
            "manifest-differs", _MANIFEST, f"only the index says that it needs {one.name} {one.specifier}"[:200]
        )
    for hook in hooks:
        yield Anomaly(
            "manifest-differs", _MANIFEST, f"only the index says that it runs {hook.name}: {hook.value}"[:200]
        )
