"""The ledger of refs: what a look adds, and what it finds moved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.engine.gather.ledger import Questions, step, told_by_events
from doorward.model.facts import Known, Missing
from doorward.model.happenings import Happening
from doorward.model.repository import LedgerRow, Ref, RefListing

KEY, SUBJECT = "git+file:///work/lib", "git+https://git.example/lib"
DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MAIN = "refs/heads/main"


def listing(**refs):
    named = {name if "/" in name else f"refs/tags/{name}": value for name, value in refs.items()}
    return RefListing(
        tuple(Ref(name, value, value.upper()) for name, value in named.items()), MAIN, named.get(MAIN, "")
    )


class Book:
    """A ledger as a store keeps it: a row for each repository, ref and first sight."""

    def __init__(self, descends=True):
        self.rows: dict[tuple[str, str, datetime], LedgerRow] = {}
        self.day = FIRST
        self.questions = Questions(lambda old, new: Known(value=descends), lambda commit: Known(value=True))

    def look(self, since=None, **refs):
        done = step(self.rows.values(), listing(**refs), (KEY, SUBJECT), self.day, self.questions, since)
        self.rows |= {(row.repository, row.ref, row.first_seen): row for row in done.rows}
        self.day += DAY
        return [(move.ref, move.old.value.object, move.new) for move in done.moves if isinstance(move.old, Known)], done


def test_the_first_look_is_a_gap_and_writes_everything_down():
    book = Book()
    _, done = book.look(**{MAIN: "a", "v1.0": "b", "refs/pull/1/head": "c"})
    (move,) = done.moves
    assert isinstance(move.old, Missing)
    assert "first look" in move.old.reason
    assert move.subject == f"{SUBJECT}@{MAIN}"
    assert {(row.ref, row.object, row.peeled) for row in done.rows} == {
        (MAIN, "a", "A"),
        ("refs/tags/v1.0", "b", "B"),
        ("HEAD", MAIN, ""),
    }


def test_nothing_moved():
    book = Book()
    book.look(**{MAIN: "a", "v1.0": "b"})
    moves, done = book.look(**{MAIN: "a", "v1.0": "b", "v1.1": "c"})
    assert moves == []
    rows = {row.ref: row for row in done.rows}
    assert (rows[MAIN].first_seen, rows[MAIN].last_seen) == (FIRST, FIRST + DAY)
    assert rows["refs/tags/v1.1"].first_seen == FIRST + DAY


def test_a_moved_tag_is_found_once_and_remembered():
    book = Book()
    book.look(**{MAIN: "a", "v1.0": "b"})
    moves, done = book.look(**{MAIN: "a", "v1.0": "c"})
    assert moves == [("refs/tags/v1.0", "b", "c")]
    (move,) = done.moves
    assert move.release
    assert (move.new_commit, move.earlier_moves) == ("C", 0)
    assert move.old.value.last_seen == FIRST
    assert book.look(**{MAIN: "a", "v1.0": "c"})[0] == []
    assert book.look(since=FIRST + DAY, **{MAIN: "a", "v1.0": "c"})[0] == [("refs/tags/v1.0", "b", "c")]
    assert book.look(since=FIRST + 2 * DAY, **{MAIN: "a", "v1.0": "c"})[0] == []


def test_a_tag_that_goes_back_moved_again():
    book = Book()
    for value in ("a", "b", "a", "b"):
        _, done = book.look(v4=value)
    (move,) = done.moves
    assert move.earlier_moves == 2
    assert not move.release
    assert len([row for row in book.rows.values() if row.ref == "refs/tags/v4"]) == 4


def test_a_tag_that_is_gone_is_found_once():
    book = Book()
    book.look(**{MAIN: "a", "v1.0": "b"})
    assert book.look(**{MAIN: "a"})[0] == [("refs/tags/v1.0", "b", "")]
    assert book.look(**{MAIN: "a"})[0] == []


def test_a_tag_that_is_gone_is_told_again_where_it_is_asked_for():
    book = Book()
    book.look(**{MAIN: "a", "v1.0": "b"})
    book.look(**{MAIN: "a"})
    book.look(**{MAIN: "a"})

    def asked(since):
        done = step(book.rows.values(), listing(**{MAIN: "a"}), (KEY, SUBJECT), book.day, book.questions, since)
        return [(move.ref, move.new, move.observed_at) for move in done.moves]

    assert asked(FIRST) == [("refs/tags/v1.0", "", FIRST)], "that look was the last to see it"
    assert asked(book.day) == []


def test_a_tag_that_comes_back_elsewhere_moved():
    book = Book()
    book.look(**{MAIN: "a", "v1.0": "b"})
    book.look(**{MAIN: "a"})
    assert book.look(**{MAIN: "a", "v1.0": "c"})[0] == [("refs/tags/v1.0", "b", "c")]


@pytest.mark.parametrize("descends", [True, False])
def test_the_default_branch_moves_and_the_rule_decides(descends):
    book = Book(descends)
    book.look(**{MAIN: "a", "refs/heads/topic": "b"})
    moves, done = book.look(**{MAIN: "c", "refs/heads/topic": "d"})
    assert moves == [(MAIN, "a", "c")], "other branches move as they like"
    assert done.moves[0].default_branch
    assert done.moves[0].descends == Known(value=descends)


TRUNK = "refs/heads/trunk"


@pytest.mark.parametrize(
    ("refs", "descends", "checked_out", "expected"),
    [
        ({TRUNK: "c"}, False, False, [(MAIN, "", True)]),
        ({TRUNK: "a"}, True, False, [(MAIN, "", False)]),
        ({TRUNK: "c"}, False, True, [(MAIN, "", False)]),
        ({TRUNK: "c", MAIN: "a"}, False, False, [(TRUNK, "c", True)]),
        ({TRUNK: "c", MAIN: "a"}, True, False, []),
        ({TRUNK: "c", MAIN: "a"}, False, True, []),
    ],
    ids=["gone", "renamed", "gone, checked out", "of another line", "ahead", "checked out elsewhere"],
)
def test_another_branch_becomes_the_default_one(refs, descends, checked_out, expected):
    book = Book(descends)
    book.look(**{MAIN: "a"})
    told = replace(listing(**refs), default_branch=TRUNK, head=refs[TRUNK], checked_out=checked_out)

    def look(since=None):
        done = step(book.rows.values(), told, (KEY, SUBJECT), book.day, book.questions, since)
        book.rows |= {(row.repository, row.ref, row.first_seen): row for row in done.rows}
        book.day += DAY
        assert all(move.old.value.ref == MAIN for move in done.moves)
        return [(move.ref, move.new, move.default_branch) for move in done.moves]

    assert look() == expected
    assert look() == [], "told once"
    assert look(since=FIRST + DAY) == expected, "and again where it is asked for"


def test_another_repository_has_another_ledger():
    book = Book()
    book.look(**{MAIN: "a"})
    done = step((), listing(**{MAIN: "b"}), ("other", "other"), book.day, book.questions)
    assert isinstance(done.moves[0].old, Missing)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["v1.0", "v2.0", "latest", MAIN]), st.sampled_from("abc")), max_size=6))
def test_every_change_of_a_tag_is_found_exactly_once(looks):
    book = Book()
    book.look(**{"v0.0": "z"})
    known: dict[str, str] = {}
    gone: set[str] = set()
    for refs in looks:
        found = {ref for ref, _, _ in book.look(**{"v0.0": "z"}, **refs)[0] if ref != MAIN}
        tags = {f"refs/tags/{name}": value for name, value in refs.items() if "/" not in name}
        moved = {ref for ref, value in tags.items() if known.get(ref, value) != value}
        left = {ref for ref in known if ref not in tags and ref not in gone}
        assert found == moved | left
        gone = {ref for ref in known if ref not in tags}
        known |= tags


def pushed(before, head, hours, ref=MAIN):
    return Happening("push", FIRST + timedelta(hours=hours), "mallory", ref, before, head)


class Told(Book):
    """A ledger that events are entered into as well."""

    def tell(self, *happenings):
        added = told_by_events(happenings, self.rows.values(), KEY)
        self.rows |= {(row.repository, row.ref, row.first_seen): row for row in added}
        return [(row.object, row.source) for row in added]


def test_what_an_event_tells_and_a_later_look_sees_is_one_move():
    book = Told()
    book.look(**{MAIN: "a", "v1.0": "t"})
    assert book.tell(pushed("a", "b", 5)) == [("b", "events")]
    moves, done = book.look(**{MAIN: "b", "v1.0": "t"})
    assert moves == []
    moves, _ = book.look(since=FIRST, **{MAIN: "b", "v1.0": "t"})
    assert moves == [(MAIN, "a", "b")]
    assert {row.source for row in done.rows} == {""}


def test_what_was_pushed_over_between_two_looks_is_seen_by_nobody_but_the_ledger():
    book = Told()
    book.look(**{MAIN: "a"})
    assert [told for told, _ in book.tell(pushed("a", "evil", 5), pushed("evil", "a", 6))] == ["evil", "a"]
    moves, _ = book.look(since=FIRST, **{MAIN: "a"})
    assert moves == [(MAIN, "a", "evil"), (MAIN, "evil", "a")]


def test_events_told_late_are_put_between_the_looks_and_only_once():
    book = Told()
    book.look(**{MAIN: "a"})
    book.look(**{MAIN: "b"})
    assert book.tell(pushed("a", "b", 5), pushed("a", "b", 5)) == [("b", "events")]
    assert book.tell(pushed("a", "b", 5)) == []
    moves, _ = book.look(since=FIRST, **{MAIN: "b"})
    assert moves == [(MAIN, "a", "b")]


def test_a_tag_that_events_told_of_before_the_first_look_has_moved_since():
    book = Told()
    book.tell(
        pushed("", "t", -5, "refs/tags/v1.0"), pushed("", "x", -5, "refs/tags/v2.0"), pushed("", "p", 1, "refs/pull/1")
    )
    moves, done = book.look(since=FIRST - DAY, **{MAIN: "a", "v1.0": "u"})
    assert moves == [("refs/tags/v1.0", "t", "u")]
    assert any(isinstance(move.old, Missing) for move in done.moves)
    # What only events told of need not be in a clone, so it is not gone.
    assert book.look(**{MAIN: "a", "v1.0": "u"})[0] == []


def test_a_tag_that_a_look_saw_is_gone_whatever_events_told_since():
    book = Told()
    book.look(**{MAIN: "a", "v1.0": "t"})
    book.tell(pushed("t", "u", 5, "refs/tags/v1.0"))
    moves, _ = book.look(since=FIRST, **{MAIN: "a"})
    assert moves == [("refs/tags/v1.0", "t", "u"), ("refs/tags/v1.0", "u", "")]
