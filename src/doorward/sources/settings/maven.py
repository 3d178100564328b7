"""Maven's settings: mirrors, repositories of profiles and servers of ``settings.xml``.

Source: Maven's documentation, "Settings reference" and "Using mirrors for repositories".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from doorward.sources.indexes import Credentials
from doorward.sources.settings._draft import Draft, public_base

TYPE = "maven"

#: Maven's name of the repository that is used where nothing else is said.
_USUAL = "central"
_VARIABLE = re.compile(r"\$\{env\.([A-Za-z0-9_]{1,128})\}")
#: Depth of elements beyond which a settings file is not believed.
_DEEPEST = 32

#: One mirror, repository or server: element name -> text.
Entry = Mapping[str, str]


def read(draft: Draft) -> None:
    """Add the mirror that stands for the usual repository, or that one, then the profiles' repositories."""
    mirrors: list[Entry] = []
    repositories: list[Entry] = []
    servers: dict[str, Entry] = {}
    for path in _files(draft):
        for kind, entry in _entries(draft, path):
            if kind == "server":
                servers.setdefault(entry.get("id", ""), entry)
            else:
                (mirrors if kind == "mirror" else repositories).append(entry)
    usual = _mirror(mirrors, _USUAL)
    if usual is not None:
        _add(draft, usual, servers)
    elif (base := public_base("pkg:maven/org.example/probe@1", "org/example/")) is not None:
        draft.add(base, origin="default")
    for entry in repositories:
        _add(draft, _mirror(mirrors, entry.get("id", "")) or entry, servers)


def covers(pattern: str, repository: str) -> bool:
    """Whether a ``mirrorOf`` covers a repository: it or a wildcard is listed, and it is not excluded."""
    parts = {part.strip() for part in pattern.split(",")}
    return f"!{repository}" not in parts and not parts.isdisjoint({repository, "*", "external:*"})


def _mirror(mirrors: list[Entry], repository: str) -> Entry | None:
    return next((entry for entry in mirrors if covers(entry.get("mirrorOf", ""), repository)), None)


def _files(draft: Draft) -> Iterator[Path]:
    yield draft.home / ".m2/settings.xml"
    for variable in ("MAVEN_HOME", "M2_HOME"):
        if draft.environ.get(variable):
            yield Path(draft.environ[variable]) / "conf/settings.xml"


def _add(draft: Draft, entry: Entry, servers: Mapping[str, Entry]) -> None:
    server = servers.get(entry.get("id", ""), {})
    password = server.get("password", "")
    credentials = None
    if password.startswith("{") and password.endswith("}"):
        draft.notices.append("settings.xml has encrypted passwords, which doorward does not decrypt")
    elif server.get("username"):
        credentials = draft.credentials("settings.xml", lambda: Credentials.basic(server["username"], password))
    draft.add(entry.get("url", "").rstrip("/") + "/", origin="settings.xml", credentials=credentials)


def _entries(draft: Draft, path: Path) -> Iterator[tuple[str, Entry]]:
    text = draft.text(path)
    if text is None:
        return
    reader = _Reader()
    try:
        entries = reader.read(text)
    except (expat.ExpatError, ValueError):
        draft.notices.append(f"{path} was not read: it is no plain XML")
        return
    for kind, entry in entries:
        yield (
            kind,
            {name: _VARIABLE.sub(lambda m: draft.environ.get(m[1], m[0]), value) for name, value in entry.items()},
        )


class _Reader:
    """Collects mirrors, servers and repositories. A document type, and so every entity of its own, is refused."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._found: list[tuple[str, dict[str, str]]] = []

    def read(self, text: str) -> list[tuple[str, dict[str, str]]]:
        """Return the entries of a document; ExpatError or ValueError for what is none."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(text, True)  # noqa: FBT003 - the parser takes no keyword
        return self._found

    def _doctype(self, *_: object) -> None:
        raise ValueError("a document type")

    def _start(self, name: str, _: Mapping[str, str]) -> None:
        self._path.append(name)
        self._text.clear()
        if len(self._path) > _DEEPEST:
            raise ValueError("too deep")
        if self._path[1:] in (["mirrors", "mirror"], ["servers", "server"]) or self._path[-2:] == [
            "repositories",
            "repository",
        ]:
            self._found.append((name, {}))

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._found and self._path and self._path[-1] == self._found[-1][0]:
            self._found[-1][1][name] = "".join(self._text).strip()
        self._text.clear()
