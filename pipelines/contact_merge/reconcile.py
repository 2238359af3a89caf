"""Reconcile ledger and fold with the tables just loaded: types, lost rows, imported pointers, later edits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import duckdb

from contact_merge.catalog import Catalog
from contact_merge.columns import ContactColumns, contact_columns
from contact_merge.engine import columns_of, fetch, has_rows, run_sql, types_of
from contact_merge.fold.room import require_room
from contact_merge.fold.state import find_component, find_id_spellings, fold, rebuild_fold
from contact_merge.ledger import add_contact_versions, add_imports, define_active_merges
from contact_merge.load.lists import find_listed, has_lists
from contact_merge.load.reading_again import read_again
from contact_merge.load.replacing import earlier_columns
from contact_merge.loaded import earlier, loaded_keys
from contact_merge.loaded import loaded as loaded_rows
from contact_merge.losses import Liveness, find_liveness, remember_live
from contact_merge.named_keys import fit_named_keys
from contact_merge.recorded import Recorded, forget_tables
from contact_merge.schema import (
    adopt_children,
    adopt_columns,
    is_folded,
    join_types,
    make_children,
    prepare,
)
from contact_merge.settings import Settings
from contact_merge.tables import ENTITY_VIEW


@dataclass(frozen=True)
class Reconciled:
    """What contacts are now.

    Attributes:
        columns: their columns.
        liveness: what became of those that were live; None where contacts were not reconciled.
        outranked: lists of merged ids that name whom another one names, as ledger/outranked_lists has them.
    """

    columns: ContactColumns
    liveness: Liveness | None
    outranked: Sequence[tuple[str, str, str, int]] = ()


def bring_up(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    catalog: Catalog,
    before: Recorded | None,
    given: Collection[str],
) -> None:
    """Bring the warehouse to this version and these settings, and fold all contacts again where the small tables were dropped.

    Args:
        before: the settings of the last batch; none where nothing was loaded yet.
        given: the tables of this input.

    Raises:
        InputError: a table that is not given whole has to be read again.
    """
    was_folded = is_folded(con)
    prepare(con, catalog)
    if before is not None:
        forget_tables(
            con,
            before.preset,
            settings.preset,
            given,
            settings.load,
            lambda name: read_again(con, catalog.table(name)),
        )
        make_children(con, catalog)
        adopt_children(con, catalog)
    fit_named_keys(con, catalog.entity)
    if not was_folded and columns_of(con, "raw", ENTITY_VIEW):
        rebuild_fold(con, contact_columns(con, catalog.entity.json_fields, catalog), catalog)


def reconcile(
    con: duckdb.DuckDBPyConnection,
    loaded: Collection[str],
    catalog: Catalog,
    batch_no: int,
    as_of: datetime,
    *,
    fold_all: bool,
    types: Mapping[str, str],
) -> Reconciled:
    """Reconcile them; what the load replaced is still set aside, and `live_before` is there where contacts were loaded.

    Args:
        loaded: the tables that were loaded.
        fold_all: whether all contacts are to be folded again, for the settings changed.
        types: the columns of contacts whose types the settings give.
    """
    table = catalog.entity.table
    replaced = bool(earlier_columns(con, table))
    if replaced:
        before, keys = earlier(table), loaded_keys(con, catalog.entity)
        run_sql(
            con, "ledger/add_deletions", {"batch_no": batch_no, "as_of": as_of}, earlier=before, keys=keys
        )
        run_sql(con, "ledger/lost_contacts", earlier=before, keys=keys)
    known = ["ledger.contact_versions", *(["lost_contacts"] if replaced else [])]
    join_types(con, catalog.entity, known, types)
    columns = contact_columns(con, catalog.entity.json_fields, catalog)
    define_active_merges(con)
    fold_all = adopt_columns(con, columns, catalog.entity.json_fields, changed=fold_all)
    if fold_all or any(table in loaded for table in catalog.data_tables):
        find_id_spellings(con, catalog)
    if not fold_all and table not in loaded:
        return Reconciled(columns, None)
    if table not in loaded:
        remember_live(con, catalog)
    if replaced:
        _keep_lost(con, batch_no)
    held = types_of(con, loaded_rows(table))
    lists = has_lists(catalog.entity, held)
    if lists:
        find_listed(con, catalog.entity, loaded_rows(table), held)
    add_imports(con, columns, catalog.entity, batch_no, as_of, lists=lists)
    run_sql(con, "fold/affected_by_load", fold_all=fold_all, columns=columns.columns)
    if has_rows(con, "affected"):
        find_component(con)
        fold(con, columns, answering=False, redirected=partial(require_room, con, catalog))
    outranked = fetch(con, "ledger/outranked_lists") if lists else []
    return Reconciled(columns, find_liveness(con, catalog.entity, batch_no), outranked)


def _keep_lost(con: duckdb.DuckDBPyConnection, batch_no: int) -> None:
    """Keep the rows of contacts that the export lacks, and merges or pointers name (`lost_contacts`)."""
    add_contact_versions(
        con,
        batch_no,
        rows="lost_contacts",
        keys="(select _cm_key as contact_key from lost_contacts)",
        names=types_of(con, "lost_contacts"),
    )
