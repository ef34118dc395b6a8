"""The Containerfile and the compose file, as far as they can be tested without an engine."""

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
from tests.ops.processes import IGNORE_TEMPORARY, ROOT

CONTAINERFILE = (ROOT / "Containerfile").read_text()
#: Variables of base images, shells and other programs.
FOREIGN = {"PATH", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "BROADSHEET_ENV"}


def copied_paths() -> list[str]:
    """Return the paths that are copied from the repository into the image."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def variables() -> set[str]:
    block = re.search(r"^ENV ((?:.+\\\n)*.+)$", CONTAINERFILE, re.MULTILINE)
    assert block
    return set(re.findall(r"([A-Z_]+)=", block[1]))


def test_the_postgresql_client_is_at_least_as_new_as_the_database() -> None:
    clients = {"trixie": 17}  # Debian's releases, with their versions of PostgreSQL
    [release] = set(re.findall(r"^FROM \S+-slim-(\w+)", CONTAINERFILE, re.MULTILINE))
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server = int(services["database"]["image"].rpartition(":")[2])
    assert clients[release] >= server
    assert re.search(r"^ && apt-get install .*\bpostgresql-client\b", CONTAINERFILE, re.MULTILINE)


def test_optional_dependencies_are_in_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [pins] = re.findall(r"requirements/(?!build)\w+\.txt", CONTAINERFILE.split("RUN")[0])
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / pins).read_text(), re.MULTILINE))
    assert {name for names in project["optional-dependencies"].values() for name in names} <= pinned


def test_only_existing_settings_are_used() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    used = {name for one in compose["services"].values() for name in one.get("environment", {})}
    known = {setting.name for setting in conf.SETTINGS}
    assert (used | variables()) - FOREIGN - known == set()


def test_services_have_existing_dependencies_and_few_privileges() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name in ("web", "worker"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"]
        assert services[name]["depends_on"].keys() <= services.keys()
    assert services["worker"]["environment"] == services["web"]["environment"]


def test_the_health_check_of_the_container_requests_readyz() -> None:
    path = re.search(r"127\.0\.0\.1:8000(/\w+)", CONTAINERFILE)
    assert path
    assert path[1] == "/readyz"
    assert re.search(r"^USER broadsheet$", CONTAINERFILE, re.MULTILINE)


@pytest.mark.slow
def test_the_copied_files_build_a_complete_package(tmp_path: Path) -> None:
    tree = tmp_path / "image"
    for name in copied_paths():
        source, target = ROOT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=IGNORE_TEMPORARY)
        else:
            shutil.copy(source, target)
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
        [*build, "--quiet", "--wheel-dir", str(tmp_path), str(tree)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "broadsheet"
    expected = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - packed == set()
