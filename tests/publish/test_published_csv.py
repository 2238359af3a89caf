"""Merged tables as CSV (the setting `export_format`)."""

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from story import id_of

A, B = id_of("a"), id_of("b")


def run(folder: Path, settings: str = 'export_format = ["parquet", "csv"]', /, **columns: Any) -> int:
    """Run on contacts with these columns; B is merged into A."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "settings.toml").write_text(settings, encoding="utf-8")
    pq.write_table(pa.table(columns), folder / "in" / "contacts.parquet")
    request = {
        "request_id": ["r1"],
        "primary_id": [A],
        "duplicate_ids": [[B]],
        "requested_at": [datetime(2026, 5, 1)],
    }
    pq.write_table(pa.table(request), folder / "in" / "merge_requests.parquet")
    given = ["--config", str(folder / "settings.toml"), "--as-of", "2026-06-01", "--quiet"]
    return cli.main(["run", "--input", str(folder / "in"), "--output", str(folder / "out"), *given])


def rows_of(folder: Path, table: str) -> list[Mapping[str, str]]:
    with (folder / "out" / "merged" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_merged_table_is_there_as_csv_too_with_the_rows_of_its_parquet_file(tmp_path: Path) -> None:
    assert run(tmp_path, id=[A, B], name=["Ada, L.", "x"], note=['a "b"\nc', None]) == 0
    merged = tmp_path / "out" / "merged"
    tables = {path.stem for path in merged.glob("*.parquet")}
    assert tables == {path.stem for path in merged.glob("*.csv")}
    counts = {table: pq.read_metadata(merged / f"{table}.parquet").num_rows for table in tables}
    assert {table: len(rows_of(tmp_path, table)) for table in tables} == counts
    assert rows_of(tmp_path, "contacts") == [{"id": A, "name": "Ada, L.", "note": 'a "b"\nc'}]
    [answer] = rows_of(tmp_path, "merge_responses")
    assert (answer["merged_ids"], answer["code"], answer["dry_run"]) == (f'["{B}"]', "", "false")
    assert answer["processed_at"] == "2026-06-01T00:00:00Z"
    verified = ["verify", "--output", str(tmp_path / "out"), "--quiet"]
    assert cli.main(["verify", "--warehouse", str(tmp_path / "out" / "warehouse.duckdb"), *verified[1:]]) == 0


@pytest.mark.parametrize(
    ("values", "cell"),
    [
        (pa.array([True, None]), "true"),
        (pa.array([Decimal("1.10"), None], pa.decimal128(18, 2)), "1.10"),
        (pa.array([0.1, None]), "0.1"),
        (pa.array([float("nan"), None]), ""),
        (pa.array([float("-inf"), None]), "-inf"),
        (pa.array([date(2026, 1, 2), None]), "2026-01-02"),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, 600), None]), "2026-01-02T03:04:05.0006"),
        (pa.array([datetime(2026, 1, 2, tzinfo=UTC), None]), "2026-01-02T00:00:00Z"),
        (pa.array([b"a\x00b", None]), "YQBi"),
        (pa.array([UUID(B).bytes, None], pa.uuid()), B),
        (pa.array([["x", None, 'a"b'], None]), '["x",null,"a\\"b"]'),
        (pa.array([{"n": 1, "t": None}, None]), '{"n":1,"t":null}'),
        (pa.array(["", "x"]), "x"),
        (pa.array(["NULL", None]), "NULL"),
        (pa.array(["007", None]), "007"),
    ],
)
def test_cells_are_spelled_so_that_nothing_is_lost(tmp_path: Path, values: pa.Array, cell: str) -> None:
    assert run(tmp_path, id=[A, B], x=values) == 0
    assert [row["x"] for row in rows_of(tmp_path, "contacts")] == [cell]


def test_an_empty_text_is_no_null(tmp_path: Path) -> None:
    assert run(tmp_path, id=[A, B, id_of("c")], x=["", "", None]) == 0
    lines = (tmp_path / "out" / "merged" / "contacts.csv").read_text("utf-8").splitlines()
    assert sorted(lines) == sorted(["id,x", f'{A},""', f"{id_of('c')},"])


def test_files_of_an_earlier_run_that_are_not_written_again_are_gone(tmp_path: Path) -> None:
    assert run(tmp_path, id=[A, B]) == 0
    assert run(tmp_path, "", id=[A, B]) == 0
    assert not list((tmp_path / "out").rglob("*.csv"))


@pytest.mark.parametrize("command", [["undo", "r1"], ["rebuild"]])
def test_a_command_without_the_settings_writes_what_the_last_run_wrote(
    tmp_path: Path, command: list[str]
) -> None:
    assert run(tmp_path, id=[A, B]) == 0
    files = {path.name for path in (tmp_path / "out/merged").iterdir()}
    assert cli.main([*command, "--output", str(tmp_path / "out"), "--quiet"]) == 0
    assert {path.name for path in (tmp_path / "out/merged").iterdir()} == files
    assert len(rows_of(tmp_path, "contacts")) == (2 if command == ["undo", "r1"] else 1)


def test_parquet_is_always_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, 'export_format = ["csv"]', id=[A, B]) == 2
    assert 'export_format: ["csv"] lacks "parquet", which is always written' in capsys.readouterr().err
