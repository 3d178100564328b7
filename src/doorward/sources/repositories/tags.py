"""Read the tags of a repository, each with its own object and the commit that it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doorward.errors import UnreadableObject
from doorward.model.repository import Lost, OnLost, RawTag, Ref
from doorward.records import replace
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.objects import parse_commit, parse_tag
from doorward.sources.repositories.objectstream import ObjectStream, object_stream
from doorward.sources.repositories.process import Git
from doorward.sources.repositories.refs import MISSING


def tags(
    repository: Repository, times: Mapping[str, int | None] | None = None, lost: OnLost | None = None
) -> Iterator[RawTag]:
    """Yield every tag of the repository, in no particular order. A tag that leads to no commit has target "".

    ``times`` are the commit times of targets that were read already. ``lost`` is told of the tags that cannot be read;
    without it the first raises :class:`RepositoryError`.
    """
    times = times or {}
    refs = _typed(repository.git, [ref for ref in repository.listing.refs if ref.name.startswith("refs/tags/")])
    ids = [one for ref in refs for one in _needed(ref, times)]
    with object_stream(repository.git, ids, repository.object_format) as objects:
        for ref in refs:
            try:
                yield _tag(ref, objects, times)
            except UnreadableObject as error:
                if lost is None:
                    raise
                lost(Lost(ref.name, str(error)))


def _typed(git: Git, refs: list[Ref]) -> list[Ref]:
    """Add the types that a server's listing does not tell, and forget what is no commit under a tag."""
    if all(ref.kind for ref in refs):
        return refs
    asked = "".join(f"{ref.object}\n{ref.peeled or ref.object}\n" for ref in refs).encode()
    answers = git.run("cat-file", "--batch-check", stdin=asked).decode("ascii", "replace").splitlines()
    kinds = [answer.split()[1] for answer in answers]
    return [
        replace(ref, kind=MISSING if under == MISSING else kind, peeled=ref.peeled if under == "commit" else "")
        for ref, kind, under in zip(refs, kinds[::2], kinds[1::2], strict=True)
    ]


def _needed(ref: Ref, times: Mapping[str, int | None]) -> Iterator[str]:
    """Yield the objects to read for a tag."""
    if ref.kind == "tag":
        yield ref.object
    if ref.commit and ref.commit not in times:
        yield ref.commit


def _tag(ref: Ref, objects: ObjectStream, times: Mapping[str, int | None]) -> RawTag:
    name = ref.name.removeprefix("refs/tags/")
    if ref.kind == MISSING:
        raise UnreadableObject(f"the repository does not hold what it leads to ({ref.object}), or not as a whole")
    needed = list(_needed(ref, times))
    # Each object is taken off the stream, also behind one that cannot be read.
    read = [_attempt(objects, one, b"tag" if one == ref.object and ref.kind == "tag" else b"commit") for one in needed]
    failed = next((one for one in read if isinstance(one, UnreadableObject)), None)
    if failed:
        raise failed
    contents = [one for one in read if isinstance(one, bytes)]
    target = ref.commit and ref.commit not in times
    time = parse_commit(contents.pop()).committer.time if target else times.get(ref.commit)
    if not contents:
        return RawTag(name, ref.object, ref.commit, target_time=time)
    tag = parse_tag(contents[0])
    return RawTag(name, ref.object, ref.commit, tag.committer, time, tag.claims, tag.signed)


def _attempt(objects: ObjectStream, wanted: str, kind: bytes) -> bytes | UnreadableObject:
    try:
        return objects.read(wanted, kind)
    except UnreadableObject as error:
        return error
