"""merge_requests -> the temporary table new_requests; api_keys -> raw.api_keys.

Both have columns of our own types, whatever the format brought: text is read as the list, flag or time that
it spells.
"""

import difflib
from collections.abc import Iterable

import duckdb

from contact_merge.engine import count, ident, run_sql, types_of
from contact_merge.errors import InputError
from contact_merge.load.keys import listed_expression
from contact_merge.load.noted import note_rows
from contact_merge.load.rejects import add_rejects, count_rejects, locate_rows, reject_broken_lines
from contact_merge.load.report import TableLoad
from contact_merge.load.running import create_table, row_id
from contact_merge.load.source import Source
from contact_merge.reading import REQUEST_COLUMNS
from contact_merge.tables import API_KEYS, REQUESTS

_TEXTS = ("request_id", "primary_id", "overwrite", "dry_run", "idempotency_key", "api_key_id", "requested_at")
_KEY_TEXTS = ("api_key_id", "workspace_id", "expires_at", "revoked_at", "rate_limit")
KEY_COLUMNS = (*_KEY_TEXTS, "scopes")
"""The columns of api_keys; no other one is kept."""


def make_empty_requests(con: duckdb.DuckDBPyConnection) -> None:
    """Make new_requests without rows, for a run whose input has none."""
    run_sql(con, "load/no_requests")


def load_requests(con: duckdb.DuckDBPyConnection, source: Source) -> TableLoad:
    """Fill new_requests with the requests new to the ledger; what cannot be used is rejected.

    Raises:
        InputError: a column is missing that every request needs, or one has a name that is ours.
    """
    if not source.columns:
        broken = reject_broken_lines(con, source)
        return TableLoad(broken, 0, broken)
    source.check_needed("request_id", "requested_at")
    ours = types_of(con, "new_requests")
    extra_columns = [name for name in source.columns if name not in REQUEST_COLUMNS]
    for name in extra_columns:
        if name.lower() in ours:
            raise InputError(
                f"{source.location}: the column {name!r} has a name that is kept for the pipeline; rename it."
            )
    staged = create_table(con, source, "staged_requests", temp=True)
    broken = reject_broken_lines(con, source)
    locate_rows(con, source.file_scans())
    number = row_id(source.columns)
    run_sql(
        con,
        "load/prepared_requests",
        text=_texts(source, _TEXTS) | {"primary_id": _id(source, "primary_id")},
        duplicates=_ids(source, "duplicate_ids"),
        requested_at=_instant(source, "requested_at"),
        row_id=number,
    )
    add_rejects(con, source, "prepared_requests", "staged_requests")
    run_sql(con, "load/new_requests", extra_columns=extra_columns, row_id=number)
    new = count(con, "new_requests")
    rejected = count_rejects(con, REQUESTS)
    if note_rows(con, source, "staged_requests", number, pointer=None, json_fields=()):
        run_sql(con, "load/noted_requests", row_id=number)
        add_rejects(con, source, "noted_requests", "staged_requests")
    return TableLoad(
        staged + broken,
        new,
        rejected,
        already_known=staged + broken - new - rejected,
        misspelt=_misspelt(source.columns, extra_columns),
    )


def _misspelt(there: Iterable[str], extra_columns: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Extra columns that may stand for a missing one, which counts as empty: `dryrun` would merge in earnest."""
    missing = REQUEST_COLUMNS.difference(there)
    near = (
        (name, difflib.get_close_matches(name.lower(), missing, n=1, cutoff=0.8)) for name in extra_columns
    )
    return tuple((name, matches[0]) for name, matches in near if matches)


def load_api_keys(con: duckdb.DuckDBPyConnection, source: Source, *, upsert: bool) -> TableLoad:
    """Fill raw.api_keys; a row that cannot be used is rejected, and its key is then unknown (SHAPES.md 6).

    Raises:
        InputError: there is no column api_key_id.
    """
    source.check_needed("api_key_id")
    staged = create_table(con, source, "staged_api_keys", temp=True)
    broken = reject_broken_lines(con, source)
    locate_rows(con, source.file_scans())
    run_sql(con, "load/api_keys")
    run_sql(
        con,
        "load/prepared_api_keys",
        text=_texts(source, _KEY_TEXTS),
        scopes=_scopes(source),
        expires_at=_instant(source, "expires_at"),
        revoked_at=_instant(source, "revoked_at"),
        row_id=row_id(source.columns),
    )
    add_rejects(con, source, "prepared_api_keys", "staged_api_keys")
    run_sql(con, "load/store_api_keys", upsert=upsert)
    rejected = count_rejects(con, API_KEYS)
    return TableLoad(staged + broken, staged + broken - rejected, rejected)


def _texts(source: Source, names: Iterable[str]) -> dict[str, str]:
    return {name: _text(source, name) for name in names}


def _text(source: Source, name: str) -> str:
    """SQL of a column as text; null where it is absent or empty."""
    if name not in source.columns:
        return "cast(null as varchar)"
    return f"said(json_value_text({ident(name)}))" if name in source.json_text else f"said({ident(name)})"


def _instant(source: Source, name: str) -> str:
    """SQL of a column as an instant; DuckDB's session is in UTC, so a time without zone is too."""
    kind = source.columns.get(name, "VARCHAR")
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"finite(try_cast({ident(name)} as timestamptz))"
    return f"instant({_text(source, name)})"


def _ids(source: Source, name: str) -> dict[str, str]:
    """SQL of a column as a list of ids, an empty one null, and as the text it was, null for one that was a list."""
    kind = source.columns.get(name, "VARCHAR")
    if not kind.endswith("[]"):
        text = _text(source, name)
        return {"list": f"id_list({text})", "text": text}
    return {"list": listed_expression(name, kind), "text": "cast(null as varchar)"}


def _id(source: Source, name: str) -> str:
    """SQL of a column of ids as text; null where it is absent or empty."""
    text = _text(source, name)
    if source.columns.get(name, "VARCHAR") in {"VARCHAR", "UUID"}:
        return text
    return f"id_number({text})"


def _scopes(source: Source) -> dict[str, str]:
    """SQL of `scopes` as `_ids` has it; text that is no JSON may name them with commas or white space between."""
    if source.columns.get("scopes", "VARCHAR").endswith("[]"):
        return {"list": "cast(scopes as varchar[])", "text": "cast(null as varchar)"}
    text = _text(source, "scopes")
    names = f"list_filter(string_split_regex({text}, '[\\s,]+'), lambda _cm_e: _cm_e <> '')"
    return {
        "list": f"case when starts_with(stripped({text}), '[') then json_list({text}) else {names} end",
        "text": text,
    }
