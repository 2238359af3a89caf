"""Which merges an undo names, and their reversal: what there would be had they never been (SEMANTICS.md, 'Undo').

The ledger gets a reversal for each. The contacts connected with them are folded again from raw tables and ledger.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import duckdb
import polars as pl

from contact_merge.catalog import Catalog
from contact_merge.columns import ContactColumns, json_pairs
from contact_merge.engine import (
    change_type,
    columns_of,
    fetch,
    fetch_value,
    frames,
    has_rows,
    make_temp_table,
    run_sql,
)
from contact_merge.errors import UndoError
from contact_merge.fold.room import require_room
from contact_merge.fold.state import find_component, find_id_spellings, fold
from contact_merge.json_text import parse_object
from contact_merge.ledger import begin_batch, close_batch, define_active_merges
from contact_merge.loaded import make_view
from contact_merge.losses import count_live
from contact_merge.named_keys import keys_of_restored
from contact_merge.publish.changes import find_changes, remember_before
from contact_merge.schema import folded_columns
from contact_merge.settings import Settings
from contact_merge.tables import ENTITY_VIEW


def choose(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    request_ids: Sequence[str],
    contacts: Sequence[str],
    batch: str | None,
) -> list[str]:
    """Make the temp tables `named_merges` and `chosen_reversals`; returns a line for each id that cannot be undone.

    Raises:
        UndoError: nothing is named, or a batch beside something else.
    """
    if batch is None and not request_ids and not contacts:
        raise UndoError("There is nothing to undo: name request ids, contacts, or a batch.")
    if batch is not None and (request_ids or contacts):
        raise UndoError(
            "A batch is undone whole: leave out either the batch, or the request ids and contacts."
        )
    id_type = catalog.id_type
    spelled = {id_type.key_text(contact) or contact: contact.strip() for contact in contacts}
    keys = [id_type.key_text(contact) for contact in spelled]
    _name(con, "undo_requests", request_id=list(dict.fromkeys(request_ids)))
    _name(con, "undo_contacts", contact=list(spelled.values()), contact_key=keys)
    change_type(con, "undo_contacts", "contact_key", id_type.key_type)
    found = [] if batch is None else _batches(con, batch)
    run_sql(
        con,
        "ledger/named_merges",
        {"batch_no": found[0][0] if found else None},
        by_request=bool(request_ids),
        by_contact=bool(contacts),  # rule: contact-alone
        by_batch=batch is not None,
    )
    run_sql(con, "ledger/chosen_reversals")
    if batch is not None:
        return _bad_batch(con, batch, found)
    bad_contacts = _bad_contacts(con, catalog, of_requests=bool(request_ids))
    return [*_bad_requests(con, list(spelled.values())), *bad_contacts]


def _name(con: duckdb.DuckDBPyConnection, table: str, **columns: list[str] | list[str | None]) -> None:
    """Make a temp table of what an undo names, numbered from 0 as `index`."""
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_row_index("index")
    make_temp_table(con, table, frame)


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)


def _batches(con: duckdb.DuckDBPyConnection, batch: str) -> list[tuple[int, str]]:
    """The number and kind of a batch, named by its id or number."""
    return fetch(con, "ledger/named_batches", {"batch": batch.strip()})


def _bad_batch(con: duckdb.DuckDBPyConnection, batch: str, found: list[tuple[int, str]]) -> list[str]:
    """A line where the batch cannot be undone."""
    if has_rows(con, "named_merges", "is_active"):
        return []
    if not found:
        fault = "there is no such batch"
    elif found[0][1] == "undo":
        fault = "it is an undo itself; what it undid can be asked for again under a new request id"
    else:
        named = has_rows(con, "named_merges")
        fault = "all that it merged is already undone" if named else "it merged nothing"
    return [f"{_printable(batch)}: {fault}."]


def _bad_requests(con: duckdb.DuckDBPyConnection, contacts: Sequence[str]) -> list[str]:
    """A line for each request that cannot be undone."""
    lines = []
    for request_id, answered, merged, named, active in fetch(con, "ledger/undo_facts"):
        if active:
            continue
        if answered is None:
            fault = "no such request was ever processed"
        elif not merged:
            fault = f"it merged nothing: {answered}"
        elif not named:
            fault = f"it did not retire {', '.join(map(_printable, contacts))}"
        else:
            fault = "it is already undone"
        lines.append(f"{_printable(request_id)}: {fault}.")
    return lines


def _bad_contacts(con: duckdb.DuckDBPyConnection, catalog: Catalog, *, of_requests: bool) -> list[str]:
    """A line for each contact that cannot be undone, by the requests named where there are any.

    Where no named request retired a single contact the lines of the requests say so.
    """
    facts = fetch(con, "ledger/undo_contact_facts")
    lines = []
    for contact, is_id, named, active, imported, loaded, known in facts:
        if active:
            continue
        if not is_id:
            fault = f"it is {catalog.id_type.fault}; give the id of a retired contact"
        elif of_requests:
            if len(facts) == 1:
                continue
            fault = "its merge is already undone" if named else "none of these requests retired it"
        elif imported:
            pointer = catalog.entity.merged_into
            fault = (
                f"an imported pointer retired it, which no undo reverses; empty its {pointer} in the export"
            )
        elif named:
            fault = "its merge is already undone"
        elif loaded:
            fault = "it is live; no merge retired it"
        elif known:
            fault = "no merge retired it, and contacts do not hold it any more"
        else:
            fault = "this warehouse neither holds it nor ever merged it"
        lines.append(f"{_printable(contact)}: {fault}.")
    return lines


def find_waiting(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> tuple[str, int] | None:
    """The newest batch, where it undid just what was chosen and is in no file yet; and how many contacts were live before."""
    newest = fetch(con, "ledger/waiting_undo")
    if not newest:
        return None
    batch_id, restored = newest[0]
    return batch_id, count_live(con, catalog.entity) - restored


def reverse(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    settings: Settings,
    as_of: datetime,
    *,
    preview: bool,
) -> tuple[str, int]:
    """Undo the merges of `chosen_reversals`; returns the batch's id, and how many contacts were live before.

    With `preview` the temp table `changes` has what that changes (see publish/changes.py).
    """
    before = count_live(con, catalog.entity)
    columns = folded_columns(con, catalog)
    batch_no, batch_id = begin_batch(con, "undo", as_of, settings)
    if preview:
        remember_before(con, columns, "chosen_reversals")
    names = [column.name for column in columns.columns]
    restored = fetch_value(
        con,
        "ledger/add_restored",
        {"batch_no": batch_no, "columns": names},
        keys=keys_of_restored(con, columns),
        key_type=columns.key_type,
    )
    if restored:  # rule: as-its-last-row
        make_view(con, catalog.entity, columns_of(con, "raw", ENTITY_VIEW))
        find_id_spellings(con, catalog)
    run_sql(con, "fold/affected_by_undo")
    define_active_merges(con, reversals=True)
    find_component(con)
    fold(con, columns, answering=False, redirected=partial(require_room, con, catalog))
    if preview:
        find_changes(con, columns)
    _show(con, columns)
    run_sql(con, "ledger/add_reversals", {"batch_no": batch_no, "as_of": as_of})
    close_batch(con, batch_no)
    return batch_id, before


def _show(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Make the temp table `shown`: the contacts that an undo affects, where they are live, as JSON."""
    run_sql(con, "publish/to_show")
    run_sql(con, "publish/json_objects", json=columns.json)
    for field in columns.json:
        if field.is_map:
            continue
        texts = fetch(con, "publish/texts_to_show", column=field.column, **columns.variables())
        objects = [key for key, text in texts if parse_object(text) is not None]
        with frames(con, objects_frame=pl.DataFrame({"key": objects}, schema={"key": pl.String})):
            run_sql(con, "publish/note_objects", field=field)
    run_sql(con, "publish/shown", pairs=json_pairs(columns.columns, "live"), **columns.variables())
