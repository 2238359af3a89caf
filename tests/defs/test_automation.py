"""What runs by itself: ticks of sensor and schedule, one after the other, and the runs they ask for."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.definitions import defs
from contact_merge.defs.resources import ContactMerge
from looking import figures, sentence_of
from starting import Start, make_start

pytestmark = pytest.mark.long

CONTACTS = [f"00000000-0000-4000-8000-00000000000{digit}" for digit in "1234"]
Tick = Callable[[], dg.SensorResult]
REPOSITORY = defs().get_repository_def()
new_input, nightly = REPOSITORY.get_sensor_def("new_input"), REPOSITORY.get_schedule_def("nightly")


def ask(folder: Path, request: str, primary: str, duplicate: str) -> Path:
    """Drop an instruction file."""
    folder = folder / "merge_requests"
    folder.mkdir(exist_ok=True)
    file = folder / f"{request}.jsonl"
    file.write_text(
        f'{{"request_id": "{request}", "primary_id": "{primary}", "duplicate_ids": ["{duplicate}"], '
        '"requested_at": "2026-02-01T00:00:00Z"}\n'
    )
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "input"
    folder.mkdir()
    pq.write_table(pa.table({"id": CONTACTS}), folder / "contacts.parquet")
    return folder


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture
def start(folder: Path, tmp_path: Path, instance: dg.DagsterInstance) -> Start:
    return make_start(folder, tmp_path / "output", instance)


@pytest.fixture
def tick(folder: Path, instance: dg.DagsterInstance) -> Tick:
    """One tick after the other, each with the cursor that the one before left."""
    cursor: str | None = None

    def next_tick() -> dg.SensorResult:
        nonlocal cursor
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        result = new_input(context, contact_merge=ContactMerge(input=str(folder)))
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        return result

    return next_tick


def skipped(result: dg.SensorResult) -> str:
    assert not result.run_requests
    assert result.skip_reason is not None
    return str(result.skip_reason.skip_message)


def reported(result: dg.SensorResult) -> list[str]:
    return [event.asset_key.to_user_string() for event in result.asset_events]


def test_a_new_export_starts_one_run_at_the_tick_after_it_was_first_seen(folder: Path, tick: Tick) -> None:
    assert skipped(tick()) == "Waiting until these are complete: contacts.parquet."
    asked = tick()
    assert len(asked.run_requests or []) == 1
    assert reported(asked) == ["input/contacts"]
    assert skipped(tick()) == "Nothing new in the input folder."


def test_a_dropped_instruction_file_is_processed_and_only_it(folder: Path, tick: Tick, start: Start) -> None:
    ask(folder, "first", CONTACTS[0], CONTACTS[1])
    tick()
    assert len(tick().run_requests or []) == 1
    assert figures(start("merge_contacts"), "ledger/requests")["requests_new"] == 1

    ask(folder, "second", CONTACTS[2], CONTACTS[3])
    assert skipped(tick()) == "Waiting until these are complete: merge_requests/second.jsonl."
    asked = tick()
    assert len(asked.run_requests or []) == 1
    assert reported(asked) == ["input/merge_requests"]
    result = start("merge_contacts")
    assert figures(result, "ledger/requests")["requests_new"] == 1
    assert figures(result, "ledger/requests")["requests_known"] == 1
    assert figures(result, "merged/contacts")["contacts_retired"] == 1
    assert skipped(tick()) == "Nothing new in the input folder."


def test_a_file_that_still_grows_is_waited_for(folder: Path, tick: Tick) -> None:
    file = ask(folder, "first", CONTACTS[0], CONTACTS[1])
    tick()
    with file.open("a") as opened:
        opened.write("\n")
    assert skipped(tick()) == "Waiting until these are complete: merge_requests/first.jsonl."
    assert len(tick().run_requests or []) == 1


def test_a_parquet_file_without_its_end_is_waited_for_however_long_it_stands_still(
    folder: Path, tick: Tick
) -> None:
    file = folder / "contacts.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    for _ in range(3):
        assert skipped(tick()) == "Waiting until these are complete: contacts.parquet."
    file.write_bytes(whole)
    tick()
    assert len(tick().run_requests or []) == 1


def test_an_old_file_copied_in_with_its_old_time_is_new(folder: Path, tick: Tick) -> None:
    tick(), tick()
    os.utime(ask(folder, "first", CONTACTS[0], CONTACTS[1]), (0, 0))
    tick()
    assert len(tick().run_requests or []) == 1


def test_a_file_that_goes_starts_nothing(folder: Path, tick: Tick) -> None:
    file = ask(folder, "first", CONTACTS[0], CONTACTS[1])
    tick(), tick()
    file.unlink()
    assert skipped(tick()) == "Nothing new in the input folder."


@pytest.mark.parametrize("defect", ["a table twice", "no folder"])
def test_an_input_that_no_run_could_use_fails_every_tick_with_one_sentence_until_it_can(
    folder: Path, tmp_path: Path, tick: Tick, defect: str
) -> None:
    tick()
    if defect == "no folder":
        folder.rename(tmp_path / "away")
        sentence = f"{folder}: there is no such folder"
    else:
        (folder / "contacts.csv").write_text("id\n")
        sentence = f"{folder}: the table contacts is there twice"
    for _ in range(2):
        with pytest.raises(
            dg.DagsterError
        ) as failed:  # which Dagster shows as it is, not as the cause of another
            tick()
        assert str(failed.value).startswith(sentence)
        assert "\n" not in str(failed.value)
        assert failed.value.__suppress_context__, "no error is shown below it"
    if defect == "no folder":
        (tmp_path / "away").rename(folder)
    else:
        (folder / "contacts.csv").unlink()
    assert len(tick().run_requests or []) == 1


@pytest.mark.parametrize("place", ["input", "output", "warehouse"])
def test_a_path_with_a_scheme_fails_the_tick_with_one_sentence(
    place: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"input": str(folder), "output": "out"} | {place: "s3://bucket/x"}
    context = dg.build_sensor_context(instance=dg.DagsterInstance.ephemeral())
    with pytest.raises(dg.DagsterInvariantViolationError, match=r"^A path that begins with s3://"):
        new_input(context, contact_merge=ContactMerge(**places))
    assert not (tmp_path / "s3:").exists()


def test_an_input_that_a_guard_stopped_is_not_tried_again_until_a_file_changes(
    folder: Path, tick: Tick, start: Start
) -> None:
    contacts = folder / "contacts.parquet"
    pq.write_table(pa.table({"id": [f"{CONTACTS[0][:-2]}{n}" for n in range(10, 90)]}), contacts)
    good, written = contacts.read_bytes(), contacts.stat().st_mtime_ns
    tick()
    assert len(tick().run_requests or []) == 1
    assert start("merge_contacts").success

    pq.write_table(pa.table({"id": CONTACTS}), contacts)
    tick()
    assert len(tick().run_requests or []) == 1
    assert "a guard stopped the run" in sentence_of(start("merge_contacts"))
    for _ in range(3):
        assert skipped(tick()) == "Nothing new in the input folder."

    contacts.write_bytes(good)
    os.utime(contacts, ns=(written, written))
    tick()
    assert len(tick().run_requests or []) == 1
    assert start("merge_contacts").success
    assert skipped(tick()) == "Nothing new in the input folder."


def test_every_state_of_the_files_has_a_run_key_of_its_own(folder: Path, tick: Tick) -> None:
    tick()
    (first,) = tick().run_requests or []
    ask(folder, "first", CONTACTS[0], CONTACTS[1])
    tick()
    (second,) = tick().run_requests or []
    assert first.run_key != second.run_key


def test_an_old_file_put_back_starts_a_run_of_its_own(folder: Path, tick: Tick) -> None:
    keys = []
    file = folder / "tasks.csv"
    for text in ("id,contact_id\n", "id,contact_id,body\n") * 2:
        file.write_text(text)
        os.utime(file, (len(text), len(text)))
        tick()
        (asked,) = tick().run_requests or []
        keys.append(asked.run_key)
    assert len(set(keys)) == 4


def test_another_output_or_warehouse_gets_what_is_there_already(
    folder: Path, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    cursor: str | None = "{}"  # of another version, or typed by hand
    keys: list[str | None] = []
    for output in ("one", "one", "one", "other", "other", "other"):
        result = new_input(
            dg.build_sensor_context(instance=instance, cursor=cursor),
            contact_merge=ContactMerge(input=str(folder), output=str(tmp_path / output)),
        )
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        keys.append(result.run_requests[0].run_key if result.run_requests else None)
    assert [key is None for key in keys] == [True, False, True] * 2
    assert keys[1] != keys[4]


def test_the_schedule_asks_for_one_run_every_night() -> None:
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "UTC")
    at_two = datetime(2026, 3, 1, 2, tzinfo=UTC)
    asked = nightly.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=at_two))
    assert len(asked.run_requests or []) == 1
    assert nightly.job.name == "merge_contacts"
