"""What newer tables lack: contacts that are live no longer, and columns that are gone, with the figures of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contact_merge.catalog import Catalog, Child
from contact_merge.engine import columns_of, count, fetch, fetch_value, has_rows, parquet_rows, run_sql
from contact_merge.load.replacing import earlier_columns
from contact_merge.load.report import TableLoad
from contact_merge.loaded import earlier, keys_in
from contact_merge.preset import Entity
from contact_merge.references import cells_of, may_name_several, named_keys
from contact_merge.summary import Disappearing, GoneColumn, IdlePointer, NotKept, PartsOfCells, Preview
from contact_merge.tables import ENTITY_VIEW

LISTED = 20  # rows of each list of a preview


@dataclass(frozen=True)
class Liveness:
    """Contacts that were live before a batch, and how its load changed that.

    Attributes:
        before: live contacts, as they were published.
        deleted: of them, those that the export no longer holds.
        retired: contacts that an imported pointer retires now, new ones included that were already retired when imported.
        back_again: contacts that an earlier batch deleted or retired, and that are live again.
        new: all others that the warehouse holds for the first time.
    """

    before: int
    deleted: int = 0
    retired: int = 0
    back_again: int = 0
    new: int = 0


def count_live(con: duckdb.DuckDBPyConnection, entity: Entity) -> int:
    """How many contacts are live."""
    return fetch_value(con, "ledger/live_contacts", keys=keys_in(con, entity))


def remember_live(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Keep the keys of all live contacts as they are now: temp table `live_before`."""
    has_contacts = bool(columns_of(con, "raw", ENTITY_VIEW))
    keys = keys_in(con, catalog.entity) if has_contacts else None
    run_sql(con, "ledger/live_before", keys=keys, key_type=catalog.key_type)


def find_liveness(con: duckdb.DuckDBPyConnection, entity: Entity, batch_no: int) -> Liveness:
    """Compare `live_before` with the contacts as they are now."""
    run_sql(con, "ledger/liveness", {"batch_no": batch_no}, keys=keys_in(con, entity))
    before = count(con, "live_before")
    counted = dict(fetch(con, "ledger/liveness_counts"))
    new_retired = counted.get("new_retired", 0)
    return Liveness(
        before=before,
        deleted=counted.get("deleted", 0),
        retired=counted.get("retired", 0) + new_retired,
        back_again=counted.get("back", 0),
        new=counted.get("new", 0) + new_retired,
    )


def each_deleted_has_a_retired_one(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether contacts hold, for each contact of `liveness` that is deleted, one whose redirect ends in it."""
    return not fetch(con, "ledger/deleted_alone")


def find_gone_columns(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, TableLoad], catalog: Catalog
) -> list[GoneColumn]:
    """The columns that tables just loaded lack, in all files or in some, while fold.survivors still has them.

    A table without a row, such as one that was absent until now, had no columns to lose.
    """
    gone = []
    for table, loaded in tables.items():
        gone += [GoneColumn(table, name, values, merged_values=0) for name, values in loaded.lost]
        if table not in catalog.data_tables:
            continue
        is_entity = table == catalog.entity.table
        there = columns_of(con, "raw", table)
        columns = [name for name in earlier_columns(con, table) if name not in there]
        if not columns or not (is_entity or has_rows(con, earlier(table))):
            continue
        folded = columns_of(con, "fold", "survivors") if is_entity else {}
        counted = fetch(
            con,
            "publish/gone_columns",
            earlier=earlier(table),
            columns=columns,
            folded=folded,
            of_contacts=is_entity,
            pointer=catalog.entity.merged_into,
        )[0]
        gone += [
            GoneColumn(table, name, values, merged)
            for name, values, merged in zip(columns, counted[::2], counted[1::2], strict=True)
        ]
    return gone


def find_idle_pointers(con: duckdb.DuckDBPyConnection) -> tuple[int, list[IdlePointer]]:
    """How many imported pointers are without effect, and the first ten of them by contact."""
    pointers = count(con, "fold.idle_pointers")
    if not pointers:
        return 0, []
    return pointers, [IdlePointer(*row) for row in fetch(con, "publish/first_idle_pointers")]


def find_parts(con: duckdb.DuckDBPyConnection, children: Sequence[Child]) -> list[PartsOfCells]:
    """Of columns of these children whose cells hold several ids those with parts that are no ids, or ids of no contact."""
    columns = [
        (child.name, cells)
        for child in children
        if may_name_several(child)
        for cells in cells_of(child, columns_of(con, "raw", child.name))
        if cells.several
    ]
    if not columns:
        return []
    return [PartsOfCells(*row) for row in fetch(con, "publish/parts_of_cells", columns=columns)]


def find_preview(
    con: duckdb.DuckDBPyConnection,
    batch_no: int | None,
    liveness: Liveness,
    files: Path,
    children: Sequence[Child],
) -> Preview:
    """Who would disappear by the batch of a dry run, and what would be lost, by the merged files that it wrote."""
    batch = {"batch_no": batch_no}
    found: dict[str, list[tuple[str, str | None, str | None]]] = {}
    loaded = bool(liveness.deleted or liveness.retired)
    for how, *contact, _, _ in fetch(con, "publish/disappearing", batch, most=LISTED, loaded=loaded):
        found.setdefault(how, []).append(tuple(contact))
    conflicts, dropped = (
        parquet_rows([files / f"merged/{name}.parquet"]) for name in ("field_conflicts", "dropped_children")
    )
    fields = fetch(con, "publish/values_not_kept", batch, field_conflicts=conflicts, most=LISTED)
    memberships = fetch(con, "publish/memberships_dropped", batch, dropped_children=dropped)
    rows = []
    if children and liveness.deleted:
        rows = fetch(con, "publish/rows_of_deleted", kinds=named_keys(con, children))
    return Preview(
        retired_first=[Disappearing(*contact) for contact in found.get("retired", [])],
        retired_by_pointers_first=[Disappearing(*contact) for contact in found.get("retired by pointer", [])],
        deleted_first=[contact for contact, *_ in found.get("deleted", [])],
        values_not_kept=fields[0][4] if fields else 0,
        fields=fields[0][3] if fields else 0,
        fields_first=[NotKept(field, kept, not_kept) for field, kept, not_kept, *_ in fields],
        memberships_dropped=memberships[0][0],
        rows_of_deleted={kind: count for kind, count in rows if count},
    )
