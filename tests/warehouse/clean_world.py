"""The sample tables as a clean export: every row can be used, so that a load makes a snapshot of each data table."""

import shutil
from pathlib import Path

import duckdb
from contact_merge import cli
from contact_merge.catalog import make_catalog
from contact_merge.settings import Settings

TABLES = make_catalog(Settings()).data_tables
_CHANGED = {
    "contacts": {
        "id": "cast(_cm_key as varchar)",
        "merged_into_id": "cast(_cm_into as varchar)",
        "custom_fields": "case when json_type(try_cast(custom_fields as json)) = 'OBJECT' then custom_fields end",
    },
    "children": {"contact_id": "cast(_cm_contact_key as varchar)"},
}


def make_clean_export(samples: Path, folder: Path) -> Path:
    """Load the samples, and write the rows that could be used as Parquet files, with the requests and keys, into a new folder."""
    loaded, export = folder / "loaded", folder / "in"
    assert cli.main(["run", "--quiet", "--input", str(samples), "--output", str(loaded)]) == 1
    export.mkdir()
    with duckdb.connect(str(loaded / "warehouse.duckdb"), read_only=True) as con:
        for table in TABLES:
            changed = _CHANGED.get(table, _CHANGED["children"])
            described = con.execute(f"describe raw.{table}").fetchall()
            kinds = {name: kind for name, kind, *_ in described if not name.startswith("_cm_")}
            numbers = {name for name, kind in kinds.items() if kind in {"FLOAT", "DOUBLE"}}
            without_nan = {name: f'case when not isnan("{name}") then "{name}" end' for name in numbers}
            changed = without_nan | changed
            items = ", ".join(f'{changed.get(name, name)} as "{name}"' for name in kinds)
            con.execute(f"copy (select {items} from raw.{table}) to '{export / table}.parquet'")
    for name in ("merge_requests.jsonl", "api_keys.jsonl"):
        shutil.copy(samples / name, export / name)
    return export


def snapshots_in(warehouse: Path) -> set[str]:
    """The tables of which a warehouse has a snapshot."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return {table for (table,) in con.execute("select table_name from raw._cm_snapshots").fetchall()}


def shown_rows(warehouse: Path) -> dict[str, int]:
    """How many rows each view of raw and merged shows to a plain connection."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        views = con.execute(
            "select schema_name || '.' || view_name from duckdb_views() where schema_name in ('raw', 'merged')"
        ).fetchall()
        return {view: len(con.execute(f"select * from {view}").fetchall()) for (view,) in views}
