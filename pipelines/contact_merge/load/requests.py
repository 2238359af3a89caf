"""merge_requests -> the temporary table new_requests; api_keys -> raw.api_keys."""

import duckdb

from contact_merge.errors import InputError
from contact_merge.load.keys import WHITE_SPACE
from contact_merge.load.report import TableLoad
from contact_merge.load.rows import add_broken, place_rows
from contact_merge.load.source import Source
from contact_merge.settings import LoadMode
from contact_merge.tables import API_KEYS, REQUESTS
from contact_merge.warehouse import ident, run_sql

BODY = ("primary_id", "duplicate_ids", "overwrite", "dry_run", "idempotency_key", "api_key_id", "requested_at")
KNOWN = ("request_id", *BODY)


def make_empty_requests(con: duckdb.DuckDBPyConnection) -> None:
    """Make new_requests without rows, for a run whose input has none."""
    run_sql(con, "load/no_requests")


def load_requests(con: duckdb.DuckDBPyConnection, source: Source) -> TableLoad:
    """Fill new_requests with the requests that the ledger has not seen; bodies that differ go to the rejects."""
    for name in ("request_id", "requested_at"):
        if name not in source.columns:
            raise InputError(f"{source.parts[0].file}: the table {REQUESTS} has no column {name!r}; add it.")
    con.execute(f"create or replace temp table staged_requests as {source.query}")
    add_broken(con, source)
    place_rows(con, source.parts)
    run_sql(
        con,
        "load/new_requests",
        {"table_name": REQUESTS},
        columns=source.columns,
        further=[name for name in source.columns if name not in KNOWN],
        text=lambda name: _text(source, name),
        white_space=WHITE_SPACE,
    )
    return _figures(con, source)


def _figures(con: duckdb.DuckDBPyConnection, source: Source) -> TableLoad:
    staged, new, rejects = con.execute(
        "select (select count(*) from staged_requests), (select count(*) from new_requests), "
        "(select count(*) from raw.rejects where table_name = $table)",
        {"table": REQUESTS},
    ).fetchall()[0]
    read = staged + source.broken_rows
    return TableLoad(
        REQUESTS, source.format, len(source.parts), read, new, rejects, already_known=read - new - rejects
    )


def _text(source: Source, name: str) -> str:
    """SQL for a column as text; a slice of JSON text that is a string gives that string."""
    if name not in source.columns:
        return "cast(null as varchar)"
    if name in source.json_text:
        return f"json_value_text({ident(name)})"
    return f"cast({ident(name)} as varchar)"


def load_api_keys(con: duckdb.DuckDBPyConnection, source: Source, mode: LoadMode) -> TableLoad:
    """Fill raw.api_keys; a key that cannot be used goes to the rejects and is then unknown."""
    if "api_key_id" not in source.columns:
        raise InputError(f"{source.parts[0].file}: the table {API_KEYS} has no column 'api_key_id'; add it.")
    con.execute(f"create or replace temp table staged_api_keys as {source.query}")
    add_broken(con, source)
    place_rows(con, source.parts)
    run_sql(
        con,
        "load/api_keys",
        {"table_name": API_KEYS},
        columns=source.columns,
        text=lambda name: _text(source, name),
        upsert=mode == "upsert",
    )
    staged, loaded, rejects = con.execute(
        "select (select count(*) from staged_api_keys), (select count(*) from raw.api_keys), "
        "(select count(*) from raw.rejects where table_name = $table)",
        {"table": API_KEYS},
    ).fetchall()[0]
    return TableLoad(
        API_KEYS, source.format, len(source.parts), staged + source.broken_rows, loaded, rejects
    )
