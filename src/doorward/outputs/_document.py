"""JSON as all outputs for programs write it."""

from __future__ import annotations

import json

import msgspec

from doorward.outputs.safe import json_document


def document(value: object) -> str:
    """Return a value as indented ASCII JSON, one line end at its end.

    The standard library is quick only without indentation, and msgspec takes no lone surrogates: so the one writes and
    the other indents (8 MB in 0.2 s instead of 0.4 s).
    """
    return msgspec.json.format(json_document(json.dumps(value, ensure_ascii=False)), indent=2) + "\n"
