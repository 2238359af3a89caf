"""What Dagster keeps of a run: its events, metadata and failures hold ids, names and counts, never a contact's values."""

import json
from pathlib import Path

import dagster as dg
import pytest
from contact_merge import pipeline
from starting import AS_OF, make_start

pytestmark = pytest.mark.long

SECRET = "Zaphod-4711"
CONTACT = "00000000-0000-4000-8000-00000000000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tables whose every value is a secret, with rows that are rejected and requests that are refused."""
    folder = tmp_path / "input"
    folder.mkdir()
    contacts = [{"id": f"{CONTACT}{digit}", "name": SECRET, "custom_fields": SECRET} for digit in "123"]
    requests = [
        {"request_id": str(n), "primary_id": primary, "duplicate_ids": [duplicate], "requested_at": time}
        for n, (primary, duplicate, time) in enumerate(
            [
                (f"{CONTACT}1", f"{CONTACT}2", "2026-01-01T00:00:00Z"),
                (f"{CONTACT}1", SECRET, "2026-01-01T00:00:00Z"),
                (SECRET, f"{CONTACT}1", "2026-01-01T00:00:00Z"),
                (f"{CONTACT}1", f"{CONTACT}9", "2026-01-01T00:00:00Z"),
                (f"{CONTACT}1", f"{CONTACT}3", SECRET),
            ]
        )
    ]
    for table, rows in {"contacts": [*contacts, {"id": SECRET}], "merge_requests": requests}.items():
        (folder / f"{table}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def kept(instance: dg.DagsterInstance) -> str:
    """All that the instance remembers of its runs, as text."""
    return "\n".join(
        dg.serialize_value(entry.event_log_entry)
        for run in instance.get_run_records()
        for entry in instance.get_records_for_run(run.dagster_run.run_id, limit=10_000).records
    )


def test_a_run_with_rejects_and_refusals_is_reported_without_values(folder: Path, tmp_path: Path) -> None:
    instance = dg.DagsterInstance.ephemeral()
    start = make_start(folder, tmp_path / "output", instance)
    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    shown = kept(instance)
    assert "validation_error" in shown
    assert "no UUID" in shown, "the reasons of rejects are shown"
    assert SECRET not in shown


@pytest.mark.parametrize("defect", [False, True])
def test_a_failure_is_reported_without_values(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: bool
) -> None:
    """Of a file that cannot be used, and of an error that nobody expected."""
    if defect:

        def decide(*_: object) -> None:
            raise ValueError(f"cannot convert {SECRET}")

        monkeypatch.setattr(pipeline, "decide", decide)
    else:
        (folder / "contacts.jsonl").unlink()
        (folder / "contacts.csv").write_text(f"{CONTACT}1,{SECRET}\n")
    instance = dg.DagsterInstance.ephemeral()
    failed = make_start(folder, tmp_path / "output", instance)("merge_contacts")
    assert not failed.success
    shown = kept(instance)
    assert ("a defect of contact-merge" if defect else "needs a column 'id'") in shown
    assert SECRET not in shown
