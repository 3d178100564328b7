"""A fact is a value, or the reason why there is none.

``Known(None)`` is an answer ("the source says that there is none"); ``Missing`` is not. The difference is the one
between "this release has no attestation" and "this index does not tell", and a defender may never confuse the two.
"""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

from doorward.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """An answer. ``value`` may be None, which then is what the source said."""

    value: T


@dataclass(frozen=True, slots=True)
class Missing:
    """No answer, and why: a short phrase for people, without a full stop ("the index removes it")."""

    reason: str


Fact: TypeAlias = Known[T] | Missing


class NotKnown(Exception):
    """Raised by :func:`known` on a ``Missing``. The engine turns it into a gap with the same reason."""

    def __init__(self, reason: str) -> None:
        """Keep the ``Missing``'s reason."""
        super().__init__(reason)
        self.reason = reason


def known(fact: Fact[T]) -> T:
    """Return the value of a ``Known``; raise :class:`NotKnown` with the reason of a ``Missing``."""
    if isinstance(fact, Missing):
        raise NotKnown(fact.reason)
    return fact.value


def known_or(fact: Fact[T], default: T) -> T:
    """Return the value of a ``Known``, or ``default``: only where the answer merely adds colour to evidence."""
    return default if isinstance(fact, Missing) else fact.value
