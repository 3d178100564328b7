"""Wheels: hooks, imports, RECORD."""

import pytest

from tests.archives.made import zip_of
from tests.content.made import LIMITS, METADATA, analyse, capabilities, hook, record_of, wheel

PKG = {"example_lib/__init__.py": "VALUE = 1\n"}


def test_a_plain_wheel() -> None:
    content = wheel({**PKG, "example_lib/core.py": "import json\n"})
    assert (content.kind, content.name, content.version) == ("wheel", "Example.Lib", "1.2.3")
    assert [member.path for member in content.members][:2] == ["example_lib/__init__.py", "example_lib/core.py"]
    assert content.entries == ("example_lib/__init__.py",)
    assert content.imports == ("json",)
    assert content.hooks == content.anomalies == content.unread == content.capabilities == ()


@pytest.mark.parametrize(
    "path",
    ["lib.pth", "example_lib-1.2.3.data/purelib/lib.pth", "example_lib-1.2.3.data/platlib/lib.pth",
     "example_lib-1.2.3.data/data/lib/python3.13/site-packages/lib.pth"],
)  # fmt: skip
def test_a_pth_that_lands_in_site_packages_is_a_hook(path: str) -> None:
    found = hook(wheel({**PKG, path: "# comment\n../somewhere\nimport os; exec('print(1)')\n"}), "wheel:pth")
    assert (found.name, found.path, found.value) == ("lib.pth", path, "import os; exec('print(1)')")
    assert found.reaches == ()


@pytest.mark.parametrize(
    "path",
    ["example_lib/lib.pth", "example_lib-1.2.3.data/data/share/lib.pth", "example_lib-1.2.3.data/scripts/lib.pth"],
)
def test_a_pth_that_lands_elsewhere_is_none(path: str) -> None:
    assert wheel({**PKG, path: "import os\n"}).hooks == ()


@pytest.mark.parametrize("text", ["", "../src\n", "# import os\n", " import os\n", "imports\n"])
def test_a_pth_without_lines_that_run_is_no_hook(text: str) -> None:
    assert wheel({**PKG, "lib.pth": text}).hooks == ()


def test_a_byte_order_mark_hides_no_line() -> None:
    assert hook(wheel({**PKG, "lib.pth": "\ufeffimport socket\n"}), "wheel:pth").reaches == ("network",)


def test_the_own_lines_of_a_pth_reach() -> None:
    content = wheel({**PKG, "lib.pth": "import os, socket;exec(__import__('base64').b64decode('cHJpbnQ='))\n"})
    assert hook(content, "wheel:pth").reaches == ("network", "decode-exec")
    assert capabilities(content)["network"] == "lib.pth:1"


def test_a_pth_leads_to_the_modules_that_it_imports() -> None:
    files = {
        **PKG,
        "_lib_start.py": "import subprocess\n",
        "example_lib/_hook/__init__.py": "",
        "example_lib/_hook/run.py": "import socket\n",
        "_native.cpython-313-x86_64-linux-gnu.so": b"\x7fELF\2\1\1" + bytes(60),
        "lib.pth": "import _lib_start, example_lib._hook.run, _native, json\n",
    }
    found = hook(wheel(files), "wheel:pth")
    assert found.targets == (
        "_lib_start.py",
        "example_lib/__init__.py",
        "example_lib/_hook/__init__.py",
        "example_lib/_hook/run.py",
        "_native.cpython-313-x86_64-linux-gnu.so",
    )
    assert found.reaches == ("process", "network", "native-load")


def test_a_pth_finds_modules_beside_itself() -> None:
    data = "example_lib-1.2.3.data/purelib/"
    content = wheel({**PKG, data + "lib.pth": "import start\n", data + "start.py": "import socket\n"})
    assert hook(content, "wheel:pth").targets == (data + "start.py",)


def test_the_digest_follows_content_and_not_the_version() -> None:
    def digest(version: str, module: str) -> bytes:
        metadata = METADATA.replace("1.2.3", version)
        files = {"lib.pth": f"import start # {version}\n", "start.py": module.format(version)}
        return hook(wheel(files, metadata=metadata), "wheel:pth").digest

    assert digest("1.2.3", "V = '{}'\n") == digest("1.2.4", "V = '{}'\n")
    assert digest("1.2.3", "V = '{}'\n") != digest("1.2.3", "V = '{}' # changed\n")


@pytest.mark.parametrize(
    "path",
    [
        "sitecustomize.py",
        "usercustomize.py",
        "sitecustomize/__init__.py",
        "example_lib-1.2.3.data/purelib/sitecustomize.py",
    ],
)
def test_customize_modules_are_hooks(path: str) -> None:
    found = hook(wheel({**PKG, path: "import socket\n"}), "wheel:sitecustomize")
    assert (found.path, found.targets, found.reaches) == (path, (path,), ("network",))
    assert found.name in {"sitecustomize", "usercustomize"}


def test_customize_elsewhere_is_no_hook() -> None:
    assert wheel({**PKG, "example_lib/sitecustomize.py": "import socket\n"}).hooks == ()


def test_entry_points_that_tools_load_by_themselves() -> None:
    points = "[console_scripts]\nexample = example_lib:main\n\n[pytest11]\nexample = example_lib.plugin:hooks\n"
    files = {**PKG, "example_lib/plugin.py": "import socket\n", "example_lib-1.2.3.dist-info/entry_points.txt": points}
    found = hook(wheel(files), "wheel:entry-point")
    assert (found.name, found.value) == ("pytest11 example", "example_lib.plugin:hooks")
    assert found.targets == ("example_lib/__init__.py", "example_lib/plugin.py")
    assert found.reaches == ("network",)


def test_broken_entry_points_are_unread() -> None:
    content = wheel({**PKG, "example_lib-1.2.3.dist-info/entry_points.txt": "no section\n"})
    assert "'no section' is no entry point" in content.unread[0]


#: Texts in which ``importlib.metadata`` finds the plugin; a reader of ini files would miss it in most.
PLUGINS = [
    "[pytest11]\nlib = lib",
    "[pytest11]\n;lib = lib",
    "[console_scripts]\nx = x:y\n [pytest11]\n lib = lib",
    "[[pytest11]]\nlib = lib",
    "[pytest11]]\nlib=lib",
    "[pytest11]\rlib = lib",
    "[pytest11]\x0clib = lib",
]


@pytest.mark.parametrize("text", PLUGINS)
@pytest.mark.parametrize(
    "folder",
    [
        "example_lib-1.2.3.dist-info",
        "example_lib.egg-info",
        "Z-1.DIST-INFO",
        "example_lib-1.2.3.data/purelib/z-1.dist-info",
    ],
)
def test_plugins_are_found_as_python_finds_them(text: str, folder: str) -> None:
    content = wheel({**PKG, f"{folder}/entry_points.txt": text})
    assert [hook.kind for hook in content.hooks] == ["wheel:entry-point"]
    assert content.hooks[0].name.startswith("pytest11 ")


def test_entries_are_topmost() -> None:
    content = wheel(
        {
            **PKG,
            "example_lib/sub/__init__.py": "",
            "single.py": "",
            "space/inner/__init__.py": "",
            "example_lib-1.2.3.data/purelib/more/__init__.py": "",
            "example_lib-1.2.3.data/scripts/run.py": "",
        }
    )
    assert content.entries == (
        "example_lib-1.2.3.data/purelib/more/__init__.py", "example_lib/__init__.py", "single.py", "space/inner/__init__.py",
    )  # fmt: skip


def anomalies(content) -> list[tuple[str, str]]:
    return [(anomaly.kind, anomaly.path) for anomaly in content.anomalies]


INFO = "example_lib-1.2.3.dist-info/"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda record: record, []),
        (
            lambda record: record.replace(record.splitlines()[0] + "\n", ""),
            [("not-in-record", "example_lib/__init__.py")],
        ),
        (lambda record: record.replace(",10\n", ",11\n", 1), [("record-mismatch", "example_lib/__init__.py")]),
        (lambda record: record.replace("sha256=", "sha256=AAAA", 1), [("record-mismatch", "example_lib/__init__.py")]),
        (lambda record: record.replace("sha256=", "sha256=!", 1), [("record-mismatch", "example_lib/__init__.py")]),
        (lambda record: record.replace("sha256=", "sha512=", 1), []),
        (lambda record: record + "ghost.py,sha256=AAAA,3\n", [("record-missing", "ghost.py")]),
        (lambda record: record + '"' + "x" * 200_000, []),
    ],
)
def test_record(change, expected) -> None:
    record = record_of({**PKG, INFO + "METADATA": METADATA, INFO + "WHEEL": "Wheel-Version: 1.0\n"})
    assert anomalies(wheel(PKG, record=change(record))) == expected


def test_a_wheel_without_a_record() -> None:
    content = analyse(zip_of({"a.py": b""}), "a-1-py3-none-any.whl", LIMITS)
    assert anomalies(content) == [("not-in-record", "RECORD")]
    assert (content.kind, content.name) == ("wheel", "")


def test_signatures_beside_record_need_no_line() -> None:
    files = {INFO + "METADATA": METADATA.encode()}
    data = {**files, INFO + "RECORD": record_of(files).encode(), INFO + "RECORD.jws": b"{}"}
    assert anomalies(analyse(zip_of(data), "a-1-py3-none-any.whl", LIMITS)) == []


@pytest.mark.parametrize("name", ["METADATA", "WHEEL"])
def test_a_wheel_without_its_metadata_is_said(name: str) -> None:
    files = {"a.py": b"", **{f"lib-1.dist-info/{one}": b"Name: lib\n" for one in ("METADATA", "WHEEL") if one != name}}
    assert analyse(zip_of(files), "lib-1-py3-none-any.whl", LIMITS).unread == (f"the wheel has no {name}",)


@pytest.mark.parametrize(
    "path",
    [
        "sitecustomize/__init__.py",
        "sitecustomize/__init__.pyc",
        "sitecustomize/__init__.cpython-311-x86_64-linux-gnu.so",
        "sitecustomize.pyc",
        "sitecustomize.abi3.so",
        "lib-1.data/data/lib/python3.11/sitecustomize.py",
        "lib-1.data/data/Lib/sitecustomize.py",
        "lib-1.data/data/lib/python3.11/sitecustomize/__init__.py",
        "lib-1.data/data/lib/python3.11/lib-dynload/sitecustomize.so",
        "lib-1.data/data/Lib/SITE-PACKAGES/sitecustomize.py",
        "lib-1.DATA/PURELIB/sitecustomize.py",
    ],
)
def test_every_form_of_sitecustomize_is_a_hook(path: str) -> None:
    assert hook(wheel({path: b"import socket\n"}), "wheel:sitecustomize").targets[0] == path


@pytest.mark.parametrize("path", ["pkg/sitecustomize.py", "sitecustomize.txt", "lib-1.data/scripts/sitecustomize.py"])
def test_a_sitecustomize_that_nothing_imports_is_none(path: str) -> None:
    assert wheel({path: b"import socket\n"}).hooks == ()


@pytest.mark.parametrize(
    "path", ["e.PTH", "lib-1.data/data/lib/python3.11/SITE-packages/e.pth", "lib-1.DATA/purelib/e.pth"]
)
def test_a_pth_is_found_whatever_the_letter_case(path: str) -> None:
    assert hook(wheel({path: "import socket\n"}), "wheel:pth").reaches == ("network",)


@pytest.mark.parametrize(
    "below",
    [
        "etc/jupyter/jupyter_server_config.py",
        "etc/jupyter/jupyter_server_config.d/example.json",
        "share/jupyter/kernels/example/kernel.json",
        "etc/ipython/ipython_config.py",
        "etc/ipython/startup/00-example.py",
        "etc/profile.d/example.sh",
        "share/fish/vendor_conf.d/example.fish",
    ],
)
def test_a_file_that_another_program_loads_when_it_starts(below: str) -> None:
    path = f"example_lib-1.2.3.data/data/{below}"
    found = hook(
        wheel({path: '{"ServerApp": {"example_lib.server": true}}', "example_lib/server.py": "import socket\n"}),
        "wheel:data-file",
    )
    assert (found.name, found.path) == (below, path)
    assert ("example_lib/server.py" in found.targets) == below.endswith(".json")
    assert ("network" in found.reaches) == below.endswith(".json")


@pytest.mark.parametrize(
    "below", ["etc/example.conf", "share/man/man1/example.1", "share/jupyter/labextensions/x/package.json"]
)
def test_other_files_beside_the_library_wait_to_be_asked_for(below: str) -> None:
    assert not wheel({f"example_lib-1.2.3.data/data/{below}": "{}"}).hooks


def test_a_command_under_the_name_of_another_program() -> None:
    points = "[console_scripts]\ngit = example_lib.git:main\nexample = example_lib.cli:main\n"
    content = wheel(
        {
            "example_lib-1.2.3.data/scripts/pip": "#!python\nimport socket\n",
            "example_lib-1.2.3.data/scripts/example": "#!python\n",
            "example_lib-1.2.3.data/data/bin/curl": "#!/bin/sh\n",
            "example_lib-1.2.3.dist-info/entry_points.txt": points,
            "example_lib/git.py": "import subprocess\n",
        }
    )
    assert {(one.kind, one.name) for one in content.hooks} == {
        ("wheel:command", name) for name in ("pip", "curl", "git")
    }
    assert hook(content, "wheel:command", "git").reaches == ("process",)
