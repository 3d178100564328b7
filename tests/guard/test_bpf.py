from __future__ import annotations

import errno

import pytest

from doorward.guard.abi import AARCH64, I386, X86_64, Architecture
from doorward.guard.bpf import ALLOW, KILL_PROCESS, USER_NOTIF, build_filter, encode, run

FULL = build_filter((X86_64, I386), execution=True, changes=True)
NETWORK = build_filter((X86_64, I386), execution=False, changes=False)
ARM = build_filter((AARCH64,), execution=True, changes=True)
ENOSYS = 0x50000 | errno.ENOSYS


@pytest.mark.parametrize("architecture", [X86_64, I386])
@pytest.mark.parametrize(
    "call",
    ["connect", "sendmsg", "sendmmsg", "bind", "listen", "io_uring_setup", "io_uring_enter", "ptrace", "pidfd_getfd"],
)
def test_calls_of_every_table_are_trapped(architecture: Architecture, call: str):
    assert run(NETWORK, architecture.calls[call], architecture.audit) == USER_NOTIF


@pytest.mark.parametrize(
    ("arguments", "action"),
    [
        ((1, 1, 0), ALLOW),
        ((16, 3, 0), ALLOW),
        ((2, 1, 0), ALLOW),
        ((2, 1 | 0o4000 | 0o2000000, 6), ALLOW),
        ((10, 2, 17), ALLOW),
        ((2, 3, 6), USER_NOTIF),
        ((2, 3, 17), USER_NOTIF),
        ((2, 1, 132), USER_NOTIF),
        ((2, 1, 262), USER_NOTIF),
        ((2, 2, 1), USER_NOTIF),
        ((2, 1, 17), USER_NOTIF),
        ((2, 5, 0), USER_NOTIF),
        ((17, 3, 0), USER_NOTIF),
        ((40, 1, 0), USER_NOTIF),
        ((38, 5, 0), USER_NOTIF),
    ],
)
def test_sockets_pass_by_family_type_and_protocol(arguments: tuple[int, ...], action: int):
    for architecture in (X86_64, I386):
        assert run(NETWORK, architecture.calls["socket"], architecture.audit, arguments) == action


@pytest.mark.parametrize(("address", "action"), [(0, ALLOW), (1, USER_NOTIF), (1 << 32, USER_NOTIF)])
def test_a_plain_send_costs_nothing(address: int, action: int):
    assert run(NETWORK, 44, X86_64.audit, (3, 0, 0, 0, address, 16)) == action


@pytest.mark.parametrize(
    ("call", "arguments", "full", "network"),
    [
        ("open", (0, 0), ALLOW, ALLOW),
        ("open", (0, 0o2000000), ALLOW, ALLOW),
        ("open", (0, 1), USER_NOTIF, ALLOW),
        ("openat", (0, 0, 2), USER_NOTIF, ALLOW),
        ("openat", (0, 0, 0o100), USER_NOTIF, ALLOW),
        ("openat", (0, 0, 0), ALLOW, ALLOW),
        ("openat2", (), ENOSYS, ALLOW),
        ("rename", (), USER_NOTIF, ALLOW),
        ("execve", (), USER_NOTIF, ALLOW),
        ("seccomp", (1, 0), ALLOW, ALLOW),
        ("seccomp", (1, 8), USER_NOTIF, USER_NOTIF),
    ],
)
def test_what_depends_on_the_phase(call: str, arguments: tuple[int, ...], full: int, network: int):
    for architecture in (X86_64, I386):
        number = architecture.calls[call]
        assert run(FULL, number, architecture.audit, arguments) == full
        assert run(NETWORK, number, architecture.audit, arguments) == network


def test_x32_is_trapped_other_calls_pass_and_other_architectures_are_killed():
    assert run(NETWORK, 0x40000000 | 42, X86_64.audit) == USER_NOTIF
    assert run(NETWORK, 0, X86_64.audit) == ALLOW
    assert run(NETWORK, 102, I386.audit) == USER_NOTIF
    assert run(NETWORK, 42, I386.audit) == ALLOW
    assert run(NETWORK, 42, AARCH64.audit) == KILL_PROCESS


def test_the_arm_table_is_marked_as_not_tried_and_assembles():
    assert not AARCH64.tried
    assert run(ARM, AARCH64.calls["connect"], AARCH64.audit) == USER_NOTIF
    assert run(ARM, 0, AARCH64.audit) == ALLOW


def test_the_program_fits_the_kernels_limits():
    for program in (FULL, NETWORK, ARM):
        assert len(program) <= 4096
        assert len(encode(program)) == 8 * len(program)
        for position, (_code, _operand, true, false) in enumerate(program):
            assert max(true, false) <= 255
            assert position + max(true, false) < len(program)
