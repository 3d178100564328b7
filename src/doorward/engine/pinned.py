"""The refs that a project builds with: actions that its workflows name, and submodules. Loaded only for ``--source``.

An action is named by a tag, and a tag can be made to lead elsewhere: workflows then run what nobody reviewed. Each look
asks the repository of every action and submodule for its refs and enters them into the ledger; whatever moved since is
a finding. Nothing is fetched but the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

from doorward.engine.context import Context
from doorward.engine.contributions import judge, rules_for
from doorward.engine.coverage import SOURCE, told
from doorward.engine.gather.ledger import Questions, last_look, step
from doorward.engine.gather.making import Made
from doorward.errors import ManifestError, RepositoryError
from doorward.model.dependency import Dependency
from doorward.model.facts import Fact, Known, Missing
from doorward.model.findings import Coverage, Judgement, Unanswered
from doorward.model.history import RefMove
from doorward.model.purl import make_purl
from doorward.model.repository import RefListing
from doorward.records import dataclass, replace
from doorward.sources.manifests import find_files, format_of, read_at, read_file
from doorward.sources.manifests._git import commit_of
from doorward.sources.repositories.location import https_form, is_address, list_refs, open_repository
from doorward.sources.repositories.submodules import submodules

#: Kind of evidence.
REFS = "refs"
_ACTION = "githubactions"
_GITHUB = "https://github.com"
#: Repositories that are asked at the same time.
_AT_ONCE = 8
_EPOCH = datetime.fromtimestamp(0, UTC)
_NOT_FETCHED: Fact[bool] = Missing("only the list of its refs is asked for")
_FIRST = "this is the first look at it: the ledger of its refs begins today"


@dataclass(frozen=True, slots=True)
class Pin:
    """A ref or commit of another repository that the project builds with."""

    #: Path or address of the repository, and whether the user said so.
    location: str
    own: bool
    #: The tag or branch by which it is named, or the commit; the other is "".
    ref: str
    commit: str
    #: "path:line" of the file that names it.
    declared: str
    #: Why it is not known what is pinned.
    problem: str = ""

    @property
    def pinned(self) -> tuple[str, str, str]:
        """What is pinned, wherever it is declared."""
        return self.location, self.ref, self.commit

    def concerns(self, move: RefMove) -> bool:
        """Whether a move is one of what is pinned: of the tag itself, or of one that led to the commit."""
        if isinstance(move.old, Missing) or move.default_branch:
            return False
        old = move.old.value
        return move.ref == f"refs/tags/{self.ref}" or (bool(self.commit) and self.commit in {old.object, old.peeled})


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the ledger tells of the refs of a project."""

    judgements: tuple[Judgement, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    #: Number of all that the projects build with, looked at or not.
    every: int = 0


def pinned(context: Context, folders: Sequence[Path], since: str | None = None) -> Pinned:
    """Look at the refs that the projects in ``folders`` build with; with ``since``, only at what changed after it.

    Raises :class:`UsageError` for a revision that a repository does not have.
    """
    every = list(dict.fromkeys(pin for folder in folders for pin in _pins(context, folder)))
    then = {pin.pinned for folder in folders for pin in _pins_at(context, folder, since)} if since and every else set()
    pins = [pin for pin in every if pin.problem or pin.pinned not in then]
    if not pins:
        return Pinned(every=len(every))
    places = dict.fromkeys((pin.location, pin.own) for pin in pins if not pin.problem)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        moves = dict(zip(places, pool.map(lambda place: _moves(context, *place), places), strict=True))
    made, reasons = Made(), list[str]()
    for pin in pins:
        seen = Missing(pin.problem) if pin.problem else moves[pin.location, pin.own]
        reason = _judge(context, pin, seen, made)
        reasons += [reason] if reason else []
    coverage = Coverage(REFS, len(pins) - len(reasons), len(pins), told(list(dict.fromkeys(reasons))))
    return Pinned(tuple(made.judgements.values()), (coverage,), len(every))


@dataclass(frozen=True, slots=True)
class _Seen:
    subject: str
    listing: RefListing
    moves: tuple[RefMove, ...]
    first: bool


def _moves(context: Context, location: str, own: bool) -> Fact[_Seen]:  # noqa: FBT001 - it is half of a place
    """Ask a repository for its refs, enter them into the ledger, and return all moves that the ledger ever saw."""
    if context.offline and is_address(location):
        return Missing("offline: its refs are not asked for")
    try:
        subject, key, listing = list_refs(location, public_only=not own)
    except RepositoryError as error:
        return Missing(str(error))
    questions = Questions(lambda *_: _NOT_FETCHED, lambda _: _NOT_FETCHED)
    rows = context.store.refs(key)
    taken = step(rows, listing, (key, subject), context.now, questions, _EPOCH)
    if context.as_of is None:
        context.store.put_look(key, taken.rows, None)
    return Known(_Seen(subject, listing, taken.moves, first=last_look(rows) is None))


def _judge(context: Context, pin: Pin, seen: Fact[_Seen], made: Made) -> str:
    """Judge the moves of what is pinned; return why nothing can be told, "" where it can."""
    if isinstance(seen, Missing):
        where, reason = pin.location, seen.reason
    else:
        where, reason = seen.value.subject.removeprefix("git+"), _FIRST if seen.value.first else ""
        moves = [move for move in seen.value.moves if pin.concerns(move)]
        judged = judge(moves, rules_for(context.rules, RefMove), context.policy.requires)
        last = max((move.observed_at for move in moves), default=None)
        for subject in made.take(judged):
            one = made.judgements[subject]
            # What moved stands for itself: no release brings it.
            quiet = not one.findings
            made.judgements[subject] = replace(one, declared=pin.declared, first_seen=last, linked_only=quiet)
        names = {ref.name for ref in seen.value.listing.refs}
        if pin.ref and not moves and not {f"refs/tags/{pin.ref}", f"refs/heads/{pin.ref}"} & names:
            reason = f"its repository has no ref {pin.ref}"
    if reason:
        subject = f"git+{where}@{pin.commit or f'refs/tags/{pin.ref}'}"
        before = made.judgements.get(subject, Judgement(subject, linked_only=True, declared=pin.declared))
        gap = Unanswered(SOURCE, subject, reason, required=False)
        made.judgements[subject] = replace(before, gaps=(*before.gaps, gap))
    return reason


def _pins(context: Context, folder: Path) -> Iterator[Pin]:
    """Yield what a project builds with."""
    for path in find_files(folder, context.policy.exclude, everything=True):
        module = format_of(path)
        if module is not None and module.TYPE == _ACTION:
            try:
                packages = read_file(folder, path).packages
            except ManifestError as error:
                yield Pin(path, own=True, ref="", commit="", declared=path, problem=str(error))
                continue
            yield from (_action(context, used) for used in packages if used.type == _ACTION)
    yield from _modules(folder)


def _pins_at(context: Context, folder: Path, since: str) -> Iterator[Pin]:
    """Yield what a project built with in a revision of it."""
    packages = read_at(folder, since, context.policy.exclude, everything=True).packages
    yield from (_action(context, used) for used in packages if used.type == _ACTION)
    yield from _modules(folder, since)


def _action(context: Context, used: Dependency) -> Pin:
    server = context.environ.get("GITHUB_SERVER_URL", "")
    named = context.policy.source.repositories.get(make_purl(used.type, used.name), "")
    location = named or f"{server or _GITHUB}/{used.name}"
    if not is_address(location):
        location = str((context.project or Path.cwd()) / location)
    place = used.path if used.line is None else f"{used.path}:{used.line}"
    return Pin(location, bool(named or server), "" if used.commit else used.version, used.commit, place)


def _modules(folder: Path, since: str = "") -> Iterator[Pin]:
    """Yield the submodules of a project, or those that a revision of it has, where it is a repository."""
    if not (folder / ".gitmodules").exists():
        return
    try:
        with open_repository(str(folder), folder) as repository:
            found, origin = (
                submodules(repository, commit_of(folder, since) if since else ""),
                repository.subject.removeprefix("git+"),
            )
    except RepositoryError as error:
        yield Pin(".gitmodules", own=True, ref="", commit="", declared=".gitmodules", problem=str(error))
        return
    for module in found:
        location = urljoin(f"{origin}/", module.url) if module.url.startswith(("./", "../")) else module.url
        with suppress(RepositoryError):
            location = https_form(location)  # fetched as everybody can; one without a host is refused later
        yield Pin(location, own=False, ref="", commit=module.commit, declared=".gitmodules")
