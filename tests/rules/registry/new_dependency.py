from datetime import timedelta

from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import brings, change, line, needs, past, release, tarball, unread, wheel

YEARS, DAYS, HOURS = timedelta(days=900), timedelta(days=12), timedelta(hours=18)
OLD = release("1.0.0", tarball(needs("left")))
OLD_WHEEL = release("1.0.0", wheel(needs("left")))


def with_new(*dependencies, form=tarball, version="1.0.1", name="lib", old=None, history=(), **facts):
    new = release(version, form(*(item.requirement for item in dependencies)), name=name, **facts)
    return change(new, old or (OLD if form is tarball else OLD_WHEEL), history, new_dependencies=dependencies)


def platform(name, specifier="1.0.1", group="optional", age=HOURS):
    return brings(needs(name, specifier, group), age, imported=False)


FIRES = {
    "a well-known one": (with_new(brings(needs("right"), YEARS)), Strength.WEAK),
    "hours old": (with_new(brings(needs("right"), HOURS)), Strength.STRONG),
    "younger than the release itself": (with_new(brings(needs("right"), -HOURS)), Strength.STRONG),
    "days old and never imported": (with_new(brings(needs("right"), DAYS, imported=False)), Strength.STRONG),
    "days old and imported": (with_new(brings(needs("right"), DAYS)), Strength.WEAK),
    "old and never imported": (with_new(brings(needs("right"), YEARS, imported=False)), Strength.WEAK),
    "a git reference": (
        with_new(brings(needs("right", "git+ssh://git.invalid/r.git", source="git"), None)),
        Strength.STRONG,
    ),
    "an optional one that is a git reference": (
        with_new(brings(needs("right", "github:r/r#0", "optional", "git"), None)),
        Strength.STRONG,
    ),
    "an address": (
        with_new(brings(needs("right", "https://files.invalid/r.tgz", source="url"), None)),
        Strength.STRONG,
    ),
    "a local path": (with_new(brings(needs("right", "file:../r", source="path"), None)), Strength.STRONG),
    "a build requirement": (with_new(brings(needs("cython", group="build"), YEARS), form=wheel), Strength.WEAK),
    "a build requirement that is hours old": (
        with_new(brings(needs("cythonn", group="build"), HOURS), form=wheel),
        Strength.STRONG,
    ),
    "a young type stub": (with_new(brings(needs("types-right"), DAYS, imported=False), form=wheel), Strength.WEAK),
    "a young plug-in": (with_new(brings(needs("eslint-plugin-right"), DAYS, imported=False)), Strength.WEAK),
    "a young peer": (with_new(brings(needs("right", group="peer"), DAYS, imported=False)), Strength.WEAK),
    "an extra that is hours old": (
        with_new(brings(needs("right", group="optional"), HOURS), form=wheel),
        Strength.STRONG,
    ),
    "a platform binary of another scope": (
        with_new(platform("@other/linux-x64"), name="@lib/core"),
        Strength.STRONG,
    ),
    "the same scope with another version": (
        with_new(platform("@lib/linux-x64", "9.9.9"), name="@lib/core"),
        Strength.STRONG,
    ),
    "known, but now from git": (
        with_new(brings(needs("left", "git+https://git.invalid/l", source="git"), None), history=line("1.0.0")),
        Strength.STRONG,
    ),
    "thirty at once": (with_new(*(brings(needs(f"right-{n}"), YEARS) for n in range(30))), Strength.WEAK),
}
RESTS = {
    "a first release": change(release("1.0.0", tarball(needs("right")))),
    "none": with_new(),
    "one that an earlier release had": with_new(
        brings(needs("right"), HOURS), history=(past("1.0.0"), past("0.9.0", requirements=["right"]))
    ),
    "platform binaries of the same scope and version": with_new(
        platform("@lib/linux-x64"), platform("@lib/darwin-arm64", "=1.0.1"), name="@lib/core"
    ),
    "one more platform binary in the scope of the others": with_new(
        platform("@lib/openbsd-arm64"), old=release("1.0.0", tarball(needs("@lib/linux-x64", "1.0.0", "optional")))
    ),
    "a development dependency": with_new(brings(needs("right", group="development"), HOURS)),
    "an extra that nobody gets without asking": with_new(brings(needs("right", group="optional"), YEARS), form=wheel),
}
GAPS = {
    "it cannot be looked up": (
        with_new(brings(needs("right"), Missing("not told"), looked_up=Missing("the index answered 500"))),
        "right: the index answered 500",
    ),
    "the old release cannot be read": (change(release("1.0.1", tarball(needs("right"))), unread("1.0.0")), "damaged"),
}
