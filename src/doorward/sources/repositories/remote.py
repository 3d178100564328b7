"""Fetch a repository by its address into a bare clone of our own, without the contents of files."""

from __future__ import annotations

import base64
import ipaddress
import os
import socket
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from doorward.errors import RepositoryError
from doorward.model.limits import RepositoryLimits
from doorward.model.repository import RefListing
from doorward.sources.repositories.process import Git, environment
from doorward.sources.repositories.refs import local_listing, parse_remote_listing

_CONFIG = """[core]
repositoryformatversion = 1
bare = true
[extensions]
partialClone = origin
{format}[remote "origin"]
promisor = true
partialclonefilter = blob:none
"""


def fetch(
    location: str, scheme: str, folder: Path, limits: RepositoryLimits, *, public_only: bool
) -> tuple[Git, RefListing]:
    """List the refs at ``location`` and bring what is new of them into ``folder``.

    Objects that refs no longer lead to stay: they are the evidence when a ref has moved. Credentials in the address
    go to git in its environment, never into a command line or a file.
    """
    online = _online(location, scheme, folder, public_only=public_only)
    listing = _list(online, limits)
    _prepare(folder, listing)
    offline = Git(folder, environment(os.environ))
    if _known(offline) != {ref.name: ref.object for ref in listing.refs if _wanted(ref.name)}:
        _bring(online, limits)
    return offline, listing


def remote_listing(
    location: str, scheme: str, folder: Path, limits: RepositoryLimits, *, public_only: bool
) -> RefListing:
    """List the refs at ``location`` and bring nothing. ``folder`` is an empty one of our own, where git stands."""
    return _list(_online(location, scheme, folder, public_only=public_only), limits)


def fetched_before(folder: Path) -> tuple[Git, RefListing]:
    """Return the clone in ``folder`` as the last fetch left it; raise :class:`RepositoryError` where there is none."""
    if not (folder / "config").exists():
        raise RepositoryError("offline, and the repository was not fetched before")
    git = Git(folder, environment(os.environ))
    return git, local_listing(git, (folder / "HEAD").read_text(encoding="utf-8"))


def _online(location: str, scheme: str, folder: Path, *, public_only: bool) -> Git:
    settings = _public_host(location, scheme) if public_only else {}
    address, secret = _without_credentials(location)
    folder.mkdir(parents=True, exist_ok=True)
    # What comes stays in packs; a server of plain files may send single objects.
    pairs = {"remote.origin.url": address, "fetch.unpackLimit": "1"} | secret | settings
    return Git(folder, environment(os.environ, protocols=scheme, settings=pairs))


def _list(online: Git, limits: RepositoryLimits) -> RefListing:
    """Ask the server for its refs. What it prints goes to a file, whose size is watched."""
    with tempfile.TemporaryFile() as out:
        with closing(online.start("ls-remote", "--symref", "--quiet", "origin", stdout=out)) as running:
            running.wait(limits.listing_seconds, lambda: os.fstat(out.fileno()).st_size <= limits.listing_bytes)
        out.seek(0)
        return parse_remote_listing(out.read(limits.listing_bytes))


def _wanted(name: str) -> bool:
    return name.startswith(("refs/heads/", "refs/tags/"))


def _prepare(folder: Path, listing: RefListing) -> None:
    """Write the few files that make a bare repository; nothing of a template is taken over."""
    branch = listing.default_branch if _wanted(listing.default_branch) else "refs/heads/main"
    (folder / "HEAD").write_text(f"ref: {branch}\n", encoding="utf-8")
    for name in ("objects/pack", "refs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if (folder / "config").exists():
        return
    sha256 = any(len(ref.object) > 40 for ref in listing.refs)  # noqa: PLR2004 - hex digits of SHA-1
    text = _CONFIG.format(format="objectformat = sha256\n" if sha256 else "")
    (folder / "config").write_text(text, encoding="utf-8")


def _known(git: Git) -> dict[str, str]:
    out = git.run("for-each-ref", "--format=%(objectname) %(refname)").decode("utf-8", "backslashreplace")
    return {name: value for value, _, name in (line.partition(" ") for line in out.splitlines())}


def _bring(git: Git, limits: RepositoryLimits) -> None:
    objects = git.git_dir / "objects"
    for left in (objects / "pack").glob("tmp_*"):
        left.unlink(missing_ok=True)
    running = git.start(
        "fetch", "--quiet", "--no-tags", "--prune", "--force", "--no-write-fetch-head", "--no-recurse-submodules",
        "--filter=blob:none", "origin", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*",
    )  # fmt: skip
    with closing(running):
        running.wait(limits.clone_seconds, lambda: _bytes(objects) <= limits.clone_bytes)


def _bytes(folder: Path) -> int:
    """Return the size of the files in a folder and those below it, of which some may just be going away."""
    total = 0
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):
                below = entry.is_dir(follow_symlinks=False)
                total += _bytes(Path(entry.path)) if below else entry.stat(follow_symlinks=False).st_size
    return total


def _without_credentials(location: str) -> tuple[str, dict[str, str]]:
    """Split user information off an http address, into a header that only git's environment carries."""
    parts = urlsplit(location)
    if parts.scheme.lower() not in {"http", "https"} or "@" not in parts.netloc:
        return location, {}
    user, _, host = parts.netloc.rpartition("@")
    secret = base64.b64encode(unquote(user).encode()).decode()
    address = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    return address, {f"http.{address}.extraHeader": f"Authorization: Basic {secret}"}


def _public_host(address: str, scheme: str) -> dict[str, str]:
    """Refuse everything but https to a public address, and hold git to the address that was checked."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    if scheme != "https" or not host or "@" in parts.netloc:
        raise RepositoryError("only https is followed to a repository that the inspected package names")
    try:
        found = {item[4][0] for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise RepositoryError(f"the host {host} is not known") from error
    if any(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found):
        raise RepositoryError(f"the host {host} is not a public one")
    chosen = str(min(found, key=str))
    chosen = f"[{chosen}]" if ":" in chosen else chosen
    return {"http.curloptResolve": f"{host}:{port}:{chosen}", "http.followRedirects": "false"}
