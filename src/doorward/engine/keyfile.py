"""The file of keys that were learned by their first use: written for a person to review, and then to be trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doorward.engine.gather.habits import History
from doorward.errors import UsageError
from doorward.model.history import day
from doorward.sources.trust.keyring import LIST_HEAD

_NAMED = re.compile(r"\b(?:[0-9A-F]{16,64}|SHA256:[A-Za-z0-9+/]{43})(?=\s|\Z)")


def key_list(subject: str, history: History, known: str = "") -> str:
    """Return the keys that were learned in a repository, as a list that ``--keyring`` takes.

    ``known`` is the text of the list as somebody has reviewed it. It stays as it is: a key that it does not name is
    added behind a ``#``, which trusts it no more than before, and one that it names behind a ``#`` stays refused.
    Raises :class:`UsageError` for a text that is no such list.
    """
    records = sorted(_both(history), key=lambda record: (record.first, record.issuer))
    if known and not known.startswith(LIST_HEAD):
        raise UsageError("the file for the keys holds something else, and stays as it is")
    if not known:
        head = [
            f"{LIST_HEAD}: seen to sign in {_line(subject)}, learned by their first use and verified by nobody",
            "# Remove what you cannot vouch for; what remains can be given to doorward as a keyring.",
        ]
        return "\n".join([*head, *map(_entry, records)]) + "\n"
    named = {name[-16:] for name in _NAMED.findall(known)}
    fresh = [record for record in records if record.issuer[-16:] not in named]
    if not fresh:
        return known
    return (
        known.rstrip("\n")
        + "\n# New, not reviewed; without the # it is trusted:\n"
        + "".join(f"# {_entry(record)}\n" for record in fresh)
    )


class _Seen(NamedTuple):
    """A key, and what it signed."""

    kind: str
    issuer: str
    person: str
    first: int
    what: str


def _both(history: History) -> Iterator[_Seen]:
    """Yield each key once, whether it signed commits, tags or both."""
    commits, tags = history.keys.records, history.tag_keys.records
    for key in commits | tags:
        records = [found for found in (commits.get(key), tags.get(key)) if found]
        first = min(records, key=lambda record: record.first)
        told = ((commits.get(key), "commits"), (tags.get(key), "tags"))
        what = ", ".join(f"{record.count} {noun}" for record, noun in told if record)
        yield _Seen(first.kind, max((one.issuer for one in records), key=len), first.person, first.first, what)


def _entry(seen: _Seen) -> str:
    return f"{seen.kind:<8}{seen.issuer}  # since {day(seen.first)}, {_line(seen.person)}, {seen.what}"


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
