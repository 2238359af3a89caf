"""What loads made of the data tables, and the views over it that everybody reads.

`raw._cm_loaded_<table>` is what loads made, and nothing but a load writes it. `raw.<table>` is a view over it with the same
columns. Of contacts it casts what has to be of a wider type for the ledger. It also has the contacts of `ledger.restored` that
are in force: an undo brought them back, no load had them, and no full load came after it.
"""

from collections.abc import Mapping

import duckdb

from contact_merge.engine import columns_of, comment_on, fetch, has_rows, ident, literal, run_sql, types_of
from contact_merge.snapshots import (
    is_snapshot,
    keys_of,
    make_snapshot_view,
    moved_snapshots,
)
from contact_merge.tables import (
    CONTACT_KEY,
    CONTACTS,
    EARLIER_PREFIX,
    INTO,
    KEY,
    LOADED_PREFIX,
    REPLACED_PREFIX,
)

_HELPERS = {
    KEY: "The id as a UUID value.",
    INTO: "merged_into_id as a UUID value; null where there is none.",
    CONTACT_KEY: "contact_id as a UUID value.",
}


def loaded(table: str) -> str:
    """What loads made of a data table, as SQL names it."""
    return f"raw.{ident(LOADED_PREFIX + table)}"


def keys_in(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """What has the keys of the rows of raw.<table> and as little else as can be, as SQL names it."""
    if table == CONTACTS and fetch(con, "ledger/restored_in_force"):
        return f"raw.{table}"
    return keys_of(table) if is_snapshot(con, table) else loaded(table)


def are_as_loaded(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether raw.<table> shows the rows that were loaded and no others, in the types that they had."""
    if table == CONTACTS and fetch(con, "ledger/restored_in_force"):
        return False
    return columns_of(con, "raw", LOADED_PREFIX + table) == columns_of(con, "raw", table)


def earlier(table: str) -> str:
    """A raw table as it was before this load, as SQL names it."""
    return f"raw.{ident(EARLIER_PREFIX + table)}"


def replaced(table: str) -> str:
    """What loads had made of it, which that view reads, as SQL names it."""
    return f"raw.{ident(REPLACED_PREFIX + table)}"


def show_loaded(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the view raw.<table> of what was just loaded, of its columns and types, and comment on both."""
    comment_on_loaded(con, table)
    make_view(con, table)


def comment_on_loaded(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Say what `loaded` names, and what its columns are."""
    comment_on(
        con,
        "view" if is_snapshot(con, table) else "table",
        loaded(table),
        f"What loads made of {table}. Nothing else writes it; read raw.{table}.",
        _comments(table, types_of(con, loaded(table))),
    )


def renew_moved(con: duckdb.DuckDBPyConnection) -> None:
    """Make the views of snapshots again that name them where they are not: the warehouse was moved with them."""
    for table, file in moved_snapshots(con):
        make_snapshot_view(con, table, file)
        comment_on_loaded(con, table)


def make_view(con: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str] | None = None) -> None:
    """Make the view raw.<table> again.

    Args:
        types: those of its columns, where they are not as loaded.
    """
    columns = _make_view(con, table, f"raw.{ident(table)}", loaded(table), types or {})
    text = f"One row per row of {table} that the CRM exported last."
    if table == CONTACTS:
        text = "One row per contact that the CRM exported last, or that an undo brought back and the export lacks."
    comment_on(con, "view", f"raw.{ident(table)}", text, _comments(table, columns))


def make_earlier_view(con: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str]) -> None:
    """Make the view that `earlier` names, over what a load replaces, of the types that raw.<table> had."""
    _make_view(con, table, earlier(table), replaced(table), types)


def _make_view(
    con: duckdb.DuckDBPyConnection, table: str, view: str, source: str, types: Mapping[str, str]
) -> dict[str, str]:
    """Make a view over a table, both as SQL names them; returns its columns with their types."""
    held = types_of(con, source)
    columns = {**held, **types}
    in_force = fetch(con, "ledger/restored_in_force") if table == CONTACTS else []
    run_sql(
        con,
        "raw/view",
        table=table,
        view=view,
        source=source,
        items=", ".join(
            ident(column)
            if held[column] == type_
            else f"{cast_of(con, source, column, type_)} as {ident(column)}"
            for column, type_ in columns.items()
        ),
        restored_items=_restored_items(columns, [set(names) for _, names in in_force]) if in_force else "",
        since=in_force[0][0] if in_force else 0,
    )
    return columns


def cast_of(con: duckdb.DuckDBPyConnection, table: str, column: str, type_name: str) -> str:
    """SQL of a column in a wider type, or in any where it holds nothing."""
    holds_values = has_rows(con, table, f"{ident(column)} is not null")
    return f"cast({ident(column) if holds_values else 'null'} as {type_name})"


def _restored_items(columns: Mapping[str, str], sets: list[set[str]]) -> str:
    """SQL of a restored contact in these columns: null in those that contacts did not have when it came back."""
    always, ever = set.intersection(*sets), set.union(*sets)
    items = []
    for column, type_name in columns.items():
        value = f"versions.{ident(column)}"
        if column == KEY:
            value = "restored.contact_key"
        elif column == INTO:
            value = "restored.target_key"
        elif column not in ever:
            value = "null"
        elif column not in always:
            value = f"case when list_contains(restored.columns, {literal(column)}) then {value} end"
        items.append(f"cast({value} as {type_name})")
    return ", ".join(items)


def _comments(table: str, columns: Mapping[str, str]) -> dict[str, str]:
    return {name: _HELPERS.get(name, f"Column {name} of {table}, as exported.") for name in columns}
