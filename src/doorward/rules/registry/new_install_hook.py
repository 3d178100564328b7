"""Something new runs at installation

What it catches
---------------
Something that runs without a call from your code and that no release in history had:
npm's install scripts and `binding.gyp`, `sitecustomize.py`, entry points that tools
load by themselves, files of a wheel that Jupyter, IPython or a shell loads when it
starts, a wheel's command under the name of another program (`git`, `pip`), an sdist's
`setup.py` or in-tree build backend, and files that an editor or an agent runs when it
opens the folder. Also one that was there, where its command or a file that it runs
changed. npm's `prepare` does not count: it does not run
for a release from a registry.

How each is graded:

- New: strong. Entry points and such files of a package that already has some, and a `setup.py`
  that reaches nothing: weak.
- Changed: weak in a minor or major version. In a patch, strong where the command
  changed, or where what it runs newly reaches something or cannot be reviewed any more;
  else weak. A hook that only compiled native code and now does something else counts as
  new.
- `setup.py`, build backends, entry points and what else a wheel brings are ordinary code
  that changes with most releases. Their change counts only where they newly reach the network, a process or
  decoded code, or cannot be reviewed any more.
- A hook that an earlier release had is not new. Back after a pause, it is weak where it
  reaches the network or decoded code.
- `.pth` files have their own rule (registry/executable-pth), and so have the packages
  that a build asks for (registry/new-dependency): a build backend that comes as a
  package is judged there.

Why it matters
--------------
An install script runs before anybody reads or imports the package, with the rights of
whoever installs, on laptops and in CI alike. Of 27 studied incidents, nine came this
way: eslint-scope, ua-parser-js, coa, rc, nx and both waves of Shai-Hulud among them.

What to do
----------
Read the script and the files that it runs before anything installs this release; the
evidence names them. Install with scripts turned off (`npm install --ignore-scripts`,
`pip install --only-binary :all:`). If the script is explained in the project's
changelog and repository, allow this version in the policy.

False alarms
------------
An npm hook that no earlier release had: 0 of 1,184 steps. A hook that the last release
did not have: about 5 in 1,000, all of one package that moved its hooks about; the
history clears it. `setup.py` and changed hooks are not measured. A package that becomes
native gains a hook, a binary and a build dependency at once: where the hook does
nothing but compile, the three are one witness. A first release with a hook rests: there
is nothing that it changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.content import Hook
from doorward.model.facts import known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._compare import is_patch
from doorward.rules.registry._hooks import ALARMING, Past, hook_evidence, hook_key, past_hooks, unique
from doorward.rules.registry._words import count, shown, span

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.EXECUTION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("old.hooks", "old.contents", "new.hooks", "new.contents"),
    required=True,
    advice="read the script and the files that it runs before anything installs this release.",
)

#: Judged by rules of their own; npm's "prepare" does not run for a release from a registry.
_ELSEWHERE = frozenset({"wheel:pth", "sdist:build-requires", "npm:prepare"})
#: Hooks that are ordinary code of the package and change with it.
_ORDINARY = frozenset({
    "sdist:setup.py", "sdist:build-backend", "sdist:backend-path", "wheel:command", "wheel:data-file",
    "wheel:entry-point",
})  # fmt: skip
#: Of these, a package that already has one may well have another.
_PLUGINS = frozenset({"wheel:entry-point", "wheel:data-file"})
#: When hooks run, by the format that they are in.
_WHEN = {
    "npm": "at installation",
    "sdist": "when it is built",
    "wheel": "without being imported",
    "editor": "when its folder is opened",
}
#: Findings that a package brings together when it becomes native.
_NATIVE_CAUSE = ("registry/new-binary", "registry/new-dependency")


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Grade every hook of the new release against those of the package's past."""
    past = past_hooks(change)
    if past.old is None:
        return
    hooks = unique(hook for hook in known(change.new.hooks) if hook.kind not in _ELSEWHERE)
    patch = is_patch(past.old.version, change.new.version)
    found = [(strength, hook) for hook in hooks if (strength := _grade(hook, past, patch=patch))]
    if not found:
        return
    found.sort(key=lambda pair: (-pair[0], hook_key(pair[1])))
    strongest, first = found[0]
    only_compiles = all(hook.native and _is_new(hook, past) for _, hook in found)
    evidence = [line for _, hook in found for line in hook_evidence(hook, past, _baseline(hook, past))]
    yield Hit(
        _message(first, past),
        shown(evidence, "line"),
        strength=strongest,
        same_cause=_NATIVE_CAUSE if only_compiles else (),
    )


def _grade(hook: Hook, past: Past, *, patch: bool) -> Strength | None:
    """Return how much one hook tells, None where it rests."""
    if _is_new(hook, past):
        return _grade_new(hook, past)
    if not past.twins(hook):
        return Strength.WEAK if ALARMING & set(hook.reaches) else None
    return _grade_changed(hook, past, patch=patch)


def _is_new(hook: Hook, past: Past) -> bool:
    """Whether no release in history had this hook; one that only compiled before and does more now is another one."""
    twins = past.twins(hook)
    if twins:
        return not hook.native and all(twin.native for twin in twins)
    return not past.had_before(hook)


def _grade_new(hook: Hook, past: Past) -> Strength | None:
    if not _had_format(hook, past):
        # The first sdist, the first wheel: its hooks are as old as the package, as far as anyone can tell.
        return Strength.WEAK if ALARMING & set(hook.reaches) else None
    if hook.kind == "sdist:build-backend" and not hook.targets:
        return None
    plugin = hook.kind in _PLUGINS and any(key.startswith(hook.kind) for key in past.hooks)
    inert = hook.kind == "sdist:setup.py" and not hook.reaches and not hook.native
    return Strength.WEAK if plugin or inert else Strength.STRONG


def _grade_changed(hook: Hook, past: Past, *, patch: bool) -> Strength | None:
    if any(twin.digest == hook.digest for twin in past.twins(hook)):
        return None
    worse = bool(past.gained(hook) or past.opaque_targets(hook))
    if (hook.kind in _ORDINARY or hook.native) and not worse:
        return None
    return Strength.STRONG if patch and (worse or not past.same_value(hook)) else Strength.WEAK


def _had_format(hook: Hook, past: Past) -> bool:
    """Whether the old release had an artifact of the format that this hook is in ("sdist" of "sdist:setup.py")."""
    form = hook.kind.partition(":")[0]
    return form not in {"sdist", "wheel"} or any(content.kind == form for content in past.old_files.contents)


def _message(hook: Hook, past: Past) -> str:
    when = _WHEN.get(hook.kind.partition(":")[0], "by itself")
    without = past.without(hook)
    if not _is_new(hook, past):
        what = "something else" if past.twins(hook) else "something again"
        return f"The release runs {what} {when}, compared with {without[-1]}."
    those = without[0] if len(without) == 1 else f"the last {count(len(without), 'release')}"
    return f"The release runs something {when} that {those} did not."


def _baseline(hook: Hook, past: Past) -> str:
    last = past.old.version if past.old else ""
    if past.twins(hook):
        return f"another in {last}" if not past.same_value(hook) else f"the same in {last}"
    return f"none in {span(past.without(hook)) if _is_new(hook, past) else last}"
