"""What requests of a batch answer: stretches, given_fields and accepted_responses; test_survivorship has after_values.

A contact at a moment is a stretch of its line: from its first place to its last one then.
"""

from datetime import UTC, datetime

import duckdb
import pytest
from contact_merge.engine import run_sql
from contact_merge.fold.state import make_responses
from fold_rows import A, B, contact_columns, make, rows

# ------------------------------------------------------------------ stretches


@pytest.fixture
def line(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """C → B (request 1), then B → A (request 2): the line of A is A, B, C."""
    make(
        con,
        "component_line",
        "contact_key text, n int, owner int, position int, root int, membership_position int",
    )
    con.execute(
        "insert into component_line values ('A', 0, 0, 0, 0, 0), ('B', 1, 0, 1, 0, 1), ('C', 2, 0, 2, 0, 2)"
    )
    make(
        con,
        "edges_frame",
        'p int, seq int, "left" int, "right" int, membership_root int, membership_extent int',
        (B, 1, 0, 1, B, 1),
        (A, 2, 0, 2, A, 2),
    )
    make(con, "imports_frame", "root int, membership_extent int")
    make(con, "accepted_contacts", "seq int, ord int, contact_key text")
    make(con, "ordered_requests", "seq int, dry_run bool, overwrite bool")
    return con


def stretches(
    con: duckdb.DuckDBPyConnection, seq: int, contacts: str, *, overwrite: bool = False, dry_run: bool = False
) -> list[tuple]:
    """The stretches of a request that names contacts, the primary first: place in the request, contact, first and last
    place, first and last place in the line of memberships.
    """
    con.execute(
        "insert into ordered_requests values ($seq, $dry, $over)",
        {"seq": seq, "dry": dry_run, "over": overwrite},
    )
    for place, letter in enumerate(contacts):
        con.execute(
            "insert into accepted_contacts values ($seq, $ord, $key)",
            {"seq": seq, "ord": place, "key": letter},
        )
    run_sql(con, "fold/stretches")
    places = "ord, contact_key, first_position, last_position, first_membership, last_membership"
    return rows(con, "stretches", places)


def test_before_the_first_request_each_contact_is_one_place(line: duckdb.DuckDBPyConnection) -> None:
    assert stretches(line, 1, "BC") == [(0, "B", 1, 1, 1, 1), (1, "C", 2, 2, 2, 2)]


def test_a_duplicate_brings_what_was_merged_into_it_before(line: duckdb.DuckDBPyConnection) -> None:
    """Request 2, B → A: B was B, C then, and its last merge was request 1. A was A alone."""
    assert stretches(line, 2, "AB") == [(0, "A", 0, 0, 0, 0), (1, "B", 1, 2, 1, 2)]
    assert rows(line, "stretches", "ord, last_seq, turn, dry_run") == [(0, None, 0, False), (1, 1, 1, False)]


def test_a_later_request_sees_all_merges_before_it(line: duckdb.DuckDBPyConnection) -> None:
    """Request 3 previews D → A. D stands alone, in a line of its own."""
    line.execute("insert into component_line values ('D', 3, 3, 0, 3, 0)")
    assert stretches(line, 3, "AD", dry_run=True) == [(0, "A", 0, 2, 0, 2), (1, "D", 0, 0, 0, 0)]
    assert rows(line, "stretches", "ord, dry_run") == [(0, True), (1, True)]


def test_with_overwrite_the_primary_comes_last(line: duckdb.DuckDBPyConnection) -> None:
    """Duplicates count in listed order, then the primary: at most 20 are before it."""
    stretches(line, 1, "BC", overwrite=True)
    assert rows(line, "stretches", "contact_key, turn") == [("B", 1_000_000), ("C", 1)]


def test_what_an_imported_pointer_brought_counts_in_the_line_of_memberships(
    line: duckdb.DuckDBPyConnection,
) -> None:
    """D came with a pointer to C: its children are C's, its values are not."""
    line.execute("insert into imports_frame values (2, 1)")
    assert stretches(line, 1, "BC") == [(0, "B", 1, 1, 1, 1), (1, "C", 2, 2, 2, 3)]


# ------------------------------------------------------------------ given_fields

AFTER = "seq int, giver_0 int, giver_1 int"  # phone, fax


def given_fields(con: duckdb.DuckDBPyConnection, after: tuple, *json_keys: tuple) -> list[tuple]:
    """Which fields the duplicates B and C of request 1 gave: phone, fax and keys of extra, a JSON field."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, fax text, extra text")
    make(con, "stretches", "seq int, ord int", (1, 0), (1, 1), (1, 2))
    make(con, "after_values", AFTER, (1, *after))
    make(con, "json_given", "i int, seq int, ord int, keys text[]", *json_keys)
    run_sql(con, "fold/given_fields", **contact_columns(con, ["extra"]).variables())
    return rows(con, "given_fields")


def test_each_duplicate_has_the_fields_that_it_gave(con: duckdb.DuckDBPyConnection) -> None:
    """The phone came from C, the fax from B. B gave a key of extra as well."""
    found = given_fields(con, (2, 1), (2, 1, 1, ["extra.tier"]))
    assert found == [(1, 1, ["fax", "extra.tier"]), (1, 2, ["phone"])]


def test_fields_that_nobody_populated_are_given_by_nobody(con: duckdb.DuckDBPyConnection) -> None:
    assert given_fields(con, (None, 1)) == [(1, 1, ["fax"]), (1, 2, [])]


# ------------------------------------------------------------------ accepted_responses


@pytest.fixture
def accepted(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Contacts have id, phone, extra (a JSON field) and updated_at. A's row: no phone, extra {}, of 1 January.

    A was merged into by request 1, in the batch of 1 February. This batch is of 1 March.
    """
    contact = "_cm_key text, id text, phone text, extra text, updated_at text"
    make(con, "raw.contacts", contact)
    make(con, "component_rows", contact, ("A", "A", None, "{}", "2026-01-01"))
    make(con, "stretches", "seq int, contact_key text, ord int, last_seq int")
    make(con, "component_merges", "seq int, batch_no int", (1, 1))
    make(con, "ledger.batches", "batch_no int, as_of timestamptz", (1, "2026-02-01"))
    make(con, "after_values_0", "seq int, after_0 text, giver_0 int")
    make(con, "json_after", "seq int, known bool, value_1 text, is_object_1 bool, keys_1 text[]")
    return con


def accepted_responses(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    make_responses(con, contact_columns(con, ["extra"]), datetime(2026, 3, 1, tzinfo=UTC))
    return rows(con, "accepted_responses")


def test_a_response_has_the_primary_after_the_merge(accepted: duckdb.DuckDBPyConnection) -> None:
    """B → A: phone 2 and a key of extra came from B. Objects stand in the response as they are, 1.10 and all."""
    accepted.execute("insert into stretches values (2, 'A', 0, 1), (2, 'B', 1, null)")
    accepted.execute("insert into after_values_0 values (2, '2', 1)")
    accepted.execute("""insert into json_after values (2, true, '{"x": 1.10}', true, ['extra.x'])""")
    primary = '{"id":"A","phone":"2","extra":{"x": 1.10},"updated_at":"2026-03-01T00:00:00Z"}'
    assert accepted_responses(accepted) == [(2, ["phone", "extra.x"], primary)]


def test_an_equal_value_populates_nothing_and_text_stays_text(accepted: duckdb.DuckDBPyConnection) -> None:
    """B → A with overwrite, equal phones. A's extra is no JSON object: it comes as the text that it is."""
    accepted.execute("insert into stretches values (2, 'A', 0, null), (2, 'B', 1, null)")
    accepted.execute("insert into after_values_0 values (2, '1', null)")
    accepted.execute("insert into json_after values (2, true, 'gold', false, [])")
    primary = '{"id":"A","phone":"1","extra":"gold","updated_at":"2026-03-01T00:00:00Z"}'
    assert accepted_responses(accepted) == [(2, [], primary)]


@pytest.mark.parametrize(
    ("last_seq", "updated_at"),
    [(None, "2026-01-01"), (1, "2026-02-01T00:00:00Z")],
    ids=["never merged into", "merged into before"],
)
def test_a_response_that_merged_nobody_keeps_the_time(
    accepted: duckdb.DuckDBPyConnection, last_seq: int | None, updated_at: str
) -> None:
    """Under follow the only duplicate was A itself: nothing was merged, so the time is that of A's last merge or its row's."""
    accepted.execute("insert into stretches values (2, 'A', 0, $last)", {"last": last_seq})
    accepted.execute("insert into after_values_0 values (2, null, null)")
    accepted.execute("insert into json_after values (2, true, '{}', true, [])")
    primary = f'{{"id":"A","phone":null,"extra":{{}},"updated_at":"{updated_at}"}}'
    assert accepted_responses(accepted) == [(2, [], primary)]
