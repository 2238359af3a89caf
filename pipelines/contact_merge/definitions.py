"""The Dagster code location that `dg dev` in the repository root shows; it names what stands in defs/."""

import dagster as dg

from contact_merge.defs.automation import merge_contacts, new_input, nightly
from contact_merge.defs.checks import check_files, check_warehouse
from contact_merge.defs.inputs import input_files
from contact_merge.defs.merge import merge_batch
from contact_merge.defs.publish import publish_files
from contact_merge.defs.resources import contact_merge_resource
from contact_merge.defs.specs import reversals_spec
from contact_merge.defs.undo import undo_merges


@dg.definitions
def defs() -> dg.Definitions:
    """Everything, by name: a module that is only autoloaded can lose definitions silently."""
    return dg.Definitions(
        assets=[*input_files, merge_batch, reversals_spec(), publish_files],
        asset_checks=[check_warehouse, check_files],
        jobs=[merge_contacts, undo_merges],
        sensors=[new_input],
        schedules=[nightly],
        resources={"contact_merge": contact_merge_resource()},
        executor=dg.in_process_executor,  # one process holds a DuckDB file
    )
