"""The tables of fold that only have columns, and a test for each file.

line, redirects, idle_pointers, id_spellings, kept and conflicts are made once. survivors follows the columns of contacts, and is
made again when these change.
"""

import re
from pathlib import Path

import contact_merge.fold.survivorship
import duckdb
import pytest
from contact_merge.engine import columns_of, run_sql, sql_folder
from contact_merge.fold.state import STORED_LINE
from contact_merge.schema import FOLDED, make_survivors
from fold_rows import contact_columns, make, rows

AN_ID = "00000000-0000-4000-8000-00000000000a"


@pytest.mark.parametrize("table", FOLDED)
def test_a_table_is_made_once(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """A second time its rows stay. Each column says what it is."""
    run_sql(con, f"fold/{table}", key_type="UUID")
    assert rows(con, f"fold.{table}") == []
    columns = columns_of(con, "fold", table)
    kinds = {"UUID": AN_ID, "BOOLEAN": "true", "TIMESTAMP WITH TIME ZONE": "2026-03-01"}
    values = [kinds.get(kind, "1") for kind in columns.values()]
    con.execute(f"insert into fold.{table} values ({', '.join('?' * len(values))})", values)
    run_sql(con, f"fold/{table}", key_type="UUID")
    assert len(rows(con, f"fold.{table}", next(iter(columns)))) == 1
    uncommented = (
        "select column_name from duckdb_columns() "
        "where schema_name = 'fold' and table_name = $table and comment is null"
    )
    assert con.execute(uncommented, {"table": table}).fetchall() == []


def test_survivors_follow_the_columns_of_contacts(con: duckdb.DuckDBPyConnection) -> None:
    """Contacts have a phone, an extra (a JSON field) and updated_at. Later they have a fax alone."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, extra text, updated_at date")
    con.execute("insert into raw.contacts values ('A', 'A', '1', '{}', '2026-03-01')")
    make_survivors(con, contact_columns(con, ["extra"]))
    assert rows(con, "fold.survivors") == []
    assert list(columns_of(con, "fold", "survivors")) == [
        "_cm_key", "_cm_batch", "_cm_changed", "phone", "extra", "updated_at",
    ]  # fmt: skip
    con.execute("insert into fold.survivors values ('A', 1, false, '1', '{}', '2026-03-01')")
    con.execute("create or replace table raw.contacts (_cm_key text, id text, fax int)")
    make_survivors(con, contact_columns(con, []))
    assert rows(con, "fold.survivors") == []
    assert list(columns_of(con, "fold", "survivors").items())[3:] == [("fax", "INTEGER")]


def test_each_file_has_a_test() -> None:
    """_values holds predicates that other files use: test_sql_place_values has their edges."""
    # these are run in loops, here and in test_sql_json_tables
    run = {*FOLDED, "survivors", "json_after", "json_given", "json_survivors"}
    # these by functions that test_sql_line, test_sql_stretches, test_sql_moved and test_survivorship call
    run |= {*STORED_LINE, "responses", "accepted_responses", "moved"}
    survivorship = Path(contact_merge.fold.survivorship.__file__).read_text("utf-8")
    run |= set(re.findall(r'"fold/(\w+)"', survivorship))
    for file in Path(__file__).parent.glob("test_sql_*.py"):
        run |= set(re.findall(r'run_sql\(\w+, "fold/(\w+)"', file.read_text("utf-8")))
    files = {file.stem for file in (sql_folder() / "fold").glob("*.sql")}
    assert files - run == {"_values"}
    assert run - files == set()
