"""File names of PyPI's ecosystem, held against packaging."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from doorward.sources.registries._filenames import parse_filename, system_of


@pytest.mark.parametrize(
    ("filename", "name", "parsed"),
    [
        ("six-1.17.0-py2.py3-none-any.whl", "six", ("1.17.0", "wheel", "wheel:any::py2.py3:none")),
        ("six-1.17.0.tar.gz", "six", ("1.17.0", "sdist", "sdist")),
        ("Six-1.17.0.zip", "six", ("1.17.0", "sdist", "sdist")),
        ("six-1.17.tar.bz2", "six", ("1.17", "sdist", "sdist")),
        ("zope.interface-5.0.tar.gz", "zope-interface", ("5.0", "sdist", "sdist")),
        ("zope_interface-5.0.tar.gz", "zope-interface", ("5.0", "sdist", "sdist")),
        ("a-b-1.0-beta2.tar.gz", "a-b", ("1.0b2", "sdist", "sdist")),
        ("x-01.0-1.tar.gz", "x", ("1.0.post1", "sdist", "sdist")),
        (
            "numpy-2.0.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "numpy",
            ("2.0.0", "wheel", "wheel:linux:x86_64:cp312:cp312"),
        ),
        ("x-1-7build-cp39-abi3-win_amd64.whl", "x", ("1", "wheel", "wheel:windows:x86_64:cp39:abi3")),
        ("x-1.0-py2.7.egg", "x", ("1.0", "other", "other:egg")),
        ("x-1.0.win32-py2.7.exe", "x", ("1.0", "other", "other:exe")),
        ("x-1.0.win-amd64-py2.7.msi", "x", ("1.0", "other", "other:msi")),
        ("x-1.0-1.noarch.rpm", "x", ("1.0", "other", "other:rpm")),
        ("x-1.0.linux-x86_64.tar.gz", "x", ("1.0", "other", "other:gz")),
        ("x-1.0.macosx-10.9-x86_64.tar.gz", "x", ("1.0", "other", "other:gz")),
        ("pytz-2004d.tar.gz", "pytz", ("2004d", "other", "other:gz")),
        ("x-2006-05-10.tar.gz", "x", ("2006-05-10", "other", "other:gz")),
        ("y-1.0.tar.gz", "x", None),
        ("x.tar.gz", "x", None),
        ("x-.tar.gz", "x", None),
        ("x-1.0-py3-none.whl", "x", None),
        ("x-1.0-a-b-py3-none-any.whl", "x", None),
        ("x-1.0-build-py3-none-any.whl", "x", None),
        ("x-latest-py3-none-any.whl", "x", None),
        ("x-1.0-py3--any.whl", "x", None),
        ("x-1.0.sig", "x", None),
        ("../x-1.0.tar.gz", "x", None),
        ("x-1.0.tar.gz" + "z" * 400, "x", None),
        ("", "x", None),
    ],
)
def test_names(filename: str, name: str, parsed: tuple[str, str, str] | None) -> None:
    assert parse_filename(filename, name) == parsed


@pytest.mark.parametrize(
    ("tag", "system"),
    [
        ("any", "any:"),
        ("linux_x86_64", "linux:x86_64"),
        ("linux_armv7l", "linux:armv7l"),
        ("manylinux1_i686", "linux:x86"),
        ("manylinux2014_aarch64", "linux:aarch64"),
        ("manylinux_2_28_ppc64le", "linux:ppc64le"),
        ("musllinux_1_2_x86_64", "linux:x86_64"),
        ("manylinux_2_17_x86_64.musllinux_1_1_x86_64", "linux:x86_64"),
        ("macosx_10_9_universal2", "macos:universal2"),
        ("macosx_11_0_arm64", "macos:arm64"),
        ("macosx_10_9_x86_64.macosx_11_0_arm64", "macos:arm64.x86_64"),
        ("win32", "windows:x86"),
        ("win_amd64", "windows:x86_64"),
        ("win_arm64", "windows:arm64"),
        ("android_21_arm64_v8a", "android:arm64_v8a"),
        ("ios_13_0_arm64_iphoneos", "ios:arm64_iphoneos"),
        ("emscripten_3_1_58_wasm32", "emscripten:wasm32"),
        ("win32.linux_x86_64", "linux.windows:x86.x86_64"),
        ("plan9", "plan9:"),
        ("WIN32", "windows:x86"),
    ],
)
def test_platforms(tag: str, system: str) -> None:
    assert system_of(tag) == system


part = st.text(alphabet="ab01._-", min_size=1, max_size=8)
names = st.builds("-".join, st.lists(part, min_size=1, max_size=7))


@given(names, st.sampled_from([".whl", ".tar.gz", ".zip"]))
def test_whatever_packaging_reads_is_read_the_same(stem: str, extension: str) -> None:
    filename = stem + extension
    try:
        if extension == ".whl":
            name, version, _, tags = parse_wheel_filename(filename)
        else:
            name, version = parse_sdist_filename(filename)
            tags = None
    except (InvalidWheelFilename, InvalidSdistFilename):
        for end in range(1, len(stem)):
            parsed = parse_filename(filename, canonicalize_name(stem[:end]))
            assert parsed is None or parsed[1] != "wheel"
        return
    parsed = parse_filename(filename, name)
    assert parsed is not None
    assert parsed[:2] == (str(version), "sdist" if tags is None else "wheel")
    if tags is not None:
        _, _, _, python, abi = parsed[2].split(":")
        assert {(tag.interpreter, tag.abi) for tag in tags} == {
            (i.lower(), a.lower()) for i in python.split(".") for a in abi.split(".")
        }


@given(st.text(max_size=60), st.sampled_from([".whl", ".tar.gz", ".egg", ".exe", ""]))
def test_any_name_is_read_or_not(stem: str, extension: str) -> None:
    parsed = parse_filename("x-" + stem + extension, "x")
    assert parsed is None or all(isinstance(value, str) for value in parsed)
