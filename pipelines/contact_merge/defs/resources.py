"""Where the files are, by environment variables, and how a step opens the warehouse and fails.

The defaults are the sample data, so that `dg dev` in a fresh clone needs no environment.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import Field

from contact_merge.catalog import Catalog, make_catalog
from contact_merge.errors import (
    ContactMergeError,
    GuardError,
    InputError,
    LockedError,
    describe_defect,
    first_of,
)
from contact_merge.places import default_warehouse, local_path
from contact_merge.settings import Settings, read_settings
from contact_merge.times import utc_time
from contact_merge.warehouse import open_warehouse

# A pool of one, by runs (dagster.yaml): one process holds a DuckDB file.
WAREHOUSE_POOL = "warehouse"
# What another process has locked is tried again so many times, so many seconds apart.
LOCK_RETRIES, LOCK_SECONDS = 20, 30.0
StepContext = dg.AssetExecutionContext | dg.OpExecutionContext | dg.AssetCheckExecutionContext


class ContactMerge(dg.ConfigurableResource):
    """The folders and files of `contact-merge run`; a path with a scheme raises PlaceError when it is asked for."""

    input: str = Field("data_samples", description="Folder with the tables: Parquet, CSV or JSON lines.")
    output: str = Field("out/dagster", description="Folder to write the outputs to.")
    warehouse: str = Field("", description="The DuckDB file; empty is OUTPUT/warehouse.duckdb.")
    settings_file: str = Field("", description="Settings, a TOML file; empty is the defaults.")

    @property
    def input_folder(self) -> Path:
        """The folder that tables and requests come from."""
        return local_path(self.input)

    @property
    def output_folder(self) -> Path:
        """The folder that files are written to."""
        return local_path(self.output)

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file."""
        return local_path(self.warehouse) if self.warehouse else default_warehouse(self.output_folder)

    def settings(self) -> Settings:
        """The settings of the file; raises SettingsError."""
        return read_settings(local_path(self.settings_file) if self.settings_file else None)

    def catalog(self) -> Catalog:
        """The tables that the settings describe; raises SettingsError."""
        return make_catalog(self.settings())

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse to read, and close it whatever happens."""
        with open_warehouse(self.warehouse_file, self.settings(), read_only=True) as con:
            yield con


def _from_environment(variable: str, default: str) -> str:
    """A value that the UI shows as coming from the environment, where it does."""
    return dg.EnvVar(variable) if os.environ.get(variable) else default


def contact_merge_resource() -> ContactMerge:
    """The resource as the environment sets it."""
    return ContactMerge(
        input=_from_environment("CONTACT_MERGE_INPUT", "data_samples"),
        output=_from_environment("CONTACT_MERGE_OUTPUT", "out/dagster"),
        warehouse=_from_environment("CONTACT_MERGE_WAREHOUSE", ""),
        settings_file=_from_environment("CONTACT_MERGE_CONFIG", ""),
    )


def catalog_of_environment() -> Catalog:
    """The tables that the settings of the environment describe; those of the defaults where there is a fault.

    Runs report the fault: a page that does not open would not.
    """
    file = os.environ.get("CONTACT_MERGE_CONFIG")
    try:
        return make_catalog(read_settings(local_path(file) if file else None))
    except ContactMergeError:
        return make_catalog(Settings())


@contextmanager
def translate_failures(context: StepContext) -> Iterator[None]:
    """Translate an error that a user can cause into a Failure of one sentence; a retry would meet it again.

    What another process has locked is waited for. The sentence has a line of its own in the log, for Dagster shows its own
    stack below every Failure. A defect is reported without its message, which may quote a value; Dagster would keep that
    for good.
    """
    try:
        yield
    except ContactMergeError as error:
        if isinstance(error, LockedError) and context.retry_number < LOCK_RETRIES:
            context.log.warning(str(error))
            raise dg.RetryRequested(LOCK_RETRIES, LOCK_SECONDS) from None
        context.log.error(str(error))
        metadata = _how_to_pass(error) if isinstance(error, GuardError) else None
        raise dg.Failure(description=str(error), metadata=metadata, allow_retries=False) from None
    except Exception as error:  # rule: dagster-defects
        context.log.error(describe_defect(error))
        raise dg.Failure(
            description=f"{type(error).__name__}: a defect of contact-merge; the log says where."
        ) from None


def _how_to_pass(error: GuardError) -> dict[str, dg.MetadataValue]:
    """What guards found, each with its figures, and the run configuration that lets this input pass."""
    config = {"ops": {"merge_batch": {"config": {"allow": list(error.guards)}}}}
    return {
        "found": dg.MetadataValue.md("\n".join(f"- {finding}" for finding in error.findings)),
        "run_configuration_to_let_it_pass": dg.MetadataValue.json(config),
    }


def refuse_subset(context: dg.AssetExecutionContext, specs: Iterable[dg.AssetSpec], instead: str) -> None:
    """Refuse to make some of the assets that a step makes together.

    Raises:
        InputError: not all were chosen; it says what to choose `instead`.
    """
    chosen = context.selected_asset_keys
    left_out = [spec.key.to_user_string() for spec in specs if spec.key not in chosen]
    if left_out:
        raise InputError(f"{first_of(left_out, 3)} were not chosen, but {instead}.")


def time_of(as_of: str | None) -> datetime | None:
    """The time of a run as typed into the launchpad: ISO 8601, UTC if it has no zone; None is now.

    Raises:
        InputError: it is none.
    """
    if not as_of:
        return None
    try:
        return utc_time(as_of)
    except ValueError:
        raise InputError(f"{as_of!r} is no ISO 8601 time; write as_of like 2026-01-31T12:00:00Z.") from None


class StepLog:
    """The pipeline's progress, in the log of the run."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        self._log = log

    def step(self, name: str, total: int | None = None) -> None:
        """Log that the next step begins."""
        self._log.info(name)

    def doing(self, name: str) -> None:
        """Log what of the step is being done."""
        self._log.info(name)

    def advance(self, n: int) -> None:
        """A log line for each unit would be too many."""
