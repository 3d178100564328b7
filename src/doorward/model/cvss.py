"""Base scores of CVSS vectors: version 2.0, 3.0 and 3.1, and 4.0 (FIRST's specifications).

Only base metrics count: temporal, threat and environmental ones of an advisory speak of somebody else's environment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

#: Longest vector that is read.
_LONGEST = 400

_V3_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
}
#: Weight of the privileges that are needed, by whether the scope changes.
_V3_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_V2_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.66},
}

#: Version 4: tenths of the score of each macro vector that base metrics alone can make. By the first and the second
#: equivalence class; then by the third and the sixth, (0,0) (0,1) (1,0) (1,1) (2,1); then by the fourth, 1 and 2.
_V4_SCORES: Mapping[tuple[int, int], Sequence[int]] = {
    (0, 0): (100, 93, 96, 90, 93, 88, 92, 80, 79, 69),
    (0, 1): (95, 92, 91, 81, 92, 84, 82, 70, 71, 63),
    (1, 0): (94, 87, 89, 75, 86, 72, 76, 57, 65, 53),
    (1, 1): (90, 77, 77, 66, 74, 61, 59, 52, 58, 23),
    (2, 0): (86, 70, 74, 54, 72, 53, 57, 36, 47, 24),
    (2, 1): (73, 54, 55, 43, 61, 46, 51, 18, 24, 10),
}
_V4_PAIRS = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 1))
#: Steps of each metric from its worst value, in the order of their values.
_V4_VALUES = {
    "AV": "NALP",
    "PR": "NLH",
    "UI": "NPA",
    "AC": "LH",
    "AT": "NP",
    **dict.fromkeys(("VC", "VI", "VA", "SC", "SI", "SA"), "HLN"),
}
#: The worst vectors of each equivalence class, as values of its metrics, and how many steps deep the class is.
_V4_FIRST = {0: ((("NNN",), 1)), 1: (("ANN", "NLN", "NNP"), 4), 2: (("PNN", "ALP"), 5)}
_V4_SECOND = {0: (("LN",), 1), 1: (("HN", "LP"), 2)}
_V4_THIRD = {0: (("HHH",), 7), 1: (("LHH", "HLH"), 8), 2: (("LLL",), 10)}
_V4_FOURTH = {1: (("HHH",), 5), 2: (("LLL",), 4)}


def base_score(vector: str) -> float | None:
    """Return the base score of a vector, from 0 to 10; None where it cannot be read."""
    text = vector.strip().strip("()")
    if len(text) > _LONGEST:
        return None
    version, _, rest = text.partition("/") if text.startswith("CVSS:") else ("CVSS:2.0", "", text)
    metrics = dict(part.split(":", 1) for part in rest.split("/") if ":" in part)
    score = {"CVSS:2.0": _v2, "CVSS:3.0": _v3, "CVSS:3.1": _v3, "CVSS:4.0": _v4}.get(version)
    try:
        return score(metrics) if score else None
    except (KeyError, ValueError):
        return None


def _v2(metrics: Mapping[str, str]) -> float:
    harm = [_V2_WEIGHTS["C"][metrics[name]] for name in "CIA"]
    impact = 10.41 * (1 - math.prod(1 - weight for weight in harm))
    ease = 20 * math.prod(_V2_WEIGHTS[name][metrics[name]] for name in ("AV", "AC", "Au"))
    return _half_up((0.6 * impact + 0.4 * ease - 1.5) * (1.176 if impact else 0))


def _v3(metrics: Mapping[str, str]) -> float:
    changed = metrics["S"] == "C"
    base = 1 - math.prod(1 - _V3_WEIGHTS["C"][metrics[name]] for name in "CIA")
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if changed else 6.42 * base
    ease = 8.22 * math.prod(_V3_WEIGHTS[name][metrics[name]] for name in ("AV", "AC", "UI"))
    ease *= _V3_PRIVILEGES[metrics["S"]][metrics["PR"]]
    if impact <= 0:
        return 0.0
    return _up(min((1.08 if changed else 1.0) * (impact + ease), 10))


def _v4(metrics: Mapping[str, str]) -> float:
    if all(metrics[name] == "N" for name in ("VC", "VI", "VA", "SC", "SI", "SA")):
        return 0.0
    first, second, third, sixth, fourth = _v4_classes(metrics)
    score = _v4_score(first, second, (third, sixth), fourth)
    if score is None:
        raise ValueError("no such macro vector")
    lower = [
        (_v4_score(first + 1, second, (third, sixth), fourth), _depth(metrics, ("AV", "PR", "UI"), *_V4_FIRST[first])),
        (_v4_score(first, second + 1, (third, sixth), fourth), _depth(metrics, ("AC", "AT"), *_V4_SECOND[second])),
        (_v4_third_below(first, second, third, fourth), _depth(metrics, ("VC", "VI", "VA"), *_V4_THIRD[third])),
        (
            _v4_score(first, second, (third, sixth), fourth + 1),
            _depth(metrics, ("SC", "SI", "SA"), *_V4_FOURTH[fourth]),
        ),
    ]
    distances = [(score - below) * depth for below, depth in lower if below is not None]
    # The fifth class (exploit maturity) has a lower one as well, at no distance.
    return _half_up(max(score - sum(distances) / (len(distances) + 1), 0))


def _v4_classes(metrics: Mapping[str, str]) -> tuple[int, int, int, int, int]:
    """Return the equivalence classes: first, second, third, sixth, fourth. The fifth is always 0 here."""
    easy = [metrics[name] == "N" for name in ("AV", "PR", "UI")]
    first = 0 if all(easy) else 1 if any(easy) and metrics["AV"] != "P" else 2
    second = 0 if (metrics["AC"], metrics["AT"]) == ("L", "N") else 1
    high = [metrics[name] == "H" for name in ("VC", "VI", "VA")]
    third = 0 if high[0] and high[1] else 1 if any(high) else 2
    fourth = 1 if "H" in (metrics["SC"], metrics["SI"], metrics["SA"]) else 2
    return first, second, third, 0 if any(high) else 1, fourth


def _v4_score(first: int, second: int, pair: tuple[int, int], fourth: int) -> float | None:
    """Return the score of a macro vector, None where there is none."""
    row = _V4_SCORES.get((first, second))
    if row is None or pair not in _V4_PAIRS or fourth not in _V4_FOURTH:
        return None
    return row[2 * _V4_PAIRS.index(pair) + fourth - 1] / 10


def _v4_third_below(first: int, second: int, third: int, fourth: int) -> float | None:
    """Return the next lower score by the third and the sixth class, the higher one of two ways."""
    ways = {0: ((0, 1), (1, 0)), 1: ((1, 1),), 2: ()}[third]
    scores = [score for pair in ways if (score := _v4_score(first, second, pair, fourth)) is not None]
    return max(scores, default=None)


def _depth(metrics: Mapping[str, str], names: Sequence[str], worst: Sequence[str], steps: int) -> float:
    """Return how deep a vector lies in its class, from 0 (as bad as one of the worst) on."""
    for vector in worst:
        away = [_V4_VALUES[n].index(metrics[n]) - _V4_VALUES[n].index(w) for n, w in zip(names, vector, strict=True)]
        if min(away) >= 0:
            return sum(away) / steps
    raise ValueError("no worst vector of the class")


def _half_up(score: float) -> float:
    return math.floor(score * 10 + 0.5 + 1e-9) / 10


def _up(score: float) -> float:
    """Round up to one decimal, as appendix A of version 3.1 does it in whole numbers."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10
