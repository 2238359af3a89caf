"""The one sequence of a load: each table found is read and loaded, and its unusable rows are rejected."""
# ruff: noqa: PLC0415  a reader is imported where there is something to read: some take long, and most runs need one

from dataclasses import replace

import duckdb

from contact_merge.catalog import Catalog, Child, spell_table
from contact_merge.engine import columns_of, count, run_sql
from contact_merge.faults import join_key
from contact_merge.load.contents import check_content
from contact_merge.load.inputs import Inputs, TableInput
from contact_merge.load.keys import make_macros
from contact_merge.load.rejects import make_rejects
from contact_merge.load.report import LoadReport, TableLoad
from contact_merge.load.requests import KEY_COLUMNS, load_api_keys, load_requests, make_empty_requests
from contact_merge.load.rows import known_columns, load_rows
from contact_merge.load.source import Source
from contact_merge.load.typing import with_types
from contact_merge.loaded import keys_in
from contact_merge.names import spell
from contact_merge.preset import Entity
from contact_merge.progress import Progress
from contact_merge.reading import REQUEST_COLUMNS, Reading
from contact_merge.schema import extra_columns
from contact_merge.settings import Settings
from contact_merge.tables import API_KEYS, REQUESTS

_DROPPED = (
    "incoming_rows", "staged_requests", "staged_api_keys", "prepared_requests", "prepared_api_keys", "rejected_rows",
    "noted_requests", "rejected_keys", "kept_rows", "noted_rows", "row_positions", "non_standard_uuids", "flagged_contacts",
    "listed_parts", "listed_ids",
)  # fmt: skip
"""What only a load needs; the macros and new_requests stay."""


def load_inputs(
    con: duckdb.DuckDBPyConnection, inputs: Inputs, settings: Settings, catalog: Catalog, progress: Progress
) -> LoadReport:
    """Load every table found, inside the caller's transaction; `prepare` has made what a warehouse needs.

    Leaves behind:
        raw.<table>: for each data table found a view (loaded.py) of the user's columns, then `_cm_key` and `_cm_into`, or
            `_cm_contact_key`; what it replaces is set aside (load/replacing.py).
        raw.api_keys: if the input has such a table.
        raw.rejects: the rejects of this load alone.
        new_requests: a temporary table of the requests that are not in the ledger yet.

    Raises:
        InputError: the input makes the whole run pointless; the caller rolls back.

    Source: SEMANTICS.md, 'Tables' and 'The warehouse over time'.
    """
    make_macros(con, catalog.id_type)
    make_rejects(con)
    make_empty_requests(con)
    upserted = {str(table) for table, mode in settings.load.items() if mode == "upsert"}
    tables: dict[str, TableLoad] = {}
    sizes = {
        table: sum(path.stat().st_size for path in given.files) for table, given in inputs.tables.items()
    }
    progress.step("Loading tables", sum(sizes.values()))
    rows = 0
    for table, given in inputs.tables.items():
        progress.doing(f"Loading {table}, {rows:,} rows")
        source = _read(con, given, inputs, catalog, settings.reading)
        source = source.spelled(_known_columns(con, table, catalog))
        source = with_types(source, settings.reading.types_of(table, source.columns))
        newest_by = settings.reading.newest_by.get(table, "")
        source = replace(source, newest_by=newest_by and spell(newest_by, source.columns))
        if table == REQUESTS:
            tables[table] = load_requests(con, source)
        elif table == API_KEYS:
            tables[table] = load_api_keys(con, source, upsert=table in upserted)
        else:
            data = spell_table(catalog.table(table), source.columns or columns_of(con, "raw", table))
            before = _count_rows(con, data)
            required = catalog.required(table) | _named_by_load(table, newest_by)
            loaded = load_rows(con, data, source, upsert=table in upserted, required=required)
            tables[table] = replace(loaded, raw_rows=_count_rows(con, data), raw_rows_before=before)
        tables[table] = replace(tables[table], location=source.location)
        rows += tables[table].rows_loaded
        progress.advance(sizes[table])
    for table in _DROPPED:
        run_sql(con, "load/clean_up", table=table)
    return LoadReport(tables, inputs.unknown)


def _named_by_load(table: str, newest_by: str) -> dict[str, str]:
    """The column that `newest_by` of a table names, with this setting."""
    return {newest_by: f"{join_key('load', table)}.newest_by"} if newest_by else {}


def _count_rows(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> int:
    """How many rows a raw table has; 0 where there is none."""
    if not columns_of(con, "raw", table.name):
        return 0
    return count(con, keys_in(con, table))


def _known_columns(con: duckdb.DuckDBPyConnection, table: str, catalog: Catalog) -> list[str]:
    """The names of columns that files of a table may spell otherwise."""
    if table == REQUESTS:
        return [*REQUEST_COLUMNS, *extra_columns(con)]
    return list(KEY_COLUMNS) if table == API_KEYS else known_columns(con, catalog.table(table))


def _read(
    con: duckdb.DuckDBPyConnection, given: TableInput, inputs: Inputs, catalog: Catalog, reading: Reading
) -> Source:
    """The rows of a table, with columns named as its first file spells them."""
    json_fields = catalog.entity.json_fields if given.table == catalog.entity.table else ()
    types = reading.types.get(given.table, {})
    for path in given.files:
        check_content(path, str(path.relative_to(inputs.folder)), given.format)
    match given.format:
        case "parquet":
            from contact_merge.load.parquet import read_parquet

            return read_parquet(
                con,
                given,
                inputs.folder,
                id_columns=catalog.id_columns | catalog.unique_columns,
                numbers=catalog.read_numbers(given.table),
                json_fields=json_fields,
                settled=types,
            )
        case "csv":
            from contact_merge.load.csv_table import read_csv

            return read_csv(con, given, inputs.folder, reading.csv)
        case "jsonl":
            from contact_merge.load.json_table import read_jsonl

            texts = catalog.text_columns(given.table)
            compared = catalog.compared_columns(given.table) | catalog.read_numbers(given.table)
            as_text = [name for name, kind in types.items() if kind == "VARCHAR"]
            return read_jsonl(con, given, inputs.folder, texts, json_fields, compared, as_text)
