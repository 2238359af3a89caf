"""Explain one contact out of a warehouse: what it is now, what made it so, and where its values came from.

Reads raw, ledger and the small tables of fold by the contact's key, never the merged views as a whole, so
that it answers at once on a warehouse of any size. What comes out is facts; text.py puts them into words.
"""

from pathlib import Path

import duckdb

from contact_merge.catalog import Catalog
from contact_merge.errors import ContactError
from contact_merge.explain.explanation import Edit, Explanation, FieldNow, Pointer
from contact_merge.explain.identity import find_redirect_path, look_up
from contact_merge.explain.lookup import find_contact
from contact_merge.explain.story import read_story
from contact_merge.explain.values import children_of, edits_of, fields_about, fields_of
from contact_merge.recorded import settings_in_force
from contact_merge.schema import (
    catalog_of,
    check_there_is,
    folded_columns,
    require_merged,
    require_this_version,
)
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse

__all__ = ["Explanation", "explain", "explain_contact"]


def explain(warehouse: Path, contact: str, settings: Settings, *, by: str | None = None) -> Explanation:
    """Explain a contact, live or retired; the warehouse is only read.

    Args:
        contact: its id in any spelling, or a beginning of it that no other has; with `by` its value in that column.

    Raises:
        ContactError: the warehouse never met such a contact, or it may be several.
        WarehouseError: the file is no warehouse, is of another version, or another process holds it.

    Source: INTERFACE.md, `contact-merge explain`.
    """
    check_there_is(warehouse)
    with open_warehouse(warehouse, settings, read_only=True) as con:
        require_this_version(con, warehouse)
        catalog = catalog_of(con, settings_in_force(con, settings))
        require_merged(con, warehouse, catalog)
        return explain_contact(con, contact, catalog, by=by)


def explain_contact(
    con: duckdb.DuckDBPyConnection, contact: str, catalog: Catalog, *, by: str | None = None
) -> Explanation:
    """`explain` for a warehouse that is open."""
    columns = folded_columns(con, catalog)
    key = find_contact(con, columns, contact, by)
    known = look_up(con, columns, key)
    contact_id = known.contact_id
    if contact_id is None:
        flagged = (
            "; rows that their first export flags as deleted are not kept" if catalog.entity.deleted else ""
        )
        raise ContactError(
            f"{contact.strip()} is the id of no contact that this warehouse holds, or ever held or merged{flagged}."
        )
    path = find_redirect_path(con, known)
    retired = bool(path.steps)
    survivor_key = path.steps[-1].survivor_key if retired else key
    survivor = known if survivor_key in (None, key) else look_up(con, columns, survivor_key)
    fields: list[FieldNow] = []
    edits: list[Edit] = []
    if survivor_key is not None and survivor.loaded_id is not None:
        now = fields_of(con, columns, survivor, path)
        fields = fields_about(contact_id, now.values()) if retired else list(now.values())
        if known.changed and not retired:
            edits = edits_of(con, columns, key, now, contact_id)
    return Explanation(
        contact_id=contact_id,
        state=known.state if not retired else "circle" if survivor_key is None else "retired",
        survivor_id=path.steps[-1].survivor_id if retired else contact_id,
        survivor_state=None if survivor_key is None else survivor.state,
        deleted=None if survivor_key is None else survivor.deletion,
        absorbed=[path.name(contact) for contact in path.absorbed],
        chain=[
            Pointer(
                retired_id=step.retired_id,
                primary_id=step.primary_id,
                request_id=step.request_id,
                retired_at=step.retired_at,
            )
            for step in path.steps
        ],
        story=read_story(con, columns, path),
        fields=fields,
        edits=edits,
        children=children_of(con, path, known.root_key, catalog),
    )
