"""The technique that doorward defends against, and the ids of its detections and mitigations, as data.

Source: MITRE ATT&CK's resource-development extension, technique AT-RD004.001 "Backdoored Open-Source Libraries".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One detection or mitigation of the technique's page."""

    id: str
    name: str
    #: What the page asks for, in our words.
    asks: str


TECHNIQUE = "AT-RD004.001"
TECHNIQUE_NAME = "Backdoored Open-Source Libraries"
#: The enterprise techniques it maps to: compromise of dependencies, compromise of the software supply chain.
ATTACK_TECHNIQUES = ("T1195.001", "T1195.002")

CATALOG: Mapping[str, Entry] = MappingProxyType(
    {
        entry.id: entry
        for entry in (
            Entry("DS0021", "Code Repository", "commits signed by unrecognised keys or from new contributors"),
            Entry("DS0050", "Package Registry", "sudden publish with size increase or unexpected binaries"),
            Entry("DS0004", "Malware Repository", "package hashes against indicators of backdoored libraries"),
            Entry("DS0015", "Application Log", "a library that opens outbound connections during build or test"),
            Entry("M1045", "Code Signing", "signing and verification of every open-source dependency"),
            Entry("M1016", "Vulnerability Scanning", "regular scans for known vulnerabilities and malicious code"),
            Entry("M1013", "Application Developer Guidance", "secure practices and dependency policies"),
        )
    }
)
