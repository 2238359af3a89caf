"""Ids as UUID values, and the rows that have none or one that an earlier row has."""

import random
import uuid

import pyarrow as pa
import pytest
from contact_merge.ids import WHITE_SPACE
from contact_merge.load.keys import find_non_standard_uuids, make_macros
from load_world import World, empty_world, uid

world = empty_world

A, B, C = (uid(n) for n in range(1, 4))
PLAIN = "69e9ced1-b0a9-5a15-bc15-3c4ebc9e85cf"
HEX = PLAIN.replace("-", "")
ID_SPELLINGS = [
    PLAIN,
    PLAIN.upper(),
    HEX,
    "{" + PLAIN + "}",
    "urn:uuid:" + PLAIN,
    "uuid:" + HEX,
    "\t" + PLAIN + "\n ",
    "\u00a0{{" + HEX + "}\u3000",
    "6-9e9ced1b0a95a15bc153c4ebc9e85-c-f",
    "{urn:uuid:" + PLAIN + "}",
]
NON_STANDARD = [
    "+9e9ced1b0a95a15bc153c4ebc9e85cf",
    "0x" + HEX[2:],
    "0_9e9ced1b0a95a15bc153c4ebc9e85c",
    "٣" + HEX[1:],
    "{ " + HEX[1:-1] + "}",
]
NONE = ["", " ", "x", HEX[1:], HEX + "0", "g" + HEX[1:], "URN:UUID:" + PLAIN, "-" + HEX[1:], "__" + HEX[2:]]


def pythons(text: str) -> uuid.UUID | None:
    """What Python takes for a UUID."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def test_the_ids_of_these_tests_are_spelled_as_they_say() -> None:
    assert {pythons(text) for text in ID_SPELLINGS} == {uuid.UUID(PLAIN)}
    assert all(pythons(text) for text in NON_STANDARD[:-1])
    assert not any(pythons(text) for text in NONE)


@pytest.mark.parametrize("text", ID_SPELLINGS + NON_STANDARD + NONE)
def test_an_id_is_what_python_takes_for_a_uuid(world: World, text: str) -> None:
    ids = pa.array([text], pa.string())
    world.parquet("contacts.parquet", {"id": ids})
    world.parquet("notes.parquet", {"id": ids, "contact_id": ids})
    world.parquet("list_memberships.parquet", {"list_id": ["l"], "contact_id": ids})
    world.load()
    want = [value] if (value := pythons(text)) else []
    assert (
        world.rows("select _cm_key from raw.contacts where id = " + "'" + text.replace("'", "''") + "'")
        == want
    )
    assert world.rows("select _cm_contact_key from raw.notes") == want
    assert world.rows("select _cm_contact_key from raw.list_memberships") == want
    assert len(world.rejects()) == (0 if want else 3)


def mutated(rng: random.Random) -> str:
    """A spelling of a UUID with a few characters more, less or other."""
    text = list(rng.choice(ID_SPELLINGS + NON_STANDARD))
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(text) + 1)
        text[place : place + rng.randrange(2)] = rng.choice([*"-{}_ urn:xX0aFg+\t٣", ""])
    return "".join(text)


def test_any_text_has_the_value_that_python_gives_it(world: World) -> None:
    rng = random.Random(1)
    texts = pa.table({"x": list({mutated(rng) for _ in range(20_000)} | set(WHITE_SPACE))})
    make_macros(world.con)
    world.con.register("texts", texts)
    find_non_standard_uuids(world.con, [("texts", "x")])
    rows = world.con.execute(
        "select x, coalesce(uuid_value(x), non_standard_uuids.value) from texts left join non_standard_uuids on spelled = x"
    ).fetchall()
    assert [(text, value) for text, value in rows if value != pythons(text)] == []


def test_the_first_row_of_an_id_stays_however_it_is_spelled(world: World) -> None:
    rows = "".join(
        f'"{text}",{n}\n'
        for n, text in enumerate([ID_SPELLINGS[3], A, *ID_SPELLINGS, NON_STANDARD[0], NON_STANDARD[0]])
    )
    world.write("contacts.csv", "id,n\n" + rows)
    world.load()
    assert world.rows("select n from raw.contacts") == ["0", "1", "12"]
    assert world.rejects() == [
        ("contacts.csv", n, "an earlier row has the same id") for n in [*range(3, 13), 14]
    ]


def test_a_row_without_a_usable_contact_id_is_not_the_first_of_its_id(world: World) -> None:
    world.write("notes.csv", f"id,contact_id,n\n{A},nope,1\n{A},{B},2\n{A},{B},3\n,{B},4\n{B},,5\n")
    world.load()
    assert world.rows("select n from raw.notes") == ["2"]
    assert world.rejects() == [
        ("notes.csv", 1, "contact_id is no UUID"),
        ("notes.csv", 3, "an earlier row has the same id"),
        ("notes.csv", 4, "id is no UUID"),
        ("notes.csv", 5, "contact_id is no UUID"),
    ]


def test_children_are_kept_whose_contact_does_not_exist(world: World) -> None:
    world.write("notes.csv", f"id,contact_id\n{A},{B}\n")
    world.load()
    assert world.rows("select contact_id from raw.notes") == [B]


def test_a_membership_is_known_by_its_list_as_spelled_and_its_contact_by_value(world: World) -> None:
    world.write(
        "list_memberships.csv",
        f"list_id,contact_id,n\nl,{A},1\nL,{A},2\nl,{{{A.upper()}}},3\n,{A},4\n \u3000,{A},5\n"
        f"l,{B},6\nl ,{A},7\nl,x,8\n",
    )
    world.load()
    assert world.rows("select n from raw.list_memberships") == ["1", "2", "6", "7"]
    assert world.rejects() == [
        ("list_memberships.csv", 3, "an earlier row has the same list_id and contact_id"),
        ("list_memberships.csv", 4, "list_id is missing"),
        ("list_memberships.csv", 5, "list_id is missing"),
        ("list_memberships.csv", 8, "contact_id is no UUID"),
    ]


def test_a_list_id_may_be_a_number(world: World) -> None:
    world.json_lines(
        "list_memberships.jsonl",
        {"list_id": 1, "contact_id": A},
        {"list_id": 1, "contact_id": A},
        {"contact_id": A},
    )
    world.load()
    assert world.rows("select list_id from raw.list_memberships") == [1]
    assert [row[1:] for row in world.rejects()] == [
        (2, "an earlier row has the same list_id and contact_id"),
        (3, "list_id is missing"),
    ]


def test_a_pointer_that_is_no_uuid_is_noted_and_its_row_stays_without_one(world: World) -> None:
    world.write(
        "contacts.csv",
        f"id,merged_into_id\n{A},{B.upper()}\n{B},\n{C},nope\n{uid(4)}, \n{uid(5)},{NON_STANDARD[1]}\nx,y\n",
    )
    world.load()
    assert world.rows("select cast(_cm_into as varchar) from raw.contacts") == [
        B,
        None,
        None,
        None,
        str(pythons(NON_STANDARD[1])),
    ]
    assert world.rejects() == [
        ("contacts.csv", 3, "merged_into_id is no UUID; the row counts as one without it"),
        ("contacts.csv", 6, "id is no UUID"),
    ]


def test_without_pointers_the_helper_column_is_null(world: World) -> None:
    world.write("contacts.csv", f"id\n{A}\n")
    world.load()
    assert world.rows("select _cm_into from raw.contacts") == [None]


BAD_JSON = [
    "x",
    "5",
    "null",
    "[]",
    '"text"',
    '{"a": 1,}',
    '{"a": NaN}',
    '{"a": 01}',
    "{",
    '{"a": "\\ud800"}',
    "{} {}",
]
GOOD_JSON = ["{}", ' \t\n{"a": 1} ', '{"a": ": nan, ]"}', '{"a": 1, "a": 2}', '{"a": {"b": [1.10]}}']


@pytest.mark.parametrize("text", BAD_JSON)
def test_a_json_field_that_is_no_object_is_noted_and_its_row_stays(world: World, text: str) -> None:
    values = [GOOD_JSON[0], text, *GOOD_JSON, None, " "]
    world.parquet("contacts.parquet", {"id": [uid(n) for n in range(len(values))], "custom_fields": values})
    report = world.load()
    assert world.rows("select custom_fields from raw.contacts") == values
    assert world.rejects() == [("contacts.parquet", 2, "custom_fields is no JSON object; it counts as empty")]
    assert report.tables["contacts"].rows_loaded == len(values)


@pytest.mark.parametrize("value", ["[]", "5", "true", "[1.10]"])
def test_a_json_field_of_json_lines_is_text_whatever_it_holds(world: World, value: str) -> None:
    world.json_lines("contacts.jsonl", f'{{"id": "{A}", "custom_fields": {value}}}')
    world.load()
    assert world.types("contacts")["custom_fields"] == "VARCHAR"
    assert world.rows("select custom_fields from raw.contacts") == [value]
    assert world.rejects() == [("contacts.jsonl", 1, "custom_fields is no JSON object; it counts as empty")]


def test_the_settings_say_which_columns_are_json_fields(world: World) -> None:
    world.write("contacts.csv", f"id,custom_fields,more\n{A},x,y\n")
    world.load(json_fields=("more", "absent"))
    assert world.rejects() == [("contacts.csv", 1, "more is no JSON object; it counts as empty")]


def test_structs_and_maps_need_no_look(world: World) -> None:
    structs = pa.array([{"a": 1}, None])
    maps = pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64()))
    world.parquet("contacts.parquet", {"id": [A, B], "custom_fields": structs, "m": maps})
    world.load(json_fields=("custom_fields", "m"))
    assert world.rejects() == []


def test_the_raw_row_of_a_reject_is_one_json_object_of_all_columns(world: World) -> None:
    row = {
        "id": pa.array(["x"]),
        'odd "name"': pa.array(['te"xt\n']),
        "n": pa.array([None], pa.int64()),
        "d": pa.array([1.5]),
        "l": pa.array([["a", None]]),
        "b": pa.array([True]),
    }
    world.parquet("contacts.parquet", row)
    world.load()
    assert world.rows("select raw from raw.rejects") == [
        r'{"id":"x","odd \"name\"":"te\"xt\n","n":null,"d":1.5,"l":["a",null],"b":true}'
    ]


def test_the_raw_row_of_a_reject_keeps_json_text_as_it_was(world: World) -> None:
    world.json_lines("contacts.jsonl", '{"id": "x", "o": {"a": 1.10}, "m": [5]}', '{"id": "y", "m": "five"}')
    world.load()
    assert world.rows("select raw from raw.rejects") == [
        '{"id":"x","o":{"a": 1.10},"m":[5]}',
        '{"id":"y","o":null,"m":"five"}',
    ]


def test_rejects_are_those_of_the_last_load(world: World) -> None:
    world.write("contacts.csv", "id\nx\n")
    world.load()
    world.write("contacts.csv", f"id\n{A}\n")
    world.load()
    assert world.rejects() == []


def test_rejects_name_the_file_and_row_they_came_from_in_a_folder(world: World) -> None:
    world.parquet("notes/1.parquet", {"id": [A, "x"], "contact_id": [A, A]})
    world.parquet(
        "notes/2.parquet", {"id": pa.array([], pa.string()), "contact_id": pa.array([], pa.string())}
    )
    world.parquet("notes/3.parquet", {"id": [B, A, "y"], "contact_id": [A, A, A]})
    world.load()
    assert world.rejects() == [
        ("notes/1.parquet", 2, "id is no UUID"),
        ("notes/3.parquet", 2, "an earlier row has the same id"),
        ("notes/3.parquet", 3, "id is no UUID"),
    ]


@pytest.mark.parametrize("mode", ["replace", "upsert"])
def test_a_column_named_rowid_is_a_column_like_any_other(world: World, mode: str) -> None:
    world.write("contacts.csv", f"RowID,id\nz,{C}\n")
    world.load()
    world.write("contacts.csv", f"RowID,id\na,{A}\nb,x\nc,{A}\nd,{B}\n")
    world.write("merge_requests.csv", "request_id,rowid,requested_at\nr,9,2026-01-01\nr,8,2026-01-01\ns,7,\n")
    world.write("api_keys.csv", "api_key_id,rowid\nk,9\nk,8\n")
    world.load(load={"contacts": mode})
    before = [("z", C)] if mode == "upsert" else []
    assert world.rows("select * exclude (_cm_key, _cm_into, _cm_id) from raw.contacts") == [
        *before,
        ("a", A),
        ("d", B),
    ]
    assert world.rows("select column_name from duckdb_columns() where table_name = 'contacts'") == [
        "RowID",
        "id",
        "_cm_key",
        "_cm_into",
        "_cm_id",
    ]
    assert world.rows("select request_id, rowid from new_requests") == [("r", "9")]
    assert world.rejects() == [
        ("api_keys.csv", 2, "an earlier row has the same api_key_id"),
        ("contacts.csv", 2, "id is no UUID"),
        ("contacts.csv", 3, "an earlier row has the same id"),
        ("merge_requests.csv", 3, "requested_at is missing"),
    ]


def test_names_that_duckdb_gives_to_columns_of_its_own_are_free(world: World) -> None:
    names = ["filename", "file_row_number", "file_index", "rowid", "tableoid", "key_1", "reason", "row_id"]
    world.write(
        "notes.csv", ",".join(["id", "contact_id", *names]) + "\n" + f"{A},{B}" + ",1" * 8 + f"\n{A},{B}\n"
    )
    world.parquet("tasks.parquet", {"id": [A, A], "contact_id": [B, B]} | {name: [1, 2] for name in names})
    world.json_lines("emails.jsonl", *[{"id": A, "contact_id": B} | {key: {"x": 1} for key in names}] * 2)
    world.load()
    for table in ("notes", "tasks", "emails"):
        assert list(world.types(table)) == ["id", "contact_id", *names]
        assert world.rows(f"select count(*) from raw.{table}") == [1]
    assert len(world.rejects()) == 3
