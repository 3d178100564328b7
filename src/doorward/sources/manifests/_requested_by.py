"""Which requirement asks for a package, as pip-compile and uv note it in comments (``# via httpx``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from doorward.model.dependency import Dependency
from doorward.model.purl import normalise_name
from doorward.records import replace
from doorward.sources.manifests._graph import FORKS, routes


def placed(rows: Sequence[tuple[Dependency, Sequence[str]]]) -> list[Dependency]:
    """Return the packages with ``direct`` and ``via`` as their comments tell; without comments they stay unknown."""
    packages = [package for package, _ in rows]
    noted = [list(_requesters(comments)) for _, comments in rows]
    if not any(noted):
        return packages
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, package in enumerate(packages):
        if package.source != "workspace":
            numbers[package.name].append(number)
    edges: list[list[int]] = [[] for _ in packages]
    starts = []
    for number, requesters in enumerate(noted):
        parents = [parent for name in requesters for parent in numbers.get(name, ())[:FORKS]]
        for parent in parents:
            edges[parent].append(number)
        if not all(name in numbers for name in requesters) or not requesters:  # a file, the project, or nobody
            starts.append(number)
    ways = routes(starts, edges, [f"{package.name} {package.version}".rstrip() for package in packages])
    return [
        replace(package, direct=way == (), via=way or ()) if requesters else package
        for package, requesters, way in zip(packages, noted, ways, strict=True)
    ]


def _requesters(comments: Sequence[str]) -> Iterator[str]:
    """Yield the names of what asks for a package; a file stands as its path, which is no package's name."""
    said = False
    for comment in comments:
        first = comment == "via" or comment.startswith("via ")
        if not (said or first):
            continue
        said = True
        for item in comment[3 if first else 0 :].split(","):
            word = item.strip()
            if word.startswith("-r") or "(" in word:
                yield "-r " + word
            elif word and not word.startswith("-c"):
                yield normalise_name("pypi", word.partition("[")[0].partition(" ")[0])
