"""How a release was made joins its fold when its repository is looked at (``--source``)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from doorward.engine.context import Context
from doorward.engine.coverage import SOURCE
from doorward.model.facts import Fact, Known
from doorward.model.findings import Judgement, Unanswered
from doorward.model.release import ReleaseChange
from doorward.records import replace

if TYPE_CHECKING:
    from doorward.engine.pinned import Pinned
    from doorward.engine.source import Linked

_UNKNOWN = "the release itself could not be had"


def with_source(
    context: Context, judgements: Sequence[Judgement], changes: Iterable[Fact[ReleaseChange]]
) -> list[Judgement]:
    """Return the judgements of releases with their tags and commits as links, and those of the links behind them."""
    if not context.policy.source.on:
        return list(judgements)
    # Loaded only now: a command that looks at no repository does without all that reads one.
    every = list(changes)
    found = cast("Linked", importlib.import_module("doorward.engine.source").linked(context, every))
    known = {change.value.subject for change in every if isinstance(change, Known)}
    joined = [_joined(item, found, known=item.subject in known) for item in judgements]
    return [*joined, *found.judgements]


def with_refs(context: Context, folders: Sequence[Path], since: str | None = None) -> Pinned | None:
    """Return what the ledger tells of the actions and submodules of projects; None where nothing is asked.

    With ``since``, of those that changed after that git revision.
    """
    if not context.policy.source.on or not folders:
        return None
    return cast("Pinned", importlib.import_module("doorward.engine.pinned").pinned(context, folders, since))


def _joined(item: Judgement, found: Linked, *, known: bool) -> Judgement:
    reason = found.reasons.get(item.subject, "") if known else _UNKNOWN
    gaps = (Unanswered(SOURCE, item.subject, reason, found.required),) if reason else ()
    related = dict.fromkeys((*item.related, *found.related.get(item.subject, ())))
    return replace(item, gaps=(*item.gaps, *gaps), related=tuple(related))
