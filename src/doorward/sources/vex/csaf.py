"""CSAF 2.0 and 2.1, the profile VEX and security advisories: OASIS Common Security Advisory Framework."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.model.advisories import stamp
from doorward.model.intelligence import Refused
from doorward.model.vex import Statement
from doorward.sources.vex._values import because, entries, item, objects, purls, text, texts

NAME = "CSAF"
#: Lists of ``product_status`` and what they mean.
_STATUSES = {
    "known_not_affected": "not_affected",
    "fixed": "fixed",
    "first_fixed": "fixed",
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "under_investigation": "under_investigation",
}


def sniff(document: Mapping[str, Any]) -> bool:
    """Whether a document tells its version of CSAF."""
    return "csaf_version" in item(document.get("document"))


def parse(document: Mapping[str, Any]) -> Iterator[Statement | Refused]:
    """Yield a statement for each product that a vulnerability's status lists."""
    tree = item(document.get("product_tree"))
    packages = _packages(tree)
    groups = {text(g.get("group_id")): texts(g.get("product_ids")) for g in objects(tree.get("product_groups"))}
    when = stamp(item(item(document.get("document")).get("tracking")).get("current_release_date"))
    for number, entry in enumerate(entries(document.get("vulnerabilities"))):
        names = tuple(filter(None, (text(entry.get("cve")), *(text(i.get("text")) for i in objects(entry.get("ids"))))))
        if not names:
            yield Refused(f"vulnerabilities[{number}]", "it names no vulnerability")
            continue
        for key, status in _STATUSES.items():
            for product in texts(item(entry.get("product_status")).get(key)):
                found = purls([packages.get(product)])
                if found:
                    yield Statement(names, found, status, _reason(entry, product, groups), when)
                else:
                    yield Refused(f"vulnerabilities[{number}] {product}", "a product without a package URL")


def _packages(tree: Mapping[str, Any]) -> dict[str, object]:
    """Return the package URL of each product id; a product of a relationship is the component in it."""
    found: dict[str, object] = {}
    pending = [tree]
    while pending:
        node = pending.pop()
        pending += objects(node.get("branches"))
        for product in (item(node.get("product")), *objects(node.get("full_product_names"))):
            found[text(product.get("product_id"))] = _purl(product)
    for relation in objects(tree.get("relationships")):
        whole = item(relation.get("full_product_name"))
        found[text(whole.get("product_id"))] = _purl(whole) or found.get(text(relation.get("product_reference")))
    return found


def _purl(product: Mapping[str, Any]) -> object:
    helper = item(product.get("product_identification_helper"))
    return helper.get("purl") or next(iter(texts(helper.get("purls"))), None)


def _reason(entry: Mapping[str, Any], product: str, groups: Mapping[str, list[str]]) -> str:
    labels = [text(flag.get("label")) for flag in objects(entry.get("flags")) if product in _of(flag, groups)]
    impacts = [
        text(threat.get("details"))
        for threat in objects(entry.get("threats"))
        if threat.get("category") == "impact" and product in _of(threat, groups)
    ]
    return because(*labels[:1], *impacts[:1])


def _of(value: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Iterable[str]:
    named = texts(value.get("product_ids"))
    return [*named, *(product for group in texts(value.get("group_ids")) for product in groups.get(group, ()))]
