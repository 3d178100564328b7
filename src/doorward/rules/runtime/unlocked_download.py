"""Package fetched that the lock does not name

What it catches
---------------
A release that a package manager fetched during the run, though the lock files of the
project name the package not at all, or another version of it.

Why it matters
--------------
A lock says what was reviewed. What comes in past it was looked at by nobody, and is the
easiest way to bring a bad release into a build that seems pinned.

What to do
----------
Install from the lock alone: `npm ci`, `uv sync --locked`, pip with `--require-hashes`.
Add what a build really needs to the lock, build requirements included.

False alarms
------------
Build requirements, which most locks leave out: pip fetches setuptools for a source
distribution past every lock. Those are weak. Where no lock file names the ecosystem there
is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.activity import Activity
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Hit, Rule, Severity, Strength
from doorward.rules.registry._words import cut

RULE = Rule(
    subject=Activity,
    detection="DS0015",
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.MEDIUM,
    advice="install from the lock alone, and lock what builds need.",
)

#: What builds of Python packages fetch for themselves.
_BUILD_TOOLS = frozenset(
    {
        *("setuptools", "wheel", "pip", "flit-core", "hatchling", "poetry-core", "pdm-backend", "maturin", "cython"),
        *("meson-python", "meson", "ninja", "cmake", "scikit-build-core", "setuptools-scm", "setuptools-rust", "numpy"),
        *("packaging", "pathspec", "pluggy", "trove-classifiers", "hatch-vcs", "cffi", "pycparser", "pybind11"),
        *("pyproject-metadata", "semantic-version", "uv-build", "hatch-fancy-pypi-readme", "calver", "editables"),
    }
)
_SHOWN = 3


def check(activity: Activity) -> Iterator[Hit]:
    """Compare what was fetched with what is locked."""
    if not activity.fetches:
        return
    locked = known(activity.locked)
    first = activity.fetches[0].download
    if any(item.version == first.version for item in locked):
        return
    named = ", ".join(f"{item.version} in {cut(item.where, 60)}" for item in locked[:_SHOWN])
    tool = first.build or (first.ecosystem == "pypi" and first.package in _BUILD_TOOLS and not locked)
    yield Hit(
        f"The release was fetched, and the lock names {'another version' if locked else 'no such package'}.",
        (
            Evidence("fetched", f"{cut(first.url, 120)}, told by {first.told_by}"),
            Evidence("lock", named or f"nothing of the name {cut(first.package, 80)}"),
        ),
        strength=Strength.WEAK if tool else Strength.STRONG,
    )
