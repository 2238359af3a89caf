"""A section of a preset is all that a child table takes: its rows are loaded, moved, counted, guarded, explained, undone."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from added_children import with_added_children
from contact_merge.catalog import make_catalog
from contact_merge.errors import GuardError
from contact_merge.explain import explain
from contact_merge.load.inputs import find_inputs, table_sources
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.settings import Settings
from contact_merge.summary import Summary
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of
from warehouse_folder import WarehouseFolder

pytestmark = pytest.mark.long

A, B, C = (id_of(letter) for letter in "abc")
CALLS = {f"00000000-0000-4000-8000-{n:012}": contact for n, contact in enumerate([A, B, B, C])}


class World(WarehouseFolder):
    """An input folder and an output folder."""

    def write(self, name: str, header: str, *rows: str) -> None:
        (self.folder / "in").mkdir(exist_ok=True)
        (self.folder / "in" / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def run(self, settings: Settings, *, dry_run: bool = False) -> Summary:
        return run(
            self.folder / "in", self.output,
            warehouse=None, dry_run=dry_run, as_of=START, settings=settings, progress=QUIET,
        )  # fmt: skip

    def merged(self, table: str) -> list[dict]:
        """The rows of a merged table as they were written."""
        return pq.read_table(self.output / f"merged/{table}.parquet").to_pylist()

    def violations(self, settings: Settings) -> dict[str, list[str]]:
        return {
            check.name: check.samples
            for check in verify(self.warehouse, self.output, settings)
            if check.violations
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    """B is merged into A. Of the calls one is of A, two of B, one of C. A and B get the news by mail, B by phone too."""
    made = World(tmp_path)
    made.write("contacts.csv", "id,full_name", f"{A},", f"{B},Bo", f"{C},Cy")
    made.write("calls.csv", "minutes,id,caller_id", *(f"5,{id},{of}" for id, of in CALLS.items()))
    made.write(
        "subscriptions.csv",
        "channel,topic_id,contact_id,since",
        f"mail,news,{A},2024",
        f"mail,news,{B},2025",
        f"phone,news,{B},2026",
        f"mail,sales,{C},2026",
    )
    made.write("list_memberships.csv", "list_id,contact_id", f"L,{A}", f"L,{B}")
    made.write(
        "merge_requests.csv",
        "request_id,primary_id,duplicate_ids,requested_at,dry_run",
        f'r1,{A},"[""{B}""]",2026-02-01,false',
        f'r2,{A},"[""{C}""]",2026-02-02,true',
    )
    return made


def owners(world: World) -> list[str]:
    return [row["caller_id"] for row in sorted(world.merged("calls"), key=lambda row: row["id"])]


def test_their_rows_go_to_the_survivor_and_are_counted(world: World) -> None:
    settings = with_added_children()
    summary = world.run(settings)
    assert [summary.rehomed[kind] for kind in ("calls", "subscriptions", "list_memberships")] == [2, 1, 0]
    assert summary.loaded["calls"].rows == 4
    assert owners(world) == [A, A, A, C]
    assert world.merged("calls")[0].keys() == {"minutes", "id", "caller_id"}
    subscriptions = {
        (row["contact_id"], row["channel"], row["since"]) for row in world.merged("subscriptions")
    }
    assert subscriptions == {(A, "mail", "2024"), (A, "phone", "2026"), (C, "mail", "2026")}
    assert world.violations(settings) == {}


def test_an_answer_counts_them_and_so_does_a_preview(world: World) -> None:
    world.run(with_added_children())
    counts = {row["request_id"]: row["counts"] for row in world.merged("merge_responses")}
    assert list(counts["r1"])[-3:] == ["list_memberships", "calls", "subscriptions"]
    assert [counts["r1"][kind] for kind in ("calls", "subscriptions")] == [2, 1]
    assert [counts["r2"][kind] for kind in ("calls", "subscriptions")] == [1, 1]


def test_a_row_that_is_dropped_is_listed_with_the_one_that_stays(world: World) -> None:
    world.run(with_added_children())
    dropped = {row["table"]: row for row in world.merged("dropped_children")}
    assert dropped.keys() == {"list_memberships", "subscriptions"}
    row = '{"channel":"mail","topic_id":"news","contact_id":"%s","since":"%s"}'
    assert (dropped["subscriptions"]["row"], dropped["subscriptions"]["kept"]) == (
        row % (B, "2025"),
        row % (A, "2024"),
    )


def test_an_undo_brings_their_rows_home(world: World) -> None:
    settings = with_added_children()
    world.run(settings)
    undone = undo(
        world.warehouse, world.output, ["r1"], dry_run=True, as_of=START, settings=settings, progress=QUIET
    )
    assert undone.preview is not None
    assert [undone.preview.moved[kind] for kind in ("calls", "subscriptions")] == [2, 1]
    undo(world.warehouse, world.output, ["r1"], dry_run=False, as_of=START, settings=settings, progress=QUIET)
    assert owners(world) == [A, B, B, C]
    assert len(world.merged("subscriptions")) == 4
    assert world.merged("dropped_children") == []
    assert world.violations(settings) == {}


def test_a_rebuild_makes_the_same(world: World) -> None:
    settings = with_added_children()
    world.run(settings)
    tables = ("calls", "subscriptions", "dropped_children")
    before = [sorted(map(str, world.merged(table))) for table in tables]
    rebuild(world.warehouse, world.output, events=False, settings=settings, progress=QUIET)
    assert [sorted(map(str, world.merged(table))) for table in tables] == before


def test_explain_shows_them(world: World) -> None:
    settings = with_added_children()
    world.run(settings)
    of_a, of_b = explain(world.warehouse, A, settings).children
    assert (of_a.contact_id, of_a.rows["calls"], of_a.rows["subscriptions"]) == (A, 1, 1)
    assert (of_b.contact_id, of_b.rows["calls"], of_b.rows["subscriptions"]) == (B, 2, 2)
    assert (of_a.memberships_dropped, of_b.memberships_dropped) == (0, 2)  # of subscriptions and of lists


def test_rows_without_a_key_are_rejected(world: World) -> None:
    world.write("calls.csv", "id,caller_id", f"1,{A}", "2,", f"2,{A}", "3,x", f",{A}")
    world.write(
        "subscriptions.csv",
        "channel,topic_id,contact_id",
        f",news,{A}",
        f"mail,news,{A}",
        f"mail,news,{A.upper()}",
    )
    summary = world.run(with_added_children())
    assert sorted((table, reason) for table, reason, _ in summary.rejected_reasons) == [
        ("calls", "an earlier row has the same id"),
        ("calls", "caller_id is no UUID"),
        ("calls", "id is missing"),
        ("subscriptions", "an earlier row has the same topic_id and channel and contact_id"),
        ("subscriptions", "channel is missing"),
    ]


def test_an_upsert_replaces_rows_of_the_same_key(world: World) -> None:
    settings = with_added_children(load={"calls": "upsert", "subscriptions": "upsert"})
    world.run(settings)
    world.write("calls.csv", "id,caller_id,minutes", f"{next(iter(CALLS))},{C},6")
    world.write("subscriptions.csv", "topic_id,channel,contact_id,since", f"sales,mail,{C.upper()},2027")
    world.run(settings)
    assert owners(world) == [C, A, A, C]
    assert sorted(row["since"] for row in world.merged("subscriptions")) == ["2024", "2026", "2027"]
    assert world.violations(settings) == {}


def test_a_guard_stops_an_export_that_lost_most_of_them(world: World) -> None:
    settings = with_added_children()
    rows = [f"{id_of('a')[:-4]}{n:04},{A}" for n in range(100)]
    world.write("calls.csv", "id,caller_id", *rows)
    world.run(settings)
    world.write("calls.csv", "id,caller_id", *rows[:40])
    with pytest.raises(GuardError, match=r"calls\.csv: this export would delete 60 of 100 rows"):
        world.run(settings)


def test_a_dry_run_shows_the_rows_of_contacts_that_it_would_delete(world: World) -> None:
    settings = with_added_children()
    world.run(settings)
    world.write("contacts.csv", "id,full_name", f"{A},", f"{B},Bo")
    preview = world.run(settings, dry_run=True).preview
    assert preview is not None
    assert preview.rows_of_deleted == {"calls": 1, "subscriptions": 1}


@pytest.mark.parametrize(
    ("view", "rows", "found"),
    [
        ("calls", "select * from raw.calls where caller_id <> '{c}'", {"children_once", "parquet_equal"}),
        (
            "subscriptions",
            "select * from raw.subscriptions where since <> '2025'",
            {"memberships_once", "retired_not_named"},
        ),
        (
            "subscriptions",
            "from merged.list_memberships select 'mail' channel, 'news' topic_id, contact_id, '2024' since, unnest([1, 2])",
            {"memberships_once", "memberships_unique"},
        ),
    ],
)
def test_a_merged_table_that_is_wrong_is_found(world: World, view: str, rows: str, found: set[str]) -> None:
    settings = with_added_children()
    world.run(settings)
    with duckdb.connect(str(world.warehouse)) as con:
        con.execute(f"create or replace view merged.{view} as {rows.format(c=C)}")
    violations = world.violations(settings)
    assert found <= violations.keys()
    assert all(f"table {view}" in violations[name][0] for name in found - {"parquet_equal"})


def test_a_file_that_is_nearly_named_so_is_reported(world: World) -> None:
    (world.folder / "in/calls.csv").rename(world.folder / "in/call.csv")
    inputs = find_inputs(world.folder / "in", table_sources(make_catalog(with_added_children()), {}))
    assert [(file.name, file.nearest) for file in inputs.unknown] == [("call.csv", "calls")]
    inputs = find_inputs(world.folder / "in", table_sources(make_catalog(Settings()), {}))
    assert [(file.name, file.nearest) for file in inputs.unknown] == [
        ("call.csv", None),
        ("subscriptions.csv", None),
    ]
