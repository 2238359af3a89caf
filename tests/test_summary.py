"""What a run tells of itself, beside what the tables hold."""

import json
from pathlib import Path

from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.summary import Held, Summary
from pipeline_endpoint import QUIET
from story import START, id_of


def night(folder: Path, contacts: str) -> Summary:
    (folder / "contacts.csv").write_text(f"id,phone\n{contacts}", encoding="utf-8")
    return run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip


def test_a_batch_is_told_that_only_later_exports_made_and_how_many_rows_each_replaced(tmp_path: Path) -> None:
    """a is edited after its merge, and then gone: the ledger keeps its row, so that this is a batch without requests."""
    a, b, c = (id_of(letter) for letter in "abc")
    (tmp_path / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr1,{a},"[""{b}""]",2026-03-01\n', encoding="utf-8"
    )
    told = [
        night(tmp_path, f"{a},1\n{b},2\n{c},3\n"),
        night(tmp_path, f"{a},9\n{b},2\n{c},3\n"),
        night(tmp_path, f"{c},3\n"),
    ]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert [summary.batch_id for summary in told] == ["000001", None, manifest["batch_id"]]
    assert manifest["batch_id"] == "000002"
    assert [summary.loaded for summary in told] == [
        {"contacts": Held(rows=rows, rows_before=before)} for rows, before in ((3, 0), (3, 3), (1, 3))
    ]
