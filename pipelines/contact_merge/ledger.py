"""The ledger, batch by batch: opened, given its imported pointers, sealed; and which of its merges are active."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from contact_merge.columns import ContactColumns
from contact_merge.digests import seal
from contact_merge.engine import columns_of, fetch, run_sql
from contact_merge.errors import WarehouseError
from contact_merge.loaded import loaded_keys
from contact_merge.preset import Entity
from contact_merge.recorded import settings_text
from contact_merge.settings import Settings
from contact_merge.tables import RESERVED_PREFIX


def begin_batch(
    con: duckdb.DuckDBPyConnection, kind: str, as_of: datetime, settings: Settings
) -> tuple[int, str]:
    """Open the next batch in the ledger, under these settings; returns its number and id.

    Raises:
        WarehouseError: the newest batch is there twice, so that none can be linked to it.
    """
    newest = fetch(con, "ledger/newest_number")
    if newest and newest[0][1] > 1:
        raise WarehouseError(
            f"The table ledger.batches of this warehouse holds batch {newest[0][0]} more than once: it was changed by hand; "
            "put back a backup (docs/operators.md, 'Backup and restore')."
        )
    batch_no = newest[0][0] + 1 if newest else 1
    batch_id = f"{batch_no:06d}"
    values = {"no": batch_no, "id": batch_id, "kind": kind, "as_of": as_of}
    values |= {"event": settings.preset.entity.event, "settings": settings_text(settings)}
    run_sql(con, "ledger/add_batch", values)
    return batch_no, batch_id


def add_imports(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    entity: Entity,
    batch_no: int,
    as_of: datetime,
    *,
    lists: bool,
) -> None:
    """Add changed imported pointers to the ledger; leaves them in the temp table `new_imports`.

    Args:
        lists: whether the temp table `listed_ids` has lists of merged ids.
    """
    pointer = entity.merged_into in columns_of(con, "raw", entity.table)
    run_sql(
        con,
        "ledger/new_imports",
        pointer=pointer,
        lists=lists,
        restored=bool(fetch(con, "ledger/restored_in_force")),
        keys=loaded_keys(con, entity),
        **columns.variables(),
    )
    run_sql(con, "ledger/add_imports", {"batch_no": batch_no, "as_of": as_of})


def add_contact_versions(
    con: duckdb.DuckDBPyConnection, batch_no: int, *, rows: str, keys: str, names: Iterable[str]
) -> None:
    """Add the rows of contacts that merges name to the ledger, where they differ from the newest ones there.

    Args:
        rows: the table of the rows; `names` are the columns of contacts that it has.
        keys: SQL of the contacts, by `contact_key`.
    """
    kept = [
        name for name in columns_of(con, "ledger", "contact_versions") if not name.startswith(RESERVED_PREFIX)
    ]
    there = set(names)
    run_sql(
        con,
        "ledger/add_contact_versions",
        {"batch_no": batch_no},
        rows=rows,
        keys=keys,
        names=[name for name in kept if name in there],
        absent=[name for name in kept if name not in there],
    )


def record_allowed(con: duckdb.DuckDBPyConnection, batch_no: int, guards: Sequence[str]) -> None:
    """Record that a batch passed guards that would have stopped it; such a batch is kept even where it adds nothing else."""
    if guards:  # rule: guards-recorded
        run_sql(con, "ledger/record_allowed", {"guards": list(guards), "batch_no": batch_no})


def close_batch(con: duckdb.DuckDBPyConnection, batch_no: int, *, keep: bool = False) -> bool:
    """Close the batch: seal it with its digest, or drop it where it added nothing to the ledger.

    Args:
        keep: whether it counts all the same, for its settings are others.
    """
    if seal(con, batch_no, keep=keep):
        return True
    run_sql(con, "ledger/drop_batch", {"batch_no": batch_no})
    return False


def define_active_merges(
    con: duckdb.DuckDBPyConnection, *, merges: bool = False, reversals: bool = False
) -> None:
    """Make the temp views `all_merges` and `all_reversals`, the ledger's and those of this batch.

    A merge that no reversal undoes is active.

    Args:
        merges, reversals: whether to add those of this batch, not yet in the ledger: the temp tables `new_merges`,
            `chosen_reversals`.
    """
    run_sql(con, "ledger/all_merges", of_batch=merges)
    run_sql(con, "ledger/all_reversals", of_batch=reversals)
