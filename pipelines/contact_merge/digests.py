"""The hash chain over batches, by which a changed, added or removed row of the ledger is found.

Closing a batch leaves a digest of the rows that it added to each table (ledger.digests), and one of its own
over these and the digest of the batch before (ledger.batches). manifest.json has the newest, so that a
cut-off end is found too.
"""

from collections.abc import Collection

import duckdb

from contact_merge.casts import is_nested
from contact_merge.columns import json_of
from contact_merge.engine import (
    add_column,
    columns_of,
    comment_on_column,
    fetch,
    fetch_value,
    has_rows,
    ident,
    run_sql,
)

BATCH_COLUMNS = {"contact_versions": "_cm_batch"} | dict.fromkeys(
    ("requests", "responses", "merges", "imports", "reversals", "deletions", "restored"), "batch_no"
)
_SEALED = "_cm_sealed_"
"""ledger.contact_versions.<this><column>: the text by which a value was sealed, where a cast does not give it back."""
FORMER_NAMES = {"seen": "contact_versions"}
"""Names under which older versions sealed a table, and its name now."""


def seal(con: duckdb.DuckDBPyConnection, batch_no: int, *, keep: bool = False) -> bool:
    """Seal the rows that a batch added and link it to the batch before.

    Returns whether it added any, or passed a guard, or is to be kept.
    """
    added = [
        table
        for table, column in BATCH_COLUMNS.items()
        if has_rows(con, f"ledger.{table}", f"{column} = $no", {"no": batch_no})
    ]
    types = {table: _sealed_columns(con, table) for table in added}
    if types:
        _digest(
            con,
            {table: {name: [kind] for name, kind in columns.items()} for table, columns in types.items()},
            [batch_no],
        )
    for table, columns in types.items():
        run_sql(
            con,
            "ledger/add_digest",
            {"names": list(columns), "types": list(columns.values()), "table": table},
        )
    is_batch = (
        keep
        or bool(added)
        or has_rows(con, "ledger.batches", "batch_no = $no and allowed is not null", {"no": batch_no})
    )
    if is_batch:
        run_sql(con, "ledger/seal_batch", {"batch_no": batch_no})
    return is_batch


def digest_again(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp table `found_digests`: what ledger.digests would hold for the rows as they are now.

    A table has there the name under which the batch sealed it.
    """
    run_sql(con, "ledger/found_digests")
    for table, batch_column in BATCH_COLUMNS.items():
        now = _sealed_columns(con, table)
        texts = columns_of(con, "ledger", table).keys() - now.keys()
        names = {"names": [table, *(former for former, name in FORMER_NAMES.items() if name == table)]}
        sealed = fetch(con, "ledger/sealed_batches", names)
        unsealed = fetch_value(con, "ledger/unsealed_batches", names, table=table, batch_column=batch_column)
        history = _types_in_time([*(types for _, types, _ in sealed), now])
        for name, types, batches in [*sealed, (table, now, unsealed or [])]:
            since = {column: history[column] for column in now}
            for column, type_ in types.items():
                if column in since:
                    later = history[column][history[column].index(type_) :]
                    # a type that came back, as of counts, whose kinds follow the settings
                    since[column] = later if later[-1] == now[column] else [*later, now[column]]
            _digest(con, {table: since}, batches, texts)
            run_sql(con, "ledger/add_found_digests", {"name": name})


def _types_in_time(versions: list[dict[str, str]]) -> dict[str, list[str]]:
    """The types that each column had, oldest first."""
    history: dict[str, list[str]] = {}
    for types in versions:
        for name, type_ in types.items():
            had = history.setdefault(name, [])
            if type_ not in had:
                had.append(type_)
    return history


def _digest(
    con: duckdb.DuckDBPyConnection,
    tables: dict[str, dict[str, list[str]]],
    batches: list[int],
    sealed_texts: Collection[str] = (),
) -> None:
    """Make the temp table `row_digests`, of all tables in one statement, for each keeps a processor busy.

    Args:
        tables: of each table the columns, with the types that they have had since these batches were sealed.
        batches: numbers of the batches.
        sealed_texts: the columns that have the texts by which others were sealed.
    """
    texts = {
        table: [(name, _text_when_sealed(name, since, sealed_texts)) for name, since in types.items()]
        for table, types in tables.items()
    }
    run_sql(con, "ledger/row_digests", {"batches": batches}, tables=texts, batch_columns=BATCH_COLUMNS)


def _sealed_columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table of the ledger that are sealed, with their types."""
    columns = columns_of(con, "ledger", table)
    return {name: kind for name, kind in columns.items() if not name.startswith(_SEALED)}


def keep_sealed_texts(con: duckdb.DuckDBPyConnection, column: str, type_name: str, cast: str) -> None:
    """Keep the texts by which values of ledger.contact_versions were sealed that are to be cast, where the cast changes them.

    Args:
        cast: SQL of the values in their new type.
    """
    value, kept = ident(column), _SEALED + column
    given = columns_of(con, "ledger", "contact_versions")[column]
    changes = (
        f"try_cast({cast} as {given}) is distinct from {value} or cast(try_cast({cast} as {given}) as {type_name}) "
        f"is distinct from {cast}"
    )
    if not has_rows(con, "ledger.contact_versions", changes):
        return
    if kept not in columns_of(con, "ledger", "contact_versions"):
        add_column(con, "ledger.contact_versions", kept, "VARCHAR")
        comment_on_column(
            con,
            "ledger.contact_versions",
            kept,
            f"The text of {column} when its batch was closed, where a cast changed it.",
        )
    run_sql(con, "ledger/keep_sealed_texts", kept=kept, value=value, changes=changes)


def _text_when_sealed(name: str, types: list[str], sealed_texts: Collection[str] = ()) -> str:
    """SQL of a value's text in the first of its types, for a wider one spells it otherwise (5 and 5.0).

    Only where that type holds the value as it is now: what does not come back from it was changed since.
    """
    now = then = back = ident(name)
    for type_ in reversed(types[:-1]):
        then = back = f"try_cast({back} as {type_})"
    for type_ in types[1:]:
        back = f"try_cast({back} as {type_})"
    text = f"cast({now} as varchar)"
    if then != now:
        text = f"(case when {back} is not distinct from {now} then cast({then} as varchar) else {text} end)"
    if _SEALED + name in sealed_texts:
        kept = ident(_SEALED + name)
        same = f"try_cast({kept} as {types[-1]}) is not distinct from {now}"
        if (
            types[-1] == "VARCHAR"
        ):  # a real lost its point, NaN and what is empty are nothing, the rest is JSON now
            before = [f"regexp_replace({kept}, '\\.0$', '')"]
            before += [json_of(f"try_cast({kept} as {type_})", type_) for type_ in types if is_nested(type_)]
            same = f"({now} in ({', '.join(before)}) or ({kept} in ('nan', '[]', '{{}}') and {now} is null))"
        text = f"(case when {kept} is not null and {same} then {kept} else {text} end)"
    return text
