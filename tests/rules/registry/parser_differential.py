from doorward.model.findings import Strength
from tests.rules.build import change, member, odd, release, sdist, unread, upgrade, wheel

CODE = member("lib/__init__.py")
VENDORED = member("lib/x.zip", looks="zip")
SOUND = release("1.0.0", wheel(CODE))
STRONG = (
    "duplicate-entry", "header-mismatch", "hidden-data", "path-escape", "absolute-path", "link-out", "device",
    "nul-in-name", "encrypted", "unnormalised-path",
)  # fmt: skip
CARELESS = (
    "not-in-record", "record-mismatch", "record-missing", "case-collision", "hard-link", "backslash-in-name",
    "control-in-name", "several-roots",
)  # fmt: skip

FIRES = {
    **{kind: (change(release("1.0.1", wheel(CODE, odd(kind))), SOUND), Strength.STRONG) for kind in STRONG},
    **{kind: (change(release("1.0.1", wheel(CODE, odd(kind))), SOUND), Strength.WEAK) for kind in CARELESS},
    "a first release is judged by itself": (change(release("1.0.0", sdist(CODE, odd("path-escape")))), Strength.STRONG),
    "a form that this package always has": (
        upgrade([CODE, odd("hidden-data")], [CODE, odd("hidden-data")], form="wheel"),
        Strength.WEAK,
    ),
    "another form than this package always has": (
        upgrade([CODE, odd("hidden-data"), odd("path-escape")], [CODE, odd("hidden-data")], form="wheel"),
        Strength.STRONG,
    ),
    "nothing is discounted where the past cannot be read": (
        change(release("1.0.1", wheel(CODE, odd("hidden-data"))), unread("1.0.0")),
        Strength.STRONG,
    ),
    "a form in an archive inside": (
        change(release("1.0.1", wheel(CODE, odd("path-escape", "lib/x.zip!/../a.py"))), SOUND),
        Strength.WEAK,
    ),
    "a form that only an archive inside had before": (
        upgrade([CODE, odd("hidden-data")], [CODE, odd("hidden-data", "lib/x.zip!/a.py")], form="wheel"),
        Strength.STRONG,
    ),
    "a form that has no word yet": (change(release("1.0.1", wheel(CODE, odd("odd-form"))), SOUND), Strength.STRONG),
    "hundreds of places": (
        change(release("1.0.1", wheel(*(odd("not-in-record", f"lib/{n}.py") for n in range(300)))), SOUND),
        Strength.WEAK,
    ),
}
RESTS = {
    "sound archives": change(release("1.0.1", wheel(CODE), sdist(CODE)), SOUND),
    "a form that archives inside had before": upgrade(
        [CODE, odd("hidden-data", "lib/x.zip!/b.py")], [CODE, odd("hidden-data", "lib/x.zip!/a.py")], form="wheel"
    ),
    "an archive inside that could not be read before either": upgrade(
        *2 * [[CODE, VENDORED, odd("unread-archive", VENDORED.path, "a 7z archive")]], form="wheel"
    ),
    "a RECORD that was as careless before": upgrade(
        [CODE, odd("not-in-record")], [CODE, odd("not-in-record")], form="wheel"
    ),
}
GAPS = {
    "the archive cannot be read": (change(unread("1.0.1"), SOUND), "damaged"),
    "a new archive inside cannot be read": (
        change(release("1.0.1", wheel(CODE, VENDORED, odd("unread-archive", VENDORED.path, "it is encrypted"))), SOUND),
        "lib/x.zip was not looked into: it is encrypted",
    ),
    "an archive inside cannot be read, and changed": (
        upgrade(
            [CODE, VENDORED, odd("unread-archive", VENDORED.path, "a 7z archive")],
            [CODE, member("lib/x.zip", "another"), odd("unread-archive", VENDORED.path, "a 7z archive")],
            form="wheel",
        ),
        "a 7z archive",
    ),
    "several archives inside cannot be read": (
        change(
            release(
                "1.0.1", wheel(VENDORED, CODE, *(odd("unread-archive", one.path, "no") for one in (VENDORED, CODE)))
            )
        ),
        "(and 1 more archive inside)",
    ),
}
