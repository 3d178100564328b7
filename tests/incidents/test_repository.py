"""Take-overs of the past, by the facts that their repositories show: what doorward would have said, and when."""

from datetime import UTC, date, datetime

import pytest

from doorward.engine.contributions import judge, rules_for
from doorward.engine.gather.habits import History
from doorward.engine.gather.repository import Look, judge_history
from doorward.engine.gather.tags import TagFacts, judge_tags
from doorward.model.facts import Known
from doorward.model.findings import Strength, Verdict
from doorward.model.history import Commit, Tag
from doorward.model.paths import kinds_of
from doorward.model.repository import Change, Ident, RawCommit, RawTag
from doorward.model.signature import SignatureClaim
from doorward.policy import Policy, decide
from tests.repositories.raws import Claims

DISCLOSED = date(2024, 3, 29)
COLLIN = ("Lasse Collin", "lasse.collin@tukaani.org", 120)
TAN = ("Jia Tan", "jiat0218@gmail.com", 480)
HIS, HERS = "22D465F2B4C173803B20C6DE59FCF207FEA7F445", "3690C240CE51B4670D30AD1C38EE757D69184620"


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())


def ident(person, day: str) -> Ident:
    name, email, offset = person
    return Ident(name, email, seconds(day), offset)


def commit(number: int, day: str, author, *paths: str, committer=None, status: str = "M") -> RawCommit:
    changes = tuple(Change(status, path, kinds_of(path)) for path in paths)
    return RawCommit(
        f"{number:040}",
        ("0" * 40,),
        ident(author, day),
        ident(committer or author, day),
        on_chain=True,
        changes=tuple(one for one in changes if one.kinds),
        files=len(changes) or 3,
    )


def routine(first: int, last: int):
    """One maintainer, a commit every week or so, through the years."""
    return [
        commit(year * 1_000 + n, f"{year}-{n // 4 + 1:02}-{n % 4 * 7 + 1:02}", COLLIN)
        for year in range(first, last)
        for n in range(48)
    ]


#: From the reference: each event on its day.
XZ = sorted(
    [
        *routine(2008, 2024),
        commit(1, "2022-02-07", ("jiat75", "jiat0218@gmail.com", 480), committer=COLLIN),
        commit(2, "2022-06-10", TAN, committer=COLLIN),
        commit(3, "2022-12-30", TAN),
        commit(4, "2023-06-27", COLLIN, committer=TAN),
        commit(5, "2024-01-23", TAN, "tests/files/good-1-riscv-lzma2-1.xz"),
        commit(6, "2024-02-15", TAN, "m4/.gitignore"),
        commit(
            7,
            "2024-02-23",
            TAN,
            "tests/files/bad-3-corrupt_lzma2.xz",
            "tests/files/good-large_compressed.lzma",
            status="A",
        ),
        commit(8, "2024-02-26", TAN, "CMakeLists.txt"),
        commit(9, "2024-03-09", TAN, "tests/files/bad-3-corrupt_lzma2.xz", "tests/files/good-large_compressed.lzma"),
    ],
    key=lambda raw: raw.committer.time or 0,
)
XZ_TAGS = [
    *(RawTag(f"v5.{n}.0", f"{n:040}", "c" * 40, ident(COLLIN, f"{2010 + n}-01-01"), claims=(SignatureClaim("openpgp", HERS),)) for n in range(8)),
    RawTag("v5.2.11", "a" * 40, "c" * 40, ident(TAN, "2023-03-18"), claims=(SignatureClaim("openpgp", HIS),)),
]  # fmt: skip


def seen_on(day: str, raws=XZ):
    """What doorward says on a day: the commits, with one person's hits folded, and who was learned."""
    now = datetime.fromisoformat(f"{day}T18:00:00+00:00")
    view = Look("git+https://git.example/xz", now, Claims(), until=int(now.timestamp()))
    history = History()
    judged = judge(judge_history(raws, history, view), rules_for("repository/*", Commit), lambda *_: False)
    decided = decide(Policy(), judged.folded, now=now)
    linked = {item.subject for item in judged.folded if item.linked_only}
    alerts = [one for one in decided.subjects if one.subject not in linked and one.verdict is not Verdict.CLEAN]
    return alerts, judged, history, view


def test_xz_is_quiet_for_fourteen_years_of_one_maintainer_and_while_the_newcomer_only_writes():
    assert seen_on("2022-12-29")[0] == []


def test_xz_holds_on_the_day_of_the_first_commit_by_his_own_hand():
    (alert,), judged, _, _ = seen_on("2022-12-30")
    assert alert.verdict is Verdict.HOLD
    assert alert.subject.endswith(f"{3:040}")
    (finding,) = (f for item in judged.judgements for f in item.findings if f.rule == "repository/new-integrator")
    assert finding.strength is Strength.STRONG
    assert finding.evidence[0].baseline == "in the two years before: Lasse Collin"
    assert (DISCLOSED - date(2022, 12, 30)).days == 455


def test_xz_warns_of_the_first_tag_by_another_key():
    _, _, history, view = seen_on("2023-03-18")
    tags = judge(
        judge_tags(XZ_TAGS, history, view, TagFacts(Known(frozenset()))),
        rules_for("repository/*", Tag),
        lambda *_: False,
    )
    last = tags.judgements[-1]
    assert {(f.rule, f.strength) for f in last.findings} >= {
        ("repository/tag-key-changed", Strength.STRONG),
        ("repository/new-tagger", Strength.WEAK),
        ("repository/newcomer-release", Strength.WEAK),
    }
    assert (DISCLOSED - date(2023, 3, 18)).days == 377


@pytest.mark.parametrize(("day", "number", "before"), [("2024-01-23", 5, 66), ("2024-03-09", 9, 20)])
def test_xz_sees_the_replaced_fixtures(day, number, before):
    _, judged, _, _ = seen_on(day)
    found = {item.subject[-40:]: item for item in judged.judgements}[f"{number:040}"]
    (finding,) = (f for f in found.findings if f.rule == "repository/opaque-fixture-changed")
    assert finding.strength is Strength.STRONG
    assert (DISCLOSED - date.fromisoformat(day)).days == before


def test_xz_the_sabotaged_check_passes_every_rule():
    """The reference says so: one character in a build check. It is stated here so that nobody believes otherwise."""
    _, judged, _, _ = seen_on("2024-02-26")
    found = {item.subject[-40:]: item for item in judged.judgements}.get(f"{8:040}")
    assert found is None or all(finding.strength is Strength.CONTEXT for finding in found.findings)


def test_xz_an_author_date_on_anothers_machine_is_no_oddity():
    """Of his nine author dates outside +0800, eight were written on Collin's machine: an artefact."""
    raws = [*XZ[:-1], commit(10, "2024-03-01", ("Jia Tan", "jiat0218@gmail.com", 120), committer=COLLIN)]
    _, judged, _, _ = seen_on("2024-03-02", raws)
    assert not [f for item in judged.judgements for f in item.findings if f.rule == "repository/dormant-return"]


KNOWN = ("Known Maintainer", "known@example.org", 60)
OTHER = ("Other Maintainer", "other@example.org", 60)


def language_runtime(day: str, offset: int):
    """A runtime whose server took commits under its maintainers' names; nobody there signs."""
    raws = []
    for number in range(700):
        year, week = 2012 + number // 100, number % 100
        who = KNOWN if number % 4 == 0 and year < 2019 else OTHER
        raws.append(commit(number, f"{year}-{week // 9 + 1:02}-{week % 9 * 3 + 1:02}", who))
    raws += [commit(2_000 + n, f"2020-{n + 1:02}-03", OTHER) for n in range(12)]
    return [*raws, commit(9_999, day, (KNOWN[0], KNOWN[1], offset))]


def test_a_borrowed_name_from_another_part_of_the_world_after_a_long_silence():
    """Dormant and a new offset: the pair is what caught one of the two pushes, weak by itself."""
    _, judged, _, _ = seen_on("2021-03-28", language_runtime("2021-03-28", 300))
    last = {item.subject[-40:]: item for item in judged.judgements}[f"{9_999:040}"]
    (finding,) = (f for f in last.findings if f.rule == "repository/dormant-return")
    assert finding.strength is Strength.WEAK
    assert {item.label for item in finding.evidence} >= {"silence", "offset"}


def test_a_perfect_imitation_passes():
    """The other push matched its victim's habits, and no rule of commits can see it."""
    _, judged, _, _ = seen_on("2019-01-03", [*language_runtime("2018-12-30", 60)])
    last = {item.subject[-40:]: item for item in judged.judgements}.get(f"{9_999:040}")
    assert last is None


def test_now_is_not_needed():
    """The same history, looked at years later, gives the same alerts, only no longer young."""
    alerts = seen_on("2026-01-01")[0]
    assert [alert.subject[-2:] for alert in alerts] == ["03", "05"]
    assert {alert.verdict for alert in alerts} == {Verdict.WARN}
    assert datetime(2026, 1, 1, tzinfo=UTC).date() > DISCLOSED
