from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import change, member, release, unread, upgrade, wheel

CODE = member("lib/__init__.py")
LIE = member("lib/data/logo.png", "elf bytes", looks="elf", size=80_000)
ZIP = member("lib/data/table.csv", "zip bytes", looks="zip")

FIRES = {
    "native code under a picture's name": (upgrade([CODE, LIE], [CODE]), Strength.STRONG),
    "native code under a script's name": (
        upgrade([CODE, member("lib/index.js", "x", looks="macho")], [CODE, member("lib/index.js")]),
        Strength.STRONG,
    ),
    "in a first release": (change(release("1.0.0", wheel(CODE, LIE))), Strength.STRONG),
    "upper case": (upgrade([member("LOGO.PNG", looks="pe")], [CODE]), Strength.STRONG),
    "a zip under a table's name": (upgrade([CODE, ZIP], [CODE]), Strength.WEAK),
    "a script under a sound's name": (upgrade([CODE, member("ring.wav", "print(1)")], [CODE]), Strength.WEAK),
    "the strongest counts": (upgrade([CODE, ZIP, LIE], [CODE]), Strength.STRONG),
    "another lie than that of the test data": (
        upgrade([CODE, member("lib/index.js", "x", looks="elf")], [CODE, member("tests/a.png", looks="elf")]),
        Strength.STRONG,
    ),
    "the same kind of test data as before": (
        upgrade([CODE, LIE, member("tests/b.png", looks="elf")], [CODE, member("tests/a.png", looks="elf")]),
        Strength.WEAK,
    ),
}
RESTS = {
    "names that tell the truth": upgrade([CODE, member("a.png", looks="png"), member("b.so", looks="elf")], [CODE]),
    "another picture format": upgrade([CODE, member("a.png", looks="jpeg")], [CODE]),
    "native code without an extension": upgrade([CODE, member("bin/tool", looks="elf")], [CODE]),
    "an extension that claims nothing": upgrade([CODE, member("a.dat", looks="elf")], [CODE]),
    "formats that are zips": upgrade([CODE, member("a.docx", looks="zip"), member("a.whl", looks="zip")], [CODE]),
    "an unknown format": upgrade([CODE, member("a.png", looks="")], [CODE]),
    "the same file as before": upgrade([CODE, LIE], [CODE, LIE]),
    "archives under such names are a habit": upgrade(
        [CODE, ZIP, member("b.csv", looks="zip")], [CODE, member("a.csv", looks="zip")]
    ),
    "no lie, and the past cannot be read": change(release("1.0.1", wheel(CODE)), unread("1.0.0")),
}
GAPS = {
    "a lie, and the past cannot be read": (change(release("1.0.1", wheel(CODE, LIE)), unread("1.0.0")), "damaged"),
    "a lie, and the past is not known": (
        change(release("1.0.1", wheel(CODE, LIE)), Missing("the index does not have version 1.0.0")),
        "does not have",
    ),
}
