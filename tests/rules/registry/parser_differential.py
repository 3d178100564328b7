from doorward.model.findings import Strength
from tests.rules.build import change, member, odd, release, sdist, unread, upgrade, wheel

CODE = member("lib/__init__.py")
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
    "a form that has no word yet": (change(release("1.0.1", wheel(CODE, odd("odd-form"))), SOUND), Strength.STRONG),
    "hundreds of places": (
        change(release("1.0.1", wheel(*(odd("not-in-record", f"lib/{n}.py") for n in range(300)))), SOUND),
        Strength.WEAK,
    ),
}
RESTS = {
    "sound archives": change(release("1.0.1", wheel(CODE), sdist(CODE)), SOUND),
    "a RECORD that was as careless before": upgrade(
        [CODE, odd("not-in-record")], [CODE, odd("not-in-record")], form="wheel"
    ),
}
GAPS = {"the archive cannot be read": (change(unread("1.0.1"), SOUND), "damaged")}
