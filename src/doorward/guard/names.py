"""Which name gave which address, in this run."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path

#: Addresses that are remembered.
_CAPACITY = 50_000
_MAX_HOSTS_FILE = 1 << 20


class Names:
    """Addresses and the names that DNS answers, the hosts file and the language hooks gave them."""

    def __init__(self, hosts: str = "") -> None:
        """``hosts`` is the text of a hosts file."""
        self._by_address: dict[str, str] = {}
        for line in hosts.splitlines():
            address, *names = line.partition("#")[0].split() or [""]
            if names and not self.of(address):
                self._keep(address, names[0])

    def learn(self, name: str, addresses: Iterable[str]) -> None:
        """Remember an answer; the last one counts."""
        for address in addresses:
            self._keep(address, name)

    def of(self, address: str) -> str:
        """Return the name that led to an address, "" where none did."""
        return self._by_address.get(address, "")

    def _keep(self, address: str, name: str) -> None:
        try:
            text = str(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return
        if len(self._by_address) >= _CAPACITY and text not in self._by_address:
            del self._by_address[next(iter(self._by_address))]
        self._by_address[text] = name


def read_hosts(path: Path = Path("/etc/hosts")) -> str:
    """Return the hosts file, "" where it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_HOSTS_FILE)
    except OSError:
        return ""
