"""What a release did in guarded runs joins its fold when it is scanned.

A stored run is judged again: by the rules and the feeds of today, and by what the policy and the baseline expect today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.gather.expected import Asked, baseline_of, egress_of
from doorward.engine.gather.indicators import endpoint_indicators
from doorward.engine.gather.run import Circumstances, activity, decided_anew
from doorward.engine.run import ask, select
from doorward.model.activity import Activity
from doorward.model.dependency import Inventory
from doorward.model.findings import Evidence, Finding, Judgement, Strength
from doorward.model.run import Run
from doorward.policy import destination_of_url
from doorward.records import replace
from doorward.store.intel import FOLDER


def with_conduct(context: Context, judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements of releases with what the rules say of their stored runs, and the runs as links."""
    judged = list(judgements)
    found = _conduct(context, [item.subject for item in judged])
    return [_joined(item, found.get(item.subject, ())) for item in judged]


def _joined(item: Judgement, findings: Sequence[Finding]) -> Judgement:
    runs = dict.fromkeys(finding.evidence[-1].value for finding in findings)
    return replace(item, findings=(*item.findings, *findings), related=(*item.related, *runs)) if findings else item


def _conduct(context: Context, purls: Iterable[str]) -> dict[str, list[Finding]]:
    """Return what the rules say of what releases did, by purl."""
    stored = context.store.runs_of(purls)
    rules = select(context.rules, Activity)
    if not stored or not rules:
        return {}
    egress = egress_of(context, Inventory(), baseline_of(context.project), Asked((), context.project or Path.cwd()))
    every = [run for runs in stored.values() for run in runs]
    look = endpoint_indicators(context.store.folder / FOLDER, context.now, every)
    found: dict[str, list[Finding]] = {}
    for purl, runs in stored.items():
        told: dict[str, Finding] = {}
        for run in runs:
            if context.as_of is None or run.started <= context.as_of:
                known = Circumstances(replace(egress, deny_loopback=run.deny_loopback), Inventory(), look)
                answers = ask(
                    activity(purl, decided_anew(_without_own(run), known.egress), known), rules, context.policy.requires
                )
                for finding in answers.findings:
                    if finding.strength > Strength.CONTEXT:
                        told.setdefault(finding.fingerprint, _dated(finding, run))
        found[purl] = list(told.values())
    return found


def _without_own(run: Run) -> Run:
    """Return a run without what was fetched from an index of its own time: it may be scanned by another project."""
    places = ((download, destination_of_url(download.index or download.url)) for download in run.downloads)
    return replace(
        run, downloads=tuple(item for item, place in places if not place or place.host not in run.index_hosts)
    )


def _dated(finding: Finding, run: Run) -> Finding:
    """Say in which run it was seen."""
    evidence = Evidence("run", run.subject, baseline=f"{run.started:%Y-%m-%d}: {' '.join(run.command)[:80]}")
    return replace(finding, evidence=(*finding.evidence, evidence))
