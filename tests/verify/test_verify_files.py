"""Damaged output folders, found by exactly the checks that are named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from contact_merge.pipeline import run
from contact_merge.samples import AS_OF
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET
from verified_world import Copy, check_failures, with_ids

pytestmark = pytest.mark.long


def write_table(copy: Copy, table: str, selected: str) -> None:
    """Write a merged file again from itself, and its rows and bytes into the manifest."""
    path = copy.output / "merged" / f"{table}.parquet"
    other = path.with_suffix(".new")
    rows = duckdb.execute(f"copy ({selected.replace('THIS', repr(str(path)))}) to '{other}' (format parquet)")
    figures = {"rows": rows.fetchall()[0][0], "bytes": other.stat().st_size}
    other.replace(path)
    copy.write_manifest(files=copy.manifest()["files"] | {f"merged/{table}.parquet": figures})


def test_a_row_of_a_parquet_file_changed(copy: Copy) -> None:
    write_table(
        copy,
        "notes",
        with_ids("select * replace (replace(contact_id, '{m}', '{k}') as contact_id) from THIS"),
    )
    number = "00000000-0000-0000-0000-000000000007"
    expected = {"parquet_equal": f"table notes, ids {number}, rows_here 1, rows_in_file 1"}
    check_failures(copy.failures(files=True), expected)


def test_a_row_of_a_parquet_file_gone(copy: Copy) -> None:
    write_table(copy, "field_conflicts", with_ids("from THIS where contact_id <> '{c}'"))
    expected = {"parquet_equal": "table field_conflicts, ids {c}, phone, {e}, rows_here 1, rows_in_file 0"}
    check_failures(copy.failures(files=True), expected)


def test_a_row_of_a_parquet_file_twice(copy: Copy) -> None:
    write_table(copy, "merge_responses", "from THIS union all from THIS where request_id = 'r8'")
    check_failures(
        copy.failures(files=True),
        {"parquet_equal": "table merge_responses, ids r8, rows_here 0, rows_in_file 1"},
    )


def test_a_parquet_file_with_other_columns(copy: Copy) -> None:
    write_table(copy, "contacts", "select * exclude (phone) from THIS")
    expected = {"parquet_equal": "table contacts, ids its file has other columns"}
    check_failures(copy.failures(files=True), expected)


@pytest.mark.parametrize("left", [0, 100, -100])
def test_a_parquet_file_cut_off(copy: Copy, left: int) -> None:
    path = copy.output / "merged" / "emails.parquet"
    path.write_bytes(path.read_bytes()[:left])
    expected = {
        "parquet_equal": "table emails, ids its file cannot be read",
        "manifest_files": "file merged/emails.parquet, listed_rows 2, listed_bytes",
    }
    check_failures(copy.failures(files=True), expected)


def test_a_parquet_file_of_garbage_inside(copy: Copy) -> None:
    path = copy.output / "merged" / "contacts.parquet"
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(content)
    assert "parquet_equal" in copy.failures(files=True)


def test_a_parquet_file_missing(copy: Copy) -> None:
    (copy.output / "merged" / "tasks.parquet").unlink()
    expected = {
        "parquet_equal": "table tasks, ids its file is missing",
        "manifest_files": "file merged/tasks.parquet",
    }
    check_failures(copy.failures(files=True), expected)


def test_that_there_is_no_file_at_all_is_reported_table_by_table(copy: Copy) -> None:
    shutil.rmtree(copy.output / "merged")
    failed = copy.failures(files=True)
    missing = [line for line in failed["parquet_equal"] if line.endswith("ids its file is missing")]
    assert missing
    assert missing == failed["parquet_equal"]


def test_a_file_of_the_manifest_missing(copy: Copy) -> None:
    (copy.output / "rejects" / "notes.jsonl").unlink()
    check_failures(
        copy.failures(files=True), {"manifest_files": "file rejects/notes.jsonl, listed_rows 1, listed_bytes"}
    )


def test_a_line_more_in_a_file_of_the_manifest(copy: Copy) -> None:
    with (copy.output / "rejects" / "notes.jsonl").open("a") as lines:
        lines.write("{}\n")
    expected = {"manifest_files": "file rejects/notes.jsonl, listed_rows 1, found_rows 2, listed_bytes"}
    check_failures(copy.failures(files=True), expected)


def test_a_manifest_that_names_a_file_elsewhere(copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text("{}\n")
    files = copy.manifest()["files"] | {"../other.jsonl": {"rows": 1, "bytes": 3}}
    copy.write_manifest(files=files)
    check_failures(
        copy.failures(files=True), {"manifest_files": "file ../other.jsonl, listed_rows 1, listed_bytes 3"}
    )


MERGED_1 = "contact_merged-000001.jsonl"


def rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(change(path.read_text("utf-8").splitlines(keepends=True))), "utf-8")


EVENT_DAMAGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a line gone": (lambda lines: lines[:-1], "line 4, fault is missing"),
    "a line twice": (lambda lines: [*lines, lines[0]], "line 5, fault is no event of this batch"),
    "two lines swapped": (lambda lines: [lines[1], lines[0], *lines[2:]], "line 2, fault is another"),
    "a line changed": (lambda lines: [lines[0].replace("r1", "r2"), *lines[1:]], "line 1, fault is another"),
    "the end of the last line cut off": (
        lambda lines: [*lines[:-1], lines[-1][:-1]],
        "line 4, fault is another",
    ),
}


@pytest.mark.parametrize("case", EVENT_DAMAGES)
def test_events_that_were_tampered_with(copy: Copy, case: str) -> None:
    change, fault = EVENT_DAMAGES[case]
    rewrite(copy.output / "events" / MERGED_1, change)
    check_failures(copy.failures(files=True), {"event_files": f"file {MERGED_1}, {fault}"})


@pytest.mark.parametrize("name", [MERGED_1, "contact_unmerged-000004.jsonl"])
def test_an_event_file_missing(copy: Copy, name: str) -> None:
    (copy.output / "events" / name).unlink()
    check_failures(copy.failures(files=True), {"event_files": f"file {name}, line 1, fault is missing"})


def test_an_event_file_under_another_name_gives_its_events_twice(copy: Copy) -> None:
    shutil.copy(copy.output / "events" / MERGED_1, copy.output / "events" / "contact_merged-000009.jsonl")
    expected = {"event_files": "file contact_merged-000009.jsonl, line 1, fault is no event of this batch"}
    check_failures(copy.failures(files=True), expected)


def test_an_event_file_not_yet_delivered_may_be_missing_but_not_wrong(copy: Copy) -> None:
    copy.execute("delete from ledger.deliveries where batch_no = 1")
    assert copy.failures(files=True) == {}
    rewrite(copy.output / "events" / MERGED_1, lambda lines: [*lines[1:], lines[0]])
    assert list(copy.failures(files=True)) == ["event_files"]
    (copy.output / "events" / MERGED_1).unlink()
    assert copy.failures(files=True) == {}


def test_a_manifest_of_another_warehouse(copy: Copy) -> None:
    copy.write_manifest(warehouse_id="00000000-0000-0000-0000-000000000000")
    check_failures(
        copy.failures(files=True), {"manifest_newest": "fault manifest.json is of another warehouse"}
    )


def test_files_older_than_the_ledger(copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    request = {"request_id": "r11", "primary_id": "m", "duplicate_ids": ["n"], "requested_at": "2026-03-02"}
    (tmp_path / "in" / "merge_requests.jsonl").write_text(json.dumps(request) + "\n")
    settings = Settings(export="none")
    run(
        tmp_path / "in",
        copy.output,
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=settings,
        progress=QUIET,
    )
    found = copy.failures(files=True)
    assert found.keys() == {"manifest_newest", "parquet_equal"}
    assert found["manifest_newest"] == [
        "manifest_batch 000005, warehouse_batch 000006, fault the files are older than the ledger"
    ]


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"files": 1}'])
def test_a_manifest_missing_or_damaged(copy: Copy, content: str | None) -> None:
    path = copy.output / "manifest.json"
    path.unlink() if content is None else path.write_text(content)
    assert list(copy.failures(files=True)) == ["manifest_newest"]


def test_a_reject_edited(copy: Copy) -> None:
    path = copy.output / "rejects" / "notes.jsonl"
    path.write_text(path.read_text("utf-8").replace("reason", "raisin", 1), "utf-8")
    expected = {"reject_files": "file notes.jsonl, line 1, fault is another than the warehouse makes"}
    check_failures(copy.failures(files=True), expected)
