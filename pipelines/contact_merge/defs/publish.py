"""The step that writes the files, after the checks: never from a warehouse that breaks an invariant."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg

from contact_merge.defs.metadata import Metadata, Versions, markdown
from contact_merge.defs.resources import WAREHOUSE_POOL, ContactMerge, StepLog, failing_in_a_sentence
from contact_merge.defs.specs import LEDGER, OUTPUT, RAW, output_specs
from contact_merge.pipeline import publish


@dg.multi_asset(
    name="publish_files",
    specs=output_specs(),
    pool=WAREHOUSE_POOL,
    description="Writes merged tables, events, rejects and the manifest, each file whole or not at all.",
)
def publish_files(
    context: dg.AssetExecutionContext, contact_merge: ContactMerge
) -> Iterator[dg.MaterializeResult]:
    """Publish what the warehouse holds, as of the run that merged last."""
    with failing_in_a_sentence(context.log):
        written = published(contact_merge, as_of_last_batch(context.instance), StepLog(context.log))
    for key, metadata, version in written:
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)


def as_of_last_batch(instance: dg.DagsterInstance) -> datetime:
    """The time of the run or undo that Dagster saw last; files written again later carry the same."""
    newest: dg.EventLogEntry | None = None
    for key in (RAW["rejects"], LEDGER["reversals"]):
        event = instance.get_latest_materialization_event(key)
        if event and (newest is None or event.timestamp > newest.timestamp):
            newest = event
    materialization = newest.asset_materialization if newest else None
    told = materialization.metadata.get("as_of") if materialization else None
    return datetime.fromisoformat(str(told.value)) if told else datetime.now(UTC)


def published(
    contact_merge: ContactMerge, as_of: datetime, log: StepLog
) -> list[tuple[dg.AssetKey, Metadata, dg.DataVersion]]:
    """Write the files; returns each asset that was written, with its figures. None where `export` is none."""
    rows = publish(
        contact_merge.warehouse_file, contact_merge.output_folder, contact_merge.settings(), as_of, log
    )
    if not rows:
        return []
    with contact_merge.connect() as con:
        versions = Versions(con)
        return [(key, _facts(contact_merge, name, rows), versions.of(key)) for name, key in OUTPUT.items()]


def _facts(contact_merge: ContactMerge, name: str, rows: Mapping[str, int]) -> Metadata:
    folder = contact_merge.output_folder.absolute()
    if name == "manifest":
        path = folder / "manifest.json"
        return {"path": dg.MetadataValue.path(path), "files": len(rows), "bytes": path.stat().st_size}
    written = {file: count for file, count in rows.items() if file.startswith(f"{name}/")}
    sizes = {file: (folder / file).stat().st_size for file in written}
    return {
        "path": dg.MetadataValue.path(folder / name),
        "dagster/row_count": sum(written.values()),
        "files": len(written),
        "bytes": sum(sizes.values()),
        "written": markdown(
            ("file", "rows", "bytes"), ((file, written[file], sizes[file]) for file in written)
        ),
    }
