"""VEX documents of each format: what they state, and what of them counts for nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import FeedError
from doorward.model.intelligence import Refused
from doorward.model.purl import parse_purl
from doorward.model.vex import Statement
from doorward.sources.vex import read_vex
from tests.vex.documents import ALL, PURL, WHY, csaf, cyclonedx, openvex


def read(document: Any) -> list[Statement | Refused]:
    return read_vex(json.dumps(document).encode(), "vex.json")


def one(document: Any) -> Statement:
    (statement,) = read(document)
    assert isinstance(statement, Statement)
    return statement


def reasons(document: Any) -> list[str]:
    found = read(document)
    assert all(isinstance(item, Refused) for item in found)
    return [item.reason for item in found if isinstance(item, Refused)]


@pytest.mark.parametrize("name", ALL)
def test_the_usual_statement(name: str) -> None:
    statement = one(ALL[name]())
    assert statement.vulnerabilities == ("CVE-2026-2",)
    assert statement.products == (parse_purl(PURL),)
    assert (statement.status, statement.document) == ("not_affected", "vex.json")
    assert statement.reason.startswith(("code_not_reachable", WHY))


@pytest.mark.parametrize("name", ["OpenVEX", "CSAF"])
def test_what_is_no_statement_is_refused_with_its_place(name: str) -> None:
    document = ALL[name]()
    listed = document["statements" if name == "OpenVEX" else "vulnerabilities"]
    listed[:0] = ["junk", None]
    found = read(document)
    assert [item.place[-3:] for item in found if isinstance(item, Refused)] == ["[0]", "[1]"]
    assert sum(isinstance(item, Statement) for item in found) == 1


OPENVEX = {
    "the oldest form": ({"vulnerability": "CVE-2026-2", "products": [PURL]}, ("CVE-2026-2",)),
    "an address as id": (
        {"vulnerability": {"@id": "https://x.invalid/CVE-2026-2", "aliases": ["GHSA-x"]}},
        ("CVE-2026-2", "GHSA-x"),
    ),
    "a subcomponent": ({"products": [{"@id": "pkg:oci/app", "subcomponents": [{"@id": PURL}]}]}, ("CVE-2026-2",)),
    "an identifier": ({"products": [{"@id": "alpha", "identifiers": {"purl": PURL}}]}, ("CVE-2026-2",)),
    "an impact statement": ({"justification": "", "impact_statement": "not built in"}, ("CVE-2026-2",)),
}


@pytest.mark.parametrize("name", OPENVEX)
def test_openvex_in_its_forms(name: str) -> None:
    more, names = OPENVEX[name]
    statement = one(openvex(**more))
    assert (statement.vulnerabilities, statement.products) == (names, (parse_purl(PURL),))


def test_statuses_of_csaf_and_relationships() -> None:
    assert one(csaf("fixed", flags=[])).status == "fixed"
    assert one(csaf("known_affected")).status == "affected"
    document = csaf()
    document["product_tree"]["relationships"] = [
        {"product_reference": "A", "relates_to_product_reference": "B", "full_product_name": {"product_id": "B:A"}}
    ]
    document["vulnerabilities"][0]["product_status"] = {"known_not_affected": ["B:A"]}
    document["vulnerabilities"][0]["flags"] = []
    document["vulnerabilities"][0]["threats"] = [{"category": "impact", "details": "no", "group_ids": ["G"]}]
    document["product_tree"]["product_groups"] = [{"group_id": "G", "product_ids": ["B:A"]}]
    assert one(document).reason == "no"


CYCLONEDX = {
    "exploitable": "affected",
    "resolved": "fixed",
    "false_positive": "not_affected",
    "in_triage": "under_investigation",
}


@pytest.mark.parametrize("state", CYCLONEDX)
def test_states_of_cyclonedx(state: str) -> None:
    assert one(cyclonedx(state)).status == CYCLONEDX[state]


def test_references_of_cyclonedx() -> None:
    link = {"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#c1", "versions": [{"version": "1.0.0"}]}
    assert one(cyclonedx(affects=[link])).versions == ("1.0.0",)
    assert one(cyclonedx(affects=[{"ref": PURL}])).products == (parse_purl(PURL),)
    assert read(cyclonedx(analysis={})) == []


NOTHING = {
    "without a reason": (openvex(justification=""), "without a justification"),
    "without a reason, CSAF": (csaf(flags=[]), "without a justification"),
    "without a reason, CycloneDX": (cyclonedx(analysis={"state": "not_affected"}), "without a justification"),
    "no package": (openvex(products=["alpha"]), "no package URL"),
    "no such status": (openvex(status="fine"), "no status"),
    "unknown product": (csaf(product_status={"fixed": ["Z"]}), "without a package URL"),
    "unknown reference": (cyclonedx(affects=[{"ref": "c9"}]), "without a package URL"),
    "a range": (cyclonedx(affects=[{"ref": "c1", "versions": [{"range": "vers:pypi/<2"}]}]), "a range of versions"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_clears_nothing_is_told(name: str) -> None:
    document, reason = NOTHING[name]
    (found,) = reasons(document)
    assert reason in found


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{", b"\xff", b'{"bomFormat": "CycloneDX"}', b"[" * 100_000])
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(FeedError):
        read_vex(data, "vex.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from([PURL, "not_affected", "c1", "A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "vulnerability",
                    "products",
                    "status",
                    "@id",
                    "cve",
                    "product_status",
                    "affects",
                    "ref",
                    "analysis",
                    "state",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_hostile_documents_never_crash(one_value: Any, other: Any) -> None:
    read({"@context": "openvex", "statements": [one_value, other], "timestamp": other})
    read(
        {"document": {"csaf_version": "2.0", "tracking": other}, "product_tree": one_value, "vulnerabilities": [other]}
    )
    read({"bomFormat": "CycloneDX", "vulnerabilities": [one_value, other], "components": other, "metadata": one_value})
