"""The whole graph on the samples: the command line's files, checks before publishing, figures shown."""

import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from contact_merge.cli import parse_time
from contact_merge.console import OUTCOMES
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.summary import Summary
from contact_merge.verify import FILE_CHECKS, WAREHOUSE_CHECKS
from looking import figures, materialized, read_files, sentence_of, versions
from pipeline_endpoint import QUIET
from starting import AS_OF, Start, make_start

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("graph")]  # whose fixture is made once

WRITTEN = [dg.AssetKey(["output", name]) for name in ("merged", "events", "rejects", "manifest")]


@pytest.fixture(scope="module")
def by_command_line(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Path]:
    output = tmp_path_factory.mktemp("command_line")
    summary = run(
        samples,
        output,
        warehouse=None,
        dry_run=False,
        as_of=parse_time(AS_OF),
        settings=Settings(),
        progress=QUIET,
    )
    return summary, output


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dagster")


@pytest.fixture(scope="module")
def start(samples: Path, output: Path) -> Start:
    return make_start(samples, output, dg.DagsterInstance.ephemeral())


@pytest.fixture(scope="module")
def first(start: Start) -> dg.ExecuteInProcessResult:
    return start("merge_contacts", merge_batch={"as_of": AS_OF})


@pytest.fixture(scope="module")
def files_of_first(first: dg.ExecuteInProcessResult, output: Path) -> dict[str, object]:
    return read_files(output)


@pytest.fixture(scope="module")
def second(
    first: dg.ExecuteInProcessResult, files_of_first: dict[str, object], start: Start
) -> dg.ExecuteInProcessResult:
    """The same run once more: nothing is new."""
    return start("merge_contacts", merge_batch={"as_of": AS_OF})


def test_all_steps_succeed_in_this_order(first: dg.ExecuteInProcessResult) -> None:
    assert first.success
    steps = [event.step_key for event in first.all_events if event.is_step_success]
    assert steps == ["merge_batch", "check_warehouse", "publish_files", "check_files"]


def test_the_output_folder_need_not_be_there_where_the_warehouse_is_elsewhere(
    samples: Path, tmp_path: Path
) -> None:
    output, warehouse = tmp_path / "new/out", tmp_path / "w.duckdb"
    result = make_start(samples, output, dg.DagsterInstance.ephemeral(), warehouse)("merge_contacts")
    assert result.success
    assert (output / "manifest.json").exists()
    assert warehouse.exists()


def test_the_files_are_those_of_the_command_line(
    files_of_first: dict[str, object], by_command_line: tuple[Summary, Path]
) -> None:
    expected = read_files(by_command_line[1])
    assert sorted(files_of_first) == sorted(expected)
    for name, content in expected.items():
        if name != "manifest.json":  # bytes and digests are those of this warehouse
            assert files_of_first[name] == content, name


def test_every_asset_is_materialized_and_every_check_made(
    first: dg.ExecuteInProcessResult, definitions: dg.Definitions
) -> None:
    graph = definitions.resolve_asset_graph()
    assert {dg.AssetKey(asset.split("/")) for asset in materialized(first)} == graph.materializable_asset_keys
    checked = {(found.asset_key, found.check_name) for found in first.get_asset_check_evaluations()}
    assert checked == {(key.asset_key, key.name) for key in graph.asset_check_keys}


def test_every_invariant_holds_and_rejects_and_refusals_are_warnings(
    first: dg.ExecuteInProcessResult,
) -> None:
    found = {check.check_name: check for check in first.get_asset_check_evaluations()}
    assert all(found[name].passed for name in (*WAREHOUSE_CHECKS, *FILE_CHECKS))
    for name in ("no_rejects", "no_refusals"):
        assert not found[name].passed
        assert found[name].severity is dg.AssetCheckSeverity.WARN
        assert found[name].metadata["rows"].value
        assert found[name].metadata["samples"].value


def test_the_figures_are_those_of_the_summary(
    first: dg.ExecuteInProcessResult, by_command_line: tuple[Summary, Path]
) -> None:
    summary, _ = by_command_line
    responses, contacts = figures(first, "merged/merge_responses"), figures(first, "merged/contacts")
    assert {name: responses[name] for name in OUTCOMES} == {
        name: summary.requests.get(name, 0) for name in OUTCOMES
    }
    assert figures(first, "ledger/requests")["requests_new"] == summary.requests_new
    assert contacts["contacts_before"] == summary.contacts_before
    assert contacts["contacts_after"] == contacts["dagster/row_count"] == summary.contacts_after
    assert figures(first, "raw/rejects")["rejects"] == summary.rejected
    assert figures(first, "output/events")["dagster/row_count"] == summary.events
    assert len(summary.rehomed) == 6
    for kind, rows in summary.rehomed.items():
        assert figures(first, f"merged/{kind}")["rows_rehomed"] == rows


def test_an_asset_shows_its_columns_with_their_meaning(first: dg.ExecuteInProcessResult) -> None:
    schema = figures(first, "merged/contact_redirects")["dagster/column_schema"]
    assert [column.name for column in schema.columns] == [
        "retired_id",
        "primary_id",
        "survivor_id",
        "request_id",
        "retired_at",
    ]
    assert all(column.description for column in schema.columns)
    raw = figures(first, "raw/contacts")["dagster/column_schema"]
    assert not [column.name for column in raw.columns if column.name.startswith("_cm_")]


def test_the_preview_shows_who_went_into_whom_and_no_value_of_a_field(
    first: dg.ExecuteInProcessResult, output: Path
) -> None:
    preview = figures(first, "merged/contacts")["merged_in_this_run"]
    assert "| request | retired | into | fields populated | rows moved |" in preview
    shown = "\n".join(
        str(value.value)
        for materialization in materialized(first).values()
        for value in materialization.metadata.values()
    )
    names = duckdb.sql(f"select full_name from '{output}/merged/contacts.parquet' where full_name > ''")
    assert not [name for (name,) in names.fetchall() if name in shown]


def test_nothing_new_leaves_every_version_as_it_was(
    first: dg.ExecuteInProcessResult, second: dg.ExecuteInProcessResult
) -> None:
    assert second.success
    assert figures(second, "ledger/requests")["requests_new"] == 0
    before, after = versions(first), versions(second)
    rejects = {"raw/rejects", "output/rejects"}  # are of the last run: this one knows the requests already
    assert {name for name in before if before[name] != after[name]} <= rejects


def test_nothing_new_leaves_every_file_as_it_was(
    files_of_first: dict[str, object], second: dg.ExecuteInProcessResult, output: Path
) -> None:
    after = read_files(output)
    of_last_run = {"manifest.json", "rejects/merge_requests.jsonl"}
    assert {name for name in files_of_first if files_of_first[name] != after.get(name)} <= of_last_run


def test_nothing_new_leaves_every_warning(second: dg.ExecuteInProcessResult) -> None:
    found = {check.check_name: check for check in second.get_asset_check_evaluations()}
    assert [name for name in found if not found[name].passed] == ["no_rejects", "no_refusals"]


def test_a_dry_run_writes_a_preview_and_materializes_nothing(
    second: dg.ExecuteInProcessResult, start: Start, output: Path, by_command_line: tuple[Summary, Path]
) -> None:
    warehouse = (output / "warehouse.duckdb").read_bytes()
    result = start("merge_contacts", merge_batch={"dry_run": True, "as_of": AS_OF})
    assert result.success
    assert not materialized(result)
    assert (output / "warehouse.duckdb").read_bytes() == warehouse
    assert (output / "preview" / "manifest.json").is_file()
    (observed,) = (event.event_specific_data for event in result.all_events if event.is_asset_observation)
    assert observed.asset_observation.metadata["preview"].value
    shutil.rmtree(output / "preview")


def test_an_as_of_that_is_no_time_is_reported_in_one_sentence(
    second: dg.ExecuteInProcessResult, start: Start
) -> None:
    result = start("merge_contacts", merge_batch={"as_of": "yesterday"})
    assert sentence_of(result) == "'yesterday' is no ISO 8601 time; write as_of like 2026-01-31T12:00:00Z."


def test_a_broken_invariant_stops_publishing_until_it_is_mended(
    second: dg.ExecuteInProcessResult, start: Start, output: Path, tmp_path: Path
) -> None:
    shutil.copyfile(output / "warehouse.duckdb", tmp_path / "sound")
    manifest = (output / "manifest.json").read_bytes()
    with duckdb.connect(str(output / "warehouse.duckdb")) as con:
        con.execute("delete from ledger.merges where seq = (select min(seq) from ledger.merges)")
    broken = start("merge_contacts")
    assert not broken.success
    assert "output/merged" not in materialized(broken)
    assert (output / "manifest.json").read_bytes() == manifest
    failed = {check.check_name for check in broken.get_asset_check_evaluations() if not check.passed}
    assert "ledger_appended" in failed

    shutil.copyfile(tmp_path / "sound", output / "warehouse.duckdb")
    mended = start("merge_contacts")
    assert mended.success
    assert "output/merged" in materialized(mended)


def test_single_checks_and_files_can_be_made_again_alone(
    second: dg.ExecuteInProcessResult, start: Start, output: Path
) -> None:
    (output / "merged" / "contacts.parquet").unlink()
    result = start("merge_contacts", assets=WRITTEN)
    assert result.success
    assert (output / "merged" / "contacts.parquet").is_file()
    assert {check.check_name for check in result.get_asset_check_evaluations()} == set(FILE_CHECKS)
