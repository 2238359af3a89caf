"""Rows that say of themselves that their contact is deleted (`deleted` of the settings, SHAPES.md 1).

Such a row counts as if the export lacked it: it is taken out of what was loaded, and with it an earlier row of its contact. One
that a pointer leads from, its own or that of a list of merged ids, stays: it is an imported retirement. How new such a row is by
`newest_by` is remembered until a full load, so that no older row brings its contact back in an upsert.
"""

from collections.abc import Iterator, Mapping

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import count, has_rows, ident, run_sql, types_of
from contact_merge.load.lists import find_listed, has_lists, parts_that_are_no_ids
from contact_merge.load.upsert import INCOMING
from contact_merge.loaded import loaded, make_view_of_lost, replaced
from contact_merge.names import fold_name
from contact_merge.preset import Entity
from contact_merge.snapshots import drop_replaced
from contact_merge.tables import FLAGGED, INTO, KEY


def deletes(table: Entity | Child, columns: Mapping[str, str]) -> str | None:
    """SQL that is true for rows that say so; None where no column can.

    Args:
        columns: of the table, with their types.
    """
    if not isinstance(table, Entity):
        return None
    found = [_is_true(name, columns[name]) for name in table.deleted if name in columns]
    return f"({' or '.join(found)})" if found else None


def find_unreadable(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    target: str,
    columns: Mapping[str, str],
    row_id: str,
) -> list[tuple[str, str]]:
    """SQL that is true for rows with a flag, or a list of merged ids, that cannot be read; and what the rejects say of it.

    Args:
        target: the table, as SQL names it.
        columns: its columns with their types.
        row_id: SQL of the number of a row of it.
    """
    if isinstance(table, Entity) and has_lists(table, columns):
        find_listed(con, table, target, columns, row_id)
    return [*_unreadable_flags(table, columns), *parts_that_are_no_ids(table, columns, row_id)]


def _unreadable_flags(table: Entity | Child, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not isinstance(table, Entity):
        return
    for name in table.deleted:
        if name in columns:
            said = f"said({ident(name)})"
            readable = f"coalesce(flag({said}), {_is_true(name, columns[name])})"
            fault = f"{name} is neither true nor false nor a time; the row counts as not deleted"
            yield f"{said} is not null and not {readable} and flag({said}) is null", fault


def _is_true(name: str, kind: str) -> str:
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"(finite(try_cast({ident(name)} as timestamptz)) is not null)"
    said = f"said({ident(name)})"
    return f"coalesce(flag({said}), instant({said}) is not null)"


def are_flagged(con: duckdb.DuckDBPyConnection, table: Entity | Child, columns: Mapping[str, str]) -> bool:
    """Whether there may be rows to take out of what was loaded."""
    flag = deletes(table, columns)
    return flag is not None and has_rows(con, loaded(table.name), f"{flag} and {_is_alone()}")


def _is_alone() -> str:
    """SQL that is true for rows without a pointer of their own."""
    return f"({INTO} is null or {INTO} = {KEY})"


def keep_rows_before(
    con: duckdb.DuckDBPyConnection, table: Entity | Child, before: Mapping[str, str], given: Mapping[str, str]
) -> None:
    """Keep what rows that an upsert may take out hold before it, while `incoming_rows` are not merged yet.

    Args:
        before: the columns of raw.<table>.
        given: those of the new rows.
    """
    if not deletes(table, {**before, **given}):
        return
    run_sql(
        con,
        "load/rows_before",
        kept=replaced(table.name),
        raw=f"raw.{ident(table.name)}",
        incoming=INCOMING,
        flagged_before=deletes(table, before),
        flagged=deletes(table, given),
    )


def take_out_flagged(
    con: duckdb.DuckDBPyConnection, table: Entity | Child, *, upsert: bool, newest_by: str = ""
) -> int:
    """Take them out of what was just loaded; returns their number.

    After an upsert the view that `earlier` names has the rows that their contacts had before.

    Args:
        newest_by: the column that says how new a row is, which is remembered of those that are taken out; none where none does.
    """
    columns = types_of(con, loaded(table.name))
    flag = deletes(table, columns)
    if flag is None or not isinstance(table, Entity):
        return 0
    run_sql(con, "load/flagged_contacts", loaded=loaded(table.name), flag=flag, alone=_is_alone())
    flagged = count(con, "flagged_contacts")
    if flagged and has_lists(table, columns):
        find_listed(con, table, loaded(table.name), columns)
        more = True
        while more:  # what a list names that stays stays, too, and so does what its own list names
            run_sql(con, "load/keep_listed")
            more = flagged != (flagged := count(con, "flagged_contacts"))
    if has_rows(con, f"raw.{FLAGGED}"):
        run_sql(con, "load/forget_flagged", loaded=loaded(table.name))
    if flagged and newest_by:
        named = fold_name(newest_by)
        run_sql(con, "load/remember_flagged", loaded=loaded(table.name), newest_by=newest_by, named=named)
    if flagged:
        run_sql(con, "load/delete_flagged", table=loaded(table.name), stay=False)
    if upsert and flagged:
        run_sql(con, "load/delete_flagged", table=replaced(table.name), stay=True)
        make_view_of_lost(con, table)
    elif upsert:
        drop_replaced(con, table.name)
    return flagged
