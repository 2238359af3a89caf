"""New rows in place of those of the same key, the rest stays (`load = "upsert"`)."""

from collections.abc import Iterable, Mapping

import duckdb

from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, select_items
from contact_merge.load.data_keys import data_keys
from contact_merge.load.keys import find_odd_uuids
from contact_merge.sql import ident, run_sql
from contact_merge.widening import common_type

INCOMING = "incoming_rows"


def merge_rows(
    con: duckdb.DuckDBPyConnection, table: str, before: Mapping[str, str], given: Mapping[str, str]
) -> None:
    """Put the rows of the temporary table incoming_rows into a raw table that holds rows already.

    A column that only one side has is null in the rows of the other; the old columns stand first.

    Raises:
        InputError: a column's old and new type have no common one, or its name is spelled in another case.
    """
    columns = dict(before)
    for name, kind in given.items():
        wider = common_type(con, name, (f"raw.{ident(table)}", before.get(name, kind)), (INCOMING, kind))
        if wider is None:
            old = before[name]
            raise InputError(
                f"{table}: the column {name!r} is {old} in the warehouse, {kind} in the input: no type holds "
                f'both without loss, so write it as {old}, or load the table whole (load = "replace").'
            )
        columns[name] = wider
    check_names(table, columns)
    raw = f"raw.{ident(table)}"

    def comparable(unique: Iterable[str]) -> list[str]:
        return [f"cast(list_id as {columns['list_id']})" if key == "list_id" else key for key in unique]

    old_keys, new_keys = data_keys(table, before), data_keys(table, given)
    if find_odd_uuids(
        con,
        [(raw, text) for text in old_keys.id_texts.values()]
        + [(INCOMING, text) for text in new_keys.id_texts.values()],
    ):
        old_keys, new_keys = old_keys.with_odd_uuids(), new_keys.with_odd_uuids()
    run_sql(
        con,
        "load/upsert",
        raw=raw,
        incoming=INCOMING,
        same_columns=columns == dict(before),
        old_items=select_items(before, columns),
        new_items=select_items(given, columns),
        helpers=list(old_keys.helpers),
        old_unique=comparable(old_keys.unique),
        new_unique=comparable(new_keys.unique),
    )
