"""What the readers of all languages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

#: The name of what is taken from a module without its name being written.
ANY = "*"
#: The affected names of each module; none: all of it.
Wanted: TypeAlias = Mapping[str, frozenset[str]]
#: Module, name, and line of a use.
Use: TypeAlias = tuple[str, str, int]
