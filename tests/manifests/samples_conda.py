"""Samples of conda's locks, and of a workspace of Go."""

from tests.manifests.build import COMMIT, A, B, Sample

RELEASE = f"https://files.example/packages/aa/bb/{'c' * 60}"
CHANNEL = "https://conda.example/forge"
M = "d" * 32

EXPLICIT = f"""# This file may be used to create an environment
# platform: linux-64
@EXPLICIT
{CHANNEL}/linux-64/_libgcc_mutex-0.1-main.conda#{M}
https://user:secret@conda.example/t/tk-token/forge/noarch/two-part-2.0-py_0.tar.bz2#{A}
{CHANNEL}/noarch/bare-3.0-0.conda
{CHANNEL}/noarch/short-4.0-0.conda#abc
./own-1.0-0.conda#sha256:{A}
{CHANNEL}/noarch/no-package
# pip Client @ {RELEASE}/client-1.2.0-py3-none-any.whl --hash=sha256:{A}
# pip lib @ git+https://git.example/lib@{COMMIT}
# pip far @ https://f.example/far-1.0.tar.gz#sha256={B}
"""

PIXI = f"""version: 6
environments:
  default:
    channels:
    - url: {CHANNEL}/
    indexes:
    - https://u:p@index.example/simple
    packages:
      linux-64:
      - conda: {CHANNEL}/linux-64/bzip2-1.0.8-hda65f42_9.conda
      - pypi: {RELEASE}/client-1.2.0-py3-none-any.whl
      - pypi: ./
  test:
    channels: []
    packages:
      linux-64:
      - conda: {CHANNEL}/linux-64/bzip2-1.0.8-hda65f42_9.conda
      - conda: {CHANNEL}/noarch/py-test-9.0.2-pyhc_0.conda
packages:
- conda: {CHANNEL}/linux-64/bzip2-1.0.8-hda65f42_9.conda
  sha256: {A}
  md5: {M}
  depends:
  - libgcc >=14
- conda: {CHANNEL}/noarch/py-test-9.0.2-pyhc_0.conda
  sha256: zz
- conda: ../near
  name: near
  version: 0.1.0
- conda: 'nothing.conda'
- pypi: {RELEASE}/client-1.2.0-py3-none-any.whl
  name: Client
  version: 1.2.0
  sha256: {A}
- pypi: https://index.example/files/own_index-2.0.tar.gz
  name: own-index
  version: '2.0'
- pypi: https://f.example/far-1.0.tar.gz
  name: far
  version: '1.0'
  sha256: {B}
- pypi: git+https://git.example/lib?rev=main#{COMMIT}
  name: lib
  version: '1.0'
  sha256: {B}
- pypi: git+https://git.example/open?rev=main
  name: open
- pypi: ./
  name: app
  version: 0.1.0
  sha256: {A}
"""

PIXI5 = f"""version: 5
environments: {{}}
packages:
- kind: conda
  name: bzip2
  version: 1.0.8
  url: {CHANNEL}/linux-64/bzip2-1.0.8-hda65f42_9.conda
  sha256: {A}
- kind: pypi
  name: client
  version: 1.2.0
  url: {RELEASE}/client-1.2.0-py3-none-any.whl
  sha256: {A}
- kind: pypi
  name: wheel
  version: '1'
  path: ./dist/wheel-1-py3-none-any.whl
  sha256: {A}
"""

GO_WORK = """go 1.22
toolchain go1.22.3
use (
	./app // the program
	./lib
	./gone
	../outside
)
use ./old
replace example.org/text v1.0.0 => example.org/fork v1.0.1
strange x
"""
MODULES = {
    "app/go.mod": (
        "module example.com/app\ngo 1.22\nrequire (\n\texample.com/lib v0.0.0\n\texample.org/text v1.0.0\n"
        "\texample.org/log v2.0.0 // indirect\n)\nreplace example.org/log => ../log\n"
    ),
    "lib/go.mod": "module example.com/lib\ngo 1.22\nrequire example.org/net v0.3.0\n",
    "old/go.mod": "require x",
}

CONDA = {
    "conda_explicit": Sample("conda-linux-64.lock", EXPLICIT, 8),
    "pixi_lock": Sample("pixi.lock", PIXI, 9),
    "go_work": Sample("go.work", GO_WORK, 5, MODULES),
}
