from __future__ import annotations

import pytest

from doorward.guard.phases import phase_of, phase_of_command
from doorward.model.run import Phase, Process

HOOK = [
    "/tmp/env/bin/python",
    "/x/site-packages/pip/_vendor/pyproject_hooks/_in_process/_in_process.py",
    "build_wheel",
    "/tmp/y",
]
MAVEN = ["/usr/bin/java", "-classpath", "p.jar", "org.codehaus.plexus.classworlds.launcher.Launcher", "test"]


@pytest.mark.parametrize(
    ("chain", "phase"),
    [
        ([["pip", "install", "x"]], Phase.RESOLVE),
        ([["/usr/bin/python3", "-m", "pip", "install", "x"]], Phase.RESOLVE),
        ([["python", "/v/bin/pip3.11", "download", "x"]], Phase.RESOLVE),
        ([["pip", "install", "x"], HOOK], Phase.BUILD),
        ([["pip", "install", "x"], HOOK, ["gcc", "-c", "a.c"]], Phase.BUILD),
        ([["pip", "install", "x"], HOOK, ["curl", "http://x.invalid"]], Phase.BUILD),
        (
            [["pip", "install", "x"], ["python", "/v/pip/__pip-runner__.py", "install", "--", "setuptools"]],
            Phase.RESOLVE,
        ),
        ([["pip", "install", "git+x"], ["git", "clone", "x"]], Phase.RESOLVE),
        ([["pip", "install", "x"], HOOK, ["git", "clone", "x"]], Phase.BUILD),
        ([["pip", "install", "x"], ["python", "-u", "-c", "import setuptools; exec('setup.py')"]], Phase.BUILD),
        ([["python", "setup.py", "bdist_wheel"]], Phase.BUILD),
        ([["uv", "pip", "install", "x"]], Phase.RESOLVE),
        ([["uv", "sync"], ["python", "-"]], Phase.BUILD),
        ([["uv", "run", "app"], ["app"]], Phase.RUN),
        ([["npm install"]], Phase.RESOLVE),
        ([["npm install"], ["sh", "-c", "node x.js"], ["node", "x.js"]], Phase.INSTALL),
        ([["node", "/usr/bin/npm", "ci"], ["node", "x.js"]], Phase.INSTALL),
        ([["npm install"], ["git", "ls-remote"]], Phase.RESOLVE),
        ([["npm install"], ["sh", "-c", "node-gyp rebuild"], ["node", "/x/node-gyp.js", "rebuild"]], Phase.BUILD),
        ([["npm test"], ["sh", "-c", "node x.js"], ["node", "x.js"]], Phase.TEST),
        ([["npm run start"], ["node", "x.js"]], Phase.RUN),
        ([["cargo", "fetch"]], Phase.RESOLVE),
        ([["cargo", "build"], ["rustc", "x.rs"]], Phase.BUILD),
        ([["cargo", "build"], ["/w/target/debug/build/x-0123456789abcdef/build-script-build"]], Phase.BUILD),
        ([["cargo", "test"], ["/w/target/debug/deps/x-1"]], Phase.TEST),
        ([["go", "mod", "download"]], Phase.RESOLVE),
        ([["go", "test", "./..."], ["/tmp/go-build1/b001/x.test"]], Phase.TEST),
        ([["go", "build"], ["git", "fetch"]], Phase.RESOLVE),
        ([["pytest", "-q"]], Phase.TEST),
        ([["python", "-m", "pytest"], ["redis-server"]], Phase.TEST),
        ([["python", "-m", "unittest"]], Phase.TEST),
        ([["node", "--test"]], Phase.TEST),
        ([["node", "/w/node_modules/.bin/jest"]], Phase.TEST),
        ([["java", "-jar", "/w/target/surefire/surefirebooter1.jar"]], Phase.TEST),
        ([["make", "-j2"], ["sh", "-c", "curl x"], ["curl", "x"]], Phase.BUILD),
        ([["sh", "-c", "pip install x && pytest"], ["pytest"]], Phase.TEST),
        ([["npm install"], ["sh", "-c", "x"], ["git", "clone", "x"]], Phase.INSTALL),
        ([["npm exec cowsay"], ["sh", "-c", "cowsay"], ["node", "x.js"]], Phase.RUN),
        ([["npx", "x"], ["node", "x.js"]], Phase.RUN),
        ([["npm start"], ["node", "x.js"]], Phase.RUN),
        ([["node", "/c/pnpm/9.1.0/bin/pnpm.cjs", "install"]], Phase.RESOLVE),
        ([["node", "/c/pnpm/9.1.0/bin/pnpm.cjs", "-w", "add", "x"], ["node", "x.js"]], Phase.INSTALL),
        ([["node", "/c/pnpm/9.1.0/bin/pnpm.cjs", "--filter", "app", "test"], ["node", "x.js"]], Phase.TEST),
        ([["node", "/usr/share/yarn/bin/yarn.js"], ["node", "x.js"]], Phase.INSTALL),
        ([["node", "/w/.yarn/releases/yarn-4.1.0.cjs", "install"]], Phase.RESOLVE),
        ([["node", "/w/.yarn/releases/yarn-4.1.0.cjs", "serve"], ["node", "x.js"]], Phase.RUN),
        ([["bun", "test"]], Phase.TEST),
        ([["bun", "install"]], Phase.RESOLVE),
        ([["bun", "x.ts"]], Phase.RUN),
        ([["node", "--require", "ts-node/register", "/w/node_modules/.bin/_mocha"]], Phase.TEST),
        ([["node", "/w/node_modules/vitest/vitest.mjs", "run"]], Phase.TEST),
        ([["go", "-C", "sub", "test", "./..."], ["/tmp/go-build1/b001/x.test"]], Phase.TEST),
        ([["go", "run", "."], ["/tmp/go-build1/b001/exe/x"]], Phase.RUN),
        ([["go", "test"], ["/usr/local/go/pkg/tool/linux_amd64/compile", "-o", "x"]], Phase.BUILD),
        ([["cargo", "--manifest-path", "a/Cargo.toml", "test"], ["/w/target/debug/deps/x-1"]], Phase.TEST),
        ([["cargo", "test"], ["rustc", "x.rs"]], Phase.BUILD),
        ([["cargo", "nextest", "run"], ["cargo-nextest", "nextest", "run"], ["/w/target/debug/deps/x-1"]], Phase.TEST),
        ([["pip", "wheel", "x"], HOOK, ["maturin", "pep517"], ["cargo", "rustc"]], Phase.RESOLVE),
        ([["pip", "wheel", "x"], HOOK, ["ninja"], ["cc", "-c", "a.c"]], Phase.BUILD),
        ([MAVEN], Phase.RESOLVE),
        ([["/bin/sh", "/usr/bin/mvn", "test"], MAVEN], Phase.RESOLVE),
        ([MAVEN, ["java", "-jar", "/w/target/surefire/surefirebooter1.jar", "/w"]], Phase.TEST),
        ([MAVEN, ["javac", "A.java"]], Phase.BUILD),
        ([["java", "-cp", "x", "org.gradle.wrapper.GradleWrapperMain", "build"]], Phase.RESOLVE),
        ([["make", "-j2", "check"], ["sh", "-c", "./all"], ["./all"]], Phase.TEST),
        ([["make", "test"], ["gcc", "-c", "a.c"]], Phase.BUILD),
        ([["make", "testdata"], ["./fetch"]], Phase.BUILD),
        ([["tox"], ["python", "-m", "pip", "install", "x"]], Phase.RESOLVE),
        ([["tox"], ["python", "/s/pyproject_api/_backend.py", "True", "flit_core.buildapi"]], Phase.BUILD),
        ([["python", "-m", "tox"], ["pytest"]], Phase.TEST),
        ([["nox", "-s", "tests"], ["python", "x.py"]], Phase.TEST),
        ([["coverage", "run", "-m", "pytest"]], Phase.TEST),
        ([["python", "-X", "dev", "-m", "coverage", "run", "--branch", "-m", "unittest"]], Phase.TEST),
        ([["coverage", "run", "app.py"]], Phase.RUN),
        ([["python", "manage.py", "test"]], Phase.TEST),
        ([["python", "manage.py", "runserver"]], Phase.RUN),
        ([["python", "setup.py", "test"]], Phase.TEST),
        ([["uv", "tool", "install", "x"], ["python", "-c", "x"]], Phase.BUILD),
        ([["uv", "tool", "run", "x"], ["x"]], Phase.RUN),
        ([["uv", "sync"], ["python", "-c", "x"], ["git", "clone", "x"]], Phase.BUILD),
        ([["uv", "--directory", "a", "run", "app"], ["app"]], Phase.RUN),
        ([["bundle", "exec", "x"], ["x"]], Phase.RUN),
        ([["gem", "install", "x"], ["ruby", "extconf.rb"]], Phase.BUILD),
        ([["./server"]], Phase.RUN),
        ([["python", "app.py"]], Phase.RUN),
        ([], Phase.RUN),
    ],
)
def test_phase_of_a_chain(chain: list[list[str]], phase: Phase):
    processes = [Process(number, tuple(argv), argv[0]) for number, argv in enumerate(chain, 1)]
    assert phase_of(processes, [{} for _ in chain]) is phase


def test_variables_count_only_below_a_package_manager():
    event = {"npm_lifecycle_event": "test"}
    script = Process(2, ("node", "x.js"))
    assert phase_of([script], [event]) is Phase.RUN
    assert phase_of([Process(1, ("npm run",)), script], [{}, event]) is Phase.TEST
    assert phase_of([Process(1, ("npm run",)), script], [{}, {"npm_lifecycle_event": "build"}]) is Phase.BUILD
    assert phase_of([Process(1, ("npm run",)), script], [{}, {"npm_lifecycle_event": "serve"}]) is Phase.RUN


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        (["pytest"], Phase.TEST),
        (["pip", "install", "."], Phase.BUILD),
        (["npm", "ci"], Phase.INSTALL),
        (["x"], Phase.RUN),
    ],
)
def test_phase_of_a_command_before_it_runs(command: list[str], phase: Phase):
    assert phase_of_command(command) is phase
