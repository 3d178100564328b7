"""Find the order of an ecosystem by OSV's name for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import cast

from doorward.discovery import members
from doorward.errors import InternalError, InvalidVersion
from doorward.model.versions._order import Key, Line, Order
from doorward.records import dataclass

#: Ecosystems that rebuild packages of others and name those after a colon ("Root:npm", "TuxCare:Alpine:v3.20"), and the
#: ecosystem meant where nothing follows.
_REBUILDERS = {"Docker Hardened Images": "", "Echo": "Debian", "Root": "", "TuxCare": ""}
#: How rebuilders number their builds ("1.2.3+echo.4", "1.2.3.root.io.4"), which some orders would ignore or refuse.
_BUILD = re.compile(r"[.+-](?:echo|root\.io)\.([0-9]+)\Z")
#: Longest ecosystem name that is looked up.
_MAX_NAME = 300


@dataclass(frozen=True)
class _Rebuilt:
    """The order of the packages that somebody rebuilds: the original's, then the build number."""

    inner: Order

    @property
    def ECOSYSTEMS(self) -> tuple[str, ...]:  # noqa: N802 - the name that the modules use
        """The ecosystems of the original."""
        return self.inner.ECOSYSTEMS

    def key(self, version: str) -> Key:
        """Return the original's key and the build number, 0 where there is none."""
        build = _BUILD.search(version)
        if build is None:
            return self.inner.key(version), 0
        return self.inner.key(version[: build.start()]), int(build[1])

    def is_prerelease(self, key: Key) -> bool:
        """Whether the original is one."""
        return self.inner.is_prerelease(key[0])

    def major_line(self, key: Key) -> Line:
        """Return the original's line."""
        return self.inner.major_line(key[0])


@cache
def orders() -> Mapping[str, Order]:
    """Return every order by the ecosystem names that its module declares."""
    found: dict[str, Order] = {}
    for path, module in members("doorward.model.versions").items():
        order = cast("Order", module)
        for name in order.ECOSYSTEMS:
            if name in found or name in _REBUILDERS:
                raise InternalError(f"versions/{path}.py: the ecosystem {name!r} already has an order")
            found[name] = order
    return MappingProxyType(found)


@lru_cache(maxsize=512)
def order_of(ecosystem: str) -> Order:
    """Return the order of an ecosystem, release suffixes ignored; raise InvalidVersion where none is known."""
    name, _, suffix = ecosystem.partition(":")
    if len(ecosystem) <= _MAX_NAME:
        if name in orders():
            return orders()[name]
        original = (suffix or _REBUILDERS.get(name, "")).partition(":")[0]
        if name in _REBUILDERS and original in orders():
            return _Rebuilt(orders()[original])
    raise InvalidVersion(f"no order of versions is known for the ecosystem {ecosystem[:_MAX_NAME]!r}")
