"""A way to start the code location's jobs in this process, on folders of one's own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
from contact_merge.definitions import defs

AS_OF = "2026-03-01T12:00:00Z"
# starts a job and waits: `start("merge_contacts", merge_batch={"dry_run": True})`
Start = Callable[..., dg.ExecuteInProcessResult]


def make_start(
    input: Path, output: Path, instance: dg.DagsterInstance, warehouse: Path | None = None
) -> Start:
    """A way to start jobs on these folders that never raises, so that a failed run can be inspected."""
    environment = {"CONTACT_MERGE_INPUT": str(input), "CONTACT_MERGE_OUTPUT": str(output)}
    if warehouse is not None:
        environment["CONTACT_MERGE_WAREHOUSE"] = str(warehouse)
    with patch.dict(os.environ, environment):
        code_location = defs()

    def start(
        job: str, *, assets: list[dg.AssetKey] | None = None, **config: dict[str, Any]
    ) -> dg.ExecuteInProcessResult:
        with patch.dict(os.environ, environment):
            return code_location.resolve_job_def(job).execute_in_process(
                instance=instance,
                run_config={"ops": {op: {"config": values} for op, values in config.items()}},
                asset_selection=assets,
                raise_on_error=False,
            )

    return start
