"""Text of people who want to be obeyed, and reports full of it."""

from datetime import date

from hypothesis import strategies as st

from doorward.model.findings import (
    Allowance,
    Comparison,
    Coverage,
    Evidence,
    Family,
    Finding,
    Report,
    Severity,
    Strength,
    SubjectVerdict,
    Unanswered,
    Verdict,
)
from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind, ReleaseSizes, SizePoint
from tests.outputs.reports import NOW, UNTIL

FRAGMENTS = (
    "\x1b[31m", "\x1b]8;;https://a.invalid\x07", "\x9b2J", "\x90", "\x07", "\r", "\n", "\t", "\x00", "\x7f", "\x85",
    "\u202e", "\u2066", "\u061c", "\u200b", "\u200d", "\ufeff", "\u2028", "\u2029", "\u00ad", "\ufe0f", "\U000e0041",
    "\U000e0100", "\u3164", "\u2800", "\ud800", "\udfff", "\U0001f600", "é", "漢",
    "::error::", "::set-output name=a::b", "::stop-commands::x", "##[add-mask]", "##vso[task.x]", "##teamcity[", "%0A",
    "@everyone", "@a/b", "#1", "owner/repo#12", "GH-7", "gh-7", "www.a.invalid", "https://a.invalid", "ftp://a.invalid",
    "a@b.invalid", "mailto:a@b.invalid", ":smile:", "[a](b)", "![a](b)", "[a]: b", "[^1]", "<!-- -->", "</details>",
    "<img src=x onerror=a()>", "<script>", "&lt;", "&#64;a", "`", "``", "```", "~~a~~", "**a**", "_a_", "$a$", "$`a`$",
    "|", "\\|", "\\", "\\`", "# a", "- a", "+ a", "1. a", "> a", "---", "===", "| --- |", "{0}", "{{", "}}", "[1](2)",
    "a", "b", " ", "  ", "    ", ".", ":", "-", "/", "'", '"', "=",
)  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=8).map("".join)
subjects = st.sampled_from(["pkg:pypi/a@1", "pkg:npm/%40b/c@2", "file:x.whl@sha256:00"]) | texts.map(
    "pkg:npm/{}".format
)
rules = st.sampled_from(["registry/new-binary", "registry/size-jump", "signing/provenance-lost"])
evidence = st.builds(Evidence, label=texts, value=texts, where=texts, baseline=texts)
allowances = st.builds(Allowance, rule=rules, subject=subjects, reason=texts, until=st.just(date(2027, 1, 31)))
findings = st.builds(
    Finding,
    rule=rules,
    detection=st.just("DS0050"),
    subject=subjects,
    family=st.sampled_from(Family),
    strength=st.sampled_from(Strength),
    severity=st.sampled_from(Severity),
    message=texts.map("It {}".format),
    evidence=st.lists(evidence, max_size=3).map(tuple),
    advice=texts,
    allowed=st.none() | allowances,
)
decided = st.builds(
    SubjectVerdict,
    subject=subjects,
    verdict=st.sampled_from(Verdict),
    until=st.none() | st.just(UNTIL),
    via=st.lists(texts, max_size=2).map(tuple),
    related=st.lists(subjects, max_size=2).map(tuple),
    declared=texts | st.just("uv.lock:12"),
)
gaps = st.builds(Unanswered, rule=rules, subject=subjects, reason=texts, required=st.booleans())
coverage = st.builds(
    Coverage,
    kind=st.sampled_from(["known-malware", "what-changed"]),
    answered=st.integers(0, 9),
    of=st.integers(9, 10),
    cause=texts,
)
rows = st.lists(st.tuples(texts, texts, texts, texts), max_size=2).map(tuple)
comparisons = st.builds(
    Comparison, old=texts, new=texts, rows=rows, sizes=st.lists(st.integers(0, 2**40), max_size=5).map(tuple)
)
points = st.builds(SizePoint, version=texts, published=st.none() | st.just(NOW), size=st.integers(0, 2**40))
sizes = st.builds(
    ReleaseSizes, subject=subjects, points=st.lists(points, min_size=1, max_size=9).map(tuple), kind=texts
)
marks = st.builds(
    Mark,
    time=st.sampled_from([NOW, UNTIL]),
    kind=st.sampled_from(MarkKind),
    label=texts,
    trusted=st.booleans(),
    count=st.integers(1, 99),
)
lanes = st.builds(
    Lane, kind=st.sampled_from(LaneKind), name=texts, marks=st.lists(marks, min_size=1, max_size=4).map(tuple)
)
reports = st.builds(
    Report,
    verdict=st.sampled_from(Verdict),
    subjects=st.lists(decided, max_size=4).map(tuple),
    findings=st.lists(findings, max_size=4).map(tuple),
    gaps=st.lists(gaps, max_size=4).map(tuple),
    coverage=st.lists(coverage, max_size=2).map(tuple),
    notices=st.lists(texts, max_size=2).map(tuple),
    incomplete=st.booleans(),
    until=st.none() | st.just(UNTIL),
    packages=st.integers(0, 100),
    header=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    seconds=st.floats(0, 10_000),
    comparison=st.none() | comparisons,
    observed_at=st.none() | st.just(NOW),
    files=st.lists(texts, max_size=2).map(tuple),
    sizes=st.lists(sizes, max_size=2).map(tuple),
    lanes=st.lists(lanes, max_size=2).map(tuple),
)
