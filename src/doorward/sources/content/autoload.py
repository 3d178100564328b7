"""What a tool loads by itself, as data: installing a package that has it is enough for it to run there.

Groups of entry points from which a tool loads only what its configuration names (Sphinx builders, SQLAlchemy dialects,
console scripts) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

#: Group -> what loads it, and when.
AUTOLOADED: Mapping[str, str] = MappingProxyType(
    {
        "pytest11": "pytest imports every plugin when it starts",
        "hypothesis": "Hypothesis imports every plugin when it is imported first",
        "setuptools.finalize_distribution_options": "setuptools calls it in every build",
        "distutils.setup_keywords": "setuptools imports it in every build",
        "distutils.commands": "setuptools imports it when a command is looked up",
        "setuptools.file_finders": "setuptools calls it when it collects files",
        "egg_info.writers": "setuptools calls it when it writes metadata",
        "flake8.extension": "flake8 imports every extension",
        "flake8.report": "flake8 imports every extension",
        "bandit.plugins": "bandit imports every plugin",
        "tox": "tox imports every plugin",
        "virtualenv.activate": "virtualenv imports it when it makes an environment",
        "virtualenv.create": "virtualenv imports it when it makes an environment",
        "virtualenv.discovery": "virtualenv imports it when it makes an environment",
        "virtualenv.seed": "virtualenv imports it when it makes an environment",
        "poetry.plugin": "Poetry loads every plugin",
        "poetry.application.plugin": "Poetry loads every plugin",
        "pdm": "PDM loads every plugin",
        "conda": "conda loads every plugin",
        "keyring.backends": "keyring imports every backend to pick one",
        "twine.registered_commands": "twine imports every command",
        "flask.commands": "the flask command imports every one",
        "datasette": "Datasette loads every plugin",
        "llm": "llm loads every plugin",
        "xonsh.xontribs": "xonsh loads those that ask for it",
        "pygments.lexers": "Pygments imports them when it looks for a lexer",
        "pygments.styles": "Pygments imports them when it looks for a style",
        "xarray.backends": "xarray imports every backend when it opens a file",
        "numba_extensions": "Numba calls it when it compiles first",
        "opentelemetry_configurator": "opentelemetry-instrument loads it before the program",
        "opentelemetry_distro": "opentelemetry-instrument loads it before the program",
        "opentelemetry_instrumentor": "opentelemetry-instrument loads all before the program",
        "celery.commands": "the celery command imports every one",
        "babel.extractors": "Babel imports them when it extracts messages",
        "scrapy.commands": "the scrapy command imports every one",
        "kedro.hooks": "Kedro loads every hook",
        "ddtrace.products": "ddtrace-run loads all before the program",
        "beaker.backends": "Beaker imports every backend when it is imported",
        "airflow.plugins": "Airflow loads every plugin",
        "apache_airflow_provider": "Airflow loads every provider",
    }
)

#: Files below the root of an environment that a program runs or loads when it starts, by its documentation.
AUTORUN_FILES = tuple(
    map(
        re.compile,
        (
            # Jupyter: code of its configuration, and the extensions that are switched on.
            r"etc/jupyter/(?:[^/]+_config\.(?:py|json)|[^/]+_config\.d/[^/]+\.json)",
            r"share/jupyter/kernels/[^/]+/kernel\.json",
            # IPython: its configuration, and what it runs at each start.
            r"etc/ipython/(?:ipython(?:_kernel)?_config\.py|startup/[^/]+\.i?py)",
            # Shells, where the environment is the system's own.
            r"etc/(?:profile\.d|bash_completion\.d)/[^/]+",
            r"share/fish/vendor_conf\.d/[^/]+\.fish",
        ),
    )
)

#: Commands that people and other programs call by name, and mean another program than a package's.
COMMANDS = frozenset({
    "ansible", "apt", "aws", "az", "bash", "brew", "bun", "cargo", "cat", "cc", "chmod", "clang", "cp", "crontab",
    "curl", "docker", "dotnet", "env", "gcc", "gcloud", "gh", "git", "gmake", "go", "gpg", "helm", "java", "kubectl",
    "ld", "ls", "make", "mvn", "node", "npm", "npx", "openssl", "pip", "pip3", "pnpm", "podman", "ps", "python",
    "python3", "rm", "rsync", "ruby", "rustc", "scp", "sh", "ssh", "sudo", "systemctl", "tar", "terraform", "tsc", "uv",
    "wget", "which", "yarn", "zsh",
})  # fmt: skip
