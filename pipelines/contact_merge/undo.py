"""Take merges back: what there would be had they never been, every other accepted merge standing (SEMANTICS.md, 'Undo').

The ledger gets a reversal for each; what hangs together with them is folded anew from raw tables and ledger.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import polars as pl

from contact_merge.columns import ContactColumns, members_json
from contact_merge.errors import UndoError
from contact_merge.fold.state import find_members, find_spellings, fold, rebuild_fold
from contact_merge.identifiers import uuid_value
from contact_merge.json_text import parse_object
from contact_merge.ledger import begin_batch, close_batch, stand
from contact_merge.pipeline import at_work, make_ready, writes_files
from contact_merge.progress import Progress
from contact_merge.schema import (
    check_there_is,
    folded_columns,
    make_views,
    prepare,
    require_merged,
)
from contact_merge.settings import Settings
from contact_merge.sql import ident, run_sql, transaction


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did.

    Attributes:
        batch_id: the batch in the ledger.
        as_of: the time of the undo, UTC.
        requests: the requests taken back.
        restored: the contacts that came back: not those that an imported pointer keeps retired.
        contacts_before, contacts_after: live contacts.
        events: event lines written.
        files: output files, by their name in INTERFACE.md.
        dry_run: whether this was a preview that changed nothing.
        seconds: how long it took.
    """

    batch_id: str
    as_of: datetime
    requests: list[str]
    restored: list[str]
    contacts_before: int
    contacts_after: int
    events: int
    files: dict[str, str]
    dry_run: bool
    seconds: float


def undo(
    warehouse: Path,
    output: Path,
    request_ids: list[str],
    *,
    contact: str | None,
    dry_run: bool,
    as_of: datetime | None,
    settings: Settings,
    progress: Progress,
    files_later: bool = False,
) -> Undone:
    """Take back the merges of requests, or with `contact` only that retired contact's; `files_later` as in pipeline.run.

    With `files_later` a newest batch that took back the same requests, and stands in no file yet, is gone on with: whoever asked
    for it was killed before it could be published.

    Raises:
        UndoError: an id cannot be undone; nothing was (a line for each such id).

    Source: SEMANTICS.md, 'Undo'.
    """
    began = time.monotonic()
    as_of = (as_of or datetime.now(UTC)).astimezone(UTC)
    request_ids = list(dict.fromkeys(request_ids))
    check_there_is(warehouse)
    with at_work(warehouse, output, settings, dry_run=dry_run) as (con, made):
        require_merged(con, warehouse)
        with transaction(con), made:
            progress.step("Taking merges back")
            prepare(con)
            to_publish = writes_files(settings, dry_run=dry_run)
            waiting = _waiting(con, request_ids, contact) if to_publish and files_later else None
            batch_id, before = waiting or _take_back(con, request_ids, contact, as_of)
            files = {}
            if to_publish and not files_later:
                files = make_ready(con, made, as_of, progress)
        made.put_in_place()
        shown = output / "preview" if dry_run else output
        restored = con.execute(
            "select restored_id from ledger.reversals where restored is not null "
            "and batch_no = (select max(batch_no) from ledger.batches) order by ordinal"
        ).fetchall()
        return Undone(
            batch_id=batch_id,
            as_of=as_of,
            requests=request_ids,
            restored=[contact_id for (contact_id,) in restored],
            contacts_before=before,
            contacts_after=_live(con),
            events=sum(count for name, count in files.items() if name.startswith("events/")),
            files={name: str(shown / name) for name in files},
            dry_run=dry_run,
            seconds=round(time.monotonic() - began, 3),
        )


def _waiting(
    con: duckdb.DuckDBPyConnection, request_ids: list[str], contact: str | None
) -> tuple[str, int] | None:
    """The newest batch, where it took back just this, none of it stands, and it is in no file yet; and how many contacts
    were live before.
    """
    newest = con.execute(
        "select batch_id, list(distinct request_id), list(cast(retired_key as varchar)), count(reversals.restored) "
        "from ledger.batches inner join ledger.reversals as reversals using (batch_no) "
        "anti join ledger.deliveries using (batch_no) "
        "where batch_no = (select max(batch_no) from ledger.batches) group by batch_id"
    ).fetchall()
    if not newest or set(newest[0][1]) != set(request_ids):
        return None
    batch_id, _, contacts, restored = newest[0]
    standing = con.execute(
        "select 1 from ledger.merges anti join ledger.reversals using (seq, retired_key) "
        "where request_id in (select unnest($ids)) limit 1",
        {"ids": request_ids},
    ).fetchall()
    if standing if contact is None else contacts != [uuid_value(contact)]:
        return None
    return batch_id, _live(con) - restored


def _live(con: duckdb.DuckDBPyConnection) -> int:
    return con.execute("select count(*) from merged.contacts").fetchall()[0][0]


def _take_back(
    con: duckdb.DuckDBPyConnection,
    request_ids: list[str],
    contact: str | None,
    as_of: datetime,
) -> tuple[str, int]:
    contact_key = None if contact is None else uuid_value(contact)
    if contact is not None and contact_key is None:
        raise UndoError(f"{contact} is no UUID; give --contact the id of a retired contact.")
    con.register("undo_requests_frame", pl.DataFrame({"request_id": request_ids}).to_arrow())
    con.execute("create or replace temp table undo_requests as select * from undo_requests_frame")
    con.unregister("undo_requests_frame")
    run_sql(con, "ledger/chosen_reversals", {"contact_key": contact_key})
    _refuse_bad_ids(con, request_ids, contact, contact_key)
    before = _live(con)
    columns = folded_columns(con)
    batch_no, batch_id = begin_batch(con, "undo", as_of)
    restored = run_sql(con, "ledger/restore_rows", columns=columns.columns).fetchall()[0][0]
    if restored:
        find_spellings(con)
    run_sql(con, "fold/touched_by_undo")
    stand(con, reversals="union all select seq, retired_key from chosen_reversals")
    find_members(con)
    fold(con, columns, answering=False)
    _show(con, columns)
    run_sql(con, "ledger/add_reversals", {"batch_no": batch_no, "as_of": as_of})
    close_batch(con, batch_no)
    return batch_id, before


def _refuse_bad_ids(
    con: duckdb.DuckDBPyConnection, request_ids: list[str], contact: str | None, contact_key: str | None
) -> None:
    """Raise UndoError with a line for each id that cannot be undone."""
    if not request_ids:
        raise UndoError("There is no request id to undo; give one or more.")
    facts = run_sql(con, "ledger/undo_facts", {"contact_key": contact_key}).fetchall()
    by_id = {request_id: known for request_id, *known in facts}
    lines = []
    for request_id in request_ids:
        answered, merged, wanted, standing = by_id[request_id]
        if standing:
            continue
        if answered is None:
            fault = "no such request was ever processed"
        elif not merged:
            fault = f"it merged nothing: {answered}"
        elif not wanted:
            fault = f"it did not retire {contact}"
        else:
            fault = "it is already undone"
        lines.append(f"{request_id if request_id.isprintable() else repr(request_id)}: {fault}.")
    if lines:
        raise UndoError("\n".join([*lines, "Nothing was undone; leave these ids out and try again."]))


def _show(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Make the temp table `shown`: the contacts that an undo concerns, where they are live, as JSON."""
    run_sql(con, "publish/to_show")
    con.execute("create or replace temp table json_objects as select contact_key from to_show")
    for field in columns.json:
        con.execute(f"alter table json_objects add column o{field.i} boolean")
        if field.is_map:
            continue
        texts = con.execute(
            f"select cast(contacts._cm_key as varchar), merged_contacts.{ident(field.column)} from raw.contacts as contacts "
            "semi join to_show on to_show.contact_key = contacts._cm_key "
            "inner join merged.contacts as merged_contacts on merged_contacts.id = contacts.id"
        ).fetchall()
        objects = [key for key, text in texts if parse_object(text) is not None]
        con.register("objects_frame", pl.DataFrame({"key": objects}, schema={"key": pl.String}).to_arrow())
        con.execute(
            f"update json_objects set o{field.i} = true where cast(contact_key as varchar) in (select key from objects_frame)"
        )
        con.unregister("objects_frame")
    run_sql(con, "publish/shown", members=members_json(columns.columns, "live"), **columns.variables())


def rebuild(
    warehouse: Path, output: Path, *, events: bool, settings: Settings, progress: Progress
) -> dict[str, int]:
    """Make everything of `merged` and the small tables anew from raw tables and ledger, and write the files again.

    Args:
        events: whether event files of all batches are written again too.

    Returns the rows of each file.

    Source: INTERFACE.md, `contact-merge rebuild`.
    """
    check_there_is(warehouse)
    with at_work(warehouse, output, settings, newer_files=True) as (con, files):
        with transaction(con), files:
            progress.step("Folding all contacts anew")
            prepare(con)
            columns = folded_columns(con)
            rebuild_fold(con, columns)
            make_views(con, columns)
            rows = {}
            if writes_files(settings):
                rows = make_ready(con, files, datetime.now(UTC), progress, events_again=events)
        files.put_in_place()
        return rows
