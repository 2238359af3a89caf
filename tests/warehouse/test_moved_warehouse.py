"""A warehouse that is moved with its snapshots: all commands find them, and the next one that writes names them again."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from clean_world import TABLES, make_clean_export, shown_rows, snapshots_in
from contact_merge import cli

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("moved")]  # its fixture is made once


@dataclass
class World:
    """An input folder without data tables; outputs that were moved with their warehouse; the rows that views showed before."""

    input: Path
    moved: Path
    rows: dict[str, int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> World:
    """A run on a clean export, whose outputs were moved then; only to be read."""
    folder = tmp_path_factory.mktemp("world")
    export = make_clean_export(samples, folder)
    cli.main(["run", "--quiet", "--input", str(export), "--output", str(folder / "out")])
    assert snapshots_in(folder / "out/warehouse.duckdb") == set(TABLES)
    rows = shown_rows(folder / "out/warehouse.duckdb")
    for table in TABLES:
        (export / f"{table}.parquet").unlink()
    return World(export, Path(shutil.move(folder / "out", folder / "moved")), rows)


@pytest.fixture
def moved(world: World, tmp_path: Path) -> Path:
    """Those outputs, moved once more."""
    return shutil.copytree(world.moved, tmp_path / "it's [moved]")


def views_of(warehouse: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(
            "select view_name, sql from duckdb_views() where view_name like '%cm_loaded%' order by all"
        ).fetchall()


@pytest.mark.parametrize("command", ["run", "rebuild"])
def test_after_a_move_and_a_command_that_writes_anybody_can_query(
    world: World, moved: Path, command: str
) -> None:
    warehouse = moved / "warehouse.duckdb"
    with pytest.raises(duckdb.IOException):
        shown_rows(warehouse)
    given = ["--input", str(world.input)] if command == "run" else []
    assert cli.main([command, "--quiet", "--output", str(moved), *given]) in {0, 1}
    assert shown_rows(warehouse) == world.rows
    with duckdb.connect(str(warehouse), read_only=True) as con:
        comments = con.execute("select comment from duckdb_views() where view_name like '%cm_loaded%'")
        assert len([comment for (comment,) in comments.fetchall() if comment]) == len(TABLES)
    assert cli.main(["verify", "--quiet", "--output", str(moved)]) == 0


def test_after_a_move_plain_duckdb_reads_with_the_variable(world: World) -> None:
    with duckdb.connect(str(world.moved / "warehouse.duckdb"), read_only=True) as con:
        con.execute(f"set variable contact_merge_raw = '{world.moved}/warehouse.duckdb.raw'")
        found = con.sql("select count(*) from merged.contacts").fetchall()
    assert found == [(world.rows["merged.contacts"],)]


def test_commands_that_read_find_the_snapshots_and_leave_the_views(moved: Path) -> None:
    before = views_of(moved / "warehouse.duckdb")
    assert cli.main(["verify", "--quiet", "--output", str(moved)]) == 0
    assert views_of(moved / "warehouse.duckdb") == before


def test_a_dry_run_after_a_move_changes_nothing(world: World, moved: Path) -> None:
    before = views_of(moved / "warehouse.duckdb")
    arguments = ["run", "--dry-run", "--quiet", "--input", str(world.input), "--output", str(moved)]
    assert cli.main(arguments) in {0, 1}
    assert (moved / "preview/merged/contacts.parquet").exists()
    assert views_of(moved / "warehouse.duckdb") == before


def test_where_nothing_moved_no_view_is_made_again(moved: Path) -> None:
    assert cli.main(["rebuild", "--quiet", "--output", str(moved)]) == 0
    with duckdb.connect(str(moved / "warehouse.duckdb")) as con:
        con.execute("comment on view raw._cm_loaded_notes is 'kept as it is'")
    assert cli.main(["rebuild", "--quiet", "--output", str(moved)]) == 0
    with duckdb.connect(str(moved / "warehouse.duckdb"), read_only=True) as con:
        comment = con.execute("select comment from duckdb_views() where view_name = '_cm_loaded_notes'")
        assert comment.fetchall() == [("kept as it is",)]


def test_a_warehouse_that_was_moved_without_its_snapshots_is_refused(
    moved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(moved / "warehouse.duckdb.raw", moved.parent / "left")
    assert cli.main(["rebuild", "--output", str(moved)]) == 2
    assert "put the folder warehouse.duckdb.raw back beside it" in capsys.readouterr().err
