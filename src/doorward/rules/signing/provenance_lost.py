"""The evidence of where it was built is gone

What it catches
---------------
At least the last five releases of this major line had provenance (a signed statement of
the repository and the workflow that built them), and this one has none. Where only
other lines had it, as with a fix to an old line that is published by hand, this is
context.

Why it matters
--------------
Whoever steals a maintainer's token can upload, but cannot run the project's workflow:
the malicious releases of nx came without the provenance that every honest one carried.
The reverse does not hold. Provenance that is present clears nothing, since hijacked
workflows have signed malicious releases in good order.

What to do
----------
Wait for the cooldown, and look whether the project's repository has the tag, the
commits and a workflow run for this version. If another finding stands beside this one,
do not install the release. If the project says that it gave up its workflow, allow this
version in the policy.

False alarms
------------
Not measured. Compared across lines the rule is known to strike honest maintenance
releases (semver 5.7.2 and 6.3.1, undici-types 6.19.8), which is why only the same line
counts. Some honest releases did lose it (novu 2.12.0, fastq 1.20.2): alone it holds a
young release and never blocks. A release that its index says a workflow published, yet
without a statement, is reported as not evaluated: that happens with staged and partly
supported publishing.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Known, known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules.registry._habits import Loss, lost_provenance
from doorward.rules.registry._words import count, span

RULE = Rule(
    subject=ReleaseChange,
    detection="M1045",
    family=Family.PUBLICATION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("new.provenance", "history"),
    advice="look for this version's tag and workflow run in the project's repository before you take it.",
)


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Compare the release's evidence with that of the releases before it."""
    loss = known(lost_provenance(change))
    if loss is None:
        return
    if loss.same_line and _by_workflow(change):
        yield Gap("a workflow published it, yet the index has no provenance for it")
        return
    yield Hit(
        "The release has no provenance, and the releases of its line before it had."
        if loss.same_line
        else "The release has no provenance, as the newest releases of other lines have.",
        (_evidence(loss),),
        strength=Strength.STRONG if loss.same_line else Strength.CONTEXT,
    )


def _by_workflow(change: ReleaseChange) -> bool:
    publisher = change.new.publisher
    return isinstance(publisher, Known) and publisher.value is not None and publisher.value.kind == "workflow"


def _evidence(loss: Loss) -> Evidence:
    versions = [past.version for past in reversed(loss.had)]
    lines = "of this line" if loss.same_line else "of other lines"
    return Evidence(
        "provenance", "none", baseline=f"{count(len(versions), 'release')} {lines} had it: {span(versions)}"
    )
