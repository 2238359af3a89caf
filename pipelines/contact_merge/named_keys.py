"""References of the entity: fields that hold ids of the same table, such as `manager_id` (SHAPES.md 2).

They fold as any field does. The merged table names survivors in their place (sql/fold/replaced_references.sql). For that, which
contact a cell names stands beside it as ids compare: in raw.<entity>, where loads read it, and in fold.survivors.
"""

from collections.abc import Iterable, Mapping

import duckdb

from contact_merge.columns import Column, ContactColumns
from contact_merge.engine import columns_of, run_sql
from contact_merge.ids import UUIDS, IdType, id_type_of
from contact_merge.load.keys import find_non_standard_uuids, id_expression, make_macros, text_expression
from contact_merge.loaded import comment_on_loaded, loaded, make_view
from contact_merge.preset import Entity
from contact_merge.snapshots import is_snapshot, make_table
from contact_merge.tables import LOADED_PREFIX, NAMED_PREFIX, RESERVED_PREFIX


def fit_named_keys(con: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Read what references name out of what was loaded, where the settings have other references than that load had."""
    held = columns_of(con, "raw", LOADED_PREFIX + entity.table)
    there = {name for name in held if name.startswith(NAMED_PREFIX)}
    if not held or there == set(entity.named_keys.values()):
        return
    id_type = id_type_of(entity)
    make_macros(con, id_type)
    if is_snapshot(con, entity.table):  # whose rows cannot get another column
        make_table(con, entity.table)
    kinds = {column: held[column] for column in entity.references if column in held}
    keys = {
        helper: id_expression(column, held.get(column), id_type)
        for column, helper in entity.named_keys.items()
    }
    target = loaded(entity.table)
    shown = columns_of(con, "raw", entity.table)
    run_sql(
        con, "load/named_keys", loaded=target, columns=[name for name in held if name not in there], keys=keys
    )
    _settle(con, target, target, _texts(kinds, id_type))
    comment_on_loaded(con, entity.table)
    make_view(
        con, entity, {name: kind for name, kind in shown.items() if not name.startswith(RESERVED_PREFIX)}
    )


def name_survivors(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Fill in fold.survivors what the references of the component's survivors name."""
    if not columns.references:
        return
    id_type = id_type_of(columns.entity)
    make_macros(con, id_type)
    kinds = _kinds(columns.references)
    keys = {NAMED_PREFIX + name: id_expression(name, kind, id_type) for name, kind in kinds.items()}
    run_sql(con, "fold/name_references", keys=keys)
    changed = "(from fold.survivors where _cm_key in (select contact_key from component))"
    _settle(con, "fold.survivors", changed, _texts(kinds, id_type))


def keys_of_restored(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> dict[str, str]:
    """By reference SQL of what it names in a row of ledger.contact_versions, for contacts of `chosen_reversals`."""
    if not columns.references:
        return {}
    id_type = id_type_of(columns.entity)
    make_macros(con, id_type)
    kinds = _kinds(columns.references)
    rows = "(from ledger.contact_versions where _cm_key in (select retired_key from chosen_reversals))"
    texts = _texts(kinds, id_type)
    find_non_standard_uuids(con, [(rows, text) for text in texts.values()])
    keys = {}
    for name, kind in kinds.items():
        value = id_expression(name, kind, id_type)
        if name in texts:
            value = f"coalesce({value}, (select value from non_standard_uuids where spelled = {texts[name]}))"
        keys[name] = value
    return keys


def _settle(con: duckdb.DuckDBPyConnection, target: str, rows: str, texts: Mapping[str, str]) -> None:
    """Fill in what only Python reads.

    Args:
        target: the table, as SQL names it.
        rows: those of its rows that may lack it.
        texts: by reference SQL of its text.
    """
    if find_non_standard_uuids(con, [(rows, text) for text in texts.values()]):
        for name, text in texts.items():
            run_sql(
                con, "load/settle_non_standard_uuids", target=target, helper=NAMED_PREFIX + name, text=text
            )


def _texts(kinds: Mapping[str, str], id_type: IdType) -> dict[str, str]:
    """By reference SQL of the text that an id is read from, where SQL does not read all of them."""
    if id_type is not UUIDS:
        return {}
    return {name: text_expression(name, kind) for name, kind in kinds.items() if kind != "UUID"}


def _kinds(references: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.type for column in references}
