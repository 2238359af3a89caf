"""The entity's table and columns may have any name: what comes out differs from what the usual names give in these alone."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import polars as pl
import pytest
from contact_merge.explain import explain
from contact_merge.pack import pack
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.preset import read_preset
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of

TABLE = "Leads 2024 -- é, (select)"
NAMES = {
    "id": 'sel"ect; drop table raw.x; --',
    "workspace_id": "survivor_id",
    "created_at": "n",
    "updated_at": "contact_key",
    "merged_into_id": "it's into",
    "custom_fields": "primary\nkey",
    "name": "select",
    "phone": "id",
    "email": "Group By",
    "note": "{{ rows }}",
    "city": "request_id",
    "size": "contacts",
    "ß": "counts",
}
"""By a usual name of a column the one that it has here."""
TABLES = {
    "notes": "No tes, 2024 -- é",
    "activities": "seq",
    "tasks": "accepted",
    "emails": "dropped",
    "documents": "ids",
    "list_memberships": "List-Rows (table)",
}
"""By a usual name of a child table the one that it has here."""
CHILD = {"id": 'no"te', "contact_id": "contact's key", "text": "table", "list_id": "list; id"}


def hostile_settings() -> Settings:
    """The usual tables, with these names."""
    preset = read_preset()
    entity = msgspec.structs.replace(
        preset.entity,
        table=TABLE,
        event="lead",
        **{key: NAMES[getattr(preset.entity, key)] for key in ("id", "workspace", "merged_into")},
        **{key: tuple(NAMES.get(name, name) for name in getattr(preset.entity, key)) for key in ("created", "updated")},
    )  # fmt: skip

    def named(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(CHILD[name] for name in columns)

    children = {
        TABLES[name]: msgspec.structs.replace(
            child, key=named(child.key), references=named(child.references), unique=named(child.unique)
        )
        for name, child in preset.children.items()
    }
    preset = msgspec.structs.replace(preset, entity=entity, children=children)
    return Settings(preset=preset, json_fields=(NAMES["custom_fields"],))


def rows_of(night: int) -> dict[str, list[dict[str, Any]]]:
    """The tables of a night: a and b are merged into c, d points to a, e is in another workspace."""
    contacts = [
        {
            "id": id_of(letter),
            "workspace_id": "other" if letter == "e" else "main",
            "created_at": START - timedelta(days=n),
            "updated_at": START - timedelta(hours=n),
            "merged_into_id": id_of("a") if letter == "d" else None,
            "custom_fields": json.dumps({"tier": n, f"key {letter}": night}),
            "name": f"name of {letter}",
            "phone": None if letter == "c" else f"{n} {night if letter == 'c' else 0}",
            "email": f"{letter}@example.org" if letter in "be" else None,
            "note": f"edited {night}" if letter == "c" else None,
            "city": None if letter in "ac" else "Bonn",
            "size": n,
            "ß": [letter],
        }
        for n, letter in enumerate("abcde")
    ]
    notes = [
        {"id": id_of(letter), "contact_id": id_of(letter), "text": f"note of {letter}"} for letter in "abcde"
    ]
    lists = [{"list_id": "L", "contact_id": id_of(letter), "text": letter} for letter in "abc"]
    return {"contacts": contacts, "notes": notes, "list_memberships": lists}


REQUESTS = [
    {"request_id": "r1", "primary_id": id_of("c"), "duplicate_ids": [id_of("a"), id_of("b")], "requested_at": START},
    {"request_id": "r2", "primary_id": id_of("c"), "duplicate_ids": [id_of("e")], "requested_at": START},
]  # fmt: skip


def write(folder: Path, tables: Mapping[str, list[dict[str, Any]]], ending: str) -> None:
    folder.mkdir()
    for table, rows in {**tables, "merge_requests": REQUESTS}.items():
        frame = pl.DataFrame(rows)
        if ending == "csv":
            frame = frame.with_columns(
                pl.col(pl.List(pl.String)).map_elements(
                    lambda ids: json.dumps(list(ids)), return_dtype=pl.String
                ),
                pl.col(pl.Datetime).dt.to_string("%+"),
            )
            frame.write_csv(folder / f"{table}.csv")
        elif ending == "jsonl":
            frame.with_columns(pl.col(pl.Datetime).dt.to_string("%+")).write_ndjson(folder / f"{table}.jsonl")
        else:
            frame.write_parquet(folder / f"{table}.parquet")


def renamed(rows: list[dict[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


def read(output: Path) -> dict[str, list[dict[str, Any]]]:
    """The merged files, sorted, and the events; without times of events and their ids, which the event's name is part of."""
    tables = {
        path.stem: sorted(pl.read_parquet(path).to_dicts(), key=repr)
        for path in (output / "merged").glob("*.parquet")
    }
    tables["events"] = [
        json.loads(line)
        for path in sorted((output / "events").glob("*.jsonl"), key=lambda path: path.stem.rsplit("-")[-1])
        for line in path.read_text("utf-8").split("\n")
        if line
    ]
    return tables


def in_usual_names(tables: dict[str, Any]) -> dict[str, Any]:
    """The outputs under hostile names, as the usual ones would have them."""
    back = {hostile: usual for usual, hostile in NAMES.items()}
    back_of_child = {hostile: usual for usual, hostile in CHILD.items()}

    def label(field: str) -> str:
        column = max(
            (name for name in back if field == name or field.startswith(f"{name}.")), key=len, default=""
        )
        return back.get(column, column) + field.removeprefix(column)

    def contact(value: Any) -> Any:
        return renamed([value], back)[0] if isinstance(value, dict) else value

    tables["contacts"] = sorted(renamed(tables.pop(TABLE), back), key=repr)
    kinds = {hostile: usual for usual, hostile in TABLES.items()}
    for hostile, usual in kinds.items():
        tables[usual] = sorted(renamed(tables.pop(hostile), back_of_child), key=repr)
    for row in tables["merge_responses"]:
        row["primary"] = contact(json.loads(row["primary"])) if row["primary"] else None
        row["fields_populated"] = [label(field) for field in row["fields_populated"]]
        row["counts"] = renamed([row["counts"]], kinds)[0] if row["counts"] else None
    for table in ("field_provenance", "field_conflicts"):
        for row in tables[table]:
            row["field"] = label(row["field"])
        tables[table].sort(key=repr)
    for row in tables["dropped_children"]:
        row["table"] = kinds[row["table"]]
        for name in ("row", "kept"):
            row[name] = renamed([json.loads(row[name])], back_of_child)[0]
    for event in tables["events"]:
        data = event["data"]
        for name in ("primary", "restored"):
            if name in data:
                data[name] = contact(data[name])
        data["fields_populated"] = [label(field) for field in data.get("fields_populated", [])]
        if "counts" in data:
            data["counts"] = renamed([data["counts"]], kinds)[0]
    return tables


def as_usual(tables: dict[str, Any]) -> dict[str, Any]:
    """The outputs under the usual names, with JSON read."""
    for row in tables["merge_responses"]:
        row["primary"] = json.loads(row["primary"]) if row["primary"] else None
    for row in tables["dropped_children"]:
        row["row"], row["kept"] = json.loads(row["row"]), json.loads(row["kept"])
    for event in tables["events"]:
        event["data"].setdefault("fields_populated", [])
    return tables


def without_event_ids(tables: dict[str, Any]) -> dict[str, Any]:
    for event in tables["events"]:
        event.pop("id")
        event["event"] = event["event"].rpartition(".")[2]
    return tables


def play(place: Path, settings: Settings, email: str) -> list[Any]:
    """A dry run, two nights, a rebuild, a packed file and an undo, each verified: the outputs of the nights and the undo."""
    output, warehouse = place / "out", place / "out/warehouse.duckdb"
    states = []

    def go(night: int, *, dry_run: bool = False) -> Any:
        return run(
            place / f"in{night}", output, warehouse=None, dry_run=dry_run, as_of=START + timedelta(days=night),
            settings=settings, progress=QUIET,
        )  # fmt: skip

    def check() -> dict[str, list[dict[str, Any]]]:
        assert [check for check in verify(warehouse, output, settings) if check.violations] == []
        return read(output)

    preview = go(1, dry_run=True)
    assert (preview.requests, preview.rejected) == ({"merged": 1, "not_found": 1}, 0)
    assert preview.files.keys() >= {"changes.parquet", f"merged/{settings.preset.entity.table}.parquet"}
    assert go(1).files.keys() >= {f"events/{settings.preset.entity.event}_merged-000001.jsonl"}
    states.append(check())
    assert go(2).contacts_after == 2
    states.append(check())
    assert explain(warehouse, "b@example.org", settings, by=email).survivor_id == id_of("c")
    rebuild(warehouse, output, events=True, settings=settings, progress=QUIET)
    assert check() == states[-1]
    pack(warehouse, place / "packed.duckdb", settings, QUIET, output=output)
    assert [found for found in verify(place / "packed.duckdb", None, settings) if found.violations] == []
    undone = undo(
        warehouse, output, ["r1"], dry_run=False, as_of=START + timedelta(days=3), settings=settings, progress=QUIET
    )  # fmt: skip
    assert undone.restored == [id_of("a"), id_of("b")]
    return [*states, check()]


@pytest.mark.proof
@pytest.mark.long
@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_any_names_give_what_the_usual_names_give(tmp_path: Path, ending: str) -> None:
    usual, hostile = tmp_path / "usual", tmp_path / "hostile"
    for place in (usual, hostile):
        place.mkdir()
    for night in (1, 2):
        tables = rows_of(night)
        write(usual / f"in{night}", tables, ending)
        contacts = renamed(tables.pop("contacts"), NAMES)
        others = {TABLES[table]: renamed(rows, CHILD) for table, rows in tables.items()}
        write(hostile / f"in{night}", {TABLE: contacts, **others}, ending)
    expected = play(usual, Settings(), "email")
    found = play(hostile, hostile_settings(), NAMES["email"])
    for one, other in zip(expected, found, strict=True):
        assert without_event_ids(in_usual_names(other)) == without_event_ids(as_usual(one))


@pytest.mark.long
def test_names_of_the_settings_match_but_for_case_and_outer_blanks(tmp_path: Path) -> None:
    def otherwise(names: Any) -> Any:
        return f" {names.upper()}\t" if isinstance(names, str) else tuple(map(otherwise, names))

    preset = read_preset()
    columns = ("id", "workspace", "created", "updated", "merged_into", "system")
    entity = msgspec.structs.replace(
        preset.entity, **{key: otherwise(getattr(preset.entity, key)) for key in columns}
    )
    children = {
        name: msgspec.structs.replace(
            child, **{key: otherwise(getattr(child, key)) for key in ("key", "references", "unique")}
        )
        for name, child in preset.children.items()
    }
    preset = msgspec.structs.replace(preset, entity=entity, children=children)
    states = []
    for settings in (Settings(), Settings(preset=preset, json_fields=(" CUSTOM_FIELDS ",))):
        place = tmp_path / str(len(states))
        place.mkdir()
        for night in (1, 2):
            write(place / f"in{night}", rows_of(night), "parquet")
        states.append(play(place, settings, "email"))
    for one, other in zip(*states, strict=True):
        assert without_event_ids(other) == without_event_ids(one)


def test_every_column_of_the_tables_has_a_comment(tmp_path: Path) -> None:
    tables = rows_of(1)
    contacts = renamed(tables.pop("contacts"), NAMES)
    write(
        tmp_path / "in",
        {TABLE: contacts} | {TABLES[name]: renamed(rows, CHILD) for name, rows in tables.items()},
        "csv",
    )
    settings = hostile_settings()
    run(
        tmp_path / "in", tmp_path / "out", warehouse=None, dry_run=False, as_of=START, settings=settings, progress=QUIET
    )  # fmt: skip
    with duckdb.connect(str(tmp_path / "out/warehouse.duckdb"), read_only=True) as con:
        bare = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where schema_name in ('raw', 'merged') and comment is null"
        ).fetchall()
        (said,) = con.execute(
            "select comment from duckdb_views() where view_name = $1 and schema_name = 'merged'", [TABLE]
        ).fetchone()
    assert [(schema, table) for schema, table, _ in bare if TABLE in table or schema == "merged"] == []
    assert said.endswith(f"columns and types as in raw.{TABLE}.")


@pytest.mark.long
def test_events_keep_the_word_that_they_had(tmp_path: Path) -> None:
    write(tmp_path / "in1", rows_of(1), "parquet")
    write(tmp_path / "in2", rows_of(2), "parquet")
    request = {
        "request_id": "r3",
        "primary_id": id_of("c"),
        "duplicate_ids": [id_of("d")],
        "requested_at": START,
    }
    pl.DataFrame([request]).write_parquet(tmp_path / "in2/merge_requests.parquet")
    contacts = pl.read_parquet(tmp_path / "in2/contacts.parquet")
    contacts.with_columns(merged_into_id=pl.lit(None, pl.String)).write_parquet(
        tmp_path / "in2/contacts.parquet"
    )
    output, warehouse = tmp_path / "out", tmp_path / "out/warehouse.duckdb"
    preset = read_preset()
    later = Settings(
        preset=msgspec.structs.replace(preset, entity=msgspec.structs.replace(preset.entity, event="lead"))
    )
    for night, settings in ((1, Settings()), (2, later)):
        run(
            tmp_path / f"in{night}", output, warehouse=None, dry_run=False, as_of=START, settings=settings, progress=QUIET
        )  # fmt: skip
    undo(warehouse, output, ["r1"], dry_run=False, as_of=START, settings=Settings(), progress=QUIET)
    names = ["contact_merged-000001.jsonl", "lead_merged-000002.jsonl", "lead_unmerged-000003.jsonl"]
    assert sorted(path.name for path in (output / "events").iterdir()) == names
    before = read(output)["events"]
    said = ["contact.merged", "contact.merged", "lead.merged", "lead.unmerged", "lead.unmerged"]
    assert [event["event"] for event in before] == said
    rebuild(warehouse, output, events=True, settings=Settings(), progress=QUIET)
    assert sorted(path.name for path in (output / "events").iterdir()) == names
    assert read(output)["events"] == before
    assert [check for check in verify(warehouse, output, Settings()) if check.violations] == []
