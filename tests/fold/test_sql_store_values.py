"""What a survivor is in the end: store_survivors, into fold.survivors."""

import duckdb
import pytest
from contact_merge.engine import run_sql
from contact_merge.schema import make_survivors
from fold_rows import A, B, C, contact_columns, make, rows

BATCH_TIME = "2026-03-01T00:00:00Z"


@pytest.fixture
def folded(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """C → B, then B → A, both in batch 1 of 1 March: the line of A is A, B, C. Each test says which phone won.

    Contacts have id, phone, extra (a JSON field) and updated_at. A's row: phone blank, extra {}, of 1 January.
    """
    contact = "_cm_key text, id text, phone text, extra text, updated_at text"
    make(con, "raw.contacts", contact)
    make(con, "component_rows", contact, ("A", "A", " ", "{}", "2026-01-01"))
    make(con, "component", "contact_key text", ("A",), ("B",), ("C",))
    make(con, "component_line", "n int, contact_key text", (A, "A"), (B, "B"), (C, "C"))
    make(con, "component_merges", "p int, d int, batch_no int", (B, C, 1), (A, B, 1))
    make(con, "ledger.batches", "batch_no int, as_of timestamptz", (1, BATCH_TIME))
    make(con, "changed_owners", "n int")
    make(con, "json_survivors", "n int, known bool, value_1 text")
    make(con, "survivor_values_0", "n int, value_0 text")
    make_survivors(con, contact_columns(con, ["extra"]))
    return con


def survivors(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Contact, batch of the last merge, whether its row changed since, phone, extra, updated_at."""
    run_sql(con, "fold/store_survivors", groups=[0], **contact_columns(con, ["extra"]).variables())
    return rows(con, "fold.survivors")


def test_a_survivor_has_the_values_that_won(folded: duckdb.DuckDBPyConnection) -> None:
    """B was retired, so it is no survivor."""
    folded.execute("insert into survivor_values_0 values (0, '2')")
    folded.execute("""insert into json_survivors values (0, true, '{"tier": 1}')""")
    assert survivors(folded) == [("A", 1, False, "2", '{"tier": 1}', BATCH_TIME)]


def test_an_empty_field_is_spelled_as_the_newest_row_spells_it(folded: duckdb.DuckDBPyConnection) -> None:
    """All phones are empty. A's row has a blank one. Its extra was not folded, so it stays too."""
    folded.execute("insert into survivor_values_0 values (0, null)")
    assert survivors(folded) == [("A", 1, False, " ", "{}", BATCH_TIME)]


def test_a_survivor_says_that_its_row_changed(folded: duckdb.DuckDBPyConnection) -> None:
    """Since its last merge."""
    folded.execute("insert into changed_owners values (0)")
    folded.execute("insert into survivor_values_0 values (0, '9')")
    assert survivors(folded) == [("A", 1, True, "9", "{}", BATCH_TIME)]


def test_a_survivor_that_contacts_lost_keeps_its_values(folded: duckdb.DuckDBPyConnection) -> None:
    """It is no contact any more, but if it appears again it has its merges. Its row counts as changed."""
    folded.execute("delete from component_rows")
    folded.execute("insert into survivor_values_0 values (0, '1')")
    assert survivors(folded) == [("A", 1, True, "1", None, BATCH_TIME)]


def test_an_undone_merge_leaves_no_survivor(folded: duckdb.DuckDBPyConnection) -> None:
    """Both merges were undone. E is of another component and stays."""
    folded.execute("delete from component_merges")
    folded.execute(
        "insert into fold.survivors values ('A', 1, true, '9', null, null), ('E', 1, false, '5', null, null)"
    )
    assert survivors(folded) == [("E", 1, False, "5", None, None)]


def test_one_of_two_merges_undone_leaves_the_other_survivor(folded: duckdb.DuckDBPyConnection) -> None:
    """B → A was undone, C → B was not: B is the survivor. Contacts lost its row."""
    folded.execute("delete from component_merges where p = 0")
    folded.execute("insert into survivor_values_0 values (1, '3')")
    assert survivors(folded) == [("B", 1, True, "3", None, BATCH_TIME)]


@pytest.mark.parametrize(
    ("type_", "own", "after"),
    [
        ("text", "2026-01-01", BATCH_TIME),
        ("text", "2026-04-01", "2026-04-01"),
        ("text", "yesterday", BATCH_TIME),
        ("text", None, BATCH_TIME),
        ("date", "2026-01-01", "2026-03-01"),
        ("date", "2026-04-01", "2026-04-01"),
        ("date", None, "2026-03-01"),
        ("timestamp", "2026-01-01", "2026-03-01 00:00:00"),
        ("timestamp", "2026-04-01", "2026-04-01 00:00:00"),
        ("timestamptz", "2026-01-01", "2026-03-01 00:00:00+00"),
        ("int", 7, "7"),
    ],
)
def test_the_time_of_a_survivor_is_the_later_one(
    folded: duckdb.DuckDBPyConnection, type_: str, own: str | int | None, after: str
) -> None:
    """Of its row's own and that of its last merge, 1 March, in the column's type. A number is no time, and stays."""
    for table in ("raw.contacts", "component_rows", "fold.survivors"):
        folded.execute(f"alter table {table} alter updated_at type {type_} using null")
    folded.execute("update component_rows set updated_at = $own", {"own": own})
    folded.execute("insert into survivor_values_0 values (0, '1')")
    survivors(folded)
    assert rows(folded, "fold.survivors", "_cm_key, cast(updated_at as text)") == [("A", after)]
