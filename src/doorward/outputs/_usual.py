"""What size is usual for a package: the median of its earlier releases, and how far they lie from it."""

from __future__ import annotations

from statistics import median

from doorward.model.pictures import ReleaseSizes
from doorward.records import dataclass

#: Earlier releases without which nothing is usual.
NEEDED = 5
#: Median absolute deviations that are usual, each scaled to a standard deviation: Hampel's identifier with the
#: threshold of Leys and others (2013). At least a twentieth of the median, for packages that hardly ever change.
DEVIATIONS, SCALE, LEAST = 3, 1.4826, 0.05


@dataclass(frozen=True, slots=True)
class Band:
    """Sizes in bytes."""

    middle: float
    low: float
    high: float


def usual(sizes: ReleaseSizes) -> Band | None:
    """Return the usual band of the releases before the judged one; None where they are too few."""
    earlier = [point.size for point in sizes.points[:-1]]
    if len(earlier) < NEEDED:
        return None
    middle = median(earlier)
    spread = max(DEVIATIONS * SCALE * median(abs(size - middle) for size in earlier), LEAST * middle)
    return Band(middle, max(0.0, middle - spread), middle + spread)


def outside(sizes: ReleaseSizes) -> list[int]:
    """Return the places of the releases that lie outside the usual band."""
    band = usual(sizes)
    if band is None:
        return []
    return [at for at, point in enumerate(sizes.points) if not band.low <= point.size <= band.high]
