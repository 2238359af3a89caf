"""Which contacts a batch, a load, an undo or a rebuild affects: affected_by_batch, _load, _undo and affected_ever."""

import duckdb
import pytest
from contact_merge.engine import run_sql
from fold_rows import contact_columns, make, rows

IMPORTS = "contact_key text, target_key text"
MERGES = "primary_key text, retired_key text"
REDIRECTS = (
    "retired_key text, retired_id text, target_key text, primary_id text, "
    "survivor_key text, survivor_id text, is_contact bool"
)


# ------------------------------------------------------------------ affected_by_batch


def test_a_batch_affects_each_contact_that_its_requests_name_once(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 is B → A, request 2 is C → A: A, B and C."""
    make(con, "accepted_contacts", "seq int, contact_key text", (1, "A"), (1, "B"), (2, "A"), (2, "C"))
    run_sql(con, "fold/affected_by_batch")
    assert rows(con, "affected") == [("A",), ("B",), ("C",)]


def test_a_batch_without_an_accepted_request_affects_nobody(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "accepted_contacts", "seq int, contact_key text")
    run_sql(con, "fold/affected_by_batch")
    assert rows(con, "affected") == []


# ------------------------------------------------------------------ affected_by_undo


def test_an_undo_affects_both_sides_of_its_merges(con: duckdb.DuckDBPyConnection) -> None:
    """B → A and C → A are undone. The merge D → E is not, so D and E are not affected."""
    make(con, "chosen_reversals", MERGES, ("A", "B"), ("A", "C"))
    make(con, "ledger.imports", IMPORTS, ("D", "E"))
    run_sql(con, "fold/affected_by_undo")
    assert rows(con, "affected") == [("A",), ("B",), ("C",)]


def test_an_undo_affects_where_a_pointer_leads_that_counts_again(con: duckdb.DuckDBPyConnection) -> None:
    """B came with a pointer to C and was merged into A. Undone, B goes to C again."""
    make(con, "chosen_reversals", MERGES, ("A", "B"))
    make(con, "ledger.imports", IMPORTS, ("B", "C"))
    run_sql(con, "fold/affected_by_undo")
    assert rows(con, "affected") == [("A",), ("B",), ("C",)]


def test_an_emptied_pointer_leads_an_undo_nowhere(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "chosen_reversals", MERGES, ("A", "B"))
    make(con, "ledger.imports", IMPORTS, ("B", None))
    run_sql(con, "fold/affected_by_undo")
    assert rows(con, "affected") == [("A",), ("B",)]


# ------------------------------------------------------------------ affected_ever


def test_a_rebuild_affects_all_that_the_ledger_names(con: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged (undone or not), C pointed to D, E once had a pointer that was emptied."""
    make(con, "ledger.merges", MERGES, ("A", "B"), ("A", "B"))
    make(con, "ledger.imports", IMPORTS, ("C", "D"), ("E", None))
    run_sql(con, "fold/affected_ever")
    assert rows(con, "affected") == [("A",), ("B",), ("C",), ("D",), ("E",)]


# ------------------------------------------------------------------ affected_by_load


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Empty tables that each test fills where it says so; a contact has a key, an id and a phone."""
    make(con, "new_imports", IMPORTS)
    make(con, "raw.contacts", "_cm_key text, id text, phone text")
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text, phone text")
    make(con, "fold.survivors", "_cm_key text, _cm_batch int, _cm_changed bool")
    make(con, "fold.redirects", REDIRECTS)
    make(con, "fold.line", "contact_key text")
    return con


def affected_by_load(con: duckdb.DuckDBPyConnection, *, fold_all: bool = False) -> list[tuple[str]]:
    run_sql(con, "fold/affected_by_load", fold_all=fold_all, columns=contact_columns(con, []).columns)
    return rows(con, "affected")


def test_a_load_that_changed_nothing_affects_nobody(load: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged. The new export has the same row of A, and B's is gone."""
    load.execute("insert into raw.contacts values ('A', 'A', '1')")
    load.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1'), ('B', 1, 'B', '2')")
    load.execute("insert into fold.survivors values ('A', 1, false)")
    load.execute("insert into fold.redirects values ('B', 'B', 'A', 'A', 'A', 'A', true)")
    load.execute("insert into fold.line values ('A'), ('B')")
    assert affected_by_load(load) == []


def test_a_pointer_that_turned_affects_its_contact_and_both_its_ends(load: duckdb.DuckDBPyConnection) -> None:
    """B pointed to A and points to C now."""
    load.execute("insert into new_imports values ('B', 'C')")
    load.execute("insert into fold.redirects values ('B', 'B', 'A', 'A', 'A', 'A', true)")
    assert affected_by_load(load) == [("A",), ("B",), ("C",)]


def test_an_emptied_pointer_affects_its_contact_and_where_it_led(load: duckdb.DuckDBPyConnection) -> None:
    load.execute("insert into new_imports values ('B', null)")
    load.execute("insert into fold.redirects values ('B', 'B', 'A', 'A', 'A', 'A', true)")
    assert affected_by_load(load) == [("A",), ("B",)]


@pytest.mark.parametrize("phone", ["2", "", None], ids=["changed", "blank", "emptied"])
def test_a_survivor_whose_row_changed_is_affected(load: duckdb.DuckDBPyConnection, phone: str | None) -> None:
    """The last merge used A with phone 1."""
    load.execute("insert into raw.contacts values ('A', 'A', $phone)", {"phone": phone})
    load.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1')")
    load.execute("insert into fold.survivors values ('A', 1, false)")
    assert affected_by_load(load) == [("A",)]


def test_a_survivor_whose_row_is_as_it_was_again_is_affected(load: duckdb.DuckDBPyConnection) -> None:
    """A had changed before this load. Now its row is the one that the last merge used: the edit is gone."""
    load.execute("insert into raw.contacts values ('A', 'A', '1')")
    load.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1')")
    load.execute("insert into fold.survivors values ('A', 1, true)")
    assert affected_by_load(load) == [("A",)]


def test_a_survivor_is_compared_with_the_row_of_its_last_merge(load: duckdb.DuckDBPyConnection) -> None:
    """A's last merge was in batch 2 and used the row of batch 1. The row that batch 3 kept does not count."""
    load.execute("insert into raw.contacts values ('A', 'A', '1')")
    load.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1'), ('A', 3, 'A', '3')")
    load.execute("insert into fold.survivors values ('A', 2, false)")
    assert affected_by_load(load) == []


def test_a_survivor_that_the_export_no_longer_holds_is_affected(load: duckdb.DuckDBPyConnection) -> None:
    load.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1')")
    load.execute("insert into fold.survivors values ('A', 1, false)")
    assert affected_by_load(load) == [("A",)]


@pytest.mark.parametrize("respelled", ["A", "B"])
def test_a_redirect_is_affected_when_a_contact_of_it_is_spelled_otherwise(
    load: duckdb.DuckDBPyConnection, respelled: str
) -> None:
    """B → A. Contacts spell A as a now, or B as b: the redirect of B has to be written again."""
    load.execute("insert into raw.contacts values ($key, lower($key), null)", {"key": respelled})
    load.execute("insert into fold.redirects values ('B', 'B', 'A', 'A', 'A', 'A', true)")
    assert affected_by_load(load) == [("B",)]


def test_a_pointer_to_nobody_is_affected_when_that_contact_appears(load: duckdb.DuckDBPyConnection) -> None:
    """B pointed to A, which no export held. Now one does."""
    load.execute("insert into raw.contacts values ('A', 'A', null)")
    load.execute("insert into fold.redirects values ('B', 'B', 'A', 'A', 'A', 'A', false)")
    assert affected_by_load(load) == [("B",)]


def test_all_lines_are_affected_where_everything_is_to_be_folded_again(
    load: duckdb.DuckDBPyConnection,
) -> None:
    load.execute("insert into fold.line values ('A'), ('B')")
    assert affected_by_load(load, fold_all=True) == [("A",), ("B",)]
