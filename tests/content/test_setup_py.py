"""What setup.py asks for, read from its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.content.made import sdist

PKG_INFO = b"Metadata-Version: 2.1\nName: example-lib\nVersion: 1.2.3\n\n"

CASES = [
    ("setup(install_requires=['idna>=2'])", [("idna", ">=2", "runtime", "")]),
    ("setuptools.setup(install_requires=('a', 'b'))", [("a", "", "runtime", ""), ("b", "", "runtime", "")]),
    ("need = ['a']\nmore = need\nsetup(install_requires=more + ['b'])", [("a", "", "runtime", ""), ("b", "", "runtime", "")]),
    ("setup(install_requires='''\na\nb\n''')", [("a", "", "runtime", ""), ("b", "", "runtime", "")]),
    ("setup(setup_requires=['helper'])", [("helper", "", "build", "")]),
    ("setup(extras_require={'fast:x': ['c']})", [("c", "", "optional", "extra == 'fast'")]),
    ("kw = {'install_requires': ['a']}\nsetup(**kw)", [("a", "", "runtime", "")]),
    ("setup(**dict(install_requires=['a']))", [("a", "", "runtime", "")]),
    ("setup(install_requires=['a @ https://a.invalid/a.whl'])", [("a", "https://a.invalid/a.whl", "runtime", "")]),
    ("setup(tests_require=['t'], requires=['r'])", []),
    ("setup(install_requires=read())", []),
    ("need = need\nsetup(install_requires=need)", []),
    ("other(install_requires=['a'])", []),
    ("setup(install_requires=['a'", []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_what_setup_asks_for(code: str, expected: list[tuple[str, str, str, str]]) -> None:
    content = sdist({"setup.py": code.encode(), "PKG-INFO": PKG_INFO})
    assert [(one.name, one.specifier, one.group, one.marker) for one in content.requirements] == expected


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    content = sdist({"setup.py": f"x = {text}\nsetup(install_requires=x)".encode(), "PKG-INFO": PKG_INFO})
    assert content.name == "example-lib"
