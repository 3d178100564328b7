"""Core metadata, dependency specifiers, and addresses of repositories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Reference

from doorward.model.purl import normalise_name
from doorward.sources.content.python import headers, parse_requirement
from doorward.sources.content.urls import repository_of_links, repository_url
from tests.content.made import METADATA, wheel

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)
RANGES = st.sampled_from(["", ">=1", " >= 1.0, < 2", "==1.*", "~=1.4.2", "(>=1,<2)", "!=1.5"])
EXTRAS = st.sampled_from(["", "[socks]", "[a, b]"])
MARKERS = st.sampled_from(
    ["", "; python_version < '3.8'", ' ; extra == "test"', "; sys_platform == 'win32' and extra == 'x'"]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requests", ("requests", "", "runtime", "registry", "")),
        ("zope.interface>=5", ("zope-interface", ">=5", "runtime", "registry", "")),
        ("a (>=1, <2)", ("a", ">=1,<2", "runtime", "registry", "")),
        ("a[socks, x] >= 1", ("a", "[socks,x]>=1", "runtime", "registry", "")),
        ('a; extra == "test"', ("a", "", "optional", "registry", "extra == 'test'")),
        ("a ; python_version<'3'", ("a", "", "runtime", "registry", "python_version<'3'")),
        ("a @ git+https://git.example/a@main", ("a", "git+https://git.example/a@main", "runtime", "git", "")),
        (
            "a@https://host.example/a.whl ; os_name=='nt'",
            ("a", "https://host.example/a.whl", "runtime", "url", "os_name=='nt'"),
        ),
        ("a @ file:///a.whl", ("a", "file:///a.whl", "runtime", "path", "")),
        ("", None),
        ("???", None),
        ("git+https://git.example/a", None),
    ],
)
def test_requirements(text: str, expected) -> None:
    found = parse_requirement(text)
    assert (found and (found.name, found.specifier, found.group, found.source, found.marker)) == expected


@given(NAMES, EXTRAS, RANGES, MARKERS)
def test_requirements_agree_with_the_reference(name: str, extras: str, wanted: str, marker: str) -> None:
    text = name + extras + wanted + marker
    reference, found = Reference(text), parse_requirement(text)
    assert found is not None
    assert found.name == normalise_name("pypi", reference.name)
    extras_and_range = found.specifier.partition("]")[2] if "[" in found.specifier else found.specifier
    assert set(filter(None, extras_and_range.split(","))) == {str(one) for one in reference.specifier}


@given(st.text(max_size=80))
def test_what_the_reference_accepts_is_accepted(text: str) -> None:
    try:
        Reference(text)
    except InvalidRequirement:
        parse_requirement(text)
    else:
        assert parse_requirement(text) is not None


def test_headers_end_at_the_body_and_continue() -> None:
    text = b"Name: a\nSummary: one\n  two\nRequires-Dist: b\n\nRequires-Dist: c\n"
    assert list(headers(text)) == [("name", "a"), ("summary", "one\ntwo"), ("requires-dist", "b")]


@given(st.binary(max_size=300))
def test_any_headers_have_an_answer(data: bytes) -> None:
    assert all(name == name.lower() for name, _ in headers(data))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "Project-URL: Source Code, https://git.example/o/r\nHome-page: https://github.com/x/y\n",
            "https://git.example/o/r",
        ),
        ("Project-URL: Repository, https://github.com/o/r/tree/main\n", "https://github.com/o/r"),
        ("Project-URL: Issues, https://github.com/o/r/issues\n", "https://github.com/o/r"),
        ("Home-page: https://gitlab.com/o/r\n", "https://gitlab.com/o/r"),
        ("Home-page: https://www.example.org/\n", ""),
        ("", ""),
    ],
)
def test_repository(lines: str, expected: str) -> None:
    assert wheel({"a.py": ""}, metadata=METADATA + lines).repository == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://git.example/a/b.git", "https://git.example/a/b"),
        ("git+ssh://git@git.example/a/b.git#x", "https://git.example/a/b"),
        ("git://git.example/a/b", "https://git.example/a/b"),
        ("https://user:word@git.example/a/b/", "https://git.example/a/b"),
        ("git@git.example:a/b.git", "https://git.example/a/b"),
        ("gitlab:a/b", "https://gitlab.com/a/b"),
        ("gist:abc123", "https://gist.github.com/abc123"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_repository_urls(text: str, expected: str) -> None:
    assert repository_url(text) == expected


@given(st.text(max_size=80))
def test_any_address_has_an_answer(text: str) -> None:
    assert repository_url(text) == "" or repository_url(text).startswith("https://")
    repository_of_links([("source", text), (text, text)])
