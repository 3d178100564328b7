"""The hash files of a bundle, asked together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from doorward.records import dataclass
from doorward.store.intel.hashes import HashFile


@dataclass(frozen=True, slots=True)
class Hit:
    """A digest that a file lists."""

    algorithm: str
    #: Raw digest.
    value: bytes
    #: The feed whose bare list it is in; 0: it is one of the indicators in the bundle's table.
    source: int
    #: What the digests of that list are; "" for those of the table.
    role: str


@dataclass(frozen=True, slots=True)
class _Listed:
    source: int
    role: str
    file: HashFile


class HashFiles:
    """Open hash files, by algorithm."""

    def __init__(self, folder: Path, rows: Iterable[tuple[int, str, str, str]], stack: ExitStack) -> None:
        """Open the files that rows of (source, algorithm, role, name) give; ``stack`` closes them."""
        self._files: dict[str, list[_Listed]] = defaultdict(list)
        for source, algorithm, role, name in rows:
            file = HashFile(folder / name)
            stack.callback(file.close)
            self._files[algorithm].append(_Listed(source, role, file))

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms of which some digest is listed."""
        return frozenset(self._files)

    def find(self, wanted: Mapping[str, Iterable[bytes]]) -> list[Hit]:
        """Return where raw digests, by algorithm, are listed."""
        return [
            Hit(algorithm, value, listed.source, listed.role)
            for algorithm in wanted.keys() & self._files.keys()
            for listed in self._files[algorithm]
            for value in sorted(listed.file.find(wanted[algorithm]))
        ]
