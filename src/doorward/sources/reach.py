"""Which addresses may be asked on whose word.

The user's own addresses may be anywhere. What somebody else wrote - the target of a redirect, a file that an index's
document names, an index that only the inspected tree names - stays out of private networks, unless it is on the host of
the user's own index or that index is itself in such a network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from doorward.errors import AccessRefused, BadRedirect, FetchError
from doorward.records import dataclass
from doorward.sources.addresses import is_internal, is_link_local, may_carry_credentials, next_hop, origin, shown, split
from doorward.sources.indexes import Credentials, Index

Resolve = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Reach:
    """What one request, started at ``url``, may do at each address that it comes to."""

    #: Where it starts, without user information.
    url: str
    #: On whose word; None: the user's own, and nothing has to be shown there.
    index: Index | None
    resolve: Resolve

    def guarded(self, url: str) -> bool:
        """Whether a request to ``url`` may only reach public addresses."""
        if self.index is not None and not self.index.trusted:
            return True
        return self._is_foreign(url) and not self._home_is_internal

    def credentials(self, url: str) -> Credentials | None:
        """Return what may be sent to ``url``."""
        index = self.index
        if index is None or not index.trusted or index.credentials is None:
            return None
        return index.credentials if may_carry_credentials(index.url, url) else None

    def check_name(self, url: str) -> None:
        """Refuse a guarded address whose host is, also among others, an internal one."""
        if self.guarded(url) and self._is_internal(url):
            raise self._refusal(url, "is at a private address")
        # Where clouds hand out credentials: never on anybody else's word, also where the index itself is internal.
        if self._is_foreign(url) and any(map(is_link_local, self.resolve(origin(split(url))[1]))):
            raise self._refusal(url, "is at a link-local address")

    def check_peer(self, url: str, address: str) -> None:
        """Refuse a connection for a guarded address that ended at an internal one."""
        local = self._is_foreign(url) and is_link_local(address)
        if local or (self.guarded(url) and is_internal(address)):
            raise self._refusal(url, "turned out to be at a private address")

    def follow(self, current: str, location: str) -> str:
        """Return where a redirect leads; BadRedirect where it may not lead there."""
        try:
            return next_hop(current, location)
        except ValueError as error:
            raise BadRedirect(f"{shown(current)} redirects to where it may not: {error}") from None

    def _is_foreign(self, url: str) -> bool:
        return origin(split(url))[1] != origin(split(self._home))[1]

    def _refusal(self, url: str, why: str) -> FetchError:
        if url == self.url:
            return AccessRefused(f"{shown(url)} {why}, and not the user but what is inspected names it")
        return BadRedirect(f"{shown(self.url)} redirects to {shown(url)}, which {why}")

    @property
    def _home(self) -> str:
        return self.index.url if self.index is not None else self.url

    @cached_property
    def _home_is_internal(self) -> bool:
        return self._is_internal(self._home)

    def _is_internal(self, url: str) -> bool:
        # A host that does not resolve here is left to the connection, which fails or goes by a proxy.
        return any(is_internal(address) for address in self.resolve(origin(split(url))[1]))
