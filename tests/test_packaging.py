"""What we ship is whole, and the rules in pyproject.toml cover all that is there."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions, packages_distributions, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
INSTALLED = {canonicalize_name(distribution.name) for distribution in distributions()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in our wheel, built without a network."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", directory, ROOT],
        check=True,
    )
    (path,) = directory.glob("booked-*.whl")
    with ZipFile(path) as archive:
        return set(archive.namelist())


def shipped(directory: str, pattern: str, at: str) -> set[str]:
    return {f"{at}/{path.relative_to(ROOT / directory)}" for path in (ROOT / directory).rglob(pattern)}


def test_the_wheel_carries_the_migrations(wheel: set[str]) -> None:
    migrations = shipped("migrations", "*.sql", at="booked/migrations")

    assert migrations
    assert migrations <= wheel


@pytest.mark.parametrize("pattern", ["*.py", "*.lua", "*.toml", "py.typed"])
def test_the_wheel_carries_the_whole_package(wheel: set[str], pattern: str) -> None:
    files = shipped("src/booked", pattern, at="booked")

    assert files
    assert files <= wheel


def test_the_wheel_carries_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {"booked", f"booked-{version()}.dist-info"}


def version() -> str:
    from booked import __version__

    return __version__


def pinned(requirements: str) -> dict[str, str]:
    text = (ROOT / "requirements" / requirements).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^;\s]+)", text, re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in requirements}


def test_every_dependency_is_pinned() -> None:
    assert names(PYPROJECT["project"]["dependencies"]) <= pinned("base.txt").keys()
    (backend,) = PYPROJECT["build-system"]["requires"]
    assert backend == f"hatchling=={pinned('dev.txt')['hatchling']}"


@pytest.mark.parametrize("files", [["base.txt"], ["base.txt", "dev.txt"]])
def test_what_the_pinned_packages_need_is_pinned_too(files: list[str]) -> None:
    pins = {name for file in files for name in pinned(file)}
    needed = {
        canonicalize_name(requirement.name)
        for name in pins
        if name in INSTALLED
        for requirement in map(Requirement, requires(name) or [])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }

    assert needed <= pins


def test_requirement_files_are_plain_pins() -> None:
    for name in ("base.txt", "dev.txt"):
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            assert re.fullmatch(r"|#.*|-r base\.txt|[a-z0-9-]+==[^;\s]+(; .*)?", line), line


def test_no_library_that_we_install_may_be_imported_by_the_domain() -> None:
    """The contract lists import names, which a new library has to be added to."""
    libraries = pinned("base.txt").keys()
    importable = {
        name
        for name, brought_by in packages_distributions().items()
        if libraries & {canonicalize_name(distribution) for distribution in brought_by} and not name.startswith("_")
    }
    contracts = {contract["name"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

    forbidden = contracts["Domain and ports need only the standard library"]["forbidden_modules"]

    assert importable <= set(forbidden)
