"""The tables of fold that only have columns, and a test for each file.

line, redirects, idle_pointers, id_spellings, json_provenance and json_conflicts are made once. survivors and overrides follow
the columns of contacts, and are made again when these change.
"""

import re
from pathlib import Path

import duckdb
import pytest
from contact_merge.engine import columns_of, run_sql, sql_folder
from contact_merge.fold.state import STORED_LINE, STORED_VALUES
from contact_merge.schema import FOLDED, FOLDED_VALUES
from fold_rows import contact_columns, make, rows

AN_ID = "00000000-0000-4000-8000-00000000000a"


@pytest.mark.parametrize("table", FOLDED)
def test_a_table_is_made_once(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """A second time its rows stay. Each column says what it is."""
    run_sql(con, f"fold/{table}")
    assert rows(con, f"fold.{table}") == []
    columns = columns_of(con, "fold", table)
    kinds = {"UUID": AN_ID, "BOOLEAN": "true", "TIMESTAMP WITH TIME ZONE": "2026-03-01"}
    values = [kinds.get(kind, "1") for kind in columns.values()]
    con.execute(f"insert into fold.{table} values ({', '.join('?' * len(values))})", values)
    run_sql(con, f"fold/{table}")
    assert len(rows(con, f"fold.{table}", next(iter(columns)))) == 1
    uncommented = (
        "select column_name from duckdb_columns() "
        "where schema_name = 'fold' and table_name = $table and comment is null"
    )
    assert con.execute(uncommented, {"table": table}).fetchall() == []


def test_tables_of_values_follow_the_columns_of_contacts(con: duckdb.DuckDBPyConnection) -> None:
    """Contacts have a phone, an extra (a JSON field, not folded in SQL) and updated_at. Later they have a fax alone."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, extra text, updated_at date")
    con.execute("insert into raw.contacts values ('A', 'A', '1', '{}', '2026-03-01')")
    for table in FOLDED_VALUES:
        run_sql(con, f"fold/{table}", **contact_columns(con, ["extra"]).variables())
        assert rows(con, f"fold.{table}") == []
    assert list(columns_of(con, "fold", "survivors")) == [
        "_cm_key", "_cm_batch", "_cm_changed", "phone", "extra", "updated_at",
    ]  # fmt: skip
    assert list(columns_of(con, "fold", "overrides")) == ["_cm_key", "phone"]
    con.execute("insert into fold.overrides values ('A', '1')")
    con.execute("create or replace table raw.contacts (_cm_key text, id text, fax int)")
    for table in FOLDED_VALUES:
        run_sql(con, f"fold/{table}", **contact_columns(con, []).variables())
        assert rows(con, f"fold.{table}") == []
    assert columns_of(con, "fold", "overrides") == {"_cm_key": "VARCHAR", "fax": "INTEGER"}


def test_each_file_has_a_test() -> None:
    """_values holds predicates that other files use: test_sql_place_values has their edges."""
    # these are run in loops, here and in test_sql_json_tables
    run = {*FOLDED, *FOLDED_VALUES, "json_after", "json_given", "json_survivors"}
    # these by functions that test_sql_line, test_sql_store_values and test_sql_stretches call
    run |= {
        *STORED_LINE,
        *STORED_VALUES,
        "after_values_of_group",
        "after_values",
        "responses",
        "accepted_responses",
    }
    for file in Path(__file__).parent.glob("test_sql_*.py"):
        run |= set(re.findall(r'run_sql\(\w+, "fold/(\w+)"', file.read_text("utf-8")))
    files = {file.stem for file in (sql_folder() / "fold").glob("*.sql")}
    assert files - run == {"_values"}
    assert run - files == set()
