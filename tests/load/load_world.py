"""A folder to write tables into and a warehouse to load them into, for the tests of the load room.

Each test file takes the fixture as `world = empty_world`. This is no conftest, for Python knows only one module of
that name, and other tests import from theirs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.console import Progress
from contact_merge.engine import columns_of, transaction
from contact_merge.load import LoadReport, find_inputs, load_inputs, table_sources
from contact_merge.schema import prepare
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse


def uid(number: int) -> str:
    """A UUID in its ordinary spelling."""
    return f"0000000a-000b-400c-800d-{number:012x}"


class World:
    """One input folder and one warehouse; each `load` is a run's load in a transaction of its own."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file of the input folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def parquet(self, name: str, table: pa.Table | Mapping[str, Sequence[Any]], **options: Any) -> Path:
        """Write one Parquet file of the input folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table if isinstance(table, pa.Table) else pa.table(dict(table)), path, **options)
        return path

    def json_lines(self, name: str, *rows: Mapping[str, Any] | str) -> Path:
        """Write one JSON-lines file; a row that is text stands in it as it is."""
        return self.write(
            name, "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        )

    def load(self, **settings: Any) -> LoadReport:
        """Load the folder."""
        with transaction(self.con):
            catalog = make_catalog(Settings(**settings))
            inputs = find_inputs(self.folder, table_sources(catalog, Settings(**settings).load))
            return load_inputs(self.con, inputs, Settings(**settings), catalog, Progress(quiet=True))

    def rows(self, query: str) -> list[Any]:
        """The rows of a query; of one column, its values."""
        rows = self.con.execute(query).fetchall()
        return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows

    def types(self, table: str) -> dict[str, str]:
        """The user's columns of a raw table with their types."""
        return {n: t for n, t in columns_of(self.con, "raw", table).items() if not n.startswith("_cm_")}

    def rejects(self) -> list[tuple[str, int, str]]:
        """File, row number and reason of each reject."""
        return self.con.execute("select file, row_number, reason from raw.rejects order by all").fetchall()


@cache
def _prepared() -> bytes:
    """A warehouse with nothing loaded: to make it takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "warehouse.duckdb")
        with open_warehouse(path, Settings()) as con:
            prepare(con, make_catalog(Settings()))
        return path.read_bytes()


@contextmanager
def make_world(place: Path) -> Iterator[World]:
    """A world in a folder of its own, for a test that compares two."""
    folder = place / "in"
    folder.mkdir(parents=True)
    warehouse = place / "warehouse.duckdb"
    warehouse.write_bytes(_prepared())
    with open_warehouse(warehouse, Settings(), folders=[place]) as con:
        yield World(con, folder)


@pytest.fixture
def empty_world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as world:
        yield world
