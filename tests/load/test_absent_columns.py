"""A column that a preset alone names may be absent: then there is no such column, and no key of which it is a part."""

import pytest
from added_children import with_children
from contact_merge.errors import InputError
from load_world import World, empty_world, uid

world = empty_world

DEALS = with_children("""
[children.deals]
key = ["deal_id", "number"]
references = ["owner_id", "payer_id"]
where = { kind = ["open"] }
""").preset


def write_deals(world: World, header: str, *rows: str) -> None:
    world.write("deals.csv", "\n".join([header, *rows]) + "\n")


def test_rows_have_no_key_where_the_table_lacks_a_column_of_it(world: World) -> None:
    row = f"7,{uid(1)},open"
    write_deals(world, "deal_id,owner_id,kind", row, row, f",{uid(2)},open")
    world.load(preset=DEALS)
    assert world.rejects() == []
    assert world.rows("select cast(_cm_contact_key as varchar) from raw.deals") == [uid(1), uid(1), uid(2)]


def test_they_have_one_again_where_the_column_comes_back(world: World) -> None:
    write_deals(world, "deal_id,owner_id,kind", f"7,{uid(1)},open")
    world.load(preset=DEALS)
    row = f"7,1,{uid(1)},open"
    write_deals(world, "deal_id,number,owner_id,kind", row, row)
    world.load(preset=DEALS)
    assert [reason for *_, reason in world.rejects()] == ["an earlier row has the same deal_id and number"]


def test_an_upsert_without_the_key_is_refused(world: World) -> None:
    write_deals(world, "deal_id,number,owner_id,kind", f"7,1,{uid(1)},open")
    world.load(preset=DEALS)
    write_deals(world, "deal_id,owner_id,kind", f"7,{uid(2)},open")
    with pytest.raises(InputError) as refused:
        world.load(preset=DEALS, load={"deals": "upsert"})
    assert str(refused.value) == (
        "deals.csv: the table deals lacks a column of its key, so its rows can't be found again; export it with this column, or "
        'load the whole table (load = "replace").'
    )


def test_a_key_that_the_user_names_has_to_be_there(world: World) -> None:
    write_deals(world, "deal_id,owner_id,kind", f"7,{uid(1)},open")
    with pytest.raises(InputError, match=r"'number', which the setting children\.deals\.key names"):
        world.load(preset=DEALS, written=frozenset({"children.deals.key"}))


def test_rows_name_nobody_where_the_column_that_says_so_is_absent(world: World) -> None:
    write_deals(world, "deal_id,number,owner_id", f"7,1,{uid(1)}")
    world.load(preset=DEALS)
    assert world.rejects() == []
    assert world.rows("select _cm_contact_key from raw.deals") == [None]


def test_one_of_several_references_may_be_absent_and_not_all(world: World) -> None:
    write_deals(world, "deal_id,number,payer_id,kind", f"7,1,{uid(1)},open")
    world.load(preset=DEALS)
    assert world.rejects() == []
    write_deals(world, "deal_id,number,kind", "7,1,open")
    with pytest.raises(InputError, match="the table deals needs a column 'owner_id'") as refused:
        world.load(preset=DEALS)
    assert "set key and references under [children.deals] of the settings" in str(refused.value)
