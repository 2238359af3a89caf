"""What a load does to what was loaded before."""

from uuid import UUID

import pyarrow as pa
import pytest
from contact_merge.errors import InputError
from load_world import World, empty_world, uid

world = empty_world

A, B, C, D = (uid(n) for n in range(1, 5))
ODD = "0x" + A.replace("-", "")[2:]


def test_a_table_found_again_replaces_all_of_what_was_loaded_of_it(world: World) -> None:
    world.write("contacts.csv", f"id,old,n\n{A},x,1\n{B},y,2\n")
    world.load()
    world.write("contacts.csv", f"id,n,new\n{C},3,z\n")
    world.load()
    assert world.rows("select * exclude (_cm_key, _cm_into, _cm_id) from raw.contacts") == [(C, "3", "z")]
    assert list(world.types("contacts")) == ["id", "n", "new"]


def test_a_table_not_found_stays_as_it_was(world: World) -> None:
    world.write("contacts.csv", f"id\n{A}\n")
    notes = world.write("notes.csv", f"id,contact_id\n{B},{A}\n")
    world.load()
    notes.unlink()
    assert "notes" not in world.load().tables
    assert world.rows("select id from raw.notes") == [B]


def test_upserted_rows_replace_those_of_the_same_key_and_the_rest_stays(world: World) -> None:
    world.write("contacts.csv", f"id,n\n{A},1\n{B},2\n{C},3\n")
    world.write("notes.csv", f"id,contact_id,n\n{A},{A},1\n{B},{A},2\n")
    world.write("list_memberships.csv", f"list_id,contact_id,n\nl,{A},1\nm,{A},2\nl,{B},3\n")
    world.load()
    world.write("contacts.csv", f"id,n\n{D},5\n{{{B.upper()}}},4\n")
    world.write("notes.csv", f"id,contact_id,n\n{B.upper()},{B},3\n{C},{A},4\n")
    world.write("list_memberships.csv", f"list_id,contact_id,n\nl,{A.upper()},4\nL,{A},5\n")
    report = world.load(load=dict.fromkeys(("contacts", "notes", "list_memberships"), "upsert"))
    assert world.rows("select id, n from raw.contacts") == [
        (A, "1"),
        (C, "3"),
        (D, "5"),
        (f"{{{B.upper()}}}", "4"),
    ]
    assert world.rows("select id, n from raw.notes") == [(A, "1"), (B.upper(), "3"), (C, "4")]
    assert world.rows("select list_id, contact_id, n from raw.list_memberships") == [
        ("m", A, "2"),
        ("l", B, "3"),
        ("l", A.upper(), "4"),
        ("L", A, "5"),
    ]
    assert report.tables["contacts"].rows_loaded == 2
    assert world.rows("select count(*) from raw.contacts where _cm_key is null") == [0]


def test_rejected_rows_of_an_upsert_replace_nothing(world: World) -> None:
    world.write("contacts.csv", f"id,n\n{A},1\n")
    world.load()
    world.write("contacts.csv", f"id,n\n{A},2\n{A},3\nx,4\n")
    world.load(load={"contacts": "upsert"})
    assert world.rows("select n from raw.contacts") == ["2"]
    assert [row[1] for row in world.rejects()] == [2, 3]


@pytest.mark.parametrize("first", [A, ODD])
def test_an_upsert_finds_the_same_key_in_the_oddest_spelling(world: World, first: str) -> None:
    second = ODD if first == A else A
    world.write("notes.csv", f"id,contact_id\n{first},{B}\n{C},{B}\n")
    world.load()
    world.write("notes.csv", f"id,contact_id\n{second},{B}\n")
    world.load(load={"notes": "upsert"})
    assert world.rows("select id from raw.notes") == [C, second]


def test_the_first_load_of_an_upserted_table_is_like_any_other(world: World) -> None:
    assert world.types("notes") == {"id": "VARCHAR", "contact_id": "VARCHAR"}
    world.parquet("notes.parquet", {"id": pa.array([bytes(16)], pa.uuid()), "n": [1], "contact_id": [A]})
    world.load(load={"notes": "upsert"})
    assert world.types("notes") == {"id": "UUID", "n": "BIGINT", "contact_id": "VARCHAR"}


def test_in_an_upsert_a_new_column_appears_and_an_old_one_stays(world: World) -> None:
    world.write("contacts.csv", f"id,old,n\n{A},x,1\n{B},y,2\n")
    world.load()
    world.write("contacts.csv", f"new,n,id\nz,3,{B}\n")
    world.load(load={"contacts": "upsert"})
    assert list(world.types("contacts")) == ["id", "old", "n", "new"]
    assert world.rows("select * exclude (_cm_key, _cm_into, _cm_id) from raw.contacts") == [
        (A, "x", "1", None),
        (B, None, "3", "z"),
    ]
    assert world.rows(
        "select column_name from duckdb_columns() where table_name = 'contacts' order by column_index"
    )[-3:] == ["_cm_key", "_cm_into", "_cm_id"]


def test_an_upsert_widens_a_type_where_no_value_is_lost(world: World) -> None:
    world.parquet("contacts.parquet", {"id": [A], "n": pa.array([1], pa.int32())})
    world.load()
    world.parquet("contacts.parquet", {"id": [B], "n": pa.array([2**40], pa.int64())})
    world.load(load={"contacts": "upsert"})
    assert world.types("contacts")["n"] == "BIGINT"
    assert world.rows("select n from raw.contacts") == [1, 2**40]


@pytest.mark.parametrize(("old", "new"), [(pa.string(), pa.uuid()), (pa.uuid(), pa.string())])
def test_an_upsert_finds_the_same_list_in_another_type(
    world: World, old: pa.DataType, new: pa.DataType
) -> None:
    def lists(kind: pa.DataType, *named: str) -> pa.Table:
        ids = [UUID(a_list).bytes if kind == pa.uuid() else a_list for a_list in named]
        return pa.table({"list_id": pa.array(ids, kind), "contact_id": [A] * len(ids)})

    world.write("contacts.csv", f"id\n{A}\n")
    world.parquet("list_memberships.parquet", lists(old, B, C))
    world.load()
    world.parquet("list_memberships.parquet", lists(new, C, D))
    world.load(load={"list_memberships": "upsert"})
    assert world.rows("select cast(list_id as varchar) from raw.list_memberships") == [B, C, D]


def memberships(kind: pa.DataType, *lists: str) -> pa.Table:
    """Contact A on lists of this type, with how each is written."""
    numbers = lists if kind == pa.string() else [float(name) for name in lists]
    return pa.table(
        {"list_id": pa.array(numbers).cast(kind), "contact_id": [A] * len(lists), "written": lists}
    )


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
@pytest.mark.parametrize("doubles_first", [True, False])
def test_an_upsert_finds_the_list_of_a_whole_number_that_came_as_a_double(
    world: World, kind: pa.DataType, doubles_first: bool
) -> None:
    tables = [memberships(pa.float64(), "7.0", "-0.0", "12.0"), memberships(kind, "7", "0", "8")]
    for table in tables if doubles_first else reversed(tables):
        world.parquet("list_memberships.parquet", table)
        world.load(load={"list_memberships": "upsert"})
    rows = world.rows("select written, list_id from raw.list_memberships order by cast(list_id as integer)")
    assert [row[0] for row in rows] == (
        ["0", "7", "8", "12.0"] if doubles_first else ["-0.0", "7.0", "8", "12.0"]
    )
    numbers = [0, 7, 8, 12]
    assert [row[1] for row in rows] == ([str(n) for n in numbers] if kind == pa.string() else numbers)


@pytest.mark.parametrize("number", ["7.5", "1e300", "inf"])
def test_an_upsert_refuses_text_beside_lists_that_are_no_whole_numbers(world: World, number: str) -> None:
    world.parquet("list_memberships.parquet", memberships(pa.float64(), "7.0", number))
    world.load()
    world.parquet("list_memberships.parquet", memberships(pa.string(), "7"))
    with pytest.raises(InputError, match=r"the column 'list_id' is DOUBLE in the warehouse, VARCHAR in the"):
        world.load(load={"list_memberships": "upsert"})


def test_an_upsert_refuses_types_that_do_not_go_together_and_names_both(world: World) -> None:
    world.parquet("contacts.parquet", {"id": [A], "n": [1]})
    world.load()
    world.parquet("contacts.parquet", {"id": [B], "n": ["x"]})
    with pytest.raises(
        InputError, match=r"contacts: the column 'n' is BIGINT in the warehouse, VARCHAR in the input"
    ):
        world.load(load={"contacts": "upsert"})
    assert world.rows("select n from raw.contacts") == [1]


def test_when_a_table_is_replaced_the_new_types_count(world: World) -> None:
    world.parquet("contacts.parquet", {"id": [A], "n": [1]})
    world.load()
    world.parquet("contacts.parquet", {"id": [B], "n": ["x"]})
    world.load()
    assert world.types("contacts")["n"] == "VARCHAR"


def test_what_is_refused_leaves_everything_as_it_was(world: World) -> None:
    world.write("contacts.csv", f"id,n\n{A},1\n")
    world.load()
    world.write("contacts.csv", f"id,n\n{B},2\n")
    world.write("notes.csv", "id\n")
    with pytest.raises(InputError, match=r"notes\.csv: the table notes needs a column 'contact_id'"):
        world.load()
    assert world.rows("select id from raw.contacts") == [A]
