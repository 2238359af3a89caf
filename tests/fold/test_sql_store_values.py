"""What a survivor is in the end: store_values, into fold.survivors and fold.overrides."""

import duckdb
import pytest
from contact_merge.engine import run_sql
from contact_merge.fold.state import store_values
from fold_rows import A, B, C, contact_columns, make, rows

BATCH_TIME = "2026-03-01T00:00:00Z"


@pytest.fixture
def folded(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """C → B, then B → A, both in batch 1 of 1 March: the line of A is A, B, C. Each test says what its places hold.

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
    make(con, "place_values", "contact_key text, owner int, position int, overridden bool, value_0 text")
    for table in ("survivors", "overrides"):
        run_sql(con, f"fold/{table}", **contact_columns(con, ["extra"]).variables())
    return con


def survivors(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Contact, batch of the last merge, whether its row changed since, phone, extra, updated_at."""
    store_values(con, contact_columns(con, ["extra"]))
    return rows(con, "fold.survivors")


def test_a_survivor_has_the_first_value_along_its_line(folded: duckdb.DuckDBPyConnection) -> None:
    """A is empty, B has phone 2, C phone 3. B was retired, so it is no survivor."""
    folded.execute(
        "insert into place_values values ('A', 0, 0, false, null), ('B', 0, 1, false, '2'), ('C', 0, 2, false, '3')"
    )
    folded.execute("""insert into json_survivors values (0, true, '{"tier": 1}')""")
    assert survivors(folded) == [("A", 1, False, "2", '{"tier": 1}', BATCH_TIME)]
    assert rows(folded, "fold.overrides") == []


def test_a_place_before_the_survivor_counts_first(folded: duckdb.DuckDBPyConnection) -> None:
    """B and C overwrote: they stand before A, at -2 and -1."""
    folded.execute(
        "insert into place_values values ('A', 0, 0, false, '1'), ('B', 0, -2, false, null), ('C', 0, -1, false, '3')"
    )
    assert survivors(folded) == [("A", 1, False, "3", "{}", BATCH_TIME)]


def test_an_empty_field_is_spelled_as_the_newest_row_spells_it(folded: duckdb.DuckDBPyConnection) -> None:
    """All phones are empty. A's row has a blank one. Its extra was not folded, so it stays too."""
    folded.execute("insert into place_values values ('A', 0, 0, false, null), ('B', 0, 1, false, null)")
    assert survivors(folded) == [("A", 1, False, " ", "{}", BATCH_TIME)]


def test_an_edit_is_kept_beside_the_ledger(folded: duckdb.DuckDBPyConnection) -> None:
    """A's phone was edited to 9 since the last merge, so B's place holds nothing any more. C has a place without an edit."""
    folded.execute("insert into changed_owners values (0)")
    folded.execute(
        "insert into place_values values ('A', 0, 0, true, '9'), ('B', 0, 1, true, null), ('C', 0, 2, false, '3')"
    )
    assert survivors(folded) == [("A", 1, True, "9", "{}", BATCH_TIME)]
    assert rows(folded, "fold.overrides") == [("A", "9"), ("B", None)]


def test_a_survivor_that_contacts_lost_keeps_its_values(folded: duckdb.DuckDBPyConnection) -> None:
    """It is no contact any more, but if it appears again it has its merges. Its row counts as changed."""
    folded.execute("delete from component_rows")
    folded.execute("insert into place_values values ('A', 0, 0, false, '1'), ('B', 0, 1, false, '2')")
    assert survivors(folded) == [("A", 1, True, "1", None, BATCH_TIME)]


def test_an_undone_merge_leaves_no_survivor_and_no_override(folded: duckdb.DuckDBPyConnection) -> None:
    """Both merges were undone. E is of another component and stays."""
    folded.execute("delete from component_merges")
    folded.execute("insert into place_values values ('A', 0, 0, false, '1'), ('B', 1, 0, false, '2')")
    folded.execute(
        "insert into fold.survivors values ('A', 1, true, '9', null, null), ('E', 1, false, '5', null, null)"
    )
    folded.execute("insert into fold.overrides values ('A', '9'), ('B', null), ('E', '5')")
    assert survivors(folded) == [("E", 1, False, "5", None, None)]
    assert rows(folded, "fold.overrides") == [("E", "5")]


def test_one_of_two_merges_undone_leaves_the_other_survivor(folded: duckdb.DuckDBPyConnection) -> None:
    """B → A was undone, C → B was not: B is the survivor. Contacts lost its row."""
    folded.execute("delete from component_merges where p = 0")
    folded.execute("insert into place_values values ('B', 1, 0, false, null), ('C', 1, 1, false, '3')")
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
    folded.execute("insert into place_values values ('A', 0, 0, false, '1')")
    survivors(folded)
    assert rows(folded, "fold.survivors", "_cm_key, cast(updated_at as text)") == [("A", after)]
