"""How many attempts to swap an address after it was decided on arrive, of a million under block mode.

A thread of a C program flips the address between an allowed and a refused port of loopback while another one calls
``connect``, ``sendto``, ``sendmsg`` and ``sendmmsg`` with it, a quarter of the attempts each; a listener counts what
reaches the refused port. Beside it stands the same race, a hundredth as often, where the calls are only observed.

    python benchmarks/race.py [--attempts 1000000]
"""

from __future__ import annotations

import argparse
import time

from doorward.guard.selftest import Result, bypasses
from doorward.model.run import Mode

WAYS = {18: "connect", 41: "sendto", 42: "sendmsg", 43: "sendmmsg"}


def tried(number: int, attempts: int, mode: Mode) -> tuple[Result, float]:
    started = time.perf_counter()
    (result,) = bypasses([number], attempts=attempts, mode=mode)
    return result, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=1_000_000)
    each = parser.parse_args().attempts // len(WAYS)
    total = 0
    for number, name in WAYS.items():
        blocked, seconds = tried(number, each, Mode.BLOCK)
        observed, _ = tried(number, max(1, each // 100), Mode.OBSERVE)
        total += blocked.arrived
        cost = f"{seconds / each * 1e6:.0f} us each"
        print(
            f"{name:9} {blocked.status.value:9} {blocked.arrived:,} of {each:,} arrived   {cost}"
            f"   observed only: {observed.arrived:,} of {max(1, each // 100):,}",
            flush=True,
        )
    print(f"{total:,} of {each * len(WAYS):,} race attempts arrived in block mode")
    raise SystemExit(bool(total))


if __name__ == "__main__":
    main()
