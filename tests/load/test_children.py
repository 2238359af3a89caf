"""Children that settings describe: keys of any values or none, references that are empty, several, or not for every row."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from added_children import with_children
from contact_merge.catalog import make_catalog
from contact_merge.engine import types_of
from contact_merge.schema import prepare
from contact_merge.settings import Settings
from contact_merge.snapshots import is_snapshot
from contact_merge.warehouse import open_warehouse
from load_world import World, empty_world, uid

world = empty_world

DEALS = with_children("""
[children.deals]
key = ["deal_id"]
references = ["owner_id", "payer_id"]
""")
KEYLESS = with_children("[children.visits]\n")
WHO = with_children("""
[children.calls]
key = ["number"]
references = ["who_id"]
where = { who_type = ["Contact"], weight = [1] }
""")
SEVERAL = with_children("""
[children.links]
key = ["id"]
references = ["contact_ids"]
separator = ";"
""")


def load(world: World, settings: Settings, **load: str) -> None:
    world.load(preset=settings.preset, load=load)


def keys_of(world: World, child: str, *columns: str) -> list[Any]:
    """The key that each row names in a column of references, or in several, as text."""
    items = ", ".join(f"cast({name} as varchar)" for name in columns or ("_cm_contact_key",))
    return world.rows(f"select {items} from raw.{child}")


@pytest.fixture(params=["csv", "json", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


def write(world: World, form: str, child: str, columns: dict[str, list[Any]]) -> None:
    """Write a table in one of the three forms, and of each row what is not null."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for old in world.folder.glob(f"{child}.*"):
        old.unlink()
    if form == "parquet":
        world.parquet(f"{child}.parquet", columns)
    elif form == "json":
        world.json_lines(f"{child}.jsonl", *rows)
    else:
        lines = [",".join("" if cell is None else str(cell) for cell in row.values()) for row in rows]
        world.write(f"{child}.csv", "\n".join([",".join(columns), *lines]) + "\n")


def test_each_reference_has_its_own_key_and_an_empty_one_is_kept(world: World, form: str) -> None:
    columns = {
        "deal_id": ["x", "y", "z"],
        "owner_id": [uid(1), uid(2), None],
        "payer_id": [uid(3), None, None],
    }
    write(world, form, "deals", columns)
    load(world, DEALS)
    assert keys_of(world, "deals", "_cm_contact_key", "_cm_contact_key_2") == [
        (uid(1), uid(3)), (uid(2), None), (None, None),
    ]  # fmt: skip
    assert world.rejects() == []
    assert is_snapshot(world.con, "deals") == (form == "parquet")


def test_a_reference_that_is_no_id_is_rejected_and_so_is_a_key_that_is_empty_or_there(
    world: World, form: str
) -> None:
    write(world, form, "deals", {
        "deal_id": [1, 2, None, 2, 4, 5],
        "owner_id": ["x", uid(1), uid(1), uid(1), uid(1).upper(), None],
        "payer_id": [None, " ", None, None, None, "7"],
    })  # fmt: skip
    load(world, DEALS)
    assert [(row, reason) for _, row, reason in world.rejects()] == [
        (1, "owner_id is no UUID"),
        (3, "deal_id is missing"),
        (4, "an earlier row has the same deal_id"),
        (6, "payer_id is no UUID"),
    ]
    assert keys_of(world, "deals") == [uid(1), uid(1)]


@pytest.mark.parametrize("key", ["7", 7, 7.0])
def test_a_key_is_the_same_in_any_type_of_another_load(world: World, key: object) -> None:
    world.parquet("deals.parquet", {"deal_id": [6, 7], "owner_id": [None, uid(1)], "payer_id": [None, None]})
    load(world, DEALS)
    owners = pa.array([uid(2)])
    world.parquet("deals.parquet", {"deal_id": [key], "owner_id": owners, "payer_id": owners})
    load(world, DEALS, deals="upsert")
    assert world.rows("select said(deal_id), cast(_cm_contact_key as varchar) from raw.deals") == [
        ("6", None), ("7", uid(2)),
    ]  # fmt: skip


def test_the_last_good_row_of_a_rejected_key_stays(world: World) -> None:
    write(world, "csv", "deals", {"deal_id": ["7"], "owner_id": [uid(1)], "payer_id": [None]})
    load(world, DEALS)
    write(
        world, "json", "deals", {"deal_id": [7.0, 8.0], "owner_id": ["x", uid(2)], "payer_id": [None, None]}
    )
    load(world, DEALS)
    assert world.rows("select said(deal_id) from raw.deals order by all") == ["7", "8"]


def test_rows_without_a_key_are_never_the_same(world: World, form: str) -> None:
    write(world, form, "visits", {"contact_id": [uid(1), uid(1), "x"], "page": ["p", "p", "q"]})
    load(world, KEYLESS)
    assert keys_of(world, "visits") == [uid(1), uid(1)]
    assert [reason for *_, reason in world.rejects()] == ["contact_id is no UUID"]
    write(world, form, "visits", {"contact_id": [uid(1), uid(1)], "page": ["p", "p"]})
    load(world, KEYLESS)
    assert keys_of(world, "visits") == [uid(1), uid(1)]
    assert is_snapshot(world.con, "visits") == (form == "parquet")


@pytest.mark.parametrize("weights", [[1, 1, 2, 1], ["1", "1", "2", "1"], [1.0, 1.0, 2.0, 1.0]])
def test_a_row_that_where_leaves_out_names_nobody(world: World, form: str, weights: list[Any]) -> None:
    kinds = ["Contact", "Lead", "Contact", None]
    if form == "csv":
        weights = [str(int(float(weight))) for weight in weights]
    write(
        world, form, "calls",
        {"number": [1, 2, 3, 4], "who_id": [uid(1), "00Q1", uid(3), uid(4)], "who_type": kinds, "weight": weights},
    )  # fmt: skip
    load(world, WHO)
    assert world.rejects() == []
    assert keys_of(world, "calls") == [uid(1), None, None, None]


def test_a_cell_of_several_ids_keeps_their_places(world: World, form: str) -> None:
    odd = "0" * 31 + "１"  # which only Python reads
    cells = [f"{uid(2)}; {uid(1).upper()} ;x;;{uid(2)}", None, " ", odd]
    write(world, form, "links", {"id": ["a", "b", "c", "d"], "contact_ids": cells})
    load(world, SEVERAL)
    assert world.rows("select _cm_contact_key from raw.links") == [
        [UUID(uid(2)), UUID(uid(1)), None, None, UUID(uid(2))], None, None, [UUID(int=1)],
    ]  # fmt: skip
    assert world.rejects() == []


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("form", ["json", "parquet"])
def test_a_list_column_needs_no_separator(world: World, form: str, *, odd: bool) -> None:
    last = "0" * 31 + "１" if odd else str(UUID(int=1))
    write(world, form, "visits", {"contact_id": [[uid(2), "x", last], [], None], "page": ["p", "q", "r"]})
    load(world, KEYLESS)
    assert world.rows("select _cm_contact_key from raw.visits") == [
        [UUID(uid(2)), None, UUID(int=1)], None, None,
    ]  # fmt: skip
    assert world.types("visits")["contact_id"] == "VARCHAR[]"
    assert is_snapshot(world.con, "visits") == (form == "parquet" and not odd)


def test_the_same_file_is_read_again_where_the_settings_are_others(world: World) -> None:
    columns = {"id": ["a"], "contact_ids": [f"{uid(1)};{uid(2)}"]}
    write(world, "parquet", "links", columns)
    load(world, SEVERAL)
    other = with_children('[children.links]\nkey = ["id"]\nreferences = ["contact_ids"]\nseparator = "; "\n')
    load(world, other)
    assert [reason for *_, reason in world.rejects()] == []
    assert world.rows("select _cm_contact_key from raw.links") == [[None]]


def test_the_six_tables_of_the_api_ask_for_ids_as_ever(world: World) -> None:
    world.json_lines("notes.jsonl", {"id": 7, "contact_id": uid(1)}, {"id": uid(2), "contact_id": None})
    world.load()
    assert [reason for *_, reason in world.rejects()] == ["id is no UUID", "contact_id is no UUID"]


def test_a_table_that_was_never_loaded_is_empty(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "new.duckdb", SEVERAL) as con:
        prepare(con, make_catalog(SEVERAL))
        columns = types_of(con, "raw.links")
    assert columns == {"id": "VARCHAR", "contact_ids": "VARCHAR", "_cm_contact_key": "UUID[]"}
