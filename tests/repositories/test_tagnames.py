"""Which tag is that of a release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.engine.gather.tagnames import TagNames

MANY = ("core@1.2.3", "core@1.3.0", "cli@1.2.3", "cli@1.2.4", "@scope/ui@1.2.3", "1.2.3")


@pytest.mark.parametrize(
    ("names", "package", "version", "tag"),
    [
        (("1.2.3", "1.2.4"), "x", "1.2.3", "1.2.3"),
        (("v1.2.3",), "x", "1.2.3", "v1.2.3"),
        (("V1.2.3",), "x", "1.2.3", "V1.2.3"),
        (("release-1.2.3",), "x", "1.2.3", "release-1.2.3"),
        (("rel_1_2_3",), "x", "1.2.3", "rel_1_2_3"),
        (("releases/v1.2.3",), "x", "1.2.3", "releases/v1.2.3"),
        (("x-1.2.3",), "x", "1.2.3", "x-1.2.3"),
        (("X-v1.2.3",), "x", "1.2.3", "X-v1.2.3"),
        (("packages/x/v1.2.3",), "x", "1.2.3", "packages/x/v1.2.3"),
        (("my_lib-1.0",), "my-lib", "1.0", "my_lib-1.0"),
        (("v2.0.0",), "x", "2.0", "v2.0.0"),
        (("v2",), "x", "2.0", "v2"),
        (("v1.2.3-rc.1", "v1.2.3"), "x", "1.2.3-rc.1", "v1.2.3-rc.1"),
        (("v1.2.3-rc.1",), "x", "1.2.3", ""),
        (("11.2.3", "v1.1.2.3", "2-1.2.3"), "x", "1.2.3", ""),
        (("other-1.2.3",), "x", "1.2.3", ""),
        (("1.2.30", "1.2"), "x", "1.2.3", ""),
        (MANY, "core", "1.2.3", "core@1.2.3"),
        (MANY, "cli", "1.3.0", ""),
        (MANY, "@scope/ui", "1.2.3", "@scope/ui@1.2.3"),
        (("core@1.0.0", "core@1.1.0", "1.2.3"), "core", "1.2.3", ""),
        (("v1.0", "v1.1", "core-1.2.3"), "core", "1.2.3", "core-1.2.3"),
        (("v1.2.3",), "org.example:core", "1.2.3", "v1.2.3"),
        (("core-1.2.3", "web-1.2.3"), "org.example:core", "1.2.3", "core-1.2.3"),
        ((), "x", "1.2.3", ""),
    ],
)
def test_the_tag_of_a_version(names, package, version, tag):
    assert TagNames(names, package).find(version) == tag


@given(st.lists(st.text(max_size=20), max_size=8), st.text(max_size=12), st.text(min_size=1, max_size=12))
def test_any_names_give_one_of_them_or_none(names, package, version):
    assert TagNames(names, package).find(version) in {*names, ""}
