"""What ``setup()`` asks for in a setup.py, as far as its text says so: literals, and names that stand for literals."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TypeAlias

#: How far names and sums of lists are followed, and requirements that are taken.
_HOPS = 20
_CAP = 2000
#: Arguments of setup() and the groups of what they list. ``tests_require`` and ``requires`` install nothing.
_GROUPS = {"install_requires": "runtime", "setup_requires": "build"}

#: (line of a requirement, group, marker).
Declared: TypeAlias = tuple[str, str, str]


def declared_requirements(tree: ast.Module) -> tuple[Declared, ...]:
    """Return the requirements that the calls of setup() list; the source is setuptools' documentation of keywords."""
    names = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node.func) == "setup"]
    found = dict.fromkeys(one for call in calls for one in _of_call(call, names))
    return tuple(found)[:_CAP]


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _of_call(call: ast.Call, names: Mapping[str, ast.expr]) -> Iterator[Declared]:
    arguments: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        arguments.update({keyword.arg: keyword.value} if keyword.arg else _table(keyword.value, names))
    for argument, group in _GROUPS.items():
        for line in _texts(arguments.get(argument), names):
            yield line, group, ""
    for extra, lines in _table(arguments.get("extras_require"), names).items():
        for line in _texts(lines, names):
            yield line, "optional", f"extra == '{extra.partition(':')[0]}'"


def _meant(node: ast.expr | None, names: Mapping[str, ast.expr]) -> ast.expr | None:
    for _ in range(_HOPS):
        if not isinstance(node, ast.Name):
            break
        node = names.get(node.id)
    return node


def _table(node: ast.expr | None, names: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    """Return a dictionary with texts as keys: ``{...}`` or ``dict(...)``."""
    node = _meant(node, names)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {
            key.value: value for key, value in pairs if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
    if isinstance(node, ast.Call) and _called(node.func) == "dict":
        return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    return {}


def _texts(node: ast.expr | None, names: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield the texts of a list or tuple, of a sum of them, or the lines of one text."""
    waiting = [node]
    for _ in range(_CAP):
        if not waiting:
            return
        current = _meant(waiting.pop(), names)
        if isinstance(current, ast.Constant) and isinstance(current.value, str):
            yield from filter(None, map(str.strip, current.value.splitlines()))
        elif isinstance(current, ast.List | ast.Tuple | ast.Set):
            waiting.extend(reversed(current.elts))
        elif isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
            waiting += [current.right, current.left]
