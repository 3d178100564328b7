# ruff: noqa: INP001 - it is loaded from its folder, by any interpreter that the user runs
"""The audit hook: one line for each call that matters, written before the call.

A line is tab-separated: kind, process, thread, descriptor, target, port, test, stack; a stack is "file:line" items,
innermost first, between spaces that are escaped inside. Every name that the hook needs is bound as a default, so that
code which patches modules afterwards does not blind it. The log is opened for each line: a program that closes all its
descriptors would otherwise make us write into a file of its own.
"""

from __future__ import annotations

import _thread
import os
import sys
from _thread import get_native_id
from collections.abc import Callable
from types import FrameType
from typing import Any

_WANTED = frozenset(
    (
        *("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"),
        *("socket.bind", "ctypes.dlopen", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "open"),
        *("ctypes.dlsym", "_thread.start_new_thread", "_thread.start_joinable_thread"),
        *("socket.gethostbyaddr", "socket.getnameinfo"),
    )
)
#: Parts of the paths of files that hold credentials, or that are run or read later by others.
_SENSITIVE = (
    *(".ssh", ".aws", ".npmrc", ".pypirc", ".netrc", ".env", ".docker", ".kube", "credentials", ".gnupg", ".config"),
    *(".bash", ".zsh", ".profile", ".pth", "cron", ".git/", ".github/", ".vscode", ".claude", ".cursor", "/etc/"),
)
#: Functions of the C library that send: whoever looks them up may call them past the interpreter.
_SENDERS = frozenset(("connect", "sendto", "sendmsg", "sendmmsg", "send", "socket", "syscall", "bind"))
_DEPTH = 48
_THREADS = 4096
#: Thread objects, by identity -> the frames that started them.
_ORIGINS: dict[int, str] = {}
#: From this version on the interpreter tells when a thread starts.
_TELLS_OF_THREADS = (3, 12)


def install() -> None:
    """Add the hook, if this process has a log and no hook yet."""
    log = os.environ.get("DOORWARD_GUARD_LOG")
    if log and not hasattr(sys, "_doorward_guarded"):
        setattr(sys, "_doorward_guarded", True)  # noqa: B010 - it is no attribute that a type checker knows
        hook = _make(log)
        hook("doorward.start", (sys.executable, sys.version.split(" ")[0]))
        sys.addaudithook(hook)
        if sys.version_info < _TELLS_OF_THREADS:
            _follow_threads()
        _at_exit(hook)


def _escape(value: Any) -> str:
    text: str = value if isinstance(value, str) else repr(value)
    for character, name in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), (" ", "\\s")):
        text = text.replace(character, name)
    return text[:1024]


def _stack(frame: FrameType | None, depth: int, escape: Callable[[Any], str], origins: dict[int, str]) -> str:
    """Return the frames, and behind those of a thread the frames that started it."""
    items: list[str] = []
    while frame is not None and len(items) < depth:
        name = frame.f_code.co_filename
        if not name.startswith("<frozen"):
            items.append(f"{escape(name)}:{frame.f_lineno}")
        if origins and frame.f_back is None and frame.f_code.co_name == "_bootstrap":
            origin = origins.get(id(frame.f_locals.get("self")))
            items += [origin] if origin else []
        frame = frame.f_back
    return " ".join(items)


def _started(args: tuple[Any, ...], stack: str, origins: dict[int, str]) -> None:
    """Remember who starts a thread, by the identity of the thread's object."""
    origins[id(getattr(args[0], "__self__", None))] = stack
    while len(origins) > _THREADS:
        del origins[next(iter(origins))]


def _connected(args: tuple[Any, ...]) -> tuple[int, Any, Any]:
    address = args[1]
    host, port = (address[0], address[1]) if isinstance(address, tuple) and len(address) > 1 else (address, 0)
    return args[0].fileno(), host, port


def _looked_up(args: tuple[Any, ...]) -> tuple[int, Any, Any]:
    return -1, args[0], args[1] if len(args) > 1 and args[1] is not None else 0


def _follow_threads() -> None:
    """Stand before the function that starts threads: ``threading`` takes it when it is loaded, or has it by now."""
    start = _thread.start_new_thread

    def start_new_thread(function: Callable[..., object], *args: Any) -> int:
        frame = sys._getframe(1)  # noqa: SLF001 - the only way to the stack
        _started((function,), _stack(frame, _DEPTH, _escape, _ORIGINS), _ORIGINS)
        return start(function, *args)

    _thread.start_new_thread = start_new_thread
    loaded = sys.modules.get("threading")
    if loaded is not None:
        setattr(loaded, "_start_new_thread", start_new_thread)  # noqa: B010 - its own name, which type checkers hide


def _named(args: tuple[Any, ...]) -> tuple[int, Any, Any]:
    return -1, args[0] if args else "", 0


def _addressed(args: tuple[Any, ...]) -> tuple[int, Any, Any]:
    return -1, args[0][0] if isinstance(args[0], tuple) and args[0] else args[0], 0


def _function(args: tuple[Any, ...]) -> tuple[int, Any, Any]:
    return -1, args[1], 0


def _is_worth_a_line(event: str, args: tuple[Any, ...], sensitive: tuple[str, ...], senders: frozenset[str]) -> bool:
    if event == "open":
        return isinstance(args[0], str) and any(part in args[0] for part in sensitive)
    return event != "ctypes.dlsym" or args[1] in senders


_READERS: dict[str, Callable[[tuple[Any, ...]], tuple[int, Any, Any]]] = {
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "socket.bind": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _named,
    "socket.gethostbyaddr": _addressed,
    "socket.getnameinfo": _addressed,
    "ctypes.dlsym": _function,
}


def _make(log: str) -> Callable[[str, tuple[Any, ...]], None]:
    """Return the hook. It never raises: an exception of an audit hook would end the user's call."""

    def hook(  # noqa: PLR0913, PLR0917 - bound as defaults, see above
        event: str,
        args: tuple[Any, ...],
        wanted: frozenset[str] = frozenset((*_WANTED, "doorward.start", "doorward.modules")),
        sensitive: tuple[str, ...] = _SENSITIVE,
        readers: dict[str, Callable[[tuple[Any, ...]], tuple[int, Any, Any]]] = _READERS,
        escape: Callable[[Any], str] = _escape,
        stack: Callable[..., str] = _stack,
        frame_of: Callable[[int], FrameType] = sys._getframe,  # noqa: SLF001 - the only way to the stack
        busy: dict[int, bool] = {},  # noqa: B006 - shared on purpose
        system: tuple[Any, ...] = (os.open, os.write, os.close, os.getpid, get_native_id, os.environ.get),
        flags: int = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC,
        named: Callable[[tuple[Any, ...]], tuple[int, Any, Any]] = _named,
        worth: Callable[..., bool] = _is_worth_a_line,
        senders: frozenset[str] = _SENDERS,
        origins: dict[int, str] = _ORIGINS,
        started: Callable[..., None] = _started,
    ) -> None:
        if event not in wanted:
            return
        if not worth(event, args, sensitive, senders):
            return
        opened, written, closed, process, thread, environ = system
        me = thread()
        if me in busy:
            return
        busy[me] = True
        try:
            if event.startswith("_thread"):
                started(args, stack(frame_of(1), _DEPTH, escape, origins), origins)
                return
            descriptor, target, port = readers.get(event, named)(args)
            test = environ("PYTEST_CURRENT_TEST") or ""
            text = args[1] if event == "doorward.modules" else stack(frame_of(1), _DEPTH, escape, origins)
            fields = (event, process(), me, descriptor, escape(target), escape(port), escape(test), text)
            file = opened(log, flags)
            try:
                written(file, ("\t".join(map(str, fields)) + "\n").encode("utf-8", "backslashreplace"))
            finally:
                closed(file)
        except Exception:  # noqa: BLE001, S110 - the user's call must go on; the kernel has it anyway
            pass
        finally:
            busy.pop(me, None)

    return hook


def _at_exit(hook: Callable[[str, tuple[Any, ...]], None]) -> None:
    """Tell at the end which installed modules were loaded."""
    import atexit  # noqa: PLC0415 - built in, and needed once

    def tell() -> None:
        files: dict[str, str] = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and ("site-packages" in file or "dist-packages" in file):
                files.setdefault(".".join(name.split(".")[:2]), file)
        hook("doorward.modules", ("", " ".join(_escape(file) for file in files.values())))

    atexit.register(tell)
