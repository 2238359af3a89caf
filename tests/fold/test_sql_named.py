"""Rows that name several contacts, and children of which one contact has several rows that are alike: how many of them move.

keys_named, component_named, previewed_repeats, counted, empty_rows, component_lists, and all of them by `count_moved`.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import polars as pl
import pytest
from contact_merge.catalog import Child, Reference
from contact_merge.engine import run_sql
from contact_merge.fold.counts import count_moved
from contact_merge.fold.lines import draw_lines
from contact_merge.loaded import loaded
from fold_rows import A, B, C, D, make, rows

OWNED = Reference("owner_id")
BILLED = Reference("billed_id", 2)
DEALS = Child("deals", ("id",), (OWNED, BILLED))
LISTED = Child("associations", (), (Reference("ids", separator=";"),), strict=False)
MIXED = Child("meetings", (), (Reference("host"), Reference("guests", 2)), strict=False)
MESSAGES = Child("messages", ("id",), (Reference("contact_id"),), same=("subject", "sent"), strict=False)
LINE = "n int, contact_key text, root int, membership_position int"
STRETCHES = "seq int, ord int, n int, root int, first_membership int, last_membership int, dry_run bool"

# ------------------------------------------------------------------ keys_named

HOST_AND_GUESTS = {"_cm_contact_key": False, "_cm_contact_key_2": True}


def keys_named(con: duckdb.DuckDBPyConnection, *, several: bool) -> list[tuple]:
    make(
        con,
        "meetings",
        "_cm_row int, _cm_contact_key text, _cm_contact_key_2 text[]",
        (0, "A", ["B", "A", None, "B"]),
        (1, None, ["C"]),
        (2, "A", []),
        (3, "A", None),
        (4, None, None),
        (5, None, ["B", "C"]),
    )
    found = run_sql(con, "fold/keys_named", keys=HOST_AND_GUESTS, rows="meetings", several=several)
    return sorted(found.fetchall())


def test_a_row_names_a_contact_once(con: duckdb.DuckDBPyConnection) -> None:
    named = keys_named(con, several=False)
    assert named == [("A",), ("A",), ("A",), ("B",), ("B",), ("C",), ("C",)]


def test_rows_that_may_name_several_have_their_number(con: duckdb.DuckDBPyConnection) -> None:
    assert keys_named(con, several=True) == [(0, "A"), (0, "B"), (5, "B"), (5, "C")]


# ------------------------------------------------------------------ component_named, previewed_repeats


def test_a_row_knows_the_contact_before_it_in_the_same_line(con: duckdb.DuckDBPyConnection) -> None:
    """The line of A is A, B, C; D stands alone, and E in no line here."""
    make(con, "membership_line", "contact_key text, g int, root int")
    con.execute("insert into membership_line values ('A', 0, 0), ('B', 1, 0), ('C', 2, 0), ('D', 3, 3)")
    make(con, "named", "_cm_row int, _cm_contact_key text")
    con.execute("insert into named values (7, 'C'), (7, 'A'), (7, 'D'), (7, 'E'), (8, 'B'), (8, 'C')")
    run_sql(con, "fold/component_named", keys="named")
    assert rows(con, "component_named", "_cm_row, g, previous_g") == [
        (7, 0, None),
        (7, 2, 0),
        (7, 3, None),
        (8, 1, None),
        (8, 2, 1),
    ]
    assert sorted(run_sql(con, "fold/named_before").fetchall()) == [(2, 0), (2, 1)]


def test_a_preview_repeats_what_an_earlier_duplicate_brings(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 previews A and B, of which each stands alone, and C behind D. Row 7 names A, C and D, row 8 B and C, row 9 A."""
    make(con, "membership_line", "n int, g int", (A, 0), (B, 1), (D, 2), (C, 3))
    make(con, "component_named", "_cm_row int, g int")
    con.execute("insert into component_named values (7, 0), (7, 2), (7, 3), (8, 1), (8, 3), (9, 0)")
    make(con, "stretches", "seq int, ord int, n int, first_membership int, last_membership int, dry_run bool")
    con.execute(
        "insert into stretches values (1, 1, 0, 0, 0, true), (1, 2, 1, 0, 0, true), (1, 3, 2, 0, 1, true), "
        "(2, 1, 0, 0, 0, false), (2, 2, 2, 0, 1, false)"
    )
    assert run_sql(con, "fold/previewed_repeats").fetchall() == [(1, 3, 2)]


def test_a_request_moves_what_its_duplicates_bring(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 brings two and three deals, and a message each time; request 2 nothing."""
    make(con, "moved_frame", "seq int, moved_0 int, moved_1 int", (1, 2, 1), (1, 3, 1), (2, 0, 0))
    run_sql(con, "fold/counted", children=(DEALS, MESSAGES))
    assert rows(con, "counted", 'seq, "of deals", "of messages"') == [(1, 5, 2), (2, 0, 0)]


# ------------------------------------------------------------------ what is alike


def test_what_a_contact_has_several_times_is_one_of_the_lists(con: duckdb.DuckDBPyConnection) -> None:
    """The line of A is A, B. A has M twice; of B's rows two are M, and one is empty in one of the columns."""
    make(con, "membership_line", "contact_key text, g int, root int, membership_position int")
    con.execute("insert into membership_line values ('A', 0, 0, 0), ('B', 1, 0, 1)")
    make(con, "component", "contact_key text, n int", ("A", A), ("B", B))
    make(con, f"raw.{MESSAGES.alike_rows}", "_cm_value_1 text, _cm_value_2 int, _cm_contact_key text")
    con.execute(
        f"insert into raw.{MESSAGES.alike_rows} values ('M', 1, 'A'), ('M', 1, 'A'), ('M', 1, 'B'), ('M', 1, 'B'), "
        "('M', null, 'B'), (null, 1, 'C'), ('M', 2, null)"
    )
    run_sql(con, "fold/component_lists", child=MESSAGES)
    assert rows(con, "component_lists", "g, _cm_value_1, _cm_value_2, previous_g") == [
        (0, "M", 1, None),
        (1, "M", 1, 0),
    ]
    assert run_sql(con, "fold/empty_rows", child=MESSAGES).fetchall() == [(B,)]


def dropped_rows(con: duckdb.DuckDBPyConnection, *messages: tuple) -> list[tuple]:
    """Rows that are dropped, each with the one that stays: the line of A is A, B, C; D's pointer ends in nobody.

    `messages`: number, key, contact, subject; all were sent at once.
    """
    make(con, "fold.line", "contact_key text, root_key text, membership_position int")
    con.execute(
        "insert into fold.line values ('C', 'A', 2), ('B', 'A', 1), ('A', 'A', 0), ('D', 'E', 1), ('E', 'E', 0)"
    )
    make(con, "fold.redirects", "retired_key text, is_contact bool", ("B", True), ("C", True), ("D", False))
    columns = "_cm_row int, id text, _cm_contact_key text, _cm_value_1 text, _cm_value_2 int"
    make(con, f"raw.{MESSAGES.alike_rows}", columns, *((*message, 1) for message in messages))
    run_sql(con, "fold/dropped_rows", repeating=[MESSAGES])
    return rows(
        con, "fold.dropped_rows where \"table\" = 'messages'", "_cm_row, contact_key, root_key, kept_row"
    )


def test_of_rows_that_are_alike_the_first_in_line_stays(con: duckdb.DuckDBPyConnection) -> None:
    """B has two M, of which that with the least key stays. C has one, too, and its own N."""
    found = dropped_rows(con, (0, "c", "C", "M"), (1, "b", "B", "M"), (2, "a", "B", "M"), (3, "d", "C", "N"))
    assert found == [(0, "C", "A", 2), (1, "B", "A", 2)]


def test_all_rows_of_the_survivor_stay(con: duckdb.DuckDBPyConnection) -> None:
    found = dropped_rows(con, (0, "c", "B", "M"), (1, "b", "A", "M"), (2, "a", "A", "M"))
    assert found == [(0, "B", "A", 2)]


def test_of_rows_without_a_key_the_one_stays_that_was_loaded_first(con: duckdb.DuckDBPyConnection) -> None:
    found = dropped_rows(
        con, (0, None, "B", "M"), (1, None, "B", "M"), (2, "z", "C", "N"), (3, None, "C", "N")
    )
    assert found == [(1, "B", "A", 0), (3, "C", "A", 2)]


def test_rows_that_are_empty_or_name_nobody_in_a_line_are_not_dropped(con: duckdb.DuckDBPyConnection) -> None:
    empty = [(0, "a", "B", None), (1, "b", "B", None), (2, "c", None, "M"), (3, "d", None, "M")]
    assert dropped_rows(con, *empty, (4, "e", "D", "M"), (5, "f", "E", "M")) == []


# ------------------------------------------------------------------ count_moved


def test_a_row_counts_once_for_a_request(con: duckdb.DuckDBPyConnection) -> None:
    """C → B (request 1), then B and D → A (request 2): the line is A, B, C, D.

    Deals name B and C; C and D; A and D; B alone, twice. The first one counts once for B. The second one is brought by both
    duplicates of request 2, and counts for the first. The third one is A's already, and moves all the same.
    """
    make(con, "component", "n int, contact_key text", (A, "A"), (B, "B"), (C, "C"), (D, "D"))
    make(con, "component_line", LINE, (A, "A", A, 0), (B, "B", A, 1), (C, "C", A, 2), (D, "D", A, 3))
    make(con, "component_merges", "batch_no int, seq int, ordinal int, d int")
    con.execute("insert into component_merges values (1, 1, 1, 2), (1, 2, 1, 1), (1, 2, 2, 3)")
    make(con, "component_imports", "batch_no int, d int")
    make(con, "imports_frame", "d int, event int")
    make(con, loaded("deals"), "_cm_contact_key text, _cm_contact_key_2 text")
    con.execute(
        f"insert into {loaded('deals')} values ('B', 'C'), ('C', 'D'), ('D', 'A'), ('B', 'B'), (null, null)"
    )
    make(con, "stretches", STRETCHES)
    con.execute(
        "insert into stretches values (1, 1, 2, 0, 2, 2, false), (2, 1, 1, 0, 1, 2, false), (2, 2, 3, 0, 3, 3, false)"
    )
    count_moved(con, (DEALS,))
    assert rows(con, "moved", 'seq, ord, "of deals"') == [(1, 1, 2), (2, 1, 3), (2, 2, 1)]
    assert rows(con, "counted", 'seq, "of deals"') == [(1, 2), (2, 4)]


def test_a_column_of_the_user_s_that_is_called_rowid_numbers_nothing(con: duckdb.DuckDBPyConnection) -> None:
    """B → A. Two deals name both, and have the same `rowid`."""
    make(con, "component", "n int, contact_key text", (A, "A"), (B, "B"))
    make(con, "component_line", LINE, (A, "A", A, 0), (B, "B", A, 1))
    make(con, "component_merges", "batch_no int, seq int, ordinal int, d int", (1, 1, 1, B))
    make(con, "component_imports", "batch_no int, d int")
    make(con, "imports_frame", "d int, event int")
    make(con, loaded("deals"), "RowId int, _cm_contact_key text, _cm_contact_key_2 text")
    con.execute(f"insert into {loaded('deals')} values (7, 'A', 'B'), (7, 'B', 'A')")
    make(con, "stretches", STRETCHES, (1, 1, B, A, 1, 1, False))
    count_moved(con, (DEALS,))
    assert rows(con, "moved", '"of deals"') == [(2,)]


# ------------------------------------------------------------------ any history


@dataclass
class History:
    """Contacts from 0 on, pointers and requests in their order, and what rows of children name.

    Attributes:
        merges: batch, request, place in it, primary, duplicate, overwrite.
        imports: batch, contact, where its pointer leads.
        asked: of the last batch request, primary, duplicates, dry run.
        lines: by contact that is not retired it and all that ended in it.
    """

    contacts: int
    merges: list[tuple] = field(default_factory=list)
    imports: list[tuple[int, int, int]] = field(default_factory=list)
    asked: list[tuple[int, int, list[int], bool]] = field(default_factory=list)
    lines: dict[int, list[int]] = field(default_factory=dict)
    moved: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    counted: dict[int, list[int]] = field(default_factory=dict)


def make_history(seed: int) -> tuple[History, dict[str, list[list[int]]], list[tuple[int, int | None]]]:
    """A history, by child the contacts that each row names, and of each message its contact and subject."""
    chance = random.Random(seed)
    made = History(contacts := chance.randint(2, 12))
    made.lines = {contact: [contact] for contact in range(contacts)}
    named = {
        name: [
            chance.choices(range(contacts), k=chance.randint(0, most)) for _ in range(chance.randint(0, 20))
        ]
        for name, most in (("deals", 2), ("associations", 5), ("meetings", 4))
    }
    messages = [
        (chance.randrange(contacts), chance.choice([None, 1, 1, 2, 3])) for _ in range(chance.randint(0, 25))
    ]  # fmt: skip
    last = chance.randint(1, 3)
    seq = 0
    for batch in range(1, last + 1):
        if len(made.lines) > 2 and chance.random() < 0.4:
            retired, target = chance.sample(sorted(made.lines), 2)
            made.imports.append((batch, retired, target))
            made.lines[target] += made.lines.pop(retired)
        for _ in range(chance.randint(0, 4)):
            if len(made.lines) < 2:
                break
            seq += 1
            primary, *duplicates = chance.sample(
                sorted(made.lines), chance.randint(2, min(4, len(made.lines)))
            )
            dry_run = chance.random() < 0.3
            if batch == last:
                made.asked.append((seq, primary, duplicates, dry_run))
                _expect(made, seq, primary, duplicates, named, messages)
            if not dry_run:
                overwrite = chance.random() < 0.5
                for ordinal, duplicate in enumerate(duplicates, 1):
                    made.merges.append((batch, seq, ordinal, primary, duplicate, overwrite))
                    made.lines[primary] += made.lines.pop(duplicate)
    return made, named, messages


def _expect(
    made: History,
    seq: int,
    primary: int,
    duplicates: list[int],
    named: dict[str, list[list[int]]],
    messages: list[tuple[int, int | None]],
) -> None:
    """Note what a request moves: rows that name what a duplicate absorbed, one message of a subject nobody before had."""

    def naming(contacts: Iterable[int], name: str) -> set[int]:
        return {row for row, those in enumerate(named[name]) if {*contacts} & {*those}}

    seen = {subject for contact, subject in messages if contact in made.lines[primary]}
    alike = 0
    for ord_, duplicate in enumerate(duplicates, 1):
        own = [subject for contact, subject in messages if contact in made.lines[duplicate]]
        new = {*own} - seen - {None}
        seen |= new
        moved = len(new) + own.count(None)
        alike += moved
        before = [contact for other in duplicates[: ord_ - 1] for contact in made.lines[other]]
        brought = (naming(made.lines[duplicate], name) - naming(before, name) for name in named)
        made.moved[seq, ord_] = [*map(len, brought), moved]
    all_of_them = [contact for duplicate in duplicates for contact in made.lines[duplicate]]
    made.counted[seq] = [*(len(naming(all_of_them, name)) for name in named), alike]


@pytest.mark.parametrize("seed", range(40))
def test_of_any_history_each_row_counts_once(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    made, named, messages = make_history(seed)
    merges = pl.DataFrame(
        made.merges, schema=["batch_no", "seq", "ordinal", "p", "d", "overwrite"], orient="row"
    ).cast({"overwrite": pl.Boolean} | dict.fromkeys(["batch_no", "seq", "ordinal", "p", "d"], pl.Int64))
    imports = pl.DataFrame(made.imports, schema=dict.fromkeys(["batch_no", "d", "t"], pl.Int64), orient="row")
    lines = draw_lines(made.contacts, merges, imports)
    for name, frame in (
        ("component_merges", merges), ("component_imports", imports), ("edges_frame", lines.edges),
        ("imports_frame", lines.imports), ("places", lines.places),
    ):  # fmt: skip
        con.register(name, frame.to_arrow() if isinstance(frame, pl.DataFrame) else frame)
    con.execute("create temp table component as select n, n as contact_key from places")
    con.execute("create temp table component_line as select *, n as contact_key from places")
    make(con, "accepted_contacts", "seq bigint, ord int, contact_key bigint")
    make(con, "ordered_requests", "seq bigint, dry_run bool, overwrite bool")
    for seq, primary, duplicates, dry_run in made.asked:
        con.execute("insert into ordered_requests values (?, ?, false)", [seq, dry_run])
        for ord_, contact in enumerate([primary, *duplicates]):
            con.execute("insert into accepted_contacts values (?, ?, ?)", [seq, ord_, contact])
    run_sql(con, "fold/stretches")

    make(con, loaded("deals"), "_cm_contact_key bigint, _cm_contact_key_2 bigint")
    for those in named["deals"]:
        con.execute(f"insert into {loaded('deals')} values (?, ?)", [*those, None, None][:2])
    make(con, loaded("associations"), "_cm_contact_key bigint[]")
    for those in named["associations"]:
        con.execute(f"insert into {loaded('associations')} values (?)", [[*those, None]])
    make(con, loaded("meetings"), "_cm_contact_key bigint, _cm_contact_key_2 bigint[]")
    for those in named["meetings"]:
        host, guests = (those[0], those[1:]) if those else (None, None)
        con.execute(f"insert into {loaded('meetings')} values (?, ?)", [host, guests])
    make(con, f"raw.{MESSAGES.alike_rows}", "_cm_value_1 int, _cm_value_2 int, _cm_contact_key bigint")
    for contact, subject in messages:
        con.execute(f"insert into raw.{MESSAGES.alike_rows} values (?, 1, ?)", [subject, contact])

    count_moved(con, (DEALS, LISTED, MIXED, MESSAGES))
    kinds = '"of deals", "of associations", "of meetings", "of messages"'
    assert {(seq, n): found for seq, n, *found in rows(con, "moved", f"seq, ord, {kinds}")} == made.moved
    assert {seq: found for seq, *found in rows(con, "counted", f"seq, {kinds}")} == made.counted
