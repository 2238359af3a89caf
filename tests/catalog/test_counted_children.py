"""Children whose rows name several contacts, or have no key: what requests count, and which rows stay."""

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from contact_merge import preset
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from contact_merge.summary import Undone
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of, letter_of

pytestmark = pytest.mark.long

ADDED = """
[children.deals]
references = ["owner", "payer"]

[children.meetings]
references = ["guests"]
separator = ";"

[children.messages]
references = ["contact_id"]
same = ["subject"]
"""
SETTINGS = Settings(
    preset=preset.parse_preset((preset.FOLDER / "leadlex.toml").read_text(encoding="utf-8") + ADDED)
)
DEALS = "ab bc cb bb cd dd b. .c .."
MEETINGS = "b;c c;d;c a;b d b;a;c"
MESSAGES = {"b": "x x y", "c": "y y z", "d": "x", "a": "w w"}


@pytest.fixture(params=[pytest.param("csv", marks=pytest.mark.proof), "parquet"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """B and C are merged into A; before that B into A is previewed, and D into B."""
    folder = tmp_path / "in"
    folder.mkdir()

    def name(letters: str) -> str | None:
        return None if letters == "." else ";".join(map(id_of, letters.split(";")))

    deals = pl.DataFrame([{"owner": name(deal[0]), "payer": name(deal[1])} for deal in DEALS.split()])
    meetings = pl.DataFrame({"guests": [name(meeting) for meeting in MEETINGS.split()]})
    messages = pl.DataFrame(
        [
            {"n": n, "subject": subject, "contact_id": id_of(contact)}
            for contact, subjects in MESSAGES.items()
            for n, subject in enumerate(subjects.split())
        ]
    )
    for table, frame in (("deals", deals), ("meetings", meetings), ("messages", messages)):
        if request.param == "csv":
            frame.write_csv(folder / f"{table}.csv")
        else:
            frame.write_parquet(folder / f"{table}.parquet")
    (folder / "contacts.csv").write_text("\n".join(["id", *map(id_of, "abcd")]) + "\n")
    requests = pl.DataFrame(
        [
            {"request_id": "r0", "primary_id": "a", "duplicate_ids": "bc", "dry_run": True},
            {"request_id": "r1", "primary_id": "a", "duplicate_ids": "bc", "dry_run": False},
            {"request_id": "r2", "primary_id": "d", "duplicate_ids": "a", "dry_run": True},
        ]
    )
    requests.with_columns(
        pl.col("primary_id").map_elements(id_of, pl.String),
        pl.col("duplicate_ids").map_elements(lambda letters: json.dumps([*map(id_of, letters)]), pl.String),
        requested_at=pl.lit("2026-02-01"),
    ).write_csv(folder / "merge_requests.csv")
    run(
        folder, tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=SETTINGS, progress=QUIET,
    )  # fmt: skip
    return tmp_path / "out"


def merged(output: Path, table: str) -> list[dict]:
    return pq.read_table(output / f"merged/{table}.parquet").to_pylist()


def violations(output: Path) -> dict[str, list[str]]:
    checks = verify(output / "warehouse.duckdb", output, SETTINGS)
    return {check.name: check.samples for check in checks if check.violations}


def test_a_row_counts_once_for_a_request_and_for_the_first_duplicate_that_it_names(world: Path) -> None:
    counts = {row["request_id"]: row["counts"] for row in merged(world, "merge_responses")}
    assert [counts[request]["deals"] for request in ("r0", "r1", "r2")] == [7, 7, 7]
    assert [counts[request]["meetings"] for request in ("r0", "r1", "r2")] == [4, 4, 4]
    (events,) = (world / "events").glob("*.jsonl")
    brought = [json.loads(line)["data"]["counts"] for line in events.read_text().splitlines()]
    assert [[of[kind] for kind in ("deals", "meetings", "messages")] for of in brought] == [
        [5, 3, 2],
        [2, 1, 1],
    ]
    assert violations(world) == {}


def test_of_rows_without_a_key_the_one_moves_that_was_loaded_first(world: Path) -> None:
    rows = [
        (letter_of(row["contact_id"]), row["subject"], int(row["n"])) for row in merged(world, "messages")
    ]
    assert sorted(rows) == [
        ("a", "w", 0), ("a", "w", 1), ("a", "x", 0), ("a", "y", 2), ("a", "z", 2), ("d", "x", 0)
    ]  # fmt: skip
    dropped = [json.loads(row["row"]) for row in merged(world, "dropped_children")]
    assert sorted((letter_of(row["contact_id"]), row["subject"], int(row["n"])) for row in dropped) == [
        ("b", "x", 1), ("c", "y", 0), ("c", "y", 1)
    ]  # fmt: skip


def test_an_undo_counts_a_row_once(world: Path) -> None:
    def undone(*, dry_run: bool) -> Undone:
        return undo(
            world / "warehouse.duckdb", world, ["r1"],
            dry_run=dry_run, as_of=START, settings=SETTINGS, progress=QUIET,
        )  # fmt: skip

    preview = undone(dry_run=True).preview
    assert preview is not None
    assert [preview.moved[kind] for kind in ("deals", "meetings", "messages")] == [7, 4, 3]
    undone(dry_run=False)
    assert violations(world) == {}
