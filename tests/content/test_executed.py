"""Which scripts name the files that they execute, and which only mention some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.executed import executed_files
from tests.content.made import hook, sdist

PKG_INFO = "Name: example-lib\nVersion: 1.2.3\n"
FILES = {"PKG-INFO": PKG_INFO, "pkg/version.py": "v = '1'\n", "pkg/net.py": "import socket\nsocket.socket()\n"}


def version(text: str) -> list[str]:
    return ["pkg/version.py"] if "/pkg/version.py".endswith("/" + text) else []


HONEST = [
    "exec(open('pkg/version.py').read())\ndef calculate(expression):\n    return eval(expression, {})",
    "exec(open('pkg/version.py').read())",
    "exec(open('pkg/version.py').read(), about)",
    "import os\nhere = os.path.dirname(__file__)\nexec(open(os.path.join(here, 'pkg', 'version.py')).read())",
    "from pathlib import Path\nexec((Path(__file__).parent / 'pkg' / 'version.py').read_text())",
    "with open('pkg/version.py') as f:\n    exec(f.read())",
    "with open('pkg/version.py') as f:\n    code = compile(f.read(), 'v', 'exec')\nexec(code, {})",
    "name = 'pkg'\nexec(open(f'{name}/version.py').read())",
    "exec(open('%s/version.py' % 'pkg').read())",
    "def read(name):\n    return open(name).read()\nexec(read('pkg/version.py'))",
    "def run(path):\n    exec(open(path).read())\nrun('pkg/version.py')",
    "for one in ['pkg/version.py']:\n    exec(open(one).read())",
    "import runpy\nrunpy.run_path('pkg/version.py')",
    "import re\nre.compile('x')\nexec(open('pkg/version.py').read())",
]
COMPUTED = [
    "decoy = 'pkg/version.py'\nexec(open(name + x).read())",
    "decoy = 'pkg/version.py'\na, b = 'pkg/ne', 't.py'\nexec(open(a + b).read())",
    "import sys\ndecoy = 'pkg/version.py'\nexec(open(sys.argv[1]).read())",
    "import os\nexec(open(os.environ.get('X', 'pkg/version.py')).read())",
    "exec(open('pkg/version.py').read())\nexec(open(''.join(['pkg/', 'ne', 't.', 'py'])).read())",
    "def run(path):\n    exec(open(path).read())\ndecoy = 'pkg/version.py'",
    "decoy = 'pkg/version.py'\nexec(open(input()).read())",
]


@pytest.mark.parametrize("code", HONEST)
def test_a_call_that_names_its_file_reaches_that_file_alone(code: str) -> None:
    assert set(executed_files(code.encode(), version) or ()) == {"pkg/version.py"}
    found = hook(sdist({**FILES, "setup.py": code}), "sdist:setup.py")
    assert "pkg/version.py" in found.targets
    assert "network" not in found.reaches


@pytest.mark.parametrize("code", COMPUTED)
def test_a_literal_elsewhere_does_not_answer_for_a_computed_call(code: str) -> None:
    assert executed_files(code.encode(), version) is None
    assert "network" in hook(sdist({**FILES, "setup.py": code}), "sdist:setup.py").reaches


@pytest.mark.parametrize("code", [b"exec(", b"exec(open('version.py').read())\n#" + bytes(1), b"#" * (1 << 19)])
def test_what_cannot_be_parsed_names_nothing(code: bytes) -> None:
    assert executed_files(code, lambda text: [text]) is None


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    code = f"a = {text}\nexec(open(a).read())".encode("utf-8", "replace")
    assert executed_files(code, lambda _: []) is None
