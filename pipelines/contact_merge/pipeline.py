"""The one sequence of steps of a run: load, decide, fold and record in one transaction, then publish.

Command line and Dagster both call it; what each step does stands in its package.
"""

import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from contact_merge.columns import ContactColumns, contact_columns, json_pairs
from contact_merge.decide.requests import decide
from contact_merge.errors import ContactMergeError, InputError
from contact_merge.fold.state import find_component, find_id_spellings, fold, rebuild_fold
from contact_merge.guards import (
    deleted_contacts_alarms,
    deleted_rows_alarms,
    heed,
    rejected_alarms,
    require_usable_contacts,
)
from contact_merge.ledger import (
    add_contact_versions,
    add_imports,
    begin_batch,
    close_batch,
    define_active_merges,
    record_allowed,
)
from contact_merge.load import ENDINGS, Inputs, LoadReport, find_inputs, load_inputs
from contact_merge.load.replacing import drop_earlier, earlier, earlier_columns
from contact_merge.losses import (
    Liveness,
    find_gone_columns,
    find_idle_pointers,
    find_liveness,
    find_preview,
    remember_live,
)
from contact_merge.places import default_warehouse
from contact_merge.progress import Progress
from contact_merge.publish.changes import find_changes, remember_before, write_changes
from contact_merge.publish.export import write_events, write_manifest, write_merged, write_rejects
from contact_merge.publish.files import OutputFiles, check_writable, discard, hidden_files
from contact_merge.publish.folder import (
    PREVIEW,
    finish_files,
    hold_output,
    recorded_tokens,
    refuse_foreign_files,
    refuse_warehouse_among_outputs,
)
from contact_merge.schema import (
    adopt_columns,
    adopt_request_columns,
    check_there_is,
    identify,
    is_folded,
    join_types,
    make_views,
    prepare,
    refuse_other_tables,
    require_ledger,
)
from contact_merge.settings import Settings
from contact_merge.sql import columns_of, run_sql, transaction, types_of
from contact_merge.summary import GoneColumn, Preview, RowCounts, Summary
from contact_merge.tables import CONTACTS, DATA_TABLES, KINDS, Guard
from contact_merge.times import iso_text
from contact_merge.warehouse import open_warehouse, permissions, sync_meanwhile


@dataclass(frozen=True)
class Batch:
    """What one batch did before it was published."""

    batch_no: int | None
    batch_id: str | None
    report: LoadReport
    liveness: Liveness
    gone: list[GoneColumn]
    passed: list[Guard]


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
    files_later: bool = False,
) -> Summary:
    """Load the tables of a folder, process the requests that the ledger has not seen, write the outputs.

    Args:
        input, output, warehouse, dry_run, as_of: as the command line has them.
        settings: read from `--config`.
        progress: shows what is being done.
        allow: guards that let this run pass (tables.Guard).
        files_later: whether `publish` writes the files afterwards; where it could not, nothing is merged.

    Raises:
        GuardError: a guard that is not allowed to pass stopped it; nothing was written.
        ContactMergeError: the run is pointless or cannot be done; nothing was written.

    Source: INTERFACE.md, `contact-merge run`.
    """
    began = time.monotonic()
    as_of = (as_of or datetime.now(UTC)).astimezone(UTC)
    path = warehouse or default_warehouse(output)
    inputs = find_inputs(input)
    with at_work(path, output, settings, dry_run=dry_run, inputs=inputs.folders, new_warehouse=True) as (
        con,
        files,
    ):
        with transaction(con), files:
            batch = process(con, inputs, as_of, settings, progress, allow=allow, preview=dry_run)
            rows = {}
            if writes_files(settings, dry_run=dry_run) and not files_later:
                rows = stage_outputs(con, files, as_of, progress, changes=dry_run)
        files.promote()
        shown = output / "preview" if dry_run else output
        preview = find_preview(con, batch.batch_no, batch.liveness, files.output) if dry_run else None
        return summarize(con, batch, as_of, rows, shown, preview, time.monotonic() - began)


def writes_files(settings: Settings, *, dry_run: bool = False) -> bool:
    """Whether there is anything to write: a dry run has its preview whatever `export` says."""
    return dry_run or settings.export == "full"


@contextmanager
def at_work(
    path: Path,
    output: Path,
    settings: Settings,
    *,
    dry_run: bool = False,
    inputs: Iterable[Path] = (),
    newer_files: bool = False,
    new_warehouse: bool = False,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, OutputFiles]]:
    """The warehouse and the files to write, locked for this process; a dry run has a copy and a preview folder.

    Args:
        inputs: other folders that SQL may read.
        newer_files: whether files of a later state of the warehouse may be written over.
        new_warehouse: whether one may be begun here.

    Raises:
        ContactMergeError: another process holds one of them, or the folder belongs to another warehouse, or the file is none.
    """
    refuse_warehouse_among_outputs(path, output)
    if not writes_files(settings, dry_run=dry_run):
        with open_warehouse(path, settings, folders=inputs) as con:
            if new_warehouse:
                refuse_other_tables(con)
            else:
                require_ledger(con, path)
            yield con, OutputFiles(output, settings.mode_bits)
        return
    check_writable(output / "preview" if dry_run else output)  # rule: outputs-first
    with (
        permissions(settings),
        hold_output(output),
        _targets(path, output, settings, dry_run=dry_run) as (used_path, target),
    ):
        files = OutputFiles(target, settings.mode_bits)
        try:
            with open_warehouse(used_path, settings, folders=[*inputs, target]) as con:
                if not new_warehouse:
                    require_ledger(con, path)
                refuse_foreign_files(con, output, identify(con), newer=newer_files)
                if not dry_run:
                    finish_files(con, output)
                yield con, files
        except BaseException:
            _discard(files, used_path, settings)
            raise


def _discard(files: OutputFiles, warehouse: Path, settings: Settings) -> None:
    """Discard files staged for a commit that failed; where that is not known the next command finds out."""
    if not hidden_files(files.output, files.token):
        return
    with suppress(ContactMergeError):
        recorded: set[str] = set()
        if warehouse.exists():
            with open_warehouse(warehouse, settings, read_only=True) as con:
                recorded = recorded_tokens(con)
        if files.token not in recorded:
            discard(files.output, files.token)


@contextmanager
def _targets(path: Path, output: Path, settings: Settings, *, dry_run: bool) -> Iterator[tuple[Path, Path]]:
    """The warehouse file to work on and the folder to write to."""
    if not dry_run:
        yield path, output
        return
    with tempfile.TemporaryDirectory(prefix=PREVIEW, dir=output) as folder:
        copy = Path(folder, "warehouse.duckdb")
        if path.exists():
            with open_warehouse(path, settings, read_only=True):  # nobody writes to it meanwhile
                file = path.resolve()  # beside which its log stands
                # the database last: with its copy closed, DuckDB's lock on it is given up
                for source in (file.with_name(f"{file.name}.wal"), file):
                    if source.exists():
                        shutil.copyfile(
                            source, copy.with_name(copy.name + source.name.removeprefix(file.name))
                        )
        made = Path(folder, "preview")
        yield copy, made
        if made.exists():
            shutil.rmtree(output / "preview", ignore_errors=True)  # of an earlier dry run
            made.rename(output / "preview")


def process(
    con: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    as_of: datetime,
    settings: Settings,
    progress: Progress,
    *,
    allow: Collection[str] = frozenset(),
    preview: bool = False,
) -> Batch:
    """Load, decide, fold and record one batch, inside the caller's transaction; `allow` as `run` has it.

    With `preview` the temp table `changes` lists what the merges change (see publish/changes.py).
    """
    was_folded = is_folded(con)
    prepare(con)
    if not was_folded and columns_of(con, "raw", CONTACTS):  # dropped since the last run
        rebuild_fold(con, contact_columns(con, settings.json_fields))
    if CONTACTS not in inputs.tables and not columns_of(con, "raw", CONTACTS):
        near = [unknown.name for unknown in inputs.unknown if unknown.nearest == CONTACTS]
        is_empty = any(unknown.name == f"{CONTACTS}/" for unknown in inputs.unknown)
        raise InputError(
            f"{inputs.folder}: there is no table {CONTACTS}, neither here nor in the warehouse; "
            + (f"the folder {CONTACTS}/ has no file to read: " if is_empty else "")
            + (f"rename {near[0]}, or " if near else "")
            + f"add {CONTACTS}{ENDINGS}."
        )
    batch_no, batch_id = begin_batch(con, "run", as_of)
    if CONTACTS in inputs.tables:
        remember_live(con)
    report = load_inputs(con, inputs, settings, progress)
    require_usable_contacts(con, report)
    alarms = rejected_alarms(con, report, settings.guards)
    gone = find_gone_columns(con, report.tables)
    replaces_contacts = bool(earlier_columns(con, CONTACTS))
    if replaces_contacts:
        run_sql(con, "ledger/lost_contacts", earlier=earlier(CONTACTS))
    join_types(
        con,
        ["ledger.contact_versions", "lost_contacts"] if replaces_contacts else ["ledger.contact_versions"],
    )
    columns = contact_columns(con, settings.json_fields)
    define_active_merges(con)
    fold_all = adopt_columns(con, columns, settings.json_fields)
    if fold_all or any(table in inputs.tables for table in DATA_TABLES):
        find_id_spellings(con)
    liveness = None
    if fold_all or CONTACTS in inputs.tables:
        if CONTACTS not in inputs.tables:
            remember_live(con)
        _reconcile(con, columns, batch_no, as_of, fold_all=fold_all, replaced=replaces_contacts)
        liveness = find_liveness(con, batch_no)
        alarms += deleted_contacts_alarms(con, report, liveness, settings.guards)
    alarms += deleted_rows_alarms(con, report, settings.guards)
    passed = heed(alarms, allow)
    record_allowed(con, batch_no, passed)
    drop_earlier(con)
    extra_columns = adopt_request_columns(con)
    make_views(con, columns)
    liveness = liveness or Liveness(con.execute("select count(*) from merged.contacts").fetchall()[0][0])

    progress.step("Deciding requests")
    requests = decide(con, settings)
    progress.step("Folding contacts")
    if requests or preview:
        _merge(con, columns, batch_no, batch_id, as_of, extra_columns, preview=preview)
    if not close_batch(con, batch_no):
        return Batch(None, None, report, liveness, gone, passed)
    return Batch(batch_no, batch_id, report, liveness, gone, passed)


def _reconcile(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    batch_no: int,
    as_of: datetime,
    *,
    fold_all: bool,
    replaced: bool,
) -> None:
    """Reconcile ledger and fold with the contacts just loaded: lost rows, imported pointers, later edits.

    Args:
        fold_all: whether everything has to be folded again.
        replaced: whether contacts were there before. The temp table `lost_contacts` then has those that are gone now
            and that merges or pointers name.
    """
    if replaced:
        run_sql(
            con, "ledger/add_deletions", {"batch_no": batch_no, "as_of": as_of}, earlier=earlier(CONTACTS)
        )
        add_contact_versions(
            con,
            batch_no,
            rows="lost_contacts",
            keys="(select _cm_key as contact_key from lost_contacts)",
            names=types_of(con, "lost_contacts"),
        )
    add_imports(con, columns, batch_no, as_of)
    run_sql(con, "fold/affected_by_load", fold_all=fold_all, columns=columns.columns)
    if con.execute("select count(*) from affected").fetchall()[0][0]:
        find_component(con)
        fold(con, columns, answering=False)


def _merge(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    batch_no: int,
    batch_id: str,
    as_of: datetime,
    extra_columns: list[str],
    *,
    preview: bool,
) -> None:
    """Fold what was accepted and record requests, responses and merges."""
    params = {"batch_no": batch_no, "batch_id": batch_id, "as_of": as_of}
    variables = columns.variables()
    run_sql(con, "fold/affected_by_batch")
    find_component(con)
    run_sql(con, "ledger/new_merges", params, **variables)
    run_sql(con, "ledger/merged_contacts")
    names = [column.name for column in columns.columns]
    add_contact_versions(con, batch_no, rows="component_rows", keys="merged_contacts", names=names)
    if preview:
        remember_before(con, "new_merges")
    define_active_merges(con, merges="union all select * from new_merges")
    fold(con, columns, answering=True)
    run_sql(con, "fold/accepted_responses", params, json_pairs=json_pairs, **variables)
    run_sql(con, "fold/given_fields", **variables)
    run_sql(con, "ledger/add_requests", params, extra_columns=extra_columns)
    run_sql(con, "ledger/add_responses", params, kinds=KINDS)
    run_sql(con, "ledger/add_merges")
    if preview:
        find_changes(con, columns)


def publish(warehouse: Path, output: Path, settings: Settings, progress: Progress) -> dict[str, int]:
    """Write the outputs of a warehouse whose batches are recorded already (`files_later`), as of the newest of them.

    Returns the rows of each file.
    """
    check_there_is(warehouse)
    if not writes_files(settings):
        return {}
    with at_work(warehouse, output, settings) as (con, files):
        newest = con.execute("select as_of from ledger.batches order by batch_no desc limit 1").fetchall()
        as_of = newest[0][0].astimezone(UTC) if newest else datetime.now(UTC)
        with transaction(con), files:
            rows = stage_outputs(con, files, as_of, progress)
        files.promote()
    return rows


def stage_outputs(
    con: duckdb.DuckDBPyConnection,
    files: OutputFiles,
    as_of: datetime,
    progress: Progress,
    *,
    changes: bool = False,
    events_again: bool = False,
) -> dict[str, int]:
    """Stage the outputs, inside the caller's transaction; when it is committed they are promoted.

    They include the events of every batch whose events stand in no file yet, with `events_again` of every batch, and
        with `changes` changes.parquet, which `process` prepared. Returns the rows of each file.
    """
    with sync_meanwhile(con):
        rows = write_merged(con, files, progress)
    rows |= write_events(con, files, again=events_again)
    rows |= write_rejects(con, files)
    if changes:
        rows |= write_changes(con, files)
    write_manifest(con, files, rows, iso_text(as_of))
    con.execute("insert into ledger.publications values ($token)", {"token": files.token})
    return rows


def summarize(
    con: duckdb.DuckDBPyConnection,
    batch: Batch,
    as_of: datetime,
    files: dict[str, int],
    output: Path,
    preview: Preview | None,
    seconds: float,
) -> Summary:
    """The figures of a run, from the ledger rows that it added."""
    no = {"no": batch.batch_no}
    outcomes = run_sql(con, "ledger/outcomes", {"batch_no": batch.batch_no}, one=True).fetchall()
    merges = con.execute(
        "select count(*), coalesce(sum(len(fields_populated)), 0), "
        + ", ".join(f"coalesce(sum(counts.{kind}), 0)" for kind in KINDS)
        + " from ledger.merges where batch_no = $no",
        no,
    ).fetchall()[0]
    rejects = con.execute(
        "select table_name, count(distinct (file, row_number)) from raw.rejects group by 1 order by 1"
    ).fetchall()
    reasons = con.execute(
        "select table_name, reason, count(*) from raw.rejects group by 1, 2 order by 3 desc, 1, 2 limit 25"
    ).fetchall()
    nobody = run_sql(con, "publish/leading_to_nobody").fetchall()
    idle, first_idle = find_idle_pointers(con)
    requests = batch.report.tables.get("merge_requests")
    return Summary(
        batch_id=batch.batch_id,
        as_of=as_of,
        requests={outcome: count for _, outcome, count in outcomes},
        requests_new=sum(count for *_, count in outcomes),
        requests_known=requests.already_known if requests else 0,
        loaded={
            table: RowCounts(loaded.raw_rows, loaded.raw_rows_before, loaded.kept)
            for table, loaded in batch.report.tables.items()
            if table in DATA_TABLES
        },
        contacts_before=batch.liveness.before,
        contacts_deleted=batch.liveness.deleted,
        contacts_retired_by_pointers=batch.liveness.retired,
        contacts_retired=merges[0],
        contacts_new=batch.liveness.new,
        contacts_back_again=batch.liveness.back_again,
        contacts_after=con.execute("select count(*) from merged.contacts").fetchall()[0][0],
        leading_to_nobody=nobody[0][1] if nobody else 0,
        leading_to_nobody_first=[retired_id for retired_id, _ in nobody],
        pointers_without_effect=idle,
        pointers_without_effect_first=first_idle,
        columns_gone=batch.gone,
        guards_passed=[str(guard) for guard in batch.passed],
        fields_populated=int(merges[1]),
        rehomed={kind: int(count) for kind, count in zip(KINDS, merges[2:], strict=True)},
        rejects=dict(rejects),
        rejected_reasons=reasons,
        unknown_files=[(unknown.name, unknown.nearest) for unknown in batch.report.unknown],
        misspelt_columns=list(requests.misspelt) if requests else [],
        events=sum(count for name, count in files.items() if name.startswith("events/")),
        files={name: str(output / name) for name in files},
        preview=preview,
        dry_run=preview is not None,
        seconds=round(seconds, 3),
    )
