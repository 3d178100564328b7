"""How far each kind of evidence reaches, by cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from doorward.model.findings import Coverage, Family, Judgement
from doorward.model.release import BARE_FILE
from doorward.rules import LoadedRule

#: The kinds that a report about packages always shows.
KINDS = ("known-malware", "what-changed", "who-published", "source")
#: Why a kind has no answer of which no rule was asked for, and the one whose rules nobody selects.
UNASKED = "none of its rules was asked for"
SOURCE_OFF = "off; add --source"
#: The rule named by a gap of something that could not even be looked up, and of a release whose making could not be.
INVENTORY, SOURCE = "inventory", "source"
#: What begins a subject of a repository, which is no package.
REPOSITORY = "git+"
#: Causes that one line of coverage names.
CAUSES = 2
#: What an index does to a field of its documents, as reasons say it.
INDEX_VERBS = ("the index removes ", "the index rewrites ")


def coverage(
    judgements: Sequence[Judgement], rules: Iterable[LoadedRule], packages: int, *, source: bool = False
) -> tuple[Coverage, ...]:
    """Return one line a kind: a package counts as answered where every rule of the kind had an answer.

    ``source`` says that the repositories were looked at.
    """
    kinds: dict[str, set[str]] = {kind: set() for kind in KINDS}
    kinds[SOURCE] |= {SOURCE} if source else set()
    for loaded in rules:
        if loaded.rule.family is Family.GUIDANCE:
            continue  # it speaks of the reader's own set-up, not of packages
        kinds.setdefault(loaded.rule.family.coverage, set()).add(loaded.id)
    return tuple(_line(kind, ids, judgements, packages) for kind, ids in kinds.items())


def _line(kind: str, ids: set[str], judgements: Sequence[Judgement], packages: int) -> Coverage:
    if not ids:
        return Coverage(kind, 0, packages, SOURCE_OFF if kind == SOURCE else UNASKED)
    judged = [item for item in judgements if not item.linked_only and not item.subject.startswith(REPOSITORY)]
    causes: Counter[str] = Counter()
    answered: list[Judgement] = []
    for item in judged:
        reasons = {gap.reason for gap in item.gaps if gap.rule in ids or gap.rule == INVENTORY}
        # What two files hold was compared, even where the habits of their package are not known.
        if not (reasons - {BARE_FILE.reason} if kind == "what-changed" and item.evaluated else reasons):
            answered.append(item)
        causes.update(reasons)
    cause = told([reason for reason, _ in causes.most_common()])
    if kind == "what-changed":
        cause = "; ".join(filter(None, (_compared(answered, len(judged)), cause)))
    return Coverage(kind, len(answered), packages, cause)


def told(reasons: Sequence[str]) -> str:
    """Return the first causes, what one index does to several fields said once."""
    grouped: dict[str, list[str]] = {}
    for reason in reasons:
        verb = next((verb for verb in INDEX_VERBS if reason.startswith(verb)), "")
        grouped.setdefault(verb or reason, []).extend([reason.removeprefix(verb)] if verb else [])
    said = [f"{verb}{_listed(sorted(fields))}" for verb, fields in grouped.items()]
    more = f"{len(said) - CAUSES} more causes, -v shows them"
    return "; ".join([*said[:CAUSES], more] if len(said) > CAUSES + 1 else said)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _compared(answered: Sequence[Judgement], judged: int) -> str:
    """Return what was compared with what. Of a release that was not looked at, nobody knows if it is the first."""
    first = sum(1 for item in answered if item.evaluated and not item.compared_with)
    if not first:
        return "against the release before" if answered else ""
    alone = "1 is a first release, judged alone" if first == 1 else f"{first} are first releases, judged alone"
    return f"against the release before; {alone}" if first < judged else alone
