"""Rows that say that their contact is deleted, by the setting `deleted` (SHAPES.md 1)."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from contact_merge.errors import GuardError, InputError
from forms_world import FormsWorld, table
from story import id_of

pytestmark = pytest.mark.long
COLUMNS = "id name is_deleted"


@pytest.fixture
def world(tmp_path: Path) -> FormsWorld:
    return FormsWorld(tmp_path, settings={"deleted": ("is_deleted",)})


def test_a_flagged_row_counts_as_if_the_export_lacked_it(world: FormsWorld) -> None:
    notes = table("id contact_id", f"{id_of('1')} B", f"{id_of('2')} A")
    world.run("AC", contacts=table(COLUMNS, "A Al -", "B Bo false", "C Cy 0"), notes=notes)
    summary = world.run(
        contacts=table(COLUMNS, "A Al -", "B Bo TRUE", "C Cy -", "D Di yes"), allow=["deleted"]
    )
    assert (summary.contacts_flagged, summary.contacts_deleted, summary.contacts_new) == (2, 1, 0)
    assert world.contacts("name") == {"a": "Al"}
    assert world.query("select contact_id from ledger.deletions") == [(id_of("b"),)]
    assert [row["contact_id"] for row in world.merged("notes")] == ["b", "a"]
    assert world.rejects() == []
    assert world.explain("b").state == "deleted"
    world.run("AB")
    assert (world.answer("r2")["status"], world.answer("r2")["message"]) == (
        404,
        f"{id_of('b')} was not found.",
    )
    assert world.violations() == {}


@pytest.mark.proof
def test_one_whose_flag_is_cleared_is_live_again_with_its_merges(world: FormsWorld) -> None:
    world.run("AB", contacts=table(COLUMNS, "A - -", "B Bo -", "C Cy -"))
    world.run(contacts=table(COLUMNS, "A - 1", "B Bo -", "C Cy -"), allow=["deleted"])
    assert world.contacts("name") == {"c": "Cy"}
    assert world.redirects() == {"b": "a"}
    summary = world.run(contacts=table(COLUMNS, "A - 0", "B Bo -", "C Cy -"))
    assert summary.contacts_back_again == 1
    assert world.contacts("name") == {"a": "Bo", "c": "Cy"}
    assert world.violations() == {}


def test_a_time_deletes_too_and_what_is_neither_is_noted(world: FormsWorld) -> None:
    flags = ["2026-01-05", "2026-01-05T10:00:00Z", "perhaps", "2", "-", "n", "t"]
    rows = [f"{letter} {letter}x {flag}" for letter, flag in zip("ABCDEFG", flags, strict=True)]
    world.run(contacts=table(COLUMNS, *rows))
    assert set(world.contacts("name")) == {"c", "d", "e", "f"}
    fault = "is_deleted is neither true nor false nor a time; the row counts as not deleted"
    assert world.rejects() == [(fault, 3), (fault, 4)]
    assert world.violations() == {}


@pytest.mark.proof
@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        (pa.bool_(), [True, False, None]),
        (pa.int8(), [1, 0, None]),
        (pa.float64(), [1.0, 0.0, float("nan")]),
        (pa.timestamp("us"), [datetime(2026, 1, 5), None, None]),
        (pa.timestamp("ns", "UTC"), [datetime(2026, 1, 5), None, None]),
        (pa.date32(), [datetime(2026, 1, 5).date(), None, None]),
        (pa.null(), [None, None, None]),
    ],
)
def test_flags_of_every_type_are_read(world: FormsWorld, kind: pa.DataType, flags: list) -> None:
    ids = [id_of(letter) for letter in "abc"]
    world.run(contacts=pa.table({"id": ids, "is_deleted": pa.array(flags, kind)}))
    assert set(world.contacts("id")) == ({"a", "b", "c"} if kind == pa.null() else {"b", "c"})
    assert world.rejects() == []
    assert world.violations() == {}


@pytest.mark.proof
def test_any_of_several_columns_deletes(world: FormsWorld) -> None:
    world.settings = {"deleted": ("is_deleted", "removed_at", "absent")}
    world.run(contacts=table("id is_deleted removed_at", "A - -", "B - 2026-01-01", "C true -", "D false 0"))
    assert set(world.contacts("id")) == {"a", "d"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_flagged_row_with_a_pointer_is_an_imported_retirement(world: FormsWorld) -> None:
    columns = f"{COLUMNS} merged_into_id"
    summary = world.run(contacts=table(columns, "A Al - -", "B Bo true A", "C Cy true C", "D Di true nobody"))
    assert (summary.contacts_flagged, summary.contacts_retired_by_pointers, summary.contacts_deleted) == (
        2,
        1,
        0,
    )
    assert world.redirects() == {"b": "a"}
    assert world.contacts("name") == {"a": "Al"}
    summary = world.run(contacts=table(columns, "A Al - -", "B Bo true -"))
    assert (summary.contacts_flagged, summary.contacts_deleted, summary.contacts_after) == (1, 0, 1)
    assert world.redirects() == {"b": "a"}  # a pointer lasts when no export holds its contact
    assert world.violations() == {}


@pytest.mark.proof
@pytest.mark.parametrize("upsert", [True, False])
def test_an_undo_brings_back_the_last_row_that_was_not_flagged(world: FormsWorld, *, upsert: bool) -> None:
    """Until a later full export leaves it out again, or an upsert flags it."""
    world.run("AB", contacts=table(COLUMNS, "A Al -", "B Bo -", "C Cy -"))
    flagged = [] if upsert else ["A Al -", "C Cy -"]
    world.run(upsert=upsert, contacts=table(COLUMNS, *flagged, "B Bob true"))
    world.undo("r1")
    assert world.contacts("name") == {"a": "Al", "b": "Bo", "c": "Cy"}
    assert world.violations() == {}
    summary = world.run(upsert=upsert, contacts=table(COLUMNS, *flagged, "B Bob true"), allow=["deleted"])
    assert summary.contacts_deleted == 1
    assert world.contacts("name") == {"a": "Al", "c": "Cy"}
    assert world.violations() == {}
    world.run(upsert=True, contacts=table(COLUMNS, "B Bert -"))
    assert world.contacts("name") == {"a": "Al", "b": "Bert", "c": "Cy"}
    assert world.violations() == {}


@pytest.mark.parametrize("snapshot", [True, False])
def test_in_an_upsert_a_flagged_row_deletes_its_contact_and_no_other(
    world: FormsWorld, *, snapshot: bool
) -> None:
    """A, a survivor, and C are deleted; Z was never there; the name of B is new. An undo of A's merge finds A's last row."""
    contacts: str | pa.Table = table(COLUMNS, "A Al -", "B Bo -", "C Cy -", "D Di -")
    if snapshot:
        header, *rows = (line.split(",") for line in str(contacts).splitlines())
        contacts = pa.table({name: [row[i] or None for row in rows] for i, name in enumerate(header)})
    world.run("AD", contacts=contacts)
    new = table(COLUMNS, "A Alf true", "B Bob -", "C Cyd 1", "Z Zo 1")
    summary = world.run(upsert=True, contacts=new, allow=["deleted"])
    assert (summary.contacts_flagged, summary.contacts_deleted, summary.contacts_after) == (3, 2, 1)
    assert world.contacts("name") == {"b": "Bob"}
    assert world.redirects() == {"d": "a"}
    assert sorted(world.query("select contact_id from ledger.deletions")) == [(id_of("a"),), (id_of("c"),)]
    assert world.violations() == {}
    world.undo("r1")
    assert world.contacts("name") == {"b": "Bob", "d": "Di"}
    summary = world.run(upsert=True, contacts=table(COLUMNS, "A Alf -"))
    assert (summary.contacts_flagged, summary.contacts_back_again) == (0, 1)
    assert world.contacts("name") == {"a": "Alf", "b": "Bob", "d": "Di"}
    assert world.violations() == {}


def test_guards_count_what_flags_delete(world: FormsWorld) -> None:
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(200)]
    rows = [f"{contact} x -" for contact in ids]
    world.run(contacts=table(COLUMNS, *rows))
    flagged = [f"{contact} x true" for contact in ids[:60]]
    for upsert in (True, False):
        with pytest.raises(GuardError, match="this export would delete 60 of 200 live contacts"):
            world.run(upsert=upsert, contacts=table(COLUMNS, *flagged, *rows[60:]))
    with pytest.raises(GuardError, match="all 200 live contacts"):
        world.run(upsert=True, contacts=table(COLUMNS, *(f"{contact} x 1" for contact in ids)))
    summary = world.run(upsert=True, contacts=table(COLUMNS, *flagged), allow=["deleted"])
    assert (summary.contacts_deleted, summary.contacts_after, summary.guards_passed) == (60, 140, ["deleted"])


@pytest.mark.proof
def test_a_flagged_row_counts_where_a_later_or_a_broken_one_has_its_id(world: FormsWorld) -> None:
    """Of two rows with one id the first counts; a broken line keeps no row that a flag deletes."""
    world.run(contacts=table(COLUMNS, "A Al -", "B Bo -", "C Cy -", "D Di -"))
    broken = f"{id_of('c')},Cy,,,\n"
    world.run(contacts=table(COLUMNS, "A Al 1", "A Al -", "B Bo -", "B Bo 1", "C Cy 1", "D Di -") + broken)
    assert set(world.contacts("name")) == {"b", "d"}
    assert [row for _, row in world.rejects()] == [2, 4, 7]
    assert world.violations() == {}


@pytest.mark.proof
def test_a_column_that_becomes_a_flag_counts_from_the_next_load_on(world: FormsWorld) -> None:
    contacts = pa.table({"id": [id_of("a"), id_of("b")], "is_deleted": [True, False]})
    world.settings = {}
    world.run(contacts=contacts)
    assert set(world.contacts("id")) == {"a", "b"}
    world.settings = {"deleted": ("is_deleted",)}
    assert world.run(contacts=contacts).contacts_deleted == 1
    assert set(world.contacts("id")) == {"b"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_first_export_of_flagged_rows_alone_is_no_error(world: FormsWorld) -> None:
    summary = world.run(contacts=table(COLUMNS, "A Al 1"))
    assert (summary.contacts_flagged, summary.contacts_after) == (1, 0)
    with pytest.raises(InputError, match="is rejected"):
        world.run(contacts=table(COLUMNS, "nobody Al 1"))


@pytest.mark.proof
def test_no_older_row_brings_back_a_contact_that_an_upsert_deleted(world: FormsWorld) -> None:
    world.newest_by = "changed"
    world.run(contacts=table(f"{COLUMNS} changed", "A Al - 5", "B Bo - 5"))
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "B Bo true 7", "C Cy true 7"))
    assert world.contacts("name") == {"a": "Al"}
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "A Al true 4", "B Bob - 6", "C Cyr - 6"))
    assert world.contacts("name") == {"a": "Al"}
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "B Bobby - 8", "C Cyrus - 6"))
    assert world.contacts("name") == {"a": "Al", "b": "Bobby"}
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "B Bert - 9", "C Cyrill - 7"))
    assert world.contacts("name") == {"a": "Al", "b": "Bert", "c": "Cyrill"}
    assert world.query("select count(*) from raw._cm_flagged") == [(0,)]
    assert world.violations() == {}


@pytest.mark.proof
def test_no_older_row_brings_back_the_only_contact_until_a_full_export(world: FormsWorld) -> None:
    world.newest_by = "changed"
    world.run(contacts=table(f"{COLUMNS} changed", "A Al - 5"))
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "A Al true 7"), allow=["deleted"])
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "A Ali - 6"))
    assert world.contacts("name") == {}
    world.run(contacts=table(f"{COLUMNS} changed", "A Alice - 6", "B Bo true 7"))
    assert world.contacts("name") == {"a": "Alice"}
    world.run(upsert=True, contacts=table(f"{COLUMNS} changed", "B Bob - 6", "A Al - 6"))
    assert world.contacts("name") == {"a": "Al"}
    assert world.violations() == {}
