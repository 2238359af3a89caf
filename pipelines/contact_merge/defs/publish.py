"""The step that writes the files, after the checks: never from a warehouse that breaks an invariant."""

from collections.abc import Iterator, Mapping

import dagster as dg

from contact_merge.catalog import Catalog
from contact_merge.defs.checks import CHECK_WAREHOUSE, check_the_warehouse, refuse_broken
from contact_merge.defs.metadata import Metadata, Versions, markdown
from contact_merge.defs.resources import (
    WAREHOUSE_POOL,
    ContactMerge,
    StepLog,
    refuse_subset,
    translate_failures,
)
from contact_merge.defs.specs import OUTPUT, output_specs
from contact_merge.pipeline import publish


def define_publish_files(catalog: Catalog) -> dg.AssetsDefinition:
    """The step that writes the files."""
    specs = output_specs(catalog)

    @dg.multi_asset(
        name="publish_files",
        specs=specs,
        can_subset=True,  # so that a subset is refused with a message of ours
        pool=WAREHOUSE_POOL,
        description="Writes merged tables, events, rejects and the manifest, each file whole or not at all.",
    )
    def publish_files(
        context: dg.AssetExecutionContext, contact_merge: ContactMerge
    ) -> Iterator[dg.MaterializeResult]:
        """Publish what the warehouse holds; where this run does not check it before, it is checked here."""
        log = StepLog(context.log)
        with translate_failures(context):
            refuse_subset(context, specs, "the files are one set; choose the group output")
        if not context.job_def.has_node_named(CHECK_WAREHOUSE):
            with translate_failures(context):
                checked = check_the_warehouse(contact_merge, log)
            refuse_broken(checked)
        with translate_failures(context):
            written = write_files(contact_merge, log)
        for key, metadata, version in written:
            yield dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)

    return publish_files


def write_files(
    contact_merge: ContactMerge, log: StepLog
) -> list[tuple[dg.AssetKey, Metadata, dg.DataVersion]]:
    """Write the files; returns each asset that was written, with its figures; nothing where `export` is none."""
    rows = publish(contact_merge.warehouse_file, contact_merge.output_folder, contact_merge.settings(), log)
    if not rows:
        return []
    with contact_merge.connect() as con:
        versions = Versions(con, contact_merge.catalog())
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
        "dagster/row_count": sum(count for file, count in written.items() if not file.endswith(".csv")),
        "files": len(written),
        "bytes": sum(sizes.values()),
        "written": markdown(
            ("file", "rows", "bytes"), ((file, written[file], sizes[file]) for file in written)
        ),
    }
