"""What Dagster is shown, name by name: a definition that is lost, or one too many, is seen here."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from added_children import with_added_children
from contact_merge.catalog import make_catalog
from contact_merge.defs.checks import invariants
from contact_merge.defs.merge import define_merge_batch
from contact_merge.defs.resources import catalog_of_environment
from contact_merge.defs.specs import input_specs, table_of, warehouse_specs
from contact_merge.preset import read_preset
from contact_merge.settings import Settings
from contact_merge.verify import FILE_CHECKS, WAREHOUSE_CHECKS

CATALOG = make_catalog(Settings())
RAW = {f"raw/{table}" for table in (*CATALOG.data_tables, "api_keys", "rejects")}
LEDGER = {"ledger/requests", "ledger/responses", "ledger/merges", "ledger/imports"}
MERGED = {f"merged/{table}" for table in CATALOG.data_tables} | {
    "merged/merge_responses",
    "merged/contact_redirects",
    "merged/identity_map",
    "merged/field_provenance",
    "merged/field_conflicts",
    "merged/dropped_children",
}
OUTPUT = {"output/merged", "output/events", "output/rejects", "output/manifest"}
WRITTEN_ELSEWHERE = {f"input/{table}" for table in CATALOG.input_tables} | {"ledger/reversals"}


def names(keys: set[dg.AssetKey]) -> set[str]:
    return {key.to_user_string() for key in keys}


def test_the_assets_are_these(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert names(graph.materializable_asset_keys) == RAW | LEDGER | MERGED | OUTPUT
    assert names(graph.external_asset_keys) == WRITTEN_ELSEWHERE


def test_the_checks_are_those_of_verify_and_two_warnings(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    blocking = {spec.name for key in graph.asset_check_keys if (spec := graph.get_check_spec(key)).blocking}
    assert blocking == set(WAREHOUSE_CHECKS)
    assert {key.name for key in graph.asset_check_keys} == {
        *WAREHOUSE_CHECKS,
        *FILE_CHECKS,
        "no_rejects",
        "no_refusals",
    }


def test_a_table_of_any_name_has_its_assets() -> None:
    preset = read_preset()
    entity = msgspec.structs.replace(preset.entity, table="Leads, 2024")
    catalog = make_catalog(Settings(preset=msgspec.structs.replace(preset, entity=entity)))
    specs = {spec.key.to_user_string(): spec for spec in define_merge_batch(catalog).specs}
    merged = specs["merged/Leads__2024_" + hashlib.sha256(b"Leads, 2024").hexdigest()[:6]]
    assert (
        merged.description
        == "One row per live contact, as it is after all merges; columns and types as in raw.Leads, 2024."
    )
    assert table_of(catalog, merged.key) == "Leads, 2024"
    assert "merged/contacts" not in specs


def test_a_child_table_that_a_preset_adds_has_its_assets_and_checks() -> None:
    catalog = make_catalog(with_added_children())
    own, added = (
        {spec.key.to_user_string(): spec for spec in [*input_specs(some), *warehouse_specs(some)]}
        for some in (CATALOG, catalog)
    )
    new = {f"{schema}/{kind}" for schema in ("input", "raw", "merged") for kind in ("calls", "subscriptions")}
    assert added.keys() - own.keys() == new
    assert (
        added["merged/calls"].description
        == "One row per row of raw.calls; rows of retired contacts name the survivor."
    )
    assert added["merged/subscriptions"].description == (
        "One row per row of raw.subscriptions that is not dropped: subscriptions of a retired contact go to its survivor where "
        "that one has none like it yet."
    )
    deps = {dep.asset_key.to_user_string() for dep in added["merged/dropped_children"].deps}
    assert deps == {"raw/list_memberships", "raw/subscriptions", "merged/contact_redirects"}
    checks = invariants(catalog)
    also = {name: {dep.asset_key.path[1] for dep in checks[name].additional_deps} for name in checks}
    assert "calls" in also["children_once"]
    assert also["memberships_once"] == {"subscriptions"}


def test_settings_with_a_fault_leave_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("retired_ids = 1")
    monkeypatch.setenv("CONTACT_MERGE_CONFIG", str(tmp_path / "settings.toml"))
    assert catalog_of_environment() == CATALOG


def test_the_jobs_sensors_and_schedules_are_these(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} - {"__ASSET_JOB"} == {
        "merge_contacts",
        "undo_merges",
    }
    assert [sensor.name for sensor in repository.sensor_defs] == ["new_input"]
    assert [schedule.name for schedule in repository.schedule_defs] == ["nightly"]


def test_everything_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_explains_itself(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert "{" not in spec.description, spec.key
        assert spec.kinds, spec.key
        assert spec.owners, spec.key
        assert spec.group_name == spec.key.path[0]


def test_only_assets_that_people_wait_for_have_to_be_fresh(definitions: dg.Definitions) -> None:
    fresh = {
        spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs() if spec.freshness_policy
    }
    assert fresh == MERGED | OUTPUT


def test_every_step_takes_the_one_slot_at_the_warehouse(definitions: dg.Definitions) -> None:
    for job in ("merge_contacts", "undo_merges"):
        for node in definitions.resolve_job_def(job).nodes:
            assert isinstance(node.definition, dg.OpDefinition)
            assert node.definition.pool == "warehouse", node.name


def test_steps_of_a_run_share_one_process(definitions: dg.Definitions) -> None:
    for job in ("merge_contacts", "undo_merges"):
        assert definitions.resolve_job_def(job).executor_def.name == "in_process"


def run_python(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_our_definitions_cause_no_warning_of_any_kind() -> None:
    run_python(
        "import warnings, dagster\n"
        "warnings.simplefilter('error')\n"
        "from contact_merge.definitions import defs\n"
        "dagster.Definitions.validate_loadable(defs())\n"
    )


def test_the_pipeline_itself_never_imports_dagster() -> None:
    run_python(
        "import sys, contact_merge.cli, contact_merge.console, contact_merge.demo, contact_merge.explain\n"
        "import contact_merge.pipeline, contact_merge.verify\n"
        "assert 'dagster' not in sys.modules"
    )


@pytest.mark.long
def test_what_a_user_scaffolds_into_defs_is_loaded_beside_ours(
    tmp_path: Path, definitions: dg.Definitions
) -> None:
    root = Path(__file__).parents[2]
    for part in ("pipelines", "sql"):
        shutil.copytree(root / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "dagster.yaml"):
        shutil.copy(root / part, tmp_path)

    def run_dg(*arguments: str) -> str:
        done = subprocess.run(
            [Path(sys.executable).with_name("dg"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "DAGSTER_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path / "pipelines")},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run_dg("scaffold", "defs", "dagster.asset", "my_asset.py")
    component = tmp_path / "pipelines/contact_merge/defs/component"
    component.mkdir()
    (component / "defs.yaml").write_text(
        "type: dagster.PythonScriptComponent\n"
        "attributes: {execution: {path: script.py}, assets: [{key: scripted, deps: [merged/contacts]}]}\n"
    )
    found = json.loads(run_dg("list", "defs", "--json"))
    ours = {spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs()}
    assert sorted(asset["asset_key"] for asset in found["assets"]) == sorted({*ours, "my_asset", "scripted"})
    assert [job["name"] for job in found["jobs"]] == ["merge_contacts", "undo_merges"]
    assert [found["sensors"][0]["name"], found["schedules"][0]["name"]] == ["new_input", "nightly"]


def test_our_job_runs_no_asset_of_others(definitions: dg.Definitions) -> None:
    @dg.asset
    def of_others() -> None:
        """Stands for a scaffolded one."""

    @dg.asset_check(asset=dg.AssetKey(["merged", "contacts"]))
    def check_of_others() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    both = dg.Definitions.merge(definitions, dg.Definitions([of_others], asset_checks=[check_of_others]))
    steps = {node.name for node in both.resolve_job_def("merge_contacts").nodes}
    assert steps >= {"merge_batch", "check_warehouse", "publish_files", "check_files"}
    assert "of_others" not in steps
    assert any("check_of_others" in step for step in steps), "a check of our assets is made with them"
