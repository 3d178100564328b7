"""Which handler serves which call."""

from __future__ import annotations

from doorward.guard.calls import Answer, Call
from doorward.guard.enforce import Workers
from doorward.guard.handlers.files import FILE_CALLS, Files
from doorward.guard.handlers.network import Network
from doorward.guard.handlers.programs import Programs
from doorward.guard.handlers.refusals import Refusals
from doorward.guard.paths import Sensitive
from doorward.guard.supervisor import Handler, Handlers
from doorward.guard.tree import Tree
from doorward.guard.watch import Watch


def make_handlers(
    watch: Watch, listener: int, workers: Workers, tree: Tree, sensitive: Sensitive, *, can_take: bool
) -> Handlers:
    """Return the handlers of one run by the name of the call; those of the 32-bit table know whose it should be."""
    network = Network(watch, listener, workers, can_take)
    refusals = Refusals(watch, listener, tree)
    programs = Programs(watch, listener)
    files = Files(watch, listener, refusals, sensitive)
    handlers: dict[str, Handler] = {
        "connect": network.connect,
        "sendto": network.sendto,
        "sendmsg": network.sendmsg,
        "sendmmsg": network.sendmmsg,
        "listen": network.listen,
        "bind": network.bind,
        "socketcall": network.socketcall,
        "socket": refusals.socket,
        "x32": refusals.x32,
        "seccomp": refusals.seccomp,
        "ptrace": refusals.ptrace,
        "process_vm_readv": refusals.process_memory,
        "process_vm_writev": refusals.process_memory,
        "pidfd_getfd": refusals.pidfd_getfd,
        "io_uring_setup": refusals.io_uring,
        "io_uring_enter": refusals.io_uring,
        "io_uring_register": refusals.io_uring,
        "execve": programs.execve,
        "execveat": programs.execveat,
        **dict.fromkeys(FILE_CALLS, files.change),
    }
    return {64: handlers, 32: {name: _with_32_bits(handler, network) for name, handler in handlers.items()}}


def _with_32_bits(handler: Handler, network: Network) -> Handler:
    """Tell of 32-bit calls of a 64-bit program, and leave 32-bit networking in block mode to its refusal."""

    def handle(call: Call) -> Answer | None:
        return network.from_32_bits(call, handler)

    return handle
