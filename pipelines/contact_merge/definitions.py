"""The Dagster code location that `dg dev` in the repository root shows: our definitions, and those added to defs/."""

import warnings
from pathlib import Path

import dagster as dg

from contact_merge import defs as defs_folder
from contact_merge.defs.automation import define_automation
from contact_merge.defs.checks import check_files, define_check_warehouse
from contact_merge.defs.merge import define_merge_batch
from contact_merge.defs.publish import define_publish_files
from contact_merge.defs.resources import catalog_of_environment, contact_merge_resource
from contact_merge.defs.specs import input_specs, reversals_spec
from contact_merge.defs.undo import undo_merges


@dg.definitions
def defs() -> dg.Definitions:
    """Ours by name, for a module that is only autoloaded can lose definitions silently, and what else is in the folder."""
    catalog = catalog_of_environment()
    merge_batch, publish_files = define_merge_batch(catalog), define_publish_files(catalog)
    ours = dg.Definitions(
        assets=[*input_specs(catalog), merge_batch, reversals_spec(), publish_files],
        asset_checks=[define_check_warehouse(catalog), check_files],
        jobs=[undo_merges],
        resources={"contact_merge": contact_merge_resource()},
        executor=dg.in_process_executor,  # one process holds a DuckDB file
    )
    automation = define_automation(catalog, merge_batch, publish_files)
    return dg.Definitions.merge(ours, automation, _in_the_folder())


def _in_the_folder() -> dg.Definitions:
    """What every module and component of defs/ defines; ours again, which Dagster counts once, as the same objects."""
    folder = Path(defs_folder.__file__ or "").parent
    tree = dg.ComponentTree.from_module(defs_folder, project_root=folder.parents[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # of functions that Dagster itself calls here
        return tree.build_defs(folder)
