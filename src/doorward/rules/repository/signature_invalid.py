"""A signature that does not count

What it catches
---------------
A signature on a commit or tag, judged by itself:

- the numbers are wrong for its own key: conclusive;
- made with a key that is revoked as compromised, dated before its key existed, made
  outside the time or purpose for which the key is allowed, brings a log entry that is
  damaged or another signature's, or dated more than a day before what it builds on:
  strong;
- a digest or key that can be forged today (SHA-1, RSA or DSA below 2,048 bits), a key
  that was superseded, a key that may not sign, bytes that are no signature: weak.

A key that is not at hand is a gap, never a bad signature. Where two signatures stand in
one armour, each is judged.

Why it matters
--------------
A bad signature is the one sign in a repository that has no innocent reading: bytes were
changed after they were signed, or the signature was made up. Tools that say only yes or
no put it in one bag with missing keys, so nobody looks.

What to do
----------
Take the commit or tag for forged where the numbers are wrong. In the other cases the
evidence says which; ask the signer for a signature that counts.

False alarms
------------
Not measured. Old projects carry signatures by keys and digests that were fine in their
day, which is why those are weak. The signer's own clock is only a claim, and a clock
that is a day wrong gives a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Missing
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, Contribution, day
from doorward.model.signature import SignatureCheck, SignatureState
from doorward.rules.repository._words import claimed, days

RULE = Rule(
    subject=Contribution,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    advice="take it for forged until its signer explains it.",
)

_GRADES = {
    SignatureState.BAD: Strength.CONCLUSIVE,
    SignatureState.COMPROMISED: Strength.STRONG,
    SignatureState.BEFORE_KEY: Strength.STRONG,
    SignatureState.OUT_OF_BOUNDS: Strength.STRONG,
    SignatureState.FALSE_ENTRY: Strength.STRONG,
    SignatureState.TOO_WEAK: Strength.WEAK,
    SignatureState.SUPERSEDED: Strength.WEAK,
    SignatureState.NOT_FOR_SIGNING: Strength.WEAK,
    SignatureState.MALFORMED: Strength.WEAK,
}


def check(subject: Contribution) -> Iterator[Hit | Gap]:
    """Grade every signature by its state and its time."""
    for check in subject.signatures:
        yield from _judge(check, subject.base_time)


def _judge(check: SignatureCheck, base_time: int | None) -> Iterator[Hit | Gap]:
    created = check.claim.created
    if created is not None and base_time is not None and base_time - created > DAY:
        yield Hit(
            "The signature is older than what it signs.",
            (
                Evidence("signed", day(created), baseline=f"{days(base_time - created)} before what it builds on"),
                Evidence("key", claimed(check)),
            ),
            strength=Strength.STRONG,
        )
    if isinstance(check.state, Missing):
        yield Gap(check.state.reason)
    elif check.state.value in _GRADES:
        state = check.state.value
        how = ", ".join(part for part in (check.claim.algorithm, check.claim.hash, check.detail) if part)
        yield Hit(
            f"A signature does not count: {state.value}.",
            (
                Evidence("signature", how or "unreadable", baseline=day(created) if created else ""),
                Evidence("key", claimed(check)),
            ),
            strength=_GRADES[state],
        )
