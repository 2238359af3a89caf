"""The figures of a run or an undo, read from the warehouse after its commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import msgspec

from contact_merge.engine import fetch
from contact_merge.load import LoadReport
from contact_merge.loaded import keys_in
from contact_merge.losses import LISTED, Liveness, count_live, find_idle_pointers, find_parts, find_preview
from contact_merge.session import Session
from contact_merge.summary import (
    GoneColumn,
    LostField,
    OutrankedList,
    Restored,
    RowCounts,
    Summary,
    Undone,
    UndoPreview,
)
from contact_merge.tables import Guard


@dataclass(frozen=True)
class Batch:
    """What one run recorded; without a number where it added nothing to the ledger."""

    batch_no: int | None
    batch_id: str | None
    report: LoadReport
    liveness: Liveness
    gone: list[GoneColumn]
    passed: list[Guard]
    changes: list[str]
    outranked: Sequence[tuple[str, str, str, int]] = ()


def summarize(session: Session, batch: Batch, as_of: datetime) -> Summary:
    """The figures of a run, from the ledger rows that it added."""
    con, no = session.con, {"batch_no": batch.batch_no}
    kinds = session.catalog.kinds
    outcomes = fetch(con, "ledger/outcomes", no, one=True)
    merges = fetch(con, "ledger/merged_figures", no, kinds=kinds)[0]
    rejects = fetch(con, "load/rejected_counts")
    reasons = fetch(con, "load/rejected_reasons")
    nobody = fetch(con, "publish/leading_to_nobody", keys=keys_in(con, session.catalog.entity))
    idle, first_idle = find_idle_pointers(con)
    requests = batch.report.tables.get("merge_requests")
    has_lists = bool(session.catalog.entity.merged_ids)
    return Summary(
        batch_id=batch.batch_id,
        as_of=as_of,
        requests={outcome: count for _, outcome, count in outcomes},
        requests_new=sum(count for *_, count in outcomes),
        requests_known=requests.already_known if requests else 0,
        loaded={
            table: RowCounts(
                loaded.raw_rows, loaded.raw_rows_before, loaded.kept, loaded.passed_over or msgspec.UNSET
            )
            for table, loaded in batch.report.tables.items()
            if table in session.catalog.data_tables
        },
        contacts_before=batch.liveness.before,
        contacts_deleted=batch.liveness.deleted,
        contacts_retired_by_pointers=batch.liveness.retired,
        contacts_retired=merges[0],
        contacts_new=batch.liveness.new,
        contacts_back_again=batch.liveness.back_again,
        contacts_after=count_live(con, session.catalog.entity),
        contacts_flagged=_flagged(session, batch),
        leading_to_nobody=nobody[0][1] if nobody else 0,
        leading_to_nobody_first=[retired_id for retired_id, _ in nobody],
        pointers_without_effect=idle,
        pointers_without_effect_first=first_idle,
        lists_outranked=(batch.outranked[0][3] if batch.outranked else 0) if has_lists else msgspec.UNSET,
        lists_outranked_first=[OutrankedList(*ids) for *ids, _ in batch.outranked]
        if has_lists
        else msgspec.UNSET,
        columns_gone=batch.gone,
        parts_that_stay=find_parts(
            con, [child for child in session.catalog.children if child.name in batch.report.tables]
        ),
        settings_changed=batch.changes,
        guards_passed=[str(guard) for guard in batch.passed],
        fields_populated=int(merges[1]),
        rehomed={kind: int(count) for kind, count in zip(kinds, merges[2:], strict=True)},
        rejects=dict(rejects),
        rejected_reasons=reasons,
        unknown_files=[(unknown.name, unknown.nearest, unknown.advice) for unknown in batch.report.unknown],
        misspelt_columns=list(requests.misspelt) if requests else [],
        events=session.events,
        files=session.paths,
        preview=find_preview(
            con, batch.batch_no, batch.liveness, session.files.output, session.catalog.children
        )
        if session.preview
        else None,
        dry_run=session.preview,
        seconds=session.seconds,
    )


def _flagged(session: Session, batch: Batch) -> int | msgspec.UnsetType:
    """How many rows of contacts said that they are deleted; unset where no column can."""
    entity = session.catalog.entity
    loaded = batch.report.tables.get(entity.table)
    return (loaded.flagged if loaded else 0) if entity.deleted else msgspec.UNSET


def summarize_undo(session: Session, batch_id: str, live_before: int, as_of: datetime) -> Undone:
    """The figures of an undo, from the rows of the newest batch."""
    con = session.con
    requests = fetch(con, "ledger/undone_requests")
    restored = fetch(con, "ledger/restored_contacts", limit=None)
    return Undone(
        batch_id=batch_id,
        as_of=as_of,
        requests=[request_id for (request_id,) in requests],
        restored=[contact_id for contact_id, *_ in restored],
        contacts_before=live_before,
        contacts_after=count_live(con, session.catalog.entity),
        events=session.events,
        files=session.paths,
        preview=_preview_undo(con, session.catalog.kinds) if session.preview else None,
        dry_run=session.preview,
        seconds=session.seconds,
    )


def _preview_undo(con: duckdb.DuckDBPyConnection, kinds: Sequence[str]) -> UndoPreview:
    """Who comes back by the newest batch, an undo, and what survivors lose by it (temp table `changes`)."""
    [(batch_no, _)] = fetch(con, "ledger/newest_number")
    restored = fetch(con, "ledger/restored_contacts", limit=LISTED)
    fields = fetch(con, "publish/changed_fields", most=LISTED)
    moved = fetch(con, "publish/moved_by_undone", {"batch_no": batch_no}, kinds=kinds)[0] if kinds else ()
    return UndoPreview(
        restored_first=[Restored(*contact) for contact in restored],
        fields=fields[0][2] if fields else 0,
        fields_first=[LostField(field, count) for field, count, _ in fields],
        moved=dict(zip(kinds, moved, strict=True)),
    )
