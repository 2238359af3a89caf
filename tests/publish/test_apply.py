"""Files of child tables: spliced or copied by SQL, they have the same rows, columns and types."""

from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.pipeline import run
from contact_merge.publish.apply import Apply
from contact_merge.publish.files import OutputFiles
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside
from contact_merge.warehouse import open_engine, open_warehouse
from pipeline_endpoint import QUIET
from story import START, id_of

TYPES = (
    "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double",
    "decimal(20, 3)", "varchar", "blob", "uuid", "date", "time", "time_ns", "timestamp", "timestamp_ns", "timestamptz",
    "interval", "json", "varchar[]", "struct(a integer, b struct(c varchar)[])", "map(varchar, integer)",
)  # fmt: skip
CHILDREN = ["activities", "documents", "emails", "notes", "tasks"]
OWNERS = "aabbcc" * 500
"""The contacts of child rows, row by row; b is merged into a."""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on children in Parquet: texts, words, UUIDs, every type, and no row."""
    folder = tmp_path_factory.mktemp("in")
    keys = [str(UUID(int=i + 1)) for i in range(len(OWNERS))]
    owners = [id_of(letter) for letter in OWNERS]
    uuids = pa.array([UUID(owner).bytes for owner in owners], pa.binary(16)).cast(pa.uuid())
    body = [f"body {i}" for i in range(len(OWNERS))]
    not_null = pa.schema(
        [pa.field(name, pa.string(), nullable=False) for name in ("body", "id", "contact_id")]
    )
    notes = pa.table({"body": body, "id": keys, "contact_id": owners}, schema=not_null)
    pq.write_table(pa.table({"id": [id_of(letter) for letter in "abc"]}), folder / "contacts.parquet")
    pq.write_table(notes, folder / "notes.parquet", row_group_size=1000)
    pq.write_table(notes.drop_columns("body")[:0], folder / "documents.parquet")
    pq.write_table(pa.table({"id": keys, "contact_id": uuids}), folder / "tasks.parquet")
    words = pa.table([keys, pa.array(owners).dictionary_encode(), body], ["id", "contact_id", 'say "é.x"'])
    pq.write_table(words, folder / "emails.parquet")
    request = {
        "request_id": "r1",
        "primary_id": id_of("a"),
        "duplicate_ids": [id_of("b")],
        "requested_at": START,
    }
    pq.write_table(pa.Table.from_pylist([request]), folder / "merge_requests.parquet")
    with duckdb.connect() as con:
        con.register("notes", notes)
        typed = ", ".join(f'cast(null as {kind}) as "{kind}"' for kind in TYPES)
        con.execute(
            f"copy (select *, {typed} from notes) to '{folder}/activities.parquet' (row_group_size 2048)"
        )
    run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    return folder / "out"


def write_children(output: Path, folder: Path, *, splice: bool) -> dict[str, int]:
    """Write the child tables of a warehouse's snapshots, in one of the two ways; the rows of each."""
    settings = Settings()
    warehouse = output / "warehouse.duckdb"
    folders = [folder_beside(warehouse), folder]
    with open_warehouse(warehouse, settings, folders=folders) as con:
        catalog = make_catalog(settings)
        files = OutputFiles(folder, 0o600)
        engine = partial(open_engine, warehouse, settings, folders)
        with Apply(con, files, catalog, engine, splice=splice) as apply:
            apply.begin(CHILDREN)
        for hidden in (folder / "merged").iterdir():
            hidden.replace(hidden.with_name(hidden.name.split(".")[1] + ".parquet"))
        return apply.rows()


def test_both_ways_write_the_same_files(output: Path, tmp_path: Path) -> None:
    spliced, copied = tmp_path / "spliced", tmp_path / "copied"
    rows = write_children(output, spliced, splice=True)
    assert rows == write_children(output, copied, splice=False)
    assert rows == {f"merged/{name}.parquet": 0 if name == "documents" else 3000 for name in CHILDREN}
    with duckdb.connect() as con:
        for name in CHILDREN:
            one, other, of_run = (f"'{folder}/merged/{name}.parquet'" for folder in (spliced, copied, output))
            for first, second in ((one, other), (other, one), (one, of_run), (of_run, one)):
                assert con.execute(f"from {first} except all from {second}").fetchall() == [], name
            types = con.execute(f"describe from {one}").fetchall()
            assert types == con.execute(f"describe from {other}").fetchall(), name


def test_what_can_be_spliced_is_spliced(output: Path) -> None:
    """A spliced file has the name of the program that wrote the export, and its compression."""
    compressions = {}
    for name in CHILDREN:
        group = pq.read_metadata(output / f"merged/{name}.parquet").row_group
        if name != "documents":
            compressions[name] = group(0).column(0).compression
    assert compressions == {
        "activities": "SNAPPY", "notes": "SNAPPY", "emails": "SNAPPY", "tasks": "ZSTD",
    }  # fmt: skip
    assert "parquet-cpp-arrow" in pq.read_metadata(output / "merged/documents.parquet").created_by
    assert not any(field.nullable for field in pq.read_schema(output / "merged/notes.parquet"))


def test_children_of_every_type_go_to_the_survivor(output: Path) -> None:
    found = pq.read_table(output / "merged/activities.parquet")
    assert found.column("contact_id").to_pylist() == [id_of(letter) for letter in "aaaacc" * 500]
    assert found.column("id").to_pylist() == [str(UUID(int=i + 1)) for i in range(3000)]
    assert set(found.schema.names) >= {*TYPES}


def test_an_error_in_the_block_stops_the_writing(output: Path, tmp_path: Path) -> None:
    settings, warehouse = Settings(), output / "warehouse.duckdb"
    folders = [folder_beside(warehouse), tmp_path]
    with open_warehouse(warehouse, settings, folders=folders) as con:
        engine = partial(open_engine, warehouse, settings, folders)
        apply = Apply(con, OutputFiles(tmp_path, 0o600), make_catalog(settings), engine)
        with pytest.raises(KeyboardInterrupt), apply:
            apply.begin(CHILDREN)
            raise KeyboardInterrupt
        with pytest.raises(CancelledError):
            apply.rows()
