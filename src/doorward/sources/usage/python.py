"""What of other packages a Python source uses: its imports, and the dotted names that lead through them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from doorward.sources.usage.names import ANY, Use, Wanted

#: Functions that import what a string names, by their last name.
DYNAMIC = frozenset({"__import__", "import_module", "import_string", "resolve_name", "run_module"})


def python_uses(source: bytes, wanted: Wanted) -> Iterator[Use]:
    """Yield (module, name, line) of what a source uses of ``wanted`` modules; the name is "" for the import itself.

    The name is :data:`ANY` where names of a module are taken that are not written, and the module too is "" where the
    source imports what only its run tells. SyntaxError, ValueError or RecursionError where it is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes in other people's strings
        tree = ast.parse(source)
    reading = _Reading(wanted)
    nodes = list(ast.walk(tree))
    for node in nodes:
        yield from reading.imports(node)
    for node in nodes:
        reading.assigns(node)
    for node in nodes:
        yield from reading.names(node)


class _Reading:
    """What the names of one file stand for."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        #: "np" -> "numpy", "load" -> "yaml.load".
        self._known: dict[str, str] = {}
        #: Modules of which all names are imported.
        self._whole: list[str] = []

    def imports(self, node: ast.AST) -> Iterator[Use]:
        """Yield what a statement or a call imports."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                self._known[alias.asname or first] = alias.name if alias.asname else first
                yield from self._imported(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from self._imported(node.module, node.lineno)
            for alias in node.names:
                yield from self._taken(node.module, alias, node.lineno)
        elif isinstance(node, ast.Call) and _last(node.func) in DYNAMIC:
            module = _text(node)
            if module is None:
                yield "", ANY, node.lineno
            else:
                yield from self._imported(module, node.lineno)
                yield from self._any(module, node.lineno)

    def _taken(self, module: str, alias: ast.alias, line: int) -> Iterator[Use]:
        if alias.name == "*":
            self._whole.append(module)
            yield from self._any(module, line)
        else:
            whole = f"{module}.{alias.name}"
            self._known[alias.asname or alias.name] = whole
            yield from self._imported(whole, line)
            yield from self._named(whole, line)

    def assigns(self, node: ast.AST) -> None:
        """Take note of another name for a module, or for what is in it."""
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value, name = node.value, node.targets[0].id
            if isinstance(value, ast.Call) and _last(value.func) in DYNAMIC:
                whole = _text(value)
            else:
                whole = next(iter(self._meant(value)), "")
            if whole:
                self._known.setdefault(name, whole)

    def names(self, node: ast.AST) -> Iterator[Use]:
        """Yield the affected names that an expression is."""
        if isinstance(node, ast.Attribute | ast.Name):
            for whole in self._meant(node):
                yield from self._named(whole, node.lineno)
        elif isinstance(node, ast.Call) and _last(node.func) == "getattr" and len(node.args) > 1:
            owner, name = node.args[:2]
            for whole in self._meant(owner):
                if isinstance(name, ast.Constant):
                    yield from self._named(f"{whole}.{name.value!s}", node.lineno)
                else:
                    yield from self._any(whole, node.lineno)

    def _imported(self, module: str, line: int) -> Iterator[Use]:
        for name in self._wanted:
            if module == name or module.startswith(f"{name}.") or name.startswith(f"{module}."):
                yield name, "", line

    def _any(self, module: str, line: int) -> Iterator[Use]:
        """Yield the modules of which a name may be taken by whoever has ``module``."""
        for name in self._wanted:
            if module and (module == name or name.startswith(f"{module}.") or module.startswith(f"{name}.")):
                yield name, ANY, line

    def _named(self, whole: str, line: int) -> Iterator[Use]:
        """Yield the affected names that a dotted name is, is part of ("yaml.Loader" of "Loader.load"), or hands on."""
        for module, names in self._wanted.items():
            yield from ((module, name, line) for name in sorted(names) if _is_part(whole, module, name))

    def _meant(self, node: ast.expr) -> list[str]:
        """Return the dotted names that an expression can be, written out; none where it begins with none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return []
        begins = [self._known[node.id]] if node.id in self._known else [f"{module}.{node.id}" for module in self._whole]
        return [".".join((begin, *reversed(parts))) for begin in begins]


def _is_part(whole: str, module: str, name: str) -> bool:
    if whole == module:
        # What is called a module is a class by its name: who has it calls its methods on what it made.
        return module.rpartition(".")[2][:1].isupper()
    if whole.startswith(f"{module}."):
        rest = whole[len(module) + 1 :]
        return name == rest or name.startswith(f"{rest}.") or rest.startswith(f"{name}.")
    # A package hands on what its modules define: "yaml.load" for "yaml.api.load".
    package, _, last = whole.rpartition(".")
    return last == name and module.startswith(f"{package}.")


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(call: ast.Call) -> str | None:
    """Return the module that a call names, None where only its run tells it."""
    first = call.args[0] if call.args else next((word.value for word in call.keywords if word.arg == "name"), None)
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value.replace(":", ".")
    return None
