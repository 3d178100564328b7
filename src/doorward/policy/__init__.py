"""The policy: what the user requires, allows and stops at, and the decision that follows from it."""

from __future__ import annotations

from doorward.policy.baseline import BASELINE_FILE, Baseline, KnownEndpoint, parse_baseline
from doorward.policy.decide import Decided, decide
from doorward.policy.destinations import Destination, destination_of_url, parse_destination
from doorward.policy.egress import Egress, Names
from doorward.policy.load import default_policy, find_policy, parse_policy, policy_schema, read_below
from doorward.policy.model import Policy
from doorward.policy.source import parse_package

__all__ = [
    "BASELINE_FILE",
    "Baseline",
    "Decided",
    "Destination",
    "Egress",
    "KnownEndpoint",
    "Names",
    "Policy",
    "decide",
    "default_policy",
    "destination_of_url",
    "find_policy",
    "parse_baseline",
    "parse_destination",
    "parse_package",
    "parse_policy",
    "policy_schema",
    "read_below",
]
