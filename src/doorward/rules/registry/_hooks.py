"""What runs without a call: comparing the hooks of a release with those before it."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.model.content import Hook
from doorward.model.facts import known, known_or
from doorward.model.findings import Evidence
from doorward.model.release import PastRelease, Release, ReleaseChange
from doorward.model.sizes import size
from doorward.records import dataclass, field
from doorward.rules.registry._compare import Files, is_new, is_opaque, path_key
from doorward.rules.registry._words import cut, listed

#: What a hook of an honest package rarely reaches. "process" is missing: build scripts run compilers.
ALARMING = frozenset({"network", "decode-exec", "raw-ip-url", "detached-process"})

#: Characters of a command or of lines that a hook keeps. What is behind them is compared by the file.
CUT = 4_000


def hook_key(hook: Hook) -> str:
    """Return what tells the hooks of a package apart: ``npm:postinstall``, ``wheel:pth:x.pth``."""
    named = hook.kind.rpartition(":")[2] == hook.name or not hook.name
    return hook.kind if named else f"{hook.kind}:{hook.name}"


@dataclass(frozen=True)
class Past:
    """The hooks that a package had before."""

    #: None for a first release.
    old: Release | None
    #: Hooks of the old release by key.
    hooks: dict[str, list[Hook]]
    #: Keys of the hooks of every earlier release, as far as they are known, and the releases of which they are, oldest
    #: first. An index tells of npm's scripts only.
    had: frozenset[str]
    scripts_known: list[str]
    old_files: Files = field(repr=False)
    new_files: Files = field(repr=False)

    def twins(self, hook: Hook) -> list[Hook]:
        """Return the old release's hooks of the same kind and name."""
        return self.hooks.get(hook_key(hook), [])

    def had_before(self, hook: Hook) -> bool:
        """Whether any release in history had a hook of that kind and name."""
        return hook_key(hook) in self.had

    def same_value(self, hook: Hook) -> bool:
        """Whether a twin has the same command or lines, but for the version."""
        if len(hook.value) >= CUT and any(is_new(file, self.old_files) for file in self.new_files.members([hook.path])):
            return False
        value = path_key(hook.value, self.new_files.version)
        return any(path_key(twin.value, self.old_files.version) == value for twin in self.twins(hook))

    def gained(self, hook: Hook) -> frozenset[str]:
        """Return what a hook reaches and its twins did not."""
        return frozenset(hook.reaches).difference(*(twin.reaches for twin in self.twins(hook)))

    def fresh_targets(self, hook: Hook) -> list[str]:
        """Return the files that a hook runs and that are new or changed."""
        return [member.path for member in self.new_files.members(hook.targets) if is_new(member, self.old_files)]

    def opaque_targets(self, hook: Hook) -> list[str]:
        """Return the new or changed files that a hook runs and that nobody could review."""
        fresh = self.new_files.members(self.fresh_targets(hook))
        return [member.path for member in fresh if is_opaque(member, self.new_files, self.old_files)]

    def without(self, hook: Hook) -> list[str]:
        """Return the releases, oldest first, that are known not to have had a new hook."""
        if hook.kind.startswith("npm:") and hook.kind != "npm:binding.gyp":
            return self.scripts_known
        return [self.old.version] if self.old else []


def past_hooks(change: ReleaseChange) -> Past:
    """Collect the hooks that the package had before. Raises ``NotKnown`` where the old release's are missing."""
    old = known(change.old)
    hooks: dict[str, list[Hook]] = {}
    for hook in known(old.hooks) if old else ():
        hooks.setdefault(hook_key(hook), []).append(hook)
    history: tuple[PastRelease, ...] = known_or(change.history, ())
    told = [past for past in reversed(history) if past.hooks is not None]
    versions = [past.version for past in told]
    if old and old.version not in versions:
        versions.append(old.version)
    had = frozenset().union(*(past.hooks or () for past in told))
    return Past(old, hooks, had, versions, Files.of(old), Files.of(change.new))


def unique(hooks: Iterable[Hook]) -> list[Hook]:
    """Return hooks once for each key and digest, in a stable order."""
    found = {(hook_key(hook), hook.digest): hook for hook in hooks}
    return [found[key] for key in sorted(found)]


def hook_evidence(hook: Hook, past: Past, baseline: str, reaches: Iterable[str] | None = None) -> list[Evidence]:
    """Return what a finding shows of one hook: its command, what it reaches, and the files that it runs."""
    shown = [Evidence("hook", f"{_named(hook, past)}: {cut(hook.value)}", hook.path, baseline)]
    reached = hook.reaches if reaches is None else reaches
    if reached:
        shown.append(Evidence("reaches", listed(reached)))
    files = past.new_files.members(past.fresh_targets(hook))
    return shown + [
        Evidence("runs", f"{member.path}, {size(member.size)}", member.path, _before(member.path, past))
        for member in files[:3]
    ]


def _named(hook: Hook, past: Past) -> str:
    """Return a hook as people call it: ``postinstall``, ``lib_init.pth, 34 kB``, ``entry-point pytest11 lib``."""
    kind = hook.kind.partition(":")[2]
    if hook.kind == "wheel:pth":
        files = past.new_files.members([hook.path])
        return f"{hook.name}, {size(files[0].size)}" if files else hook.name
    return kind if hook.name in {kind, ""} else f"{kind} {hook.name}"


def _before(path: str, past: Past) -> str:
    if past.old is None:
        return ""
    changed = path_key(path, past.new_files.version) in past.old_files.by_key
    return f"changed since {past.old.version}" if changed else f"not in {past.old.version}"
