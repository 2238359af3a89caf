"""Failures: one sentence, nothing half done, no connection left open; a retry ends as undisturbed runs do."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from contact_merge.cli import parse_time
from contact_merge.pipeline import publish, run
from contact_merge.settings import Settings
from looking import materialized, read_files, sentence_of
from pipeline_endpoint import QUIET
from starting import AS_OF, Start, make_start

pytestmark = pytest.mark.long

CONTACT = "00000000-0000-4000-8000-00000000000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An input folder of three contacts and one request."""
    folder = tmp_path / "input"
    (folder / "merge_requests").mkdir(parents=True)
    rows = "".join(f"{CONTACT}{digit},name {digit}\n" for digit in "123")
    (folder / "contacts.csv").write_text(f"id,name\n{rows}")
    ask(folder, "1", "1", "2")
    return folder


def ask(folder: Path, name: str, primary: str, duplicate: str) -> None:
    (folder / "merge_requests" / f"{name}.jsonl").write_text(
        f'{{"request_id": "{name}", "primary_id": "{CONTACT}{primary}", '
        f'"duplicate_ids": ["{CONTACT}{duplicate}"], "requested_at": "2026-02-0{name}T00:00:00Z"}}\n'
    )


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def start(folder: Path, output: Path) -> Start:
    return make_start(folder, output, dg.DagsterInstance.ephemeral())


def undisturbed(folder: Path, output: Path) -> dict[str, object]:
    run(
        folder,
        output,
        warehouse=None,
        dry_run=False,
        as_of=parse_time(AS_OF),
        settings=Settings(),
        progress=QUIET,
    )
    return files_but_for_manifest(output)


def files_but_for_manifest(output: Path) -> dict[str, object]:
    return {name: content for name, content in read_files(output).items() if name != "manifest.json"}


def test_an_input_that_cannot_be_used_is_reported_in_one_sentence_and_retried_when_it_can(
    folder: Path, output: Path, start: Start, tmp_path: Path
) -> None:
    (folder / "contacts.jsonl").write_text("{}\n")
    failed = start("merge_contacts", merge_batch={"as_of": AS_OF})
    twice = "the table contacts is there twice, as contacts.csv and as contacts.jsonl; keep one of them."
    assert sentence_of(failed) == f"{folder}: {twice}"
    assert not materialized(failed)
    assert not output.exists()

    (folder / "contacts.jsonl").unlink()
    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    assert files_but_for_manifest(output) == undisturbed(folder, tmp_path / "undisturbed")


def test_an_output_that_cannot_be_written_is_retried_without_merging_again(
    folder: Path, output: Path, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def obstructed(*arguments: Any) -> dict[str, int]:
        (output / "merged").write_text("in the way")
        return publish(*arguments)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("contact_merge.defs.publish.publish", obstructed)
        failed = start("merge_contacts", merge_batch={"as_of": AS_OF})
    assert sentence_of(failed).startswith(f"{output / 'merged'}: this is no folder")
    assert "merged/contacts" in materialized(failed)
    with duckdb.connect(
        str(output / "warehouse.duckdb"), read_only=True
    ) as con:  # no connection is left open
        assert con.execute("select count(*) from ledger.merges").fetchall() == [(1,)]

    (output / "merged").unlink()
    written = [dg.AssetKey(["output", name]) for name in ("merged", "events", "rejects", "manifest")]
    assert start("merge_contacts", assets=written).success
    assert files_but_for_manifest(output) == undisturbed(folder, tmp_path / "undisturbed")


@contextmanager
def held(output: Path, until: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the warehouse until a line of Python has run."""
    output.mkdir()
    holds = (
        f"import duckdb, sys, time; con = duckdb.connect({str(output / 'warehouse.duckdb')!r}); "
        f"print('held', flush=True); {until}"
    )
    command = [sys.executable, "-c", holds]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.communicate()


def test_a_warehouse_that_another_process_holds_is_reported_with_that_process(
    output: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contact_merge.warehouse.LOCK_WAIT_SECONDS", 0.0)
    monkeypatch.setattr("contact_merge.defs.resources.LOCK_SECONDS", 0.1)
    with held(output, "sys.stdin.read()") as holder:
        failed = start("merge_contacts")
    assert f"process {holder.pid} holds this warehouse" in sentence_of(failed)
    assert start("merge_contacts").success


def test_a_warehouse_that_another_process_holds_for_a_while_is_waited_for(
    output: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contact_merge.warehouse.LOCK_WAIT_SECONDS", 0.0)
    monkeypatch.setattr("contact_merge.defs.resources.LOCK_SECONDS", 0.5)
    with held(output, "time.sleep(2)"):
        result = start("merge_contacts")
    assert result.success
    assert any(event.is_step_up_for_retry for event in result.all_events)


def test_a_run_killed_while_it_merges_leaves_nothing_and_its_retry_is_as_if_it_had_not_been(
    folder: Path, output: Path, start: Start, tmp_path: Path
) -> None:
    """The process ends by SIGKILL before the last of the ledger's rows is written."""
    for place in (output, tmp_path / "undisturbed"):
        undisturbed(folder, place)
    ask(folder, "2", "3", "1")
    script = f"""
import os, signal
import contact_merge.pipeline as pipeline
from contact_merge.definitions import defs
from contact_merge.defs.resources import ContactMerge

run_sql = pipeline.run_sql

def dying(con, name, *rest, **variables):
    if name == "ledger/add_merges":
        os.kill(os.getpid(), signal.SIGKILL)
    return run_sql(con, name, *rest, **variables)

pipeline.run_sql = dying
defs().resolve_job_def("merge_contacts").execute_in_process(
    resources={{"contact_merge": ContactMerge(input={str(folder)!r}, output={str(output)!r})}}
)
"""
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with duckdb.connect(str(output / "warehouse.duckdb")) as con:
        assert con.execute("select request_id from ledger.requests").fetchall() == [("1",)]

    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    assert files_but_for_manifest(output) == undisturbed(folder, tmp_path / "undisturbed")


@pytest.mark.parametrize("in_the_way", ["an older warehouse", "another warehouse's files", "a file"])
def test_where_the_files_could_not_be_written_nothing_is_merged(
    folder: Path, output: Path, start: Start, in_the_way: str
) -> None:
    warehouse = output / "warehouse.duckdb"
    if in_the_way == "a file":
        output.mkdir()
        (output / "merged").touch()
    else:
        assert start("merge_contacts").success
        older = warehouse.read_bytes()
        if in_the_way == "an older warehouse":
            ask(folder, "2", "1", "3")
            assert start("merge_contacts").success
            warehouse.write_bytes(older)
        else:
            warehouse.unlink()
        ask(folder, "3", "3", "1")
    before = answered(warehouse)
    failed = start("merge_contacts")
    assert sentence_of(failed).startswith(f"{output}")
    assert not materialized(failed)
    assert answered(warehouse) == before


def answered(warehouse: Path) -> list[str]:
    """The requests that a warehouse has answered."""
    if not warehouse.exists():
        return []
    with duckdb.connect(str(warehouse), read_only=True) as con:
        there = con.execute("select 1 from duckdb_tables() where table_name = 'responses'").fetchall()
        answers = (
            con.execute("select request_id from ledger.responses order by 1").fetchall() if there else []
        )
    return [request_id for (request_id,) in answers]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            "merged/contacts",
            "raw, ledger and merged are made together, in one transaction; choose these three groups",
        ),
        ("output/manifest", "the files are one set; choose the group output"),
    ],
)
def test_a_part_of_what_is_made_together_is_refused_with_what_to_choose(
    output: Path, start: Start, chosen: str, sentence: str
) -> None:
    refused = start("merge_contacts", assets=[dg.AssetKey(chosen.split("/"))])
    assert sentence in sentence_of(refused)
    assert not output.exists()


OUTPUTS = [dg.AssetKey(["output", name]) for name in ("merged", "events", "rejects", "manifest")]


def test_files_alone_are_written_from_a_sound_warehouse_only(
    folder: Path, output: Path, start: Start
) -> None:
    missing = start("merge_contacts", assets=OUTPUTS)
    assert "warehouse" in sentence_of(missing)
    assert not output.exists()
    assert start("merge_contacts").success
    manifest = (output / "manifest.json").read_bytes()
    with duckdb.connect(str(output / "warehouse.duckdb")) as con:
        con.execute("update ledger.responses set message = 'by hand'")
    broken = start("merge_contacts", assets=OUTPUTS)
    assert sentence_of(broken) == "Nothing is published, for these checks failed: ledger_appended."
    assert (output / "manifest.json").read_bytes() == manifest
