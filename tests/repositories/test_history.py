"""The pass over a history: people, the clock, the chain, keys, learning; and that two looks are one."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.engine.gather.habits import LEARNING_COMMITS, History
from doorward.model.facts import Known, Missing
from doorward.model.signature import SignatureState
from tests.repositories.raws import DAY, FORGE, FORGE_KEY, MERGE, START, Claims, judged, last, look, raw, routine

END = 600


def test_learning_ends_with_two_hundred_commits_or_the_first_year():
    quick = judged([raw(n / 100) for n in range(300)])
    assert len(quick) == 300 - LEARNING_COMMITS
    slow = judged([raw(n * 30) for n in range(20)])
    assert (slow[0].clock - START) // DAY == 420
    assert len(slow) == 20 - 14


def test_only_what_is_asked_for_is_judged():
    raws = routine(400)
    assert len(judged(raws)) == 400 - 184, "a year of commits every other day is over with the 184th"
    assert len(judged(raws, since=START + 700 * DAY)) == 50
    assert len(judged(raws, until=START + 500 * DAY)) == 251 - 184


class TestPeople:
    def test_a_stranger_is_new_once(self):
        first, second = judged([*routine(), raw(END, "Mallory X"), raw(END + 1, "Mallory X")])[-2:]
        assert first.author.new
        assert first.author.commits == 0
        assert not second.author.new
        assert second.author.commits == 1

    def test_an_address_in_any_case_is_one_person(self):
        commit = last(raw(END, "A. E.", email="ALICE@example.org"))
        assert (commit.author.new, commit.author.new_address) == (False, False)
        assert commit.author.commits == 260

    def test_a_known_name_with_another_address(self):
        commit = last(raw(END, "alice  EXAMPLE", email="a@elsewhere.example"))
        assert (commit.author.new, commit.author.new_address) == (False, True)
        assert commit.author.person == "alice@example.org"

    def test_marks_and_punctuation_do_not_make_another_name(self):
        before = [*routine(), raw(END, "José O'Neil", email="j@example.org")]
        assert last(raw(END + 1, "Jose ONeil", email="k@example.org"), before=before).author.new_address

    @pytest.mark.parametrize("name", ["root", "Unknown", "(no author)", "your name", ""])
    def test_a_name_that_nobody_gave_joins_nobody(self, name):
        before = [*routine(), raw(END, name, email="one@example.org")]
        assert last(raw(END + 1, name, email="two@example.org"), before=before).author.new

    def test_the_forges_hidden_address_reduces_to_the_account(self):
        before = [*routine(), raw(END, "octo", email="octo@users.noreply.github.com")]
        commit = last(raw(END + 1, "Octo Cat", email="12345+Octo@users.noreply.github.com"), before=before)
        assert not commit.author.new
        assert not commit.author.new_address

    def test_two_people_become_one_when_a_commit_joins_them(self):
        raws = [
            *routine(),
            raw(END, "Bob One", email="bob@one.example"),
            raw(END + 1, "Robert", email="bob@two.example"),
            raw(END + 2, "Bob One", email="bob@two.example"),
            raw(END + 3, "Robert", email="bob@one.example"),
        ]
        assert judged(raws)[-1].author.commits == 3

    @pytest.mark.parametrize("name", ["Аlice Example", "A1ice Example", "AIice Example", "Alice Exarnple"])
    def test_a_lookalike_of_a_known_name(self, name):
        commit = last(raw(END, name, email="x@example.net"))
        assert commit.author.new
        assert commit.author.resembles == "Alice Example"

    def test_another_name_resembles_nobody(self):
        assert last(raw(END, "Alina Example", email="x@example.net")).author.resembles == ""

    def test_a_mailmap_of_the_learning_time_joins(self):
        mailmap = {"\0a@elsewhere.example": "Alice@Example.org"}
        asked = []

        def mailmap_at(commit):
            asked.append(commit)
            return mailmap

        raws = [*routine(), raw(END, "A. Nother Name", email="a@elsewhere.example")]
        commit = judged(raws, mailmap_at=mailmap_at)[-1]
        assert (commit.author.new, commit.author.new_address, commit.author.commits) == (False, False, 260)
        assert asked == [raws[183].id]

    def test_a_mailmap_can_ask_for_the_name_too(self):
        mailmap = {"bob\0shared@example.org": "alice@example.org"}
        raws = [*routine(), raw(END, "Bob", email="shared@example.org"), raw(END, "Carol", email="other@example.org")]
        bob, carol = judged(raws, mailmap_at=lambda _: mailmap)[-2:]
        assert (bob.author.new, carol.author.new) == (False, True)

    def test_tenure_and_silence(self):
        commit = last(raw(1_000))
        assert commit.hand.tenure == 1_000 * DAY
        assert commit.hand.idle == (1_000 - 518) * DAY
        assert commit.hand.founder

    def test_someone_who_came_later_is_no_founder(self):
        before = [*routine(), raw(END, "Bob B")]
        commit = last(raw(END + 10, "Bob B"), before=before)
        assert not commit.hand.founder
        assert commit.hand.newer_than(365 * DAY)
        assert not last(raw(END)).hand.newer_than(10_000 * DAY)

    def test_offsets_and_trailers_of_earlier_commits(self):
        commit = last(raw(END, offset=480, trailers=("Signed-off-by",)))
        assert commit.hand.offsets == {60}
        assert commit.hand.offset == 480
        assert commit.hand.trailers == frozenset()

    def test_an_authors_offset_on_anothers_machine_is_not_theirs(self):
        before = [*routine(), raw(END, "Bob B", by="Alice Example", offset=120), raw(END + 1, "Bob B", offset=480)]
        assert last(raw(END + 2, "Bob B", offset=480), before=before).hand.offsets == {480}

    def test_what_they_touched_before(self):
        first, second = judged([*routine(), raw(END, paths=["Makefile"]), raw(END + 1, paths=["Makefile"])])[-2:]
        assert (first.author.touched, second.author.touched) == (frozenset(), frozenset({"build"}))


class TestTheForge:
    def test_its_commits_are_by_the_hand_of_their_author(self):
        commit = last(raw(END, "Bob B", by=FORGE))
        assert commit.web_flow
        assert commit.hand.name == "Bob B"
        assert isinstance(commit.integrator, Missing), "a squash does not tell who pressed the button"

    def test_a_merge_on_the_forge_names_the_integrator(self):
        commit = last(raw(END, "Bob B", by=FORGE, parents=MERGE))
        assert isinstance(commit.integrator, Known)
        assert commit.integrator.value.name == "Bob B"
        assert commit.first_integration

    def test_an_unsigned_imitation_is_an_ordinary_committer(self):
        signed = [raw(END + n, "Bob B", by=FORGE, keys=[FORGE_KEY]) for n in range(3)]
        commit = last(raw(END + 9, "Bob B", by=FORGE), before=[*routine(), *signed])
        assert not commit.web_flow
        assert commit.hand.email == "noreply@github.com"
        assert commit.first_integration

    def test_an_imitation_is_held_to_what_the_forge_signs_however_often_it_was_seen(self):
        signed = [raw(END + n, "Bob B", by=FORGE, keys=[FORGE_KEY]) for n in range(10)]
        missed = raw(END + 20, "Bob B", by=FORGE)
        commit = last(raw(END + 600, "Mallory", by=FORGE), before=[*routine(), *signed, missed])
        assert not commit.first_integration
        assert (commit.hand.signed_run, commit.hand.idle) == (10, None)

    def test_before_the_forge_signs_it_is_believed(self):
        signed = [raw(END + n, "Bob B", by=FORGE, keys=[FORGE_KEY]) for n in range(2)]
        assert last(raw(END + 9, "Bob B", by=FORGE), before=[*routine(), *signed]).web_flow

    def test_a_refuted_signature_of_the_forge_is_not_the_forges(self):
        commit = last(raw(END, "Bob B", by=FORGE, keys=[FORGE_KEY]), verifier=Claims(**{FORGE_KEY: SignatureState.BAD}))
        assert not commit.web_flow

    def test_its_key_is_nobodys(self):
        commit = last(raw(END, "Bob B", by=FORGE, keys=[FORGE_KEY]))
        assert commit.new_keys == frozenset()


class TestPrograms:
    BOT = "49699333+dependabot[bot]@users.noreply.github.com"

    def test_a_known_program_raises_nothing(self):
        raws = [*routine(), raw(END, "dependabot[bot]", email=self.BOT, by=FORGE)]
        assert len(judged(raws)) == len(judged(routine()))

    def test_a_program_name_with_another_address_is_a_person(self):
        commit = last(raw(END, "dependabot[bot]", email="mallory@example.org"))
        assert commit.author.new
        assert commit.first_integration

    def test_the_first_commit_by_its_own_hand_is_judged(self):
        raws = [
            *routine(),
            raw(END, "dependabot[bot]", email=self.BOT),
            raw(END + 1, "dependabot[bot]", email=self.BOT),
        ]
        extra = judged(raws)[len(judged(routine())) :]
        assert len(extra) == 1
        assert extra[0].first_integration

    def test_a_program_as_author_is_no_new_contributor(self):
        commit = last(
            raw(END, "renovate[bot]", email="29139614+renovate[bot]@users.noreply.github.com", by="Alice Example")
        )
        assert not commit.author.new


class TestTheChain:
    def test_the_first_integration_and_its_circle(self):
        before = [*routine(), raw(END, "Bob B"), raw(END + 1, "Carol C")]
        commit = last(raw(END + 2, "Mallory X"), before=before)
        assert commit.first_integration
        assert commit.circle == 3
        assert set(commit.circle_names) == {"Alice Example", "Bob B", "Carol C"}
        assert not last(raw(END + 2, "Bob B"), before=before).first_integration

    def test_the_circle_forgets_after_two_years(self):
        commit = last(raw(518 + 731, "Mallory X"))
        assert commit.first_integration
        assert commit.circle == 0

    def test_what_git_does_not_tell_of_the_circle_is_counted(self):
        squashes = [raw(END + day, "Bob B", by=FORGE) for day in range(40)]
        merges = [raw(END + 40 + day, "Bob B", by=FORGE, parents=MERGE) for day in range(2)]
        commit = last(raw(END + 50, "Mallory X"), before=[*routine(), *squashes, *merges])
        assert commit.first_integration
        assert commit.untold.times == 40
        assert commit.untold.of > 42, "with what came before in these two years"
        later = last(raw(END + 60 + 800, "Mallory X"), before=[*routine(), *squashes, *merges])
        assert (later.untold.times, later.untold.of) == (0, 0)

    def test_off_the_chain_nobody_integrates(self):
        commit = last(raw(END, "Mallory X", on_chain=False))
        assert commit.integrator == Known(None)
        assert not commit.first_integration

    def test_how_commits_came(self):
        merges = [raw(END + n, parents=MERGE) for n in range(60)]
        commit = last(raw(END + 60), before=[*routine(), *merges])
        assert (commit.chain_length, commit.chain_by_merge) == (50, 50)


class TestTheClock:
    def test_a_back_dated_commit_buys_no_tenure(self):
        before = [*routine(), raw(10, "Mallory X")]
        commit = last(raw(END, "Mallory X"), before=before)
        assert commit.hand.tenure is not None
        assert commit.hand.tenure < 100 * DAY
        assert not commit.hand.founder

    def test_a_back_dated_return_is_a_return_all_the_same(self):
        bob = [raw(1, "Bob B"), *routine(), raw(30, "Bob B")]
        assert judged(bob)[-1].hand.idle == pytest.approx(506 * DAY, abs=3 * DAY)

    def test_one_commit_from_the_future_does_not_move_it(self):
        before = [*routine(), raw(3_000, "Bob B")]
        assert last(raw(END), before=before).clock == START + END * DAY

    def test_nothing_is_after_the_observation(self):
        assert last(raw(50_000)).clock == int(look().observed_at.timestamp())

    def test_no_date_at_all(self):
        commit = last(raw(END, committer=raw(0).committer.__class__("Alice Example", "alice@example.org")))
        assert commit.commit_time is None
        assert START + 500 * DAY < commit.clock <= START + 518 * DAY


class TestKeys:
    KEY, OTHER = "A" * 24 + "0123456789ABCDEF", "B" * 24 + "0123456789ABCDEF"

    def test_a_key_is_new_once(self):
        first, second = judged([*routine(), raw(END, keys=[self.KEY]), raw(END + 1, keys=[self.KEY])])[-2:]
        assert first.new_keys == {self.KEY[-16:]}
        assert second.new_keys == frozenset()
        assert (second.hand.signed_run, second.hand.signatures, second.hand.keys) == (1, 1, (self.KEY[-16:],))

    def test_the_short_name_of_a_known_key_is_known(self):
        before = [*routine(), raw(END, keys=[self.KEY])]
        assert last(raw(END + 1, keys=[self.KEY[-16:]]), before=before).new_keys == frozenset()

    def test_whole_fingerprints_are_compared_whole(self):
        before = [*routine(), raw(END, keys=[self.KEY])]
        assert last(raw(END + 1, keys=[self.OTHER]), before=before).new_keys == {self.OTHER[-16:]}

    def test_a_refuted_signature_teaches_nothing(self):
        raws = [*routine(), raw(END, keys=[self.KEY]), raw(END + 1, keys=[self.KEY])]
        commit = judged(raws, verifier=Claims(**{self.KEY: SignatureState.BAD}))[-1]
        assert commit.hand.signatures == 0
        assert commit.new_keys == frozenset()

    def test_an_unsigned_commit_ends_the_run_and_an_unsigned_merge_does_not(self):
        signed = [raw(END + n, keys=[self.KEY]) for n in range(10)]
        before = [*routine(), *signed, raw(END + 10, parents=MERGE)]
        assert last(raw(END + 11), before=before).hand.signed_run == 10
        assert last(raw(END + 12), before=[*before, raw(END + 11)]).hand.signed_run == 0

    def test_what_was_learned_can_be_reviewed(self):
        history = History()
        judged([*routine(), raw(END, "Bob B", keys=[self.KEY]), raw(END + 1, keys=[self.KEY])], history)
        (record,) = history.keys.records.values()
        assert (record.issuer, record.person, record.count) == (self.KEY, "bob@example.org", 2)
        assert record.first == START + END * DAY


PEOPLE = ["Alice Example", "Bob B", "Carol C", "Аlice Example", "dependabot[bot]", "root"]
COMMITS = st.builds(
    raw,
    st.floats(0, 2_000),
    st.sampled_from(PEOPLE),
    by=st.sampled_from([*PEOPLE, FORGE]),
    email=st.sampled_from(["", "shared@example.org", "1+bob@users.noreply.github.com", TestPrograms.BOT]),
    offset=st.sampled_from([None, 0, 60, -480]),
    on_chain=st.booleans(),
    parents=st.sampled_from([("0" * 40,), MERGE, ()]),
    keys=st.lists(st.sampled_from([TestKeys.KEY, TestKeys.OTHER, FORGE_KEY]), max_size=2),
    paths=st.lists(st.sampled_from(["Makefile", "tests/a.xz", ".github/workflows/x.yml"]), max_size=2),
    trailers=st.lists(st.sampled_from(["Signed-off-by", "Change-Id"]), max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(COMMITS, max_size=30), st.integers(0, 30))
def test_two_looks_see_what_one_sees(raws, cut):
    """The state between two looks is stored as bytes, and nothing is lost."""
    begun = routine(200, step=0.5)
    whole = judged([*begun, *raws])
    history = History()
    first = judged([*begun, *raws[:cut]], history)
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=History)
    assert stored == history
    second = judged(raws[cut:], stored)
    assert [*first, *second] == whole
