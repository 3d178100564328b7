"""The rules, one file each: pure functions of facts, found by walking this folder.

``rules/registry/new_binary.py`` is the rule ``registry/new-binary``. Its docstring is its documentation, ``RULE`` its
contract, and ``check(subject)`` yields :class:`~doorward.model.findings.Hit` and
:class:`~doorward.model.findings.Gap`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from doorward.discovery import members
from doorward.errors import InternalError
from doorward.model.findings import Gap, Hit, Rule


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
    found = {}
    for path, module in members("doorward.rules").items():
        rule, check, page = getattr(module, "RULE", None), getattr(module, "check", None), inspect.getdoc(module)
        if not isinstance(rule, Rule) or not callable(check) or not page:
            raise InternalError(f"rules/{path}.py is no rule: it needs a docstring, RULE and check()")
        rule_id = path.replace("_", "-")
        found[rule_id] = LoadedRule(rule_id, rule, check, page)
    return MappingProxyType(found)
