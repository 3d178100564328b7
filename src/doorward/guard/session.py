"""One guarded run, from the first question to the kernel to the Run that the rules read."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.errors import InternalError
from doorward.guard import bpf, kernel, launch, signals
from doorward.guard.abi import MACHINES
from doorward.guard.attribution.join import Layers
from doorward.guard.enforce import Workers
from doorward.guard.handlers.table import make_handlers
from doorward.guard.ledger import Ledger, now
from doorward.guard.names import Names, read_hosts
from doorward.guard.notices import Notice, Notices
from doorward.guard.offers import Offers, can_isolate, isolating, probe
from doorward.guard.openings import Openings, credential_files
from doorward.guard.options import GuardOptions
from doorward.guard.paths import Sensitive
from doorward.guard.phases import phase_of_command
from doorward.guard.resolver import Resolver
from doorward.guard.supervisor import Supervisor
from doorward.guard.tree import Tree
from doorward.guard.watch import Decide, Watch
from doorward.model.places import home_folder
from doorward.model.run import Grade, Phase, Run
from doorward.records import dataclass, replace

if TYPE_CHECKING:
    from doorward.guard import fallback
else:
    fallback = Late("doorward.guard.fallback")

#: Seconds between two looks for orphans that ended.
_REAP = 0.02
_BUSY = "a supervisor outside this one already holds the notifications: it watches instead"

_UNSTARTED = "the command could not be started"
_HOOKS_ALONE = "the kernel's calls could not be watched: only the hooks of Python and Node told of connections"


@dataclass(slots=True)
class _Session:
    """What belongs together while a command runs."""

    command: Sequence[str]
    options: GuardOptions
    environment: dict[str, str]
    offers: Offers
    watch: Watch
    layers: Layers
    tree: Tree
    sensitive: Sensitive
    supervisor: Supervisor | None = None
    workers: Workers | None = None
    #: Why calls may have gone unseen.
    unwatched: tuple[str, ...] = ()

    @property
    def grade(self) -> Grade:
        """How far a refusal can be relied on."""
        return self.offers.grade(self.options.mode, ports=self.options.floor_ports is not None)

    @property
    def writes(self) -> bool:
        """Whether changes of files are watched."""
        asked = self.options.watch_writes
        return phase_of_command(self.command) is not Phase.TEST if asked is None else asked

    def serve(self, listener: int, killable: bool) -> None:  # noqa: FBT001 - called by the launcher
        """Start to answer: the filter is on the launching thread, and not on this one."""
        self.offers = replace(self.offers, killable=killable, synchronous=kernel.wake_on_same_core(listener))
        supervisor = Supervisor(listener, self.tree, {}, MACHINES[os.uname().machine], self.watch.blocking)
        self.workers = Workers(supervisor.reply, supervisor.faults)
        supervisor.handlers = make_handlers(
            self.watch, listener, self.workers, self.tree, self.sensitive, can_take=self.offers.descriptors
        )
        supervisor.start()
        self.supervisor = supervisor

    def plan(self, environment: dict[str, str]) -> launch.Plan:
        """Return what to start, and under which filter."""
        tables = MACHINES.get(os.uname().machine, ())
        program = bpf.build_filter(tables, execution=True, changes=self.writes)
        # Permitted connections are made by the supervisor: the command's own threads need none.
        floor: tuple[int, ...] | None = () if self.offers.descriptors else self.options.floor_ports
        floor = floor if self.watch.blocking else None
        command = isolating(self.command) if self.options.hard and self.offers.namespaces else self.command
        return launch.Plan(command, environment, self.options.cwd, bpf.encode(program), self.offers.landlock, floor)


def run(
    command: Sequence[str], options: GuardOptions, decide: Decide, notice: Notice, *, offers: Offers | None = None
) -> Run:
    """Run ``command`` under watch and return what was seen, once its last descendant has ended.

    ``decide`` is asked once for each distinct attempt, from several threads but one at a time; ``notice`` is told of
    each distinct connection; ``offers`` is what the kernel offers (None: it is asked).

    Raises InternalError where guard itself cannot work (exit 125).
    """
    if not command:
        raise InternalError("guard needs a command")
    started, clock = now(), time.monotonic()
    offers = offers or probe()
    offers = replace(offers, namespaces=not options.hard or can_isolate())
    ledger = Ledger()
    tree_root = [0]
    environment = dict(os.environ if options.environment is None else options.environment)
    tree = Tree(lambda: tree_root[0], environment)
    with contextlib.ExitStack() as stack:
        stack.enter_context(launch.open_standard_streams())
        layers = stack.enter_context(Layers.open(options))
        notices = Notices(notice)
        stack.callback(notices.close)
        watch = Watch(options, decide, notices, layers, ledger, Names(read_hosts()))
        homes = [str(options.home or home_folder(os.environ))]
        sensitive = Sensitive(homes, map(str, options.honey_files))
        session = _Session(command, options, environment, offers, watch, layers, tree, sensitive)
        if options.required is not None and session.grade.rank > options.required.rank:
            return replace(_result(session, started, clock), required=options.required)
        stack.callback(tree.close)
        watch.resolver = Resolver(watch.ask, watch.learn)
        stack.callback(watch.resolver.close)
        with _openings(session, homes, tree_root) if sys.platform == "linux" else contextlib.nullcontext():
            code = _execute(session, tree_root)
        layers.drain()
        notices.close()
        result = _result(session, started, clock)
        if code is None:
            return replace(result, required=options.required)
        return replace(result, exit=_exit(code), signal=-code if code < 0 else None)


@contextlib.contextmanager
def _openings(session: _Session, homes: list[str], tree_root: list[int]) -> Iterator[None]:
    """Watch who opens credentials; the thread has a tree of its own."""
    files = credential_files(homes, session.options.honey_files)
    if not files:
        yield
        return
    tree = Tree(lambda: tree_root[0], session.environment, capacity=256)
    openings = Openings(session.watch, session.layers, tree, session.sensitive, files)
    try:
        yield
    finally:
        openings.close()
        tree.close()


def _exit(code: int) -> int:
    return 128 - code if code < 0 else code


def _execute(session: _Session, tree_root: list[int]) -> int | None:
    """Start the command and return its code, negative for a signal, after the last descendant ended.

    None: it was not started, since the grade that is asked for cannot be reached.
    """
    plan = session.plan(session.layers.environment(session.environment))
    if session.offers.notification:
        return _without_filter(session, plan, tree_root)
    before = launch.children()
    with _subreaper():
        launched = launch.launch(plan, session.serve)
        if session.supervisor is None and launched.refused is not None:
            session.offers = replace(session.offers, notification=_reason(launched.refused))
            return _without_filter(session, plan, tree_root)
        if launched.process is None:
            _finish(session, before)
            if launched.refused is not None:
                raise InternalError(f"the command cannot be started: {launched.refused}")
            session.unwatched += (_UNSTARTED,)
            return launched.code
        tree_root[0] = launched.process.pid
        ours = before | {launched.process.pid}
        with launch.many_descriptors(), _signals(session, launched.process):
            code = launch.wait(launched.process, lambda: launch.reap_orphans(ours | session.layers.children()))
            _finish(session, before)
        return code


def _reason(error: OSError) -> str:
    return _BUSY if error.errno == errno.EBUSY else f"no seccomp notification: {error.strerror}"


def _without_filter(session: _Session, plan: launch.Plan, tree_root: list[int]) -> int | None:
    """Run the command where no filter can be had: under strace, or with the hooks alone."""
    required = session.options.required
    if required is not None and session.grade.rank > required.rank:
        return None
    session.watch.enforcing = False
    strace = None if session.offers.notification == _BUSY else fallback.working_strace()
    session.offers = replace(session.offers, resolver=False)
    if strace is None:
        session.unwatched += (_HOOKS_ALONE,)
    with contextlib.ExitStack() as stack:

        def started(process: subprocess.Popen[bytes]) -> None:
            tree_root[0] = process.pid
            stack.enter_context(_signals(session, process))

        watched = fallback.Fallback(plan, session.watch, session.layers, session.tree, started)
        code = watched.run(strace=strace)
    session.unwatched += tuple(watched.gaps)
    if not tree_root[0]:
        session.unwatched += (_UNSTARTED,)
    return code


def _finish(session: _Session, before: frozenset[int]) -> None:
    """Serve until the last process under the filter has ended, collecting orphans."""
    supervisor = session.supervisor
    if supervisor is None:
        return
    while not supervisor.done.wait(_REAP):
        launch.reap_orphans(before | session.layers.children())
    if session.workers is not None:
        session.workers.close()
    os.close(supervisor.listener)


@contextlib.contextmanager
def _subreaper() -> Iterator[None]:
    kernel.set_subreaper(on=True)
    try:
        yield
    finally:
        kernel.set_subreaper(on=False)


@contextlib.contextmanager
def _signals(session: _Session, process: subprocess.Popen[bytes]) -> Iterator[None]:
    if not session.options.forward_signals:
        yield
        return

    # What a shell starts behind itself ignores Ctrl-C: whoever presses it once the command has ended means these.
    sharper = iter((signal.SIGTERM,))

    def send(number: int, shared: bool) -> None:  # noqa: FBT001 - called by the handler
        if process.poll() is None:
            if not shared:
                process.send_signal(number)
            return
        # The command itself has ended: what it left behind gets the signal.
        chosen = next(sharper, signal.SIGKILL) if number == signal.SIGINT else signal.Signals(number)
        for pid in launch.children() - session.layers.children():
            with contextlib.suppress(OSError):
                os.kill(pid, chosen)

    with signals.forwarded(send):
        yield


def _result(session: _Session, started: datetime, clock: float) -> Run:
    ledger, offers = session.watch.ledger, session.offers
    resolver = session.watch.resolver
    faults = (*(session.supervisor.faults if session.supervisor else ()), *(resolver.faults if resolver else ()))
    why = session.watch.notices.silenced
    told = tuple(f"fault of guard: {fault}" for fault in faults)
    silenced = (f"notices ended: {why}",) if why else ()
    return Run(
        id=os.urandom(8).hex(),
        command=tuple(session.command),
        mode=session.options.mode,
        started=started,
        seconds=time.monotonic() - clock,
        exit=None,
        signal=None,
        grade=session.grade,
        missing=(*offers.missing, *told, *silenced),
        connections=(*ledger.connections.rows(), *ledger.gathered.rows(unix=False)),
        local=(*ledger.local.rows(), *ledger.gathered.rows(unix=True)),
        queries=ledger.queries.rows(),
        listeners=ledger.listeners.rows(),
        executions=ledger.executions.rows(),
        files=ledger.files.rows(),
        evasions=ledger.evasions.rows(),
        neighbours=ledger.neighbours.rows(),
        libraries=session.layers.libraries(),
        overflow=ledger.overflow(),
        names_visible=offers.resolver and offers.descriptors and not offers.notification,
        index_hosts=session.options.index_hosts,
        refused=ledger.refused,
        filtered=not offers.notification,
        unwatched=(*session.unwatched, *told),
        changes_watched=session.writes and not offers.notification,
    )
