"""What of other packages a Python source uses: its imports, and the dotted names that lead through them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping


def python_uses(source: bytes, wanted: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str, int]]:
    """Yield (module, name, line) of what a source uses of ``wanted`` modules; the name is "" for the import itself.

    SyntaxError, ValueError or RecursionError where it is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes in other people's strings
        tree = ast.parse(source)
    #: What a name of this file stands for: "np" -> "numpy", "load" -> "yaml.load".
    known: dict[str, str] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield from _imported(alias.name, wanted, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                known[alias.asname or alias.name] = whole
                yield from _imported(node.module, wanted, node.lineno)
                yield from _named(whole, wanted, node.lineno)
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield from _named(_dotted(node, known), wanted, node.lineno)


def _imported(module: str, wanted: Mapping[str, frozenset[str]], line: int) -> Iterator[tuple[str, str, int]]:
    for name in wanted:
        if module == name or module.startswith(f"{name}.") or name.startswith(f"{module}."):
            yield name, "", line


def _named(whole: str, wanted: Mapping[str, frozenset[str]], line: int) -> Iterator[tuple[str, str, int]]:
    """Yield the affected names that a dotted name is, or is part of ("yaml.Loader" of "Loader.load")."""
    for module, names in wanted.items():
        if whole.startswith(f"{module}."):
            rest = whole[len(module) + 1 :]
            for name in sorted(names):
                if name == rest or name.startswith(f"{rest}.") or rest.startswith(f"{name}."):
                    yield module, name, line


def _dotted(node: ast.expr, known: Mapping[str, str]) -> str:
    """Return the dotted name that an attribute is, with its beginning written out; "" where it begins with none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in known:
        return ""
    return ".".join((known[node.id], *reversed(parts)))
