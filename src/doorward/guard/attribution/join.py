"""Join the layers: phase, processes, and who is behind a call.

A language's own stack decides where there is one: attribution goes to the first distribution on it that is not a
transport. Frames of the user's own code end the search, and then the package manager's claim (whose build or script is
it?) stands. The native stack speaks where no language does. Every claim is kept.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.guard.attribution.distributions import Distribution, Distributions
from doorward.guard.attribution.environment import claims, test_of
from doorward.guard.attribution.matching import event_of, hint_of
from doorward.guard.attribution.stacks import Found, choose, claim_of, is_named, read_objects, read_stack, with_setup
from doorward.guard.attribution.starts import Starts
from doorward.guard.attribution.unwinder import Unwinder
from doorward.guard.calls import Call
from doorward.guard.hooks.log import Event, HookLog, frames
from doorward.guard.native import Stack, scan
from doorward.guard.options import GuardOptions
from doorward.guard.phases import phase_of
from doorward.guard.programs import is_interpreter
from doorward.guard.tree import Caller
from doorward.model.purl import make_purl
from doorward.model.run import Actor, Attribution, Claim, Endpoint, LibraryUse, Phase, Process
from doorward.records import dataclass, field, replace

if TYPE_CHECKING:
    import shutil
else:
    shutil = Late("shutil")

_HOOKS = Path(__file__).parent.parent / "hooks"
#: The module that knows better costs a tenth of the start-up.
_TEMPORARY = "/tmp"  # noqa: S108 - a folder of a random name is made in it, for this user only
_NUMBER_OF_LIBRARIES = 10_000


@dataclass(slots=True)
class Layers:
    """The layers of one run."""

    folder: Path
    log: HookLog
    unwinder: Unwinder
    with_hooks: bool
    distributions: Distributions
    starts: Starts
    #: pid -> phase, for the modules that a process tells of when it ends.
    phases: dict[int, Phase] = field(default_factory=dict)
    used: dict[Distribution, set[Phase]] = field(default_factory=dict)

    @classmethod
    @contextlib.contextmanager
    def open(cls, options: GuardOptions) -> Iterator[Layers]:
        """Prepare the hooks' log for a run."""
        folder = Path(os.environ.get("TMPDIR") or _TEMPORARY) / f"guard-{os.urandom(12).hex()}"
        folder.mkdir(0o700)
        try:
            descriptor = os.open(folder / "log", os.O_RDONLY | os.O_CREAT, 0o600)
            try:
                known = Distributions()
                unwinder = Unwinder(options.unwinder)
                yield cls(folder, HookLog(descriptor), unwinder, options.hooks, known, Starts(known))
            finally:
                os.close(descriptor)
        finally:
            _remove(folder)

    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        """Return the command's environment, with the variables that bring the hooks."""
        if not self.with_hooks:
            return environment
        path = environment.get("PYTHONPATH")
        node = environment.get("NODE_OPTIONS")
        hook = f'--require "{_HOOKS / "node" / "hook.cjs"}"'
        return {
            **environment,
            "DOORWARD_GUARD_LOG": str(self.folder / "log"),
            "PYTHONPATH": os.pathsep.join((str(_HOOKS / "python"), *([path] if path else []))),
            "NODE_OPTIONS": f"{node} {hook}" if node else hook,
        }

    def children(self) -> frozenset[int]:
        """Return processes that are ours, not the command's."""
        return frozenset(self.unwinder.running)

    def renewed(self, caller: Caller) -> None:
        """Forget the hook of a process that runs another program from now on."""
        self.log.hooked.discard(caller.pid)
        self.log.events.pop(caller.pid, None)

    def drain(self) -> None:
        """Take in what the hooks have written."""
        self.log.drain()
        for pid, files in self.log.modules:
            phase = self.phases.get(pid, Phase.RUN)
            for file in files:
                self._use(self.distributions.owner(file), phase)
        self.log.modules.clear()

    def _use(self, distribution: Distribution | None, phase: Phase) -> None:
        if distribution is not None and (distribution in self.used or len(self.used) < _NUMBER_OF_LIBRARIES):
            self.used.setdefault(distribution, set()).add(phase)

    def libraries(self) -> tuple[LibraryUse, ...]:
        """Return the distributions that were used, by name."""
        return tuple(
            LibraryUse(
                found.ecosystem,
                found.name,
                found.version,
                str(make_purl(found.ecosystem, found.name, found.version)),
                tuple(sorted(phases, key=list(Phase).index)),
            )
            for found, phases in sorted(self.used.items(), key=lambda item: (item[0].ecosystem, item[0].name))
        )

    def actor(self, call: Call, endpoint: Endpoint | None) -> Actor:
        """Return who is behind a call. Equal calls give the same object."""
        caller = call.caller
        if "phase" not in caller.memory:
            caller.memory["phase"] = phase = phase_of(caller.chain, caller.environments)
            self.phases[caller.pid] = phase
        self.log.drain()
        event = event_of(self.log, call, endpoint)
        if event and endpoint is not None and self._is_forged(call, event):
            event = None
        key = (
            (event.kind, event.stack, event.test) if event else (call.name, endpoint and endpoint.address, call.note.ip)
        )
        found = caller.memory.get(key) or caller.remember(key, lambda: self._make(call, event, endpoint))
        assert isinstance(found, Actor)
        return found

    def _is_forged(self, call: Call, event: Event) -> bool:
        """Whether a line of Python's hook is not the caller's: watched code can write lines that blame others."""
        if not event.kind.startswith("socket.") or event.kind == "socket.bind":
            return False
        innermost = next(frames(event.stack), None)
        return bool(
            call.caller.remember(
                ("stack", event.stack), lambda: self.unwinder.contradicts(call.pid, call.tid, innermost)
            )
        )

    def actor_of_event(self, caller: Caller | None, event: Event) -> Actor:
        """Return who is behind a line of a hook whose call was not trapped; None: its process is gone."""
        if caller is None:
            attribution = self._attribution(None, [self._of_event(event, None)], Stack(), event)
            return Actor(Phase.RUN, (Process(event.pid, ()),), attribution)
        phase = phase_of(caller.chain, caller.environments)
        caller.memory.setdefault("phase", phase)
        self.phases[caller.pid] = phase
        found = caller.remember((event.kind, event.stack, event.test), lambda: self._actor_of(caller, event, phase))
        assert isinstance(found, Actor)
        return found

    def _actor_of(self, caller: Caller, event: Event, phase: Phase) -> Actor:
        return Actor(phase, caller.chain, self._attribution(caller, [self._of_event(event, caller)], Stack(), event))

    def actor_of_process(self, caller: Caller) -> Actor:
        """Return what a process alone says."""
        phase = phase_of(caller.chain, caller.environments)
        caller.memory.setdefault("phase", phase)
        found = caller.remember(
            "alone", lambda: Actor(phase, caller.chain, self._attribution(caller, [], Stack(), None))
        )
        assert isinstance(found, Actor)
        return found

    def _make(self, call: Call, event: Event | None, endpoint: Endpoint | None) -> Actor:
        caller = call.caller
        phase = caller.memory["phase"]
        assert isinstance(phase, Phase)
        return Actor(phase, caller.chain, self._attribute(call, event, endpoint))

    def _attribute(self, call: Call, event: Event | None, endpoint: Endpoint | None) -> Attribution:
        caller = call.caller
        network = _is_connection(endpoint)
        found = [*self._language(call, event, reaches=endpoint is not None)]
        if call.name.startswith("exec") and found:
            self.starts.note(caller.process, found[0][1])
        native = scan(call) if network and event is None else Stack()
        objects = read_objects(native.objects, self.distributions)
        if objects.distribution is not None:
            found.append(("native-stack", objects))
        if network and event is None and not is_named(found):
            hint = hint_of(self.log, call)
            found += [self._of_event(hint, caller)] if hint else []
        attribution = self._attribution(caller, found, native, event)
        unexplained = network and event is None and caller.pid in self.log.hooked
        return replace(attribution, unexplained=unexplained)

    def _attribution(
        self, caller: Caller | None, found: list[tuple[str, Found]], native: Stack, event: Event | None
    ) -> Attribution:
        managers = list(claims(caller)) if caller else []
        if caller and not is_named(found):
            outer = self.starts.of(caller.chain)
            found = [*found, outer] if outer else found
        chosen = choose(found, managers)
        if caller:
            self._use_of(chosen, caller)
        return Attribution(
            ecosystem=chosen.ecosystem,
            package=chosen.package,
            version=chosen.version,
            purl=str(make_purl(chosen.ecosystem, chosen.package, chosen.version)) if chosen.package else "",
            where=chosen.where,
            by=chosen.by,
            chain=next((item.chain for _by, item in found), ()),
            claims=(*(claim_of(by, item) for by, item in found), *managers),
            native=native.objects,
            anonymous_code=native.anonymous,
            test=event.test.rpartition(" (")[0] if event and event.test else test_of(caller) if caller else "",
        )

    def _of_event(self, event: Event, caller: Caller | None) -> tuple[str, Found]:
        by = "node-hook" if event.kind.startswith("node.") else "python-hook"
        return by, self._read(frames(event.stack), caller)

    def _read(self, stack: Iterable[tuple[str, int]], caller: Caller | None) -> Found:
        return read_stack(with_setup(stack, caller.process.cwd if caller else "."), self.distributions)

    def _language(self, call: Call, event: Event | None, *, reaches: bool) -> Iterator[tuple[str, Found]]:
        """Yield what the language's stack says: the hook's line, or else the stack of the stopped interpreter."""
        if event is not None:
            yield self._of_event(event, call.caller)
        elif reaches and self.unwinder.available and is_interpreter(call.caller.process):
            unwound = self.unwinder.frames(call.pid, call.tid)
            if unwound:
                yield "unwinder", self._read(unwound, call.caller)

    def _use_of(self, claim: Claim, caller: Caller) -> None:
        phase = caller.memory["phase"]
        if claim.ecosystem in {"pypi", "npm"} and isinstance(phase, Phase):
            self._use(Distribution(claim.ecosystem, claim.package, claim.version), phase)


def _remove(folder: Path) -> None:
    """Remove the folder of the log, and whatever else the command may have put there."""
    try:
        (folder / "log").unlink()
        folder.rmdir()
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _is_connection(endpoint: Endpoint | None) -> bool:
    """Whether a call is one that a hook would tell of: the C library looks names up by itself."""
    return endpoint is not None and endpoint.is_ip and endpoint.port not in {0, 53}
