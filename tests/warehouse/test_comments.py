"""The catalogue explains itself: every table, view and column has a comment, after whatever command."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from contact_merge.pipeline import rebuild
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET, PipelineEndpoint
from story import Story, key

pytestmark = [pytest.mark.xdist_group("comments"), pytest.mark.long]  # its fixture is made once


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse whose columns came in two runs, with names that have to be quoted; then an undo, an upsert and a rebuild."""
    story = Story(PipelineEndpoint({}))
    kept = {"custom_fields": "{}", "updated_at": None}
    odd = {"it's": "1", 'say "hi"': "2"}
    story.load({"a": {"f": None, "tags": ["x"], **kept}, "b": {"f": "2"}}, notes="b", lists="L:b")
    story.ask("a", "b", requested_by="ops")
    story.load({"a": {"f": "1", **kept, **odd}, "c": {"f": "3"}})
    story.ask("a", "c", **{"why's that": "because"})
    story.load({"a": {"f": "1", **kept, **odd}}, keys=[key()])
    story.undo("r2")
    story.load({"a": {"f": "2"}, "d": {"new": 1}}, modes={"contacts": "upsert"}, notes="d", lists="M:d")
    assert story.live() == "acd"
    path: Path = story.endpoint.output / "warehouse.duckdb"
    rebuild(path, story.endpoint.output, events=False, settings=Settings(), progress=QUIET)
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def test_every_table_and_view_has_a_comment(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select schema_name, table_name, comment from duckdb_tables() "
        "union all select schema_name, view_name, comment from duckdb_views() where not internal"
    ).fetchall()
    names = {f"{schema}.{name}" for schema, name, _ in found}
    assert {"raw.contacts", "raw._cm_loaded_contacts", "raw.rejects", "raw.api_keys", "raw.tasks"} <= names
    assert {"ledger.restored", "fold.kept", "fold.survivors", "merged.events"} <= names
    assert [f"{schema}.{name}" for schema, name, comment in found if not comment] == []


def test_every_column_has_a_comment(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() where not internal"
    ).fetchall()
    columns = {(f"{schema}.{table}", column) for schema, table, column, _ in found}
    assert {"it's", 'say "hi"', "requested_by", "why's that"} <= {column for _, column in columns}
    shown = [("raw.contacts", 'say "hi"'), ("raw._cm_loaded_contacts", "new"), ("fold.survivors", "it's")]
    assert {*shown, ("raw.notes", "_cm_contact_key"), ("raw.list_memberships", "row")} <= columns
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
