"""What the package managers' settings say: where packages come from, and what opens it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packageurl.contrib import purl2url

from doorward.sources.indexes import Credentials, IndexConfig
from doorward.sources.settings import certificates, configured, public_index
from doorward.sources.settings._npmrc import expand, parse_npmrc
from doorward.sources.settings.maven import covers

Configure = Callable[..., IndexConfig]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Write files below an empty root and read the settings there."""

    def read(
        type_: str, environ: dict[str, str] | None = None, files: dict[str, str] | None = None, *, project: bool = False
    ) -> IndexConfig:
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{ROOT}", str(tmp_path)))
        told = {key: value.replace("{ROOT}", str(tmp_path)) for key, value in (environ or {}).items()}
        return configured(
            type_, told, tmp_path / "home", tmp_path / "project" if project else None, root=tmp_path / "root"
        )

    return read


def urls(config: IndexConfig) -> list[str]:
    return [index.url for index in config.indexes]


@pytest.mark.parametrize("type_", ["pypi", "npm", "cargo", "golang", "maven", "gem"])
def test_where_nothing_is_configured_the_public_index_is_that_of_purl2url(configure: Configure, type_: str) -> None:
    config = configure(type_)
    (index,) = config.indexes
    purl = f"pkg:{type_}/a.b/probe@1" if type_ in {"maven", "golang"} else f"pkg:{type_}/probe@1"
    known = purl2url.get_download_url(purl) or purl2url.get_repo_url(purl)
    assert known.startswith(f"https://{index.label}/")
    assert (index.origin, index.trusted, index.credentials, config.notices) == ("default", True, None, ())
    path = {"pypi": "/simple/", "maven": known.split("/a/b/")[0].partition(index.label)[2] + "/"}.get(type_, "/")
    assert index.url.removeprefix(f"https://{index.label}") == path if type_ != "gem" else index.url.endswith("/")


def test_a_type_that_nobody_knows_has_no_index(configure: Configure) -> None:
    assert configure("nothing-like-it").indexes == ()


PIP_FILES = {
    "root/etc/xdg/pip/pip.conf": "[global]\nindex-url = https://xdg.example/simple\n",
    "root/etc/pip.conf": "[global]\nindex_url = https://global.example/simple\n[install]\ncert = /certs/global.pem\n",
    "home/.pip/pip.conf": "[global]\nindex-url = https://legacy.example/simple\n",
    "home/.config/pip/pip.conf": "[global]\nindex-url = https://user.example/simple\n",
    "venv/pip.conf": "[global]\nindex-url = https://venv.example/simple\n",
    "own.conf": "[global]\nindex-url = https://own.example/simple\n",
}


@pytest.mark.parametrize(
    ("files", "environ", "host"),
    [
        (1, {}, "xdg.example"),
        (2, {}, "global.example"),
        (3, {}, "legacy.example"),
        (4, {}, "user.example"),
        (5, {}, "user.example"),
        (5, {"VIRTUAL_ENV": "{ROOT}/venv"}, "venv.example"),
        (6, {"VIRTUAL_ENV": "{ROOT}/venv", "PIP_CONFIG_FILE": "{ROOT}/own.conf"}, "own.example"),
        (6, {"PIP_INDEX_URL": "https://env.example/simple", "PIP_CONFIG_FILE": "{ROOT}/own.conf"}, "env.example"),
        (2, {"PIP_CONFIG_FILE": "{ROOT}/none.conf"}, "global.example"),
        (4, {"XDG_CONFIG_HOME": "{ROOT}/elsewhere"}, "legacy.example"),
    ],
)
def test_pips_files_override_each_other(configure: Configure, files: int, environ: dict[str, str], host: str) -> None:
    chosen = dict(list(PIP_FILES.items())[:files])
    assert [index.label for index in configure("pypi", environ, chosen).indexes] == [host]


def test_pips_own_section_beats_the_general_one_of_a_stronger_file(configure: Configure) -> None:
    files = {
        "root/etc/pip.conf": "[install]\nindex-url = https://install.example/simple\n",
        "home/.config/pip/pip.conf": "[global]\nindex-url = https://user.example/simple\n[download]\ncert = /x\n",
    }
    assert urls(configure("pypi", {}, files)) == ["https://install.example/simple"]


def test_pip_without_any_file(configure: Configure) -> None:
    config = configure("pypi", {"PIP_CONFIG_FILE": os.devnull}, PIP_FILES)
    assert [index.origin for index in config.indexes] == ["default"]
    assert config.bundles == ()


def test_pips_further_indexes_come_after_its_default(configure: Configure) -> None:
    text = "[global]\nextra-index-url =\n    https://one.example/simple\n    https://two.example/simple\n"
    config = configure("pypi", {}, {"home/.config/pip/pip.conf": text})
    assert [index.origin for index in config.indexes] == ["default", "pip.conf", "pip.conf"]
    environ = {
        "PIP_EXTRA_INDEX_URL": "https://a.example/s https://b.example/s",
        "PIP_INDEX_URL": "https://b.example/s/",
    }
    assert urls(configure("pypi", environ)) == ["https://b.example/s/", "https://a.example/s"]


def test_pip_is_told_to_use_no_index(configure: Configure) -> None:
    config = configure("pypi", {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"})
    assert config.indexes == ()
    assert config.notices == (
        "pip also takes files from where PIP_FIND_LINKS says; doorward does not",
        "PIP_NO_INDEX tells pip to use no index",
    )
    assert len(configure("pypi", {"PIP_NO_INDEX": "no"}).indexes) == 1


def test_user_information_becomes_credentials(configure: Configure) -> None:
    config = configure("pypi", {"PIP_INDEX_URL": "https://me:p%40ss@registry.example/simple/"})
    (index,) = config.indexes
    assert index.url == "https://registry.example/simple/"
    assert index.credentials == Credentials.basic("me", "p@ss")
    assert "p@ss" not in repr(config)
    assert "p%40ss" not in repr(config)


@pytest.mark.parametrize(
    "url", ["file:///wheels", "ftp://h/", "https://", "https://h:port/", "not an address", "https://s3cret@/"]
)
def test_an_address_that_cannot_be_used_is_a_notice_that_does_not_show_it(configure: Configure, url: str) -> None:
    config = configure("pypi", {"PIP_INDEX_URL": url})
    assert config.indexes == ()
    (notice,) = config.notices
    assert notice.startswith("PIP_INDEX_URL names an index that cannot be used")
    assert url not in notice
    assert "s3cret" not in notice


def test_uv(configure: Configure) -> None:
    files = {
        "home/.config/uv/uv.toml": (
            '[[index]]\nname = "corp"\nurl = "https://corp.example/simple"\n'
            '[[index]]\nurl = "https://main.example/simple"\ndefault = true\n'
            '[[index]]\nname = "gpu"\nurl = "https://gpu.example/whl"\nexplicit = true\n'
        ),
        "root/etc/uv/uv.toml": 'index-url = "https://system.example/simple"\nextra-index-url = ["https://x.example/s"]\n',
    }
    environ = {"UV_INDEX": "mine=https://mine.example/s", "UV_INDEX_CORP_USERNAME": "u", "UV_INDEX_CORP_PASSWORD": "p"}
    config = configure("pypi", environ, files)
    assert urls(config) == [
        "https://mine.example/s",
        "https://corp.example/simple",
        "https://gpu.example/whl",
        "https://x.example/s",
        "https://main.example/simple",
    ]
    assert [index.scope for index in config.indexes] == ["", "", "pinned:gpu", "", ""]
    assert config.indexes[1].credentials == Credentials.basic("u", "p")
    assert config.indexes[0].origin == "UV_INDEX"
    assert urls(configure("pypi", {"UV_NO_CONFIG": "1", "UV_DEFAULT_INDEX": "https://d.example/s"})) == [
        "https://d.example/s"
    ]
    assert configure("pypi", {"UV_NO_INDEX": "true", "UV_NO_CONFIG": "1"}).indexes == ()


def test_uv_and_pip_together(configure: Configure) -> None:
    environ = {
        "UV_DEFAULT_INDEX": "https://uv.example/s",
        "UV_INDEX": "https://first.example/s",
        "PIP_INDEX_URL": "https://pip.example/s",
        "PIP_EXTRA_INDEX_URL": "https://last.example/s",
    }
    assert [index.label for index in configure("pypi", environ).indexes] == [
        "first.example",
        "uv.example",
        "pip.example",
        "last.example",
    ]


@pytest.mark.parametrize("name", ["uv.toml", "pyproject.toml"])
def test_what_an_inspected_project_names_comes_last_and_without_trust(configure: Configure, name: str) -> None:
    prefix = "" if name == "uv.toml" else "tool.uv."
    text = (
        f'[[{prefix}index]]\nurl = "https://a:b@stranger.example/s"\n[[{prefix}index]]\nurl = "https://pip.example/s"\n'
    )
    files = {f"project/{name}": text, "home/.netrc": "machine stranger.example login a password b\n"}
    environ = {"PIP_INDEX_URL": "https://pip.example/s"}
    config = configure("pypi", environ, files, project=True)
    assert [(index.url, index.trusted, index.credentials) for index in config.indexes] == [
        ("https://pip.example/s", True, None),
        ("https://stranger.example/s", False, None),
    ]
    assert urls(configure("pypi", environ)) == ["https://pip.example/s"]


def test_netrc(configure: Configure) -> None:
    files = {"home/.netrc": "machine registry.example login me password pw\ndefault login any password thing\n"}
    environ = {"PIP_INDEX_URL": "https://registry.example/s", "PIP_EXTRA_INDEX_URL": "https://u:p@registry.example/t "}
    config = configure("pypi", {**environ, "UV_INDEX": "https://other.example/s"}, files)
    assert [index.credentials for index in config.indexes] == [
        None,
        Credentials.basic("me", "pw"),
        Credentials.basic("u", "p"),
    ]
    (index,) = configure("pypi", {"PIP_INDEX_URL": "https://registry.example/s", "NETRC": "{ROOT}/none"}).indexes
    assert index.credentials is None


NPM = {
    "home/.npmrc": """
; a comment
# another
registry = https://registry.example/npm
@acme:registry="https://acme.example/"
@other:registry=https://registry.example/other
//registry.example/npm/:_authToken=${TOKEN}
//acme.example/:username=me
//acme.example/:_password=cHc=
//registry.example/:_auth=YTpi
cafile=/certs/npm.pem
[section]
registry=https://section.example/
""",
}


def test_npm(configure: Configure) -> None:
    config = configure("npm", {"TOKEN": "t0ken"}, NPM)
    assert [(index.url, index.scope, index.credentials) for index in config.indexes] == [
        ("https://registry.example/npm/", "", Credentials.bearer("t0ken")),
        ("https://acme.example/", "@acme", Credentials.basic("me", "pw")),
        ("https://registry.example/other/", "@other", Credentials("Basic YTpi")),
    ]
    assert config.bundles == ((".npmrc", Path("/certs/npm.pem")),)


@pytest.mark.parametrize("name", ["npm_config_registry", "NPM_CONFIG_REGISTRY", "npm_CONFIG_Registry"])
def test_npms_environment_beats_its_files(configure: Configure, name: str) -> None:
    config = configure("npm", {name: "https://env.example"}, NPM)
    assert (config.indexes[0].url, config.indexes[0].origin) == ("https://env.example/", name)


def test_npms_environment_names_scopes_and_tokens(configure: Configure) -> None:
    environ = {"npm_config_@acme:registry": "https://acme.example", "npm_config_//acme.example/:_authToken": "X_y"}
    assert configure("npm", environ).indexes[1].credentials == Credentials.bearer("X_y")


@pytest.mark.parametrize(
    ("environ", "files", "label"),
    [
        ({"NPM_CONFIG_USERCONFIG": "{ROOT}/mine"}, {"mine": "registry=https://mine.example/"}, "mine.example"),
        ({"PREFIX": "{ROOT}/usr"}, {"usr/etc/npmrc": "registry=https://prefix.example/"}, "prefix.example"),
        ({}, {"root/etc/npmrc": "registry=https://etc.example/"}, "etc.example"),
        (
            {},
            {"home/.npmrc": "globalconfig={ROOT}/global", "global": "registry=https://global.example/"},
            "global.example",
        ),
        (
            {"PREFIX": "{ROOT}/usr"},
            {"usr/etc/npmrc": "registry=https://prefix.example/", "home/.npmrc": "registry=https://user.example/"},
            "user.example",
        ),
    ],
)
def test_npms_files(configure: Configure, environ: dict[str, str], files: dict[str, str], label: str) -> None:
    assert [index.label for index in configure("npm", environ, files).indexes] == [label]


def test_an_inspected_npmrc_gets_nothing_of_the_environment(configure: Configure) -> None:
    text = (
        "registry=https://evil.example/${TOKEN}/\n@s:registry=https://s.example\n//s.example/:_authToken=x\ncafile=/x\n"
    )
    config = configure("npm", {"TOKEN": "t0ken"}, {"project/.npmrc": text}, project=True)
    assert [(index.label, index.scope, index.trusted) for index in config.indexes[1:]] == [
        ("evil.example", "", False),
        ("s.example", "@s", False),
    ]
    assert "t0ken" not in repr(config)
    assert all(index.credentials is None for index in config.indexes)
    assert config.bundles == ()


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a${B}c", "abc"),
        ("${NONE}", "${NONE}"),
        ("x${NONE?}y", "xy"),
        (r"\${B}", r"\${B}"),
        (r"\\${B}", r"\b"),
        ("${", "${"),
        ("${${B}}", "${b}"),
    ],
)
def test_npm_puts_variables_in_place(text: str, expanded: str) -> None:
    assert expand(text, {"B": "b"}) == expanded


def test_cargo(configure: Configure) -> None:
    files = {
        "home/.cargo/config.toml": (
            '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "sparse+https://m.example/index/"\n'
            '[registries.corp]\nindex = "sparse+https://corp.example/"\n[registries.old]\nindex = "https://git.example/x"\n'
        ),
        "home/.cargo/credentials.toml": '[registries.corp]\ntoken = "corp-token"\n',
    }
    environ = {
        "CARGO_REGISTRIES_TEAM_X_INDEX": "sparse+https://team.example/",
        "CARGO_REGISTRIES_TEAM_X_TOKEN": "team-token",
    }
    config = configure("cargo", environ, files)
    assert [(index.url, index.scope, index.credentials) for index in config.indexes] == [
        ("https://m.example/index/", "", None),
        ("https://team.example/", "pinned:team-x", Credentials("team-token")),
        ("https://corp.example/", "pinned:corp", Credentials("corp-token")),
    ]
    assert config.notices == ("config.toml names the registry 'old' by a git repository, which doorward does not read",)
    loop = '[source.crates-io]\nreplace-with = "a"\n[source.a]\nreplace-with = "crates-io"\n'
    assert [i.origin for i in configure("cargo", {}, {"home/.cargo/config.toml": loop}).indexes] == ["default"]
    vendored = '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n'
    assert configure("cargo", {}, {"home/.cargo/config.toml": vendored}).indexes == ()


def test_an_inspected_cargo_config_gets_no_token(configure: Configure) -> None:
    project = {"project/.cargo/config.toml": '[registries.corp]\nindex = "sparse+https://evil.example/"\n'}
    config = configure("cargo", {"CARGO_REGISTRIES_CORP_TOKEN": "t0ken"}, project, project=True)
    assert (config.indexes[-1].label, config.indexes[-1].trusted, config.indexes[-1].credentials) == (
        "evil.example",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("environ", "files", "labels", "notices"),
    [
        ({"GOPROXY": "https://a.example,https://b.example|direct"}, {}, ["a.example", "b.example"], 1),
        ({"GOPROXY": "off"}, {}, [], 1),
        ({}, {"home/.config/go/env": "GOPROXY=https://w.example\nGOPRIVATE=corp.example/*\n"}, ["w.example"], 1),
        ({"GOENV": "{ROOT}/e"}, {"e": "GOPROXY=https://e.example"}, ["e.example"], 0),
        ({"GOENV": "off", "GOPROXY": "direct"}, {}, [], 1),
    ],
)
def test_go(
    configure: Configure, environ: dict[str, str], files: dict[str, str], labels: list[str], notices: int
) -> None:
    config = configure("golang", environ, files)
    assert [index.label for index in config.indexes] == labels
    assert len(config.notices) == notices


MAVEN = """<?xml version="1.0"?>
<settings>
  <mirrors>
    <mirror><id>only-x</id><mirrorOf>x</mirrorOf><url>https://x.example/</url></mirror>
    <mirror><id>all</id><mirrorOf>*,!y</mirrorOf><url>https://mirror.example/maven/</url></mirror>
  </mirrors>
  <servers><server><id>all</id><username>me</username><password>${env.PW}</password></server></servers>
  <profiles><profile><id>p</id><repositories>
    <repository><id>y</id><url>https://y.example/repo</url></repository>
  </repositories></profile></profiles>
</settings>"""


def test_maven(configure: Configure) -> None:
    config = configure("maven", {"PW": "pw"}, {"home/.m2/settings.xml": MAVEN})
    assert urls(config) == ["https://mirror.example/maven/", "https://y.example/repo/"]
    assert [index.credentials for index in config.indexes] == [Credentials.basic("me", "pw"), None]


@pytest.mark.parametrize(
    ("pattern", "does"),
    [
        ("central", True),
        ("*", True),
        ("*,!central", False),
        ("x, central", True),
        ("external:*", True),
        ("x", False),
        ("", False),
    ],
)
def test_what_a_maven_mirror_stands_for(pattern: str, does: bool) -> None:
    assert covers(pattern, "central") is does


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE s [<!ENTITY a "b">]><settings>&a;</settings>',
        '<!DOCTYPE s SYSTEM "file:///etc/passwd"><settings/>',
        "<settings>",
        "<a>" * 100 + "</a>" * 100,
        "no xml",
        "",
    ],
)
def test_a_maven_file_that_is_not_believed(configure: Configure, text: str) -> None:
    config = configure("maven", {}, {"home/.m2/settings.xml": text})
    assert [index.origin for index in config.indexes] == ["default"]
    assert [notice for notice in config.notices if "no plain XML" in notice]


def test_files_that_cannot_be_read_are_notices(configure: Configure, tmp_path: Path) -> None:
    files = {
        "root/etc/pip.conf": "no section = 1",
        "home/.config/uv/uv.toml": "[[",
        "home/.netrc": "machine h nonsense",
    }
    (tmp_path / "home/.pip").mkdir(parents=True)
    (tmp_path / "home/.pip/pip.conf").write_bytes(b"\xff\xfe")
    (tmp_path / "home/.config/pip").mkdir(parents=True)
    (tmp_path / "home/.config/pip/pip.conf").write_bytes(b"#" * (2 << 20))
    config = configure("pypi", {"PIP_INDEX_URL": "https://h.example/"}, files)
    assert len(config.notices) == 5
    assert urls(config) == ["https://h.example/"]


def test_certificates_of_all_managers(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("cafile=/npm.pem\n")
    environ = {"PIP_CERT": "/pip.pem", "REQUESTS_CA_BUNDLE": "/requests.pem"}
    assert certificates(environ, tmp_path, root=tmp_path) == (
        ("REQUESTS_CA_BUNDLE", Path("/requests.pem")),
        ("PIP_CERT", Path("/pip.pem")),
        (".npmrc", Path("/npm.pem")),
    )


@given(st.text(max_size=400))
def test_any_npmrc_is_read(text: str) -> None:
    for key, value in parse_npmrc(text).items():
        assert "\n" not in key + value
        expand(value, {})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(text=st.text(max_size=200) | st.binary(max_size=200))
@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("pypi", "home/.config/pip/pip.conf"),
        ("pypi", "home/.config/uv/uv.toml"),
        ("pypi", "home/.netrc"),
        ("npm", "home/.npmrc"),
        ("cargo", "home/.cargo/config.toml"),
        ("golang", "home/.config/go/env"),
        ("maven", "home/.m2/settings.xml"),
    ],
)
def test_any_settings_file_is_read_or_noticed(tmp_path: Path, type_: str, name: str, text: str | bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    config = configured(type_, {}, tmp_path / "home", root=tmp_path / "root")
    assert config.type == type_


@pytest.mark.parametrize("type_", ["pypi", "npm", "cargo", "golang", "maven"])
def test_the_public_index_is_the_default_whatever_is_configured_here(
    type_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://registry.example/simple/")
    monkeypatch.setenv("npm_config_registry", "https://registry.example/npm/")
    assert public_index(type_).startswith("https://")
    assert "registry.example" not in public_index(type_)


def test_a_type_without_an_index_has_no_public_one() -> None:
    assert public_index("deb") == ""
