"""Wheels: what runs without a call, what runs at import, and whether RECORD tells the truth.

Landing places are those of the wheel specification, lines of ``.pth`` files those of Python's ``site`` module.
"""

from __future__ import annotations

import binascii
import csv
import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import islice

from doorward.model.content import Anomaly, Member
from doorward.sources.content.autoload import AUTOLOADED, AUTORUN_FILES, COMMANDS
from doorward.sources.content.contents import Contents, Found, Reading
from doorward.sources.content.python import parse_entry_points, read_metadata
from doorward.sources.content.references import module_files, python_targets

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA\Z")
_WHEEL = re.compile(r"[^/]+\.dist-info/WHEEL\Z")
_RECORD = re.compile(r"[^/]+\.dist-info/RECORD\Z")
#: Python looks for both kinds of folder, whatever the case of their names.
_ENTRY_POINTS = re.compile(r"[^/]+\.(?i:dist-info|egg-info)/entry_points\.txt\Z")
#: Parts of ``*.data`` that are unpacked into site-packages.
_SITE = re.compile(r"[^/]+\.data/(?:(?:purelib|platlib)/|data/(?:.*/)?(?:site|dist)-packages/)", re.IGNORECASE)
#: Where the standard library lies below an environment: what lands there is found like a module of it.
_STANDARD = re.compile(
    r"[^/]+\.data/data/lib(?:32|64)?/(?:python[^/]*/(?:lib-dynload/)?)?(?=[^/]+(?:/__init__\.[^/]+)?\Z)", re.IGNORECASE
)
#: Parts of ``*.data`` that are unpacked into an environment's root, and among its commands.
_ROOT = re.compile(r"[^/]+\.data/data/", re.IGNORECASE)
_SCRIPTS = re.compile(r"[^/]+\.data/(?:scripts|data/bin)/(?=[^/]+\Z)", re.IGNORECASE)
#: What in a configuration may be a module's name, and how many of them are looked at.
_MODULE = re.compile(rb"\"([A-Za-z_][\w.]{0,200})\"")
_MODULES = 200
_CUSTOMIZE = frozenset({"sitecustomize", "usercustomize"})
_CODE = (".py", ".pyc", ".so", ".pyd")
#: Files of the metadata that RECORD does not list.
_UNLISTED = ("RECORD.jws", "RECORD.p7s")


def read(contents: Contents) -> Reading:
    """Read a wheel."""
    path = next(filter(_METADATA.match, contents.facts), "")
    metadata = read_metadata(contents, path)
    if not path:
        contents.unread.append("the wheel has no METADATA")
    if not any(map(_WHEEL.match, contents.facts)):
        contents.unread.append("the wheel has no WHEEL")
    contents.version = metadata.version
    metadata.hooks = list(hooks(contents))
    metadata.entries = list(entries(contents))
    return metadata


def landing(path: str) -> str:
    """Return the path below site-packages to which a member is unpacked, "" where it lands elsewhere."""
    if ".data/" not in path.lower():
        return path
    match = _SITE.match(path) or _STANDARD.match(path)
    return path[match.end() :] if match else ""


def hooks(contents: Contents) -> Iterator[Found]:
    """Yield what a wheel runs without a call from the user's code."""
    for path in contents.facts:
        folder, name = posixpath.split(landing(path))
        stem, _, ending = name.partition(".")
        if not folder and name.lower().endswith(".pth"):
            yield from pth_hook(contents, path)
        module = folder if stem == "__init__" else "" if folder else stem
        if module in _CUSTOMIZE and f".{ending}".endswith(_CODE):
            code = contents.manifest(path) or b""
            targets = [path, *python_targets(contents, code, (posixpath.dirname(path), ""))]
            yield Found("wheel:sitecustomize", module, path, code.decode("utf-8", "replace"), targets)
        if ".data/" in path.lower():
            yield from _beside_the_library(contents, path)
    for path in (path for path in contents.facts if _ENTRY_POINTS.match(landing(path))):
        yield from _entry_points(contents, path)


def _beside_the_library(contents: Contents, path: str) -> Iterator[Found]:
    """Yield a file that another program loads when it starts, and a command that stands in for another one."""
    script, root = _SCRIPTS.match(path), _ROOT.match(path)
    name = path[script.end() :] if script else ""
    if name.removesuffix(".exe") in COMMANDS:
        yield Found("wheel:command", name, path, name, [path])
    below = path[root.end() :] if root else ""
    if any(pattern.fullmatch(below) for pattern in AUTORUN_FILES):
        code = contents.manifest(path) or b""
        targets = [path, *python_targets(contents, code, ("",))]
        if path.endswith(".json"):
            names = (name.decode() for name in islice(dict.fromkeys(_MODULE.findall(code)), _MODULES) if name.isascii())
            targets += (file for name in names for file in module_files(contents, name, ""))
        yield Found("wheel:data-file", below, path, code.decode("utf-8", "replace"), targets)


def pth_hook(contents: Contents, path: str) -> Iterator[Found]:
    """Yield the lines of a ``.pth`` file that Python runs when it starts."""
    data = contents.manifest(path)
    if data is None:
        return
    lines = data.decode("utf-8-sig", "replace").splitlines()
    code = "\n".join(line for line in lines if line.startswith(("import ", "import\t")))
    if code:
        folders = dict.fromkeys((posixpath.dirname(path), *_libraries(contents)))
        targets = python_targets(contents, code.encode(), tuple(folders))
        yield Found("wheel:pth", posixpath.basename(path), path, code, targets, codes=[("python", code)])


def _libraries(contents: Contents) -> list[str]:
    """Return the folders of the wheel that are unpacked into site-packages; "" is its root."""
    return ["", *sorted({match[0].rstrip("/") for path in contents.facts if (match := _SITE.match(path))})]


def _entry_points(contents: Contents, path: str) -> Iterator[Found]:
    for group, name, value in parse_entry_points(contents, path):
        if group in AUTOLOADED:
            module = value.partition(":")[0].partition("[")[0].strip()
            targets = [file for folder in _libraries(contents) for file in module_files(contents, module, folder)]
            yield Found("wheel:entry-point", f"{group} {name}", path, value, targets)
        elif group == "console_scripts" and name in COMMANDS:
            module = value.partition(":")[0].partition("[")[0].strip()
            targets = [file for folder in _libraries(contents) for file in module_files(contents, module, folder)]
            yield Found("wheel:command", name, path, value, targets)


def entries(contents: Contents) -> Iterator[str]:
    """Yield the members that run when a package of the wheel is imported: top-level modules and packages."""
    packages = {posixpath.dirname(path) for path in contents.facts if path.endswith("/__init__.py")}
    for path in contents.facts:
        landed = landing(path)
        if path.endswith("/__init__.py"):
            if posixpath.dirname(posixpath.dirname(path)) not in packages:
                yield path
        elif landed.endswith(".py") and "/" not in landed:
            yield path


def record_anomalies(contents: Contents, members: Mapping[str, Member]) -> Iterator[Anomaly]:
    """Yield where RECORD and the members of the wheel disagree."""
    path = next(filter(_RECORD.match, members), "")
    if not path:
        yield Anomaly("not-in-record", "RECORD", "the wheel has no RECORD")
        return
    data = contents.texts.get(path)
    if data is None:
        contents.unread.append(f"{path} is too large to be compared with the members")
        return
    listed = _listed(data)
    for name, (algorithm, digest, size) in listed.items():
        member = members.get(name)
        if member is None:
            yield Anomaly("record-missing", name, "RECORD lists it, the wheel does not have it")
        elif not _fits(member, algorithm, digest, size) and name != path:
            yield Anomaly(
                "record-mismatch", name, f"RECORD lists other bytes ({algorithm or 'no'} digest, {size or 'no'} size)"
            )
    own = posixpath.dirname(path)
    excepted = {path, *(f"{own}/{name}" for name in _UNLISTED)}
    for name in members:
        if name not in listed and name not in excepted:
            yield Anomaly("not-in-record", name, "RECORD does not list it")


def _listed(data: bytes) -> dict[str, tuple[str, str, str]]:
    """Return path -> (algorithm, digest, size) as RECORD writes them; lines that are none count as unlisted."""
    rows = csv.reader(data.decode("utf-8", "replace").splitlines())
    found = {}
    try:
        for row in rows:
            if row:
                algorithm, _, digest = (row[1] if len(row) > 1 else "").partition("=")
                found[row[0]] = (algorithm, digest, row[2] if len(row) > 2 else "")  # noqa: PLR2004 - three columns
    except csv.Error:
        return found
    return found


def _fits(member: Member, algorithm: str, digest: str, size: str) -> bool:
    if size and size != str(member.size):
        return False
    known = member.sha256 if algorithm == "sha256" else {"sha1": member.sha1, "md5": member.md5}.get(algorithm)
    if not known:
        return True  # an algorithm of which no digest was taken cannot contradict
    try:
        text = digest.rstrip("=").replace("-", "+").replace("_", "/")
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True) == known
    except ValueError:
        return False
