"""Code of an sdist that its build backend runs: hooks of hatchling, scripts of Poetry and PDM, classes of setuptools.

What each backend runs is described in its documentation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.sources.content.contents import Contents, Found
from doorward.sources.content.python import parse_ini, table, text_of
from doorward.sources.content.references import closure, module_files

#: Nested tables that are looked into for hooks.
_TABLES = 1000
_HATCH_FILE = "hatch_build.py"


def hooks(contents: Contents, pyproject: Mapping[str, Any]) -> Iterator[Found]:
    """Yield a hook for each file or module of the sdist that building it runs beside setup.py and its own backend."""
    tool = table(pyproject, "tool")
    setuptools = table(tool, "setuptools")
    folders = ["", "src", *(one for one in table(setuptools, "package-dir").values() if isinstance(one, str))]
    files = [*_hatch(table(tool, "hatch")), *_hatch(_hatch_toml(contents)), *_poetry(table(tool, "poetry"))]
    files += [path for path in (text_of(table(table(tool, "pdm"), "build"), "custom-hook"), "pdm_build.py") if path]
    for path in dict.fromkeys(files):
        found = contents.resolve(path)
        if found:
            yield _found(contents, "sdist:backend-path", path, [found])
    classes = [*_values(table(setuptools, "cmdclass")), *_cfg(contents, "options", "cmdclass")]
    for name in dict.fromkeys(classes):
        yield from _module(contents, "sdist:backend-path", name, name.rpartition(".")[0], folders)
    for name in dict.fromkeys(_attributes(contents, tool)):
        module, _, attribute = name.replace(":", ".").rpartition(".")
        if not _is_literal(contents, module, attribute, folders):
            yield from _module(contents, "sdist:setup.py", name, module, folders)


def _found(contents: Contents, kind: str, name: str, paths: list[str]) -> Found:
    reached = closure(contents, paths)
    found = Found(kind, name, "pyproject.toml" if "pyproject.toml" in contents.facts else paths[0], name)
    found.targets, found.unclear = reached.targets, reached.unclear
    return found


def _module(contents: Contents, kind: str, name: str, module: str, folders: Iterable[str]) -> Iterator[Found]:
    paths = [path for folder in dict.fromkeys(folders) for path in module_files(contents, module, folder)]
    if paths:
        yield _found(contents, kind, name, paths)


def _hatch(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files of custom hooks, of builds and of metadata, and of a version that is code."""
    for current in _tables(config):
        custom = table(current, "hooks").get("custom")
        if isinstance(custom, dict):
            yield text_of(custom, "path") or _HATCH_FILE
    version = table(config, "version")
    if version.get("source") == "code":
        yield text_of(version, "path")


def _tables(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [config]
    for _ in range(_TABLES):
        if not waiting:
            return
        current = waiting.pop()
        yield current
        waiting.extend(value for value in current.values() if isinstance(value, dict))


def _hatch_toml(contents: Contents) -> Mapping[str, Any]:
    try:
        return tomllib.loads((contents.manifest("hatch.toml") or b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        contents.unread.append(f"hatch.toml cannot be parsed: {error}")
        return {}


def _poetry(config: Mapping[str, Any]) -> Iterator[str]:
    build = config.get("build")
    yield build if isinstance(build, str) else text_of(table(config, "build"), "script")


def _values(document: Mapping[str, Any]) -> list[str]:
    return [value for value in document.values() if isinstance(value, str)]


def _cfg(contents: Contents, section: str, option: str) -> list[str]:
    """Return the right sides of the lines of an option of setup.cfg."""
    parser = parse_ini(contents, "setup.cfg")
    value = parser.get(section, option, fallback="") if parser else ""
    return [line.rpartition("=")[2].strip() for line in value.splitlines() if line.strip()]


def _attributes(contents: Contents, tool: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted names of attributes that a build asks for."""
    for value in table(table(tool, "setuptools"), "dynamic").values():
        if isinstance(value, dict):
            yield text_of(value, "attr")
    yield from (one[5:].strip() for one in _cfg(contents, "metadata", "version") if one.startswith("attr:"))
    yield text_of(table(table(tool, "pdm"), "version"), "getter")


def _is_literal(contents: Contents, module: str, attribute: str, folders: Iterable[str]) -> bool:
    """Whether the module sets the attribute to a literal, which setuptools reads without importing it."""
    paths = [path for folder in dict.fromkeys(folders) for path in module_files(contents, module, folder)]
    text = contents.texts.get(paths[-1], b"") if paths else b""
    name = re.escape(attribute.encode("utf-8", "replace"))
    pattern = (
        rb"^" + name + rb"[ \t]{0,9}(?::[^=\n]{0,80})?=[ \t]{0,9}(?:[\"'][^\"'\n]*[\"']|\([\d, ]+\))[ \t]*(?:#.*)?\r?$"
    )
    return len(re.findall(pattern, text, re.MULTILINE)) == 1
