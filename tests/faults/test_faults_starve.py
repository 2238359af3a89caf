"""One of each thing that a run can be short of (`starve.py` tries them all, on every step)."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from fault_world import World, arguments, state_of, type_in
from starve import KIB, MIB, PERMISSIONS, Case, Limit, try_case
from steps import FailToRename, FailToSync

pytestmark = [pytest.mark.long, pytest.mark.proof]

SHORT = [
    Case("no file above 16 KiB", Limit(resource.RLIMIT_FSIZE, 16 * KIB)),
    Case("no space for a file", FailToSync(".notes.parquet")),
    Case("no space for the manifest", FailToSync(".manifest.json")),
    Case("memory_limit", config='memory_limit = "4MiB"\n'),
    Case("8 open files", Limit(resource.RLIMIT_NOFILE, 8)),
    Case("address space", Limit(resource.RLIMIT_AS, 256 * MIB)),
    *PERMISSIONS[:3],
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("starved"), steps=("first run", "second run"))


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.label)
def test_what_a_run_is_short_of_is_reported_in_one_sentence_and_nothing_is_changed(
    world: World, case: Case
) -> None:
    assert try_case(world, "second run", case) == ("refused", [])


def test_a_first_run_that_cannot_write_leaves_nothing(world: World) -> None:
    case = Case("no file above 16 KiB", Limit(resource.RLIMIT_FSIZE, 16 * KIB))
    assert try_case(world, "first run", case) == ("refused", [])


def test_a_file_that_cannot_be_published_is_reported(world: World, tmp_path: Path) -> None:
    """Renaming is all that is left after the commit: what fails then is reported, and done by the next command."""
    with world.home("second run") as home:
        command = arguments("second run", world.inputs, home)
        ended = type_in(command, tmp_path / "log", FailToRename("notes.parquet"))
        assert ended.code == 2
        assert "notes.parquet" in ended.said and "recorded" in ended.said
        assert ended.said.count("\n") == 1
        assert type_in(command, tmp_path / "log").code in (0, 1)
        assert state_of(home) == world.states["second run"]


def test_a_limit_of_open_files_that_may_be_raised_is_raised() -> None:
    lowered = (
        "import resource; from contact_merge.limits import OPEN_FILES, check_limits\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 1000)); check_limits()\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE) == (OPEN_FILES, 1000)"
    )
    subprocess.run([sys.executable, "-c", lowered], check=True)
