"""What runs by itself: the sensor on new input and the nightly schedule, both on the job for the whole graph.

Both start switched off: `dg dev` alone writes nothing.
"""

import time
from pathlib import Path

import dagster as dg
import msgspec
from msgspec.structs import replace

from contact_merge.catalog import Catalog
from contact_merge.defs.inputs import Arrived, Stamp, list_arrived
from contact_merge.defs.metadata import digest_of
from contact_merge.defs.resources import ContactMerge
from contact_merge.errors import ContactMergeError
from contact_merge.load import table_sources
from contact_merge.load.contents import ends_as_parquet


def define_automation(catalog: Catalog, *steps: dg.AssetsDefinition) -> dg.Definitions:
    """The job of all that these steps make, and what starts it: the sensor and the schedule."""
    merge_contacts = dg.define_asset_job(
        "merge_contacts",
        selection=dg.AssetSelection.assets(*steps),  # with all checks of them
        description="Load, decide and merge in one transaction; check; write the files.",
        # a crashed run is begun again where the instance says so, but what failed once would fail again
        tags={"dagster/retry_on_asset_or_op_failure": "false"},
    )
    nightly = dg.ScheduleDefinition(
        name="nightly",
        job=merge_contacts,
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        description="Every night: everything new, even when the sensor is off.",
    )

    @dg.sensor(
        name="new_input",
        job=merge_contacts,
        minimum_interval_seconds=30,
        description=(
            "Starts a run when files of the input folder are new or changed, and complete: "
            "as they were at the tick before, and Parquet with its end. "
            "A tick fails while the folder is such that no run could use it."
        ),
    )
    def new_input(context: dg.SensorEvaluationContext, contact_merge: ContactMerge) -> dg.SensorResult:
        """One tick; where it fails the cursor stays, so that the next one sees the same."""
        try:
            cursor = _Cursor.read(context.cursor, contact_merge)
            sources = table_sources(catalog, contact_merge.settings().load)
            tables = list_arrived(contact_merge.input_folder, sources)
        except ContactMergeError as error:
            # an error of Dagster's own is shown as it is, any other below one that names a function
            raise dg.DagsterInvariantViolationError(str(error)) from None
        return _look(cursor, tables, contact_merge.input_folder)

    return dg.Definitions(jobs=[merge_contacts], schedules=[nightly], sensors=[new_input])


class _Cursor(msgspec.Struct, frozen=True):
    """What the sensor remembers from tick to tick.

    Attributes:
        places: a digest of the folders and the warehouse.
        asked: runs asked for, counted from the second in which this began, so that no run key comes twice.
        done: the files of the last run asked for.
        fresh: those that were new at the last tick.
    """

    places: str
    asked: int
    done: dict[str, Stamp] = {}
    fresh: dict[str, Stamp] = {}

    @classmethod
    def read(cls, text: str | None, contact_merge: ContactMerge) -> "_Cursor":
        """A new one where there is none, or the input goes to another output or warehouse than at the tick before."""
        places = [contact_merge.input_folder, contact_merge.output_folder, contact_merge.warehouse_file]
        begun = cls(digest_of(*(str(path.absolute()) for path in places)), int(time.time()))
        try:
            cursor = msgspec.json.decode(text or "", type=cls)
        except msgspec.MsgspecError:
            return begun
        return cursor if cursor.places == begun.places else begun

    def encode(self) -> str:
        """As the next tick reads it."""
        return msgspec.json.encode(self).decode()


def _look(cursor: _Cursor, tables: list[Arrived], folder: Path) -> dg.SensorResult:
    """What a tick does about the tables that are in the input folder."""
    present = {name: stamp for table in tables for name, stamp in table.files.items()}
    fresh = {name: stamp for name, stamp in present.items() if cursor.done.get(name) != stamp}
    if not fresh:
        return _skip("Nothing new in the input folder.", replace(cursor, fresh={}))
    growing = sorted(name for name, stamp in fresh.items() if cursor.fresh.get(name) != stamp)
    growing = growing or sorted(name for name in fresh if _is_cut_off(folder / name))
    if growing:
        reason = f"Waiting until these are complete: {', '.join(growing)}."
        return _skip(reason, replace(cursor, fresh=fresh))
    asked = cursor.asked + 1
    run_key = digest_of(str(asked), cursor.places, *(table.version for table in tables))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=run_key, tags={"contact_merge/new_files": str(len(fresh))})],
        cursor=replace(cursor, asked=asked, done=present, fresh={}).encode(),
        asset_events=[
            table.materialization() for table in tables if not fresh.keys().isdisjoint(table.files)
        ],
    )


def _skip(reason: str, cursor: _Cursor) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=cursor.encode())


def _is_cut_off(file: Path) -> bool:
    """Whether it is a Parquet file without its end."""
    return file.suffix.lower() == ".parquet" and not ends_as_parquet(file)
