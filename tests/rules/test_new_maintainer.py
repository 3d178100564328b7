"""A new maintainer who brings another build tool is one witness; one who brings a dependency that runs is two."""

from datetime import timedelta

import pytest

from doorward.rules import all_rules
from tests.rules.build import brings, needs, wheel
from tests.rules.registry.new_dependency import YEARS, with_new

ARRIVALS = {"new-integrator", "new-tagger", "newcomer-release", "tag-key-changed"}


@pytest.mark.parametrize(
    ("brought", "shared"),
    [
        ([brings(needs("flit-core", group="build"), YEARS)], True),
        ([brings(needs("flit-core", group="build"), timedelta(days=364))], False),
        ([brings(needs("flit-core", group="build"), None)], False),
        ([brings(needs("right", group="runtime"), YEARS)], False),
        ([brings(needs("flit-core", group="build"), YEARS), brings(needs("right"), YEARS)], False),
        ([brings(needs("f", "git+https://git.invalid/f", "build", "git"), YEARS)], False),
    ],
    ids=["a build tool", "a young one", "of unknown age", "at run time", "both", "from git"],
)
def test_only_an_established_build_tool_shares_its_cause_with_an_arrival(brought, shared):
    rules = all_rules()
    (hit,) = rules["registry/new-dependency"].check(with_new(*brought, form=wheel))
    named = {f"repository/{name}" for name in ARRIVALS} & set(hit.same_cause)
    assert named == ({f"repository/{name}" for name in ARRIVALS} if shared else set())
    assert all("registry/new-dependency" in rules[f"repository/{name}"].rule.same_cause for name in ARRIVALS)
