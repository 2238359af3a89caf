"""What a run reports of itself, beside what the tables hold."""

import json
from pathlib import Path

import pytest
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.summary import RowCounts, Summary
from pipeline_endpoint import QUIET, PipelineEndpoint
from reference import Refused
from story import START, Story, id_of


def night(folder: Path, contacts: str) -> Summary:
    (folder / "contacts.csv").write_text(f"id,phone\n{contacts}", encoding="utf-8")
    return run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip


@pytest.mark.long
def test_a_batch_that_only_later_exports_made_is_shown_and_how_many_rows_each_replaced(
    tmp_path: Path,
) -> None:
    """a is edited after its merge, and then gone: the ledger keeps its row, so that this is a batch without requests."""
    a, b, c = (id_of(letter) for letter in "abc")
    (tmp_path / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr1,{a},"[""{b}""]",2026-03-01\n', encoding="utf-8"
    )
    summaries = [
        night(tmp_path, f"{a},1\n{b},2\n{c},3\n"),
        night(tmp_path, f"{a},9\n{b},2\n{c},3\n"),
        night(tmp_path, f"{c},3\n"),
    ]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert [summary.batch_id for summary in summaries] == ["000001", None, manifest["batch_id"]]
    assert manifest["batch_id"] == "000002"
    assert [summary.loaded for summary in summaries] == [
        {"contacts": RowCounts(rows=rows, rows_before=before)} for rows, before in ((3, 0), (3, 3), (1, 3))
    ]


@pytest.mark.long
def test_an_undo_says_what_kept_each_request_from_merging_anything() -> None:
    story = Story(PipelineEndpoint({"retired_ids": "follow"}))
    story.load({"a": {"f": None}, "b": {"f": "2"}, "c": {"f": "3"}})
    story.ask("a", "b", request_id="good")
    story.ask("a", "z", request_id="refused")
    story.ask("a", "c", request_id="dry", dry_run=True)
    story.ask("a", "c", request_id="first", idempotency_key="i")
    story.ask("a", "c", request_id="again", idempotency_key="i")
    story.ask("a", "b", request_id="nothing")
    with pytest.raises(Refused) as refused:
        story.undo("refused", "dry", "again", "nothing", "no\nsuch")
    assert refused.value.lines == [
        "refused: it merged nothing: it was refused: 404 not_found.",
        "dry: it merged nothing: it was a dry run.",
        "again: it merged nothing: it was a replay.",
        "nothing: it merged nothing: every duplicate was the primary already.",
        "'no\\nsuch': no such request was ever processed.",
    ]
