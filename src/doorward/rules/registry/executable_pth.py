"""Code that runs whenever Python starts

What it catches
---------------
A `.pth` file with executable lines that the last release did not have, or whose lines
changed, or that now runs a module that nobody could review. It is conclusive where
those lines, or such an opaque module, newly reach the network, start a process or
decode code to run it; else strong. A changed line that reaches none of these is weak in
a minor or major version, and so is a readable module behind an old line. A first
release is judged by itself: only what its lines and their modules reach counts.

Why it matters
--------------
Every line of a `.pth` file in site-packages that begins with `import` runs at each
start of every Python program in that environment, whether anybody imports the package
or not. It needs no hook at installation, survives until the package is removed, and
hardly anyone looks there.

What to do
----------
Do not install the release, and do not "just look" with the Python of the environment
that has it: starting Python runs the code. Remove the file with another tool, then
treat the machine as compromised: isolate it, look for what was left behind, and change
every secret that it could read, in this order.

False alarms
------------
Wheels with any `.pth`: 6.2 in 1,000 (6 of 966), with an import line 5.2, with such
calls 1.0. That is how many packages have one; a new one appeared in 0 of 73 pairs of
releases. setuptools, coverage tools and editable installs ship one in each release,
some with an `exec` of a literal: their history clears them. A new readable file that
starts a package's long-standing module is strong, not conclusive.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.content import Hook
from doorward.model.facts import known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.records import dataclass
from doorward.rules.registry._compare import is_patch
from doorward.rules.registry._hooks import Past, hook_evidence, past_hooks, unique
from doorward.rules.registry._words import shown

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.EXECUTION,
    strength=Strength.STRONG,
    severity=Severity.CRITICAL,
    needs=("new.hooks", "new.contents"),
    required=True,
    advice="read what this file runs before anything installs the release.",
)

_COMPROMISED = "do not install this release, and treat machines that did as compromised."
DANGEROUS = frozenset({"network", "process", "decode-exec"})


@dataclass(frozen=True, slots=True)
class _Reach:
    """What is dangerous about one ``.pth`` and was not before, by where it comes from."""

    lines: frozenset[str]
    opaque: frozenset[str]
    readable: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.lines | self.opaque | self.readable


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Grade every ``.pth`` of the new release against the old one."""
    hooks = unique(hook for hook in known(change.new.hooks) if hook.kind == "wheel:pth")
    if not hooks:
        return
    past = past_hooks(change)
    reaches = [_reach(hook, past) for hook in hooks]
    graded = [(_grade(hook, reach, past, change), hook, reach) for hook, reach in zip(hooks, reaches, strict=True)]
    found = [(strength, hook, reach) for strength, hook, reach in graded if strength]
    if found:
        found.sort(key=lambda item: -item[0])
        evidence = [line for _, hook, reach in found for line in _evidence(hook, reach, past)]
        strongest, hook, _ = found[0]
        advice = _COMPROMISED if strongest is Strength.CONCLUSIVE else ""
        yield Hit(_message(past, hook), shown(evidence, "line"), strength=strongest, advice=advice)


def _reach(hook: Hook, past: Past) -> _Reach:
    """Split what a hook newly reaches into its own lines and the files that it runs.

    What an unchanged module of the package reaches is no news of this release.
    """
    capabilities = past.new_files.capabilities
    by_targets = frozenset[str]().union(*(capabilities.get(path, frozenset()) for path in hook.targets))
    gained = past.gained(hook) & DANGEROUS
    opaque = past.opaque_targets(hook)
    readable = [path for path in past.fresh_targets(hook) if path not in opaque]
    return _Reach(
        lines=gained & ((frozenset(hook.reaches) - by_targets) | capabilities.get(hook.path, frozenset())),
        opaque=gained & frozenset[str]().union(*(capabilities.get(path, frozenset()) for path in opaque)),
        readable=gained & frozenset[str]().union(*(capabilities.get(path, frozenset()) for path in readable)),
    )


def _grade(hook: Hook, reach: _Reach, past: Past, change: ReleaseChange) -> Strength | None:
    """Return how much one ``.pth`` tells, None where it rests."""
    if reach.lines or reach.opaque:
        return Strength.CONCLUSIVE
    if past.old is None:
        return Strength.STRONG if reach.readable else None
    if not past.twins(hook) and not past.had_before(hook):
        return Strength.STRONG
    same = past.same_value(hook)
    if same and not reach.readable:
        return None
    patch = is_patch(past.old.version, change.new.version)
    return Strength.STRONG if patch or (not same and DANGEROUS & set(hook.reaches)) else Strength.WEAK


def _message(past: Past, hook: Hook) -> str:
    if past.old is None:
        return "The release runs code whenever Python starts."
    if past.twins(hook):
        return f"The release runs other code whenever Python starts than {past.old.version} did."
    return f"The release runs code whenever Python starts, which {past.old.version} did not."


def _evidence(hook: Hook, reach: _Reach, past: Past) -> list[Evidence]:
    baseline = ""
    if past.old:
        baseline = f"{'other lines' if past.twins(hook) else 'no such .pth'} in {past.old.version}"
    return hook_evidence(hook, past, baseline, reach.all)
