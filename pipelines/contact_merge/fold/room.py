"""Whether references can hold the ids of the contacts that take the place of those they name, in the types that they have."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from contact_merge.catalog import Catalog
from contact_merge.engine import columns_of, fetch, ident, literal
from contact_merge.errors import InputError
from contact_merge.ids import UUIDS
from contact_merge.ids.id_type import TEXTS
from contact_merge.references import cells_of
from contact_merge.tables import ENTITY_VIEW
from contact_merge.widening import NO_TYPE


@dataclass(frozen=True)
class _Named:
    """A column of references.

    Attributes:
        keys: SQL of the keys that its cells name, a row each.
        rows: the table, as SQL names it.
        kind: the DuckDB type in which it holds an id.
        separator: what stands between the ids of a text; no text where a cell holds one.
    """

    table: str
    column: str
    keys: str
    rows: str
    kind: str
    separator: str = ""


def require_room(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Refuse rows that would have to name a contact whose id their column cannot hold: outputs keep the user's types.

    Text holds all ids without its separator, and a column of the type by which ids compare holds all.

    Raises:
        InputError: naming the column, and how to write it.
    """
    id_type = catalog.id_type
    if id_type is UUIDS:
        return
    wide = "text" if id_type.key_type == "VARCHAR" else f"{id_type.key_type} or text"
    for named in _named(con, catalog):
        where = f"{named.table}: the column {named.column!r}"
        if named.separator:
            key = "redirects.survivor_key"
            held = (
                f"case when not contains(cast({key} as varchar), {literal(named.separator)}) then {key} end"
            )
            fault = (
                f"{where} has {named.separator!r} between its ids, which stands in the id of a contact that has some of its "
                "rows now; write it with another separator, or as a list."
            )
        elif named.kind in {*TEXTS, id_type.key_type}:
            continue
        else:
            held = id_type.key_of(f"try_cast(redirects.survivor_key as {named.kind})", named.kind)
            fault = (
                f"{where} is {named.kind}, which cannot hold the id of a contact that has some of its rows now; "
                f"write it as {wide}."
            )
        if fetch(con, "fold/without_room", held=held, rows=named.rows, keys=named.keys):  # rule: room
            raise InputError(fault)


def _named(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> Iterator[_Named]:
    """All references of children and of the entity that hold anything."""
    for child in catalog.children:
        for cells in cells_of(child, columns_of(con, "raw", child.name)):
            keys = f"unnest({cells.key_column})" if cells.several else cells.key_column
            separator = cells.separator if cells.several and not cells.is_list else ""
            rows = f"raw.{ident(child.name)}"
            yield _Named(child.name, cells.column, keys, rows, cells.part_type, separator)
    columns = columns_of(con, "raw", catalog.entity.table)
    for name, key in catalog.entity.named_keys.items():
        if NO_TYPE not in columns.get(name, NO_TYPE):
            yield _Named(catalog.entity.table, name, ident(key), f"raw.{ENTITY_VIEW}", columns[name])
