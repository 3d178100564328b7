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
