"""The job that undoes merges: the launchpad asks for the request ids.

Like a run it is checked before anything is published.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg
from pydantic import Field

from contact_merge import pipeline
from contact_merge.defs.checks import check_the_files, check_the_warehouse, refuse_broken
from contact_merge.defs.metadata import Catalogue, Versions
from contact_merge.defs.publish import write_files
from contact_merge.defs.resources import WAREHOUSE_POOL, ContactMerge, StepLog, time_of, translate_failures
from contact_merge.defs.specs import LEDGER, merged_keys
from contact_merge.errors import first_of
from contact_merge.summary import Undone

_LISTED = 50  # a batch may have merged any number


class UndoConfig(dg.Config):
    """What `contact-merge undo` takes."""

    request_ids: list[str] = Field([], description="The requests whose merges are undone.")
    contact: str | None = Field(
        None, description="Only this retired contact of them; without requests the merge that retired it."
    )
    batch: str | None = Field(
        None, description="All merges of this batch that are still active; without requests and contact."
    )
    dry_run: bool = Field(False, description="Write all outputs under OUTPUT/preview/ and change nothing.")
    as_of: str | None = Field(
        None, description="The time of the undo, ISO 8601; UTC if it has no zone; empty is now."
    )


@dg.op(
    name="record_undo",
    out={"undone": dg.Out(dg.Nothing, is_required=False)},
    pool=WAREHOUSE_POOL,
    description="Undoes merges in one transaction; after a dry run the job ends here.",
)
def record_undo(
    context: dg.OpExecutionContext, config: UndoConfig, contact_merge: ContactMerge
) -> Iterator[dg.Output]:
    """Undo, up to the files; these wait for the checks."""
    with translate_failures(context):
        do = partial(pipeline.undo, dry_run=True) if config.dry_run else pipeline.record_undo
        undone = do(
            contact_merge.warehouse_file,
            contact_merge.output_folder,
            config.request_ids,
            contacts=[config.contact] if config.contact else [],
            batch=config.batch or None,
            as_of=time_of(config.as_of),
            settings=contact_merge.settings(),
            progress=StepLog(context.log),
        )
        context.log.info(f"Restored: {first_of(undone.restored, _LISTED)}.")
        if config.dry_run:
            return
        events = _materializations(contact_merge, undone)
    for event in events:
        context.log_event(event)
    yield dg.Output(None, "undone")


def _materializations(contact_merge: ContactMerge, undone: Undone) -> list[dg.AssetMaterialization]:
    """The tables that an undo writes, reported to Dagster."""
    figures = {
        "batch": undone.batch_id,
        "as_of": undone.as_of.isoformat(),
        "requests_undone": len(undone.requests),
        "contacts_restored": len(undone.restored),
        "contacts_before": undone.contacts_before,
        "contacts_after": undone.contacts_after,
    }
    catalog = contact_merge.catalog()
    with contact_merge.connect() as con:
        catalogue, versions = Catalogue(con, catalog), Versions(con, catalog)
        return [
            dg.AssetMaterialization(
                key,
                description=f"Requests undone: {first_of(undone.requests, _LISTED)}",
                metadata={**catalogue.of(key), **figures},
                tags={"dagster/data_version": versions.of(key).value},
            )
            for key in (LEDGER["reversals"], *merged_keys(catalog).values())
        ]


@dg.op(
    name="check_after_undo",
    ins={"undone": dg.In(dg.Nothing)},
    out={"checked": dg.Out(dg.Nothing)},
    pool=WAREHOUSE_POOL,
    description="Evaluates every asset check; a broken invariant ends the job before anything is published.",
)
def check_after_undo(
    context: dg.OpExecutionContext, contact_merge: ContactMerge
) -> Iterator[dg.AssetCheckEvaluation | dg.Output]:
    """The same checks as after a run."""
    with translate_failures(context):
        checked = check_the_warehouse(contact_merge, StepLog(context.log))
    for found in checked:
        yield found.evaluation()
    refuse_broken(checked)
    yield dg.Output(None, "checked")


@dg.op(
    name="publish_after_undo",
    ins={"checked": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    pool=WAREHOUSE_POOL,
    description="Writes merged tables, events, rejects and the manifest, and checks them.",
)
def publish_after_undo(
    context: dg.OpExecutionContext, contact_merge: ContactMerge
) -> Iterator[dg.AssetCheckEvaluation | dg.Output]:
    """The same files as after a run, and `contact.unmerged` events."""
    log = StepLog(context.log)
    with translate_failures(context):
        written = write_files(contact_merge, log)
        checked = check_the_files(contact_merge, log) if written else []
    for key, metadata, version in written:
        context.log_event(
            dg.AssetMaterialization(key, metadata=metadata, tags={"dagster/data_version": version.value})
        )
    for found in checked:
        yield found.evaluation()
    yield dg.Output(None)


@dg.job(name="undo_merges", description="Undo merges: what there would be had they never been.")
def undo_merges() -> None:
    """Undo, check, publish."""
    publish_after_undo(check_after_undo(record_undo()))
