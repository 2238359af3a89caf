"""What the Dagster tests share: the code location, the samples as input, and a way to start its jobs."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest
from contact_merge.definitions import defs
from contact_merge.samples import make_samples

AS_OF = "2026-03-01T12:00:00Z"
# starts a job and waits: `start("merge_contacts", merge_batch={"dry_run": True})`
Start = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture(autouse=True)
def deprecations_are_errors() -> Iterator[None]:
    """What Dagster calls old or not yet settled must not be used here."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, dg.SupersessionWarning, dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("error", category)
        yield


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    return defs()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample tables; not to be written to."""
    folder = tmp_path_factory.mktemp("samples") / "tables"
    make_samples(folder)
    return folder


def make_start(input: Path, output: Path, instance: dg.DagsterInstance) -> Start:
    """A way to start jobs on these folders that never raises, so that a failed run can be looked at."""
    environment = {"CONTACT_MERGE_INPUT": str(input), "CONTACT_MERGE_OUTPUT": str(output)}
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
