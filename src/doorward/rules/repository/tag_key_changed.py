"""Tag signed by a key that never signed one here

What it catches
---------------
A signed tag whose key never signed a tag of this project before, after at least three
earlier tags of which at least three were signed. Where a known integrator had already
committed the new key's fingerprint to a file of the repository, the change was
announced, and the finding is weak. Where your own keyring has the key and the signature
is verified, it is context.

Why it matters
--------------
A release is what a tag says it is. In the xz case none of the attacker's commits was
signed, so watching the keys of commits would have been silent; his first tag, signed
with a key that nobody had seen, came 377 days before the backdoor was found.

What to do
----------
Ask the maintainers, over a channel that the repository does not control, whether the
new key is theirs. If it is, add it to the keys that you trust for this project.

False alarms
------------
30 in 1,870 tags of seven public projects, its two companions (repository/new-tagger and
repository/tag-unsigned) included: 16 in 1,000 tags. Nearly all are new maintainers, new
laptops and release robots. A key that was not verified is only a claim, and the
evidence says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Known, Missing
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Tag, day
from doorward.model.signature import SignatureCheck
from doorward.rules.registry._words import count
from doorward.rules.repository._words import claimed, who

RULE = Rule(
    subject=Tag,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    advice="confirm the new key with the maintainers before you install this release.",
    same_cause=("registry/new-dependency",),
)

#: Earlier tags, and signed ones among them, that make a habit.
_TAGS = 3


def check(tag: Tag) -> Iterator[Hit | Gap]:
    """Compare the keys of a tag with those of the tags before."""
    if not tag.new_keys or tag.earlier < _TAGS or tag.earlier_signed < _TAGS:
        return
    used = ", ".join(tag.known_keys[-3:])
    new = [check for check in tag.signatures if check.claim.key in tag.new_keys]
    lines = [
        Evidence("key", claimed(check), baseline=f"{count(tag.earlier_signed, 'earlier tag')} signed by {used}")
        for check in new[:3]
    ]
    if tag.tagger:
        lines.append(Evidence("tagger", who(tag.tagger), baseline=day(tag.time)))
    announced = None if isinstance(tag.announced, Missing) else tag.announced.value
    if announced:
        lines.append(Evidence("announced", announced))
    yield Hit(
        "The tag is signed by a key that never signed a tag of this project.",
        tuple(lines),
        strength=Strength.CONTEXT if all(map(_vouched, new)) else Strength.WEAK if announced else None,
    )


def _vouched(check: SignatureCheck) -> bool:
    """Whether the user trusts the key, and it did make the signature."""
    return check.trusted and isinstance(check.state, Known) and check.state.value.good
