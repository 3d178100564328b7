"""Maven's ``pom.xml``: what a project asks for itself. Maven has no lock: what that brings in turn is not written."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.records import dataclass, field
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._xml import Element, load_xml

NAME = "pom.xml"
FILES = ("pom.xml", "*.pom")
TYPE = "maven"

_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_RANGE = re.compile(r"[\[\](),]")
_SCOPES = {"": (), "compile": (), "runtime": (), "test": ("test",), "provided": ("provided",), "system": ("system",)}
#: Parents of parents that are looked at, and variables within variables.
_GENERATIONS = 8
#: Characters of a property's value, and of what it makes of a text.
_LONGEST = 300


@dataclass(slots=True)
class _Project:
    """What a pom and its parents say of versions."""

    group: str = ""
    version: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    #: Kind, group and artifact -> the version that counts where a dependency or a plugin states none.
    managed: dict[tuple[str, str, str], str] = field(default_factory=dict)
    #: Parents that are not below the scanned folder: Maven fetches them as it does any release.
    parents: list[Element] = field(default_factory=list)

    def filled(self, text: str) -> str:
        """Return a text with its variables filled in, as far as they are known."""
        for _ in range(_GENERATIONS):
            filled = _VARIABLE.sub(lambda match: self.properties.get(match[1], match[0]), text)
            if filled == text or len(filled) > _LONGEST:
                break
            text = filled
        return text

    def tell(self, prefixes: Sequence[str], group: str, version: str) -> None:
        """Take over group and version as the properties that Maven makes of them."""
        for prefix in prefixes:
            self.properties.setdefault(f"{prefix}groupId", group)
            self.properties.setdefault(f"{prefix}version", version)

    def named(self, element: Element, kind: str) -> tuple[str, str, str]:
        """Return kind, group and artifact of an element; plugins have a usual group."""
        group = element.text("groupId") or ("org.apache.maven.plugins" if kind == "plugin" else "")
        return kind, self.filled(group), self.filled(element.text("artifactId"))


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``pom.xml``; raise ManifestError where it is none."""
    root = load_xml(text, path)
    if root.name != "project":
        raise ManifestError(f"{path}: not a project of Maven")
    entries = Entries(path)
    project = _project(root, read, entries)
    own = Dependency(TYPE, f"{project.group}:{root.text('artifactId')}", project.version, "workspace", path, root.line)
    entries.packages.append(own)
    asked = [item for part in (root, *root.all("profiles", "profile")) for item in _asked(part)]
    for element, kind in (*((parent, "parent") for parent in project.parents), *asked):
        found = _dependency(element, kind, project, entries)
        if found:
            entries.packages.append(found)
    return entries.inventory()


def _project(root: Element, read: Read, entries: Entries) -> _Project:
    """Read what the pom and its parents below the scanned folder say; the nearest counts."""
    project = _Project()
    folder, current = "", root
    told: list[tuple[str, Element]] = []
    for _ in range(_GENERATIONS):
        parent = current.first("parent")
        project.group = project.group or current.text("groupId") or (parent.text("groupId") if parent else "")
        project.version = project.version or current.text("version") or (parent.text("version") if parent else "")
        for item in current.all("properties", "*"):
            if len(item.content) <= _LONGEST:
                project.properties.setdefault(item.name, item.content)
        told += (("dependency", item) for item in current.all("dependencyManagement", "dependencies", "dependency"))
        told += (("plugin", item) for item in current.all("build", "pluginManagement", "plugins", "plugin"))
        if parent is None:
            break
        project.tell(("project.parent.", "parent."), parent.text("groupId"), parent.text("version"))
        folder, above = _parent(parent, folder, read, entries)
        if above is None:
            project.parents.append(parent)
            break
        current = above
    project.tell(("project.", "pom.", ""), project.group, project.version)
    for kind, item in told:
        project.managed.setdefault(project.named(item, kind), item.text("version"))
    return project


def _parent(parent: Element, folder: str, read: Read, entries: Entries) -> tuple[str, Element | None]:
    """Return the folder of the parent's pom, and the pom where it is below the scanned folder."""
    relative = parent.first("relativePath")
    target = posixpath.normpath(posixpath.join(folder, relative.content if relative else "../pom.xml"))
    if not target.endswith((".xml", ".pom")):
        target = posixpath.join(target, "pom.xml")
    try:
        text = read(target) if relative is None or relative.content else None
        root = None if text is None else load_xml(text, target)
    except ManifestError as error:
        entries.gap(f"the parent cannot be read: {error}")
        root = None
    if root is not None and root.text("artifactId") != parent.text("artifactId"):
        root = None  # what lies there is another project: Maven fetches the parent too
    return posixpath.dirname(target), root


def _asked(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield what a project or a profile of it asks for: dependencies, lists of versions, the plugins that build it."""
    for item in root.all("dependencies", "dependency"):
        yield item, "dependency"
    for item in root.all("dependencyManagement", "dependencies", "dependency"):
        if item.text("scope") == "import":
            yield item, "dependency"
    for item in (*root.all("build", "plugins", "plugin"), *root.all("reporting", "plugins", "plugin")):
        yield item, "plugin"
        for part in item.all("dependencies", "dependency"):
            yield part, "part of a plugin"
    for item in root.all("build", "extensions", "extension"):
        yield item, "plugin"


def _dependency(element: Element, kind: str, project: _Project, entries: Entries) -> Dependency | None:
    key = _, group, artifact = project.named(element, kind)
    name = f"{group}:{artifact}"
    if not group or not artifact or "${" in name:
        entries.gap("a dependency whose name is not known", name, element.line)
        return None
    written = element.text("version") or project.managed.get(key, "")
    version = project.filled(written)
    own = group == project.group and written in {"${project.version}", "${version}", "${revision}"}
    if not own and (not version or "${" in version or _RANGE.search(version)):
        entries.gap("not pinned", name, element.line)
        version = ""
    groups = _groups(element) if kind == "dependency" else ("build",)
    source = "workspace" if own else "path" if element.text("scope") == "system" else "registry"
    return Dependency(TYPE, name, version, source, entries.path, element.line, groups=groups, direct=True)


def _groups(element: Element) -> tuple[str, ...]:
    scope = element.text("scope")
    optional = ("optional",) if element.text("optional") == "true" else ()
    return (*_SCOPES.get(scope, (scope,)), *optional)
