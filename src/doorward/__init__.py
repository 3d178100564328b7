"""doorward finds backdoored releases of open-source libraries before they are installed, and says why.

    import doorward

    report = doorward.diff("pkg:pypi/click@8.1.7", "pkg:pypi/click@8.1.8")
    print(report.verdict, [finding.rule for finding in report.findings])

The names below are the library; everything else may change. They are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.api import diff, explain, load_policy, scan
    from doorward.errors import DoorwardError
    from doorward.model.findings import Finding, Report, Severity, Strength, Verdict
    from doorward.policy import Policy

__version__ = "0.1.0"

__all__ = [
    "DoorwardError",
    "Finding",
    "Policy",
    "Report",
    "Severity",
    "Strength",
    "Verdict",
    "diff",
    "explain",
    "load_policy",
    "scan",
]

_HOMES = {
    "doorward.api": ("diff", "explain", "load_policy", "scan"),
    "doorward.errors": ("DoorwardError",),
    "doorward.model.findings": ("Finding", "Report", "Severity", "Strength", "Verdict"),
    "doorward.policy": ("Policy",),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'doorward' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
