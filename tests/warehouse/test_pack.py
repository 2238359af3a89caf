"""A packed file: all of the warehouse, without a folder beside it, made whole or not at all."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from clean_world import TABLES, make_clean_export, shown_rows, snapshots_in
from contact_merge import cli
from contact_merge.engine import run_sql
from contact_merge.errors import OutputError
from contact_merge.pack import pack
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("pack")]  # its fixtures are made once

ANALYSTS = Path(__file__).parents[2] / "docs/analysts.md"
QUERIES = re.findall(r"```sql\n(.*?)```", ANALYSTS.read_text("utf-8"), re.DOTALL)
MARIA = "0f98a2d1-feac-54fc-852d-f723d12259fc"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A folder with a clean export, in/, and what a run made of it, out/; only to be read."""
    folder = tmp_path_factory.mktemp("world")
    export = make_clean_export(samples, folder)
    cli.main(["run", "--quiet", "--input", str(export), "--output", str(folder / "out")])
    assert snapshots_in(folder / "out/warehouse.duckdb") == set(TABLES)
    return folder


@pytest.fixture
def packed(world: Path, tmp_path: Path) -> Path:
    """A packed file of that warehouse, alone in a folder."""
    file = tmp_path / "handed/over.duckdb"
    assert cli.main(["pack", "--quiet", "--output", str(world / "out"), str(file)]) == 0
    return file


def answers(warehouse: Path) -> list[list[tuple[Any, ...]]]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return [con.sql(query).fetchall() for query in QUERIES]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_packed_file_answers_alone_what_the_warehouse_answered(world: Path, tmp_path: Path) -> None:
    original = shutil.copytree(world / "out", tmp_path / "out")
    expected, rows = answers(original / "warehouse.duckdb"), shown_rows(original / "warehouse.duckdb")
    pack(original / "warehouse.duckdb", tmp_path / "packed.duckdb", Settings(), QUIET)
    shutil.rmtree(original)
    (tmp_path / "else").mkdir()
    alone = shutil.move(tmp_path / "packed.duckdb", tmp_path / "else/alone.duckdb")
    assert len(QUERIES) >= 10
    assert answers(alone) == expected
    assert shown_rows(alone).items() >= {name: n for name, n in rows.items() if "._cm_" not in name}.items()
    assert rows["merged.contacts"] > 100
    assert [path.name for path in alone.parent.iterdir()] == ["alone.duckdb"]


def test_what_was_a_view_over_a_snapshot_is_a_table_with_its_comments(packed: Path) -> None:
    with duckdb.connect(str(packed), read_only=True) as con:
        tables = con.execute(
            "select table_name, comment from duckdb_tables() where table_name like '%cm_loaded%'"
        )
        assert {name for name, comment in tables.fetchall() if comment} == {
            f"_cm_loaded_{table}" for table in TABLES
        }
        uncommented = con.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        assert uncommented == []
        texts = con.execute("select sql from duckdb_views() where contains(sql, 'read_parquet')").fetchall()
        assert texts == []


def test_the_warehouse_is_left_as_it_is(world: Path, tmp_path: Path) -> None:
    before = files_of(world / "out")
    pack(world / "out/warehouse.duckdb", tmp_path / "packed.duckdb", Settings(), QUIET)
    assert files_of(world / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["packed.duckdb"]


@pytest.mark.parametrize("command", [["explain", MARIA], ["history"], ["verify"]])
def test_commands_that_read_take_a_packed_file(
    world: Path, packed: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert cli.main([*command, "--json", "--warehouse", str(packed)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert cli.main([*command, "--json", "--warehouse", str(world / "out/warehouse.duckdb")]) == 0
    assert shown == json.loads(capsys.readouterr().out)


def test_the_next_run_takes_a_packed_file(world: Path, packed: Path) -> None:
    rows = shown_rows(packed)
    given = ["--warehouse", str(packed), "--output", str(packed.parent / "out")]
    cli.main(["run", "--quiet", "--input", str(world / "in"), *given])
    assert snapshots_in(packed) == set(TABLES)
    assert {name: shown_rows(packed)[name] for name in rows} == rows
    assert cli.main(["verify", "--quiet", "--warehouse", str(packed)]) == 0


def test_what_was_packed_is_said(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warehouse, one, two = world / "out/warehouse.duckdb", tmp_path / "one.duckdb", tmp_path / "two.duckdb"
    assert cli.main(["pack", "--warehouse", str(warehouse), str(one), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(one), "bytes": one.stat().st_size}
    assert cli.main(["pack", "--warehouse", str(warehouse), str(two)]) == 0
    assert (
        capsys.readouterr().out == f"{two}: the whole warehouse in one file, {two.stat().st_size:,} bytes.\n"
    )
    assert one.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("there", ["p.duckdb", "p.duckdb.wal", "p.duckdb.raw"])
def test_nothing_that_is_there_is_written_over(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    (tmp_path / there).write_bytes(b"mine")
    assert cli.main(["pack", "--output", str(world / "out"), str(tmp_path / "p.duckdb")]) == 2
    assert f"{tmp_path / there}: this is there already" in capsys.readouterr().err
    assert files_of(tmp_path) == {there: b"mine"}


def test_a_path_that_duckdb_reads_as_something_else_is_refused(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["pack", "--output", str(world / "out"), str(tmp_path / "new/a?b.duckdb")]) == 2
    assert "DuckDB reads a ? in a path" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_among_the_outputs_is_refused(world: Path) -> None:
    out = world / "out"
    with pytest.raises(OutputError, match="outputs go here"):
        pack(out / "warehouse.duckdb", out / "preview/p.duckdb", Settings(), QUIET, output=out)


def test_where_a_snapshot_is_missing_nothing_is_packed(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = shutil.copy(world / "out/warehouse.duckdb", tmp_path / "w.duckdb")
    assert cli.main(["pack", "--warehouse", str(warehouse), str(tmp_path / "p.duckdb")]) == 2
    assert "put the folder w.duckdb.raw back beside it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["w.duckdb"]


def test_what_a_killed_pack_left_is_removed(world: Path, tmp_path: Path) -> None:
    left, other = tmp_path / ".p.duckdb.abc12345.pack", tmp_path / ".other.duckdb.abc12345.pack"
    for folder in (left, other):
        folder.mkdir()
        (folder / "p.duckdb").touch()
    pack(world / "out/warehouse.duckdb", tmp_path / "p.duckdb", Settings(), QUIET)
    assert {path.name for path in tmp_path.iterdir()} == {"p.duckdb", other.name}


def test_rows_are_packed_in_their_order() -> None:
    """Of rows without a key that are alike the one stays that was loaded first."""
    with duckdb.connect() as con:
        con.execute("create table keys as select unnest([1, 2, 0]) as _cm_row, null as _cm_contact_key")
        con.execute(
            "create table snapshot as select unnest([2, 0, 1]) as file_row_number, unnest(['c', 'a', 'b']) as x"
        )
        names = {"target": "packed", "keys": "keys", "rows": "snapshot", "replaced": "neither"}
        run_sql(con, "raw/table_of_snapshot", in_order=True, **names)
        assert con.execute("select rowid, x from packed order by rowid").fetchall() == [
            (0, "a"),
            (1, "b"),
            (2, "c"),
        ]
