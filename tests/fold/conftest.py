"""What the tests of sql/fold share: an empty database."""

from collections.abc import Iterator

import duckdb
import pytest


@pytest.fixture(scope="session")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the schemas of a warehouse; to open one for each test would take longer than the test."""
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("set global TimeZone = 'UTC'")
        for schema in ("raw", "ledger", "fold"):
            opened.execute(f"create schema {schema}")
        yield opened


@pytest.fixture
def con(database: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to it that finds nothing in these schemas, and leaves nothing."""
    with database.cursor() as connection:
        connection.begin()
        yield connection
        connection.rollback()
