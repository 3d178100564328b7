from doorward.model.findings import Strength
from tests.rules.build import STRIPPED, change, line, past, release

OLD = release("1.4.0")

FIRES = {
    "lower than one of its line": (change(release("1.3.9"), OLD, line("1.4.0 1.3.8 1.3.7")), Strength.CONTEXT),
    "a leap in the last number": (change(release("1.4.44"), OLD, line("1.4.0 1.3.2 1.3.1 1.3.0")), Strength.CONTEXT),
    "a leap to another major version": (
        change(release("99.0.0"), OLD, line("1.4.0 1.3.0 1.2.0", line=False)),
        Strength.CONTEXT,
    ),
    "below its line, of npm": (
        change(release("1.3.9-liberty", ecosystem="npm"), OLD, line("1.4.0 1.3.8 1.3.7")),
        Strength.CONTEXT,
    ),
}
RESTS = {
    "a first release": change(release("99.0.0")),
    "the next version": change(release("1.4.1"), OLD, line("1.4.0 1.3.0 1.2.0")),
    "a fix to an older major line": change(release("1.4.1"), OLD, [past("2.0.0", 10, line=False), *line("1.4.0")]),
    "a package that always leaps": change(release("2.70.0"), OLD, line("2.50.0 2.20.0 2.0.0")),
    "versions that are dates": change(release("2.31.0.20260501"), OLD, line("2.31.0.20240311 2.31.0.20240106")),
    "a pre-release of the same version came first": change(release("2.0.0"), OLD, line("2.1.0a1 2.0.0rc1")),
    "versions that nobody can order": change(release("snapshot"), OLD, line("nightly latest")),
    "a number of thousands of digits": change(release("1." + "9" * 9_000), OLD, line("1.4.0 1.3.0")),
}
GAPS = {
    "no upload time": (change(release("1.3.9", published=STRIPPED), OLD, line("1.4.0")), "removes it"),
    "no history": (change(release("1.3.9"), OLD, STRIPPED), "removes it"),
}
