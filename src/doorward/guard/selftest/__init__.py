"""``guard --selftest``: a public list of ways past a watch, tried on this machine, under block mode.

Each way is a small program of its own that sends one harmless word to a listener on loopback. It is *refused* where
nothing arrived, *seen* where the run tells of it though it arrived, and *missed* where it arrived and was not told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from doorward.guard.options import GuardOptions
from doorward.guard.selftest.arrivals import Arrivals, arrivals
from doorward.guard.selftest.builds import Tools, find_tools
from doorward.guard.selftest.ways import WAYS, Setting, Unavailable, Way
from doorward.guard.session import run
from doorward.model.run import ConnectionAttempt, Decision, Mode, Run
from doorward.records import dataclass

_QUIET = ("/bin/sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh")


class Status(Enum):
    """What became of one way."""

    REFUSED = "refused"
    SEEN = "seen"
    MISSED = "missed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the score."""

    number: int
    name: str
    status: Status
    #: Why it was not tried, or how often it arrived.
    detail: str = ""
    #: How often it reached the listener.
    arrived: int = 0


def bypasses(
    numbers: Iterable[int] | None = None, *, attempts: int = 200, mode: Mode = Mode.BLOCK
) -> tuple[Result, ...]:
    """Try the ways (all, or those of ``numbers``) and return one result each, in their order.

    ``attempts`` is how often the racing ways try; in ``mode`` OBSERVE nothing is refused, which shows that they race.
    Helpers are compiled in a temporary folder; where there is no compiler the ways that need one are not tried. Takes
    about a tenth of a second a way.
    """
    chosen = None if numbers is None else frozenset(numbers)
    with TemporaryDirectory(prefix="guard-selftest-") as folder:
        Path(folder).chmod(0o755)
        tools = find_tools(Path(folder))
        return tuple(_try(way, tools, attempts, mode) for way in WAYS if chosen is None or way.number in chosen)


def _try(way: Way, tools: Tools, attempts: int, mode: Mode) -> Result:
    with arrivals(tools.folder, ipv6=way.ipv6) as listener:
        setting = Setting(tools, listener, attempts)
        try:
            command = way.command(setting)
        except Unavailable as error:
            return Result(way.number, way.name, Status.NOT_TRIED, str(error))
        options = GuardOptions(
            mode=mode,
            environment={**setting.environment, "ATTEMPTS": str(attempts)},
            hooks=False,
            unwinder=None,
            name_ports=frozenset({53, listener.port}) if way.by_name else frozenset({53}),
            forward_signals=False,
        )
        with listener.inheritable(way.inherits):
            result = run([*_QUIET, *command], options, _policy(listener), lambda _: None)
        count = listener.settle()
    if count:
        told = Status.SEEN if _told(result, listener.port) else Status.MISSED
        return Result(way.number, way.name, told, f"arrived {count} times", count)
    if result.exit and not _told(result, listener.port):
        return Result(way.number, way.name, Status.NOT_TRIED, f"the helper ended with {result.exit}")
    return Result(way.number, way.name, Status.REFUSED)


def _policy(listener: Arrivals) -> Callable[[ConnectionAttempt], Decision]:
    """Allow the second port only."""

    def decide(attempt: ConnectionAttempt) -> Decision:
        allowed = attempt.endpoint.port == listener.allowed_port and attempt.call != "dns"
        return Decision.ALLOW if allowed else Decision.REFUSE

    return decide


def _told(result: Run, port: int) -> bool:
    return any(connection.endpoint.port == port for connection in result.connections) or bool(
        result.evasions or result.queries or result.local
    )


def score(results: Iterable[Result]) -> tuple[int, int]:
    """Return how many were seen or refused, and how many were tried."""
    tried = [result for result in results if result.status is not Status.NOT_TRIED]
    return sum(result.status is not Status.MISSED for result in tried), len(tried)
