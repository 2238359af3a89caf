"""A Source -> what is loaded of contacts or a child table, and the view of it; its unusable rows -> raw.rejects.

Loading is hopeful: all rows go in at once, with the values of their ids, then one query looks for missing
and repeated keys. Only where it finds some are the rows worked out, and taken out again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import columns_of, count, drop_column, fetch, has_rows, ident, run_sql
from contact_merge.errors import InputError
from contact_merge.load.as_it_is import load_as_it_is, rows_loaded_before
from contact_merge.load.data_keys import DataKeys, data_keys, settle_non_standard_uuids
from contact_merge.load.flagged import find_unreadable, keep_rows_before, take_out_flagged
from contact_merge.load.lost_values import count_lost_values, find_lacking
from contact_merge.load.newest import have_times, pass_over_older
from contact_merge.load.noted import note_rows
from contact_merge.load.rejects import add_rejects, locate_rows, reject_broken_lines
from contact_merge.load.replacing import drop_earlier, earlier_columns, keep_last_good_rows, set_aside
from contact_merge.load.report import TableLoad
from contact_merge.load.running import create_table, row_id
from contact_merge.load.source import Source
from contact_merge.load.typing import drop_uncast
from contact_merge.load.upsert import INCOMING, merge_rows
from contact_merge.loaded import earlier, keys_in, loaded, show_loaded
from contact_merge.preset import Entity
from contact_merge.snapshots import is_snapshot, make_table
from contact_merge.tables import FLAGGED, RESERVED_PREFIX


def load_rows(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    source: Source,
    *,
    upsert: bool,
    required: Mapping[str, str],
) -> TableLoad:
    """Load one data table; see `load_inputs` for what it leaves behind.

    Args:
        table: its columns named as the source spells them.
        required: the columns without which it is refused (Catalog.required).

    Raises:
        InputError: a column that the table needs is missing, a reference of the entity holds lists, or an upsert lacks the key or
            meets a type that does not widen.
    """
    keys = data_keys(table, source.columns)
    json_fields = table.json_fields if isinstance(table, Entity) else ()
    before = _columns_before(con, table)
    upsert = upsert and bool(before)
    if source.columns or (isinstance(table, Entity) and not columns_of(con, "raw", table.name)):
        source.check_needed(
            named={**required, **_lacking_reference(table, source)}, renamed=_how_to_rename(table)
        )
    if upsert and source.columns and not keys.unique:  # rule: upsert-without-key
        raise InputError(
            f"{source.location}: the table {table.name} lacks a column of its key, so its rows can't be found again; export it "
            'with this column, or load the whole table (load = "replace").'
        )
    _refuse_lists(table, source)
    if not upsert:
        rows = rows_loaded_before(con, table, source, keys, json_fields)
        if rows is not None:
            return TableLoad(rows, rows, 0, unchanged=True)
        set_aside(con, table)
    if not source.columns:  # no row, and no columns to say: those of the rows loaded before
        return _load_no_row(con, table, source, upsert=upsert)
    _begin_rejected_keys(con, keys)
    if not upsert:
        rows = load_as_it_is(con, table, source, keys, json_fields)
        if rows is not None:
            show_loaded(con, table)
            return TableLoad(rows, rows, 0, 0)
    target = INCOMING if upsert else loaded(table.name)
    read = create_table(con, source, target, keys.helpers, temp=upsert)
    broken = reject_broken_lines(con, source)
    old = f"raw.{ident(table.name)}" if upsert else earlier(table.name)
    lacking = find_lacking(con, source, target, [name for name in before if upsert or name in source.columns])
    rejected, passed_over = _reject_rows(con, source, table, keys, target, json_fields)
    lost = count_lost_values(con, table, (old, before), (target, source.columns), lacking)
    kept = 0
    if upsert:
        if is_snapshot(con, table.name):
            drop_earlier(con, [table.name])
            make_table(con, table.name)
        passed_over += pass_over_older(con, table, (old, before), target, source)
        keep_rows_before(con, table, before, source.columns)
        merge_rows(con, table, before, source.columns, source.types)
    else:
        drop_uncast(con, source, target)
        if row_id(source.columns) != "rowid":
            drop_column(con, target, row_id(source.columns))
        kept = keep_last_good_rows(con, table, source)  # rule: last-good-row
    flagged = take_out_flagged(con, table, upsert=upsert, newest_by=source.newest_by)
    show_loaded(con, table)
    return TableLoad(
        read + broken,
        read - rejected,
        broken + rejected,
        kept,
        lost=lost,
        flagged=flagged,
        passed_over=passed_over,
    )


def _refuse_lists(table: Entity | Child, source: Source) -> None:
    """A reference of the entity is a field, with one id: of several in a list no survivor would take the place."""
    for name in table.references if isinstance(table, Entity) else ():
        if source.columns.get(name, "").endswith("]"):
            raise InputError(
                f"{source.location}: the column {name!r} holds lists, and a reference of {table.name} holds one id; "
                "take it out of references under [entity] of the settings."
            )


def _lacking_reference(table: Entity | Child, source: Source) -> dict[str, str]:
    """The first reference of a child that has none of them, as `required` has columns: its rows would name nobody."""
    if isinstance(table, Entity) or any(reference.column in source.columns for reference in table.references):
        return {}
    return dict.fromkeys([reference.column for reference in table.references][:1], "")


def _how_to_rename(table: Entity | Child) -> str:
    """How to say that a column which the table needs has another name."""
    if isinstance(table, Entity):
        return 'if another column has the ids, set id = "its name" under [entity] of the settings'
    return f"if others are meant, set key and references under [children.{table.name}] of the settings"


def _load_no_row(
    con: duckdb.DuckDBPyConnection, table: Entity | Child, source: Source, *, upsert: bool
) -> TableLoad:
    """Load files that hold no row, or only lines that are none."""
    kept = 0
    broken = reject_broken_lines(con, source)
    if not upsert:
        run_sql(con, "load/no_rows", loaded=loaded(table.name), earlier=earlier(table.name))
        columns = earlier_columns(con, table.name)
        _begin_rejected_keys(con, data_keys(table, columns))
        kept = keep_last_good_rows(con, table, replace(source, columns=columns))
        take_out_flagged(con, table, upsert=False)
        show_loaded(con, table)
    return TableLoad(broken, 0, broken, kept, emptiness=source.emptiness())


def known_columns(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> list[str]:
    """The columns that a data table has, or ledger.contact_versions keeps of it: newer files are read under these names."""
    known = list(_columns_before(con, table))
    if isinstance(table, Entity):
        kept = columns_of(con, "ledger", "contact_versions")
        known += [name for name in kept if not name.startswith(RESERVED_PREFIX)]
    return known


def _begin_rejected_keys(con: duckdb.DuckDBPyConnection, keys: DataKeys) -> None:
    """Make the temp table rejected_keys, empty; none where rows have no key."""
    if keys.unique:
        run_sql(con, "load/rejected_keys", keys=keys)


def _columns_before(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> dict[str, str]:
    """The user's columns of what was loaded before; none where the table holds no row, and flagged ones deleted none."""
    columns = columns_of(con, "raw", table.name)
    if not columns or not (has_rows(con, keys_in(con, table)) or _are_remembered(con, table)):
        return {}
    return {name: kind for name, kind in columns.items() if not name.startswith(RESERVED_PREFIX)}


def _are_remembered(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> bool:
    return isinstance(table, Entity) and has_rows(con, f"raw.{FLAGGED}")


def _reject_rows(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    table: Entity | Child,
    keys: DataKeys,
    target: str,
    json_fields: tuple[str, ...],
) -> tuple[int, int]:
    """Take rows without a usable key out of a table just loaded, and note values that cannot be used.

    Gives the number of rows rejected, and of those passed over because another one of their key is newer.
    """
    variables: dict[str, Any] = {"target": target, "row_id": row_id(source.columns)}
    first, lacks_keys, repeats_keys = fetch(con, "load/has_rejects", keys=keys, **variables)[0]
    if lacks_keys:
        keys = settle_non_standard_uuids(con, target, keys, variables["row_id"], temp=target == INCOMING)
    pointer = table.merged_into if isinstance(table, Entity) and table.merged_into in source.columns else None
    noted = note_rows(
        con,
        source,
        target,
        variables["row_id"],
        pointer=pointer,
        fault=keys.fault_of(pointer) if pointer else "",
        json_fields=json_fields,
        notes=find_unreadable(con, table, target, source.columns, variables["row_id"]),
    )
    if not (noted or lacks_keys or repeats_keys):
        return 0, 0
    locate_rows(con, source.file_scans())
    newest_by = source.newest_by
    run_sql(
        con,
        "load/rejected_rows",
        {"first": first},
        keys=keys,
        newest_by=newest_by,
        has_times=bool(newest_by) and have_times(con, (target, ident(newest_by))),
        **variables,
    )
    add_rejects(con, source, "rejected_rows", target)
    if keys.unique:
        run_sql(con, "load/add_rejected_keys", keys=keys, **variables)
    run_sql(con, "load/delete_rejected_rows", **variables)
    gone = count(con, "rejected_rows", "not stays")
    passed_over = count(con, "rejected_rows", "not stays and reason is null")
    return gone - passed_over, passed_over
