"""`verify` on healthy warehouses: every check passes, checks some rows, changes nothing; what it prints."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import test_verify_damages
import test_verify_ledger
from contact_merge.engine import read_header, sql_folder
from contact_merge.errors import LockedError, WarehouseError
from contact_merge.pipeline import run, undo
from contact_merge.samples import AS_OF, make_samples
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside
from contact_merge.verify import FILE_CHECKS, WAREHOUSE_CHECKS, describe_check, verify
from pipeline_endpoint import QUIET, PipelineEndpoint
from story import Story, id_of, pointing
from verified_world import Copy

pytestmark = [pytest.mark.xdist_group("verify"), pytest.mark.long]  # its fixture is made once

COMMAND = Path(sys.executable).with_name("contact-merge")


def test_a_healthy_warehouse_passes_every_check_and_none_looks_at_nothing(copy: Copy) -> None:
    results = copy.verify(files=True)
    assert [result.name for result in results] == [*WAREHOUSE_CHECKS, *FILE_CHECKS]
    assert [result for result in results if not result.passed] == []
    assert [result.name for result in results if not result.rows_checked] == []


def test_exempt_rows_are_counted_and_are_no_fault(copy: Copy) -> None:
    exempt = {result.name: result.exempt for result in copy.verify(files=False) if result.exempt}
    # retired contacts; dropped memberships; the imported circle of w and y; v, which points nowhere
    assert exempt == {
        "contacts_once": 10,
        "memberships_once": 3,
        "redirects_no_circle": 2,
        "redirects_end": 1,
    }


def test_without_an_output_only_the_warehouse_is_checked(copy: Copy) -> None:
    assert [result.name for result in copy.verify(files=False)] == list(WAREHOUSE_CHECKS)


def test_nothing_is_changed_and_nothing_is_left_behind(copy: Copy) -> None:
    def state() -> dict[Path, str]:
        files = [path for path in copy.output.rglob("*") if path.is_file()]
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = state()
    copy.verify(files=True)
    assert state() == before


@pytest.mark.long
def test_the_samples_pass_every_check(tmp_path: Path) -> None:
    make_samples(tmp_path / "in")
    run(
        tmp_path / "in",
        tmp_path / "out",
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(),
        progress=QUIET,
    )
    results = verify(tmp_path / "out" / "warehouse.duckdb", tmp_path / "out", Settings())
    assert [result for result in results if not result.passed] == []


def test_every_file_of_checks_is_made_and_says_what_holds() -> None:
    names = [path.stem for path in (sql_folder() / "checks").glob("[!_]*.sql")]
    files = {name for name in names if read_header(f"checks/{name}").kind == "check"}
    assert files == {*WAREHOUSE_CHECKS, *FILE_CHECKS}
    for name in files:
        assert re.fullmatch(r"\w.{20,}\.", describe_check(name)), name


def test_each_check_of_the_warehouse_has_a_damage_that_it_finds() -> None:
    damages = [*test_verify_damages.DAMAGES, *test_verify_ledger.DAMAGES]
    assert {name for damage in damages for name in damage.fails} == set(WAREHOUSE_CHECKS)


def test_an_output_in_a_folder_that_is_named_as_a_partition_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "contacts.csv").write_text(f"id,country\n{id_of('a')},AT\n")
    output = tmp_path / "country=DE" / "out"
    run(
        tmp_path / "in", output, warehouse=None, dry_run=False, as_of=AS_OF, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert [
        check.name for check in verify(output / "warehouse.duckdb", output, Settings()) if check.violations
    ] == []


@pytest.mark.long
def test_the_warehouse_may_have_any_name_and_lie_anywhere(copy: Copy, tmp_path: Path) -> None:
    for name in ("memory", "warehouse.db", 'it\'s "1".duckdb'):
        other = tmp_path / name
        _rename(copy.warehouse, other)
        assert all(result.passed for result in verify(other, copy.output, Settings()))
        _rename(other, copy.warehouse)


def _rename(warehouse: Path, other: Path) -> None:
    """Give a warehouse another name, and the folder of its snapshots with it."""
    folder_beside(warehouse).rename(folder_beside(other))
    warehouse.rename(other)


@pytest.mark.long
def test_what_the_last_run_folded_key_by_key_need_not_be_named(copy: Copy) -> None:
    assert all(result.passed for result in verify(copy.warehouse, copy.output, Settings(json_fields=())))


@pytest.mark.long
def test_a_column_that_is_named_as_a_key_is_shown_is_no_fault(tmp_path: Path) -> None:
    a, b, c = (id_of(letter) for letter in "abc")
    rows = [
        {"id": a, "custom_fields.tier": None, "custom_fields": {"plan": 1}},
        {"id": b, "custom_fields.tier": "gold", "custom_fields": {}},
        {"id": c, "custom_fields.tier": None, "custom_fields": {"tier": "silver"}},
    ]
    request = {"request_id": "r", "primary_id": a, "duplicate_ids": [b, c], "requested_at": "2026-03-01"}
    for table, lines in {"contacts": rows, "merge_requests": [request]}.items():
        (tmp_path / f"{table}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(
        tmp_path, tmp_path / "out",
        warehouse=None, dry_run=False, as_of=AS_OF, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    results = verify(tmp_path / "out/warehouse.duckdb", tmp_path / "out", Settings())
    assert [result.name for result in results if result.violations] == []


@pytest.mark.long
def test_undoing_everything_leaves_a_healthy_warehouse(copy: Copy) -> None:
    undo(
        copy.warehouse,
        copy.output,
        ["r7", "r1", "r2", "r5", "r8"],
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(),
        progress=QUIET,
    )
    assert copy.failures(files=True) == {}


# -------------------------------------------------------------------------------- on the command line


def type_verify(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_figures_of_every_check_are_printed(copy: Copy) -> None:
    done = type_verify("--warehouse", copy.warehouse, "--output", copy.output)
    assert (done.returncode, done.stderr) == (0, "")
    assert "18 checks, all passed" in done.stdout
    for name in (*WAREHOUSE_CHECKS, *FILE_CHECKS):
        assert re.search(rf"^{name} +[\d,]+ +[\d,]+ +0 *$", done.stdout, re.MULTILINE), name


@pytest.mark.long
def test_a_failure_is_exit_1_and_the_rows_are_named(copy: Copy) -> None:
    copy.execute("delete from ledger.responses where request_id = 'r4'")
    done = type_verify("--warehouse", copy.warehouse)
    assert (done.returncode, done.stderr) == (1, "")
    assert "13 checks, 2 failed" in done.stdout
    assert "requests_answered: 1 violation" in done.stdout
    assert "Should hold: Every request has one response" in done.stdout
    assert "request_id r4, requests 1, responses 0" in done.stdout


@pytest.mark.long
def test_results_as_json(copy: Copy) -> None:
    copy.execute("delete from ledger.responses where request_id = 'r4'")
    done = type_verify("--warehouse", copy.warehouse, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["passed"], len(report["checks"])) == (1, False, 13)
    answered = next(check for check in report["checks"] if check["name"] == "requests_answered")
    assert answered == {
        "name": "requests_answered",
        "description": describe_check("requests_answered"),
        "rows_checked": 10,
        "exempt": 0,
        "violations": 1,
        "samples": ["request_id r4, requests 1, responses 0, fault has not one response"],
        "exempt_samples": [],
        "passed": False,
    }


@pytest.mark.long
def test_pointers_without_effect_are_named_as_exempt() -> None:
    """The CRM merged a and b the other way round."""
    story = Story(PipelineEndpoint({}))
    story.load(pointing(a=None, b=None))
    story.ask("a", "b")
    story.load(pointing(a="b", b=None))
    story.table("contacts")
    warehouse = story.endpoint.output / "warehouse.duckdb"
    report = json.loads(type_verify("--warehouse", warehouse, "--json").stdout)
    circles = next(check for check in report["checks"] if check["name"] == "redirects_no_circle")
    assert (report["passed"], circles["exempt"]) == (True, 1)
    named = f"contact_id {id_of('a')}, target_id {id_of('b')}, request_id r1, effect none while this merge is active"
    assert circles["exempt_samples"] == [named]
    done = type_verify("--warehouse", warehouse)
    assert (done.returncode, named in " ".join(done.stdout.split())) == (0, True)


@pytest.mark.long
def test_quiet_prints_failures_alone(copy: Copy) -> None:
    done = type_verify("--warehouse", copy.warehouse, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    copy.execute("delete from ledger.responses where request_id = 'r4'")
    done = type_verify("--warehouse", copy.warehouse, "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "contact-merge: failed: requests_answered, ledger_appended; without --quiet the rows are named.\n"
    )


def test_only_the_first_rows_are_named_and_all_are_counted(copy: Copy) -> None:
    copy.execute("delete from ledger.responses")
    found = next(r for r in copy.verify(files=False) if r.name == "requests_answered")
    assert (found.violations, len(found.samples)) == (10, 5)


# -------------------------------------------------------------------------------- refused


def test_no_warehouse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no warehouse here"):
        verify(tmp_path / "none.duckdb", None, Settings())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_warehouse_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened as a warehouse"):
        verify(tmp_path / "text", None, Settings())
    duckdb.connect(str(tmp_path / "other")).close()
    with pytest.raises(WarehouseError, match="no warehouse of contact-merge"):
        verify(tmp_path / "other", None, Settings())


def test_a_warehouse_of_another_version_is_refused(copy: Copy) -> None:
    copy.execute("update ledger.warehouse set version = 99")
    with pytest.raises(WarehouseError, match="version 99"):
        copy.verify(files=False)
    assert type_verify("--warehouse", copy.warehouse).returncode == 2


def test_a_warehouse_that_another_process_holds_is_refused(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(copy.warehouse)!r})\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    monkeypatch.setattr("contact_merge.warehouse.LOCK_WAIT_SECONDS", 0.2)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=rf"process {holder.pid} holds this warehouse"):
            copy.verify(files=False)
        holder.communicate("")
