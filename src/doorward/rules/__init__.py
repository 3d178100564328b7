"""The rules, one file each: pure functions of facts, found by walking this folder.

``rules/registry/new_binary.py`` is the rule ``registry/new-binary``. Its docstring is its documentation, ``RULE`` its
contract, and ``check(subject)`` yields :class:`~doorward.model.findings.Hit` and
:class:`~doorward.model.findings.Gap`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from doorward.discovery import members, paths
from doorward.errors import InternalError
from doorward.model.findings import Gap, Hit, Rule
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule as found on disk."""

    id: str
    rule: Rule
    check: Callable[[Any], Iterable[Hit | Gap]]
    #: The whole docstring, dedented.
    page: str

    @property
    def title(self) -> str:
        """The first line of its page."""
        return self.page.split("\n", 1)[0]


@cache
def all_rules() -> Mapping[str, LoadedRule]:
    """Return every rule by id. A module without RULE, check or docstring is a broken promise."""
    folders = (_folder(name) for name in _witnesses())
    return MappingProxyType({rule_id: loaded for folder in folders for rule_id, loaded in folder.items()})


def rules_about(subject: type) -> list[LoadedRule]:
    """Return the rules whose subject is of a type. Folders that speak of other subjects are not even imported."""
    names = (name for name, subjects in _witnesses().items() if not subjects or subject.__name__ in subjects)
    return [loaded for name in names for loaded in _folder(name).values() if loaded.rule.subject is subject]


@cache
def rule_ids() -> frozenset[str]:
    """Return the ids of all rules, without importing them."""
    return frozenset(path.replace("_", "-") for path in paths(__name__))


@cache
def _witnesses() -> Mapping[str, tuple[str, ...]]:
    """Return the folders with the names of subject types that each declares as ``SUBJECTS``, () where it does not."""
    names = sorted({path.partition("/")[0] for path in paths(__name__)})
    return {name: getattr(importlib.import_module(f"{__name__}.{name}"), "SUBJECTS", ()) for name in names}


@cache
def _folder(name: str) -> Mapping[str, LoadedRule]:
    subjects = _witnesses()[name]
    found = {}
    for path, module in members(f"{__name__}.{name}").items():
        rule, check, page = getattr(module, "RULE", None), getattr(module, "check", None), inspect.getdoc(module)
        if not isinstance(rule, Rule) or not callable(check) or not page:
            raise InternalError(f"rules/{name}/{path}.py is no rule: it needs a docstring, RULE and check()")
        if subjects and rule.subject.__name__ not in subjects:
            raise InternalError(
                f"rules/{name}/{path}.py is about {rule.subject.__name__}, which its folder does not name"
            )
        rule_id = f"{name}/{path}".replace("_", "-")
        found[rule_id] = LoadedRule(rule_id, rule, check, page)
    return found
