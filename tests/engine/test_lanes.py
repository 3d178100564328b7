"""People and keys over time: who has a lane, and from when on it is trusted."""

from dataclasses import replace

from doorward.engine.lanes import LANES, MARKS, TENURE, Lanes
from doorward.model.history import DAY
from doorward.model.pictures import LaneKind, MarkKind
from doorward.model.signature import SignatureState
from tests.rules.repository.made import FORGE, FULL, OTHER, TIME, UNKNOWN, actor, commit, newcomer, signature, tag


def drawn(*subjects):
    lanes = Lanes()
    for subject in subjects:
        lanes.see(subject)
    return lanes.drawn()


def at(day: float) -> int:
    return TIME - int(day * DAY)


def test_a_lane_for_each_person_and_each_key() -> None:
    lanes = drawn(
        commit(clock=at(9), hand=newcomer(), signatures=(signature(OTHER),)),
        commit(clock=at(30), signatures=(signature(trusted=True),)),
    )
    assert [(lane.kind, lane.name, lane.trusted) for lane in lanes] == [
        (LaneKind.PERSON, "Alice Example <alice@example.org>", True),
        (LaneKind.PERSON, "Mallory Example <mallory@example.org>", False),
        (LaneKind.KEY, FULL[-16:], True),
        (LaneKind.KEY, OTHER[-16:], False),
    ]


def test_a_newcomer_is_hollow_for_a_year() -> None:
    days = (0, 200, 364, 366, 500)
    (lane,) = drawn(*(commit(clock=at(500 - day), hand=newcomer(tenure=day * DAY)) for day in days))
    assert [mark.trusted for mark in lane.marks] == [False, False, False, True, True]
    (founder,) = drawn(commit(hand=newcomer(founder=True)))
    assert founder.trusted
    assert TENURE == 365 * DAY


def test_a_key_counts_as_trusted_only_where_its_signature_is_good() -> None:
    made = [
        signature(trusted=True),
        signature(trusted=True, state=UNKNOWN),
        signature(trusted=False),
        signature(trusted=True, state=SignatureState.COMPROMISED),
    ]
    told = []
    for check in made:
        _, key = drawn(commit(signatures=(check,)))
        told.append(key.trusted)
    assert told == [True, False, False, False]


def test_what_is_refuted_or_of_the_forge_has_no_lane() -> None:
    lanes = drawn(commit(signatures=(signature(state=SignatureState.BAD), signature(FORGE))))
    assert [lane.kind for lane in lanes] == [LaneKind.PERSON]


def test_tags_are_releases_where_their_name_is_a_version() -> None:
    (lane, _) = drawn(tag("v2.0"), replace(tag("latest"), release=False, time=TIME - 9 * DAY))
    assert [(mark.kind, mark.label) for mark in lane.marks] == [(MarkKind.TAG, "latest"), (MarkKind.RELEASE, "v2.0")]
    lightweight = drawn(tag(tagger=None, time=None, signatures=()))
    assert lightweight == ()


def test_a_day_of_commits_is_one_mark_that_counts_them() -> None:
    noon = TIME - TIME % DAY + DAY // 2
    (lane,) = drawn(*(commit(id=f"{n:040x}", clock=noon + n) for n in (1, 0, 2)))
    assert [(mark.count, mark.label, int(mark.time.timestamp())) for mark in lane.marks] == [(3, "0" * 10, noon)]


def test_times_that_no_clock_can_show_leave_no_mark() -> None:
    assert drawn(tag(time=None, base_time=None)) == ()
    (lane, _) = drawn(tag(time=2**60))
    assert lane.marks[0].time == tag().observed_at


def test_a_long_history_stays_small_and_loses_nothing() -> None:
    (lane,) = drawn(*(commit(clock=at(day)) for day in range(3000)))
    assert MARKS / 2 <= len(lane.marks) <= MARKS
    assert sum(mark.count for mark in lane.marks) == 3000
    assert list(lane.marks) == sorted(lane.marks, key=lambda mark: mark.time)


def test_who_does_most_is_shown_and_half_of_the_lanes_are_for_newcomers() -> None:
    old = [commit(clock=at(n % 9), hand=actor(f"Old{n % 40} Example")) for n in range(400)]
    new = [commit(clock=at(n % 5), hand=newcomer(f"New{n} Example")) for n in range(30)]
    release = tag(tagger=newcomer("Quick Example"), signatures=())
    lanes = drawn(*old, *new, release)
    assert len(lanes) == LANES
    assert sum(not lane.trusted for lane in lanes) == LANES // 2
    assert "Quick Example <quick@example.org>" in [lane.name for lane in lanes]
