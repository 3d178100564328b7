"""Landlock: a floor beneath the filter that the kernel itself keeps, without privilege.

In block mode the supervisor makes every permitted connection itself, so the command's own threads need no TCP connect
at all: whatever call slipped past the filter would still be refused. Signals cannot leave the domain either, so the
command cannot end its supervisor.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from doorward.guard import kernel

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG = 1
_NET_CONNECT_TCP = 1 << 1
_SCOPE_SIGNAL = 1 << 1
_RULE_NET_PORT = 2

TCP_PORTS, SIGNAL_SCOPE = 4, 6


def version() -> int:
    """Return the interface's version, 0 where there is no Landlock."""
    try:
        return kernel.system_call(_CREATE, 0, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(abi: int, *, ports: Iterable[int] | None) -> None:
    """Restrict the calling thread and what it starts. Needs ``no_new_privs``. Raises OSError.

    ``ports`` are the TCP ports that may be connected to directly; None leaves connections alone.
    """
    network = _NET_CONNECT_TCP if ports is not None and abi >= TCP_PORTS else 0
    scope = _SCOPE_SIGNAL if abi >= SIGNAL_SCOPE else 0
    if not network and not scope:
        return
    # File access, network access, scopes: an older kernel takes the shorter structure.
    attributes = struct.pack("=QQQ", 0, network, scope)[: 24 if abi >= SIGNAL_SCOPE else 16]
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = kernel.system_call(_CREATE, ctypes.addressof(buffer), len(attributes), 0)
    try:
        for port in ports or () if network else ():
            rule = ctypes.create_string_buffer(struct.pack("=QQ", network, port), 16)
            kernel.system_call(_ADD_RULE, ruleset, _RULE_NET_PORT, ctypes.addressof(rule), 0)
        kernel.system_call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
