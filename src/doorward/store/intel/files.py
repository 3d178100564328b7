"""The hash files of a bundle, asked together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from doorward.model.intelligence import DIGESTS
from doorward.store.intel.hashes import HashFile


@dataclass(frozen=True, slots=True)
class Hit:
    """A digest that a file lists."""

    algorithm: str
    #: Lower-case hex.
    value: str
    #: The feed whose bare list it is in; 0: it is one of the indicators in the bundle's table.
    source: int
    #: What the digests of that list are; "" for those of the table.
    role: str

    def __str__(self) -> str:
        """Return ``algorithm:hex``."""
        return f"{self.algorithm}:{self.value}"


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

    def find(self, wanted: Iterable[str]) -> list[Hit]:
        """Return where digests ("sha256:HEX") are listed. What is no digest of a known algorithm is listed nowhere."""
        by_algorithm: dict[str, set[bytes]] = defaultdict(set)
        for text in wanted:
            algorithm, _, value = text.partition(":")
            if algorithm in self._files and len(value) == 2 * DIGESTS[algorithm]:
                with suppress(ValueError):
                    by_algorithm[algorithm].add(bytes.fromhex(value))
        return [
            Hit(algorithm, value.hex(), listed.source, listed.role)
            for algorithm, values in by_algorithm.items()
            for listed in self._files[algorithm]
            for value in sorted(listed.file.find(values))
        ]
