"""The Dagster code location that `dg dev` in the repository root shows: our definitions, and those added to defs/."""

import warnings
from pathlib import Path

import dagster as dg

from contact_merge import defs as defs_folder
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
    """Ours by name, for a module that is only autoloaded can lose definitions silently, and what else is in the folder."""
    ours = dg.Definitions(
        assets=[*input_files, merge_batch, reversals_spec(), publish_files],
        asset_checks=[check_warehouse, check_files],
        jobs=[merge_contacts, undo_merges],
        sensors=[new_input],
        schedules=[nightly],
        resources={"contact_merge": contact_merge_resource()},
        executor=dg.in_process_executor,  # one process holds a DuckDB file
    )
    return dg.Definitions.merge(ours, _in_the_folder())


def _in_the_folder() -> dg.Definitions:
    """What every module and component of defs/ defines; ours again, which Dagster counts once, as the same objects."""
    folder = Path(defs_folder.__file__ or "").parent
    tree = dg.ComponentTree.from_module(defs_folder, project_root=folder.parents[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # of functions that Dagster itself calls here
        return tree.build_defs(folder)
