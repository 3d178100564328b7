"""OpenVEX 0.0.1 to 0.2.0, as its specification has it: openvex.dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doorward.model.advisories import stamp
from doorward.model.intelligence import Refused
from doorward.model.vex import Statement
from doorward.sources.vex._values import because, entries, item, purls, text, texts

NAME = "OpenVEX"
_STATUSES = frozenset({"not_affected", "affected", "fixed", "under_investigation"})


def sniff(document: Mapping[str, Any]) -> bool:
    """Whether a document names OpenVEX as its context."""
    return "openvex" in text(document.get("@context")) and isinstance(document.get("statements"), list)


def parse(document: Mapping[str, Any]) -> Iterator[Statement | Refused]:
    """Yield the statements, those of the same vulnerability in their order."""
    made = stamp(document.get("timestamp"))
    for number, statement in enumerate(entries(document.get("statements"))):
        vulnerabilities = _vulnerabilities(statement.get("vulnerability"))
        products = purls(_products(statement))
        status = text(statement.get("status"))
        if not vulnerabilities or not products or status not in _STATUSES:
            yield Refused(f"statements[{number}]", "no vulnerability, no package URL of a product, or no status")
            continue
        reason = because(text(statement.get("justification")), text(statement.get("impact_statement")))
        when = stamp(statement.get("last_updated")) or stamp(statement.get("timestamp")) or made
        yield Statement(vulnerabilities, products, status, reason, when)


def _vulnerabilities(value: object) -> tuple[str, ...]:
    named = item(value)
    names = [text(value), text(named.get("name")), text(named.get("@id")), *texts(named.get("aliases"))]
    # An id may be an address that ends in the name.
    return tuple(dict.fromkeys(name.rstrip("/").rpartition("/")[2] for name in names if name))


def _products(statement: Mapping[str, Any]) -> Iterator[object]:
    """Yield what names the components: the subcomponents of a product where it has some, else the product itself."""
    products = statement.get("products")
    for product in products if isinstance(products, list) else ():
        inner = item(product).get("subcomponents")
        yield from _names(inner if isinstance(inner, list) and inner else [product])
    shared = statement.get("subcomponents")
    yield from _names(shared if isinstance(shared, list) else [])


def _names(components: list[object]) -> Iterator[object]:
    for component in components:
        named = item(component)
        yield from (component, named.get("@id"), item(named.get("identifiers")).get("purl"))
