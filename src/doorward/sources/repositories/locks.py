"""The history of a few files, such as lock files: which commits changed them, what stood in them, what refs have now.

Every ref counts, tags and branches that were never merged included: whoever built from one installed what it locked.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from doorward.errors import RepositoryError
from doorward.records import dataclass
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.process import PIPE, Git, Running
from doorward.sources.repositories.refs import MISSING

_LOG = (
    "--stdin", "--raw", "-z", "--no-renames", "--no-abbrev", "--format=%H %ct", "--diff-merges=first-parent",
    "--no-ext-diff", "--no-textconv", "--no-notes",
)  # fmt: skip
#: Refs that are asked what they have, and files of each.
_MOST_QUESTIONS = 200_000
#: Bytes of the largest file that is read.
_LARGEST = 256_000_000
_LAST_TIME = 253_402_300_799
_LINK, _MODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A commit that changed a file, against its first parent."""

    commit: str
    #: Committer time as the commit claims it, None where no calendar shows it.
    time: datetime | None
    path: str
    #: Ids of the contents before and after, "" where there was or is no file.
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Tip:
    """A file as a ref has it."""

    ref: str
    path: str
    blob: str


def file_changes(repository: Repository, wanted: Callable[[str], bool], lost: Sequence[str] = ()) -> list[FileChange]:
    """Return every change of the files that are ``wanted`` (by path), newest first.

    With ``lost``, commits that no ref has any more, only changes that no ref's history has.

    Each commit is compared with its first parent, so a merge tells when it brought a change to its branch. Git is given
    no paths: its own matching of many patterns takes twenty times as long as naming every change. Raises
    :class:`RepositoryError` where git cannot read the history.
    """
    heads = sorted({commit for _, commit in _commits(repository)} | {repository.listing.head} - {""})
    if not heads:
        raise RepositoryError("the repository has no commits")
    if lost:
        heads = [*lost, *(f"^{head}" for head in heads)]
    with tempfile.TemporaryFile() as revisions:
        revisions.write("".join(f"{head}\n" for head in heads).encode())
        revisions.seek(0)
        with closing(repository.git.start("log", *_LOG, stdin=revisions)) as log:
            found = list(_changes(_tokens(log), wanted))
            log.finish()
    return found


def _commits(repository: Repository) -> list[tuple[str, str]]:
    """Return the name and the commit of each ref that leads to one."""
    return [(ref.name, ref.commit) for ref in repository.listing.refs if ref.commit and ref.kind != MISSING]


def _tokens(log: Running) -> Iterator[str]:
    """Split what comes at its NUL bytes."""
    rest = b""
    while chunk := log.output.read1(PIPE):
        whole, nul, left = (rest + chunk).rpartition(b"\0")
        rest = left
        if nul:
            yield from map(os.fsdecode, whole.split(b"\0"))


def _changes(tokens: Iterator[str], wanted: Callable[[str], bool]) -> Iterator[FileChange]:
    commit = seconds = ""
    for token in tokens:
        about = token.lstrip("\n")
        if about.startswith(":"):
            path = next(tokens, "")
            if not wanted(path):
                continue
            modes_and_ids = about[1:].split(" ")
            if len(modes_and_ids) < 5 or not path:  # noqa: PLR2004 - two modes, two ids, a status
                raise RepositoryError("git's list of changes is damaged")
            before, after = zip(modes_and_ids[:2], modes_and_ids[2:4], strict=True)
            yield FileChange(commit, _time(seconds), path, _blob(*before), _blob(*after))
        elif about:
            commit, _, seconds = about.partition(" ")


def _blob(mode: str, identifier: str) -> str:
    """Return the id of a file's content; "" for none, and for what is a link or another repository."""
    return "" if mode in {_LINK, _MODULE} or not identifier.strip("0") else identifier


def _time(text: str) -> datetime | None:
    if not text.isdecimal() or int(text) > _LAST_TIME:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def contents(repository: Repository, blobs: Iterable[str]) -> Iterator[tuple[str, bytes | str]]:
    """Yield the content of each blob with its id, or the reason why there is none."""
    with tempfile.TemporaryFile() as ids:
        count = ids.write("".join(f"{blob}\n" for blob in blobs).encode())
        if not count:
            return
        ids.seek(0)
        with closing(repository.git.start("cat-file", "--batch", "--buffer", stdin=ids)) as batch:
            while words := batch.output.readline().split():
                yield words[0].decode("ascii", "replace"), _content(batch, words)


def _content(batch: Running, words: list[bytes]) -> bytes | str:
    if words[-1] == b"missing":
        return "the repository does not hold this version of the file"
    if words[1] != b"blob":
        raise RepositoryError("git's answer about a file is damaged")
    size = int(words[2])
    if size > _LARGEST:
        left = size + 1
        while left:
            left -= len(batch.output.read(min(left, PIPE))) or left
        return f"larger than {_LARGEST} bytes"
    content = batch.output.read(size)
    batch.output.read(1)
    if len(content) < size:
        raise batch.failure()
    return content


def tips(repository: Repository, paths: Iterable[str]) -> list[Tip]:
    """Return what every branch, tag and other ref has at each of some paths.

    Raises :class:`RepositoryError` where there are too many refs and paths to ask.
    """
    asked = [path for path in paths if "\n" not in path]
    refs = _commits(repository)
    if repository.listing.head and repository.listing.head not in {commit for _, commit in refs}:
        refs.append(("HEAD", repository.listing.head))
    if len(refs) * len(asked) > _MOST_QUESTIONS:
        raise RepositoryError(f"{len(refs):,} refs and {len(asked):,} files are too many to compare")
    questions = [(ref, path, f"{commit}:{path}") for ref, commit in refs for path in asked]
    answers = _check(repository.git, [text for _, _, text in questions])
    return [Tip(ref, path, blob) for (ref, path, _), blob in zip(questions, answers, strict=True) if blob]


def _check(git: Git, questions: Sequence[str]) -> list[str]:
    """Return the id of the blob that each question leads to, "" where it leads to none."""
    out = git.run("cat-file", "--batch-check", stdin=b"".join(os.fsencode(text) + b"\n" for text in questions))
    rows = [line.split() for line in out.split(b"\n")[:-1]]
    if len(rows) != len(questions):
        raise RepositoryError("git's answer about its refs is damaged")
    return [row[0].decode("ascii") if row[1:2] == [b"blob"] else "" for row in rows]


def short(name: str) -> str:
    """Return a ref as people call it: "branch main", "tag v1"."""
    for prefix, word in (("refs/heads/", "branch"), ("refs/tags/", "tag"), ("refs/remotes/", "remote branch")):
        if name.startswith(prefix):
            return f"{word} {name.removeprefix(prefix)}"
    return "the stash" if name == "refs/stash" else name
