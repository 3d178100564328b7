"""Mailmaps: which addresses are one person's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.mailmap import mailmap_at, parse_mailmap
from tests.repositories.gitbox import Box

TEXT = """\
# people
Alice Example <alice@example.org>
Alice Example <Alice@Example.org> <a@elsewhere.example>
<bob@example.org> <Bob@old.example>   # moved
Carol C <carol@example.org> cc <shared@example.org>
nonsense
"""


def test_the_forms_of_a_line():
    assert parse_mailmap(TEXT) == {
        "\0a@elsewhere.example": "alice@example.org",
        "\0bob@old.example": "bob@example.org",
        "cc\0shared@example.org": "carol@example.org",
    }


def test_the_mailmap_of_a_commit(tmp_path):
    box = Box(tmp_path / "box")
    first = box.commit({".mailmap": TEXT.encode()})
    second = box.commit({"a": b""}, parents=[first])
    with open_repository(str(box.path), tmp_path) as repository:
        assert len(mailmap_at(repository.git, first)) == 3
        assert mailmap_at(repository.git, second) == {}


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text(text):
    assert all("\0" in key for key in parse_mailmap(text))
