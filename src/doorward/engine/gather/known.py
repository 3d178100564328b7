"""What imported feeds say of releases, also of those that no index has any more: malware is taken down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.engine.context import Context
from doorward.engine.gather.intelligence import Asked, asked_of, look_up
from doorward.engine.gather.wish import Wish
from doorward.engine.run import matches
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import Intelligence
from doorward.model.release import NO_FEED, Release, ReleaseChange
from doorward.store.intel import FOLDER, open_bundle
from doorward.store.intel.schema import FILENAME

if TYPE_CHECKING:
    from doorward.engine.gather import online, reach, slices, vex
else:  # where every feed is imported, none of them is needed
    online, reach, slices, vex = (
        Late(f"doorward.engine.gather.{name}") for name in ("online", "reach", "slices", "vex")
    )

#: The rule that knows nothing without a feed.
_MALWARE = "intelligence/known-malicious-release"
#: Beside a bundle that a scan began by itself: what was tried for it, and when.
NOTES = "slices.json"


@contextmanager
def first_feeds(context: Context, wishes: Iterable[Wish]) -> Iterator[Callable[[], str]]:
    """Fetch the records of malicious packages beside other work, where no feed is imported and the policy lets us.

    Yield what takes them over when that work is done, and returns why some are not there ("" where nothing is wrong).
    """
    folder = context.store.folder / FOLDER
    policy = context.policy.intel
    # Who imported a feed has a bundle and no notes: for them nothing is even loaded.
    prepared = (folder / FILENAME).exists() and not (folder / NOTES).exists()
    if prepared or context.offline or policy.online or not policy.fetch or not matches(_MALWARE, context.rules):
        yield str
        return
    bucket = slices.bucket_of(policy, context.environ)
    if not bucket:
        yield str
        return
    with slices.Slices(folder, policy, bucket, context.environ) as fetching:
        yield fetching.start({wish.purl.ecosystem for wish in wishes}).take


def with_vex(context: Context, since: str | None = None) -> tuple[Context, Sequence[str]]:
    """Add what the policy's VEX documents state, and say what of them counts for nothing."""
    if not context.policy.intel.vex:
        return context, ()
    statements, notices = vex.statements_of(context.policy.intel.vex, context.project or Path.cwd(), since)
    return replace(context, vex=tuple(statements)), notices


def with_feeds(
    context: Context, changes: Mapping[Wish, Fact[ReleaseChange]], failed: str = ""
) -> dict[Wish, Fact[ReleaseChange]]:
    """Add to every release what the feeds say of it. Where none is imported, ``failed`` tells why none could be had."""
    known = {wish: _known(context, wish, change) for wish, change in changes.items()}
    named = {wish: change for wish, change in known.items() if change is not None}
    asked = [asked_of(change) for change in named.values()]
    told: Sequence[Fact[Intelligence]] | None = _imported(context, asked)
    if context.policy.intel.online:
        told = _online(context, asked, told)
    if told is None:
        if not failed:
            return dict(changes)
        told = [Missing(f"{NO_FEED.reason}; {failed}")] * len(asked)
    told = _reached(context, _cleared(context, asked, told))
    filled = {
        wish: replace(change, intelligence=said) for (wish, change), said in zip(named.items(), told, strict=True)
    }
    return {
        # A release of which nothing but its name is known is worth judging only where somebody knows more of it.
        wish: Known(filled[wish])
        if wish in filled and (isinstance(change, Known) or isinstance(filled[wish].intelligence, Known))
        else change
        for wish, change in changes.items()
    }


def _cleared(
    context: Context, asked: Sequence[Asked], told: Sequence[Fact[Intelligence]]
) -> Sequence[Fact[Intelligence]]:
    """Mark what VEX statements and the policy's allowances of one advisory clear."""
    if not context.vex and not any(item.advisory for item in context.policy.allowances):
        return told
    statements = (*context.vex, *vex.from_allowances(context.policy.allowances, context.now.date()))
    known = [(item.purl, fact.value) for item, fact in zip(asked, told, strict=True) if isinstance(fact, Known)]
    cleared = iter(vex.clear(known, statements))
    return [Known(next(cleared)) if isinstance(fact, Known) else fact for fact in told]


def _reached(context: Context, told: Sequence[Fact[Intelligence]]) -> Sequence[Fact[Intelligence]]:
    """Say of the vulnerabilities that name what is affected whether the project's own code uses it."""
    known = [fact.value for fact in told if isinstance(fact, Known)]
    if context.project is None or not any(match.affected.symbols for item in known for match in item.advisories):
        return told
    marked = iter(reach.reached(known, context.project, context.policy.exclude))
    return [Known(next(marked)) if isinstance(fact, Known) else fact for fact in told]


def _imported(context: Context, asked: Sequence[Asked]) -> list[Fact[Intelligence]] | None:
    """Return what imported feeds say of each release, None where there are none."""
    bundle = open_bundle(context.store.folder / FOLDER)
    if bundle is None:
        return None
    with bundle:
        max_age = context.policy.intel.max_age
        return [Known(told) for told in look_up(bundle, asked, now=context.now, max_age=max_age, as_of=context.as_of)]


def _online(
    context: Context, asked: Sequence[Asked], told: Sequence[Fact[Intelligence]] | None
) -> list[Fact[Intelligence]]:
    """Ask online about the releases of which no imported feed answers, and return all answers."""
    known: list[Fact[Intelligence]] = list(told) if told is not None else [NO_FEED] * len(asked)
    wanted = [at for at, fact in enumerate(known) if isinstance(fact, Missing) or online.is_open(fact.value)]
    api = online.api_of(context.policy.intel, context.environ)
    answers = online.ask_online(context.http, api, [asked[at] for at in wanted], context.now)
    for at, answer in zip(wanted, answers, strict=True):
        before = known[at]
        if isinstance(before, Missing):
            known[at] = answer
        elif isinstance(answer, Known):
            known[at] = Known(online.joined(before.value, answer.value))
    return known


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
        installed=wish.installed,
        burst=missing,
    )
