"""Runs on ids of each type: contacts, pointers, children, requests, undo and explain know an id in any of its forms."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.errors import ContactError, InputError, UndoError
from contact_merge.explain import explain
from contact_merge.ids.salesforce import checksum
from contact_merge.pipeline import run, undo
from contact_merge.preset import ChildTable, read_preset
from contact_merge.settings import Settings
from contact_merge.snapshots import is_snapshot
from contact_merge.tables import INTO, KEY
from contact_merge.verify import verify
from load_world import World, empty_world, uid
from pipeline_endpoint import QUIET
from sampled import PROOF, proof, some_proofs
from story import START

pytestmark = pytest.mark.long

world = empty_world
X, Y, Z = (uid(n) for n in range(101, 104))
FIRST = [f"003Dn00000{letters}" for letters in ("AbCdE", "AbCde", "aBCdE", "abcde")]
LONG = [first + checksum(first) for first in FIRST]
Columns = Mapping[str, Any]


def settings_of(id_type: str, **changed: Any) -> Settings:
    """The usual tables, with ids of a type."""
    preset = read_preset()
    entity = msgspec.structs.replace(preset.entity, id_type=id_type)
    return Settings(preset=msgspec.structs.replace(preset, entity=entity), **changed)


def preset_of(id_type: str) -> dict[str, Any]:
    """The same, for a World."""
    return {"preset": settings_of(id_type).preset}


class Place:
    """A folder of inputs, and what runs on it make."""

    def __init__(self, folder: Path, id_type: str) -> None:
        self.folder, self.output, self.settings = folder / "in", folder / "out", settings_of(id_type)
        self.warehouse = self.output / "warehouse.duckdb"
        self.folder.mkdir()

    def write(self, **tables: Columns | str) -> None:
        """Write tables as Parquet, or as the text of a CSV file."""
        for table, columns in tables.items():
            for path in self.folder.glob(f"{table}.*"):
                path.unlink()
            if isinstance(columns, str):
                (self.folder / f"{table}.csv").write_text(columns, "utf-8")
            else:
                pq.write_table(pa.table(dict(columns)), self.folder / f"{table}.parquet")

    def run(self) -> None:
        run(
            self.folder, self.output,
            warehouse=None, dry_run=False, as_of=START, settings=self.settings, progress=QUIET,
        )  # fmt: skip

    def undo(self, *contacts: str) -> None:
        undo(
            self.warehouse, self.output, [],
            contacts=contacts, dry_run=False, as_of=START, settings=self.settings, progress=QUIET,
        )  # fmt: skip

    def column(self, table: str, name: str) -> list[Any]:
        """A column of an output."""
        return pq.read_table(self.output / f"merged/{table}.parquet")[name].to_pylist()

    def statuses(self) -> dict[str, tuple[int, str | None]]:
        """By request its status and message."""
        rows = (self.column("merge_responses", name) for name in ("request_id", "status", "message"))
        return {request: (status, message) for request, status, message in zip(*rows, strict=True)}

    def query(self, text: str) -> list[Any]:
        """The rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(text).fetchall()

    def faults(self) -> list[str]:
        """The checks that fail."""
        return [
            check.name for check in verify(self.warehouse, self.output, self.settings) if check.violations
        ]


def request(request_id: str, primary: Any, duplicates: Any, minute: int = 0) -> dict[str, Any]:
    at = START.replace(minute=minute)
    return {"request_id": request_id, "primary_id": primary, "duplicate_ids": duplicates, "requested_at": at}


def requests(*rows: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Requests as columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


# ------------------------------------------------------------------------------------ from load to undo

CASES: dict[str, tuple[str, Sequence[Any], list[str], list[str]]] = {
    # type, ids in the table, the same spelled otherwise, as outputs name them
    "whole numbers": ("integer", [42, 7, 10, 9], ["042", " 7", "+10", "9.0"], ["42", "7", "10", "9"]),
    "small whole numbers": (
        "integer", pa.array([42, 7, 10, 9], pa.int16()), ["42.0", "07", "10", "9"], ["42", "7", "10", "9"],
    ),
    "doubles": ("integer", [42.0, 7.0, 10.0, 9.0], ["042", "7", "10.00", "9"], ["42", "7", "10", "9"]),
    "digits": ("integer", ["42", "7", "10", "9"], ["042", "7.0", "+10", "\u30009"], ["42", "7", "10", "9"]),
    "odd digits": ("integer", [" 042", "7.0", "+10", "9"], ["42", "7", "10", "09"], [" 042", "7.0", "+10", "9"]),
    "text": ("text", ["a@x", "A@x", "b|1", "é"], [" a@x", "A@x\n", "\u3000b|1", "é "], ["a@x", "A@x", "b|1", "é"]),
    "odd text": ("text", [" a", "b", "c c", "d"], ["a", "\tb", "c c ", "d"], [" a", "b", "c c", "d"]),
    "text of numbers": ("text", [42, 7, 10, 9], [" 42", "7", "10", "9"], ["42", "7", "10", "9"]),
    "text of doubles": ("text", [42.0, 7.5, 10.0, 9.0], ["42", "7.5", "10", "9"], ["42", "7.5", "10", "9"]),
    "salesforce": ("salesforce", LONG, [*FIRST[:2], f" {FIRST[2]}", LONG[3]], LONG),
    "salesforce of 15": ("salesforce", FIRST, LONG, FIRST),
    "salesforce of both": (
        "salesforce", [LONG[0], *FIRST[1:3], LONG[3]], [*FIRST[:2], *LONG[2:]], [LONG[0], *FIRST[1:3], LONG[3]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", some_proofs(CASES, "text", "salesforce of both"))
def test_an_id_is_known_in_any_spelling_from_load_to_undo(tmp_path: Path, case: str) -> None:
    """b, spelled otherwise, is merged into a; d came with a pointer to c; children name all of them in both ways."""
    id_type, ids, otherwise, names = CASES[case]
    place = Place(tmp_path, id_type)
    a, b, c, d = names
    given = ids if isinstance(ids, pa.Array) else pa.array(ids)
    owners = pa.concat_arrays([given, given[1:2]])
    place.write(
        contacts={
            "id": given,
            "merged_into_id": [None, None, None, otherwise[2]],
            "phone": [None, "2", "3", "4"],
        },
        notes={"id": [uid(n) for n in range(5)], "contact_id": owners},
        emails={"id": [uid(n) for n in range(4)], "contact_id": otherwise},
        list_memberships={"list_id": ["L", "L", "M", "M"], "contact_id": given},
        merge_requests=requests(request("r1", otherwise[0], [otherwise[1]])),
    )
    place.run()
    assert place.statuses() == {"r1": (200, None)}
    kept = given.to_pylist()
    assert sorted(place.column("contacts", "id")) == sorted([kept[0], kept[2]])
    assert dict(zip(place.column("contacts", "id"), place.column("contacts", "phone"), strict=True)) == {
        kept[0]: "2",
        kept[2]: "3",
    }
    rows = zip(
        *(place.column("contact_redirects", name) for name in ("retired_id", "survivor_id")), strict=True
    )
    assert sorted(rows) == sorted([(b, a), (d, c)])
    assert sorted(place.column("notes", "contact_id")) == sorted([kept[0]] * 3 + [kept[2]] * 2)
    assert sorted(place.column("emails", "contact_id")) == sorted([a, a, c, c])
    assert sorted(place.column("list_memberships", "contact_id")) == sorted([kept[0], kept[2]])
    assert place.faults() == []
    for asked in (b, otherwise[1]):
        assert (found := explain(place.warehouse, asked, place.settings)).contact_id == b
        assert (found.state, found.survivor_id) == ("retired", a)
    event = json.loads(next(place.output.glob("events/*")).read_text("utf-8"))
    assert (event["data"]["primary_id"], event["data"]["merged_id"]) == (a, b)
    place.undo(otherwise[1])
    assert sorted(place.column("contacts", "id")) == sorted(kept[:3])
    assert sorted(place.column("emails", "contact_id")) == sorted([a, b, c, c])
    assert sorted(place.column("notes", "contact_id")) == sorted([*kept[:2], kept[1], *[kept[2]] * 2])
    assert place.faults() == []


# ------------------------------------------------------------------------------------ requests

NO_INTEGER = "no integer (a whole number of 64 bits)"
WHOLE = pa.list_(pa.int64())


@pytest.mark.parametrize(
    ("primary", "duplicates"),
    [
        (pa.array([1]), pa.array([[2, 3]])),
        pytest.param(pa.array([1], pa.int8()), pa.array([[2, 3]], pa.list_(pa.uint8())), marks=PROOF),
        pytest.param(pa.array([1.0]), pa.array([[2.0, 3.0]]), marks=PROOF),
        pytest.param(pa.array([" 01"]), pa.array([["2.0", "+3"]]), marks=PROOF),
        pytest.param(pa.array(["1"]), pa.array(["[2, 3]"]), marks=PROOF),
        (pa.array(["1"]), pa.array(['[2.0, "03"]'])),
        pytest.param(pa.array(["1"]), pa.array(["2;3"]), marks=PROOF),
        (pa.array(["1"]), pa.array([" {2, 3} "])),
    ],
)  # fmt: skip
def test_requests_name_whole_numbers_in_any_form(
    tmp_path: Path, primary: pa.Array, duplicates: pa.Array
) -> None:
    place = Place(tmp_path, "integer")
    place.write(
        contacts={"id": [1, 2, 3]},
        merge_requests=requests(request("r1", 1, [])) | {"primary_id": primary, "duplicate_ids": duplicates},
    )
    place.run()
    assert place.statuses() == {"r1": (200, None)}
    assert place.column("merge_responses", "merged_ids") == [["2", "3"]]
    assert place.column("contacts", "id") == [1]


@pytest.mark.parametrize("text", ['["b, c", " A "]', '[" b, c","A"]'])
def test_requests_name_texts_in_a_json_array_alone(tmp_path: Path, text: str) -> None:
    place = Place(tmp_path, "text")
    place.write(
        contacts={"id": ["a", "A", "b, c", "7", "8"]},
        merge_requests=requests(
            request("array", "a ", text),
            request("separated", "7", "8, b"),
            request("one", "7", "8"),
            request("numbers", "7.0", "[8]", 1),
        ),
    )
    place.run()
    statuses = place.statuses()
    assert {name: status for name, (status, _) in statuses.items()} == {
        "array": 200,
        "separated": 400,
        "one": 400,
        "numbers": 404,
    }
    assert str(statuses["one"][1]).startswith("duplicate_ids is not a list of ids")
    assert sorted(place.column("contacts", "id")) == ["7", "8", "a"]


@pytest.mark.parametrize("number", [8, 8.0])
def test_a_number_in_a_request_is_its_text(tmp_path: Path, number: float) -> None:
    place = Place(tmp_path, "text")
    place.write(contacts={"id": ["7", "8"]}, merge_requests=requests(request("r1", number, [7.0])))
    place.run()
    assert place.statuses() == {"r1": (200, None)}


BAD = {
    "uuid": ("42", "no UUID"),
    "integer": ("4.5", NO_INTEGER),
    "salesforce": (LONG[0][:-1] + "a", "no Salesforce id (15 or 18 letters and digits, the last three of 18 their checksum)"),
}  # fmt: skip


@pytest.mark.parametrize("id_type", BAD)
def test_a_refusal_names_the_type(tmp_path: Path, id_type: str) -> None:
    good = {"uuid": [X, Y], "integer": ["1", "2"], "salesforce": LONG[:2]}[id_type]
    bad, fault = BAD[id_type]
    place = Place(tmp_path, id_type)
    place.write(
        contacts={"id": good},
        merge_requests=requests(
            request("primary", bad, [good[0]]), request("duplicate", good[0], [good[1], bad])
        ),
    )
    place.run()
    assert place.statuses() == {
        "primary": (400, f"primary_id is {fault}: {bad}. A corrected request needs a new request_id."),
        "duplicate": (
            400,
            f"duplicate_ids holds what is {fault}: {bad}. A corrected request needs a new request_id.",
        ),
    }


def test_a_double_beyond_what_doubles_show_exactly_names_nobody(tmp_path: Path) -> None:
    place = Place(tmp_path, "integer")
    ids = [1, 2**53 + 2]
    doubles = requests(request("r1", 1.0, [float(2**53 + 2)]), request("r2", float(2**53 + 2), [1.0]))
    texts = [*doubles["duplicate_ids"]]
    place.write(contacts={"id": ids}, merge_requests=doubles)
    place.run()
    assert {name: status for name, (status, _) in place.statuses().items()} == {"r1": 400, "r2": 400}
    json_text = requests(request("r3", "1", f"[{texts[0][0]}]"), request("r4", "1", f"[{2**53 + 2}]", 1))
    place.write(merge_requests=json_text)
    place.run()
    assert {name: status for name, (status, _) in place.statuses().items()} | {"r1": 400} == {
        "r1": 400,
        "r2": 400,
        "r3": 400,
        "r4": 200,
    }


def test_the_primary_among_its_duplicates_is_found_by_value(tmp_path: Path) -> None:
    place = Place(tmp_path, "salesforce")
    place.write(
        contacts={"id": LONG},
        merge_requests=requests(
            request("r1", LONG[0], [FIRST[0]]), request("r2", LONG[0], [LONG[1], FIRST[1]])
        ),
    )
    place.run()
    assert str(place.statuses()["r1"][1]).startswith("primary_id is among duplicate_ids")
    assert place.statuses()["r2"] == (200, None)


# ------------------------------------------------------------------------------------ rejects

REJECTS = {
    "integer": ([1, "4x", "", "١", "1.0"], [3, 2**63], NO_INTEGER),
    "salesforce": ([LONG[0], FIRST[0][:-1], "", LONG[0][:-1] + "a", f" {FIRST[0]}"], [LONG[1], "x"], BAD["salesforce"][1]),
    "text": (["a", None, "", "\u3000", " a"], ["b", "\x1c"], "empty"),
}  # fmt: skip


@pytest.mark.parametrize("id_type", REJECTS)
def test_a_reject_names_the_type(world: World, id_type: str) -> None:
    ids, pointers, fault = REJECTS[id_type]
    good = str(ids[0])
    world.parquet("contacts.parquet", {"id": [None if i is None else str(i) for i in ids]})
    world.parquet("notes.parquet", {"id": [X, "x", Y], "contact_id": [good, " ", "\u0663"]})
    world.load(**preset_of(id_type))
    assert world.rejects() == [
        *(("contacts.parquet", n, f"id is {fault}") for n in (2, 3, 4)),
        ("contacts.parquet", 5, "an earlier row has the same id"),
        *([] if id_type == "text" else [("notes.parquet", 3, f"contact_id is {fault}")]),
    ]
    world.parquet("contacts.parquet", {"id": [good, "2"][:1] * 1, "merged_into_id": [str(pointers[1])]})
    world.load(**preset_of(id_type))
    noted = (
        []
        if id_type == "text"
        else [("contacts.parquet", 1, f"merged_into_id is {fault}; the row counts as one without it")]
    )
    assert [reject for reject in world.rejects() if reject[0] == "contacts.parquet"] == noted
    assert world.rows(f"select {INTO} from raw.contacts") == [None]


@pytest.mark.parametrize(
    ("id_type", "first", "again"),
    [("integer", "42", "042"), ("text", "a@x", " a@x"), ("salesforce", LONG[0], FIRST[0])],
)
def test_a_broken_line_leaves_the_last_good_row_of_its_id(
    world: World, id_type: str, first: str, again: str
) -> None:
    others = {"integer": "7", "text": "b", "salesforce": LONG[1]}
    world.write("contacts.csv", f"id,n\n{first},1\n{others[id_type]},2\n")
    world.load(**preset_of(id_type))
    world.write("contacts.csv", f"id,n\n{again},1,2\n")
    world.load(**preset_of(id_type))
    assert world.rows("select id, n from raw.contacts") == [(first, "1")]


def test_a_later_row_of_an_id_replaces_it_in_any_spelling(world: World) -> None:
    world.write("contacts.csv", "id,n\n42,1\n7,2\n")
    world.load(**preset_of("integer"))
    world.write("contacts.csv", "id,n\n042,3\n")
    world.load(**preset_of("integer"), load={"contacts": "upsert"})
    assert world.rows("select id, n from raw.contacts") == [("7", "2"), ("042", "3")]


# ------------------------------------------------------------------------------------ reading

PLAIN: dict[str, tuple[str, pa.Array]] = {
    "whole numbers": ("integer", pa.array([42, -7, 2**62])),
    "small whole numbers": ("integer", pa.array([42, 7, 0], pa.uint32())),
    "digits": ("integer", pa.array(["42", "-7", str(2**62)])),
    "text": ("text", pa.array(["a", "A", "é b"])),
    "salesforce": ("salesforce", pa.array(LONG[:3])),
}
UNPLAIN: dict[str, tuple[str, pa.Array]] = {
    "doubles": ("integer", pa.array([42.0, 7.0, 8.0])),
    "a nought in front": ("integer", pa.array(["042", "7", "8"])),
    "blanks": ("text", pa.array(["a", "b ", "c"])),
    "text of numbers": ("text", pa.array([1, 2, 3])),
    "15 characters": ("salesforce", pa.array([LONG[0], FIRST[1], LONG[2]])),
}


@pytest.mark.parametrize("case", [*PLAIN, *UNPLAIN])
def test_plain_ids_make_snapshots_and_both_ways_read_the_same(world: World, case: str) -> None:
    id_type, ids = {**PLAIN, **UNPLAIN}[case]
    tables = {
        "contacts": {"id": ids, "merged_into_id": pa.concat_arrays([pa.nulls(1, ids.type), ids[:1], pa.nulls(1, ids.type)])},
        "notes": {"id": [X, Y, Z], "contact_id": ids},
        "list_memberships": {"list_id": ["L", "L", "M"], "contact_id": ids},
    }  # fmt: skip
    keys = (
        f"select {KEY}, {INTO}, typeof({KEY}), _cm_id from raw.contacts",
        "select _cm_contact_key, typeof(_cm_contact_key) from raw.notes",
    )
    found = []
    for whole in (True, False):
        for table, columns in tables.items():
            rows = pa.table(columns)
            if whole:
                world.parquet(f"{table}.parquet", rows)
            else:
                (world.folder / f"{table}.parquet").unlink()
                world.parquet(f"{table}/1.parquet", rows[:1])
                world.parquet(f"{table}/2.parquet", rows[1:])
        world.load(**preset_of(id_type))
        assert [is_snapshot(world.con, table) for table in tables] == [whole and case in PLAIN] * 3
        assert world.rejects() == []
        found.append([world.rows(query) for query in keys])
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
def test_an_id_twice_in_plain_ids_is_found(world: World, kind: pa.DataType) -> None:
    world.parquet("contacts.parquet", {"id": pa.array([1, 2, 1]).cast(kind)})
    world.load(**preset_of("integer"))
    assert world.rejects() == [("contacts.parquet", 3, "an earlier row has the same id")]


JSON_LINES = {
    "numbers": ('{"id": 42}', '{"id": 7}', "BIGINT", [42, 7]),
    "doubles": ('{"id": 42}', '{"id": 7.0}', "DOUBLE", [42, 7]),
    "numbers and strings": ('{"id": 42}', '{"id": "07"}', "VARCHAR", [42, 7]),
}


@pytest.mark.parametrize("case", JSON_LINES)
def test_json_lines_keep_the_type_of_numbers(world: World, case: str) -> None:
    *lines, kind, keys = JSON_LINES[case]
    world.json_lines("contacts.jsonl", *map(str, lines))
    world.load(**preset_of("integer"))
    assert world.types("contacts") == {"id": kind}
    assert world.rows(f"select {KEY} from raw.contacts") == keys


def test_whole_doubles_of_one_file_are_whole_numbers_beside_those_of_another(world: World) -> None:
    world.parquet("contacts/1.parquet", {"id": [1, 2]})
    world.parquet("contacts/2.parquet", {"id": [3.0, 4.0]})
    world.load(**preset_of("integer"))
    assert world.types("contacts") == {"id": "BIGINT"}
    assert world.rows(f"select {KEY} from raw.contacts") == [1, 2, 3, 4]


# ------------------------------------------------------------------------------------ written otherwise, order, room


@pytest.mark.parametrize(
    ("contacts", "owners", "spelled"),
    [
        (LONG, LONG, []),
        pytest.param(FIRST, FIRST, [], marks=PROOF),
        pytest.param(LONG, FIRST[:1], LONG[:1], marks=PROOF),
        (FIRST, LONG[:1], FIRST[:1]),
    ],
)
def test_children_that_are_spelled_as_contacts_are_cost_nothing(
    tmp_path: Path, contacts: list[str], owners: list[str], spelled: list[str]
) -> None:
    place = Place(tmp_path, "salesforce")
    place.write(
        contacts={"id": contacts}, notes={"id": [uid(n) for n in range(len(owners))], "contact_id": owners}
    )
    place.run()
    assert [contact for (contact,) in place.query("select contact_id from fold.id_spellings")] in (
        spelled,
        sorted(spelled),
    )
    assert place.column("notes", "contact_id") == contacts[: len(owners)]
    assert place.faults() == []


def test_the_rows_of_any_child_leave_as_contacts_are_spelled(tmp_path: Path) -> None:
    place = Place(tmp_path, "salesforce")
    preset = place.settings.preset
    deals = ChildTable(references=("owner", "buyer"))
    place.settings = Settings(preset=msgspec.structs.replace(preset, children={"deals": deals}))
    place.write(
        contacts={"id": LONG},
        deals={"owner": [FIRST[0], LONG[1], None], "buyer": [LONG[2], None, FIRST[3]]},
        merge_requests=requests(request("r1", LONG[0], [LONG[1]])),
    )
    place.run()
    assert place.column("deals", "owner") == [LONG[0], LONG[0], None]
    place.write(deals={"owner": FIRST[:2], "buyer": LONG[2:]})
    place.run()
    assert place.column("deals", "owner") == [LONG[0]] * 2
    assert place.column("deals", "buyer") == LONG[2:]
    assert place.faults() == []


@pytest.mark.parametrize(("id_type", "stays"), [("integer", 9), ("text", 10)])
def test_imported_pointers_stand_in_the_order_of_their_ids(tmp_path: Path, id_type: str, stays: int) -> None:
    place = Place(tmp_path, id_type)
    place.write(
        contacts={"id": [1, 10, 9], "merged_into_id": [None, 1, 1]},
        list_memberships={"list_id": ["L", "L"], "contact_id": [10, 9], "by": [10, 9]},
    )
    place.run()
    assert place.column("list_memberships", "by") == [stays]
    assert place.column("list_memberships", "contact_id") == [1]
    dropped = json.loads(place.column("dropped_children", "row")[0])
    assert dropped == {"list_id": "L", "contact_id": 19 - stays, "by": 19 - stays}


ROOM = {
    "INTEGER": ("integer", pa.array([2**40, 7]), pa.array([7], pa.int32()), "BIGINT or text"),
    "DOUBLE": ("integer", pa.array([2**53 + 1, 7]), pa.array([7.0]), "BIGINT or text"),
    "BIGINT": ("text", pa.array(["x", "7"]), pa.array([7]), "text"),
    "UUID": ("text", pa.array(["x", X]), pa.array([bytes.fromhex(X.replace("-", ""))], pa.uuid()), "text"),
}


@pytest.mark.parametrize("kind", some_proofs(ROOM, "UUID"))
def test_a_reference_that_cannot_hold_the_survivor_stops_the_run(tmp_path: Path, kind: str) -> None:
    id_type, ids, owner, wide = ROOM[kind]
    place = Place(tmp_path, id_type)
    survivor, retired = map(str, ids.to_pylist())
    place.write(
        contacts={"id": ids},
        notes={"id": [Y], "contact_id": owner},
        merge_requests=requests(request("r1", survivor, [retired])),
    )
    with pytest.raises(InputError) as error:
        place.run()
    assert str(error.value) == (
        f"notes: the column 'contact_id' is {kind}, which cannot hold the id of a contact that has some of its rows now; "
        f"write it as {wide}."
    )  # fmt: skip
    assert not place.output.exists()
    place.write(
        notes={"id": [Y], "contact_id": owner}, merge_requests=requests(request("r1", retired, [survivor]))
    )
    place.run()
    assert place.statuses() == {"r1": (200, None)}


@pytest.mark.parametrize(
    "kind",
    [*map(proof, [pa.int8(), pa.int32(), pa.int64(), pa.float64(), pa.decimal128(30, 2)]), pa.string()],
)
def test_children_of_any_type_of_column_go_to_the_survivor(tmp_path: Path, kind: pa.DataType) -> None:
    place = Place(tmp_path, "integer")
    owners = pa.array([7, 8, 9]).cast(kind)
    place.write(
        contacts={"id": ["7", "8"]},
        notes={"id": [X, Y, Z], "contact_id": owners},
        list_memberships={"list_id": ["L", "M", "M"], "contact_id": owners},
        merge_requests=requests(request("r1", "7", ["8"])),
    )
    place.run()
    for table in ("notes", "list_memberships"):
        column = pq.read_table(place.output / f"merged/{table}.parquet")["contact_id"]
        assert (column.type, column.to_pylist()) == (kind, pa.array([7, 7, 9]).cast(kind).to_pylist())
    assert place.faults() == []


# ------------------------------------------------------------------------------------ explain, undo, a type that fits


def test_a_beginning_of_a_salesforce_id_is_enough(tmp_path: Path) -> None:
    place = Place(tmp_path, "salesforce")
    place.write(contacts={"id": [LONG[0], "001AAAAAAAAAAAA"]})
    place.run()
    for beginning in ("001AAA", LONG[0][:13], LONG[0][:17]):
        whole = LONG[0] if beginning.startswith("003") else "001AAAAAAAAAAAA"
        assert explain(place.warehouse, beginning, place.settings).contact_id == whole
    for text, message in {
        "001AAa": "No contact that this warehouse holds, or ever held or merged, has an id that begins with 001AAa.",
        "001AA": "The id is no Salesforce id (15 or 18 letters and digits, the last three of 18 their checksum), nor a beginning "
        "of one (6 letters and digits or more); to look for another value name its column, like --by email.",
    }.items():
        with pytest.raises(ContactError) as error:
            explain(place.warehouse, text, place.settings)
        assert str(error.value) == message


def test_numbers_and_texts_have_no_beginnings(tmp_path: Path) -> None:
    for id_type, text, message in (
        (
            "integer",
            "x",
            f"The id is {NO_INTEGER}; to look for another value name its column, like --by email.",
        ),
        (
            "integer",
            "123456",
            "123456 is the id of no contact that this warehouse holds, or ever held or merged.",
        ),
        (
            "text",
            "123456",
            "123456 is the id of no contact that this warehouse holds, or ever held or merged.",
        ),
        ("text", " ", "The id is empty; to look for another value name its column, like --by email."),
    ):
        folder = tmp_path / f"{id_type} {text}"
        folder.mkdir()
        place = Place(folder, id_type)
        place.write(contacts={"id": ["12345678"]})
        place.run()
        with pytest.raises(ContactError) as error:
            explain(place.warehouse, text, place.settings)
        assert str(error.value) == message


def test_an_undo_names_the_type(tmp_path: Path) -> None:
    place = Place(tmp_path, "integer")
    place.write(contacts={"id": [1, 2]}, merge_requests=requests(request("r1", "1", ["2"])))
    place.run()
    with pytest.raises(UndoError) as error:
        place.undo("x", "3", "01")
    assert str(error.value).splitlines() == [
        f"x: it is {NO_INTEGER}; give the id of a retired contact.",
        "3: this warehouse neither holds it nor ever merged it.",
        "01: it is live; no merge retired it.",
        "Nothing was undone; leave out what cannot be undone.",
    ]


FITTING = {
    "uuid, whole numbers": ("uuid", "id\n42\n7\n", "whole numbers", "integer"),
    "uuid, Salesforce": ("uuid", f"id\n{LONG[0]}\n{FIRST[1]}\n", "Salesforce ids", "salesforce"),
    "uuid, e-mail": ("uuid", "id\na@x\n7\n", "text", "text"),
    "integer, UUIDs": ("integer", f"id\n{X}\n", "UUIDs", "uuid"),
    "integer, empty ones too": ("integer", f"id,n\n{X},1\n,2\n", "UUIDs", "uuid"),
}


@pytest.mark.parametrize("case", FITTING)
def test_where_no_id_is_of_the_type_the_one_that_fits_is_named(tmp_path: Path, case: str) -> None:
    id_type, text, looks, fitting = FITTING[case]
    place = Place(tmp_path, id_type)
    place.write(contacts=text)
    with pytest.raises(InputError) as error:
        place.run()
    assert str(error.value).endswith(
        f'so nothing was changed; the ids look like {looks}: set id_type = "{fitting}" in [entity], or correct the file, and run '
        "again."
    )


def test_where_no_type_fits_none_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path, "integer")
    place.write(contacts="id,n\n,1\n,2\n")
    with pytest.raises(InputError, match=r"so nothing was changed; correct the file and run again\.$"):
        place.run()


def test_keys_have_the_type_of_the_settings_in_every_table(tmp_path: Path) -> None:
    place = Place(tmp_path, "integer")
    place.write(contacts={"id": [1]})
    place.run()
    types = place.query(
        "select distinct data_type from duckdb_columns() where column_name in ('contact_key', 'survivor_key', '_cm_key', "
        "'_cm_contact_key', 'retired_key', 'target_key', 'primary_key', 'root_key') and schema_name in ('raw', 'fold', 'ledger')"
    )
    assert types == [("BIGINT",)]
    assert make_catalog(place.settings).key_type == "BIGINT"
