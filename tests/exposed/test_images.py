"""``doorward exposed --image``: saved container images, from the question to the exit code."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.exposed.test_exposed import ASKED, asked, details, traces
from tests.images.build import DELETED, INSTALLED, METADATA, OTHER, digest, docker, oci, saved, tar, unpacked
from tests.installed.samples import header, rpm_berkeley

Doorward = Callable[..., Ran]


def test_a_release_that_a_later_layer_deletes_was_there(project: Path, doorward: Doorward) -> None:
    image = saved(project / "app.tar", docker(OTHER, INSTALLED, DELETED))
    ran = asked(doorward, ASKED, "--image", str(image))
    assert ran.code == 1
    (trace,) = traces(ran, "image")
    assert (trace["where"], trace["present"]) == (f"{image}: {METADATA}", False)
    assert trace["first"] == "2026-03-02T10:00:00+00:00"
    told = details(trace)
    assert (told["image"], told["made by"]) == ("app:1", "RUN step 2")
    assert told["layer"] == f"2 of 3, {digest(tar(INSTALLED))}"
    assert told["state"].startswith("deleted by layer 3")
    assert ran.json["advice"][0].startswith("Isolate: stop the containers")


def test_what_can_still_be_seen_is_told_once(project: Path, doorward: Doorward) -> None:
    lock = {"srv/app/requirements.txt": b"examplelib==1.0.0\n"}
    image = unpacked(project / "image", oci(lock, OTHER, lock | {"srv/x": b"y"}))
    ran = asked(doorward, ASKED, "--image", str(image))
    (trace,) = traces(ran, "image")
    assert (ran.code, trace["present"]) == (1, True)
    assert details(trace)["told by"] == "a lock file"
    assert details(trace)["layer"].startswith("1 of 3, sha256:")
    assert "; 3 of 3, sha256:" in details(trace)["layer"]


def test_an_image_without_it(project: Path, doorward: Doorward) -> None:
    image = saved(project / "app.tar", docker(OTHER, INSTALLED))
    ran = asked(doorward, "pkg:pypi/examplelib@2.0.0", "--image", str(image))
    assert (ran.code, ran.json["outcome"]) == (0, "not-found")
    assert {"kind": "image", "count": 2, "what": f"2 layers of {image}, with 1 package"} in ran.json["looked"]


#: Images that leave it open, or do not, whether the release was there.
UNREAD = {
    "a layer": (docker(INSTALLED) | {f"{0:064x}/layer.tar": b"\x28\xb5\x2f\xfd" + bytes(600)}, 3),
    "a file of the package": (docker({METADATA: b"", METADATA.replace("1.0.0", "x"): b""}), 3),
    "a file of another package": (docker({METADATA.replace("examplelib-1.0.0", "another-x"): b"", "x": b""}), 0),
    "a lock of another manager": (docker(OTHER | {"srv/package-lock.json": b"{"}), 0),
    "a lock of this manager": (docker(OTHER | {"srv/uv.lock": b"["}), 3),
    "no image": ({"x": b"y"}, 3),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_no_answer_where_it_may_have_it(name: str, project: Path, doorward: Doorward) -> None:
    content, code = UNREAD[name]
    ran = asked(doorward, "pkg:pypi/examplelib@2.0.0", "--image", str(saved(project / "app.tar", content)))
    assert (ran.code, any(gap["required"] for gap in ran.json["gaps"])) == (code, code == 3)
    assert ran.json["gaps"]


def test_a_requirement_without_a_version_is_answered_by_what_is_installed(project: Path, doorward: Doorward) -> None:
    image = saved(project / "app.tar", docker(INSTALLED | {"srv/requirements.txt": b"examplelib>=1\n"}))
    assert asked(doorward, "pkg:pypi/examplelib@2.0.0", "--image", str(image)).code == 0


def test_an_image_that_is_not_there_is_a_usage_error(project: Path, doorward: Doorward) -> None:
    ran = asked(doorward, ASKED, "--image", str(project / "gone.tar"))
    assert (ran.code, "no such file or folder" in ran.err) == (2, True)


def test_an_image_that_is_a_pipe_is_not_waited_for(project: Path, doorward: Doorward) -> None:
    os.mkfifo(project / "image.tar")
    ran = asked(doorward, ASKED, "--image", str(project / "image.tar"))
    assert (ran.code, "neither a file nor a folder" in ran.err) == (2, True)


@pytest.mark.parametrize("form", ["human", "markdown"])
def test_an_image_on_a_screen(project: Path, doorward: Doorward, form: str) -> None:
    image = saved(project / "app.tar", docker(OTHER, INSTALLED, DELETED))
    ran = doorward("exposed", ASKED, "--image", str(image), "--offline", "--format", form)
    assert ran.code == 1
    assert ("IN AN IMAGE" in ran.out) == (form == "human")
    assert "deleted by layer 3" in ran.out
    assert "in 1 file of saved images" in ran.out


def test_the_packages_of_an_image_with_a_berkeley_database(project: Path, doorward: Doorward) -> None:
    release = b'ID="centos"\nVERSION_ID="7"\n'
    made = rpm_berkeley([header(name="evil", version="1.0", release="1.el7", arch="x86_64")])
    image = saved(project / "app.tar", docker({"etc/os-release": release}, {"var/lib/rpm/Packages": made}))
    ran = asked(doorward, "pkg:rpm/centos/evil@1.0-1.el7", "--image", str(image))
    assert ran.code == 1
    (trace,) = traces(ran, "image")
    assert trace["where"] == f"{image}: var/lib/rpm/Packages"
    assert "pkg:rpm/centos/evil@1.0-1.el7" in json.dumps(trace)
