"""The job `undo_merges`: what the command line's undo does, with checks before the files."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from contact_merge.pipeline import record_undo
from contact_merge.settings import Settings
from looking import figures, materialized, sentence_of
from pipeline_endpoint import QUIET
from starting import AS_OF, Start, make_start

pytestmark = pytest.mark.long

A, B = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "12")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    input, output = tmp_path_factory.mktemp("input"), tmp_path_factory.mktemp("output")
    (input / "contacts.csv").write_text(f"id,name\n{A},\n{B},name\n")
    (input / "merge_requests.jsonl").write_text(
        f'{{"request_id": "asked", "primary_id": "{A}", "duplicate_ids": ["{B}"], '
        '"requested_at": "2026-02-01T00:00:00Z"}\n'
    )
    return input, output


@pytest.fixture(scope="module")
def start(folders: tuple[Path, Path]) -> Start:
    start = make_start(*folders, dg.DagsterInstance.ephemeral())
    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    return start


def test_an_id_that_cannot_be_undone_is_reported_and_nothing_is_undone(start: Start) -> None:
    failed = start("undo_merges", record_undo={"request_ids": ["asked", "never"]})
    assert sentence_of(failed).startswith("never: no such request was ever processed.")
    assert not materialized(failed)


def test_an_undo_of_nothing_is_refused(start: Start) -> None:
    failed = start("undo_merges", record_undo={"request_ids": []})
    assert sentence_of(failed) == "There is nothing to undo: name request ids, contacts, or a batch."
    assert not materialized(failed)


def test_a_dry_run_writes_a_preview_and_ends(start: Start, folders: tuple[Path, Path]) -> None:
    result = start("undo_merges", record_undo={"request_ids": ["asked"], "dry_run": True})
    assert result.success
    assert not materialized(result)
    assert (folders[1] / "preview" / "events").is_dir()


def test_an_undone_merge_is_reported_checked_and_published(start: Start, folders: tuple[Path, Path]) -> None:
    as_of = "2026-03-02T00:00:00Z"
    result = start("undo_merges", record_undo={"request_ids": ["asked"], "as_of": as_of})
    assert result.success
    assert figures(result, "ledger/reversals")["contacts_restored"] == 1
    assert figures(result, "merged/contacts")["dagster/row_count"] == 2
    assert figures(result, "output/events")["dagster/row_count"] == 1
    assert all(check.passed for check in result.get_asset_check_evaluations())
    manifest = json.loads((folders[1] / "manifest.json").read_text())
    assert manifest["batch_id"] == "000002"
    assert manifest["as_of"].startswith("2026-03-02")
    assert (folders[1] / "events" / "contact_unmerged-000002.jsonl").is_file()


@pytest.mark.parametrize("named", [{"request_ids": ["asked"]}, {"contact": B}, {"batch": "000001"}])
def test_an_undo_killed_before_it_was_published_is_gone_on_with(
    tmp_path: Path, named: dict[str, Any]
) -> None:
    (tmp_path / "contacts.csv").write_text(f"id,name\n{A},\n{B},name\n")
    (tmp_path / "merge_requests.jsonl").write_text(
        f'{{"request_id": "asked", "primary_id": "{A}", "duplicate_ids": ["{B}"], "requested_at": "2026-02-01T00:00:00Z"}}\n'
    )
    output = tmp_path / "output"
    start = make_start(tmp_path, output, dg.DagsterInstance.ephemeral())
    assert start("merge_contacts").success
    record_undo(
        output / "warehouse.duckdb", output, ["asked"],
        as_of=None, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    event = output / "events/contact_unmerged-000002.jsonl"
    assert not event.exists()
    other = start("undo_merges", record_undo={"contact": A})
    assert sentence_of(other).startswith(f"{A}: it is live; no merge retired it.")
    result = start("undo_merges", record_undo=named)
    assert result.success
    assert figures(result, "ledger/reversals")["contacts_restored"] == 1
    assert figures(result, "ledger/reversals")["contacts_before"] == 1
    assert all(check.passed for check in result.get_asset_check_evaluations())
    assert event.exists()
    other = start("undo_merges", record_undo={"request_ids": ["asked"], "contact": A})
    assert sentence_of(other).startswith(f"asked: it did not retire {A}.")
    again = start("undo_merges", record_undo={"request_ids": ["asked"]})
    assert sentence_of(again).startswith("asked: it is already undone.")
