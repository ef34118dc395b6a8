"""The Containerfile and the compose file, as far as can be seen without an engine."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from broadsheet import conf
from tests.ops.processes import ROOT, WITHOUT_PARTS

CONTAINERFILE = (ROOT / "Containerfile").read_text()
#: What base images, shells and the other programs read.
FOREIGN = {"PATH", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "BROADSHEET_ENV"}


def copied() -> list[str]:
    """Return what is copied into the image from here."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def variables() -> set[str]:
    block = re.search(r"^ENV ((?:.+\\\n)*.+)$", CONTAINERFILE, re.MULTILINE)
    assert block
    return set(re.findall(r"([A-Z_]+)=", block[1]))


def test_the_programs_for_backups_are_as_new_as_the_database() -> None:
    clients = {"trixie": 17}  # Debian's release to its PostgreSQL
    [release] = set(re.findall(r"^FROM \S+-slim-(\w+)", CONTAINERFILE, re.MULTILINE))
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server = int(services["database"]["image"].rpartition(":")[2])
    assert clients[release] >= server
    assert re.search(r"^ && apt-get install .*\bpostgresql-client\b", CONTAINERFILE, re.MULTILINE)


def test_what_is_optional_elsewhere_is_in_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [pins] = re.findall(r"requirements/(?!build)\w+\.txt", CONTAINERFILE.split("RUN")[0])
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / pins).read_text(), re.MULTILINE))
    assert {name for names in project["optional-dependencies"].values() for name in names} <= pinned


def test_every_setting_that_is_set_exists() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    output = {name for one in compose["services"].values() for name in one.get("environment", {})}
    known = {setting.name for setting in conf.SETTINGS}
    assert (output | variables()) - FOREIGN - known == set()


def test_services_wait_for_what_they_need_and_may_do_little() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name in ("web", "worker"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"]
        assert services[name]["depends_on"].keys() <= services.keys()
    assert services["worker"]["environment"] == services["web"]["environment"]


def test_what_is_asked_of_a_container_is_answered() -> None:
    asked = re.search(r"127\.0\.0\.1:8000(/\w+)", CONTAINERFILE)
    assert asked
    assert asked[1] == "/readyz"
    assert re.search(r"^USER broadsheet$", CONTAINERFILE, re.MULTILINE)


@pytest.mark.slow
def test_what_is_copied_makes_a_whole_package(tmp_path: Path) -> None:
    here = tmp_path / "image"
    for name in copied():
        source, place = ROOT / name, here / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=WITHOUT_PARTS)
        else:
            shutil.copy(source, place)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    done = subprocess.run(
        [*build, "--quiet", "--wheel-dir", str(tmp_path), str(here)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "broadsheet"
    wanted = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - packed == set()
