"""What runs by itself: the sensor on new input and the nightly schedule, both on the job for the whole graph.

Both start switched off: `dg dev` alone writes nothing.
"""

import json
from pathlib import Path

import dagster as dg

from contact_merge.defs.inputs import Arrived, Stamp, arrived
from contact_merge.defs.metadata import digest_of
from contact_merge.defs.resources import ContactMerge
from contact_merge.errors import ContactMergeError

merge_contacts = dg.define_asset_job(
    "merge_contacts",
    selection=dg.AssetSelection.all(),
    description="Load, decide and merge in one transaction; check; write the files.",
)

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=merge_contacts,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    description="Every night: everything new, even when the sensor is off.",
)

PARQUET_END = b"PAR1"
Stamps = dict[str, Stamp]


@dg.sensor(
    name="new_input",
    job=merge_contacts,
    minimum_interval_seconds=30,
    description=(
        "Starts a run when files of the input folder are new or changed, and complete: "
        "as they were at the tick before, and Parquet with its end."
    ),
)
def new_input(context: dg.SensorEvaluationContext, contact_merge: ContactMerge) -> dg.SensorResult:
    """One tick.

    The cursor holds the files by size and time: of the last run asked for, and of the last tick.
    """
    cursor = json.loads(context.cursor) if context.cursor else {}
    done, before = _stamps(cursor.get("done")), _stamps(cursor.get("seen"))
    try:
        tables = arrived(contact_merge.input_folder)
    except ContactMergeError as error:
        return dg.SensorResult(skip_reason=str(error), cursor=context.cursor)
    seen = {name: stamp for table in tables for name, stamp in table.files.items()}
    fresh = {name for name, stamp in seen.items() if done.get(name) != stamp}
    if not fresh:
        return _skip("Nothing new in the input folder.", done, seen)
    growing = sorted(name for name in fresh if before.get(name) != seen[name])
    growing = growing or sorted(name for name in fresh if not _has_its_end(contact_merge.input_folder / name))
    if growing:
        return _skip(f"Waiting until these are complete: {', '.join(growing)}.", done, seen)
    run_key = digest_of(*(f"{name}:{size}:{changed}" for name, (size, changed) in sorted(seen.items())))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=run_key, tags={"contact_merge/new_files": str(len(fresh))})],
        cursor=_cursor(seen, seen),
        asset_events=[table.materialization() for table in tables if _came(table, fresh)],
    )


def _skip(reason: str, done: Stamps, seen: Stamps) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=_cursor(done, seen))


def _cursor(done: Stamps, seen: Stamps) -> str:
    return json.dumps({"done": done, "seen": seen}, sort_keys=True)


def _stamps(told: dict[str, list[int]] | None) -> Stamps:
    return {name: (size, changed) for name, (size, changed) in (told or {}).items()}


def _came(table: Arrived, fresh: set[str]) -> bool:
    return not fresh.isdisjoint(table.files)


def _has_its_end(file: Path) -> bool:
    """Whether a Parquet file ends as one does: its writer adds the end last."""
    if file.suffix != ".parquet":
        return True
    try:
        with file.open("rb") as opened:
            opened.seek(-len(PARQUET_END), 2)
            return opened.read() == PARQUET_END
    except OSError:
        return False
