"""Signed by a key outside the trusted keyring

What it catches
---------------
A commit or tag signed by a key that is not in the keyring which you trust for this
repository, or with a certificate that proves an identity which the keyring does not
list (gitsign). The forge's own keys count as nobody's and are passed over.

Why it matters
--------------
This is the literal form of the technique's detection: commits to critical libraries
that are signed by unrecognised keys. It is only as good as the keyring, and silent
where an attacker does not sign.

What to do
----------
Ask the maintainers whether the key is theirs. If so, add it to the keyring by a
reviewed change; if not, treat the commit as an intrusion.

False alarms
------------
None where the keyring is complete; every new maintainer where it is not. Without a
keyring it is a gap, and repository/new-signing-key stands in. A signature that claims
a key of the keyring and cannot be verified with it is a gap as well: a list of
fingerprints needs the certificates at hand (--keyring, or your GnuPG keyring).
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Known, Missing
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Contribution, day
from doorward.model.signature import SignatureCheck
from doorward.rules.registry._words import count
from doorward.rules.repository._words import claimed

RULE = Rule(
    subject=Contribution,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="ask the maintainers whether the key is theirs, and add it by a reviewed change if so.",
)


def check(subject: Contribution) -> Iterator[Hit | Gap]:
    """Look for signatures by keys outside the keyring."""
    outside = [check for check in subject.signatures if not check.trusted and not check.claim.web_flow]
    if not outside:
        return
    if isinstance(subject.keyring, Missing):
        yield Gap(subject.keyring.reason)
        return
    named = [check for check in outside if not check.claims_trusted and (check.claim.key or _proven(check))]
    for reason in dict.fromkeys(_unnamed(check) for check in outside if check not in named):
        yield Gap(reason)
    if named:
        size = f"not among the {count(subject.keyring.value, 'key')} of the trusted keyring"
        yield Hit(
            "It is signed by a key outside the trusted keyring.",
            tuple(Evidence("key", claimed(check), baseline=f"{size}{_signed(check)}") for check in named[:6]),
        )


def _proven(check: SignatureCheck) -> bool:
    """Whether a certificate proves who signed, though it names no key."""
    return bool(check.holder) and isinstance(check.state, Known) and check.state.value.good


def _unnamed(check: SignatureCheck) -> str:
    """Say why a signature tells nothing of who made it."""
    if check.claims_trusted:
        why = check.state.reason if isinstance(check.state, Missing) else check.state.value.value
        return f"it claims key {check.claim.issuer} of the keyring, and nothing proves it: {why}"
    return check.state.reason if isinstance(check.state, Missing) else "a signature that names no key"


def _signed(check: SignatureCheck) -> str:
    """Say when a signature claims to have been made; SSH's tell no time."""
    return f"; signed {day(check.claim.created)}" if check.claim.created is not None else ""
