"""List refs, and ask small questions about the commits they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from doorward.errors import RepositoryError
from doorward.model.repository import Lost, Ref, RefListing
from doorward.sources.repositories.process import Git

_HEX = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
#: What git says of a ref that holds no object's id.
_BROKEN = re.compile(r"^warning: ignoring (?:broken ref|ref with broken name) (refs/(?:heads|tags)/.*)$", re.MULTILINE)
_FORMAT = "%(objectname) %(refname)"
#: The type of an object that cannot be read.
MISSING = "missing"
#: What the HEAD file names where the refs are in a table.
_IN_REFTABLE = "refs/heads/.invalid"
#: Refs beyond which a listing is refused.
_MAX_REFS = 1_000_000
#: Bytes of the list of commits at which a history is cut off that are read.
_MAX_SHALLOW = 1 << 24


def local_listing(git: Git, head: str) -> RefListing:
    """List the refs of a repository on this machine, whose HEAD file holds ``head``.

    Git is not asked for the types along with the names: one ref to an object that is not there would end the list.
    """
    out, warned = (text.decode("utf-8", "backslashreplace") for text in git.told("for-each-ref", f"--format={_FORMAT}"))
    rows = [line.partition(" ") for line in out.split("\n")[:_MAX_REFS] if line]
    objects = list(dict.fromkeys(target for target, _, _ in rows))
    kinds = dict(zip(objects, _kinds(git, objects), strict=True))
    tags = [target for target, kind in kinds.items() if kind == "tag"]
    under = dict(zip(tags, _peel(git, tags), strict=True)) if tags else {}
    # Of a tag object whose own object is not there, nothing can be told either.
    kinds |= {target: MISSING for target, commit in under.items() if commit == MISSING}
    refs = tuple(
        Ref(name, target, under.get(target, "") if kinds[target] == "tag" else "", kinds[target])
        for target, _, name in rows
    )
    branch = head.removeprefix("ref: ").strip() if head.startswith("ref: ") else ""
    if branch == _IN_REFTABLE:
        branch = git.run("symbolic-ref", "HEAD").decode("utf-8", "backslashreplace").strip()
    named = next((ref for ref in refs if ref.name == branch), None)
    at = (named.object if named else "") if branch else head.strip()
    if at and not _HEX.match(at):
        raise RepositoryError("HEAD leads nowhere")
    if named and named.kind != "commit":
        what = "an object that cannot be read" if named.kind == MISSING else f"a {named.kind}, not to a commit"
        raise RepositoryError(f"HEAD leads to {what}")
    broken = tuple(Lost(name, "the ref itself cannot be read") for name in dict.fromkeys(_BROKEN.findall(warned)))
    return RefListing(refs, branch, at, broken=broken)


def _kinds(git: Git, objects: list[str]) -> Iterator[str]:
    """Yield the type of each object, "missing" of one that cannot be read."""
    asked = "".join(f"{one}\n" for one in objects).encode()
    for line in git.run("cat-file", "--batch-check", stdin=asked).decode("ascii", "replace").splitlines():
        yield line.split()[1]


def _peel(git: Git, tags: list[str]) -> Iterator[str]:
    """Yield the commit under each tag object: "" where another thing is there, "missing" where it cannot be read."""
    asked = "".join(f"{tag}^{{}}\n" for tag in tags).encode()
    for line in git.run("cat-file", "--batch-check", stdin=asked).decode("ascii", "replace").splitlines():
        words = line.split()
        yield words[0] if words[1] == "commit" else MISSING if words[1] == MISSING else ""


def parse_remote_listing(text: bytes) -> RefListing:
    """Read what ``git ls-remote --symref`` prints."""
    branch, objects, peeled = "", dict[str, str](), dict[str, str]()
    for line in text.decode("utf-8", "backslashreplace").splitlines():
        value, tab, name = line.partition("\t")
        if not tab:
            continue
        if value.startswith("ref: "):
            branch = value.removeprefix("ref: ") if name == "HEAD" else branch
        elif not _HEX.match(value):
            raise RepositoryError("the server's list of refs is damaged")
        elif name.endswith("^{}"):
            peeled[name.removesuffix("^{}")] = value
        else:
            objects[name] = value
    if len(objects) > _MAX_REFS:
        raise RepositoryError(f"the server lists more than {_MAX_REFS} refs")
    head = objects.pop("HEAD", "")
    return RefListing(tuple(Ref(name, value, peeled.get(name, "")) for name, value in objects.items()), branch, head)


def present(git: Git, objects: Iterable[str], kind: str = "") -> set[str]:
    """Return those of ``objects`` that the repository holds and that are of a kind, or of any."""
    wanted = sorted({one for one in objects if _HEX.match(one)})
    if not wanted:
        return set()
    out = git.run("cat-file", "--batch-check", stdin="".join(f"{one}\n" for one in wanted).encode())
    words = (line.split() for line in out.decode("ascii", "replace").splitlines())
    return {found[0] for found in words if (found[1:2] == [kind] if kind else found[1:2] != ["missing"])}


def is_ancestor(git: Git, old: str, new: str) -> bool:
    """Whether ``old`` is an ancestor of ``new``. A commit that the repository does not hold is none."""
    if present(git, (old, new), "commit") != {old, new}:
        return False
    out = git.run("rev-list", "--max-count=1", "--end-of-options", old, f"^{new}")
    return not out.strip()


def cut_at(git: Git) -> int | None:
    """Return the time of the newest commit at which a shallow history is cut off (seconds), None where none is."""
    with (git.git_dir / "shallow").open("rb") as file:
        lines = file.read(_MAX_SHALLOW).decode("ascii", "replace").split()
    asked = "".join(f"{line}\n" for line in lines if _HEX.match(line))
    out = git.run("rev-list", "--no-walk", "--timestamp", "--stdin", stdin=asked.encode()) if asked else b""
    times = [int(line.split()[0]) for line in out.decode("ascii", "replace").splitlines()]
    return max(times, default=None)


def outside(git: Git, commits: Iterable[str], branches: Iterable[str]) -> frozenset[str]:
    """Return those of ``commits`` that no branch contains."""
    wanted = [commit for commit in commits if _HEX.match(commit)]
    asked = "".join(f"{line}\n" for line in (*wanted, *(f"^{branch}" for branch in branches)))
    out = git.run("rev-list", "--stdin", stdin=asked.encode(), timeout=600.0)
    found = frozenset(out.decode("ascii", "replace").split())
    return frozenset(wanted) & found
