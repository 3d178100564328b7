from doorward.model.findings import Strength
from tests.rules.build import (
    change,
    linux_wheel,
    member,
    past,
    release,
    sdist,
    unread,
    upgrade,
    wheel,
)  # fmt: skip

CODE = member("lib/__init__.py")
ELF = member("lib/_speed.so", "elf bytes", looks="elf", size=48_000)
OTHER_ELF = member("lib/_speed.so", "other elf bytes", looks="elf", size=49_000)
LAUNCHER = member("lib/launcher.exe", "launcher", looks="pe", size=12_000)
NATIVE_PAST = [past("0.9.0", platforms=["sdist", "wheel:linux:x86_64:cp311:cp311"])]

FIRES = {
    "a library in a pure wheel": (upgrade([CODE, ELF], [CODE], form="wheel"), Strength.STRONG),
    "a launcher, which no name clears": (upgrade([CODE, LAUNCHER], [CODE], form="wheel"), Strength.STRONG),
    "WebAssembly in an npm package": (
        upgrade([CODE, member("lib/core.wasm", looks="wasm")], [CODE]),
        Strength.STRONG,
    ),
    "a DLL in an npm package": (upgrade([CODE, member("node-gyp.dll", looks="pe")], [CODE]), Strength.STRONG),
    "native wheels of a formerly pure package": (
        change(release("1.0.1", wheel(CODE), linux_wheel(CODE, ELF)), release("1.0.0", wheel(CODE))),
        Strength.STRONG,
    ),
    "in the sdist of a package with native wheels": (
        change(
            release("1.0.1", sdist(CODE, LAUNCHER), linux_wheel(CODE, OTHER_ELF)),
            release("1.0.0", sdist(CODE), linux_wheel(CODE, ELF)),
            NATIVE_PAST,
        ),
        Strength.STRONG,
    ),
    "bytecode without its source": (
        upgrade([CODE, member("lib/extra.pyc", looks="pyc")], [CODE], form="wheel"),
        Strength.STRONG,
    ),
    "bytecode that is never compared with its source": (
        upgrade(
            [CODE, member("lib/__pycache__/__init__.cpython-313.pyc", looks="pyc-unchecked")], [CODE], form="wheel"
        ),
        Strength.STRONG,
    ),
    "bytecode in a platform wheel": (
        change(
            release("1.0.1", linux_wheel(CODE, ELF, member("lib/extra.pyc", looks="pyc"))),
            release("1.0.0", linux_wheel(CODE, OTHER_ELF)),
        ),
        Strength.STRONG,
    ),
    "more files than a finding shows": (
        upgrade([member(f"lib/{number}.node", looks="elf") for number in range(40)], [CODE]),
        Strength.STRONG,
    ),
}
RESTS = {
    "a first release": change(release("1.0.0", wheel(CODE, ELF))),
    "bytecode beside its source": upgrade([CODE, member("lib/__init__.pyc", looks="pyc")], [CODE], form="wheel"),
    "bytecode that no import finds": upgrade(
        [CODE, member("lib/__pycache__/gone.cpython-313.pyc", looks="pyc"), member("lib/data.bin", looks="pyc")],
        [CODE],
        form="wheel",
    ),
    "a package of bytecode": upgrade(
        [CODE, member("lib/a.pyc", "new", looks="pyc")], [CODE, member("lib/a.pyc", "old", looks="pyc")], form="wheel"
    ),
    "still pure": upgrade([CODE], [CODE]),
    "the same launcher as before": upgrade([CODE, LAUNCHER], [CODE, LAUNCHER], form="wheel"),
    "a launcher that is rebuilt each time": upgrade(
        [CODE, member("lib/launcher.exe", "2", looks="pe")], [CODE, LAUNCHER], form="wheel"
    ),
    "a wheel for one more system": change(
        release("1.0.1", linux_wheel(CODE, ELF)), release("1.0.0", wheel(CODE)), NATIVE_PAST
    ),
    "native wheels that were not read": change(
        release("1.0.1", linux_wheel(CODE, OTHER_ELF)), release("1.0.0", linux_wheel(CODE, ELF))
    ),
    "the bytes were in another kind of artifact": change(
        release("1.0.1", sdist(CODE, ELF)), release("1.0.0", sdist(CODE), linux_wheel(CODE, ELF))
    ),
    "a picture": upgrade([CODE, member("logo.png", looks="png")], [CODE]),
}
GAPS = {
    "the old release cannot be read": (change(release("1.0.1", wheel(CODE)), unread("1.0.0")), "damaged"),
    "the new release cannot be read": (change(unread("1.0.1"), release("1.0.0", wheel(CODE))), "damaged"),
}
