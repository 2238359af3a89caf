"""The step that loads, decides and merges in one transaction, up to the merged tables."""

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import partial

import dagster as dg
from pydantic import Field

from contact_merge.catalog import Catalog
from contact_merge.defs.inputs import Arrived, list_arrived
from contact_merge.defs.metadata import Catalogue, Metadata, Versions, figures, merged_preview
from contact_merge.defs.resources import (
    WAREHOUSE_POOL,
    ContactMerge,
    StepLog,
    refuse_subset,
    time_of,
    translate_failures,
)
from contact_merge.defs.specs import LEDGER, merged_key, raw_key, warehouse_specs
from contact_merge.load import table_sources
from contact_merge.pipeline import record_run, run
from contact_merge.summary import Summary
from contact_merge.tables import Guard


class Passing(Enum):
    """The guards that a run may be let pass, under the names that Dagster shows: an enum's names, not its values."""

    deleted = Guard.DELETED
    rejected = Guard.REJECTED


class MergeConfig(dg.Config):
    """What a person may ask of one run."""

    dry_run: bool = Field(
        False, description="Write all outputs under OUTPUT/preview/, change nothing, materialize nothing."
    )
    as_of: str | None = Field(
        None, description="The time of the run, ISO 8601; UTC if it has no zone; empty is now."
    )
    allow: list[Passing] = Field([], description="Guards that let this run pass, where they stopped it.")


def define_merge_batch(catalog: Catalog) -> dg.AssetsDefinition:
    """The step that loads, decides and merges."""
    specs = warehouse_specs(catalog)

    @dg.multi_asset(
        name="merge_batch",
        specs=specs,
        can_subset=True,  # so that a subset is refused with a message of ours
        pool=WAREHOUSE_POOL,
        description="Loads the tables of the input folder and processes the requests not yet in the ledger.",
    )
    def merge_batch(
        context: dg.AssetExecutionContext, config: MergeConfig, contact_merge: ContactMerge
    ) -> Iterator[dg.MaterializeResult]:
        """Run the pipeline up to its files; these wait for the checks."""
        with translate_failures(context):
            refuse_subset(
                context,
                specs,
                "raw, ledger and merged are made together, in one transaction; choose these three groups, or start the job "
                "merge_contacts, which writes the files too",
            )
            sources = table_sources(catalog, contact_merge.settings().load)
            inputs = list_arrived(contact_merge.input_folder, sources)
            do = partial(run, dry_run=True) if config.dry_run else record_run
            summary = do(
                contact_merge.input_folder,
                contact_merge.output_folder,
                warehouse=contact_merge.warehouse_file,
                as_of=time_of(config.as_of),
                settings=contact_merge.settings(),
                progress=StepLog(context.log),
                allow=frozenset(guard.value for guard in config.allow),
            )
            context.log.info(_log_line(summary))
            if config.dry_run:
                context.log_event(_preview(summary, catalog))
                return
            # all before the first is yielded: Dagster may abandon a generator, and its connection with it
            results = list(_results(contact_merge, catalog, specs, summary, inputs))
        yield from results

    return merge_batch


def _log_line(summary: Summary) -> str:
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in summary.requests.items()) or "none new"
    return (
        f"Requests: {outcomes}. Contacts: {summary.contacts_before:,} before, {summary.contacts_after:,} "
        f"after. Rejected input rows: {summary.rejected:,}."
    )


def _preview(summary: Summary, catalog: Catalog) -> dg.AssetObservation:
    """What a run would do, shown at the contacts without saying that they changed."""
    facts: Metadata = {"preview": True, "as_of": summary.as_of.isoformat()}
    facts |= {
        name: value
        for _, metadata in figures(summary, catalog.entity.table)
        for name, value in metadata.items()
    }
    facts |= {f"{kind}_rehomed": rows for kind, rows in summary.rehomed.items()}
    facts.pop("rows_rehomed", None)
    first = next(iter(summary.files.values()), None)
    if first:
        facts["files"] = dg.MetadataValue.path(first.rpartition("/preview/")[0] + "/preview")
    return dg.AssetObservation(merged_key(catalog.entity.table), metadata=facts)


def _results(
    contact_merge: ContactMerge,
    catalog: Catalog,
    specs: Sequence[dg.AssetSpec],
    summary: Summary,
    inputs: list[Arrived],
) -> Iterator[dg.MaterializeResult]:
    facts = dict(figures(summary, catalog.entity.table)) | {
        raw_key(table.table): table.facts() for table in inputs
    }
    with contact_merge.connect() as con:
        preview = merged_preview(con, summary.batch_id, catalog.kinds)
        for key in (LEDGER["merges"], merged_key(catalog.entity.table)):
            facts[key]["merged_in_this_run"] = preview
        catalogue, versions = Catalogue(con, catalog), Versions(con, catalog)
        for spec in specs:
            if not catalogue.has(spec.key):
                continue  # api_keys that never came
            yield dg.MaterializeResult(
                asset_key=spec.key,
                metadata={
                    **catalogue.of(spec.key),
                    "batch": summary.batch_id or "nothing new",
                    "as_of": summary.as_of.isoformat(),
                    **facts.get(spec.key, {}),
                },
                data_version=versions.of(spec.key),
            )
