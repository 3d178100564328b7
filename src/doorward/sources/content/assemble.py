"""From what one pass over an archive saw to the facts that are kept of the artifact."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from doorward.model.content import Anomaly, ArtifactContent, Capability, Hook, Member
from doorward.records import replace
from doorward.sources.archives import Archive
from doorward.sources.archives.names import link_anomaly, name_anomalies, written_anomalies
from doorward.sources.content import editors, npm, sdist, wheel
from doorward.sources.content.contents import Contents, Reading, make_hook
from doorward.sources.content.digests import NOT_TAKEN
from doorward.sources.content.endpoints import CAP, collected
from doorward.sources.content.filefacts import FileFacts
from doorward.sources.content.layout import Layout, layout_of
from doorward.sources.content.survey import Survey

#: Anomalies and imports that are kept of one artifact.
_ANOMALIES = 1000
_IMPORTS = 5000
#: Copies of one path that are read, beside the last one.
_COPIES = 8
#: What makes a folder one that can be built.
_BUILDS = frozenset({"setup.py", "setup.cfg", "pyproject.toml"})
_COMPILED = (".so", ".pyd", ".dylib")
_READERS = {"npm": npm.read, "sdist": sdist.read, "wheel": wheel.read}


def assemble(archive: Archive, survey: Survey, filename: str) -> ArtifactContent:
    """Return the facts of an archive that was read to its end, without those of the file as a whole."""
    layout = layout_of(archive.format, filename, survey.paths)
    paths = [layout.below_root(path) for path in survey.paths]
    contents, reading, hooks = _read(layout, paths, survey)
    inner = survey.inner
    facts = survey.facts + inner.facts
    everything = tuple(_members([*paths, *map(layout.below_root, inner.paths)], facts, survey))
    members = everything[: len(paths)]
    anomalies = tuple(islice(dict.fromkeys(_anomalies(archive, survey, layout, contents, members)), _ANOMALIES))
    return ArtifactContent(
        kind=layout.kind,
        name=reading.name,
        version=reading.version,
        members=everything,
        hooks=tuple(dict.fromkeys(hooks)),
        requirements=tuple(dict.fromkeys(reading.requirements)),
        anomalies=anomalies,
        capabilities=tuple(_capabilities(everything, facts)),
        endpoints=collected(dict.fromkeys(chain(*(seen.endpoints for seen in facts if seen.endpoints))))[:CAP],
        repository=reading.repository,
        unread=tuple(dict.fromkeys((*archive.unread, *survey.unread, *contents.unread))),
        imports=tuple(sorted(set().union(*(facts.imports for facts in survey.facts if facts.imports)))[:_IMPORTS]),
        entries=tuple(sorted(dict.fromkeys(reading.entries))),
    )


def _members(paths: list[str], facts: list[FileFacts], survey: Survey) -> Iterator[Member]:
    weak = survey.weak.all() if survey.weak else {}
    for index, (path, seen) in enumerate(zip(paths, facts, strict=True)):
        form = "link" if index in survey.links else seen.format
        yield Member(
            path,
            seen.size,
            seen.sha256,
            *weak.get(seen.sha256, NOT_TAKEN),
            form,
            seen.longest_line,
            seen.opaque,
            seen.tlsh,
        )


def _read(layout: Layout, paths: list[str], survey: Survey) -> tuple[Contents, Reading, list[Hook]]:
    """Read manifests and hooks; where paths are there more than once, every copy's, because readers differ in which
    one they take. The last copies, which most unpackers leave standing, give the name and the version.
    """
    results = []
    for layer in chain(_layers(paths), _on_windows(layout, survey.paths)):
        contents = _contents(layout, paths, survey, layer)
        reading = _READERS[layout.kind](contents)
        hooks = [make_hook(contents, found) for found in (*reading.hooks, *editors.hooks(contents))]
        results.append((contents, reading, hooks))
        if layout.kind == "sdist" and not layout.root:
            for top in _tops(layer):
                _read_below(top, survey, layer, results[-1])
    contents, reading, hooks = results[0]
    for other, beside, more in results[1:]:
        contents.unread += other.unread
        reading.requirements += beside.requirements
        reading.entries += beside.entries
        hooks += more
    if len(results) > _COPIES:
        contents.unread.append(f"a path is there more than {_COPIES} times")
    return contents, reading, hooks


def _tops(layer: Mapping[str, int]) -> list[str]:
    """Return the top folders that can be built, of an sdist that has more than one or files beside it."""
    folders = (posixpath.split(path) for path in layer)
    return sorted({folder for folder, name in folders if name in _BUILDS and folder and "/" not in folder})[:_COPIES]


def _read_below(
    top: str, survey: Survey, layer: Mapping[str, int], result: tuple[Contents, Reading, list[Hook]]
) -> None:
    """Add what building one of several top folders runs."""
    below = {path[len(top) + 1 :]: index for path, index in layer.items() if path.startswith(top + "/")}
    contents = _contents(Layout("sdist", top), [], survey, below)
    reading = sdist.read(contents)
    whole, beside, hooks = result
    beside.name, beside.version = beside.name or reading.name, beside.version or reading.version
    beside.requirements += reading.requirements
    whole.unread += [f"{top}: {reason}" for reason in contents.unread]
    for hook in (make_hook(contents, found) for found in reading.hooks):
        targets = tuple(posixpath.join(top, target) for target in hook.targets)
        hooks.append(replace(hook, path=posixpath.join(top, hook.path), targets=targets))


def _layers(paths: list[str]) -> Iterator[dict[str, int]]:
    """Yield places by path: of the last copy of each path, then of the last but one where there is one, and so on."""
    last = {path: index for index, path in enumerate(paths)}
    yield last
    if len(last) == len(paths):
        return
    copies: dict[str, list[int]] = {}
    for index, path in enumerate(paths):
        copies.setdefault(path, []).append(index)
    for back in range(1, min(max(map(len, copies.values())), _COPIES + 1)):
        yield {path: places[-1 - back] if back < len(places) else places[-1] for path, places in copies.items()}


def _on_windows(layout: Layout, written: list[str]) -> Iterator[dict[str, int]]:
    """Yield places by path as unpackers write them on Windows, where that differs: a backslash parts folders there."""
    if any("\\" in path for path in written):
        yield {layout.below_root(path.replace("\\", "/")): index for index, path in enumerate(written)}


def _contents(layout: Layout, paths: list[str], survey: Survey, layer: Mapping[str, int]) -> Contents:
    """Return the files by path, one copy of each; links stand for their targets."""
    facts = {path: survey.facts[index] for path, index in layer.items()}
    texts = {path: survey.texts[index] for path, index in layer.items() if index in survey.texts}
    if layout.kind == "sdist":
        for index, target in survey.links.items():
            path = paths[index] if paths else ""
            if layer.get(path) != index:
                continue
            meant = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if meant in facts:
                facts[path] = facts[meant]
            if meant in texts:
                texts[path] = texts[meant]
    compiled = {posixpath.join(*_stem(path)): path for path in facts if path.endswith(_COMPILED)}
    return Contents(layout.kind, facts, texts, compiled)


def _stem(path: str) -> tuple[str, str]:
    folder, name = posixpath.split(path)
    return folder, name.partition(".")[0]


def _anomalies(
    archive: Archive, survey: Survey, layout: Layout, contents: Contents, members: tuple[Member, ...]
) -> Iterator[Anomaly]:
    for anomaly in chain(survey.inner.anomalies, archive.anomalies):
        yield replace(anomaly, path=layout.below_root(anomaly.path))
    yield from name_anomalies(zip(survey.paths, (member.path for member in members), strict=True))
    for folder in survey.folders:
        yield from written_anomalies(folder)
    for index, target in survey.links.items():
        found = link_anomaly(members[index].path, target)
        if found:
            yield found
    tops = {path.partition("/")[0] for path in contents.facts}
    if layout.kind == "sdist" and not layout.root and tops:
        yield Anomaly("several-roots", "", f"at the top there are {', '.join(sorted(tops)[:3])}"[:200])
    if layout.kind == "wheel":
        by_path: Mapping[str, Member] = {member.path: member for member in members}
        yield from wheel.record_anomalies(contents, by_path)


def _capabilities(members: tuple[Member, ...], facts: list[FileFacts]) -> Iterator[Capability]:
    for member, seen in zip(members, facts, strict=True):
        for name, line, text in seen.capabilities:
            yield Capability(name, f"{member.path}:{line}", text)
