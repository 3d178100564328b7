"""The policy: what the user requires, allows and stops at, and the decision that follows from it."""

from __future__ import annotations

from doorward.policy.decide import Decided, decide
from doorward.policy.load import default_policy, find_policy, parse_policy, policy_schema, read_below
from doorward.policy.model import Policy

__all__ = [
    "Decided",
    "Policy",
    "decide",
    "default_policy",
    "find_policy",
    "parse_policy",
    "policy_schema",
    "read_below",
]
