"""Tags: their order, the habits before each, and who made them."""

from doorward.engine.gather.habits import History
from doorward.engine.gather.tags import TagFacts, is_release, judge_tags
from doorward.model.facts import Known, Missing
from doorward.model.repository import RawTag
from doorward.model.signature import SignatureClaim, SignatureState
from tests.repositories.raws import DAY, FORGE_KEY, START, Claims, ident, judged, look, raw, routine

KEY, OTHER = "A" * 40, "B" * 40
ON_BRANCH = TagFacts(Known(frozenset()))


def tag(name, day, *keys, who="Alice Example", **more):
    claims = tuple(SignatureClaim("openpgp", key) for key in keys)
    values = {"id": f"{name:0>40}", "target": "c" * 40, "tagger": ident(who, day), "target_time": START}
    return RawTag(name, claims=claims, **values | more)


def read(*tags, history=None, facts=ON_BRANCH, **more):
    return list(judge_tags(tags, history or History(), look(**more), facts))


def test_they_come_in_the_order_of_their_times():
    light = tag("light", 0, tagger=None, target_time=START + 2 * DAY)
    assert [one.name for one in read(tag("b", 3), light, tag("a", 1), tag("a1", 1))] == ["a", "a1", "light", "b"]


def test_one_that_the_ledger_saw_arrive_comes_when_it_arrived():
    facts = TagFacts(Known(frozenset()), {"v9": START + 50 * DAY})
    assert [one.name for one in read(tag("v9", 1), tag("v1", 10), facts=facts)] == ["v1", "v9"]


def test_later_tags_are_hidden_from_an_earlier_day():
    assert [one.name for one in read(tag("a", 1), tag("b", 9), until=START + 5 * DAY)] == ["a"]


def test_the_habits_of_signing():
    tags = read(tag("1", 1, KEY), tag("2", 2, KEY), tag("3", 3), tag("4", 4, KEY), tag("5", 5, OTHER))
    assert [one.new_keys for one in tags] == [{KEY[-16:]}, set(), set(), set(), {OTHER[-16:]}]
    assert [(one.earlier, one.earlier_signed, one.signed_run) for one in tags] == [
        (0, 0, 0),
        (1, 1, 1),
        (2, 2, 2),
        (3, 2, 0),
        (4, 3, 1),
    ]
    assert tags[-1].known_keys == (KEY,)


def test_the_forges_key_is_nobodys_and_a_refuted_one_is_not_learned():
    tags = read(
        tag("1", 1, FORGE_KEY), tag("2", 2, KEY), tag("3", 3, KEY), verifier=Claims(**{KEY: SignatureState.BAD})
    )
    assert [one.new_keys for one in tags] == [frozenset()] * 3


def test_taggers_by_their_address():
    tags = read(
        tag("1", 1),
        tag("2", 2, who="Mallory X"),
        tag("3", 3, tagger=None, target_time=START + 3 * DAY),
        tag("4", 4, who="Mallory X"),
    )
    assert [one.tagger_known for one in tags] == [False, False, True, True]
    assert [one.annotated for one in tags] == [True, True, False, True]


def test_a_tagger_is_known_from_the_commits():
    history = History()
    judged([*routine(), raw(600, "Bob B")], history)
    bob, stranger = read(tag("1", 700, who="Bob B"), tag("2", 701, who="Mallory X"), history=history)
    assert bob.tagger.tenure == 100 * DAY
    assert not bob.tagger.founder
    assert stranger.tagger.new
    assert len(history.people.profiles) == 2, "tags teach nothing of people"


def test_branches():
    off = "d" * 40
    facts = TagFacts(Known(frozenset({off})))
    first, second = read(tag("1", 1, target=off), tag("2", 2), facts=facts)
    assert (first.off_branch, first.earlier_off_branch) == (Known(value=True), False)
    assert (second.off_branch, second.earlier_off_branch) == (Known(value=False), True)
    assert read(tag("1", 1), facts=TagFacts(Missing("shallow")))[0].off_branch == Missing("shallow")


def test_an_announcement_is_looked_for_where_a_key_is_new():
    asked = []

    def announced(key, raw):
        asked.append((key, raw.name))
        return Known("KEYS")

    tags = read(
        tag("1", 1, KEY), tag("2", 2, KEY), tag("3", 3, OTHER), facts=TagFacts(Known(frozenset()), {}, announced)
    )
    assert asked == [(OTHER, "3")]
    assert [one.announced for one in tags] == [Known(None), Known(None), Known("KEYS")]


def test_a_tag_that_leads_to_no_commit_is_none():
    assert read(tag("key", 1, target="")) == []


def test_names_of_releases():
    assert [name for name in ("v1.2", "2024-01-02", "rel_1_4", "v4", "latest", "nightly") if is_release(name)] == [
        "v1.2",
        "2024-01-02",
        "rel_1_4",
    ]
