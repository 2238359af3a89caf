"""The tables and files as asset specs: names, what each is made of, descriptions, kinds, groups, tags.

An asset is named as its table: `merged/contacts` is merged.contacts in the warehouse, `output/merged` the
folder OUTPUT/merged. Where Dagster does not take a table's name, the asset has one that is made of it.
A table's description is the comment that opens the file of sql/ that makes it.
"""

from datetime import timedelta
from importlib.metadata import version

import dagster as dg

from contact_merge.catalog import Catalog
from contact_merge.engine import describe, plain
from contact_merge.load import table_sources
from contact_merge.schema import view_of_child
from contact_merge.tables import API_KEYS, REQUESTS

OWNERS = ["team:data"]
# What rows of these hold of people; the log of a run never does: ids, names of fields and counts only.
PERSONAL = {"personal_data": "true"}
# The nightly run may be late, but not missing.
NIGHTLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))

LEDGER = {
    table: dg.AssetKey(["ledger", table])
    for table in ("requests", "responses", "merges", "imports", "reversals")
}
OUTPUT = {name: dg.AssetKey(["output", name]) for name in ("merged", "events", "rejects", "manifest")}


_LOADED = (
    "Loading means: after it DuckDB has `raw.{table}` with types, comments, row count and a native key table; every row was read "
    "and checked; the export can be deleted. A clean Parquet file is a snapshot, which the warehouse owns; other inputs are "
    "tables of the warehouse."
)
"""What the loading of contacts and children means; docs/architecture.md has the rest."""


def table_of(catalog: Catalog, key: dg.AssetKey) -> str:
    """The table of an asset, in whose name Dagster takes no blank or hyphen."""
    return {plain(table): table for table in catalog.input_tables}.get(key.path[1], key.path[1])


def input_key(table: str) -> dg.AssetKey:
    """The files of a table of the input."""
    return dg.AssetKey(["input", plain(table)])


def raw_key(table: str) -> dg.AssetKey:
    """A table as loaded, or the rejects of all."""
    return dg.AssetKey(["raw", plain(table)])


def merged_key(table: str) -> dg.AssetKey:
    """A merged table."""
    return dg.AssetKey(["merged", plain(table)])


def merged_keys(catalog: Catalog) -> dict[str, dg.AssetKey]:
    """The merged tables, in the order in which a step yields them: children are made of contact_redirects."""
    derived = ("identity_map", "field_provenance", "field_conflicts", "dropped_children")
    tables = ("merge_responses", "contact_redirects", *catalog.data_tables, *derived)
    return {table: merged_key(table) for table in tables}


def _made_of(catalog: Catalog) -> dict[dg.AssetKey, list[dg.AssetKey]]:
    """What each asset is made of that a step of ours makes; a raw table is made of its files."""
    contacts, redirects = raw_key(catalog.entity.table), merged_key("contact_redirects")
    history = [LEDGER["merges"], LEDGER["imports"], LEDGER["reversals"]]
    return {
        LEDGER["requests"]: [input_key(REQUESTS)],
        LEDGER["responses"]: [LEDGER["requests"], raw_key(API_KEYS), *map(raw_key, catalog.data_tables)],
        LEDGER["merges"]: [LEDGER["responses"]],
        LEDGER["imports"]: [contacts],
        merged_key(catalog.entity.table): [contacts, *history],
        **{merged_key(kind): [raw_key(kind), redirects] for kind in catalog.kinds},
        merged_key("merge_responses"): [LEDGER["responses"]],
        redirects: history,
        merged_key("dropped_children"): [*(raw_key(child.name) for child in catalog.deduplicated), redirects],
        merged_key("identity_map"): [contacts, redirects],
        merged_key("field_provenance"): [contacts, *history],
        merged_key("field_conflicts"): [contacts, *history],
        OUTPUT["merged"]: list(merged_keys(catalog).values()),
        OUTPUT["events"]: [LEDGER["responses"], LEDGER["merges"], LEDGER["reversals"]],
        OUTPUT["rejects"]: [raw_key("rejects")],
        OUTPUT["manifest"]: [OUTPUT["merged"], OUTPUT["events"], OUTPUT["rejects"]],
    }


_IMPERSONAL = {raw_key(API_KEYS), *map(merged_key, ("contact_redirects", "identity_map", "field_provenance"))}
_IMPERSONAL |= {*LEDGER.values(), OUTPUT["manifest"]} - {LEDGER["responses"]}


def _spec(
    key: dg.AssetKey, description: str, kinds: set[str], deps: list[dg.AssetKey], *, fresh: bool = False
) -> dg.AssetSpec:
    """A spec; every step may leave it out (`skippable`), for a dry run materializes nothing."""
    return dg.AssetSpec(
        key,
        deps=deps,
        description=description,
        kinds=kinds,
        group_name=key.path[0],
        owners=OWNERS,
        tags={} if key in _IMPERSONAL else PERSONAL,
        code_version=version("contact-merge"),
        skippable=True,
        freshness_policy=NIGHTLY if fresh else None,
    )


def input_specs(catalog: Catalog) -> list[dg.AssetSpec]:
    """The input files: made elsewhere, seen here."""
    return [
        dg.AssetSpec(
            input_key(source.table),
            description=(
                f"`{source.name}.parquet`, `.csv`, `.jsonl` or the like in the input folder, or a folder `{source.name}/`."
            ),
            kinds={"file"},
            group_name="input",
            owners=OWNERS,
            tags={} if source.table in (REQUESTS, API_KEYS) else PERSONAL,
        )
        for source in table_sources(catalog, {})
    ]


def reversals_spec() -> dg.AssetSpec:
    """Merges undone: no step of the nightly graph writes them, the job `undo_merges` does."""
    description = f"{describe('ledger/reversals')} Written by the job `undo_merges`."
    return dg.AssetSpec(
        LEDGER["reversals"], description=description, kinds={"duckdb"}, group_name="ledger", owners=OWNERS
    )


def warehouse_specs(catalog: Catalog) -> list[dg.AssetSpec]:
    """What one batch writes in one transaction: raw tables, rejects, ledger, merged tables."""
    made_of = _made_of(catalog)
    usable = "One row per usable row of {table}, as loaded: columns and types of the input."
    descriptions_of_raw = {
        table: f"{usable} {_LOADED}".format(table=table) for table in catalog.data_tables
    } | {API_KEYS: usable.format(table=API_KEYS)}
    specs = [
        _spec(raw_key(table), description, {"duckdb"}, [input_key(table)])
        for table, description in descriptions_of_raw.items()
    ]
    rejected = (
        "One row per input row of the last run that could not be used, or not in full, with the reason."
    )
    specs.append(_spec(raw_key("rejects"), rejected, {"duckdb"}, list(map(input_key, catalog.input_tables))))
    specs += [
        _spec(key, describe(f"ledger/{table}", entity=catalog.entity), {"duckdb"}, made_of[key])
        for table, key in LEDGER.items()
        if table != "reversals"
    ]
    descriptions = {child.name: describe(view_of_child(child), child=child) for child in catalog.children}
    descriptions[catalog.entity.table] = describe("merged/entity", entity=catalog.entity)
    descriptions |= {
        table: describe(f"merged/{table}") for table in merged_keys(catalog) if table not in descriptions
    }
    specs += [
        _spec(key, descriptions[table], {"duckdb", "view"}, made_of[key], fresh=True)
        for table, key in merged_keys(catalog).items()
    ]
    return specs


def output_specs(catalog: Catalog) -> list[dg.AssetSpec]:
    """What publishing writes, each file whole or not at all."""
    shown = {
        "merged": (
            "The merged tables as Parquet files (pages of version 2, zstd), with the columns and types of the input.",
            {"parquet"},
        ),
        "events": (
            "A file of JSON lines per batch: one line per contact retired, or brought back by an undo.",
            {"json"},
        ),
        "rejects": (
            "The input rows of the last run that could not be used, as JSON lines per table.",
            {"json"},
        ),
        "manifest": (
            "Rows and bytes of each file; written last: who reads it first knows that the set is whole.",
            {"json"},
        ),
    }
    made_of = _made_of(catalog)
    return [
        _spec(key, shown[name][0], shown[name][1], made_of[key], fresh=True) for name, key in OUTPUT.items()
    ]
