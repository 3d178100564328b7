"""What imported feeds say of releases, also of those that no index has any more: malware is taken down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from doorward.discovery import Late
from doorward.engine.context import Context
from doorward.engine.gather.intelligence import Asked, asked_of, look_up
from doorward.engine.gather.wish import Wish
from doorward.engine.run import matches
from doorward.model.advisories import Kind
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import FeedState, Intelligence, Unevaluated
from doorward.model.purl import CRATES
from doorward.model.release import NO_FEED, Release, ReleaseChange
from doorward.records import replace
from doorward.store.intel import FOLDER, open_bundle

if TYPE_CHECKING:
    from doorward.engine.gather import feeds, online, reach, slices, vex
else:  # where every feed is imported, none of them is needed
    feeds, online, reach, slices, vex = (
        Late(f"doorward.engine.gather.{name}") for name in ("feeds", "online", "reach", "slices", "vex")
    )

#: The rule that knows nothing without a feed.
_MALWARE = "intelligence/known-malicious-release"
#: Ecosystems of which anybody records malicious packages: others are not asked for.
_RECORDED = frozenset({"PyPI", "npm", CRATES, "Go", "Maven", "RubyGems", "NuGet", "Packagist"})

_KINDS = frozenset(kind.value for kind in Kind)
#: Why the records of an ecosystem that were wanted are not there.
Failures: TypeAlias = Mapping[str, str]


@contextmanager
def first_feeds(context: Context, wishes: Iterable[Wish]) -> Iterator[Callable[[], Failures]]:
    """Fetch the records of malicious packages of the ecosystems of which no feed lists them, beside other work.

    Yield what takes them over when that work is done, and returns why some are not there.
    """
    folder = context.store.folder / FOLDER
    policy = context.policy.intel
    wanted: Sequence[str] = ()
    if policy.fetch and not (context.offline or policy.online) and matches(_MALWARE, context.rules):
        ecosystems = _RECORDED.intersection(wish.purl.ecosystem for wish in wishes)
        wanted = feeds.to_fetch(_states(folder), ecosystems, context.now, policy.max_age)
    bucket = slices.bucket_of(policy, context.environ) if wanted else ""
    if not bucket:
        yield dict
        return
    with slices.Slices(folder, policy, bucket, context.environ) as fetching:
        yield fetching.start(wanted).take


def _states(folder: Path) -> Sequence[FeedState]:
    bundle = open_bundle(folder)
    if bundle is None:
        return ()
    with bundle:
        return bundle.feeds


def with_vex(context: Context, since: str | None = None) -> tuple[Context, Sequence[str]]:
    """Add what the policy's VEX documents state, and say what of them counts for nothing."""
    if not context.policy.intel.vex:
        return context, ()
    statements, notices = vex.statements_of(context.policy.intel.vex, context.project or Path.cwd(), since)
    return replace(context, vex=tuple(statements)), notices


def with_feeds(
    context: Context, changes: Mapping[Wish, Fact[ReleaseChange]], failed: Failures
) -> dict[Wish, Fact[ReleaseChange]]:
    """Add to every release what the feeds say of it; ``failed`` tells why some could not be had."""
    known = {wish: _known(context, wish, change) for wish, change in changes.items()}
    named = {wish: change for wish, change in known.items() if change is not None}
    asked = [asked_of(change) for change in named.values()]
    told: Sequence[Fact[Intelligence]] | None = _imported(context, asked)
    if context.policy.intel.online:
        told = _online(context, asked, told)
    if told is None:
        if not failed:
            return dict(changes)
        told = [NO_FEED] * len(asked)
    told = [_with_reason(fact, failed.get(item.purl.ecosystem, "")) for item, fact in zip(asked, told, strict=True)]
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


def by_commit(context: Context, wishes: Sequence[Wish], missing: Missing) -> dict[Wish, ReleaseChange]:
    """Return the git dependencies of whose commits imported feeds know something; ``missing`` is of all else.

    What stays open is only what records leave open: lists of packages do not speak of commits. Nothing is asked online:
    where somebody's repository is concerns nobody.
    """
    changes = [_only_named(context, wish, missing) for wish in wishes]
    asked = [asked_of(change) for change in changes]
    known = _imported(context, asked)
    if known is None:
        return {}
    told = _reached(context, _cleared(context, asked, known))
    of_records = [replace(fact.value, open=_of_records(fact.value.open)) for fact in told if isinstance(fact, Known)]
    return {
        wish: replace(change, intelligence=Known(said))
        for wish, change, said in zip(wishes, changes, of_records, strict=True)
        if said.advisories or said.open
    }


def _of_records(left: Sequence[Unevaluated]) -> tuple[Unevaluated, ...]:
    return tuple(item for item in left if item.required and not item.unlisted and item.topic in _KINDS)


def _with_reason(told: Fact[Intelligence], failed: str) -> Fact[Intelligence]:
    """Say of what no feed tells why it could not be had."""
    if not failed:
        return told
    if isinstance(told, Missing):
        return Missing(f"{told.reason}; {failed}")
    unlisted = tuple(
        replace(item, reason=f"{item.reason}; {failed}") if item.topic == Kind.MALICIOUS.value else item
        for item in told.value.open
    )
    return Known(replace(told.value, open=unlisted))


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
