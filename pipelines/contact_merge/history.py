"""The batches of a warehouse, out of its ledger: when, what kind, what they did, and what was undone since."""

from datetime import datetime
from pathlib import Path

import msgspec

from contact_merge.engine import fetch, run_sql
from contact_merge.schema import check_there_is, require_this_version
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse


class PastBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch.

    Attributes:
        batch_id: as events and responses name it.
        kind: `run` or `undo`.
        as_of: its time, UTC.
        requests: the requests that it answered, by outcome as in `Summary.requests`.
        merges: contacts that its requests retired.
        undone_since: of these, those whose merge a later batch undid.
        merges_undone: merges that it undid itself.
        contacts_deleted: contacts that its export no longer held.
        pointers_changed: imported pointers that its export set or emptied.
        guards_passed: guards that would have stopped it and were allowed to pass.
    """

    batch_id: str
    kind: str
    as_of: datetime
    requests: dict[str, int]
    merges: int
    undone_since: int
    merges_undone: int
    contacts_deleted: int
    pointers_changed: int
    guards_passed: list[str]


def read_history(warehouse: Path, settings: Settings) -> list[PastBatch]:
    """All batches, oldest first; the warehouse is only read.

    Raises:
        WarehouseError: the file is no warehouse, is of another version, or another process holds it.

    Source: INTERFACE.md, `contact-merge history`.
    """
    check_there_is(warehouse)
    with open_warehouse(warehouse, settings, read_only=True) as con:
        require_this_version(con, warehouse)
        outcomes: dict[int, dict[str, int]] = {}
        for batch_no, outcome, count in fetch(con, "ledger/outcomes", one=False):
            outcomes.setdefault(batch_no, {})[outcome] = count
        rows = run_sql(con, "ledger/history")
        _, *names = (name for name, *_ in rows.description or ())
        return [
            PastBatch(**dict(zip(names, figures, strict=True)), requests=outcomes.get(batch_no, {}))
            for batch_no, *figures in rows.fetchall()
        ]
