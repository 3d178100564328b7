"""Documented orders, written as chains: ``a < b = c < d``, every version against every other."""

from doorward.model.purl import OSV_ECOSYSTEM

CRATES = OSV_ECOSYSTEM["cargo"]

#: Semantic Versioning 2.0.0, rules 9 and 11.
SEMVER = [
    "2.0.0-alpha < 2.0.0-alpha.2 < 2.0.0-alpha.gamma < 2.0.0-beta < 2.0.0-beta.3 < 2.0.0-beta.20 < 2.0.0-rc.4 < 2.0.0",
    "0.0.9 < 0.0.10 < 0.2.0 < 0.10.0 < 1.0.0 < 1.0.1 < 1.1.0 < 9.9.9 < 10.0.0",
    # Identifiers: numbers before words, words by ASCII, capitals first, a hyphen is a letter.
    "1.0.0-0 < 1.0.0-5 < 1.0.0-11 < 1.0.0-11a < 1.0.0-5a < 1.0.0-Z < 1.0.0-a < 1.0.0-a-b < 1.0.0-a0",
    "1.0.0 < 123456789012345678901234567890.0.0 < 123456789012345678901234567891.0.0",
]
#: Rule 10: build metadata has no place in the order.
NO_BUILD = ["1.4.0-rc.1 = 1.4.0-rc.1+sha.5 < 1.4.0 = 1.4.0+exp = 1.4.0+20240101.9 < 1.4.1"]
#: What tags and advisories leave out.
SHORT = ["v1 = 1.0 = v1.0.0 < 1.0.1 < v1.2 = 1.2.0 < 2"]
#: pub_semver and Julia's VersionNumber order builds.
BUILD = [
    "1.0.0-pre < 1.0.0-pre+build < 1.0.0 < 1.0.0+build < 1.0.0+build.1 < 1.0.1",
    "1.2.3 < 1.2.3+0 < 1.2.3+9 < 1.2.3+10 < 1.2.3+9a < 1.2.3+a < 1.2.3+a1 < 1.2.3+b",
]
#: Debian Policy 5.6.12 and deb-version(7).
DEBIAN = [
    "1.0~~ < 1.0~~a < 1.0~ < 1.0~rc1 < 1.0 = 1.0-0 = 0:1.0 = 1.00 < 1.0-1 < 1.0a < 1.0+b1 < 1.0.1",
    "1.0-1~bpo12+1 < 1.0-1 < 1.0-1ubuntu1 < 1.0-1ubuntu1.1 < 1.0-1+b1 < 1.0-1+deb12u1 < 1.0-1.1 < 1.0-2 < 1.0-10",
    "9.9 < 10 < 1:0.1 < 2:0.0-1",
    "1.0Z-1 < 1.0a-1 < 1.0+a-1 < 1.0-a-1 < 1.0.a-1",
]
#: apk-package(5) and the Gentoo order that it came from.
ALPINE = [
    (
        "1.2_alpha < 1.2_alpha2 < 1.2_alpha10 < 1.2_beta < 1.2_pre1 < 1.2_rc1-r3 < 1.2_rc1_git4 < 1.2 < 1.2-r0 < 1.2-r9"
        " < 1.2-r10 < 1.2~ab12 < 1.2_cvs < 1.2_svn < 1.2_git1 < 1.2_hg < 1.2_p < 1.2_p1 < 1.2a < 1.2b < 1.2.0 < 1.2.1"
    ),
    "1.0 < 1.00 < 1.01 < 1.05 < 1.1 < 1.2 < 1.10",
    "05 = 5 < 6 < 10",
]
#: rpm-version(7) and the distributions' packaging guidelines.
RPM = [
    (
        "1.0~~ < 1.0~rc1 < 1.0~rc1^git1 < 1.0~rc2 < 1.0 < 1.0^ < 1.0^20240101 < 1.0^20240102 < 1.0a = 1.0.a = 1.0_a < 1.0aa"
        " < 1.0.1"
    ),
    (
        "1.0 = 1_0 = 01.00 = 0:1.0 = 1.0. < 1.0-1 = 1.0-01 < 1.0-1.el9 < 1.0-1.fc40 < 1.0-1.1 < 1.0-2 < 1.0-10 < 1.1"
        " < 1:0.1 < 2:0"
    ),
    "5.5p1 < 5.5p2 < 5.5p10 < 5.5.1 < 6.0 < 6.0.rc1",
    "xyz.4 < xyz10 < xyz10.1 < 1",
]

CHAINS: dict[str, list[str]] = {
    # PEP 440 and PyPA's version specifiers.
    "PyPI": [
        (
            "3.0.dev4 < 3.0a1.dev2 < 3.0a1 < 3.0a1.post1.dev9 < 3.0a1.post1 < 3.0a2 < 3.0b1 < 3.0rc1.dev1 < 3.0rc1 < 3.0rc2"
            " < 3.0 < 3.0+build < 3.0+build.1 < 3.0+2 < 3.0+10 < 3.0.post1.dev1 < 3.0.post1 < 3.0.1 < 3.1.dev0"
        ),
        "1 = 1.0 = 1.0.0 = v1.0 = V1 = 0!1 < 1.0.1 < 1.10 < 2 < 2023.4 < 1!0.1 < 2!0",
        "1.0a1 = 1.0-alpha.1 = 1.0_ALPHA1 = 1.0.a1 < 1.0rc1 = 1.0c1 = 1.0-pre1 = 1.0.preview_1",
        "1.0.post3 = 1.0-3 = 1.0.rev3 = 1.0-r3 < 1.0.post12",
        "1.0a = 1.0a0 < 1.0.post = 1.0.post0 < 1.1.dev = 1.1.dev0",
        "1.0 < 1.0+cpu.7 = 1.0+CPU_7 = 1.0+cpu-07 < 1.0+cu118 < 1.0+7",
    ],
    "Linux": ["2.6.11 < 2.6.12-rc2 < 2.6.12 < 2.6.12.1 < 6.1-rc2 < 6.1-rc10 < 6.1 = v6.1 < 6.1.1 < 6.10"],
    CRATES: SEMVER + NO_BUILD + SHORT,
    "Hex": SEMVER + NO_BUILD + SHORT,
    "SwiftURL": SEMVER + NO_BUILD + SHORT,
    "Bitnami": SEMVER + NO_BUILD + SHORT,
    "VSCode": SEMVER + NO_BUILD,
    "GitHub Actions": SHORT,
    # node-semver, its loose spellings included.
    "npm": [
        *SEMVER,
        *NO_BUILD,
        *SHORT,
        "1.2.3-beta = =v1.2.3-beta = 1.2.3beta < 1.2.3 = =1.2.3 = v1.2.3",
        "1.2.3-2 < 1.2.3-03 = 1.2.3-3 < 1.2.3-4",
    ],
    # The Go modules reference: pseudo-versions, +incompatible; names of toolchains.
    "Go": [
        *SEMVER,
        *NO_BUILD,
        *SHORT,
        "v0.0.0-20200102030405-aaaaaaaaaaaa < v0.0.0-20210102030405-000000000000 < v0.0.0 < v0.0.1",
        "v1.4.0-rc.1 < v1.4.0-rc.1.0.20210102030405-abcdefabcdef < v1.4.0 < v1.4.1-0.20210102030405-abcdefabcdef < v1.4.1",
        "v1.9.0 < v2.0.0 = v2.0.0+incompatible < v2.0.1+incompatible < v11.0.0+incompatible",
        "go1.20.9 < go1.21beta1 < go1.21rc2 = 1.21rc2 = 1.21.0-rc.2 < go1.21rc10 < go1.21.0 = 1.21.0 = go1.21.0-vendor",
    ],
    # Maven's POM reference, "Version Order Specification".
    "Maven": [
        (
            "1-alpha1 = 1a1 = 1.0-ALPHA-1 < 1-alpha2 < 1-beta1 = 1b1 < 1-m3 = 1-milestone-3 < 1-rc1 = 1-CR1 < 1-SNAPSHOT < 1"
            " = 1.0 = 1.0.0 = 1-ga = 1.final = 1-RELEASE = 01 = 1-0 = 1. = 1- < 1-sp < 1-abc < 1-xyz = 1.xyz = 1xyz < 1-1"
            " < 1-2 < 1-10 < 1.0.1 < 1.1 = 1.01 < 1.2"
        ),
        "1-foo < 1-foo2 = 1foo2 < 1-foo10 < 1.k < 1.7",
        "1-sp-1 < 1-ga-1 = 1-1 < 1.1",
        "1-ga.1 < 1-sp < 1-sp-1 < 1-sp.1",
        "2.0.0.Alpha2 < 2.0.0.Beta1 < 2.0.0.CR1 < 2.0.0.Final = 2.0.0 < 2.0.0.SP1 < 2.0.1.Alpha1",
        "1.0-beta-1-SNAPSHOT < 1.0-beta-1 < 1.0-SNAPSHOT < 1.0-20240101.010203-4 < 1.0-20240102.010203-5",
        "Finchley.RELEASE < Finchley.SR1 < Greenwich.RELEASE < 2020.0.1",
        "31-android < 31-jre < 31.0.1-android < 31.1-android",
        "1234567890.1 < 123456789012345.1 < 12345678901234567890.1",
    ],
    # NuGet's documentation, "Package versioning".
    "NuGet": [
        "1 = 1.0 = 1.0.0 = 1.0.0.0 = 1.00.0 = 1.0.0+meta < 1.0.0.1 < 1.0.1 = 1.0.01 < 1.1",
        (
            "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.2 < 1.0.0-alpha.10 < 1.0.0-alpha.x < 1.0.0-BETA = 1.0.0-beta < 1.0.0-RC"
            " < 1.0.0 < 1.0.0.2-alpha < 1.0.0.2"
        ),
    ],
    # Gem::Version.
    "RubyGems": [
        "1.0.a < 1.0.a.2 = 1.0.a2 < 1.0.a10 < 1.0.b1 < 1.0.pre < 1.0.rc1 = 1.rc1 < 1 = 1.0 = 1.0.0 < 1.0.1 < 1.2 < 1.10",
        "1.0.0-beta = 1.0.0.pre.beta < 1.0.0.pre.rc < 1.0.0.pre < 1.0.0-1 = 1.0.0.pre.1 < 1.0.0",
        "1.0.A < 1.0.a < 1.0.a.0.1 < 1.0.a.1",
        "1.0.a.b < 1.0.a.0.b < 1.0.a.0 = 1.0.a",
        "0 = 0.0 < 0.0.1 < 0.1",
    ],
    # Composer's normalisation, and PHP's version_compare.
    "Packagist": [
        (
            "dev-aaa < dev-master = master < 1.0-dev < 1.0-alpha < 1.0-alpha1-dev < 1.0a1 = 1.0.0-alpha1 = v1.0.0.0-ALPHA.1"
            " < 1.0-beta < 1.0b2 < 1.0-beta2.1 = 1.0.0.0-b2-1 < 1.0-beta10 < 1.0RC1 = 1.0.0-rc.1 < 1.0 = 1 = V1.0.0 = 1.0.0.0"
            " = 1.0.0+build = 1.0-stable = 1.0@stable < 1.0-p1 = 1.0-pl1 = 1.0.0-patch1 < 1.0.0.1 < 1.0.x-dev < 1.1 < 1.x-dev"
        ),
        "20240102 < 20240103 < 20240103.1 = 20240103-1 < 20240104",
    ],
    "Pub": SEMVER + BUILD,
    "Julia": [*SEMVER, *BUILD, *SHORT, "1.2.3-rc1 < 1.2.3+0 < 1.2.3+1 < 1.2.4"],
    "Debian": DEBIAN,
    "Debian:12": DEBIAN,
    "Ubuntu:22.04:LTS": DEBIAN,
    "Alpine:v3.20": ALPINE,
    "Wolfi": ALPINE,
    "Chainguard": ALPINE,
    "Red Hat:enterprise_linux:9::appstream": RPM,
    "Rocky Linux:9": RPM,
    "AlmaLinux": RPM,
    "SUSE:Linux Enterprise Server 15 SP5": RPM,
    "openSUSE:Tumbleweed": RPM,
    "Photon OS:3.0": RPM,
    "Mageia:9": RPM,
    "openEuler:22.03-LTS": RPM,
    # R's numeric_version.
    "CRAN": ["0.9 < 0.75 < 1.0 < 1.0-0 = 1.0.0 < 1.0-1 = 1.0.1 < 1.0-1.1 < 1.1 < 1.1.0"],
    "Bioconductor": ["1.9.9 < 1.10.0 < 2.0"],
    # Haskell's Package Versioning Policy and Data.Version.
    "Hackage": ["0.9 < 0.10 < 1 < 1.0 < 1.0.0 < 1.0.0.1 < 1.1"],
    "GHC": ["8.10.7 < 9.2.1 < 9.2.10"],
    # opam's manual, "version ordering".
    "opam": ["1.0~beta1 < 1.0~beta2 < 1.0 < 1.0+a < 1.0.1", "v0.9.0 < v0.10.0 < v1", "4.14.0~rc1 < 4.14.0 < 4.14.1"],
    # Conan's documentation, "Version ranges".
    "ConanCenter": [
        (
            "1.0-alpha < 1.0-beta < 1.0-beta.2 < 1.0 = 1 = 1.0.0 < 1.0+1 < 1.0+2 < 1.0.1 < 1.1.1 < 1.1.1a < 1.1.1t < 1.1.2 < 10"
            " < cci.20200101 < cci.20210101 < system"
        ),
    ],
    # Ecosystems that rebuild the packages of others.
    "Root:npm": ["1.2.3-rc.1 < 1.2.3 < 1.2.3.root.io.1 < 1.2.3.root.io.10 < 1.2.4"],
    "Root:PyPI": ["1.0 < 1.0+root.io.1 < 1.0+root.io.2 < 1.0.1"],
    "Root:Alpine:3.18": ["1.0.0-r1 < 1.0.0-r10071 < 1.0.1-r0"],
    "Echo": ["1.0-1 < 1.0-1+echo.1 < 1.0-1+echo.2 < 1.0-2"],
    "Echo:npm": ["1.2.3 < 1.2.3+echo.1 < 1.2.3+echo.2 < 1.2.4"],
    "TuxCare:Alpine:v3.16": ALPINE,
    "Docker Hardened Images:Debian:trixie": DEBIAN,
}


def ranked(chain: str) -> list[tuple[int, str]]:
    """Return every version of a chain with its rank."""
    return [(rank, version) for rank, equals in enumerate(chain.split(" < ")) for version in equals.split(" = ")]
