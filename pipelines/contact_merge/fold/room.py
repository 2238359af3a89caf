"""Whether the references of children can hold the ids of the contacts that their rows go to, in the types that they have."""

import duckdb

from contact_merge.catalog import Catalog
from contact_merge.engine import columns_of, fetch, ident
from contact_merge.errors import InputError
from contact_merge.ids import UUIDS
from contact_merge.ids.id_type import TEXTS
from contact_merge.references import cells_of


def require_room(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Refuse rows that would have to name a contact whose id their column cannot hold: outputs keep the user's types.

    Text holds all ids, and a column of the type by which ids compare does.

    Raises:
        InputError: naming the column, and the type to write it as.
    """
    id_type = catalog.id_type
    if id_type is UUIDS:
        return
    for child in catalog.children:
        for cells in cells_of(child, columns_of(con, "raw", child.name)):
            kind = cells.type
            if cells.several or kind in {*TEXTS, id_type.key_type}:
                continue
            held = id_type.key_of(f"try_cast(redirects.survivor_key as {kind})", kind)
            rows = f"raw.{ident(child.name)}"
            if fetch(
                con, "fold/without_room", held=held, rows=rows, key_column=cells.key_column
            ):  # rule: room
                wide = "text" if id_type.key_type == "VARCHAR" else f"{id_type.key_type} or text"
                raise InputError(
                    f"{child.name}: the column {cells.column!r} is {kind}, which cannot hold the id of a contact that has "
                    f"some of its rows now; write it as {wide}."
                )
