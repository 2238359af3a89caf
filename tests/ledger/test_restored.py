"""What was loaded is written by loads alone: rows that an undo brings back stand in the ledger, and a wider type in a view."""

from typing import Any

import duckdb
import pytest
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import PipelineEndpoint
from story import Story, letter_of

pytestmark = pytest.mark.long
LOADED = 'select * from raw."_cm_loaded_contacts" order by id'
RESTORED = "select batch_no, contact_key, version_batch, columns from ledger.restored order by batch_no"


def asked(story: Story, query: str) -> list[tuple]:
    with duckdb.connect(str(story.endpoint.output / "warehouse.duckdb")) as con:
        return con.execute(query).fetchall()


def people(**values: Any) -> dict[str, dict[str, Any]]:
    return {letter: {"f": value} for letter, value in values.items()}


@pytest.fixture
def story() -> Story:
    """Batch 1 merges b into a. A later export, which is no batch, lacks b."""
    story = Story(PipelineEndpoint({}))
    story.load(people(a=None, b=2))
    story.ask("a", "b")
    story.load(people(a=None))
    story.live()
    return story


def test_an_undo_leaves_what_was_loaded_as_it_is(story: Story) -> None:
    before = asked(story, LOADED)
    story.undo("r1")
    assert asked(story, LOADED) == before
    assert [(no, letter_of(str(key)), *rest) for no, key, *rest in asked(story, RESTORED)] == [
        (2, "b", 1, ["id", "f"])
    ]
    assert asked(story, "select f from raw.contacts order by id") == [(None,), (2,)]
    sealed = "select row_count from ledger.digests where table_name = 'restored'"
    assert asked(story, sealed) == [(1,)]


def test_a_contact_that_came_back_counts_as_live(story: Story) -> None:
    story.undo("r1")
    assert story.ask("a", "b")["status"] == 200
    summary = story.endpoint.summary
    assert (summary.contacts_before, summary.contacts_after) == (2, 1)


def test_a_full_export_ends_it_and_a_later_undo_begins_it_again(story: Story) -> None:
    """An export that adds nothing to the ledger is no batch, so the undo after it gets the number that it had."""
    story.undo("r1")
    assert story.ask("a", "b")["status"] == 200
    story.load(people(a=None))
    assert story.live() == "a"
    assert asked(story, "select count(*) from raw.contacts") == [(1,)]
    story.undo("r2")
    assert story.live() == "ab"
    assert [no for no, *_ in asked(story, RESTORED)] == [2, 4]
    assert asked(story, "select count(*) from raw.contacts") == [(2,)]


def test_a_row_that_is_loaded_counts_and_not_the_one_that_came_back(story: Story) -> None:
    story.undo("r1")
    story.load(people(b=3), modes={"contacts": "upsert"})
    assert (story.live(), story.field("b", "f")) == ("ab", 3)
    assert asked(story, "select count(*) from raw.contacts") == [(2,)]


def test_types_that_an_upsert_widens_hold_for_those_that_came_back(story: Story) -> None:
    story.undo("r1")
    story.load({"a": {"f": 1.5, "g": "x"}}, modes={"contacts": "upsert"})
    assert (story.field("a", "f"), story.field("b", "f"), story.field("b", "g")) == (1.5, 2.0, None)
    story.load({"c": {"f": 7}}, modes={"contacts": "upsert"})
    assert [story.field(letter, "f") for letter in "abc"] == [1.5, 2.0, 7.0]


def test_a_type_that_merges_need_is_cast_by_the_view(story: Story) -> None:
    """The scores that merges used have decimals; the exports after them have none, and an upsert keeps to the wider type."""
    story.load(people(a=1.5, c=2.5))
    story.ask("a", "c")
    story.load(people(a=1, d=4))
    types = "select data_type from duckdb_columns() where column_name = 'f' and table_name = '{}' and schema_name = 'raw'"
    assert story.field("d", "f") == 4.0
    assert asked(story, types.format("contacts")) == [("DOUBLE",)]
    assert asked(story, types.format("_cm_loaded_contacts")) == [("BIGINT",)]
    story.load(notes="a")
    assert story.field("d", "f") == 4.0
    story.load(people(d=5), modes={"contacts": "upsert"})
    assert story.field("d", "f") == 5.0
    assert asked(story, types.format("_cm_loaded_contacts")) == [("DOUBLE",)]


def test_what_stands_in_the_ledger_is_sealed(story: Story) -> None:
    story.undo("r1")
    story.live()
    warehouse = story.endpoint.output / "warehouse.duckdb"
    assert [
        check.name for check in verify(warehouse, story.endpoint.output, Settings()) if not check.passed
    ] == []
    asked(story, "delete from ledger.restored")
    failed = [check for check in verify(warehouse, None, Settings()) if check.name == "ledger_appended"]
    assert failed[0].samples == [
        "batch_no 2, table_name restored, rows_sealed 1, rows_found 0, fault holds other rows than were sealed"
    ]
