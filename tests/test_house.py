"""The house rules that a machine can check: sizes, imports, names, hosts."""

import ast
import os
import re
import statistics
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packageurl.contrib import purl2url
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "doorward"
MODULES = sorted(SOURCE.rglob("*.py"))


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def functions() -> list[tuple[int, str]]:
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                found.append((size, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"))
    return found


def percentile_95(values: list[int]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def test_functions_stay_short() -> None:
    sizes = functions()
    assert [where for size, where in sizes if size > 80] == []
    assert percentile_95([size for size, _ in sizes]) <= 45


def test_files_stay_short() -> None:
    sizes = {str(path.relative_to(ROOT)): lines(path) for path in MODULES}
    assert [name for name, size in sizes.items() if size > 400] == []
    assert percentile_95(list(sizes.values())) <= 300


def test_no_import_of_our_own_inside_a_function() -> None:
    found = []
    for path in MODULES:
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(outer):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "doorward" for name in names):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_no_import_cycle() -> None:
    graph: dict[str, set[str]] = {}
    names = {".".join(("doorward", *path.relative_to(SOURCE).with_suffix("").parts)): path for path in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    for name, path in names.items():
        graph[name] = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("doorward"):
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    graph[name].add(full if full in names else node.module)
            elif isinstance(node, ast.Import):
                graph[name].update(alias.name for alias in node.names if alias.name in names)
    visited: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if visited.get(name) == 1:
            pytest.fail("import cycle: " + " > ".join((*trail, name)))
        if name in visited:
            return
        visited[name] = 1
        for other in sorted(graph.get(name, ())):
            # A package's __init__ may import its own members, which import the package by name only for its path.
            if other != name:
                visit(other, (*trail, name))
        visited[name] = 2

    for name in sorted(graph):
        visit(name, ())


def tracked() -> list[Path]:
    """Return the files that belong to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so the project's files cannot be told from others")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


PROBES = {
    *{f"pkg:{type_}/name@1.0" for type_ in ("pypi", "npm", "cargo", "gem", "nuget", "hackage", "cran", "hex", "pub")},
    "pkg:composer/vendor/name@1.0",
    "pkg:deb/debian/name@1.0?arch=all",
    "pkg:golang/example.invalid/name@v1.0.0",
    "pkg:maven/org.example/name@1.0",
}


def registry_hosts() -> set[str]:
    """Return the hosts of package registries that purl2url and this machine's settings name."""
    urls = [route(purl) for purl in PROBES for route in (purl2url.get_repo_url, purl2url.get_download_url)]
    urls += [os.environ.get(name) for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "npm_config_registry", "GOPROXY")]
    hosts = {urlsplit(url or "").hostname for url in urls} - {None, "127.0.0.1", "localhost"}
    return {host.removeprefix("www.") for host in hosts}


def test_no_registry_host_in_the_tree() -> None:
    hosts = registry_hosts()
    assert len(hosts) >= len(PROBES), "purl2url names no hosts any more: the test has lost its subject"
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(host)}" for host in sorted(hosts)), re.IGNORECASE)
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


def test_the_base_install_has_at_most_twelve_distributions() -> None:
    pinned = [
        line for line in (ROOT / "requirements/base.txt").read_text().splitlines() if re.match(r"[a-z].*==", line)
    ]
    assert 5 <= len(pinned) <= 12


def test_requirement_files_are_pinned_with_hashes_and_name_no_host() -> None:
    for name in ("base.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        entries = re.split(r"\n(?=[a-z])", text.strip())
        assert entries
        assert [entry for entry in entries if "--hash=sha256:" not in entry or "==" not in entry] == []
        assert "://" not in text


def test_base_requirements_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = [line for line in (ROOT / "requirements/base.in").read_text().splitlines() if line]
    assert sorted(map(str, map(Requirement, listed))) == sorted(map(str, map(Requirement, project["dependencies"])))
    installed = [Requirement(text) for text in requires("doorward") or () if "extra ==" not in text]
    assert sorted(r.name for r in installed) == sorted(Requirement(text).name for text in listed)


def test_no_unfinished_marks_in_the_tree() -> None:
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X:")))
    found = [path for path in tracked() if path.suffix in {".py", ".md", ".toml"} and marks.search(path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in found] == []


def test_version_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from doorward.cli import main; main(['--version']);"
        "sys.exit(', '.join(n for n in ('httpx', 'hishel', 'msgspec', 'rich', 'packaging', 'sqlite3') if n in sys.modules) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("doorward ")
