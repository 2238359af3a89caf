"""What callers ask of a table is asked each time: nothing that a process learned of it is kept."""

import duckdb
import pytest
from contact_merge.engine import columns_of, count, has_rows, is_view


def test_a_table_that_changed_is_seen_so() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema raw; create table raw.contacts (id integer); insert into raw.contacts values (1)"
    )
    assert columns_of(con, "raw", "contacts") == {"id": "INTEGER"}
    assert (count(con, "raw.contacts"), has_rows(con, "raw.contacts", "id = 2")) == (1, False)

    con.execute("insert into raw.contacts values (2); alter table raw.contacts add column score double")
    assert columns_of(con, "raw", "contacts") == {"id": "INTEGER", "score": "DOUBLE"}
    assert (count(con, "raw.contacts"), has_rows(con, "raw.contacts", "id = 2")) == (2, True)

    con.execute("drop table raw.contacts; create view raw.contacts as select '2' as id where false")
    assert columns_of(con, "raw", "contacts") == {"id": "VARCHAR"}
    assert (count(con, "raw.contacts"), has_rows(con, "raw.contacts", "id = 2")) == (0, False)
    assert is_view(con, "raw", "contacts")

    con.execute("drop view raw.contacts")
    assert columns_of(con, "raw", "contacts") == {}
    assert not is_view(con, "raw", "contacts")


def test_a_table_of_another_connection_is_another_one() -> None:
    one, other = duckdb.connect(), duckdb.connect()
    for con, rows in ((one, 1), (other, 2)):
        con.execute(f"create table named as from range({rows})")

    assert (count(one, "named"), count(other, "named")) == (1, 2)


def test_a_view_whose_table_is_gone_is_no_missing_one() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema raw; create table raw.keys (id integer); create view raw.contacts as from raw.keys"
    )
    con.execute("drop table raw.keys")

    with pytest.raises(duckdb.CatalogException, match="keys"):
        columns_of(con, "raw", "contacts")
