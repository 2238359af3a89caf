"""Which columns are folded key by key is a setting of runs; what comes after a run does as that run did."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from contact_merge.errors import InputError, WarehouseError
from contact_merge.explain import explain
from contact_merge.pipeline import rebuild, undo
from contact_merge.schema import VERSION
from contact_merge.settings import Settings
from contact_merge.verify import verify
from older_warehouses import downgrade_to_3
from pipeline_endpoint import QUIET, PipelineEndpoint
from sampled import some_proofs
from story import Story, id_of

pytestmark = pytest.mark.long

SEATS = pa.struct([("a", pa.int64()), ("b", pa.int64())])
TYPES = {"text": pa.string(), "seats": SEATS, "more": pa.map_(pa.string(), pa.string())}
CONTACTS: dict[str, dict[str, Any]] = {
    "a": {"text": '{"k": 1}', "seats": {"a": 1, "b": None}, "more": [("k", "1")]},
    "b": {"text": '{"l": 2.50}', "seats": {"a": None, "b": 3}, "more": [("l", "2")]},
    "c": {"text": '{"m": 3}', "seats": {"a": 4, "b": 4}, "more": [("m", "3")]},
    "d": {"text": None, "seats": None, "more": None},
}
BY_KEY = ("text", "seats", "more")
OTHERWISE = Settings()
TABLES = ("contacts", "contact_redirects", "field_provenance", "field_conflicts")


def fold_by(json_fields: tuple[str, ...]) -> Story:
    """B is merged into a, and d into c; all is folded as the settings say."""
    story = Story(PipelineEndpoint({"json_fields": json_fields}, {"contacts": TYPES}), json_fields)
    story.load(CONTACTS)
    story.ask("a", "b")
    story.ask("c", "d")
    return story


def warehouse(story: Story) -> Path:
    return story.endpoint.output / "warehouse.duckdb"


def undo_otherwise(story: Story, request_id: str) -> None:
    """Undo with settings that name other json_fields than the runs did."""
    undo(
        warehouse(story), story.endpoint.output, [request_id],
        dry_run=False, as_of=datetime(2026, 3, 2, tzinfo=UTC), settings=OTHERWISE, progress=QUIET,
    )  # fmt: skip


def drop(story: Story, *names: str) -> None:
    with duckdb.connect(str(warehouse(story))) as con:
        for name in names:
            con.execute(f"drop {name} cascade")


def test_a_list_of_structs_is_no_json_field() -> None:
    lists = pa.list_(pa.struct([("a", pa.int64())]))
    story = Story(PipelineEndpoint({"json_fields": ["seats"]}, {"contacts": {"seats": lists}}), ("seats",))
    with pytest.raises(
        InputError, match=r"column seats is set as a JSON field, but its type is STRUCT\(a BIGINT\)\[\]"
    ):
        story.load({"a": {"seats": [{"a": 1}]}})
        story.ask("a", "b")


def violations(story: Story) -> list[str]:
    checks = verify(warehouse(story), story.endpoint.output, OTHERWISE)
    return [check.name for check in checks if check.violations]


@pytest.mark.parametrize("json_fields", [BY_KEY, ()])
def test_an_undo_folds_as_the_runs_did(json_fields: tuple[str, ...]) -> None:
    story = fold_by(json_fields)
    before = {letter: story.contact(letter) for letter in "ac"}
    undo_otherwise(story, "r2")
    assert {letter: story.contact(letter) for letter in "ac"} == before
    assert story.live() == "acd"
    assert violations(story) == []


@pytest.mark.parametrize("column", some_proofs(BY_KEY, "text"))
def test_another_setting_counts_for_earlier_merges_too(column: str) -> None:
    story, other = fold_by(()), fold_by((column,))
    assert story.field("a", column) != other.field("a", column)
    story.endpoint.settings["json_fields"] = (column,)
    story.load(CONTACTS)
    assert story.contact("a") == other.contact("a")
    assert story.plain("field_provenance") == other.plain("field_provenance")
    assert violations(story) == []


@pytest.mark.parametrize("json_fields", [BY_KEY, ()])
def test_a_rebuild_makes_what_was_dropped_as_the_runs_made_it(json_fields: tuple[str, ...]) -> None:
    story = fold_by(json_fields)
    before = [story.plain(table) for table in TABLES]
    drop(story, "schema merged", "schema fold")
    rebuild(warehouse(story), story.endpoint.output, settings=OTHERWISE, events=False, progress=QUIET)
    assert [story.plain(table) for table in TABLES] == before
    assert violations(story) == []


DROPPED = ["schema merged", "schema fold", "table fold.line", "table fold.kept", "view merged.events"]


@pytest.mark.parametrize("dropped", DROPPED)
def test_without_merged_tables_what_needs_them_says_how_to_make_them(dropped: str) -> None:
    story = fold_by(())
    drop(story, dropped)
    with pytest.raises(WarehouseError, match="were dropped; make them again by `contact-merge rebuild`"):
        undo_otherwise(story, "r2")
    with pytest.raises(WarehouseError, match="were dropped"):
        explain(warehouse(story), id_of("a"), OTHERWISE)
    assert violations(story)


@pytest.mark.parametrize("dropped", DROPPED)
def test_a_run_makes_what_was_dropped_before_it_decides(dropped: str) -> None:
    story = fold_by(BY_KEY)
    before = [story.plain(table) for table in TABLES]
    drop(story, dropped)
    story.load({letter: CONTACTS[letter] for letter in "abc"})
    assert [story.plain(table) for table in TABLES] == before
    assert story.ask("c", "b")["status"] == 404
    assert violations(story) == []
    story.undo("r2")
    assert story.live() == "acd"


@pytest.mark.parametrize("version", [1, 2])
def test_an_undo_on_a_warehouse_of_an_older_version_waits_for_a_run_which_folds_all_again(
    version: int,
) -> None:
    story = fold_by(BY_KEY)
    before = [story.plain(table) for table in TABLES]
    with duckdb.connect(str(warehouse(story))) as con:
        con.execute("drop table fold.id_spellings")
    downgrade_to_3(warehouse(story))
    with duckdb.connect(str(warehouse(story))) as con:
        if version == 1:
            con.execute("alter table ledger.warehouse drop column json_fields")
            con.execute("alter table ledger.batches add column report varchar")
        con.execute("update ledger.warehouse set version = $version", {"version": version})
    with pytest.raises(WarehouseError, match="of an older version; `contact-merge run` brings it up to date"):
        undo_otherwise(story, "r2")
    with pytest.raises(WarehouseError, match=f"the next run brings it up to {VERSION}"):
        explain(warehouse(story), id_of("a"), OTHERWISE)
    story.load(notes="a")
    assert [story.plain(table) for table in TABLES] == before
    assert violations(story) == []
    undo_otherwise(story, "r2")
    assert story.live() == "acd"
