"""Larger than the package's releases usually grow

What it catches
---------------
A release whose artifacts grew far more than this package's releases grow from one to
the next. Growth is the median, over the kinds of artifact that both releases have, of
the logarithm of new size over old size. The habit is the same figure for the last
twenty steps. Growth more than five robust deviations above the habit is reported; a
package with fewer than five steps of history is reported from +50 %.

Why it matters
--------------
A sudden increase in size is the best-known sign of a smuggled payload, and it is also
the weakest: of 27 studied incidents, two would have been found by size alone. 34 kB, or
one line, are enough for a backdoor. So this is context that makes another finding
readable. By itself it never stops anything.

What to do
----------
Nothing, if it stands alone. Beside another finding, look at which files make up the
growth: `doorward diff OLD NEW`.

False alarms
------------
Measured on 2,194 consecutive releases of PyPI packages, presumed benign: 8.9 in 1,000
lie more than five deviations above the habit, and 13.7 in 1,000 grow by more than half.
New bundled data, a new platform and a vendored dependency all look like this.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._growth import size_evidence

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.SIZE,
    strength=Strength.CONTEXT,
    severity=Severity.LOW,
    needs=("size",),
    advice="see which files grew, if another finding stands beside this one.",
)

#: Robust deviations above the habit; growth that is reported where there is no habit yet.
UNUSUAL = 5.0
HALF = math.log(1.5)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare the growth of this release with the growth of those before it."""
    step = known(change.size)
    if step and (step.z > UNUSUAL if step.z is not None else step.step > HALF):
        yield Hit("The release grew far more than this package's releases do.", (size_evidence(step),))
