"""How sizes are written for people: decimal units, as registries and file managers show them."""

from __future__ import annotations

_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B"))


def unit(count: float) -> tuple[int, str]:
    """Return the bytes and the name of the unit in which a number of bytes is written."""
    # 999,600 bytes round to 1.0 MB, never to 1000 kB.
    return next((unit for unit in _UNITS if count >= unit[0] * 0.9995), _UNITS[-1])


def size(count: float, kilo_digits: int = 0) -> str:
    """Return a number of bytes: ``34 kB``, ``1.9 MB``. Of kilobytes ``kilo_digits`` decimals are shown."""
    scale, name = unit(count)
    digits = {"B": 0, "kB": kilo_digits}.get(name, 1)
    return f"{count / scale:.{digits}f} {name}"
