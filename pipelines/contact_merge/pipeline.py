"""The verbs: run, undo, rebuild and publish. Command line and Dagster both call them.

Each is one session: what is affected is folded and recorded in one transaction, then published. Dagster checks the warehouse
between the two: `record_run` and `record_undo` stop before the files, and `publish` writes them. What each step does stands in
its room.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from contact_merge.catalog import make_catalog
from contact_merge.columns import ContactColumns
from contact_merge.decide.requests import decide
from contact_merge.engine import columns_of, fetch, has_rows, run_sql
from contact_merge.errors import InputError, UndoError, first_of
from contact_merge.fold.room import require_room
from contact_merge.fold.state import find_component, fold, make_responses, rebuild_fold
from contact_merge.guards import heed_guards, require_usable_contacts
from contact_merge.ledger import (
    add_contact_versions,
    begin_batch,
    close_batch,
    define_active_merges,
    record_allowed,
)
from contact_merge.load import ENDINGS, Inputs, find_inputs, load_inputs, table_sources
from contact_merge.load.replacing import drop_earlier
from contact_merge.losses import Liveness, count_live, find_gone_columns, remember_live
from contact_merge.places import default_warehouse
from contact_merge.preset import Entity, read_preset
from contact_merge.progress import Progress
from contact_merge.publish.changes import find_changes, remember_before
from contact_merge.reconcile import bring_up, reconcile
from contact_merge.recorded import check_fixed, compare_settings, read_recorded
from contact_merge.results import Batch, summarize, summarize_undo
from contact_merge.reversals import choose, find_waiting, reverse
from contact_merge.schema import (
    adopt_request_columns,
    check_there_is,
    folded_columns,
    make_views,
    prepare,
    require_merged,
)
from contact_merge.session import Session, open_session, writes_files
from contact_merge.settings import Settings
from contact_merge.summary import Summary, Undone
from contact_merge.tables import ENTITY_VIEW


def run(
    input: Path,
    output: Path,
    *,
    warehouse: Path | None,
    dry_run: bool,
    as_of: datetime | None,
    settings: Settings,
    progress: Progress,
    allow: Collection[str] = frozenset(),
) -> Summary:
    """Load the tables of a folder, process the requests that the ledger has not seen, write the outputs.

    Args:
        input, output, warehouse, dry_run, as_of: as the command line has them.
        settings: read from `--config`.
        progress: shows what is being done.
        allow: guards that let this run pass (tables.Guard).

    Raises:
        GuardError: a guard that is not allowed to pass stopped it; nothing was written.
        ContactMergeError: the run is pointless or cannot be done; nothing was written.

    Source: INTERFACE.md, `contact-merge run`.
    """
    as_of = _in_utc(as_of)
    inputs = find_inputs(input, table_sources(make_catalog(settings), settings.load))
    with open_session(
        warehouse or default_warehouse(output), output, settings, progress,
        preview=dry_run, inputs=inputs.folders, new_warehouse=True,
    ) as session:  # fmt: skip
        with session.transaction():
            batch = merge(session, inputs, as_of, allow, publishes=True)
            session.publish(as_of)
        return summarize(session, batch, as_of)


def record_run(
    input: Path,
    output: Path,
    *,
    warehouse: Path,
    as_of: datetime | None,
    settings: Settings,
    progress: Progress,
    allow: Collection[str] = frozenset(),
) -> Summary:
    """As `run`, up to the files: `publish` writes them. Where they could not be written nothing is merged."""
    as_of = _in_utc(as_of)
    inputs = find_inputs(input, table_sources(make_catalog(settings), settings.load))
    with open_session(
        warehouse, output, settings, progress, inputs=inputs.folders, new_warehouse=True
    ) as session:
        with session.transaction():
            batch = merge(session, inputs, as_of, allow)
        return summarize(session, batch, as_of)


def undo(
    warehouse: Path,
    output: Path,
    request_ids: Sequence[str],
    *,
    contacts: Sequence[str] = (),
    batch: str | None = None,
    dry_run: bool,
    as_of: datetime | None,
    settings: Settings,
    progress: Progress,
) -> Undone:
    """Undo the merges of requests, of contacts, or of a batch, and write the outputs.

    Args:
        request_ids: whole requests; with `contacts` only what retired these.
        contacts: ids in any spelling; without requests the merge is undone that retired each.
        batch: its id or number: all of its merges that are still active. Given alone.

    Raises:
        UndoError: an id cannot be undone; nothing was (a line for each such id).

    Source: SEMANTICS.md, 'Undo'; INTERFACE.md, `contact-merge undo`.
    """
    as_of = _in_utc(as_of)
    check_there_is(warehouse)
    with open_session(warehouse, output, settings, progress, preview=dry_run) as session:
        require_merged(session.con, warehouse, session.catalog)
        with session.transaction():
            _raise_faults(_choose(session, request_ids, contacts, batch))
            batch_id, live_before = reverse(
                session.con, session.catalog, session.settings, as_of, preview=dry_run
            )
            session.publish(as_of)
        return summarize_undo(session, batch_id, live_before, as_of)


def record_undo(
    warehouse: Path,
    output: Path,
    request_ids: Sequence[str],
    *,
    contacts: Sequence[str] = (),
    batch: str | None = None,
    as_of: datetime | None,
    settings: Settings,
    progress: Progress,
) -> Undone:
    """As `undo`, up to the files: `publish` writes them.

    A newest batch that undid the same, and whose events are in no file yet, counts as this undo: whoever asked for it was killed
    before it could be published.
    """
    as_of = _in_utc(as_of)
    check_there_is(warehouse)
    with open_session(warehouse, output, settings, progress) as session:
        require_merged(session.con, warehouse, session.catalog)
        with session.transaction():
            faults = _choose(session, request_ids, contacts, batch)
            waiting = find_waiting(session.con, session.catalog) if session.writes_files else None
            if waiting is None:
                _raise_faults(faults)
            batch_id, live_before = waiting or reverse(
                session.con, session.catalog, session.settings, as_of, preview=False
            )
        return summarize_undo(session, batch_id, live_before, as_of)


def rebuild(
    warehouse: Path, output: Path, *, events: bool, settings: Settings, progress: Progress
) -> dict[str, int]:
    """Make everything of `merged` and the small tables again from raw tables and ledger, and write the files again.

    Args:
        events: whether event files of all batches are written again too.

    Returns the rows of each file.

    Source: INTERFACE.md, `contact-merge rebuild`.
    """
    check_there_is(warehouse)
    with open_session(warehouse, output, settings, progress, newer_files=True) as session:
        with session.transaction():
            progress.step("Folding all contacts again")
            prepare(session.con, session.catalog)
            columns = folded_columns(session.con, session.catalog)
            rebuild_fold(session.con, columns, session.catalog)
            make_views(session.con, columns, session.catalog.children)
            session.publish(_in_utc(None), events_again=events)
        return session.rows


def publish(warehouse: Path, output: Path, settings: Settings, progress: Progress) -> dict[str, int]:
    """Write the outputs of a warehouse whose batches are recorded already, as of the newest of them.

    Returns the rows of each file.
    """
    check_there_is(warehouse)
    if not writes_files(settings):
        return {}
    with open_session(warehouse, output, settings, progress) as session:
        newest = fetch(session.con, "ledger/newest_batch")
        with session.transaction():
            session.publish(_in_utc(newest[0][2] if newest else None))
        return session.rows


def merge(
    session: Session, inputs: Inputs, as_of: datetime, allow: Collection[str], *, publishes: bool = False
) -> Batch:
    """Load, reconcile, decide, fold and record one batch, inside the session's transaction; `allow` as `run` has it.

    Where it `publishes`, the writing of big tables begins as soon as it is known what their rows become. In a dry run the temp
    table `changes` lists what the merges change (see publish/changes.py).
    """
    con, settings, catalog = session.con, session.settings, session.catalog
    before = read_recorded(con)
    check_fixed(before, settings.preset.entity)
    changes = [] if before is None else compare_settings(before.preset, settings.preset)
    bring_up(con, settings, catalog, before, inputs.tables)
    _require_contacts(con, inputs, catalog.entity)
    batch_no, batch_id = begin_batch(con, "run", as_of, settings)

    if catalog.entity.table in inputs.tables:
        remember_live(con, catalog)
    report = load_inputs(con, inputs, settings, catalog, session.progress)
    catalog = session.spell_catalog()
    require_usable_contacts(con, report, catalog.entity)
    gone = find_gone_columns(con, report.tables, catalog)
    changed = [table for table, load in report.tables.items() if not load.unchanged]
    types = settings.reading.types_of(catalog.entity.table, columns_of(con, "raw", ENTITY_VIEW))
    reconciled = reconcile(con, changed, catalog, batch_no, as_of, fold_all=bool(changes), types=types)

    passed = heed_guards(con, report, reconciled.liveness, settings.guards, catalog, allow)
    record_allowed(con, batch_no, passed)
    drop_earlier(con, catalog.data_tables)

    extra_columns = adopt_request_columns(con)
    make_views(con, reconciled.columns, catalog.children)
    liveness = reconciled.liveness or Liveness(count_live(con, catalog.entity))
    if has_rows(con, "new_requests") or session.preview:
        session.progress.step("Deciding requests")
        decide(con, settings, catalog.entity)
        session.progress.step("Folding contacts")
        _record(session, reconciled.columns, batch_no, batch_id, as_of, extra_columns, publishes=publishes)
    differs = settings.preset != (read_preset() if before is None else before.preset)
    differs = differs or (before is not None and settings.export_format != before.export_format)
    outranked = reconciled.outranked
    if not close_batch(con, batch_no, keep=differs):  # rule: settings-recorded
        return Batch(None, None, report, liveness, gone, passed, changes, outranked)
    return Batch(batch_no, batch_id, report, liveness, gone, passed, changes, outranked)


def _in_utc(moment: datetime | None) -> datetime:
    """A moment in UTC, now where there is none."""
    return (moment or datetime.now(UTC)).astimezone(UTC)


def _require_contacts(con: duckdb.DuckDBPyConnection, inputs: Inputs, entity: Entity) -> None:
    """InputError where the entity is neither in the input nor in the warehouse."""
    table, source = entity.table, entity.source or entity.table
    if table in inputs.tables or columns_of(con, "raw", ENTITY_VIEW):
        return
    near = [unknown.name for unknown in inputs.unknown if unknown.nearest == source]
    is_empty = any(unknown.name == f"{source}/" for unknown in inputs.unknown)
    others = [] if near or is_empty else [Path(unknown.name).name for unknown in inputs.unknown]
    raise InputError(
        f"{inputs.folder}: there is no table {table}, neither here nor in the warehouse; "
        + (f"the folder {source}/ has no file to read: " if is_empty else "")
        + (f"rename {near[0]}, or " if near else "")
        + f"add {source}{ENDINGS}"
        + (
            f", or name the one of {first_of(others)} by `source` under [entity] of the settings."
            if others
            else "."
        )
    )


def _choose(
    session: Session, request_ids: Sequence[str], contacts: Sequence[str], batch: str | None
) -> list[str]:
    """Choose the merges to undo; returns a line for each id that cannot be undone."""
    session.progress.step("Undoing merges")
    prepare(session.con, session.catalog)
    return choose(session.con, session.catalog, request_ids, contacts, batch)


def _raise_faults(faults: list[str]) -> None:
    if faults:  # rule: all-or-nothing
        raise UndoError("\n".join([*faults, "Nothing was undone; leave out what cannot be undone."]))


def _record(
    session: Session,
    columns: ContactColumns,
    batch_no: int,
    batch_id: str,
    as_of: datetime,
    extra_columns: list[str],
    *,
    publishes: bool,
) -> None:
    """Fold what was accepted and record requests, responses and merges."""
    con, catalog = session.con, session.catalog
    params = {"batch_no": batch_no, "batch_id": batch_id, "as_of": as_of}
    variables = columns.variables()
    run_sql(con, "fold/affected_by_batch")
    find_component(con)
    run_sql(con, "ledger/new_merges", params, **variables)
    run_sql(con, "ledger/merged_contacts")
    names = [column.name for column in columns.columns]
    add_contact_versions(con, batch_no, rows="component_rows", keys="merged_contacts", names=names)
    if session.preview:
        remember_before(con, columns, "new_merges")
    define_active_merges(con, merges=True)
    children = [child.name for child in catalog.children]

    def redirected() -> None:
        require_room(con, catalog)
        if publishes:
            session.begin_files(*children)

    fold(con, columns, answering=True, children=catalog.children, redirected=redirected)
    if publishes:
        session.begin_files(catalog.entity.table)
    make_responses(con, columns, as_of)
    run_sql(con, "fold/given_fields", **variables)
    run_sql(con, "ledger/add_requests", params, extra_columns=extra_columns)
    run_sql(con, "ledger/add_responses", params, kinds=catalog.kinds)
    run_sql(con, "ledger/add_replays", params)
    run_sql(con, "ledger/add_merges", kinds=catalog.kinds)
    if session.preview:
        find_changes(con, columns)
