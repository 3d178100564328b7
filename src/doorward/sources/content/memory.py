"""What this process has seen of files, by their digests: both sides of an upgrade have most files in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

#: Answers that one memory keeps.
_CAPACITY = 20_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Answers by key, shared by all threads; the least recently added are forgotten first."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._answers: dict[Key, Value] = {}
        self._lock = Lock()

    def recall(self, key: Key) -> Value | None:
        """Return what is remembered under ``key``."""
        return self._answers.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Remember something."""
        with self._lock:
            if len(self._answers) >= self._capacity:
                for old in list(islice(self._answers, self._capacity // 4)):
                    del self._answers[old]
            self._answers[key] = value

    def get(self, key: Key, find: Callable[[], Value]) -> Value:
        """Return what is remembered under ``key``, which is never None; found now where nothing is."""
        answer = self._answers.get(key)
        if answer is None:
            answer = find()
            self.keep(key, answer)
        return answer

    def forget(self) -> None:
        """Forget everything, for measurements."""
        with self._lock:
            self._answers.clear()
