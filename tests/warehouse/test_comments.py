"""The catalogue explains itself: every table, view and column of ledger and merged has a comment."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pipeline_endpoint import PipelineEndpoint
from story import Story

pytestmark = [pytest.mark.xdist_group("comments"), pytest.mark.long]  # its fixture is made once


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse whose columns came in two runs, with names that have to be quoted."""
    story = Story(PipelineEndpoint({}))
    kept = {"custom_fields": "{}", "updated_at": None}
    odd = {"it's": "1", 'say "hi"': "2"}
    story.load({"a": {"f": None, "tags": ["x"], **kept}, "b": {"f": "2"}}, notes="b", lists="L:b")
    story.ask("a", "b", requested_by="ops")
    story.load({"a": {"f": "1", **kept, **odd}, "c": {"f": "3"}})
    story.ask("a", "c", **{"why's that": "because"})
    path: Path = story.endpoint.output / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def test_every_table_and_view_has_a_comment(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select schema_name, table_name, comment from duckdb_tables() where schema_name = 'ledger' "
        "union all select schema_name, view_name, comment from duckdb_views() where schema_name = 'merged'"
    ).fetchall()
    assert len(found) > 15
    assert [f"{schema}.{name}" for schema, name, comment in found if not comment] == []


def test_every_column_has_a_comment(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where schema_name in ('ledger', 'merged')"
    ).fetchall()
    assert {"it's", 'say "hi"', "requested_by", "why's that"} <= {column for _, _, column, _ in found}
    assert [f"{schema}.{table}.{column}" for schema, table, column, comment in found if not comment] == []


@pytest.mark.parametrize(
    ("column", "comment"),
    [
        ("f", "Field f, folded."),
        ("it's", "Field it's, folded."),
        ("custom_fields", "JSON field custom_fields, folded key by key."),
        ("id", "System column id, of the newest row."),
        ("updated_at", "System column updated_at: the later of the newest row's own and the last merge's."),
    ],
)
def test_the_comment_of_a_contacts_column_says_what_a_merge_does_with_it(
    warehouse: duckdb.DuckDBPyConnection, column: str, comment: str
) -> None:
    shown = warehouse.execute(
        "select comment from duckdb_columns() "
        "where schema_name = 'merged' and table_name = 'contacts' and column_name = $column",
        {"column": column},
    ).fetchall()
    assert shown == [(comment,)]
