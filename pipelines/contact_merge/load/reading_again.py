"""What was loaded of a child, read again where settings read its rows otherwise now and no input has the table whole."""

import duckdb

from contact_merge.catalog import Child, spell_table
from contact_merge.engine import columns_of, fetch, run_sql
from contact_merge.errors import InputError
from contact_merge.ids import id_type_of
from contact_merge.load.as_it_is import is_plain, make_keys
from contact_merge.load.columns import select_items
from contact_merge.load.data_keys import DataKeys, data_keys, settle_non_standard_uuids
from contact_merge.load.keys import make_macros
from contact_merge.load.running import row_id
from contact_merge.loaded import loaded, show_loaded
from contact_merge.preset import Entity
from contact_merge.recorded import forget_snapshot_reading
from contact_merge.snapshots import is_snapshot, make_table, show_snapshot, snapshot_rows
from contact_merge.tables import RESERVED_PREFIX


def read_again(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> None:
    """Make the helper columns of what was loaded of a child again, out of its rows.

    Args:
        table: the child, as settings describe it now.

    Raises:
        InputError: a column is not there, or rows cannot be used as they are read now.
    """
    types = columns_of(con, "raw", table.name)
    child = spell_table(table, types)
    if isinstance(child, Entity):
        raise TypeError("Only children are read again out of their rows.")
    make_macros(con, id_type_of(child))
    columns = {name: kind for name, kind in types.items() if not name.startswith(RESERVED_PREFIX)}
    missing = [name for name in child.needed if name not in columns]
    if missing:
        raise InputError(
            f"{child.name}: what was loaded has no column {missing[0]!r}, which the settings name now; give the whole table."
        )
    keys = data_keys(child, columns)
    usable = False
    if is_snapshot(con, child.name):
        make_keys(con, child, snapshot_rows(con, child.name), keys)
        show_snapshot(con, child.name)
        usable = is_plain(con, child, columns, keys)
        if usable:
            forget_snapshot_reading(con, child.name)
        else:
            make_table(con, child.name)
    if not usable:
        _read_table(con, child, columns, keys)
    show_loaded(con, child)


def _read_table(
    con: duckdb.DuckDBPyConnection, child: Child, columns: dict[str, str], keys: DataKeys
) -> None:
    """The same of what is a table."""
    target, number = loaded(child.name), row_id(columns)
    if number != "rowid":
        raise InputError(
            f"{child.name}: the settings by which its rows are read changed; give the whole table."
        )
    items = select_items(columns, columns)
    run_sql(con, "load/read_again", target=target, items=items, helpers=keys.helpers)
    _, lacks_keys, repeats_keys = fetch(con, "load/has_rejects", keys=keys, target=target, row_id=number)[0]
    if lacks_keys:
        keys = settle_non_standard_uuids(con, target, keys, number, temp=False)
        _, lacks_keys, repeats_keys = fetch(con, "load/has_rejects", keys=keys, target=target, row_id=number)[
            0
        ]
    if lacks_keys or repeats_keys:
        raise InputError(
            f"{child.name}: rows of what was loaded have no id or no key of their own, as the settings read them now; give the "
            "whole table."
        )
