"""What loads made of the data tables, and the views over it that everybody reads.

`raw._cm_loaded_<table>` is what loads made, and nothing but a load writes it. `raw.<table>` is a view over it with the same
columns. That of the entity has its id as outputs spell it, too, and casts what has to be of a wider type for the ledger. It also
has the rows of `ledger.restored` that are in force: an undo brought them back, no load had them, and no full load came after it.
SQL that knows no names of the user's reads it as `raw._cm_entity`.
"""

from collections.abc import Iterable, Mapping

import duckdb

from contact_merge.catalog import Child
from contact_merge.columns import id_text, kind_of
from contact_merge.engine import columns_of, comment_on, fetch, has_rows, ident, literal, run_sql, types_of
from contact_merge.preset import Entity
from contact_merge.snapshots import (
    is_snapshot,
    keys_of,
    make_snapshot_view,
    moved_snapshots,
    snapshot_rows,
)
from contact_merge.tables import (
    CONTACT_KEY,
    EARLIER_PREFIX,
    ENTITY_VIEW,
    ID,
    INTO,
    KEY,
    LOADED_PREFIX,
    NAMED_PREFIX,
    REPLACED_PREFIX,
    RESERVED_PREFIX,
    ROW,
)

_HELPERS = {
    KEY: "The id, as ids compare.",
    INTO: "The id of the contact into which the CRM merged this one, as ids compare; null where there is none.",
    ID: "The id, as outputs spell it.",
}


def loaded(table: str) -> str:
    """What loads made of a data table, as SQL names it."""
    return f"raw.{ident(LOADED_PREFIX + table)}"


def keys_in(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> str:
    """What has the keys of the rows of raw.<table> and as little else as can be, as SQL names it."""
    if isinstance(table, Entity) and fetch(con, "ledger/restored_in_force"):
        return f"raw.{ENTITY_VIEW}"
    return loaded_keys(con, table)


def loaded_keys(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> str:
    """What has the keys of the rows that were loaded, as SQL names it."""
    return keys_of(table.name) if is_snapshot(con, table.name) else loaded(table.name)


def numbered_keys_in(con: duckdb.DuckDBPyConnection, child: Child) -> str:
    """What `keys_in` has of a child, with the number of each row, as SQL names it."""
    if is_snapshot(con, child.name):
        return keys_of(child.name)
    names = {name.lower() for name in types_of(con, loaded(child.name))}
    number = "row_number() over () - 1" if "rowid" in names else "rowid"  # which then is a column of the user
    return f"(select {number} as {ROW}, * from {loaded(child.name)})"


def are_as_loaded(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> bool:
    """Whether raw.<table> shows the rows that were loaded and no others, in the types that they had."""
    if isinstance(table, Entity) and fetch(con, "ledger/restored_in_force"):
        return False
    shown = columns_of(con, "raw", table.name)
    return columns_of(con, "raw", LOADED_PREFIX + table.name) == {
        name: type_ for name, type_ in shown.items() if name != ID
    }


def earlier(table: str) -> str:
    """A raw table as it was before this load, as SQL names it."""
    return f"raw.{ident(EARLIER_PREFIX + table)}"


def replaced(table: str) -> str:
    """What loads had made of it, which that view reads, as SQL names it."""
    return f"raw.{ident(REPLACED_PREFIX + table)}"


def show_loaded(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> None:
    """Make the view raw.<table> of what was just loaded, of its columns and types, and comment on both."""
    comment_on_loaded(con, table.name)
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


def renew_moved(con: duckdb.DuckDBPyConnection, children: Iterable[Child]) -> None:
    """Make the views of snapshots again that name them where they are not: the warehouse was moved with them."""
    repeating = {child.name: child for child in children if child.repeats}
    for table, file in moved_snapshots(con):
        make_snapshot_view(con, table, file)
        comment_on_loaded(con, table)
        if table in repeating:
            make_alike_view(con, repeating[table])


def make_alike_view(con: duckdb.DuckDBPyConnection, child: Child) -> None:
    """Make the view of what is compared of a child's rows, where rows of one contact may be alike."""
    types = types_of(con, loaded(child.name))
    users = [name for name in types if not name.startswith(RESERVED_PREFIX)]
    has_keys = is_snapshot(con, child.name)
    run_sql(
        con,
        "raw/alike",
        child=child,
        columns=users,
        kinds={name: kind_of(types[name]) for name in users},
        rows=snapshot_rows(con, child.name) if has_keys else numbered_keys_in(con, child),
        keys=keys_of(child.name) if has_keys else "",
    )


def make_view(
    con: duckdb.DuckDBPyConnection, table: Entity | Child, types: Mapping[str, str] | None = None
) -> None:
    """Make the view raw.<table> again, and of the entity raw._cm_entity.

    Args:
        types: those of its columns, where they are not as loaded.
    """
    view = f"raw.{ident(table.name)}"
    columns = _make_view(con, table, view, loaded(table.name), types or {})
    text = f"One row per row of {table.name} that the CRM exported last."
    if isinstance(table, Entity):
        text = f"One row per row of {table.name} that the CRM exported last, or that an undo brought back and the export lacks."
    comment_on(con, "view", view, text, _comments(table.name, columns))
    if isinstance(table, Entity):
        run_sql(con, "raw/entity", view=view)
        text = f"The rows of {view}, by a name that is the same in every warehouse."
        comment_on(con, "view", f"raw.{ENTITY_VIEW}", text, _comments(table.name, columns))


def make_earlier_view(
    con: duckdb.DuckDBPyConnection, table: Entity | Child, types: Mapping[str, str]
) -> None:
    """Make the view that `earlier` names, over what a load replaces, of the types that raw.<table> had."""
    _make_view(con, table, earlier(table.name), replaced(table.name), types)


def make_view_of_lost(con: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Make the view that `earlier` names over the rows of contacts that an upsert deleted, which the table of `replaced` has."""
    source = replaced(entity.table)
    _make_view(con, entity, earlier(entity.table), source, types_of(con, source), restored=False)


def _make_view(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    view: str,
    source: str,
    types: Mapping[str, str],
    *,
    restored: bool = True,
) -> dict[str, str]:
    """Make a view over a table, both as SQL names them; returns its columns with their types.

    Args:
        restored: whether it has the rows of contacts that undos brought back, too.
    """
    held = types_of(con, source)
    columns = {name: type_ for name, type_ in {**held, **types}.items() if name != ID}
    in_force = fetch(con, "ledger/restored_in_force") if restored and isinstance(table, Entity) else []
    run_sql(
        con,
        "raw/view",
        table=table.name,
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
        id=id_text(table, columns[table.id], "loaded") if isinstance(table, Entity) else "",
    )
    return {**columns, ID: "VARCHAR"} if isinstance(table, Entity) else columns


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
        elif column.startswith(NAMED_PREFIX):
            value = f"restored.reference_keys[{literal(column.removeprefix(NAMED_PREFIX))}]"
        elif column not in ever:
            value = "null"
        elif column not in always:
            value = f"case when list_contains(restored.columns, {literal(column)}) then {value} end"
        items.append(f"cast({value} as {type_name})")
    return ", ".join(items)


def _comments(table: str, columns: Mapping[str, str]) -> dict[str, str]:
    return {name: _comment(table, name) for name in columns}


def _comment(table: str, column: str) -> str:
    if column.startswith(CONTACT_KEY):
        return "The contact that the row names, as ids compare."
    if column.startswith(NAMED_PREFIX):
        return f"The contact that {column.removeprefix(NAMED_PREFIX)} names, as ids compare."
    return _HELPERS.get(column, f"Column {column} of {table}, as exported.")
