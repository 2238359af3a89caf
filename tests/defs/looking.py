"""Looking at what a run in Dagster did, and at the files that it wrote."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    """The last materialization of each asset in a run, by `group/name`."""
    return {
        event.materialization.asset_key.to_user_string(): event.materialization
        for event in (event.event_specific_data for event in result.get_asset_materialization_events())
    }


def figures(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of an asset in a run."""
    return {name: value.value for name, value in materialized(result)[asset].metadata.items()}


def versions(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """The data version of each asset in a run."""
    return {asset: found.tags["dagster/data_version"] for asset, found in materialized(result).items()}


def sentence_of(result: dg.ExecuteInProcessResult) -> str:
    """What the run failed with, which must be an expected failure."""
    (failed,) = (event for event in result.all_events if event.is_step_failure)
    data = failed.step_failure_data
    assert data.user_failure_data is not None, data.error
    return str(data.user_failure_data.description)


def read_files(output: Path) -> dict[str, Any]:
    """Every file of an output folder: Parquet as schema and sorted rows, no warehouse id."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in output.rglob("*") if path.is_file()):
        name = str(path.relative_to(output))
        if name.startswith("warehouse.duckdb"):
            continue
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            found[name] = (table.schema, sorted(map(repr, table.to_pylist())))
        elif name == "manifest.json":
            found[name] = {
                key: value for key, value in json.loads(path.read_text()).items() if key != "warehouse_id"
            }
        else:
            found[name] = path.read_bytes()
    return found
