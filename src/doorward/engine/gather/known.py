"""What imported feeds say of releases, also of those that no index has any more: malware is taken down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from doorward.engine.context import Context
from doorward.engine.gather.intelligence import asked_of, look_up
from doorward.engine.gather.wish import Wish
from doorward.model.facts import Fact, Known, Missing
from doorward.model.release import Release, ReleaseChange
from doorward.store.intel import FOLDER, open_bundle


def with_feeds(context: Context, changes: Mapping[Wish, Fact[ReleaseChange]]) -> dict[Wish, Fact[ReleaseChange]]:
    """Add to every release what the feeds say of it; nothing changes where none is imported."""
    bundle = open_bundle(context.store.folder / FOLDER)
    if bundle is None:
        return dict(changes)
    with bundle:
        known = {wish: _known(context, wish, change) for wish, change in changes.items()}
        named = {wish: change for wish, change in known.items() if change is not None}
        asked = [asked_of(change) for change in named.values()]
        told = look_up(bundle, asked, now=context.now, as_of=context.as_of)
    filled = {
        wish: replace(change, intelligence=Known(said))
        for (wish, change), said in zip(named.items(), told, strict=True)
    }
    return {wish: Known(filled[wish]) if wish in filled else change for wish, change in changes.items()}


def _known(context: Context, wish: Wish, change: Fact[ReleaseChange]) -> ReleaseChange | None:
    """Return the change, or one of which only the name is known; None where not even a version is named."""
    if isinstance(change, Known):
        return change.value
    return _only_named(context, wish, change) if wish.purl.version else None


def _only_named(context: Context, wish: Wish, missing: Missing) -> ReleaseChange:
    release = Release(
        purl=wish.purl,
        artifacts=missing,
        published=missing,
        publisher=missing,
        provenance=missing,
        contents=missing,
        hooks=missing,
        requirements=missing,
        repository=missing,
        withdrawn=missing,
    )
    return ReleaseChange(
        new=release,
        old=missing,
        history=missing,
        size=missing,
        new_dependencies=missing,
        observed_at=context.now,
        first_seen=context.now,
        cooldown=context.policy.cooldown,
        locked=wish.locked,
        burst=missing,
    )
