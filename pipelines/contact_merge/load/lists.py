"""Lists of merged ids: a column of a survivor that names who was merged into it (`merged_ids` of the settings, SHAPES.md 1).

Each id of a list is an imported pointer, seen from the other end.
"""

from collections.abc import Mapping

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import ident, run_sql
from contact_merge.ids import UUIDS, id_type_of
from contact_merge.load.keys import find_non_standard_uuids, id_expression, listed_expression
from contact_merge.preset import Entity


def has_lists(table: Entity | Child, columns: Mapping[str, str]) -> bool:
    """Whether a table with these columns has lists of merged ids."""
    return isinstance(table, Entity) and table.merged_ids in columns


def find_listed(
    con: duckdb.DuckDBPyConnection, entity: Entity, target: str, columns: Mapping[str, str], row_id: str = "0"
) -> None:
    """Make the temp table `listed_ids` of a table that has lists.

    Args:
        target: the table, as SQL names it.
        columns: its columns with their types.
        row_id: SQL of the number of a row of it.
    """
    name = entity.merged_ids
    run_sql(
        con,
        "load/listed_parts",
        target=target,
        row_id=row_id,
        parts=_parts(name, columns[name]),
        filled=f"said({ident(name)}) is not null",
    )
    id_type = id_type_of(entity)
    find_non_standard_uuids(con, [("listed_parts", "spelled")] if id_type is UUIDS else [])
    key = id_expression("spelled", "VARCHAR", id_type)
    run_sql(con, "load/listed_ids", key=key, is_uuid=id_type is UUIDS)


def parts_that_are_no_ids(
    table: Entity | Child, columns: Mapping[str, str], row_id: str
) -> list[tuple[str, str]]:
    """SQL that is true for rows whose lists hold something else, after `find_listed`, and what the rejects say of it."""
    if not isinstance(table, Entity) or not has_lists(table, columns):
        return []
    name = table.merged_ids
    no_list = f"said({ident(name)}) is not null and {_parts(name, columns[name])} is null"
    no_ids = f"{row_id} in (select row_id from listed_ids where contact_key is null)"
    return [
        (no_list, f"{name} is no list of ids; it counts as empty"),
        (no_ids, f"{name} holds what is {id_type_of(table).fault}; that counts as none"),
    ]


def _parts(name: str, kind: str) -> str:
    """SQL of a column as a list of texts; null where it is none."""
    return listed_expression(name, kind) if kind.endswith("]") else f"id_list(said({ident(name)}))"
