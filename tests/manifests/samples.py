"""One small, well-formed file of every format, for the tests that hold for all of them."""

import json

from tests.manifests.build import COMMIT, SRI, A, Sample
from tests.manifests.samples_conda import CONDA
from tests.manifests.samples_declared import DECLARED
from tests.manifests.samples_images import IMAGES
from tests.manifests.samples_more import MORE

PYPROJECT = '[project]\nname = "app"\ndependencies = ["client"]\n'

#: Member of the folder -> its sample.
SAMPLES = {
    **CONDA,
    **IMAGES,
    **MORE,
    **DECLARED,
    "npm_lock": Sample(
        "package-lock.json",
        json.dumps(
            {
                "name": "app",
                "lockfileVersion": 3,
                "packages": {
                    "": {"name": "app", "version": "1.0.0", "workspaces": ["w/*"], "dependencies": {"web": "^4"}},
                    "w/own": {"name": "own", "version": "0.1.0", "devDependencies": {"ms": "2"}},
                    "node_modules/own": {"resolved": "w/own", "link": True},
                    "node_modules/web": {
                        "version": "4.1.0",
                        "resolved": "https://registry.example/web/-/web-4.1.0.tgz",
                        "integrity": SRI,
                        "dependencies": {"ms": "2"},
                    },
                    "node_modules/ms": {"version": "2.0.0", "dev": True},
                    "node_modules/lib": {
                        "version": "1.0.0",
                        "resolved": f"git+ssh://git@git.example/o/lib.git#{COMMIT}",
                    },
                },
                "dependencies": {"web": {"version": "4.1.0", "requires": {"ms": "2"}, "dependencies": {}}},
            },
            indent=2,
        ),
        5,
    ),
    "poetry_lock": Sample(
        "poetry.lock",
        f"""
[[package]]
name = "client"
version = "1.2.0"
optional = false
groups = ["main"]
files = [{{file = "client-1.2.0.tar.gz", hash = "sha256:{A}"}}]

[package.dependencies]
core = {{version = "1.0", extras = ["x"], optional = false}}

[package.extras]
socks = ["core (==1.*)"]

[[package]]
name = "core"
version = "1.0"
category = "dev"

[package.source]
type = "git"
url = "https://git.example/core"
resolved_reference = "{COMMIT}"

[extras]
draw = ["core"]

[metadata]
lock-version = "2.1"
[metadata.files]
core = [{{file = "core-1.0.zip", hash = "sha256:{A}"}}]
""",
        2,
        {"pyproject.toml": PYPROJECT},
    ),
    "pylock": Sample(
        "pylock.toml",
        f"""
lock-version = "1.0"
default-groups = ["default"]

[[packages]]
name = "client"
version = "1.2.0"
marker = "'dev' in dependency_groups"
dependencies = [{{ name = "core" }}]
sdist = {{ url = "https://f.example/client-1.2.0.tar.gz", hashes = {{ sha256 = "{A}" }} }}
wheels = [{{ name = "client-1.2.0-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]

[[packages]]
name = "core"
vcs = {{ type = "git", url = "https://git.example/core", commit-id = "{COMMIT}" }}
""",
        2,
        {"pyproject.toml": PYPROJECT},
    ),
    "requirements": Sample(
        "requirements.txt",
        f"""# a comment
-r more.txt
-c limits.txt
--index-url https://registry.example/simple
client[socks]==1.2.0 ; python_version > "3" \\
    --hash=sha256:{A}
    # via -r requirements.in
core>=1,<2
lib @ git+https://git.example/lib@{COMMIT}
-e .
https://f.example/far-1.0.tar.gz#sha256={A}
""",
        6,
        {"more.txt": "more==1\n-r requirements.txt\n", "limits.txt": "core==1.0\n", "pyproject.toml": PYPROJECT},
    ),
    "uv_lock": Sample(
        "uv.lock",
        f"""
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["app"]
requirements = [{{ name = "core" }}]

[[package]]
name = "app"
version = "0.1"
source = {{ editable = "." }}
dependencies = [{{ name = "client", extra = ["socks"] }}]

[package.dev-dependencies]
dev = [{{ name = "core" }}]

[[package]]
name = "client"
version = "1.2.0"
source = {{ registry = "https://registry.example/simple" }}
dependencies = [{{ name = "core", version = "1.0", marker = "sys_platform == 'win32'" }}]
sdist = {{ url = "https://f.example/client-1.2.0.tar.gz", hash = "sha256:{A}", size = 10 }}
wheels = [{{ url = "https://f.example/client-1.2.0-py3-none-any.whl", hash = "sha256:{A}" }}]

[package.optional-dependencies]
socks = [{{ name = "core" }}]

[[package]]
name = "core"
version = "1.0"
source = {{ git = "https://git.example/core?rev=main#{COMMIT}" }}
""",
        3,
    ),
}
