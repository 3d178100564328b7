"""How the growth of a release is shown."""

from __future__ import annotations

import math

from doorward.model.findings import Evidence
from doorward.model.release import SizeStep
from doorward.model.sizes import size
from doorward.rules.registry._words import count, size_range


def size_evidence(step: SizeStep) -> Evidence:
    """Return the line that shows a size beside what is usual."""
    percent = math.expm1(step.step) * 100
    deviations = "" if step.z is None else f", {step.z:.1f} deviations above the habit"
    if step.usual:
        last = "release was" if len(step.usual) == 1 else f"{count(len(step.usual), 'release')} were"
        baseline = f"the last {last} {size_range(step.usual)}"
    else:
        baseline = f"{size(step.old_bytes)} before"
    return Evidence("size", f"{size(step.new_bytes)} ({percent:+.0f} %{deviations})", baseline=baseline)
