"""Python's metadata: METADATA and PKG-INFO, pyproject.toml, setup.cfg, requires.txt, entry points.

The formats are those of the Python packaging specifications (core metadata, dependency specifiers, entry points,
pyproject.toml) and of setuptools.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.model.content import Requirement
from doorward.model.purl import normalise_name
from doorward.sources.content.contents import Contents, Reading
from doorward.sources.content.urls import repository_of_links

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?P<extras>\[[^\]]*\])?\s*"
    r"(?:@\s*(?P<url>\S+)|\((?P<enclosed>[^;()]*)\)|(?P<range>[<>=!~][^;()]*)?)\s*(?:;\s*(?P<marker>.*))?\Z",
    re.DOTALL,
)
#: Bytes of headers that are read, and what ends them.
_HEADERS = 1 << 20
_BODY = re.compile(rb"\n\r?\n")
_EXTRA = re.compile(r"\bextra\s*(?:==|in)\s")
#: Options of setup.cfg that list requirements, and their groups.
_OPTIONS = {"install_requires": "runtime", "setup_requires": "build"}
_SECTION = re.compile(r"\[([^\]:]*)(?::([^\]]*))?\]")


def headers(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield (name in lower case, value) of core metadata, up to the body; continued lines are joined."""
    name, value = "", [""]
    for raw in data[:_HEADERS].decode("utf-8", "replace").split("\n"):
        line = raw.removesuffix("\r")
        if not line:
            break
        if line[0] in " \t":
            value.append(line.strip())
            continue
        if name:
            yield name, "\n".join(value).strip()
        head, _, rest = line.partition(":")
        name, value = head.strip().lower(), [rest.strip()]
    if name:
        yield name, "\n".join(value).strip()


def read_metadata(contents: Contents, path: str) -> Reading:
    """Read core metadata: name, version, requirements and repository; empty where ``path`` is "" or unreadable."""
    reading = Reading()
    data = contents.texts.get(path, b"")
    if path and path not in contents.texts:
        contents.unread.append(f"{path} cannot be read as text")
    if len(data) > _HEADERS and not _BODY.search(data, 0, _HEADERS):
        contents.unread.append(f"{path} has more than {_HEADERS:,} bytes of headers")
    fields: dict[str, list[str]] = {}
    for name, value in headers(data):
        fields.setdefault(name, []).append(value)
    reading.name = fields.get("name", [""])[0]
    reading.version = fields.get("version", [""])[0]
    reading.requirements = list(parse_requirements(contents, path, fields.get("requires-dist", [])))
    labelled = [value.partition(",") for value in fields.get("project-url", [])]
    links = [(label.strip(), address.strip()) for label, _, address in labelled]
    reading.repository = repository_of_links([*links, *(("homepage", value) for value in fields.get("home-page", []))])
    return reading


def parse_requirement(text: str, group: str = "runtime", marker: str = "") -> Requirement | None:
    """Parse a dependency specifier (PEP 508); None where it is none.

    Extras that are asked for stand before the range ("[socks]>=2"); blanks of the range are left out.
    """
    match = _REQUIREMENT.match(" ".join(text.split()))
    if match is None:
        return None
    own = (match["marker"] or "").strip().replace('"', "'")
    marker = " and ".join(part for part in (own, marker) if part)
    if group == "runtime" and _EXTRA.search(marker):
        group = "optional"
    name = normalise_name("pypi", match["name"])
    extras = "".join((match["extras"] or "").split())
    url = match["url"]
    if url is None:
        wanted = "".join((match["range"] or match["enclosed"] or "").split())
        return Requirement(name, extras + wanted, group, "registry", marker)
    lowered = url.lower()
    source = "git" if lowered.startswith(("git+", "git:")) else "path" if lowered.startswith("file:") else "url"
    return Requirement(name, url, group, source, marker)


def parse_requirements(
    contents: Contents, path: str, lines: object, group: str = "runtime", marker: str = ""
) -> Iterator[Requirement]:
    """Yield the requirements of a list of lines of the member ``path``; note in ``unread`` what is none."""
    for line in lines if isinstance(lines, list) else []:
        found = parse_requirement(line, group, marker) if isinstance(line, str) else None
        if found:
            yield found
        else:
            contents.unread.append(f"{path}: {str(line)[:100]!r} is no dependency that doorward can read")


def parse_requires_txt(contents: Contents, path: str) -> Iterator[Requirement]:
    """Yield the requirements of an egg-info's requires.txt, whose sections are ``[extra:marker]``."""
    group, marker = "runtime", ""
    for raw in (contents.manifest(path) or b"").decode("utf-8", "replace").splitlines():
        line = raw.strip()
        section = _SECTION.fullmatch(line)
        if section:
            extra = f"extra == '{section[1]}'" if section[1] else ""
            group = "optional" if extra else "runtime"
            marker = " and ".join(part for part in (section[2] or "", extra) if part)
        elif line and not line.startswith("#"):
            yield from parse_requirements(contents, path, [line], group, marker)


def parse_setup_cfg(contents: Contents, path: str) -> Iterator[Requirement]:
    """Yield the requirements that setuptools takes from setup.cfg, dashes in the names of options included."""
    parser = parse_ini(contents, path)
    if parser is None:
        return
    options = dict(parser.items("options")) if parser.has_section("options") else {}
    for option, value in options.items():
        group = _OPTIONS.get(option.replace("-", "_"))
        if group:
            yield from parse_requirements(contents, path, _lines(contents, path, value), group)
    if parser.has_section("options.extras_require"):
        extras = dict(parser.items("options.extras_require"))
        for extra, value in extras.items():
            marker = f"extra == '{extra.partition(':')[0]}'"
            # A reference to another extra brings what that extra lists, which is told under its own name.
            lines = [line for line in _lines(contents, path, value) if _referred(line) not in extras]
            yield from parse_requirements(contents, path, lines, "optional", marker)


def _referred(line: str) -> str:
    """Return the option that a line of an ini file stands for ("%(name)s"), "" where it is none."""
    return line[2:-2] if line.startswith("%(") and line.endswith(")s") else ""


def _lines(contents: Contents, path: str, value: str) -> list[str]:
    """Return the requirements of an option: one a line, or all on one line with semicolons between, or in files."""
    text = value.strip()
    if text.startswith("file:"):
        return lines_of_files(contents, path, [name.strip() for name in text[5:].split(",")])
    parts = text.splitlines() if "\n" in text else text.split(";")
    return [line for part in parts if (line := part.strip()) and not line.startswith("#")]


def lines_of_files(contents: Contents, path: str, names: Iterable[str]) -> list[str]:
    """Return the requirements in files that ``path`` refers to, as setuptools reads them: a line each."""
    lines = []
    for name in names:
        member = contents.resolve(name)
        data = contents.manifest(member) if member else None
        if data is None:
            contents.unread.append(f"{path} takes requirements from {name[:100]}, which could not be read")
            continue
        stripped = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
        lines += [line.partition(" #")[0].strip() for line in stripped if line and not line.startswith("#")]
    return lines


def parse_entry_points(contents: Contents, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield (group, name, object) of an entry_points.txt, in the grammar of ``importlib.metadata``.

    There a section is any line in brackets, indented or not, lines end where ``str.splitlines`` ends them, and only
    ``#`` opens a comment. Tools that read it as an ini file see less, never more, but for lines with a colon.
    """
    data = contents.manifest(path)
    group = ""
    for raw in (data or b"").decode("utf-8-sig", "replace").splitlines():
        line = raw.strip()
        name, mark, value = (part.strip() for part in line.partition("="))
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line.strip("[]").strip()
        elif mark:
            yield group, name, value
        elif not line.startswith(";"):
            contents.unread.append(f"{path}: {line[:100]!r} is no entry point")


def parse_ini(contents: Contents, path: str) -> configparser.RawConfigParser | None:
    """Return a parsed ini file, None where there is none or it is broken (which is noted in ``unread``)."""
    data = contents.manifest(path)
    if data is None:
        return None
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(data.decode("utf-8-sig", "replace"))
    except configparser.Error as error:
        contents.unread.append(f"{path} cannot be parsed: {str(error).splitlines()[0]}")
        return None
    return parser


def read_pyproject(contents: Contents) -> Mapping[str, Any]:
    """Return the parsed pyproject.toml, empty where there is none or it is broken (which is noted in ``unread``)."""
    data = contents.manifest("pyproject.toml")
    if data is None:
        return {}
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        contents.unread.append(f"pyproject.toml cannot be parsed: {error}")
        return {}


def table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a table of a document, empty where it is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def text_of(document: Mapping[str, Any], key: str) -> str:
    """Return a string of a document, "" where it has none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def pyproject_requirements(contents: Contents, document: Mapping[str, Any]) -> Iterator[Requirement]:
    """Yield the requirements of pyproject.toml: of building, of the project, and of its extras."""
    path = "pyproject.toml"
    yield from parse_requirements(contents, path, table(document, "build-system").get("requires"), "build")
    project = table(document, "project")
    yield from parse_requirements(contents, path, project.get("dependencies"))
    for extra, lines in table(project, "optional-dependencies").items():
        yield from parse_requirements(contents, path, lines, "optional", f"extra == '{extra}'")
    dynamic = table(table(table(document, "tool"), "setuptools"), "dynamic")
    yield from parse_requirements(contents, path, _dynamic(contents, dynamic.get("dependencies")))
    for extra, value in table(dynamic, "optional-dependencies").items():
        yield from parse_requirements(contents, path, _dynamic(contents, value), "optional", f"extra == '{extra}'")


def _dynamic(contents: Contents, value: object) -> list[str]:
    """Return what ``{file = ...}`` of setuptools' dynamic metadata names."""
    files = value.get("file") if isinstance(value, dict) else None
    names = [files] if isinstance(files, str) else files if isinstance(files, list) else []
    return lines_of_files(contents, "pyproject.toml", [name for name in names if isinstance(name, str)])
