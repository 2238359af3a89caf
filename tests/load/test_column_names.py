"""A column is known by its name as written, or else but for case and white space around it; it keeps the name that came first."""

from pathlib import Path

import polars as pl
import pytest
from contact_merge.errors import InputError
from contact_merge.explain import explain
from contact_merge.names import find_name, spell_all
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.summary import Summary
from contact_merge.verify import verify
from load_world import World, empty_world, uid
from pipeline_endpoint import QUIET
from story import START

world = empty_world


@pytest.mark.parametrize(
    ("name", "there", "found"),
    [
        ("id", ["ID", "id"], "id"),
        ("id", ["a", "ID", " id"], "ID"),
        ("id", ["\u00a0Id\t"], "\u00a0Id\t"),
        (" Straße", ["STRASSE "], "STRASSE "),
        ("id", ["i d", "id_", ""], None),
    ],
)
def test_a_name_means_itself_or_else_one_but_for_case_and_outer_blanks(
    name: str, there: list[str], found: str | None
) -> None:
    assert find_name(name, there) == found


def test_names_that_are_not_there_stay_as_they_are() -> None:
    assert spell_all(("created_at", "created_date"), ["Created_At"]) == ("Created_At", "created_date")


def csv(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


FORMATS = {
    "csv": lambda world, name, header, row: world.write(f"{name}.csv", csv(",".join(header), ",".join(row))),
    "jsonl": lambda world, name, header, row: world.json_lines(
        f"{name}.jsonl", dict(zip(header, row, strict=True))
    ),
    "parquet": lambda world, name, header, row: world.parquet(
        f"{name}.parquet", {key: [value] for key, value in zip(header, row, strict=True)}
    ),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_export_names_a_column_for_good(world: World, kind: str) -> None:
    write = FORMATS[kind]
    write(world, "contacts", ["Id", "Email", " phone "], [uid(1), "a", "5"])
    write(world, "notes", ["ID", "Contact_Id", "Text"], [uid(2), uid(1), "b"])
    write(world, "list_memberships", ["List_ID", "CONTACT_ID"], ["7", uid(1)])
    report = world.load()
    assert {table: load.rows_loaded for table, load in report.tables.items()} == dict.fromkeys(
        report.tables, 1
    )
    assert list(world.types("contacts")) == ["Id", "Email", " phone "]
    assert list(world.types("notes")) == ["ID", "Contact_Id", "Text"]
    write(world, "contacts", ["ID", " EMAIL", "Phone", "new"], [uid(1), "c", "6", "n"])
    write(world, "notes", ["contact_id", "id", "text "], [uid(1), uid(2), "d"])
    world.load()
    assert world.rows('select "Id", "Email", " phone ", new from raw.contacts') == [(uid(1), "c", "6", "n")]
    assert world.rows('select "ID", "Contact_Id", "Text" from raw.notes') == [(uid(2), uid(1), "d")]
    assert world.rejects() == []
    write(world, "contacts", ["id", "email"], [uid(3), "e"])
    world.load(load={"contacts": "upsert"})
    assert world.rows('select "Email" from raw.contacts order by "Id"') == ["c", "e"]


@pytest.mark.parametrize("kind", FORMATS)
def test_files_of_a_folder_may_spell_a_column_in_several_ways(world: World, kind: str) -> None:
    for name, header, row in [
        ("a", ["id", "Name", "n"], [uid(1), "x", "1"]),
        ("b", ["ID", "name ", "N"], [uid(2), "y", "2"]),
        ("c", ["Id", "city"], [uid(3), "z"]),
        ("d", ["n", "id", "Name"], ["4", uid(4), "w"]),
    ]:
        FORMATS[kind](world, f"contacts/{name}", header, row)
    world.load()
    assert list(world.types("contacts")) == ["id", "Name", "n", "city"]
    rows = world.rows("select * exclude (_cm_key, _cm_into, _cm_id) from raw.contacts")
    assert rows == [
        (uid(1), "x", "1", None),
        (uid(2), "y", "2", None),
        (uid(3), None, None, "z"),
        (uid(4), "w", "4", None),
    ]


def test_values_under_two_forms_of_a_key_have_one_type(world: World) -> None:
    world.json_lines("contacts/a.jsonl", {"id": uid(1), "n": 1, "m": {"a": 1}})
    world.json_lines("contacts/b.jsonl", {"ID": uid(2), "N": 2.5, "M": "text"}, '{"ID": "x", "N": [}')
    world.load()
    assert world.types("contacts") == {"id": "VARCHAR", "n": "DOUBLE", "m": "VARCHAR"}
    assert world.rows("select n, m from raw.contacts order by id") == [(1.0, '{"a": 1}'), (2.5, '"text"')]
    assert [(file, row) for file, row, _ in world.rejects()] == [("contacts/b.jsonl", 2)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("one", "other"), [("Email", "email"), ("email", " email"), ("EMAIL ", "email")])
def test_two_columns_of_one_file_that_mean_the_same_are_refused(
    world: World, kind: str, one: str, other: str
) -> None:
    FORMATS[kind](world, "contacts", ["id", one, other], [uid(1), "a", "b"])
    alone = "case" if one.strip() == one and other.strip() == other else "case or outer blanks"
    with pytest.raises(
        InputError, match=f"the column {other!r} differs from {one!r} in {alone} alone; rename one"
    ):
        world.load()


def test_requests_and_keys_have_our_names_and_extra_columns_the_first_ones(world: World) -> None:
    world.write("contacts.csv", csv("id", uid(1)))
    header = "Request_Id, PRIMARY_ID,Duplicate_Ids,Requested_At ,Dry_Run,Reason"
    world.write("merge_requests.csv", csv(header, f"r1,{uid(1)},,2026-01-01T00:00:00Z,true,x"))
    world.write("api_keys.csv", csv(" Api_Key_Id,SCOPES", "k,write:contacts"))
    report = world.load()
    assert report.tables["merge_requests"].misspelt == ()
    (request,) = world.rows('select (request_id, primary_id, dry_run, "Reason") from new_requests')
    assert request == ("r1", uid(1), True, "x")
    assert world.rows("select scopes from raw.api_keys") == [["write:contacts"]]


def test_a_rejected_row_keeps_its_last_good_row_whatever_its_keys_are_called(world: World) -> None:
    world.write("contacts.csv", csv("Id,name", f"{uid(1)},a", f"{uid(2)},b"))
    world.load()
    world.write("contacts.csv", csv("ID,name", f"{uid(1)},c", f"{uid(2)},d,too many"))
    world.load()
    assert world.rows("select name from raw.contacts order by name") == ["b", "c"]
    (world.folder / "contacts.csv").unlink()
    world.json_lines("contacts.jsonl", {"iD": uid(1), "name": "e"}, f'{{"id": "{uid(2)}", "name": tru}}')
    world.load()
    assert world.rows("select name from raw.contacts order by name") == ["b", "e"]


def go(place: Path, night: int, settings: Settings) -> Summary:
    return run(
        place / f"in{night}", place / "out", warehouse=None, dry_run=False, as_of=START, settings=settings, progress=QUIET
    )  # fmt: skip


@pytest.mark.long
def test_merges_know_a_column_under_any_spelling_of_it(tmp_path: Path) -> None:
    """Settings, system columns, JSON fields, edits and requests: all of it, over two nights and an undo of spelling."""
    first = ["Id", "Workspace_ID", "Updated_At", "Merged_Into_Id", "Custom_Fields", "Email"]
    second = [name.upper() for name in first]
    for night, header in ((1, first), (2, second)):
        (tmp_path / f"in{night}").mkdir()
        rows = [
            [uid(1), "w", "2026-01-01T00:00:00Z", None, '{"a": 1}', None],
            [uid(2), "w", "2026-01-02T00:00:00Z", None, '{"b": 2}', "x" if night == 1 else "y"],
            [uid(3), "w", "2026-01-03T00:00:00Z", uid(1), None, None],
        ]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
        frame.write_parquet(tmp_path / f"in{night}/Contacts.PARQUET")
        notes = {"ID" if night == 2 else "Id": [uid(9)], "contact_id": [uid(2)]}
        pl.DataFrame(notes).write_parquet(tmp_path / f"in{night}/NOTES.parquet")
    requests = {
        "Request_ID": ["r1"],
        "Primary_Id": [uid(1)],
        "Duplicate_Ids": [[uid(2)]],
        "Requested_At": [START],
    }
    pl.DataFrame(requests).write_parquet(tmp_path / "in1/merge_requests.parquet")
    summary = go(tmp_path, 1, Settings())
    assert (summary.requests, summary.contacts_after, summary.rehomed["notes"]) == ({"merged": 1}, 1, 1)
    warehouse = tmp_path / "out/warehouse.duckdb"
    assert [check for check in verify(warehouse, tmp_path / "out", Settings()) if check.violations] == []
    later = go(tmp_path, 2, Settings())
    assert (later.columns_gone, later.batch_id) == ([], None)
    assert [check for check in verify(warehouse, tmp_path / "out", Settings()) if check.violations] == []
    merged = pl.read_parquet(tmp_path / "out/merged/contacts.parquet")
    assert merged.columns == first
    (row,) = merged.to_dicts()
    assert (row["Id"], row["Email"], row["Custom_Fields"]) == (uid(1), "x", '{"a":1,"b":2}')
    assert explain(warehouse, "X", Settings(), by=" email").contact_id == uid(1)
    assert pl.read_parquet(tmp_path / "out/merged/notes.parquet").columns == ["Id", "contact_id"]
