"""Statements of a VEX document: whether a vulnerability of a component concerns a product, and why not."""

from __future__ import annotations

from doorward.model.purl import Purl
from doorward.records import dataclass, field

#: Statuses that clear a vulnerability; the other two are "affected" and "under_investigation".
CLEARING = frozenset({"not_affected", "fixed"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What one document says of some vulnerabilities in some components."""

    #: Ids and aliases, as written.
    vulnerabilities: tuple[str, ...]
    #: The components; one without a version means every version.
    products: tuple[Purl, ...]
    #: "not_affected", "fixed", "affected", "under_investigation".
    status: str
    #: Why: the standard's word for it, and what the author says.
    reason: str = ""
    #: When it was made, as :func:`~doorward.model.advisories.stamp` writes it; "" where it tells none.
    when: str = ""
    #: Versions of the components of which it speaks, where the document tells them apart from the components.
    versions: tuple[str, ...] = ()
    #: The document.
    document: str = field(default="")
