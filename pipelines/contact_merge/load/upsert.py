"""New rows replace those of the same key, the rest stays (`load = "upsert"`)."""

from collections.abc import Mapping

import duckdb

from contact_merge.casts import holds_exactly
from contact_merge.catalog import Child
from contact_merge.engine import change_type, has_rows, ident, run_sql, types_of
from contact_merge.errors import InputError
from contact_merge.faults import join_key
from contact_merge.load.columns import converted, select_items
from contact_merge.load.data_keys import DataKeys, comparable_keys
from contact_merge.loaded import cast_of, loaded
from contact_merge.preset import Entity
from contact_merge.widening import NO_TYPE, common_type

INCOMING = "incoming_rows"


def common_columns(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    old: tuple[str, Mapping[str, str]],
    new: tuple[str, Mapping[str, str]],
    remedy: str,
    types: Mapping[str, str],
) -> dict[str, str]:
    """The new columns, each with a type that holds its old values too.

    Args:
        con: the connection.
        table: the table.
        old, new: each as SQL names it, and the user's columns with their types.
        remedy: what else to do where a column has no such type.
        types: the columns whose types the settings give; the new rows have them.

    Raises:
        InputError: a column has none.
    """
    said = () if isinstance(table, Entity) else (*table.unique, *(() if table.strict else table.needed))
    columns = {}
    for name, kind in new[1].items():
        before = old[1].get(name, kind)
        if types.get(name) == kind != before and before != NO_TYPE:
            if not holds_exactly(con, old[0], name, before, kind):
                raise InputError(
                    f"{table.name}: the column {name!r} is {before} in the warehouse and has values that {kind} can't hold; "
                    f'{remedy}, or write {join_key(table.name, name)} = "text" into [types] of the settings.'
                )
            columns[name] = kind
            continue
        wider = common_type(con, name, (old[0], before), (new[0], kind))
        if wider is None and name in said:
            wider = _text_of_numbers(con, name, (old[0], before), (new[0], kind))
        if wider is None:
            raise InputError(
                f"{table.name}: the column {name!r} is {before} in the warehouse, {kind} in the input: no type holds "
                f'both without loss, so write {join_key(table.name, name)} = "text" into [types] of the settings, or {remedy}.'
            )
        columns[name] = wider
    return columns


def _text_of_numbers(con: duckdb.DuckDBPyConnection, name: str, *both: tuple[str, str]) -> str | None:
    """VARCHAR where a column is text in one table and whole numbers in the other: 7, 7.0 and '7' are one list (SHAPES.md 3)."""
    numbers = [table for table, kind in both if kind != "VARCHAR"]
    if len(numbers) > 1:
        return None
    others = has_rows(con, numbers[0], f"not regexp_matches(said({ident(name)}), '^-?[0-9]+$')")
    return None if others else "VARCHAR"


def merge_rows(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    before: Mapping[str, str],
    given: Mapping[str, str],
    types: Mapping[str, str],
) -> None:
    """Put the rows of the temporary table incoming_rows into what was loaded of a table that has rows already.

    A column that only one side has is null in the rows of the other; the old columns stand first.

    Args:
        con: the connection.
        table: the table.
        before: the user's columns of raw.<table>, with their types.
        given: those of the new rows.
        types: the columns whose types the settings give.

    Raises:
        InputError: a column's old and new type have no common one.
    """
    raw = f"raw.{ident(table.name)}"
    common = common_columns(
        con, table, (raw, before), (INCOMING, given), 'load the table whole (load = "replace")', types
    )
    columns = {**before, **common}

    def comparable(keys: DataKeys, given: Mapping[str, str]) -> list[str]:
        names = [name for name in keys.said.values() if name in given]
        said = {ident(name): converted(name, given[name], columns[name]) for name in names}
        return [said.get(value, value) for value in keys.unique]

    old_keys, new_keys = comparable_keys(con, table, (raw, before), (INCOMING, given))
    for name, type_ in types_of(con, loaded(table.name)).items():
        if before.get(name, type_) != type_:
            change_type(
                con,
                loaded(table.name),
                name,
                before[name],
                cast_of(con, loaded(table.name), name, before[name]),
            )
    run_sql(
        con,
        "load/upsert" if columns == dict(before) else "load/upsert_wider",
        loaded=loaded(table.name),
        incoming=INCOMING,
        old_items=select_items(before, columns),
        new_items=select_items(given, columns),
        helpers=list(old_keys.helpers),
        old_unique=comparable(old_keys, before),
        new_unique=comparable(new_keys, given),
    )
