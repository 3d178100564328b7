"""How an output is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doorward.records import dataclass, field


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What the reader asked for. Outputs for machines take no notice of colour and width."""

    color: bool = False
    #: -1 only the last line, 0 what matters, 1 context and every cause of a gap, 2 every gap.
    verbosity: int = 0
    #: Columns of the screen.
    width: int = 100
    #: Rule id -> its page, for outputs that carry help.
    pages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def quiet(self) -> bool:
        """Whether only the last line is wanted."""
        return self.verbosity < 0

    @property
    def verbose(self) -> bool:
        """Whether context and every cause of a gap are wanted."""
        return self.verbosity > 0
