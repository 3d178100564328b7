"""YAML as plain text values: no tags, no dates, no numbers, and no more nodes than were written."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from doorward.errors import FeedError

#: Bytes of a document, and values in it once every alias is followed (nine lines can stand for a billion).
MAX_BYTES = 4 << 20
MAX_VALUES = 200_000
_MAX_DEPTH = 60


def load_yaml(data: bytes) -> Any:
    """Return mappings, lists and texts; raise :class:`FeedError` where that cannot be read, or without PyYAML."""
    try:
        yaml = import_module("yaml")
    except ImportError as error:
        raise FeedError("YAML needs the extra 'yaml': install doorward[yaml]") from error
    if len(data) > MAX_BYTES:
        raise FeedError(f"a YAML document larger than {MAX_BYTES:,} bytes")
    # The base loader makes nothing but texts, lists and mappings.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        value = yaml.load(data, Loader=loader)
        _count(value, MAX_VALUES, 0)
    except RecursionError as error:
        raise FeedError("nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        raise FeedError(f"not YAML: {' '.join(str(error).split())[:200]}") from error
    return value


def _count(value: object, left: int, depth: int) -> int:
    """Return how many values are left after counting these, each as often as it is named."""
    if depth > _MAX_DEPTH:
        raise FeedError("nested too deep")
    if isinstance(value, dict):
        for item in value.values():
            left = _count(item, left - 1, depth + 1)
    elif isinstance(value, list):
        for item in value:
            left = _count(item, left - 1, depth + 1)
    if left < 0:
        raise FeedError(f"more than {MAX_VALUES:,} values")
    return left
