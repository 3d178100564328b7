"""Run a build or a test under watch, and attribute every connection to a library.

``run(command, options, decide, notice)`` starts the command under a seccomp user-notification filter. The calling
thread is stopped inside the trapped call until the supervisor answers, so nothing is lost and no clock is needed to
attribute it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.guard.options import GuardOptions
    from doorward.guard.session import run

__all__ = ["GuardOptions", "run"]

_HOMES = {"GuardOptions": "doorward.guard.options", "run": "doorward.guard.session"}


def __getattr__(name: str) -> Any:
    """Load the supervisor when it is first used: a scan only asks this package which file belongs to whom."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
