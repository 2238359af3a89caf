"""References of the entity (manager_id, referred_by) fold as fields do; the merged table names survivors (SHAPES.md 2)."""

import json
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest
from contact_merge.errors import InputError
from forms_world import FormsWorld, table
from story import id_of

pytestmark = pytest.mark.long
COLUMNS = "id name manager_id referred_by"


@pytest.fixture
def world(tmp_path: Path) -> FormsWorld:
    return FormsWorld(tmp_path, settings={"references": ("manager_id", "referred_by")})


def as_parquet(text: str) -> pa.Table:
    """A table of texts, which is loaded as a snapshot."""
    header, *rows = (line.split(",") for line in text.splitlines())
    return pa.table({name: [row[place] or None for row in rows] for place, name in enumerate(header)})


@pytest.mark.parametrize("snapshot", [True, False])
def test_live_contacts_that_no_merge_concerns_name_the_survivor_of_whom_they_named(
    world: FormsWorld, *, snapshot: bool
) -> None:
    contacts = table(COLUMNS, "A Al - C", "B Bo A -", "C Cy B A", "D Di C B", "E Ed E -")
    world.run("AB", contacts=as_parquet(contacts) if snapshot else contacts)
    names = {"a": "c", "c": "a", "d": "a", "e": None}
    assert world.contacts("referred_by") == {"a": "c", "c": "a", "d": "a", "e": None}
    assert world.contacts("manager_id") == {**names, "a": None, "d": "c"}
    for column in ("manager_id", "referred_by"):
        assert world.shown(column) == world.contacts(column)
    assert world.query("select count(*) from raw._cm_snapshots where table_name = 'contacts'") == [
        (int(snapshot),)
    ]
    assert world.violations() == {}


def test_a_reference_folds_by_its_rule_and_one_that_would_name_its_own_row_is_null(world: FormsWorld) -> None:
    """A takes the manager of B, who is C; C is merged into A: A would be its own manager."""
    world.run("AB", contacts=table(COLUMNS, "A Al - -", "B Bo C D", "C Cy D -", "D Di - -"))
    assert (world.contacts("manager_id")["a"], world.contacts("referred_by")["a"]) == ("c", "d")
    world.run("AC")
    assert (world.contacts("manager_id")["a"], world.contacts("referred_by")["a"]) == (None, "d")
    provenance = {(row["field"], row["source_contact_id"]) for row in world.merged("field_provenance")}
    assert provenance == {("manager_id", "b"), ("referred_by", "b")}
    assert ("c", "d") in {(row["kept_value"], row["other_value"]) for row in world.merged("field_conflicts")}
    assert world.violations() == {}
    world.undo("r2")
    assert world.contacts("manager_id") == {"a": "c", "c": "d", "d": None}
    assert world.violations() == {}


@pytest.mark.proof
def test_answers_and_events_hold_references_as_the_rows_hold_them(world: FormsWorld) -> None:
    world.run("AB", "DE", contacts=table(COLUMNS, "A Al B -", "B Bo C -", "C Cy - -", "D Di - B", "E Ed - -"))
    assert json.loads(world.answer("r1")["primary"])["manager_id"] == id_of("b")
    assert json.loads(world.answer("r2")["primary"])["referred_by"] == id_of("b")
    assert world.contacts("manager_id")["a"] is None
    assert world.contacts("referred_by")["d"] == "a"
    world.undo("r2")
    [line] = (world.output / "events/contact_unmerged-000002.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["data"]["primary"]["referred_by"] == id_of("b")
    assert world.violations() == {}


@pytest.mark.proof
def test_what_names_no_contact_stays_and_a_spelling_becomes_that_of_contacts(world: FormsWorld) -> None:
    """M and N are in no table; B is named in capitals, by a row that stays so and by one that is merged."""
    odd = id_of("b").upper()
    rows = ["A Al nobody M", "B Bo - -", f"C Cy {odd} -", f"D Di {{{odd}}} N"]
    world.run("CD", contacts=table(COLUMNS, *rows))
    assert world.contacts("manager_id") == {"a": "nobody", "b": None, "c": "b"}
    assert world.contacts("referred_by") == {"a": "m", "b": None, "c": "n"}
    assert world.rejects() == []
    assert world.violations() == {}


@pytest.mark.proof
def test_ids_that_python_alone_reads_are_read(world: FormsWorld) -> None:
    """A survivor's folded reference, a plain one, and one of a contact that comes back without a row in the export."""
    manager, odd = (
        f"{begin}00000a{dash}000b{dash}400c{dash}800d{dash}000000000001"
        for begin, dash in (("00", "-"), ("0x", ""))
    )
    rows = [f"{manager} M - -", "A Al - -", f"B Bo {odd} -", f"C Cy {odd} -", f"D Di {odd} -", "E Ed - -"]
    world.run("AB", "ED", contacts=table(COLUMNS, *rows))
    assert world.contacts("manager_id") == {manager: None, "a": manager, "c": manager, "e": manager}
    world.run("AC", contacts=table(COLUMNS, *rows[:4], *rows[5:]))
    world.undo("r2")
    assert world.contacts("manager_id") == {manager: None, "a": manager, "d": manager, "e": None}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_reference_to_a_deleted_contact_stays_and_one_to_a_contact_merged_into_it_names_it(
    world: FormsWorld,
) -> None:
    world.run("AB", contacts=table(COLUMNS, "A Al - -", "B Bo - -", "C Cy A B"))
    world.run(contacts=table(COLUMNS, "B Bo - -", "C Cy A B"))
    assert world.contacts("manager_id") == {"c": "a"}
    assert world.contacts("referred_by") == {"c": "a"}
    assert world.violations() == {}


@pytest.mark.proof
def test_an_imported_pointer_replaces_references_too(world: FormsWorld) -> None:
    world.run(contacts=table(f"{COLUMNS} merged_into_id", "A Al - - -", "B Bo - - A", "C Cy B - -"))
    assert world.contacts("manager_id") == {"a": None, "c": "a"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_column_of_uuids_is_replaced_by_value(world: FormsWorld) -> None:
    def uuids(*letters: str) -> pa.Array:
        values = [UUID(id_of(letter)).bytes if letter != "-" else None for letter in letters]
        return pa.array(values, pa.binary(16)).cast(pa.uuid())

    contacts = pa.table({"id": uuids(*"abc"), "manager_id": uuids("-", "c", "b")})
    world.run("AB", contacts=contacts)
    rows = world.query(
        "select cast(id as varchar), cast(manager_id as varchar) from merged.contacts order by id"
    )
    assert rows == [(id_of("a"), id_of("c")), (id_of("c"), id_of("a"))]
    assert world.violations() == {}


def test_a_list_column_is_no_reference(world: FormsWorld) -> None:
    contacts = pa.table({"id": [id_of("a")], "manager_id": [[id_of("b")]]})
    with pytest.raises(
        InputError, match="'manager_id' holds lists, and a reference of contacts holds one id; take it out"
    ):
        world.run(contacts=contacts)


def test_a_reference_that_cannot_hold_the_survivor_stops_the_run(world: FormsWorld) -> None:
    world.settings = {"references": ("manager_id",), "id_type": "integer"}
    large = 2**53 + 1
    contacts = {"id": [2, large, 5], "merged_into_id": [large, None, None], "manager_id": [None, None, 2.0]}
    with pytest.raises(InputError, match="'manager_id' is DOUBLE, which cannot hold the id of a contact"):
        world.run(contacts=pa.table(contacts))
    contacts["manager_id"] = [None, None, 5.0]
    world.run(contacts=pa.table(contacts))
    assert world.contacts("manager_id") == {large: None, 5: None}


def test_an_edit_of_a_reference_wins_and_is_replaced(world: FormsWorld) -> None:
    world.run("AB", "CD", contacts=table(COLUMNS, "A Al - -", "B Bo D -", "C Cy - -", "D Di - -", "E Ed - -"))
    assert world.contacts("manager_id")["a"] == "c"
    world.run(contacts=table(COLUMNS, "A Al E -", "B Bo D -", "C Cy - -", "D Di - -", "E Ed - -"))
    assert world.contacts("manager_id")["a"] == "e"
    world.run("CE")
    assert world.contacts("manager_id")["a"] == "c"
    assert world.violations() == {}


@pytest.mark.proof
def test_upserted_rows_bring_their_references(world: FormsWorld) -> None:
    world.run("AB", contacts=table(COLUMNS, "A Al - -", "B Bo - -", "C Cy - -"))
    world.run(upsert=True, contacts=table(COLUMNS, "C Cy B -", "D Di - B"))
    assert world.contacts("manager_id") == {"a": None, "c": "a", "d": None}
    assert world.contacts("referred_by") == {"a": None, "c": None, "d": "a"}
    assert world.violations() == {}


@pytest.mark.proof
@pytest.mark.parametrize("snapshot", [True, False])
def test_a_column_may_become_a_reference_without_another_export(world: FormsWorld, *, snapshot: bool) -> None:
    world.settings = {}
    contacts = table(COLUMNS, "A Al - -", "B Bo B -", "C Cy B -")
    world.run("AB", contacts=as_parquet(contacts) if snapshot else contacts)
    assert world.contacts("manager_id") == {"a": "b", "c": "b"}
    world.settings = {"references": ("manager_id",)}
    world.run(notes=table("id contact_id"))
    assert world.contacts("manager_id") == {"a": None, "c": "a"} == world.shown("manager_id")
    world.rebuild()
    assert world.contacts("manager_id") == {"a": None, "c": "a"}
    world.settings = {}
    world.run(notes=table("id contact_id"))
    assert world.contacts("manager_id") == {"a": "b", "c": "b"} == world.shown("manager_id")
    assert world.violations() == {}


@pytest.mark.proof
def test_a_contact_that_an_undo_brings_back_names_survivors_too(world: FormsWorld) -> None:
    """B is gone from the export when it comes back; its manager is D, whom C took in."""
    world.run("AB", "CD", contacts=table(COLUMNS, "A Al - -", "B Bo D -", "C Cy - -", "D Di - -"))
    world.run(contacts=table(COLUMNS, "A Al - -", "C Cy - -", "D Di - -"))
    world.undo("r1")
    assert world.contacts("manager_id") == {"a": None, "b": "c", "c": None}
    assert world.violations() == {}
