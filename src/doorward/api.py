"""The library: what ``import doorward`` offers, in Python's own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from os import PathLike, fspath
from pathlib import Path

from doorward.engine import diff as _diff
from doorward.engine import scan as _scan
from doorward.engine.session import Wanted, session
from doorward.model.findings import Report
from doorward.policy import Policy, find_policy, read_below
from doorward.rules import all_rules, rule_ids


def load_policy(folder: str | PathLike[str] = ".") -> Policy:
    """Return the policy of the project in ``folder``, or the default. Raise PolicyError where it is wrong."""
    return find_policy(partial(read_below, Path(folder)), rule_ids=rule_ids())


def scan(
    targets: Sequence[str | PathLike[str]] = (".",),
    *,
    policy: Policy | None = None,
    since: str | None = None,
    offline: bool = False,
    as_of: datetime | None = None,
    rules: str | None = None,
) -> Report:
    """Judge every dependency that folders, lock files and package URLs name.

    Raise NothingToScan where they name none, UsageError for a target or revision that is not there, StoreError where
    the store cannot be opened. What could not be had is in ``report.gaps``.
    """
    project = next((Path(target) for target in targets if Path(target).is_dir()), None)
    with session(Wanted(policy or Policy(), project, offline, as_of, rules)) as context:
        return _scan.scan(context, [fspath(target) for target in targets], since=since)


def diff(
    old: str | PathLike[str],
    new: str | PathLike[str],
    *,
    policy: Policy | None = None,
    offline: bool = False,
    as_of: datetime | None = None,
    rules: str | None = None,
) -> Report:
    """Judge one upgrade: two package URLs of one package, or two artifact files. Raise as :func:`scan` does."""
    with session(Wanted(policy or Policy(), None, offline, as_of, rules)) as context:
        return _diff.diff(context, fspath(old), fspath(new))


def explain(rule: str) -> str:
    """Return the page of a rule. Raise KeyError for a rule that does not exist."""
    return all_rules()[rule].page
