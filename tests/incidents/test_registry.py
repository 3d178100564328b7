"""What really happened, as inert facts written by hand, and honest twins of it.

The incidents are those of public reports. Each test names the rules of the registry witness that fire above context, and
the verdict two hours after publication by these rules alone; other witnesses are tested elsewhere.
"""

from datetime import timedelta
from math import log

import pytest

from doorward.engine.run import ask, select
from doorward.model.findings import Judgement, Strength, Verdict
from doorward.model.release import LockedDigest, ReleaseChange
from doorward.policy import Policy, decide
from tests.rules.build import (
    ALICE,
    BOB,
    PUBLISHED,
    WORKFLOW,
    brings,
    change,
    growth,
    hook,
    line,
    linux_wheel,
    member,
    needs,
    past,
    pth,
    release,
    sdist,
    tarball,
    upgrade,
    wheel,
)

RULES = select("registry/*,signing/provenance-lost", ReleaseChange)
FIFTEEN = {
    "registry/digest-mismatch", "registry/dormant-release", "registry/executable-pth", "registry/lying-extension",
    "registry/new-binary", "registry/new-dependency", "registry/new-install-hook", "registry/parser-differential",
    "registry/publisher-changed", "registry/size-jump", "registry/sudden-large-release", "registry/version-burst",
    "registry/version-order", "registry/young-release", "signing/provenance-lost",
}  # fmt: skip
SOON = PUBLISHED + timedelta(hours=2)

INDEX = member("index.js", "module.exports = 1")
SCRIPT = member("install.js", "console.log('inert')")


def judged(subject: ReleaseChange) -> tuple[dict[str, Strength], Verdict]:
    """The findings of the fifteen rules by id, and what the default policy decides of them."""
    rules = [loaded for loaded in RULES if loaded.id in FIFTEEN]
    said = ask(subject, rules, lambda _, rule: rule.required)
    assert said.gaps == ()
    judgement = Judgement(
        subject.subject, said.findings, said.gaps, said.evaluated, subject.new.published, subject.first_seen
    )
    decided = decide(Policy(), [judgement], now=subject.observed_at)
    return {finding.rule: finding.strength for finding in said.findings}, decided.verdict


def alarms(subject: ReleaseChange) -> tuple[set[str], Verdict]:
    """The rules that fire above context, and the verdict."""
    findings, verdict = judged(subject)
    return {rule for rule, strength in findings.items() if strength > Strength.CONTEXT}, verdict


def soon(*parts, version, old, was=(), history=None, name="lib", **more):
    """An npm release as it looked two hours after its publication."""
    facts = {key: more.pop(key) for key in ("publisher", "provenance") if key in more}
    return change(
        release(version, tarball(*parts), name=name, **facts),
        release(old, tarball(*was), name=name),
        history if history is not None else line(f"{old} 0.0.3 0.0.2"),
        observed_at=SOON,
        first_seen=SOON,
        **more,
    )


def script(kind, command, *targets, **more):
    return hook(f"npm:{kind}", command, targets=targets, **more)


def test_2018_eslint_scope() -> None:
    # 3.7.2: a postinstall that fetches a text and evaluates it.
    build = member("lib/build.js", "console.log('inert')")
    run = script("postinstall", "node ./lib/build.js", "lib/build.js", reaches=("decode-exec", "network"))
    subject = soon(INDEX, build, run, version="3.7.2", old="3.7.1", was=[INDEX], name="eslint-scope")
    assert alarms(subject) == ({"registry/new-install-hook"}, Verdict.HOLD)


def test_2018_event_stream() -> None:
    # 3.3.6: a new publisher, and a new dependency that carries the payload.
    flatmap = needs("flatmap-stream", "^0.1.0")
    subject = soon(
        INDEX,
        flatmap,
        version="3.3.6",
        old="3.3.5",
        was=[INDEX],
        name="event-stream",
        publisher=BOB,
        history=line("3.3.5 3.3.4 3.3.3 3.3.2 3.3.1", publisher=ALICE),
        new_dependencies=[brings(flatmap, timedelta(days=35))],
    )
    expected = {"registry/new-dependency", "registry/publisher-changed", "registry/young-release"}
    assert alarms(subject) == (expected, Verdict.HOLD)


def test_2021_ua_parser_js() -> None:
    # 0.7.29, 0.8.0 and 1.0.0 within minutes, each with a preinstall that starts shell scripts.
    run = script(
        "preinstall", "start /B node preinstall.js & node preinstall.js", "preinstall.js", reaches=("process",)
    )
    files = [member("preinstall.js"), member("preinstall.sh"), member("preinstall.bat")]
    subject = soon(
        INDEX, *files, run, version="0.7.29", old="0.7.28", was=[INDEX], name="ua-parser-js", burst=("0.8.0", "1.0.0")
    )
    assert alarms(subject) == ({"registry/new-install-hook", "registry/version-burst"}, Verdict.BLOCK)


def test_2021_rc() -> None:
    # 1.2.9, 1.3.9 and 2.3.9 of a package that had slept for three years.
    run = script("preinstall", "start compile.bat & node compile.js", "compile.js", reaches=("process",))
    subject = soon(
        INDEX,
        member("compile.js", longest_line=9_000),
        run,
        version="1.2.9",
        old="1.2.8",
        was=[INDEX],
        name="rc",
        history=[past("1.2.8", 1200), past("1.2.7", 1210)],
        burst=("1.3.9", "2.3.9"),
    )
    findings, verdict = judged(subject)
    assert findings["registry/dormant-release"] is Strength.CONTEXT
    assert {"registry/new-install-hook", "registry/version-burst"} <= findings.keys()
    assert verdict is Verdict.BLOCK


def test_2022_colors() -> None:
    # 1.4.44-liberty-2: the owner's own sabotage, in git too. The registry sees an odd version and no more.
    subject = soon(
        member("lib/index.js", "for (;;) {}"),
        version="1.4.44-liberty-2",
        old="1.4.0",
        name="colors",
        history=line("1.4.0 1.3.3 1.3.2 1.3.1"),
    )
    findings, verdict = judged(subject)
    assert findings == {"registry/version-order": Strength.CONTEXT, "registry/young-release": Strength.CONTEXT}
    assert verdict is Verdict.CLEAN


def test_2022_ctx() -> None:
    # 0.1.2 was uploaded anew under its old version; the lock remembers the bytes.
    artifact = wheel(member("ctx.py", "import os"), digests=("sha256:" + "b" * 64,))
    subject = change(
        release("0.1.2", artifact, name="ctx"),
        release("0.1.1", wheel(member("ctx.py", "x = 1")), name="ctx"),
        [past("0.1.1", 2700)],
        locked=(LockedDigest("sha256", "a" * 64, "lib-py3-none-any.whl"),),
    )
    findings, verdict = judged(subject)
    assert findings["registry/digest-mismatch"] is Strength.CONCLUSIVE
    assert verdict is Verdict.BLOCK


def test_2024_rspack_core() -> None:
    # 1.1.7: a postinstall that starts an obfuscated script.
    support = member("dist/util/support.js", "console.log('inert')", opaque=("obfuscated",))
    run = script("postinstall", "node ./dist/util/support.js", support.path, reaches=("detached-process", "network"))
    subject = soon(INDEX, support, run, version="1.1.7", old="1.1.6", was=[INDEX], name="@rspack/core")
    assert alarms(subject) == ({"registry/new-install-hook"}, Verdict.HOLD)


def test_2025_eslint_config_prettier() -> None:
    # 8.10.1, 9.1.1 and 10.1.6: an install script that loads a DLL which came with it.
    run = script("install", "node install.js", "install.js", reaches=("process",))
    dll = member("node-gyp.dll", "dll", looks="pe")
    subject = soon(
        INDEX, SCRIPT, dll, run, version="8.10.1", old="8.10.0", was=[INDEX], name="eslint-config-prettier",
        burst=("9.1.1", "10.1.6"),
    )  # fmt: skip
    expected = {"registry/new-install-hook", "registry/new-binary", "registry/version-burst"}
    assert alarms(subject) == (expected, Verdict.BLOCK)


def test_2025_nx() -> None:
    # 21.5.0: a postinstall, and none of the provenance that the line always had.
    telemetry = member("telemetry.js", "console.log('inert')")
    run = script("postinstall", "node telemetry.js", "telemetry.js", reaches=("process", "network"))
    subject = soon(
        INDEX, telemetry, run, version="21.5.0", old="21.4.1", was=[INDEX], name="nx",
        history=line("21.4.1 21.4.0 21.3.11 21.3.10 21.3.9 21.3.8", provenance=True, publisher=WORKFLOW),
    )  # fmt: skip
    expected = {
        "registry/new-install-hook", "signing/provenance-lost", "registry/publisher-changed", "registry/young-release",
    }  # fmt: skip
    assert alarms(subject) == (expected, Verdict.BLOCK)


def test_2025_shai_hulud_in_ngx_bootstrap() -> None:
    # A postinstall that runs a bundle of megabytes, on three lines at once.
    bundle = member("bundle.js", "console.log('inert')", size=3_600_000, longest_line=3_000_000)
    run = script("postinstall", "node bundle.js", "bundle.js", reaches=("network", "process"))
    subject = soon(
        INDEX, bundle, run, version="20.0.3", old="20.0.2", was=[INDEX], name="ngx-bootstrap",
        size=growth(log(3), 22.0), burst=("19.0.3", "18.1.4"),
    )  # fmt: skip
    expected = {"registry/new-install-hook", "registry/version-burst", "registry/sudden-large-release"}
    assert alarms(subject) == (expected, Verdict.BLOCK)


def test_2025_shai_hulud_2() -> None:
    # A preinstall that fetches another runtime for ten megabytes of script. Size alone stays context.
    files = [member("setup_bun.js", "inert"), member("bun_environment.js", size=10_000_000, longest_line=9_000_000)]
    run = script("preinstall", "node setup_bun.js", *(file.path for file in files), reaches=("network", "process"))
    subject = soon(INDEX, *files, run, version="2.1.1", old="2.1.0", was=[INDEX], size=growth(log(40), 60.0))
    findings, verdict = judged(subject)
    assert findings["registry/size-jump"] is Strength.CONTEXT
    assert findings["registry/new-install-hook"] is Strength.STRONG
    assert verdict is Verdict.HOLD


def test_2025_chalk_is_for_the_rules_of_opaque_files() -> None:
    # 5.6.1: one obfuscated line in the main module. Nothing that these rules look at changed.
    index = member("source/index.js", "inert", longest_line=30_000, opaque=("obfuscated",))
    subject = soon(index, version="5.6.1", old="5.6.0", was=[member("source/index.js")], name="chalk")
    assert alarms(subject) == (set(), Verdict.CLEAN)


def test_lesson_hooks_moved_to_pth_files() -> None:
    file = member("examplelib_init.pth", "import socket", size=34_000)
    start = pth("import socket; print('inert')", "examplelib_init.pth", reaches=("network",))
    subject = upgrade([file, start], [member("examplelib/__init__.py")], form="wheel", history=line("1.0.0 0.9.0"))
    assert alarms(subject) == ({"registry/executable-pth"}, Verdict.BLOCK)


def test_lesson_hooks_moved_to_binding_gyp() -> None:
    gyp = hook("npm:binding.gyp", "<!(node x.js)", path="binding.gyp", targets=("x.js",), reaches=("process",))
    subject = soon(INDEX, member("x.js"), gyp, version="1.0.1", old="1.0.0", was=[INDEX])
    assert alarms(subject) == ({"registry/new-install-hook"}, Verdict.HOLD)


@pytest.mark.parametrize(
    "carrier",
    [
        brings(needs("plain-inert", "^4.2.1"), timedelta(hours=18), imported=False),
        brings(needs("plain-inert", "github:example/plain#0", "optional", "git"), None),
    ],
    ids=["hours old and never imported", "an optional git reference"],
)
def test_lesson_the_payload_is_in_a_dependency(carrier) -> None:
    subject = soon(INDEX, carrier.requirement, version="1.0.1", old="1.0.0", was=[INDEX], new_dependencies=[carrier])
    findings, verdict = judged(subject)
    assert findings["registry/new-dependency"] is Strength.STRONG
    assert verdict is Verdict.HOLD


def test_lesson_the_payload_is_in_a_media_file_of_the_sdist_alone() -> None:
    code, sound = member("lib/__init__.py"), member("lib/ring.wav", "inert", looks="elf")
    subject = change(
        release("1.0.1", sdist(code, sound), wheel(code)), release("1.0.0", sdist(code), wheel(code)), line("1.0.0")
    )
    assert alarms(subject)[0] == {"registry/lying-extension", "registry/new-binary"}


# Honest twins.


def test_twin_a_package_becomes_native() -> None:
    # One cause with three faces: it may be held while it is young, and is never blocked.
    cython = needs("cython", ">=3", "build")
    code, library = member("lib/__init__.py"), member("lib/_speed.so", looks="elf")
    setup = hook("sdist:setup.py", "setup(ext_modules=cythonize('lib/_speed.pyx'))", native=True)
    subject = change(
        release("1.1.0", sdist(code, setup, cython), linux_wheel(code, library)),
        release("1.0.0", sdist(code), wheel(code)),
        line("1.0.0 0.9.0"),
        new_dependencies=[brings(cython, timedelta(days=5000), imported=False)],
        observed_at=SOON,
    )
    expected = {"registry/new-binary", "registry/new-install-hook", "registry/new-dependency"}
    assert alarms(subject) == (expected, Verdict.HOLD)


def test_but_a_script_beside_a_binary_is_no_such_package() -> None:
    run = script("postinstall", "node install.js", "install.js", reaches=("process",))
    subject = soon(INDEX, SCRIPT, run, member("a.node", looks="elf"), version="1.1.0", old="1.0.0", was=[INDEX])
    assert alarms(subject) == ({"registry/new-binary", "registry/new-install-hook"}, Verdict.BLOCK)


TWINS = {
    "one more platform binary": soon(
        INDEX,
        needs("@lib/linux-riscv64", "0.21.1", "optional"),
        version="0.21.1",
        old="0.21.0",
        was=[INDEX, needs("@lib/linux-x64", "0.21.0", "optional")],
        new_dependencies=[
            brings(needs("@lib/linux-riscv64", "0.21.1", "optional"), timedelta(minutes=3), imported=False)
        ],
    ),
    "setuptools and its shim": upgrade(
        [member("distutils-precedence.pth"), pth("import os; __import__('_shim')"), member("cli-64.exe", looks="pe")],
        [member("distutils-precedence.pth"), pth("import os; __import__('_shim')"), member("cli-64.exe", looks="pe")],
        form="wheel",
    ),
    "a browser package that moved its hook": soon(
        INDEX,
        script("install", "node check.js"),
        version="2.0.1",
        old="2.0.0",
        was=[INDEX],
        history=[past("2.0.0"), past("1.9.0", 200, hooks=["npm:install"])],
    ),
    "a fix to an old line, published by hand": soon(
        INDEX,
        version="5.7.2",
        old="5.7.1",
        history=[
            *line("7.5.4 7.5.3 7.5.2 7.5.1 7.5.0", provenance=True, publisher=WORKFLOW, line=False),
            *line("5.7.1 5.7.0 5.6.1 5.6.0 5.5.1"),
        ],
    ),
    "a security fix for three lines by those who always do so": soon(
        INDEX,
        version="4.2.16",
        old="4.2.15",
        history=[past("5.1.0", 60, line=False), past("5.0.8", 60, line=False), past("4.2.15", 60), past("4.2.14", 95)],
        burst=("5.0.9", "5.1.1"),
    ),
    "a finished package gets its yearly release": soon(
        INDEX, version="1.0.1", old="1.0.0", history=[past("1.0.0", 800)]
    ),
    "a bundle twice as large": soon(INDEX, version="1.1.0", old="1.0.0", size=growth(log(2), 12.0)),
    "the first release of a package that compiles": change(
        release(
            "1.0.0", tarball(INDEX, member("a.node", looks="elf"), script("install", "node-gyp rebuild", native=True))
        )
    ),
    "setup.py counts up, and its dependencies with it": upgrade(
        [hook("sdist:setup.py", "setup(version='1.0.1')", reaches=("process",))],
        [hook("sdist:setup.py", "setup(version='1.0.0')", reaches=("process",))],
        form="sdist",
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_twin(name: str) -> None:
    assert alarms(TWINS[name]) == (set(), Verdict.CLEAN)
