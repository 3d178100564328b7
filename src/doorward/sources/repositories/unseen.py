"""What of a repository's history cannot be followed from its refs, though it may have been built from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doorward.sources.repositories.location import Repository, folders_of
from doorward.sources.repositories.refs import MISSING
from doorward.sources.repositories.submodules import submodules

_MODULES = ".gitmodules"


def unseen(repository: Repository, path: Path) -> Iterator[str]:
    """Yield what the refs of the repository at ``path`` do not lead to, a reason each."""
    yield from (f"{lost.what}: {lost.reason}" for lost in repository.listing.broken)
    yield from _astray(repository)
    if (folders_of(path)[1] / "info" / "grafts").exists():
        yield "its grafts (info/grafts) are not followed: 'git replace --convert-graft-file' makes refs of them"


def _astray(repository: Repository) -> Iterator[str]:
    """Yield the refs that lead to no commit, but those to a single file: nobody builds from one."""
    refs = [ref for ref in repository.listing.refs if not ref.commit or ref.kind == MISSING]
    asked = "".join(f"{ref.object}^{{tree}}\n" for ref in refs).encode()
    answers = repository.git.run("cat-file", "--batch-check", stdin=asked).splitlines() if refs else []
    for ref, answer in zip(refs, answers, strict=True):
        if ref.kind == MISSING:
            yield f"{ref.name} leads to an object that cannot be read"
        elif answer.split()[1:2] == [b"tree"]:
            yield f"{ref.name} leads to a tree, which no commit tells of"


def absent_submodules(repository: Repository, path: Path) -> list[str]:
    """Return the paths of the submodules of the head that are not checked out at ``path``."""
    head = repository.listing.head
    asked = f"{head}:{_MODULES}\n".encode()
    if not head or repository.git.run("cat-file", "--batch-check", stdin=asked).split()[1:2] != [b"blob"]:
        return []
    return [module.path for module in submodules(repository) if not (path / module.path / ".git").exists()]
