"""The file of keys that were learned by their first use: written for a person to review, and then to be trusted."""

from __future__ import annotations

import re

from doorward.engine.gather.habits import KeyRecord, Keys
from doorward.errors import UsageError
from doorward.model.history import day
from doorward.sources.trust.keyring import LIST_HEAD

_NAMED = re.compile(r"\b(?:[0-9A-F]{16,64}|SHA256:[A-Za-z0-9+/]{43})(?=\s|\Z)")


def key_list(subject: str, keys: Keys, known: str = "") -> str:
    """Return the keys that were learned in a repository, as a list that ``--keyring`` takes.

    ``known`` is the text of the list as somebody has reviewed it. It stays as it is: a key that it does not name is
    added behind a ``#``, which trusts it no more than before, and one that it names behind a ``#`` stays refused.
    Raises :class:`UsageError` for a text that is no such list.
    """
    records = sorted(keys.records.values(), key=lambda record: (record.first, record.issuer))
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


def _entry(record: KeyRecord) -> str:
    since = f"since {day(record.first)}, {_line(record.person)}, {record.count} commits"
    return f"{record.kind:<8}{record.issuer}  # {since}"


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
