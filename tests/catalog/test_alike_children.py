"""Children of which one contact has several rows that are alike (SHAPES.md 2, `unique` and `same`): which stay, which go."""

import json
from collections import Counter
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from contact_merge import preset
from contact_merge.catalog import make_catalog
from contact_merge.explain import explain
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of, letter_of

pytestmark = pytest.mark.long

ADDED = """
[children.attendees]
key = ["id"]
references = ["contact_id"]
unique = ["campaign"]

[children.messages]
key = ["id"]
references = ["contact_id"]
same = ["subject", "size"]
"""
SETTINGS = Settings(
    preset=preset.parse_preset((preset.FOLDER / "leadlex.toml").read_text(encoding="utf-8") + ADDED)
)
A, B, C, D = (id_of(letter) for letter in "abcd")


def key(number: int) -> str:
    """The key of a row: keys ascend with numbers."""
    return f"00000000-0000-4000-8000-{number:012}"


ATTENDEES = {
    # key: contact, campaign
    1: ("b", "spring"), 2: ("a", "spring"), 3: ("a", "spring"), 4: ("b", "fair"), 5: ("c", "fair"), 6: ("b", "fair"),
    7: ("b", None), 8: ("c", " "), 9: ("c", None), 10: ("c", "gala"), 11: ("c", "gala"), 12: ("d", "gala"), 13: ("d", "gala"),
}  # fmt: skip
"""B is merged into A, then C; D stays alone. In the file they stand in descending order of their keys."""
DROPPED = {1: 2, 6: 4, 5: 4, 11: 10}
"""By the number of a row that does not move that of the one which the survivor has instead."""


@pytest.fixture(params=[pytest.param("csv", marks=pytest.mark.proof), "parquet"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with `in` and, after a run, `out`."""
    folder = tmp_path / "in"
    folder.mkdir()
    rows = [
        {"campaign": campaign, "id": key(n), "contact_id": id_of(contact)}
        for n, (contact, campaign) in sorted(ATTENDEES.items(), reverse=True)
    ]
    attendees = pl.DataFrame(rows)
    messages = pl.DataFrame(
        {
            "subject": [row["campaign"] for row in rows],
            "size": [None if row["campaign"] is None else 7 for row in rows],
            "contact_id": [row["contact_id"] for row in rows],
            "id": [row["id"] for row in rows],
        }
    )
    for name, frame in (("attendees", attendees), ("messages", messages)):
        if request.param == "csv":
            frame.write_csv(folder / f"{name}.csv")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    (folder / "contacts.csv").write_text("\n".join(["id", A, B, C, D]) + "\n")
    (folder / "merge_requests.csv").write_text(
        "request_id,primary_id,duplicate_ids,requested_at,dry_run\n"
        f'r0,{A},"[""{B}"",""{C}""]",2026-02-01,true\n'
        f'r1,{A},"[""{B}""]",2026-02-02,false\n'
        f'r2,{A},"[""{C}""]",2026-02-03,false\n'
        f'r3,{D},"[""{A}""]",2026-02-04,true\n'
    )
    run(
        folder, tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=SETTINGS, progress=QUIET,
    )  # fmt: skip
    return tmp_path / "out"


def merged(output: Path, table: str) -> list[dict]:
    return pq.read_table(output / f"merged/{table}.parquet").to_pylist()


def number(row: dict) -> int:
    return int(row["id"][-12:])


def violations(output: Path) -> dict[str, list[str]]:
    checks = verify(output / "warehouse.duckdb", output, SETTINGS)
    return {check.name: check.samples for check in checks if check.violations}


@pytest.mark.parametrize("table", ["attendees", "messages"])
def test_the_survivor_s_own_stay_and_of_others_the_first_in_line_with_the_least_key(
    world: Path, table: str
) -> None:
    owners = {number(row): letter_of(row["contact_id"]) for row in merged(world, table)}
    assert owners == {n: "d" if n in (12, 13) else "a" for n in ATTENDEES if n not in DROPPED}
    assert violations(world) == {}


@pytest.mark.parametrize("table", ["attendees", "messages"])
def test_each_row_that_is_dropped_is_listed_once_with_the_one_that_stays(world: Path, table: str) -> None:
    dropped = [row for row in merged(world, "dropped_children") if row["table"] == table]
    rows, kept = ([json.loads(row[name]) for row in dropped] for name in ("row", "kept"))
    assert {number(row): number(it) for row, it in zip(rows, kept, strict=True)} == DROPPED
    assert len(dropped) == len(DROPPED)
    assert [letter_of(row["contact_id"]) for row in rows] == [ATTENDEES[number(row)][0] for row in rows]
    assert {row["contact_id"] for row in kept} == {A}
    assert {(number(row), it["request_id"], it["survivor_id"]) for row, it in zip(rows, dropped, strict=True)} == {
        (1, "r1", A), (6, "r1", A), (5, "r2", A), (11, "r2", A),
    }  # fmt: skip


@pytest.mark.proof
def test_only_rows_that_really_move_count(world: Path) -> None:
    """B brings `fair` and the one that is empty; C two that are empty, and `gala`. A, as D would get it, brings all but that."""
    counts = {row["request_id"]: row["counts"] for row in merged(world, "merge_responses")}
    for table in ("attendees", "messages"):
        assert [counts[request][table] for request in ("r0", "r1", "r2", "r3")] == [5, 2, 3, 5]


@pytest.mark.proof
def test_explain_counts_the_dropped_ones(world: Path) -> None:
    children = explain(world / "warehouse.duckdb", A, SETTINGS).children
    assert {letter_of(of.contact_id): of.memberships_dropped for of in children} == {"a": 0, "b": 4, "c": 4}
    assert {letter_of(of.contact_id): of.rows["attendees"] for of in children} == {"a": 2, "b": 4, "c": 5}


def test_a_rebuild_makes_the_same_and_an_undo_brings_them_home(world: Path) -> None:
    warehouse = world / "warehouse.duckdb"
    tables = ("attendees", "messages", "dropped_children")
    before = [sorted(map(str, merged(world, table))) for table in tables]
    rebuild(warehouse, world, events=False, settings=SETTINGS, progress=QUIET)
    assert [sorted(map(str, merged(world, table))) for table in tables] == before
    undo(warehouse, world, ["r1"], dry_run=False, as_of=START, settings=SETTINGS, progress=QUIET)
    owners = {number(row): letter_of(row["contact_id"]) for row in merged(world, "attendees")}
    assert owners == {n: "a" if of == "c" else of for n, (of, _) in ATTENDEES.items() if n != 11}
    assert violations(world) == {}


@pytest.mark.proof
def test_a_warehouse_that_is_moved_reads_them_where_they_are(world: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    world.rename(moved)
    assert violations(moved) == {}
    (tmp_path / "in/merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr4,{D},"[""{A}""]",2026-02-05\n'
    )
    for name in ("attendees", "messages", "contacts"):
        for file in (tmp_path / "in").glob(f"{name}.*"):
            file.unlink()
    run(
        tmp_path / "in", moved,
        warehouse=None, dry_run=False, as_of=START, settings=SETTINGS, progress=QUIET,
    )  # fmt: skip
    assert violations(moved) == {}
    owners = Counter(letter_of(row["contact_id"]) for row in merged(moved, "attendees"))
    assert owners == {"d": 7}
    with duckdb.connect(str(moved / "warehouse.duckdb"), read_only=True) as con:  # as anybody reads it
        assert con.execute("select count(*) from merged.attendees").fetchone() == (7,)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("from THIS where not ends_with(id, '2')", {"memberships_once"}),
        (
            "from THIS union all from THIS where ends_with(id, '2')",
            {"memberships_once", "memberships_unique"},
        ),
        (
            "from THIS union all from THIS where ends_with(id, '4')",
            {"memberships_once", "memberships_unique"},
        ),
        ("from THIS union all from THIS where ends_with(id, '9')", {"memberships_once"}),
        ("select * exclude (_cm_contact_key) from raw.attendees", {"retired_not_named"}),
    ],
)
def test_a_merged_table_that_is_wrong_is_found(world: Path, rows: str, found: set[str]) -> None:
    with duckdb.connect(str(world / "warehouse.duckdb")) as con:
        con.execute("alter view merged.attendees rename to were_right")
        con.execute("create view merged.attendees as " + rows.replace("THIS", "merged.were_right"))
    samples = violations(world)
    assert found <= samples.keys()
    assert all("table attendees" in samples[name][0] for name in found)
    assert all("spring" not in sample for sample in samples["memberships_once"])


def test_only_where_a_key_forbids_it_no_contact_has_rows_that_are_alike() -> None:
    repeats = {child.name: child.repeats for child in make_catalog(SETTINGS).deduplicated}
    assert repeats == {"list_memberships": False, "attendees": True, "messages": True}
