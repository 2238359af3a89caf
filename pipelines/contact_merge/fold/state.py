"""Fold: active merges in the ledger go in, the small tables that the merged views read come out.

Only contacts that are connected with an affected one are folded, so a batch costs what it affects. A batch, an undo, a newer
export and a rebuild go the same way. They differ in which contacts they affect.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import duckdb

from contact_merge.catalog import Catalog, Child
from contact_merge.columns import ContactColumns, json_pairs
from contact_merge.engine import columns_of, count, delete_all, fetch, relation, run_sql
from contact_merge.fold.circles import find_idle_pointers
from contact_merge.fold.counts import count_moved
from contact_merge.fold.json_state import fold_json
from contact_merge.fold.lines import draw_lines
from contact_merge.fold.room import require_room
from contact_merge.fold.survivorship import column_groups, fold_fields, hold_values
from contact_merge.ledger import define_active_merges
from contact_merge.loaded import are_as_loaded
from contact_merge.named_keys import name_survivors
from contact_merge.references import cells_of
from contact_merge.schema import FOLDED, make_survivors
from contact_merge.snapshots import is_snapshot
from contact_merge.tables import ENTITY_VIEW, KEY

STORED_LINE = ("store_line", "store_idle_pointers", "store_redirects")
"""Files of sql/fold that replace the component's rows of tables of the schema fold."""
STORED_VALUES = ("kept", "conflicts")
"""Tables of the schema fold to which the folds of fields add the component's rows."""
_AT_ONCE = 16
"""Columns of a response that one statement makes: it keeps a vector for each piece of a value."""


def find_component(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp tables `component`, all contacts connected with those of the temp table `affected`, and
    `component_rows`, their newest rows.
    """
    run_sql(con, "fold/component")
    run_sql(con, "fold/component_rows")


def fold(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    *,
    answering: bool,
    children: Sequence[Child] = (),
    redirected: Callable[[], object] | None = None,
) -> None:
    """Fold the contacts of the component; `redirected` is called once fold.redirects stands.

    Reads the temp tables `component` and `component_rows`, and the temp view `all_merges` (of the ledger and of this batch).
    Where `answering` it reads the temp tables `accepted_contacts` and `ordered_requests` too. It makes the temp tables
    `stretches`, `after_values`, `moved` (of these children) and those of the JSON fields for responses then.
    Replaces the component's rows of fold.line, fold.redirects, fold.idle_pointers, fold.survivors, fold.kept and
    fold.conflicts.
    """
    _draw(con)
    run_sql(con, "fold/component_line")
    con.unregister("places_frame")

    run_sql(con, "fold/edit_candidates", answering=answering)
    run_sql(con, "fold/changed_owners", **columns.variables())
    # a row that is the same as the last merge used it shows no edit
    run_sql(con, "fold/drop_unchanged")
    hold_values(con, columns)
    if answering:
        run_sql(con, "fold/stretches")
    con.unregister("edges_frame")

    def meanwhile() -> None:
        run_sql(con, "fold/spelled", **columns.variables())
        store_line(con)  # from here on fold.redirects and fold.child_targets are those of this fold
        con.unregister("idle_frame")
        if redirected:
            redirected()
        fold_fields(con, columns, answering=answering)
        if answering:
            count_moved(con, children)

    for table in STORED_VALUES:
        run_sql(con, "fold/drop_component", table=f"fold.{table}")
    fold_json(con, columns, answering=answering, meanwhile=meanwhile)
    run_sql(con, "fold/store_survivors", groups=column_groups(columns), **columns.variables())
    name_survivors(con, columns)


def make_responses(con: duckdb.DuckDBPyConnection, columns: ContactColumns, as_of: datetime) -> None:
    """Make the temp view `accepted_responses` after a fold that answers, of a temp table for some columns each."""
    starts = range(0, len(columns.columns), _AT_ONCE)
    for number, start in enumerate(starts, 1):
        run_sql(
            con,
            "fold/responses",
            {"as_of": as_of},
            number=number,
            some=columns.columns[start : start + _AT_ONCE],
            json_pairs=json_pairs,
            **columns.variables(),
        )
    run_sql(con, "fold/accepted_responses", numbers=range(1, len(starts) + 1))


def store_line(con: duckdb.DuckDBPyConnection) -> None:
    """Replace the component's rows of fold.line, fold.idle_pointers and fold.redirects."""
    for name in STORED_LINE:
        run_sql(con, f"fold/{name}")


def rebuild_fold(con: duckdb.DuckDBPyConnection, columns: ContactColumns, catalog: Catalog) -> None:
    """Empty the tables of the schema fold and fill them from raw tables and ledger."""
    for table in FOLDED:
        delete_all(con, f"fold.{table}")
    make_survivors(con, columns)
    find_id_spellings(con, catalog)
    run_sql(con, "fold/affected_ever")
    define_active_merges(con)
    find_component(con)
    fold(con, columns, answering=False, redirected=partial(require_room, con, catalog))


def find_id_spellings(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Look in the raw tables for contacts that are not everywhere spelled as contacts spell them; fills fold.id_spellings.

    Ids in a snapshot are plain, and so are all in one spelling, but for those of cells that hold several. Where most contacts
    have another one (Salesforce's reports) it is that which counts as usual.
    """
    id_type, entity = catalog.id_type, catalog.entity
    contacts_differ = not (is_snapshot(con, entity.name) and are_as_loaded(con, entity))
    usual = 0
    if contacts_differ and len(id_type.id_spellings(KEY)) > 1:
        unusual = fetch(con, "fold/unusual_ids", id_spellings=id_type.id_spellings(f"contacts.{KEY}"))[0]
        usual = unusual.index(min(unusual))
    named = [
        (child.name, cells)
        for child in catalog.children
        for cells in cells_of(child, columns_of(con, "raw", child.name))
        if cells.part_type == "VARCHAR" and (cells.several or usual or not is_snapshot(con, child.name))
    ]
    there = columns_of(con, "raw", ENTITY_VIEW) if usual or not is_snapshot(con, entity.name) else {}
    references = {
        name: helper
        for name, helper in entity.named_keys.items()
        if there.get(name) == "VARCHAR" and helper in there
    }
    run_sql(
        con,
        "fold/find_id_spellings",
        named=named,
        references=references,
        contacts_differ=contacts_differ,
        key_type=catalog.key_type,
        usual=lambda key: id_type.id_spellings(key)[usual],
    )


def _draw(con: duckdb.DuckDBPyConnection) -> None:
    """Draw the component's lines: `places_frame`, `edges_frame` and `imports_frame`, as fold/lines.py describes them.

    Makes the temp tables `component_merges` and `component_imports` of the active merges and imported pointers. Pointers
    without effect are in `idle_frame` (fold/circles.py).
    """
    run_sql(con, "fold/component_merges")
    run_sql(con, "fold/component_imports")
    merges = relation(con, "fold/merges_in_order").pl()
    imports = relation(con, "fold/imports_in_order").pl()
    idle = find_idle_pointers(merges, imports)
    con.register("idle_frame", idle.to_arrow())
    if not idle.is_empty():
        run_sql(con, "fold/drop_idle_imports")
        imports = imports.join(idle, on="d", how="anti", maintain_order="left")
    lines = draw_lines(count(con, "component"), merges, imports)
    con.register("places_frame", lines.places)
    con.register("edges_frame", lines.edges)
    con.register("imports_frame", lines.imports)
