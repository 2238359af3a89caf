"""The tables and files as asset specs: names, what each is made of, descriptions, kinds, groups, tags.

An asset is named as its table: `merged/contacts` is merged.contacts in the warehouse, `output/merged` the
folder OUTPUT/merged. A table's description is the comment that opens the file of sql/ that makes it.
"""

from datetime import timedelta
from importlib.metadata import version

import dagster as dg

from contact_merge.engine import read_header
from contact_merge.tables import API_KEYS, CONTACTS, DATA_TABLES, INPUT_TABLES, KINDS, MEMBERSHIPS, REQUESTS

OWNERS = ["team:data"]
# What rows of these hold of people; the log of a run never does: ids, names of fields and counts only.
PERSONAL = {"personal_data": "true"}
# The nightly run may be late, but not missing.
NIGHTLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))

INPUT = {table: dg.AssetKey(["input", table]) for table in INPUT_TABLES}
RAW = {table: dg.AssetKey(["raw", table]) for table in (*DATA_TABLES, API_KEYS, "rejects")}
LEDGER = {
    table: dg.AssetKey(["ledger", table])
    for table in ("requests", "responses", "merges", "imports", "reversals")
}
MERGED = {
    table: dg.AssetKey(["merged", table])
    for table in (
        "merge_responses",
        "contact_redirects",  # before the children, which are made of it: a step has to yield in this order
        *DATA_TABLES,
        "identity_map",
        "field_provenance",
        "field_conflicts",
        "dropped_children",
    )
}
OUTPUT = {name: dg.AssetKey(["output", name]) for name in ("merged", "events", "rejects", "manifest")}

_HISTORY = [LEDGER["merges"], LEDGER["imports"], LEDGER["reversals"]]
_MADE_OF = {
    LEDGER["requests"]: [INPUT[REQUESTS]],
    LEDGER["responses"]: [LEDGER["requests"], RAW[API_KEYS], *(RAW[table] for table in DATA_TABLES)],
    LEDGER["merges"]: [LEDGER["responses"]],
    LEDGER["imports"]: [RAW[CONTACTS]],
    MERGED[CONTACTS]: [RAW[CONTACTS], *_HISTORY],
    **{MERGED[table]: [RAW[table], MERGED["contact_redirects"]] for table in KINDS},
    MERGED["merge_responses"]: [LEDGER["responses"]],
    MERGED["contact_redirects"]: _HISTORY,
    MERGED["dropped_children"]: [RAW[MEMBERSHIPS], MERGED["contact_redirects"]],
    MERGED["identity_map"]: [RAW[CONTACTS], MERGED["contact_redirects"]],
    MERGED["field_provenance"]: [RAW[CONTACTS], *_HISTORY],
    MERGED["field_conflicts"]: [RAW[CONTACTS], *_HISTORY],
    OUTPUT["merged"]: list(MERGED.values()),
    OUTPUT["events"]: [LEDGER["responses"], LEDGER["merges"], LEDGER["reversals"]],
    OUTPUT["rejects"]: [RAW["rejects"]],
    OUTPUT["manifest"]: [OUTPUT["merged"], OUTPUT["events"], OUTPUT["rejects"]],
}
_IMPERSONAL = {RAW[API_KEYS], MERGED["contact_redirects"], MERGED["identity_map"], MERGED["field_provenance"]}
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


def _description(sql_file: str, table: str) -> str:
    """The description of a file of sql/."""
    return read_header(sql_file).description.replace("{{ table }}", table)


def input_specs() -> list[dg.AssetSpec]:
    """The input files: made elsewhere, seen here."""
    return [
        dg.AssetSpec(
            key,
            description=(
                f"`{table}.parquet`, `.csv`, `.jsonl` or `.json` in the input folder, or a folder `{table}/` of such."
            ),
            kinds={"file"},
            group_name="input",
            owners=OWNERS,
            tags={} if table in (REQUESTS, API_KEYS) else PERSONAL,
        )
        for table, key in INPUT.items()
    ]


def reversals_spec() -> dg.AssetSpec:
    """Merges undone: no step of the nightly graph writes them, the job `undo_merges` does."""
    description = f"{_description('ledger/reversals', 'reversals')} Written by the job `undo_merges`."
    return dg.AssetSpec(
        LEDGER["reversals"], description=description, kinds={"duckdb"}, group_name="ledger", owners=OWNERS
    )


def warehouse_specs() -> list[dg.AssetSpec]:
    """What one batch writes in one transaction: raw tables, rejects, ledger, merged tables."""
    specs = [
        _spec(
            key,
            f"One row per usable row of {table}, as loaded: columns and types of the input.",
            {"duckdb"},
            [INPUT[table]],
        )
        for table, key in RAW.items()
        if table in INPUT
    ]
    rejected = (
        "One row per input row of the last run that could not be used, or not in full, with the reason."
    )
    specs.append(_spec(RAW["rejects"], rejected, {"duckdb"}, list(INPUT.values())))
    specs += [
        _spec(key, _description(f"ledger/{table}", table), {"duckdb"}, _MADE_OF[key])
        for table, key in LEDGER.items()
        if table != "reversals"
    ]
    specs += [
        _spec(key, _description(_merged_file(table), table), {"duckdb", "view"}, _MADE_OF[key], fresh=True)
        for table, key in MERGED.items()
    ]
    return specs


def _merged_file(table: str) -> str:
    return "merged/child" if table in KINDS and table != MEMBERSHIPS else f"merged/{table}"


def output_specs() -> list[dg.AssetSpec]:
    """What publishing writes, each file whole or not at all."""
    shown = {
        "merged": (
            "The merged tables as Parquet files, with the columns and types of the input.",
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
    return [
        _spec(key, shown[name][0], shown[name][1], _MADE_OF[key], fresh=True) for name, key in OUTPUT.items()
    ]
