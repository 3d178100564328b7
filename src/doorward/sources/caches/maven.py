"""Maven's local repository: what it fetched of each artifact, in folders of group, artifact and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from doorward.sources.caches._entries import Cached, modified, walk

NAME = "maven"
TYPE = "maven"

#: What builds load: of many artifacts only the description is fetched, to learn what they require.
_ENDINGS = (".jar", ".war", ".aar", ".zip")


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the repository may lie."""
    return [home / ".m2" / "repository"]


def entries(folder: Path) -> Iterator[Cached]:
    """Yield each artifact and version of which something that builds load is there, once."""
    seen = set()
    for path, entry in walk(folder):
        *group, artifact, version, file = ["", "", "", *path.split("/")][-max(4, path.count("/") + 1) :]
        place = ".".join(filter(None, group)), artifact, version
        if file.endswith(_ENDINGS) and file.startswith(f"{artifact}-{version}") and all(place) and place not in seen:
            seen.add(place)
            yield Cached((f"{place[0]}:{artifact}",), version, path, modified(entry))
