"""Lists of the ids merged into a row (`merged_ids`, SHAPES.md 1): imported pointers, seen from the other end."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forms_world import FormsWorld, table
from story import id_of, letter_of

pytestmark = pytest.mark.long
COLUMNS = "id name merged"
NOTE, OTHER = (f"00000000-0000-4000-8000-{n:012}" for n in (1, 2))


@pytest.fixture
def world(tmp_path: Path) -> FormsWorld:
    return FormsWorld(tmp_path, settings={"merged_ids": "merged"})


def test_listed_ids_that_are_in_no_table_are_retired_all_the_same(world: FormsWorld) -> None:
    notes = table("id contact_id", f"{NOTE} X", f"{OTHER} Y")
    summary = world.run("AX", "XA", "AY", contacts=table(COLUMNS, "A Al X;Y", "B Bo -"), notes=notes)
    assert (summary.contacts_after, summary.contacts_retired_by_pointers, summary.contacts_new) == (2, 2, 4)
    assert world.redirects() == {"x": "a", "y": "a"}
    assert [row["contact_id"] for row in world.merged("notes")] == ["a", "a"]
    assert {row["contact_id"]: row["survivor_id"] for row in world.merged("identity_map")} == {
        "a": "a", "b": "b", "x": "a", "y": "a",
    }  # fmt: skip
    answers = [
        (world.answer(request)["status"], world.answer(request)["message"]) for request in ("r1", "r3")
    ]
    retired = ' The setting retired_ids = "follow" lets a retired id stand for its survivor.'
    assert answers == [(404, f"{id_of(c)} is retired, merged into {id_of('a')}.{retired}") for c in "xy"]
    assert world.answer("r2")["status"] == 409  # the retired primary leads into its duplicate
    explained = world.explain("x")
    assert (explained.state, letter_of(explained.survivor_id)) == ("retired", "a")
    assert [(event.listed, letter_of(event.target_id)) for event in explained.story] == [(True, "a")]
    assert world.merged("contacts")[0]["merged"] == f"{id_of('x')};{id_of('y')}"
    assert world.violations() == {}


def test_a_listed_id_without_a_row_has_one_spelling_in_all_redirects(world: FormsWorld) -> None:
    listed, pointed = id_of("x").upper(), f"{{{id_of('x')}}}"
    ids = [id_of(letter) for letter in "ab"]
    world.run(contacts=pa.table({"id": ids, "merged": [listed, ""], "merged_into_id": ["", pointed]}))
    redirects = pq.read_table(world.output / "merged/contact_redirects.parquet").to_pydict()
    pairs = zip(redirects["retired_id"], redirects["primary_id"], strict=True)
    assert sorted(pairs) == [(listed, id_of("a")), (id_of("b"), listed)]
    assert world.violations() == {}


@pytest.mark.proof
def test_a_listed_id_stands_for_its_survivor_where_retired_ids_are_followed(world: FormsWorld) -> None:
    world.settings["retired_ids"] = "follow"
    world.run("BX", contacts=table(COLUMNS, "A Al X", "B - -"))
    assert (world.answer("r1")["status"], world.answer("r1")["merged_ids"]) == (200, [id_of("a")])
    assert world.redirects() == {"a": "b", "x": "b"}
    assert world.contacts("name") == {"b": "Al"}
    assert world.violations() == {}


@pytest.mark.proof
@pytest.mark.parametrize(
    "spelled",
    [
        "{x},{y}", "{x};{y}", "{x}|{y}", "{x} {y}", '["{x}", "{y}"]', "[{x}, {y}]", '{{"{x}","{y}"}}', "{X};;{y};", "{x};{a};{y}",
    ],
)  # fmt: skip
def test_a_list_may_be_text_of_many_kinds(world: FormsWorld, spelled: str) -> None:
    ids = {letter: id_of(letter) for letter in "axy"} | {"X": id_of("x").upper()}
    contacts = pa.table({"id": [id_of("a"), id_of("b")], "merged": [spelled.format(**ids), " "]})
    world.run(contacts=contacts)
    assert world.redirects() == {"x": "a", "y": "a"}
    assert world.rejects() == []


@pytest.mark.proof
def test_a_list_may_be_a_list_column(world: FormsWorld) -> None:
    lists = [[id_of("x"), None, "", id_of("y")], [], None]
    world.run(contacts=pa.table({"id": [id_of(letter) for letter in "abc"], "merged": lists}))
    assert world.redirects() == {"x": "a", "y": "a"}
    assert world.rejects() == []
    assert world.violations() == {}


@pytest.mark.proof
def test_parts_that_are_no_ids_are_noted_and_count_as_none(world: FormsWorld) -> None:
    world.run(contacts=table(COLUMNS, "A Al X;nobody", "B Bo nobody", "C Cy C", "D Di -"))
    assert world.redirects() == {"x": "a"}
    assert set(world.contacts("name")) == {"a", "b", "c", "d"}
    assert world.rejects() == [
        ("merged holds what is no UUID; that counts as none", 1),
        ("merged is no list of ids; it counts as empty", 2),
    ]
    assert world.violations() == {}


@pytest.mark.proof
def test_a_contacts_own_pointer_wins_over_lists(world: FormsWorld) -> None:
    contacts = table(f"{COLUMNS} merged_into_id", "A Al C -", "B Bo - -", "C Cy - B")
    summary = world.run(contacts=contacts)
    assert world.redirects() == {"c": "b"}
    assert summary.lists_outranked == 0
    world.run(contacts=table(f"{COLUMNS} merged_into_id", "A Al C -", "B Bo - -", "C Cy - -"))
    assert world.redirects() == {"c": "a"}
    assert world.violations() == {}


def test_of_two_lists_that_of_the_lower_id_counts_and_the_summary_names_the_other(world: FormsWorld) -> None:
    summary = world.run(contacts=table(COLUMNS, "C Cy X", "B Bo X;X;Y", "A Al -"))
    assert world.redirects() == {"x": "b", "y": "b"}
    assert summary.lists_outranked == 1
    [first] = summary.lists_outranked_first or []
    assert (first.contact_id, first.target_id, first.other_id) == tuple(map(id_of, "xbc"))
    world.run(contacts=table(COLUMNS, "C Cy X", "B Bo Y", "A Al -"))
    assert world.redirects() == {"x": "c", "y": "b"}
    assert world.violations() == {}


def test_an_id_that_is_gone_from_a_list_loses_its_pointer_where_its_row_is_exported(
    world: FormsWorld,
) -> None:
    """X is exported again; Y is not, and B, who lists Z, is gone: as any contact's that an export lacks, their pointers last."""
    world.run(contacts=table(COLUMNS, "A Al X;Y", "B Bo Z", "C Cy -"))
    world.run("AY", contacts=table(COLUMNS, "A Al -", "C Cy -", "X Xi -"), allow=["deleted"])
    assert world.redirects() == {"y": "a", "z": "b"}
    assert set(world.contacts("name")) == {"a", "c", "x"}
    assert world.answer("r1")["message"].startswith(f"{id_of('y')} is retired, merged into {id_of('a')}.")
    assert world.violations() == {}


@pytest.mark.proof
def test_a_list_whose_row_is_not_in_an_upsert_keeps_its_pointers(world: FormsWorld) -> None:
    world.run(contacts=table(COLUMNS, "A Al X", "B Bo Y", "Y Yo -"))
    world.run(upsert=True, contacts=table(COLUMNS, "B Bob -", "C Cy Z"))
    assert world.redirects() == {"x": "a", "z": "c"}
    assert set(world.contacts("name")) == {"a", "b", "c", "y"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_contact_that_the_export_lacks_and_a_list_names_is_retired_not_deleted(world: FormsWorld) -> None:
    notes = table("id contact_id", f"{NOTE} B", f"{OTHER} C")
    world.run("BC", contacts=table(COLUMNS, "A Al -", "B Bo -", "C Cy -"), notes=notes)
    summary = world.run(contacts=table(COLUMNS, "A Al B"))
    assert (summary.contacts_deleted, summary.contacts_retired_by_pointers, summary.contacts_after) == (
        0,
        1,
        1,
    )
    assert world.redirects() == {"b": "a", "c": "a"}
    assert [row["contact_id"] for row in world.merged("notes")] == ["a", "a"]
    assert world.violations() == {}
    world.undo("r1")
    assert world.contacts("name") == {"a": "Al", "c": "Cy"}
    assert [row["contact_id"] for row in world.merged("notes")] == ["a", "c"]
    assert world.violations() == {}
    world.rebuild()
    assert world.redirects() == {"b": "a"}


@pytest.mark.proof
def test_chains_of_lists_end_where_the_last_one_does(world: FormsWorld) -> None:
    """C lists A, A lists B; later C lists both, and A's row is gone."""
    world.run(contacts=table(COLUMNS, "A Al B", "C Cy A"))
    assert world.redirects() == {"a": "c", "b": "c"}
    world.run(contacts=table(COLUMNS, "C Cy A;B"))
    assert world.redirects() == {"a": "c", "b": "c"}
    assert [row["primary_id"] for row in sorted(world.merged("contact_redirects"), key=str)] == ["c", "c"]
    assert world.violations() == {}


@pytest.mark.proof
def test_circles_of_lists_end_nowhere_and_one_with_a_merge_has_no_effect(world: FormsWorld) -> None:
    world.run("AD", contacts=table(COLUMNS, "A Al -", "B Bo C", "C Cy B", "D Di -"))
    assert world.redirects() == {"b": None, "c": None, "d": "a"}
    summary = world.run(contacts=table(COLUMNS, "A Al -", "B Bo C", "C Cy B", "D Di A"))
    idle = [
        (letter_of(one.contact_id), letter_of(one.target_id)) for one in summary.pointers_without_effect_first
    ]
    assert idle == [("a", "d")]
    assert set(world.contacts("name")) == {"a"}
    assert world.violations() == {}
    world.undo("r1")
    assert world.redirects() == {"a": "d", "b": None, "c": None}
    assert world.violations() == {}


def test_a_merge_of_the_ledger_goes_before_a_list_and_after_its_undo_the_list_counts(
    world: FormsWorld,
) -> None:
    """X is gone from the export, and A lists it. Undone, its merge into B gives no event: it does not come back."""
    world.run("BX", contacts=table(COLUMNS, "A Al -", "B Bo -", "X Xi -"))
    world.run(contacts=table(COLUMNS, "A Al X", "B Bo -"))
    assert world.redirects() == {"x": "b"}
    assert world.undo("r1").restored == []
    assert world.redirects() == {"x": "a"}
    assert world.violations() == {}
    world.run(upsert=True, contacts=table(COLUMNS, "A Al -"))
    assert world.redirects() == {"x": "a"}
    world.run(upsert=True, contacts=table(COLUMNS, "X Xi -"))
    assert world.contacts("name") == {"a": "Al", "b": "Bo", "x": "Xi"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_flagged_row_that_a_list_names_is_an_imported_retirement(world: FormsWorld) -> None:
    """B, whom A lists, and C, whom B lists, stay; D lists E, but is deleted itself, and so is E."""
    world.settings = {"merged_ids": "merged", "deleted": ("gone",)}
    rows = ["A Al B -", "B Bo C 1", "C Cy - 1", "D Di E 1", "E Ed - 1"]
    notes = table("id contact_id", f"{NOTE} B", f"{OTHER} C")
    summary = world.run(contacts=table(f"{COLUMNS} gone", *rows), notes=notes)
    assert (summary.contacts_flagged, summary.contacts_after) == (2, 1)
    assert world.redirects() == {"b": "a", "c": "a"}
    assert [row["contact_id"] for row in world.merged("notes")] == ["a", "a"]
    assert world.query("select count(*) from raw.contacts") == [(3,)]
    assert world.violations() == {}
    world.run(upsert=True, contacts=table(f"{COLUMNS} gone", "A Al - -"))
    assert world.redirects() == {"b": "a", "c": "a"}  # the rows are gone now, and the pointers last
    assert [row["contact_id"] for row in world.merged("notes")] == ["a", "a"]
    assert world.query("select count(*) from raw.contacts") == [(1,)]
    assert set(world.contacts("name")) == {"a"}
    assert world.violations() == {}


@pytest.mark.proof
def test_a_listed_id_is_of_the_workspace_of_the_list(world: FormsWorld) -> None:
    world.run("AX", "BX", contacts=table(f"{COLUMNS} workspace_id", "A Al X w1", "B Bo - w2"))
    messages = [world.answer(request)["message"] for request in ("r1", "r2")]
    assert messages[0].startswith(f"{id_of('x')} is retired")
    assert messages[1] == f"{id_of('x')} was not found."
    assert world.violations() == {}


@pytest.mark.proof
def test_lists_and_references_hold_ids_of_the_entitys_type(world: FormsWorld) -> None:
    """Contact 1 lists 2, which 3 names as 2.0 and 4 as 02; 5 names itself."""
    world.settings = {"merged_ids": "merged", "references": ("manager",), "id_type": "integer"}
    world.run(contacts=table("id merged manager", "1 2;007 -", "3 - 2.0", "4 - 02", "5 nobody 5", "7 - 1"))
    assert world.redirects() == {"2": "1", "7": "1"}
    assert world.contacts("manager") == {"1": None, "3": "1", "4": "1", "5": None} == world.shown("manager")
    assert world.rejects() == [("merged is no list of ids; it counts as empty", 4)]
    assert world.violations() == {}


@pytest.mark.proof
def test_lists_and_references_may_be_numbers(world: FormsWorld) -> None:
    world.settings = {"merged_ids": "merged", "references": ("manager",), "id_type": "integer"}
    world.run(contacts=pa.table({"id": [1, 3], "merged": [[2], []], "manager": [None, 2.0]}))
    assert world.redirects() == {"2": "1"}
    assert world.contacts("manager") == {1: None, 3: 1.0} == world.shown("manager")
    assert world.violations() == {}
