"""Find a repository by path or address, and make a folder of our own through which git looks at it.

For a path the folder holds our settings and links to the objects and refs of the inspected repository. Git reads these
as data and never sees the inspected settings, hooks or grafts; and the folder is ours, so that root may look at other
people's repositories. For an address it is a bare clone in the cache, without the contents of files.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from doorward.errors import RepositoryError
from doorward.model.limits import UNTRUSTED_REPOSITORY, RepositoryLimits
from doorward.model.repository import RefListing
from doorward.records import dataclass, replace
from doorward.sources.repositories.damage import grafts_of
from doorward.sources.repositories.process import Git, environment
from doorward.sources.repositories.refs import local_listing
from doorward.sources.repositories.remote import fetch, fetched_before, remote_listing
from doorward.sources.repositories.special import refuse_special

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[A-Za-z0-9.-]+):(?!//)(?P<path>[^:].*)\Z", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PROTOCOLS = frozenset({"https", "http", "ssh", "git"})
_SETTING_FORMAT = re.compile(r"^\s*objectformat\s*=\s*\"?sha256", re.IGNORECASE | re.MULTILINE)
_ORIGIN = re.compile(
    r"^[ \t]*\[[ \t]*remote[ \t]+\"origin\"[ \t]*\](?:[^\[]*\n)?[ \t]*url[ \t]*=[ \t]*\"?(?P<url>[^\"\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
#: Bytes of a configuration, and of a file that only points elsewhere, that are read.
_MAX_CONFIG, _MAX_POINTER = 1 << 20, 1 << 12


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that can be read."""

    #: ``git+REPO``: the origin's https form, else ``file://`` and the absolute path.
    subject: str
    #: Under which the ledger keeps its refs: where they were read, whatever origin the repository claims.
    ledger_key: str
    git: Git
    listing: RefListing
    #: "sha1" or "sha256".
    object_format: str
    #: Whether its history is cut off.
    shallow: bool
    #: Whether it holds the contents of files.
    has_contents: bool
    #: What a reader must know of it: grafts and replacements that were ignored.
    notices: tuple[str, ...] = ()

    @property
    def cut(self) -> bool:
        """Whether its history is cut off: on purpose, or because a walk met what cannot be read."""
        return self.shallow or grafts_of(self.git).exists()


@contextmanager
def open_repository(
    location: str, cache: Path, *, public_only: bool = False, offline: bool = False
) -> Iterator[Repository]:
    """Open the repository at a path or an address; raise :class:`RepositoryError` where it cannot be read.

    ``cache`` is the folder of our own that keeps clones. With ``public_only``, for an address that only something
    inspected names, nothing but https to a public host is followed, and less is fetched. With ``offline`` an address
    stands for the clone that was fetched of it before.
    """
    location = location.removeprefix("git+").removeprefix("file://")
    if is_address(location):
        yield _open_address(location, cache, public_only=public_only, offline=offline)
        return
    if public_only:
        raise RepositoryError("what a package names as its repository is no address")
    with tempfile.TemporaryDirectory(prefix="doorward-git-") as view:
        yield _open_path(Path(location), Path(view))


def list_refs(location: str, *, public_only: bool = False) -> tuple[str, str, RefListing]:
    """Return subject, ledger key and refs of the repository at a path or an address, of which nothing is fetched.

    Raises :class:`RepositoryError` as :func:`open_repository` does.
    """
    with tempfile.TemporaryDirectory(prefix="doorward-git-") as folder:
        if is_address(location):
            limits = UNTRUSTED_REPOSITORY if public_only else RepositoryLimits()
            scheme, name = scheme_of(location), f"git+{https_form(location)}"
            return name, name, remote_listing(location, scheme, Path(folder), limits, public_only=public_only)
        with open_repository(location, Path(folder), public_only=public_only) as repository:
            return repository.subject, repository.ledger_key, repository.listing


def is_address(location: str) -> bool:
    """Whether a location is an address, not a path."""
    return bool(_SCHEME.match(location) or (_SCP.match(location) and not Path(location).exists()))


def scheme_of(address: str) -> str:
    """Return by which protocol an address is fetched; raise :class:`RepositoryError` for one that is not followed."""
    scheme = urlsplit(address).scheme.lower() if _SCHEME.match(address) else "ssh"
    if scheme not in _PROTOCOLS:
        raise RepositoryError(f"doorward does not fetch repositories by {scheme!r}")
    return scheme


def _open_address(location: str, cache: Path, *, public_only: bool, offline: bool) -> Repository:
    address, scheme = https_form(location), scheme_of(location)
    folder = cache / (hashlib.sha256(address.encode()).hexdigest()[:32] + ".git")
    if offline:
        git, listing = fetched_before(folder)
    else:
        limits = UNTRUSTED_REPOSITORY if public_only else RepositoryLimits()
        git, listing = fetch(location, scheme, folder, limits, public_only=public_only)
    grafts_of(git).unlink(missing_ok=True)
    return Repository(
        subject=f"git+{address}",
        ledger_key=f"git+{address}",
        git=git,
        listing=listing,
        object_format=_format_of(listing),
        shallow=False,
        has_contents=False,
        notices=_notices(listing, grafts=False),
    )


def _open_path(path: Path, view: Path) -> Repository:
    git_dir = _git_dir(path)
    common = _common_dir(git_dir)
    refuse_special(*(common / name for name in ("refs", "reftable", "objects")))
    config = _read(common / "config", _MAX_CONFIG)
    sha256 = bool(_SETTING_FORMAT.search(config))
    _make_view(view, git_dir, common, sha256=sha256)
    git = Git(view, environment(os.environ) | {"GIT_OBJECT_DIRECTORY": str(common / "objects")})
    origin = _origin(config)
    listing = local_listing(git, (view / "HEAD").read_text(encoding="utf-8"))
    listing = replace(listing, checked_out=git_dir.name == ".git" or git_dir != common)
    return Repository(
        subject=f"git+{https_form(origin)}" if origin else _here(common),
        ledger_key=_here(git_dir),
        git=git,
        listing=listing,
        object_format="sha256" if sha256 else "sha1",
        shallow=(view / "shallow").exists(),
        has_contents="partialclone" not in config.lower(),
        notices=_notices(listing, grafts=(common / "info" / "grafts").exists()),
    )


def _here(git_dir: Path) -> str:
    return f"git+file://{git_dir.parent if git_dir.name == '.git' else git_dir}"


def folders_of(path: Path) -> tuple[Path, Path]:
    """Return the git folder of a repository on disk, and the one that it shares with its linked work trees."""
    git_dir = _git_dir(path)
    return git_dir, _common_dir(git_dir)


def _git_dir(path: Path) -> Path:
    """Return the git folder of a work tree, of a linked one, or of a bare repository."""
    try:
        path = path.resolve(strict=True)
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error.strerror or error}") from error
    inner = path / ".git"
    if inner.is_file():
        pointer = _read(inner, _MAX_POINTER).strip()
        if not pointer.startswith("gitdir:"):
            raise RepositoryError(f"{inner} leads nowhere")
        inner = (path / pointer.removeprefix("gitdir:").strip()).resolve()
    candidate = inner if inner.is_dir() else path
    if not (candidate / "HEAD").exists():
        raise RepositoryError(f"{path} is no git repository")
    return candidate


def _common_dir(git_dir: Path) -> Path:
    """Return the folder that holds objects and refs: another one where ``git_dir`` is of a linked work tree."""
    pointer = git_dir / "commondir"
    common = (git_dir / _read(pointer, _MAX_POINTER).strip()).resolve() if pointer.is_file() else git_dir
    if not (common / "objects").is_dir():
        raise RepositoryError(f"{common} has no objects")
    return common


def _make_view(view: Path, git_dir: Path, common: Path, *, sha256: bool) -> None:
    """Write our settings, and link what is data."""
    reftable = (common / "reftable").is_dir()
    extensions = (["objectformat = sha256"] if sha256 else []) + (["refstorage = reftable"] if reftable else [])
    version = 1 if extensions else 0
    settings = [f"[core]\nrepositoryformatversion = {version}\nbare = true\n"]
    settings += ["[extensions]\n" + "".join(f"{line}\n" for line in extensions)] if extensions else []
    (view / "config").write_text("".join(settings), encoding="utf-8")
    (view / "HEAD").write_text(_read(git_dir / "HEAD", _MAX_POINTER), encoding="utf-8")
    for name in ("refs", "reftable"):
        if (common / name).is_dir():
            (view / name).symlink_to(common / name)
    for name in ("packed-refs", "shallow"):
        if (common / name).is_file():
            (view / name).symlink_to(common / name)
        elif (common / name).exists():
            raise RepositoryError(f"{common / name} is not a file")
    if not (view / "refs").exists():
        (view / "refs").mkdir()


def _read(path: Path, limit: int) -> str:
    """Return the text of a regular file; a pipe or a device in its place would make us wait for ever."""
    if not path.exists():
        return ""
    if not path.is_file():
        raise RepositoryError(f"{path} is not a file")
    try:
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", "backslashreplace")
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error.strerror or error}") from error


def _origin(config: str) -> str:
    """Return the address of the remote ``origin``, by which a clone is named; "" where it has none."""
    found = _ORIGIN.search(config)
    address = found["url"].strip() if found else ""
    if not _SCHEME.match(address):
        return address if _SCP.match(address) else ""
    try:
        https_form(address)
    except RepositoryError:
        return ""
    return address if address.partition("://")[0].lower() in _PROTOCOLS else ""


def https_form(address: str) -> str:
    """Return an address in https form: host in lower case, no user information, no port of another protocol."""
    scp = None if _SCHEME.match(address) else _SCP.match(address)
    if scp:
        host, path = scp["host"].lower(), scp["path"]
    else:
        try:
            parts = urlsplit(address)
            port = f":{parts.port}" if parts.scheme.lower() in {"http", "https"} and parts.port else ""
        except ValueError as error:
            raise RepositoryError(f"the address of the repository is damaged: {error}") from error
        host, path = (parts.hostname or "").lower() + port, parts.path
    if not host:
        raise RepositoryError("the address of the repository names no host")
    return f"https://{host}/{path.strip('/').removesuffix('.git')}"


def _format_of(listing: RefListing) -> str:
    return "sha256" if any(len(ref.object) > 40 for ref in listing.refs) else "sha1"  # noqa: PLR2004 - hex of SHA-1


def _notices(listing: RefListing, *, grafts: bool) -> tuple[str, ...]:
    replaced = sum(ref.name.startswith("refs/replace/") for ref in listing.refs)
    notices = []
    if replaced:
        notices.append(f"{replaced} replacements of objects (refs/replace) are ignored")
    if grafts:
        notices.append("the repository's grafts (info/grafts) are ignored")
    return tuple(notices)
