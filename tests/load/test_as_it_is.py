"""A clean Parquet file becomes a snapshot, and nothing shows it: all is as when its rows are copied into the warehouse.

The rows of a folder of two files always are, so the same rows are loaded in both ways and compared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.engine import columns_of, database_file, types_of
from contact_merge.errors import InputError
from contact_merge.load.report import TableLoad
from contact_merge.loaded import earlier
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside, is_snapshot, remove_unrecorded
from load_world import World, empty_world, make_world, uid
from pipeline_endpoint import QUIET
from sampled import proof, some_proofs
from story import START

world = empty_world
TABLES = make_catalog(Settings()).data_tables
A, B, C, D, E = (uid(n) for n in range(1, 6))
X, Y, Z = (uid(n) for n in range(101, 104))
UPPER = A.upper()
Columns = Mapping[str, Any]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[World]:
    """A second world, to load the same rows in the other way."""
    with make_world(tmp_path / "other") as world:
        yield world


def long_but(names: Iterable[str], *quick: str) -> list[Any]:
    """Names as parameters, of which all but some are long tests."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.long) for name in names]


def ids(kind: pa.DataType, *texts: str | None) -> pa.Array:
    if kind == pa.uuid():
        return pa.array([None if text is None else UUID(text).bytes for text in texts], kind)
    return pa.array(texts, kind)


def clean_rows(table: str, kind: pa.DataType) -> pa.Table:
    """Five rows that can be used as they are, with ids of this type."""
    facts: dict[str, Any] = {
        "name": ["e", None, "", "d", "a"],
        "amount": pa.array([5, 4, None, 2, 1], pa.int32()),
        "seen": pa.array([1, None, -1, 2, 3], pa.timestamp("us", "UTC")),
        "parts": [[{"p": 1.5}], [], None, [{"p": None}], [{"p": 2.0}]],
    }
    if table == "contacts":
        objects = ['{"a": 1}', None, "{}", ' {"b": [null]} ', '{"a": {"c": "\\u00e9"}}']
        pointers = ids(kind, None, A, None, None, C)
        keys = {"id": ids(kind, E, D, C, B, A), "merged_into_id": pointers, "custom_fields": objects}
    elif table == "list_memberships":
        keys = {"list_id": ids(kind, X, X, Y, Y, X), "contact_id": ids(kind, A, B, B, A, C)}
    else:
        keys = {"id": ids(kind, Z, Y, X, A, B), "contact_id": ids(kind, A, A, D, A, B)}
    return pa.table({"at first": range(5), **keys, **facts})


def write_one(world: World, table: str, rows: pa.Table | Columns) -> None:
    """Write a table as one file."""
    world.parquet(f"{table}.parquet", rows)


def write_two(world: World, table: str, rows: pa.Table | Columns) -> None:
    """Write a table as a folder of two files, the first of which has two of its rows."""
    whole = rows if isinstance(rows, pa.Table) else pa.table(dict(rows))
    world.parquet(f"{table}/1.parquet", whole.slice(0, 2))
    world.parquet(f"{table}/2.parquet", whole.slice(2))


def state(world: World, table: str) -> dict[str, Any]:
    """All that is to be seen of a raw table, and of what was loaded of it: columns, types, comments, rows in their order."""
    names = (table, f"_cm_loaded_{table}")
    comments = (
        "select column_name, comment from duckdb_columns() where schema_name = 'raw' and table_name = '{}' "
        "order by column_index"
    )
    return {
        "types": [list(types_of(world.con, f"raw.{name}").items()) for name in names],
        "comments": [world.rows(comments.format(name)) for name in names],
        "rows": [repr(world.con.execute(f"from raw.{name}").fetchall()) for name in names],
        "rejects": [(number, reason) for _, number, reason in world.rejects()],
    }


def files(world: World) -> list[str]:
    """The files beside the warehouse, by their names there."""
    folder = folder_beside(database_file(world.con))
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def recorded(world: World) -> list[str]:
    return world.rows("select file from raw._cm_snapshots order by file")


@pytest.mark.parametrize("kind", [pa.string(), pa.uuid()], ids=["text", "uuid"])
@pytest.mark.parametrize("table", long_but(TABLES, "contacts", "list_memberships"))
def test_a_clean_file_is_a_snapshot_and_the_table_is_as_when_it_is_copied(
    world: World, other: World, table: str, kind: pa.DataType
) -> None:
    rows = clean_rows(table, kind)
    write_one(world, table, rows)
    write_two(other, table, rows)
    one, two = world.load().tables[table], other.load().tables[table]
    assert (is_snapshot(world.con, table), is_snapshot(other.con, table)) == (True, False)
    assert state(world, table) == state(other, table)
    assert world.rows(f'select "at first" from raw.{table}') == [0, 1, 2, 3, 4]
    assert replace(one, location="") == replace(two, location="") == TableLoad(5, 5, 0, raw_rows=5)
    assert (files(world), files(other)) == (recorded(world), [])
    assert len(files(world)) == 1


@pytest.mark.long
@pytest.mark.parametrize("table", some_proofs(TABLES, "contacts", "list_memberships"))
def test_a_clean_file_without_rows_is_as_when_it_is_copied(world: World, other: World, table: str) -> None:
    rows = clean_rows(table, pa.string()).slice(0, 0)
    write_one(world, table, rows)
    write_two(other, table, rows)
    world.load()
    other.load()
    assert is_snapshot(world.con, table)
    assert state(world, table) == state(other, table)


@pytest.mark.long
@pytest.mark.parametrize("without", ["merged_into_id", "custom_fields", "name"])
def test_a_column_that_need_not_be_there_may_lack(world: World, other: World, without: str) -> None:
    rows = clean_rows("contacts", pa.string()).drop_columns([without])
    write_one(world, "contacts", rows)
    write_two(other, "contacts", rows)
    world.load()
    other.load()
    assert is_snapshot(world.con, "contacts")
    assert state(world, "contacts") == state(other, "contacts")


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["rowid", "ROWID", "file_row_number", "File_Row_Number", "snapshot", "keys", "it's", 'say "hi"']
)
def test_columns_may_have_names_that_sql_has_a_meaning_for(world: World, other: World, name: str) -> None:
    rows = clean_rows("contacts", pa.string()).append_column(name, pa.array([7, 7, 7, 8, 9]))
    write_one(world, "contacts", rows)
    write_two(other, "contacts", rows)
    world.load()
    other.load()
    assert is_snapshot(world.con, "contacts") == (name.lower() != "file_row_number")
    assert state(world, "contacts") == state(other, "contacts")


@pytest.mark.long
@pytest.mark.parametrize("folder", ["it's", *map(proof, ["a=1", "[x]*", "a b"])])
def test_a_warehouse_may_be_in_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    with make_world(tmp_path / folder) as world:
        write_one(world, "contacts", clean_rows("contacts", pa.string()))
        world.load()
        assert is_snapshot(world.con, "contacts")
        assert world.rows("select count(*) from raw.contacts") == [5]
        assert "a" not in world.types("contacts")


@pytest.mark.long
@pytest.mark.parametrize("table", ["contacts", "notes"])
def test_rows_of_many_groups_stand_in_their_order(world: World, table: str) -> None:
    number = 400_000
    numbers = [uid((n * 7919) % number) for n in range(number)]
    keys = {"id": numbers} if table == "contacts" else {"id": numbers, "contact_id": numbers[::-1]}
    world.parquet(f"{table}.parquet", {**keys, "n": range(number)}, row_group_size=30_000)
    world.load()
    assert is_snapshot(world.con, table)
    helper, column = ("_cm_key", "id") if table == "contacts" else ("_cm_contact_key", "contact_id")
    assert world.rows(f"select n from raw.{table}") == list(range(number))
    assert world.rows(f"select count(*) from raw.{table} where {helper} = cast({column} as uuid)") == [number]
    world.parquet(f"{table}.parquet", {name: values[:1] for name, values in keys.items()} | {"n": [-1]})
    world.load(load={table: "upsert"})
    assert world.rows(f"select n from raw.{table}") == [*range(1, number), -1]


NO_CONTACT, SAME_ID = "contact_id is no UUID", "an earlier row has the same id"
NO_OBJECT = "custom_fields is no JSON object; it counts as empty"
NO_POINTER = "merged_into_id is no UUID; the row counts as one without it"
UNCLEAN: dict[str, tuple[str, Columns, list[tuple[int, str]]]] = {
    "no id": ("contacts", {"id": [A, None, B]}, [(2, "id is no UUID")]),
    "a blank id": ("contacts", {"id": [A, B, ""]}, [(3, "id is no UUID")]),
    "an odd id": ("contacts", {"id": ["x", A, B]}, [(1, "id is no UUID")]),
    "no id of type uuid": ("contacts", {"id": ids(pa.uuid(), A, None, B)}, [(2, "id is no UUID")]),
    "an id in large letters": ("contacts", {"id": [UPPER, B, C]}, []),
    "an id in braces": ("contacts", {"id": [A, B, f"{{{C}}}"]}, []),
    "an id twice": ("contacts", {"id": [A, B, A]}, [(3, SAME_ID)]),
    "an id of type uuid twice": ("contacts", {"id": ids(pa.uuid(), A, B, B)}, [(3, SAME_ID)]),
    "an id spelled in two ways": ("contacts", {"id": [A, B, UPPER]}, [(3, SAME_ID)]),
    "NaN": ("contacts", {"id": [A, B, C], "score": [1.0, float("nan"), None]}, []),
    "NaN in a list": ("contacts", {"id": [A, B, C], "scores": [[1.0], [2.0, float("nan")], None]}, []),
    "a JSON array": ("contacts", {"id": [A, B, C], "custom_fields": ["[1]", "{}", None]}, [(1, NO_OBJECT)]),
    "broken JSON": ("contacts", {"id": [A, B, C], "custom_fields": ["{}", "{}", "{"]}, [(3, NO_OBJECT)]),
    "lax JSON": (
        "contacts",
        {"id": [A, B, C], "custom_fields": ["{}", '{"a": NaN}', "{}"]},
        [(2, NO_OBJECT)],
    ),
    "an odd pointer": ("contacts", {"id": [A, B, C], "merged_into_id": [None, "x", A]}, [(2, NO_POINTER)]),
    "a blank pointer": ("contacts", {"id": [A, B, C], "merged_into_id": ["", None, A]}, []),
    "a pointer in large letters": ("contacts", {"id": [A, B, C], "merged_into_id": [None, None, UPPER]}, []),
    "a child without id": ("notes", {"id": [X, Y, None], "contact_id": [A, B, C]}, [(3, "id is no UUID")]),
    "a child with an odd id": ("notes", {"id": [X, "y", Z], "contact_id": [A, B, C]}, [(2, "id is no UUID")]),
    "a child's id in large letters": ("notes", {"id": [X.upper(), Y, Z], "contact_id": [A, B, C]}, []),
    "a child's id twice": ("notes", {"id": [X, X, Y], "contact_id": [A, B, C]}, [(2, SAME_ID)]),
    "a child of nobody": ("notes", {"id": [X, Y, Z], "contact_id": [A, None, C]}, [(2, NO_CONTACT)]),
    "a child of an odd contact": ("notes", {"id": [X, Y, Z], "contact_id": [A, "b", C]}, [(2, NO_CONTACT)]),
    "a child of large letters": ("notes", {"id": [X, Y, Z], "contact_id": [UPPER, B, C]}, []),
    "a membership twice": (
        "list_memberships",
        {"list_id": ["L", "M", "L"], "contact_id": [A, A, A]},
        [(3, "an earlier row has the same list_id and contact_id")],
    ),
    "a membership of no list": (
        "list_memberships",
        {"list_id": ["L", " ", "M"], "contact_id": [A, A, A]},
        [(2, "list_id is missing")],
    ),
    "a membership of nobody": (
        "list_memberships",
        {"list_id": ["L", "M", "N"], "contact_id": [A, A, ""]},
        [(3, NO_CONTACT)],
    ),
}


@pytest.mark.parametrize(
    "fault",
    long_but(UNCLEAN, "an id in large letters", "an id twice", "an odd pointer", "a membership twice"),
)
def test_a_file_with_an_unclean_row_is_copied_and_has_the_rejects_that_it_has(
    world: World, other: World, fault: str
) -> None:
    table, columns, rejects = UNCLEAN[fault]
    write_one(world, table, columns)
    write_two(other, table, columns)
    world.load()
    other.load()
    assert state(world, table)["rejects"] == rejects
    assert not is_snapshot(world.con, table)
    same = ("types", "comments", "rows")
    assert [state(world, table)[part] for part in same] == [state(other, table)[part] for part in same]
    assert sorted(reason for _, _, reason in other.rejects()) == sorted(reason for _, reason in rejects)
    assert (files(world), recorded(world)) == ([], [])
    assert columns_of(world.con, "raw", f"_cm_keys_{table}") == {}


# ---------------------------------------------------------------- what comes after


@pytest.mark.long
@pytest.mark.parametrize("end", ["rewritten", "rewritten in place", "deleted"])
def test_what_happens_to_the_input_afterwards_changes_nothing(world: World, end: str) -> None:
    write_one(world, "contacts", clean_rows("contacts", pa.string()))
    given = world.folder / "contacts.parquet"
    world.load()
    before = state(world, "contacts")
    if end == "rewritten":
        given.unlink()
        write_one(world, "contacts", {"id": [X]})
    elif end == "rewritten in place":
        with given.open("r+b") as file:
            file.write(b"x" * given.stat().st_size)
    else:
        given.unlink()
    assert state(world, "contacts") == before
    assert world.rows("select count(*) from raw.contacts") == [5]


@pytest.mark.long
def test_a_link_is_loaded_as_what_it_leads_to(world: World) -> None:
    write_one(world, "contacts", clean_rows("contacts", pa.string()))
    given = world.folder / "contacts.parquet"
    kept = given.rename(world.folder.parent / "kept.parquet")
    given.symlink_to(kept)
    world.load()
    copy = folder_beside(database_file(world.con)) / recorded(world)[0]
    assert not copy.is_symlink()
    assert (copy.stat().st_nlink, copy.read_bytes()) == (1, kept.read_bytes())


def changed(table: str, kind: pa.DataType, **columns: Any) -> pa.Table:
    """Rows of a later export: some of those of `clean_rows`, with other facts, and a new one."""
    new = uid(77)
    if table == "contacts":
        keys = {
            "id": ids(kind, C, new, E),
            "merged_into_id": ids(kind, None, E, None),
            "custom_fields": ["{}"] * 3,
        }
    elif table == "list_memberships":
        keys = {"list_id": ids(kind, Y, Y, X), "contact_id": ids(kind, A, new, A)}
    else:
        keys = {"id": ids(kind, X, new, A), "contact_id": ids(kind, B, B, B)}
    return pa.table({**keys, "name": ["c2", "f", "e2"], **columns})


MORE: dict[str, Columns] = {
    "the same columns": {"amount": pa.array([30, 60, 50], pa.int32())},
    "a wider type": {"amount": pa.array([2**40, 60, None], pa.int64())},
    "a new column": {"new": [1.5, None, 2.5]},
}


@pytest.mark.long
@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("table", ["contacts", proof("notes"), proof("list_memberships")])
def test_an_upsert_into_a_snapshot_gives_what_one_into_a_table_gives(
    world: World, other: World, table: str, more: str
) -> None:
    for place, write in ((world, write_one), (other, write_two)):
        write(place, table, clean_rows(table, pa.string()))
        place.load()
    assert is_snapshot(world.con, table)
    reports = []
    for place in (world, other):
        for path in (place.folder / f"{table}.parquet", *(place.folder / table).glob("*")):
            path.unlink(missing_ok=True)
        if (place.folder / table).exists():
            (place.folder / table).rmdir()
        write_one(place, table, changed(table, pa.string(), **MORE[more]))
        reports.append(place.load(load={table: "upsert"}).tables[table])
    assert reports[0] == reports[1]
    assert (reports[0].raw_rows_before, reports[0].raw_rows) == (5, 6)
    assert state(world, table) == state(other, table)
    assert (is_snapshot(world.con, table), recorded(world)) == (False, [])
    assert columns_of(world.con, "raw", f"_cm_keys_{table}") == {}
    remove_unrecorded(world.con)
    assert files(world) == []
    write_one(world, table, clean_rows(table, pa.string()))
    world.load()
    assert is_snapshot(world.con, table)


@pytest.mark.long
def test_an_upsert_that_is_refused_leaves_the_snapshot(world: World) -> None:
    write_one(world, "contacts", clean_rows("contacts", pa.string()))
    world.load()
    before = state(world, "contacts"), recorded(world)
    write_one(world, "contacts", {"id": [A], "amount": [["no", "number"]]})
    with pytest.raises(InputError, match="'amount'"):
        world.load(load={"contacts": "upsert"})
    remove_unrecorded(world.con)
    assert (state(world, "contacts"), files(world)) == before


@pytest.mark.long
def test_an_upsert_into_a_snapshot_without_rows_is_like_a_first_load(world: World) -> None:
    write_one(world, "contacts", clean_rows("contacts", pa.string()).slice(0, 0))
    world.load()
    write_one(world, "contacts", {"id": [A], "amount": ["x"]})
    world.load(load={"contacts": "upsert"})
    assert world.rows("select id, amount from raw.contacts") == [(A, "x")]
    assert is_snapshot(world.con, "contacts")


@pytest.mark.long
@pytest.mark.parametrize("table", ["contacts", "notes", "list_memberships"])
def test_a_snapshot_takes_the_place_of_another(world: World, other: World, table: str) -> None:
    write_one(world, table, clean_rows(table, pa.uuid()))
    world.load()
    first, shown = recorded(world), world.rows(f"from raw.{table}")
    write_one(world, table, changed(table, pa.string()))
    write_one(other, table, changed(table, pa.string()))
    report = world.load().tables[table]
    other.load()
    assert (report.raw_rows_before, report.raw_rows) == (5, 3)
    assert state(world, table) == state(other, table)
    assert world.rows(f"from {earlier(table)}") == shown
    assert len(recorded(world)) == 1
    assert files(world) == sorted(first + recorded(world))
    remove_unrecorded(world.con)
    assert files(world) == recorded(world) != first


def write_csv(world: World, table: str) -> None:
    """Write the rows of `changed` as CSV."""
    rows = changed(table, pa.string()).to_pylist()
    lines = [",".join(rows[0]), *(",".join(value or "" for value in row.values()) for row in rows)]
    world.write(f"{table}.csv", "\n".join(lines) + "\n")


def write_json(world: World, table: str) -> None:
    world.json_lines(f"{table}.jsonl", *changed(table, pa.string()).to_pylist())


def write_unclean(world: World, table: str) -> None:
    write_one(
        world,
        table,
        changed(table, pa.string(), name=pa.array([1, 2, 3])).set_column(
            0, "list_id" if table == "list_memberships" else "id", [[uid(7).upper(), uid(8), uid(9)]]
        ),
    )


@pytest.mark.long
@pytest.mark.parametrize("write", [write_csv, write_json, write_two, write_unclean])
@pytest.mark.parametrize("table", ["contacts", "notes"])
def test_a_table_takes_the_place_of_a_snapshot_and_the_other_way_round(
    world: World, other: World, table: str, write: Callable[..., None]
) -> None:
    def clear(place: World) -> None:
        for path in sorted(place.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def load_copied(place: World) -> None:
        clear(place)
        write(place, table, *([changed(table, pa.string())] if write is write_two else []))
        place.load()

    write_one(world, table, clean_rows(table, pa.string()))
    world.load()
    snapshot = state(world, table)
    shown = world.rows(f"from raw.{table}")
    load_copied(world)
    load_copied(other)
    assert state(world, table) == state(other, table)
    assert world.rows(f"from {earlier(table)}") == shown
    assert (is_snapshot(world.con, table), recorded(world)) == (False, [])
    assert columns_of(world.con, "raw", f"_cm_keys_{table}") == {}
    remove_unrecorded(world.con)
    assert files(world) == []
    clear(world)
    write_one(world, table, clean_rows(table, pa.string()))
    world.load()
    assert state(world, table) == snapshot
    assert (is_snapshot(world.con, table), len(recorded(world))) == (True, 1)


def test_the_last_good_row_comes_out_of_a_snapshot_too(world: World, other: World) -> None:
    clean = {"id": [A, B, C, D], "n": pa.array([1, 2, 3, 4], pa.int32())}
    for place, write in ((world, write_one), (other, write_two)):
        write(place, "contacts", clean)
        place.load()
    later = {"id": [C, f"{B[:-1]}x", B, "y"], "n": pa.array([30, 20, None, 0], pa.int64())}
    notes = {"id": [X, X, Y], "contact_id": [A, A, A]}
    for place in (world, other):
        for path in (place.folder / "contacts").glob("*"):
            path.unlink()
        if (place.folder / "contacts").exists():
            (place.folder / "contacts").rmdir()
        write_one(place, "contacts", later)
        write_one(place, "notes", notes)
        place.load()
    assert state(world, "contacts") == state(other, "contacts")
    assert state(world, "notes") == state(other, "notes")


@pytest.mark.long
def test_a_clean_file_may_lack_a_column_of_before(world: World, other: World) -> None:
    reports = []
    for place, write in ((world, write_one), (other, write_two)):
        write(place, "contacts", {"id": [A, B, C], "phone": ["1", "2", None]})
        place.load()
        write(place, "contacts", {"id": [A, B, C]})
        reports.append(replace(place.load().tables["contacts"], location=""))
    assert reports[0] == reports[1]
    assert (is_snapshot(world.con, "contacts"), is_snapshot(other.con, "contacts")) == (True, False)
    assert state(world, "contacts") == state(other, "contacts")
    assert list(world.types("contacts")) == ["id"]


# ---------------------------------------------------------------- damaged files


def damage(path: Path, column: str) -> None:
    """Turn over the bytes of the pages of a column, behind the head of the first."""
    chunks = pq.read_metadata(path).row_group(0)
    chunk = next(c for c in map(chunks.column, range(chunks.num_columns)) if c.path_in_schema == column)
    first = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    for place in range(first + 40, first + chunk.total_compressed_size):
        content[place] ^= 0xFF
    path.write_bytes(content)


def run_on(folder: Path, output: Path) -> None:
    run(
        folder, output,
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("contacts", "id"), ("contacts", "merged_into_id"), ("contacts", "name"), ("contacts", "custom_fields"),
        ("notes", "id"), ("notes", "contact_id"), ("notes", "name"),
        ("list_memberships", "list_id"), ("list_memberships", "name"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_by_name_and_leaves_nothing(
    tmp_path: Path, table: str, column: str
) -> None:
    numbers = range(1, 2001)
    rows = {
        "id": [uid(n) for n in numbers], "list_id": [uid(n + 9000) for n in numbers],
        "contact_id": [uid(n) for n in numbers], "merged_into_id": [None if n % 3 else uid(n - 1 or 9) for n in numbers],
        "name": [f"secret {n}" for n in numbers], "custom_fields": [f'{{"secret": {n}}}' for n in numbers],
    }  # fmt: skip
    folder, output = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in {"contacts", table}:
        pq.write_table(pa.table(rows), folder / f"{name}.parquet")
    damage(folder / f"{table}.parquet", column)
    with pytest.raises(InputError, match=rf"^{table}\.parquet: the file is damaged, or holds") as error:
        run_on(folder, output)
    assert "secret" not in str(error.value)
    assert not output.exists()


@pytest.mark.long
@pytest.mark.parametrize("column", ["id", "name"])
def test_a_damaged_file_leaves_the_snapshots_of_before(tmp_path: Path, column: str) -> None:
    folder, output = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    rows = pa.table({"id": [uid(n) for n in range(2000)], "name": [f"n{n}" for n in range(2000)]})
    pq.write_table(rows, folder / "contacts.parquet")
    run_on(folder, output)
    beside = folder_beside(output / "warehouse.duckdb")
    before = {path: path.read_bytes() for path in beside.rglob("*.*")}
    assert len(before) == 1
    damage(folder / "contacts.parquet", column)
    with pytest.raises(InputError, match="damaged"):
        run_on(folder, output)
    assert {path: path.read_bytes() for path in beside.rglob("*.*")} == before
