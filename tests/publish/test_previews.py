"""Dry runs: the outputs that there would be, of the warehouse as it is, and nothing else changes."""

import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from contact_merge import cli

pytestmark = pytest.mark.long


def run(samples: Path, out: Path, warehouse: Path, *options: str) -> int:
    return cli.main(
        ["run", "--input", str(samples), "--output", str(out), "--warehouse", str(warehouse), *options]
    )


@pytest.mark.parametrize("command", ["run", "undo"])
def test_a_preview_is_written_whatever_export_says(samples: Path, tmp_path: Path, command: str) -> None:
    out, warehouse, settings = tmp_path / "out", tmp_path / "w.duckdb", tmp_path / "settings.toml"
    settings.write_text('export = "none"\n', encoding="utf-8")
    run(samples, out, warehouse, "--config", str(settings))
    before = warehouse.read_bytes()
    given = ["--input", str(samples)] if command == "run" else ["req-005"]
    common = ["--warehouse", str(warehouse), "--output", str(out), "--config", str(settings), "--dry-run"]
    assert cli.main([command, *common, *given]) in (0, 1)
    assert (out / "preview/manifest.json").exists()
    assert (out / "preview/changes.parquet").exists()
    assert [path.name for path in out.iterdir()] == ["preview"]
    assert warehouse.read_bytes() == before


A, B, C = (f"{letter * 8}-{letter * 4}-4{letter * 3}-{letter * 4}-{letter * 12}" for letter in "abc")


def test_a_preview_of_an_undo_shows_what_survivors_lose(tmp_path: Path) -> None:
    """C went into B, then B into A. Without r1 A has B's values alone; without both it has its own."""
    inputs, out, warehouse = tmp_path / "inputs", tmp_path / "out", tmp_path / "w.duckdb"
    inputs.mkdir()
    (inputs / "contacts.csv").write_text(
        "id,email,phone,city,custom_fields\n"
        f"{A},ana@alt.example,,,\n{B},,1,,\n"
        f'{C},carl@alt.example,2,Graz,"{{""tier"": 1}}"\n',
        encoding="utf-8",
    )
    (inputs / "merge_requests.csv").write_text(
        "request_id,primary_id,duplicate_ids,requested_at\n"
        f"r1,{B},{C},2026-02-01T10:00:00Z\nr2,{A},{B},2026-02-01T11:00:00Z\n",
        encoding="utf-8",
    )

    def lost(*request_ids: str) -> list[tuple[str, str, str | None, str | None, str, str | None]]:
        common = ["--warehouse", str(warehouse), "--output", str(out), "--dry-run"]
        assert cli.main(["undo", *common, *request_ids]) == 0
        with duckdb.connect() as con:
            return con.execute(
                "from read_parquet($file)", {"file": f"{out}/preview/changes.parquet"}
            ).fetchall()

    assert run(inputs, out, warehouse) == 0
    assert lost("r1") == [
        (A, "city", "Graz", None, A, None),
        (A, "custom_fields.tier", "1", None, A, None),
    ]
    assert lost("r1", "r2") == [
        (A, "phone", "1", None, A, None),
        (A, "city", "Graz", None, A, None),
        (A, "custom_fields.tier", "1", None, A, None),
    ]
    assert lost("r2") == lost("r1", "r2")


@pytest.mark.parametrize("name", ["a", "warehouse.duckdb", "wal", "linked/w.duckdb"])
def test_a_preview_knows_what_only_the_log_of_the_warehouse_holds(
    samples: Path, tmp_path: Path, name: str
) -> None:
    out, warehouse = tmp_path / "out", tmp_path / name
    if name.startswith("linked"):
        (tmp_path / "linked").mkdir()
        warehouse.symlink_to(tmp_path / "elsewhere.duckdb")
    run(samples, out, warehouse)
    with duckdb.connect(str(warehouse)) as con:
        con.execute("pragma disable_checkpoint_on_shutdown")
        con.execute("update raw._cm_loaded_notes set body = 'from the log'")
    assert Path(f"{warehouse.resolve()}.wal").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(empty, out, warehouse, "--dry-run") == 0
    bodies = pq.read_table(out / "preview/merged/notes.parquet", columns=["body"]).column("body").unique()
    assert bodies.to_pylist() == ["from the log"]


def test_something_where_an_output_goes_is_an_error_of_the_output(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "merged").write_text("", encoding="utf-8")
    assert run(samples, out, tmp_path / "w.duckdb", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "output_error"
