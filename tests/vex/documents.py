"""One VEX document of each format about one component, by hand."""

from typing import Any

PURL = "pkg:pypi/alpha@1.0.0"
WHY = "vulnerable_code_not_in_execute_path"


def openvex(cve: str = "CVE-2026-2", status: str = "not_affected", **more: Any) -> dict[str, Any]:
    statement = {"vulnerability": {"name": cve}, "products": [{"@id": PURL}], "status": status} | more
    if status == "not_affected":
        statement = {"justification": WHY} | statement
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://vex.invalid/1",
        "author": "the project",
        "timestamp": "2026-05-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }


def csaf(status: str = "known_not_affected", **more: Any) -> dict[str, Any]:
    product = {"product_id": "A", "name": "alpha", "product_identification_helper": {"purl": PURL}}
    entry = {
        "cve": "CVE-2026-2",
        "product_status": {status: ["A"]},
        "flags": [{"label": WHY, "product_ids": ["A"]}],
    } | more
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "tracking": {"current_release_date": "2026-05-01T00:00:00Z"},
        },
        "product_tree": {
            "branches": [{"category": "vendor", "branches": [{"category": "product_version", "product": product}]}]
        },
        "vulnerabilities": [entry],
    }


def cyclonedx(state: str = "not_affected", **more: Any) -> dict[str, Any]:
    entry = {
        "id": "CVE-2026-2",
        "affects": [{"ref": "c1"}],
        "analysis": {"state": state, "justification": "code_not_reachable", "detail": "never called"},
    } | more
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [{"type": "library", "bom-ref": "c1", "name": "alpha", "version": "1.0.0", "purl": PURL}],
        "vulnerabilities": [entry],
    }


ALL = {"OpenVEX": openvex, "CSAF": csaf, "CycloneDX": cyclonedx}
