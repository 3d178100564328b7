"""What a stack says: the first distribution on it that is not a transport, its place, and the whole chain."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorward.guard.attribution.distributions import Distribution, Distributions
from doorward.model.run import Claim
from doorward.records import dataclass, replace

#: The layer that knows a program by its own file.
PROGRAM = "program"
_HOOKS = str(Path(__file__).parent.parent / "hooks")
_LIBRARY = str(Path(os.__file__).parent)
#: What runs ``setup.py`` in a build by PEP 517, and nothing else from text.
_SETUPTOOLS = "/setuptools/build_meta.py"
#: Shared objects that say nothing: the C library, the interpreters, and what calls for others.
_MUTE = (
    "libc",
    "ld-",
    "libpthread",
    "libm",
    "libdl",
    "libffi",
    "libpython",
    "libstdc++",
    "libgcc",
    "libuv",
    "libresolv",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one stack says."""

    distribution: Distribution | None = None
    where: str = ""
    chain: tuple[str, ...] = ()


def with_setup(stack: Iterable[tuple[str, int]], folder: str) -> Iterator[tuple[str, int]]:
    """Name the ``setup.py`` of the folder on a stack: setuptools runs its text, which has no file then."""
    frames = list(stack)
    callers = [file for file, _ in frames[1:]]
    for (file, line), caller in zip(frames, [*callers, ""], strict=False):
        runs = file == "<string>" and caller.endswith(_SETUPTOOLS)
        yield (f"{folder}/setup.py" if runs else file), line


def read_stack(stack: Iterable[tuple[str, int]], distributions: Distributions) -> Found:
    """Walk a stack from the inside: past the language's library and transports, to a distribution or own code.

    Code without a file (exec, eval) names nobody: whoever runs it stands further out.
    """
    chain: dict[str, None] = {}
    chosen: Found | None = None
    carrier: Found | None = None
    nameless = Found()
    for file, line in stack:
        where = f"{file}:{line}"
        owner = distributions.owner(file)
        if owner is not None:
            chain[str(owner)] = None
            if owner.is_transport:
                carrier = carrier or Found(owner, where)
            elif chosen is None:
                chosen = Found(owner, where)
        elif is_nameless(file):
            nameless = nameless if nameless.where else Found(None, where)
        elif chosen is None and not _is_language(file):
            chosen = Found(None, where)
    best = chosen or (nameless if nameless.where else carrier) or Found()
    return Found(best.distribution, best.where, tuple(chain))


def read_objects(objects: Iterable[str], distributions: Distributions) -> Found:
    """Name the first shared object of a distribution on a native stack, a transport's only where there is no other."""
    carrier = Found()
    for path in objects:
        owner = None if path.rpartition("/")[2].startswith(_MUTE) else distributions.owner(path)
        if owner is not None and not owner.is_transport:
            return Found(owner, path)
        if owner is not None and carrier.distribution is None:
            carrier = Found(owner, path)
    return carrier


def is_nameless(where: str) -> bool:
    """Whether code has no file: exec, eval, standard input."""
    return where.startswith(("<string>", "<stdin>", "["))


def is_named(found: Iterable[tuple[str, Found]]) -> bool:
    """Whether some layer names a distribution that is no transport, or a line of the user's own files."""
    return any(
        not item.distribution.is_transport if item.distribution else item.where and not is_nameless(item.where)
        for _by, item in found
    )


def _is_language(file: str) -> bool:
    """Whether a file says nothing: CPython's library of any version, a console script, or no file at all."""
    if not file.startswith("/") or file.startswith((_LIBRARY, _HOOKS)):
        return True
    if "/bin/" in file and not file.endswith(".py"):  # a console script only calls its distribution
        return True
    return "/lib/python" in file and "-packages/" not in file


def claim_of(by: str, found: Found) -> Claim:
    """Return what a stack says as a claim of a layer."""
    if found.distribution is None:
        return Claim(by, where=found.where)
    return Claim(by, found.distribution.ecosystem, found.distribution.name, found.distribution.version, found.where)


def choose(found: list[tuple[str, Found]], managers: list[Claim]) -> Claim:
    """Choose: a distribution on a stack that is no transport, then a package manager's word, then what is left."""
    places = [item.where for _by, item in found if item.where]
    where = next((place for place in places if not is_nameless(place)), next(iter(places), ""))
    for by, item in found:
        if item.distribution is not None and not item.distribution.is_transport:
            # A program's file has no line: where a carrier of its calls has one, that is nearer.
            return claim_of(by, replace(item, where=where) if by == PROGRAM else item)
    for claim in managers:
        return Claim(claim.by, claim.ecosystem, claim.package, claim.version, where or claim.where)
    for by, item in sorted(found, key=lambda one: not is_named([one])):
        return claim_of(by, item)
    return Claim("process")
