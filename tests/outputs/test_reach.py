"""How far a report says that it could look."""

import pytest

from doorward.model.findings import Coverage
from doorward.outputs._words import evidence

MALWARE, WHO = Coverage("known-malware", 8, 8, ""), Coverage("who-published", 0, 8, "it is not told")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([MALWARE, WHO], "in 1 of 2 kinds of evidence"),
        ([MALWARE, WHO, Coverage("vulnerabilities", 8, 8, "")], "in 1 of 2 kinds of evidence"),
        ([MALWARE, WHO, Coverage("vulnerabilities", 0, 8, "no feed")], "in 1 of 2 kinds of evidence"),
        ([Coverage("known-malware", 5, 8, "one is not listed"), WHO], "in 1 of 2 kinds of evidence, 1 of them in part"),
        ([Coverage("vulnerabilities", 8, 8, "")], "in 1 of 1 kind of evidence"),
    ],
)
def test_kinds_of_evidence_are_those_of_tampering(lines: list[Coverage], expected: str) -> None:
    assert evidence(lines) == expected
